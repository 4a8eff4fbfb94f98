"""What a call names, or AWS's NoSuchEntity."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account import errors
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.iam_resources import (
    Entity,
    Group,
    InstanceProfile,
    ManagedPolicy,
    Role,
    User,
)
from coffeeshop.account.model import Account, Call
from coffeeshop.policy.model import Standing


def user(account: Account, call: Call) -> User:
    """Returns the user of UserName. Without one the caller is no user, since the door fills in a user's own name."""
    name = call.text("UserName")
    if not name:
        raise errors.validation_error(
            "Must specify userName when calling with non-User credentials"
        )
    if (found := account.users.get(name.lower())) is None:
        raise errors.no_such_entity("user", name)
    return found


def is_roots_own(call: Call, standing: Standing) -> bool:
    """Tells whether the root user asks for what is its own: it names no user."""
    return standing.principal.kind == "root" and "UserName" not in call.parameters


def group(account: Account, call: Call) -> Group:
    """Returns the group of GroupName."""
    name = call.text("GroupName")
    if (found := account.groups.get(name.lower())) is None:
        raise errors.no_such_entity("group", name)
    return found


def role(account: Account, call: Call) -> Role:
    """Returns the role of RoleName."""
    name = call.text("RoleName")
    if (found := account.roles.get(name.lower())) is None:
        raise errors.no_such_entity("role", name)
    return found


def instance_profile(account: Account, call: Call) -> InstanceProfile:
    """Returns the instance profile of InstanceProfileName."""
    name = call.text("InstanceProfileName")
    if (found := account.instance_profiles.get(name.lower())) is None:
        raise errors.no_such_entity("instance profile", name)
    return found


def entity(account: Account, call: Call) -> Entity:
    """Returns the group, user or role that the call names."""
    if "GroupName" in call.parameters:
        return group(account, call)
    if "RoleName" in call.parameters:
        return role(account, call)
    return user(account, call)


def identity(account: Account, arn: str) -> Entity:
    """Returns the user, group or role of an ARN. Raises InvalidInput where it is that of nobody, NoSuchEntity (texts seen)."""
    kind, _, path = arn.split(":", 5)[-1].partition("/")
    books: dict[str, Mapping[str, Entity]] = {
        "user": account.users,
        "group": account.groups,
        "role": account.roles,
    }
    if kind not in books or not path:
        raise errors.service_error(
            "InvalidInput",
            f"Invalid Entity Arn: {arn} does not clearly define entity type and name.",
        )
    name = path.rsplit("/", 1)[-1]
    found = books[kind].get(name.lower())
    if found is None or account.arn(found) != arn:
        raise errors.no_such_entity(kind, name)
    return found


def policy(account: Account, call: Call, told: str = "policy") -> ManagedPolicy:
    """Returns the managed policy of PolicyArn, the account's or AWS's."""
    arn = policy_arn(call)
    if (found := find_managed_policy(account, arn)) is None:
        raise errors.no_such_entity(told, arn)
    return found


def policy_arn(
    call: Call, parameter: str = "PolicyArn", told: str = "ARN {arn} is not valid."
) -> str:
    """Returns the ARN of a managed policy, or ValidationError where it is none (seen): a bare name is the commonest
    slip.
    """
    arn = call.text(parameter)
    if not arn.startswith("arn:") or arn.count(":") < 5:
        raise errors.validation_error(told.format(arn=arn))
    return arn
