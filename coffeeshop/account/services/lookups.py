"""Look up what a call names. Raise NoSuchEntity where it doesn't exist."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account import errors
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.iam_resources import (
    Entity,
    Group,
    InstanceProfile,
    ManagedPolicy,
    OidcProvider,
    Role,
    SamlProvider,
    User,
)
from coffeeshop.account.model import Account, Call
from coffeeshop.policy.model import Standing


def named_user(account: Account, call: Call) -> User:
    """Return the user of UserName.

    The door fills in a calling user's own name. So without a name, the caller is no user.
    """
    name = call.text("UserName")
    if not name:
        raise errors.validation_error(
            "Must specify userName when calling with non-User credentials"
        )
    if (user := account.users.get(name.lower())) is None:
        raise errors.no_such_entity("user", name)
    return user


def is_about_root(call: Call, standing: Standing) -> bool:
    """Return whether the root user asks for its own things, since it names no user."""
    return standing.principal.kind == "root" and "UserName" not in call.parameters


def named_group(account: Account, call: Call) -> Group:
    """Return the group of GroupName."""
    name = call.text("GroupName")
    if (group := account.groups.get(name.lower())) is None:
        raise errors.no_such_entity("group", name)
    return group


def named_role(account: Account, call: Call) -> Role:
    """Return the role of RoleName."""
    name = call.text("RoleName")
    if (role := account.roles.get(name.lower())) is None:
        raise errors.no_such_entity("role", name)
    return role


def named_instance_profile(account: Account, call: Call) -> InstanceProfile:
    """Return the instance profile of InstanceProfileName."""
    name = call.text("InstanceProfileName")
    if (profile := account.instance_profiles.get(name.lower())) is None:
        raise errors.no_such_entity("instance profile", name)
    return profile


def named_oidc_provider(account: Account, call: Call) -> OidcProvider:
    """Return the OIDC provider of OpenIDConnectProviderArn."""
    arn = call.text("OpenIDConnectProviderArn")
    if (provider := account.oidc_providers.get(arn)) is None:
        raise errors.no_such_entity("OIDC provider", arn)
    return provider


def named_saml_provider(account: Account, call: Call) -> SamlProvider:
    """Return the SAML provider of SAMLProviderArn."""
    arn = call.text("SAMLProviderArn")
    if (provider := account.saml_providers.get(arn)) is None:
        raise errors.no_such_entity("SAML provider", arn)
    return provider


def named_entity(account: Account, call: Call) -> Entity:
    """Return the group, user or role that the call names."""
    if "GroupName" in call.parameters:
        return named_group(account, call)
    if "RoleName" in call.parameters:
        return named_role(account, call)
    return named_user(account, call)


def entity_of_arn(account: Account, arn: str) -> Entity:
    """Return the user, group or role with an ARN.

    Raise InvalidInput, NoSuchEntity (texts seen).
    """
    kind, _, path = arn.split(":", 5)[-1].partition("/")
    entities_by_kind: dict[str, Mapping[str, Entity]] = {
        "user": account.users,
        "group": account.groups,
        "role": account.roles,
    }
    if kind not in entities_by_kind or not path:
        raise errors.service_error(
            "InvalidInput",
            f"Invalid Entity Arn: {arn} does not clearly define entity type and name.",
        )
    name = path.rsplit("/", 1)[-1]
    entity = entities_by_kind[kind].get(name.lower())
    if entity is None or account.arn(entity) != arn:
        raise errors.no_such_entity(kind, name)
    return entity


def named_policy(
    account: Account, call: Call, refusal_kind: str = "policy"
) -> ManagedPolicy:
    """Return the managed policy of PolicyArn, the account's or AWS's."""
    arn = policy_arn(call)
    if (policy := find_managed_policy(account, arn)) is None:
        raise errors.no_such_entity(refusal_kind, arn)
    return policy


def policy_arn(
    call: Call, parameter: str = "PolicyArn", refusal_text: str = "ARN {arn} is not valid."
) -> str:
    """Return the ARN of a managed policy.

    Raise ValidationError for other texts (seen), such as a bare name.
    """
    arn = call.text(parameter)
    if not arn.startswith("arn:") or arn.count(":") < 5:
        raise errors.validation_error(refusal_text.format(arn=arn))
    return arn
