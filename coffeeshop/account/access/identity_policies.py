"""Which identity-based policies are in force of a user, group or role, and which managed policies an account can attach.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
"""

from __future__ import annotations

from collections.abc import Iterable

from coffeeshop.account.access.aws_managed_policies import aws_policy
from coffeeshop.account.iam_resources import Entity, Group, ManagedPolicy, User
from coffeeshop.account.model import Account
from coffeeshop.policy.model import Policy


def find_managed_policy(account: Account, arn: str) -> ManagedPolicy | None:
    """Returns a managed policy of the account's or of AWS's."""
    return account.policies.get(arn) or aws_policy(arn) or account.lent.get(arn)


def attached_policies(account: Account, arns: Iterable[str]) -> tuple[Policy, ...]:
    """Returns the default versions of these managed policies, in force, by name."""
    by_name = sorted(arns, key=lambda arn: arn.rsplit("/", 1)[-1].lower())
    found = (find_managed_policy(account, arn) for arn in by_name)
    return tuple(policy.document.policy for policy in found if policy)


def policies_of_entity(account: Account, entity: Entity) -> tuple[Policy, ...]:
    """Returns the identity-based policies in force: inline, then attached, then each group's, all by name."""
    inline = (entity.inline[key].policy for key in sorted(entity.inline))
    own = (*inline, *attached_policies(account, entity.attached))
    if not isinstance(entity, User):
        return own
    joined = (account.entity_by_id(id) for id in entity.groups)
    groups = [group for group in joined if isinstance(group, Group)]
    groups.sort(key=lambda group: group.name.lower())
    return (
        *own,
        *(policy for group in groups for policy in policies_of_entity(account, group)),
    )
