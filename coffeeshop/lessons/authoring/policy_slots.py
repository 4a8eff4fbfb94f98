"""Find the places of policies in an account and replace the policies there. Mutants and rewrites use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.control_policies import POLICY_TYPES
from coffeeshop.account.access.resource_policies import resource_policies
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.model import Account
from coffeeshop.account.values import Document
from coffeeshop.lessons.grading.practice.in_force import (
    graded_groups,
    graded_roles,
    graded_users,
)
from coffeeshop.lessons.model import Play
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.language.printing import dumps
from coffeeshop.policy.model import Kind, Policy


class Spot(Struct, frozen=True):
    """The place of one policy: its holder in words, and a function that puts another document there."""

    holder: str
    policy: Policy
    kind: Kind
    put: Callable[[Account, Document], Account]


def spots(play: Play) -> Iterator[Spot]:
    """Yield the place of every policy that applies to graded people.

    These are the policies of users, groups and roles, trust policies, bucket policies that name more than
    services, key policies, and policies of the organization.
    """
    account = play.account
    holders: tuple[Entity, ...] = (
        *graded_users(play),
        *graded_groups(play),
        *graded_roles(play),
    )
    for entity in holders:
        yield from _inline(entity)
    for arn in dict.fromkeys(
        arn for entity in holders for arn in entity.attached if arn in account.policies
    ):
        yield _managed_policy_spot(account, arn)
    for role in graded_roles(play):
        yield Spot(
            f"the trust of role {role.name}",
            role.trust.policy,
            Kind.TRUST,
            _trust_setter(role.name.lower()),
        )
    for arn, document in resource_policies(account):
        if arn.startswith("arn:aws:s3:::") and not _names_only_services(document.policy):
            yield Spot(
                arn,
                document.policy,
                Kind.RESOURCE,
                _bucket_policy_setter(arn.rpartition(":")[2]),
            )
    for id, key in account.kms_keys.items():
        if key.manager == "CUSTOMER":
            arn = ids.arn(account, "kms-key", id)
            yield Spot(arn, key.policy.policy, Kind.RESOURCE, _key_policy_setter(id))
    for policy in (
        account.joined_organization.policies.values() if account.joined_organization else ()
    ):
        kind = POLICY_TYPES[policy.type].kind
        yield Spot(
            f"the organization's {policy.name}",
            policy.document.policy,
            kind,
            _organization_policy_setter(policy.id),
        )


def _names_only_services(policy: Policy) -> bool:
    """Return whether a policy names only services as principals."""
    entries = [
        kind for s in policy.statements if s.principals for kind, _ in s.principals.entries
    ]
    return set(entries) == {"Service"}


def put_policy(account: Account, spot: Spot, policy: Policy) -> Account:
    """Return the account with another policy in that place."""
    text = dumps(policy)
    return spot.put(account, Document(text, parse(text, spot.kind, spot.policy.name)))


def standing_so(play: Play, account: Account) -> Play:
    """Return the play with `account` in place of the result of its acts, to grade a changed
    account.
    """
    if not play.outcomes:
        return replace(play, scenario=replace(play.scenario, opening=account))
    return replace(
        play, outcomes=(*play.outcomes[:-1], replace(play.outcomes[-1], account=account))
    )


def _inline(entity: Entity) -> Iterator[Spot]:
    """Yield the places of an entity's inline policies."""
    kind = type(entity).__name__.lower()
    for key in sorted(entity.inline):

        def put(account: Account, document: Document, key: str = key) -> Account:
            holder = account.entity_by_id(entity.id)
            assert isinstance(holder, User | Group | Role)
            return account.put(replace(holder, inline={**holder.inline, key: document}))

        yield Spot(f"{kind} {entity.name}", entity.inline[key].policy, Kind.IDENTITY, put)


def _managed_policy_spot(account: Account, arn: str) -> Spot:
    """Return the place of a managed policy's default version."""

    def put(account: Account, document: Document) -> Account:
        policy = account.policies[arn]
        versions = tuple(
            replace(v, document=document) if v.id == policy.default else v
            for v in policy.versions
        )
        return replace(
            account, policies=account.policies.put(arn, replace(policy, versions=versions))
        )

    return Spot(
        f"policy {account.policies[arn].name}",
        account.policies[arn].document.policy,
        Kind.IDENTITY,
        put,
    )


def _organization_policy_setter(id: str) -> Callable[[Account, Document], Account]:
    """Return a function that replaces a policy of the organization."""

    def put(account: Account, document: Document) -> Account:
        above = account.joined_organization
        assert above is not None, "whose policy this is has an organization"
        policies = above.policies.put(id, replace(above.policies[id], document=document))
        return account.with_organization(replace(above, policies=policies))

    return put


def _trust_setter(key: str) -> Callable[[Account, Document], Account]:
    """Return a function that replaces the trust policy of a role."""
    return lambda account, document: account.put(
        replace(account.roles[key], trust=document)
    )


def _bucket_policy_setter(name: str) -> Callable[[Account, Document], Account]:
    """Return a function that replaces the policy of a bucket."""
    return lambda account, document: replace(
        account,
        buckets=account.buckets.put(name, replace(account.buckets[name], policy=document)),
    )


def _key_policy_setter(id: str) -> Callable[[Account, Document], Account]:
    """Return a function that replaces the policy of a KMS key."""
    return lambda account, document: replace(
        account,
        kms_keys=account.kms_keys.put(id, replace(account.kms_keys[id], policy=document)),
    )
