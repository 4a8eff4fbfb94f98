"""Where policies stand in an account, and how one of them is exchanged: what mutants and rewrites of a solution change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.control_policies import TYPES
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
    """A policy where it hangs: `holder` in words, and how another document is put in its place."""

    holder: str
    policy: Policy
    kind: Kind
    put: Callable[[Account, Document], Account]


def spots(play: Play) -> Iterator[Spot]:
    """Yields every policy that bears on the graded people: theirs, their groups', the roles', trusts, those of
    resources that speak of more than services; and the organization's own over the account.
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
            _trust(role.name.lower()),
        )
    for arn, document in resource_policies(account):
        if arn.startswith("arn:aws:s3:::") and not _of_services(document.policy):
            yield Spot(arn, document.policy, Kind.RESOURCE, _bucket(arn.rpartition(":")[2]))
    for policy in (
        account.joined_organization.policies.values() if account.joined_organization else ()
    ):
        kind = TYPES[policy.type].kind
        yield Spot(
            f"the organization's {policy.name}",
            policy.document.policy,
            kind,
            _control(policy.id),
        )


def _of_services(policy: Policy) -> bool:
    entries = [
        kind for s in policy.statements if s.principals for kind, _ in s.principals.entries
    ]
    return set(entries) == {"Service"}


def put_policy(account: Account, spot: Spot, policy: Policy) -> Account:
    """Returns the account with another policy in that place."""
    text = dumps(policy)
    return spot.put(account, Document(text, parse(text, spot.kind, spot.policy.name)))


def standing_so(play: Play, account: Account) -> Play:
    """Returns the play as if it had come to this account by the very same acts."""
    if not play.outcomes:
        return replace(play, scenario=replace(play.scenario, opening=account))
    return replace(
        play, outcomes=(*play.outcomes[:-1], replace(play.outcomes[-1], account=account))
    )


def _inline(entity: Entity) -> Iterator[Spot]:
    kind = type(entity).__name__.lower()
    for key in sorted(entity.inline):

        def put(account: Account, document: Document, key: str = key) -> Account:
            holder = account.entity_by_id(entity.id)
            assert isinstance(holder, User | Group | Role)
            return account.put(replace(holder, inline={**holder.inline, key: document}))

        yield Spot(f"{kind} {entity.name}", entity.inline[key].policy, Kind.IDENTITY, put)


def _managed_policy_spot(account: Account, arn: str) -> Spot:
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


def _control(id: str) -> Callable[[Account, Document], Account]:
    def put(account: Account, document: Document) -> Account:
        above = account.joined_organization
        assert above is not None, "whose policy this is has an organization"
        policies = above.policies.put(id, replace(above.policies[id], document=document))
        return account.with_organization(replace(above, policies=policies))

    return put


def _trust(key: str) -> Callable[[Account, Document], Account]:
    return lambda account, document: account.put(
        replace(account.roles[key], trust=document)
    )


def _bucket(name: str) -> Callable[[Account, Document], Account]:
    return lambda account, document: replace(
        account,
        buckets=account.buckets.put(name, replace(account.buckets[name], policy=document)),
    )
