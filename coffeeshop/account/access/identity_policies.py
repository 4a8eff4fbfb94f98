"""The identity-based policies of a user, group or role, and the managed policies that an account can attach.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from coffeeshop.account.access.aws_managed_policies import aws_policy
from coffeeshop.account.iam_resources import Entity, Group, ManagedPolicy, User
from coffeeshop.account.model import Account
from coffeeshop.policy.model import Policy


def find_managed_policy(account: Account, arn: str) -> ManagedPolicy | None:
    """Return a managed policy of the account or of AWS."""
    return account.policies.get(arn) or aws_policy(arn) or account.lent.get(arn)


def attached_policies(account: Account, arns: Iterable[str]) -> tuple[Policy, ...]:
    """Return the default versions of these managed policies, by name. An unknown ARN is left out."""
    arns_by_name = sorted(arns, key=lambda arn: arn.rsplit("/", 1)[-1].lower())
    policies = [find_managed_policy(account, arn) for arn in arns_by_name]
    return tuple(policy.document.policy for policy in policies if policy)


def policies_of_entity(account: Account, entity: Entity) -> tuple[Policy, ...]:
    """Return the identity-based policies: inline, then attached, then those of each group, all by name."""
    inline = [entity.inline[name].policy for name in sorted(entity.inline)]
    policies = [*inline, *attached_policies(account, entity.attached)]
    if isinstance(entity, User):
        members_of = (account.entity_by_id(id) for id in entity.groups)
        groups = [group for group in members_of if isinstance(group, Group)]
        for group in sorted(groups, key=lambda group: group.name.lower()):
            policies += policies_of_entity(account, group)
    return tuple(policies)


def policies_with_owners(account: Account, entity: Entity) -> tuple[Policy, ...]:
    """Return the identity-based policies of a user, group or role.

    If two have the same name, the title of an inline one says whose it is, so that a sentence that cites it
    is clear.
    """
    policies = policies_of_entity(account, entity)
    counts = Counter(policy.name for policy in policies)
    if len(counts) == len(policies):
        return policies
    owners = [entity]
    if isinstance(entity, User):
        members_of = (account.entity_by_id(id) for id in entity.groups)
        owners += [group for group in members_of if isinstance(group, Group)]
    titles = {
        id(document.policy): f"policy “{document.policy.name}” on {_kind_and_name(owner)}"
        for owner in owners
        for document in owner.inline.values()
    }
    return tuple(
        _with_title(policy, policy.text, titles[id(policy)])
        if counts[policy.name] > 1 and id(policy) in titles
        else policy
        for policy in policies
    )


def _kind_and_name(owner: Entity) -> str:
    """Return the kind and the name of an identity: group Bakers."""
    return f"{type(owner).__name__.lower()} {owner.name}"


@lru_cache(maxsize=256)
def _with_title(policy: Policy, text: str, title: str) -> Policy:
    """Return a policy of this text with a title. It is kept, since each copy compiles its statements again.

    Policies with equal statements are equal, whatever their text.
    """
    return replace(policy, text=text, title=title)


def opens_everything(account: Account, entity: Entity) -> bool:
    """Return whether a policy of this user, group or role allows every action on every resource."""
    documents = (
        *entity.inline.values(),
        *(
            managed_policy.document
            for arn in entity.attached
            if (managed_policy := find_managed_policy(account, arn))
        ),
    )
    return any(document.policy.allows_everything for document in documents)
