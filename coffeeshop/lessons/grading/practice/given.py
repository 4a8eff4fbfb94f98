"""The practice rule about where a permission comes from: the group, role, policy or resource
that the brief names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from coffeeshop.account import ids
from coffeeshop.account.access.identity_policies import attached_policies
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.practice.grants import keep_in_policy
from coffeeshop.lessons.grading.practice.in_force import own_policies
from coffeeshop.lessons.grading.practice.verdicts import (
    PROVEN_CLAIM,
    Claim,
    claim_excess,
    offence_text,
)
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.grading.unasked import required_access
from coffeeshop.lessons.grading.workforce import WORKFORCE_PREFIX
from coffeeshop.lessons.model import Offence, Options
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Kind, Layer, Policy, Standing, Statement
from coffeeshop.shop.want import Ticket, Want

# Whose policies one entity has: its own, and those of its groups.
Givers: TypeAlias = Callable[[Account, str], Entity | None]
ENTITY_FINDERS: Mapping[str, Givers] = {
    "group": lambda account, name: account.groups.get(name.lower()),
    "role": lambda account, name: account.roles.get(name.lower()),
    "user": lambda account, name: account.users.get(name.lower()),
}
RESOURCE_KINDS = ("bucket", "queue")
POLICY_KIND = "policy"


def given_by(trial: Trial, _: Options) -> Iterator[Offence]:
    """Yield an offence for each job that works by another policy than those that its `by` names: a
    group, a role and so on.
    """
    for ticket in (ticket for ticket in trial.jobs if ticket.want.by):
        if ticket.has_succeeded and (text := _wrong_giver_text(trial, ticket)):
            yield Offence(ticket.want.who, text)


def _wrong_giver_text(trial: Trial, ticket: Ticket) -> str:
    """Return why the policies in a job's `by` don't allow it, or ""."""
    want = ticket.want
    things = " and ".join(f"the {thing.replace('/', ' ', 1)}" for thing in want.by)
    is_given_otherwise = _claim_other_giver(trial, ticket)
    if not is_given_otherwise:
        return ""
    if reasons := [*_absence_reasons(trial, ticket)]:
        return f"“{want.say}” doesn't work through {things}: {join_words(reasons)}"
    return offence_text(
        f"“{want.say}” works, but not through {things}",
        f"that “{want.say}” works through {things}",
        is_given_otherwise,
    )


def _claim_other_giver(trial: Trial, ticket: Ticket) -> Claim:
    """Return the verdict on "a job isn't allowed by the policies and groups that its `by` names alone".

    It is proven if the job's standing, reduced to the Allows of these, refuses any request that it must
    be allowed.
    """
    account = ticket.outcomes[-1].account
    for decision in ticket.outcomes[-1].decisions:
        given = _given_standing(account, decision.standing, ticket.want)
        if not isinstance(authorize(given, decision.request), Allowed):
            return PROVEN_CLAIM
    return claim_excess(
        difference
        for required, allowed in required_access(trial, ticket)
        for difference in trial.find_excesses(
            required, _given_standing(account, allowed, ticket.want), most=1
        )
    )


def _absence_reasons(trial: Trial, ticket: Ticket) -> Iterator[str]:
    """Yield why the group, role or user that a job's `by` names can't allow it.

    It doesn't exist, or the job's user isn't in the group.
    """
    account = trial.account
    user = account.users.get(ticket.want.who.lower())
    for thing in ticket.want.by:
        kind, _, name = thing.partition("/")
        if kind == "group" and ticket.want.who.startswith(WORKFORCE_PREFIX):
            yield from _absence_in_identity_center(account, ticket.want.who, name)
            continue
        if kind not in ENTITY_FINDERS:
            continue
        entity = ENTITY_FINDERS[kind](account, name)
        if entity is None:
            yield f"there is no such {kind}"
        elif isinstance(entity, Group) and user and entity.id not in user.groups:
            yield f"{user.name} isn't in it"


def _absence_in_identity_center(account: Account, who: str, name: str) -> Iterator[str]:
    """Yield why a group of Identity Center gives a user no permission set."""
    center = account.organization_center
    user = center and center.user_named(who.removeprefix(WORKFORCE_PREFIX))
    group = center and center.group_named(name)
    if center is None or group is None:
        yield "there is no such group in Identity Center"
    elif user and center.membership_of(group.id, user.id) is None:
        yield f"{user.name} isn't in it"
    elif not any(center.assignments_to(group.id)):
        yield "no permission set is assigned to it"


def _given_standing(account: Account, allowed: Standing, want: Want) -> Standing:
    """Return the standing with all its Denies, and with only those Allows that come from the
    things in a job's `by`.

    A comparison with it tells whether a job is allowed by them alone. Boundaries and the like allow
    nothing, so they stay.
    """
    principal = allowed.principal
    entity = account.entity_by_id(principal.role_id or principal.id)
    arns = {
        ids.arn(account, kind, name)
        for kind, _, name in (thing.partition("/") for thing in want.by)
        if kind in RESOURCE_KINDS
    }
    policies = [
        policy
        for thing in want.by
        for policy in _policies_by(account, entity, want.who, thing)
    ]

    def is_given(policy: Policy, statement: Statement) -> bool:
        return statement.effect == "Deny" or policy in policies

    def is_denial(_: Policy, statement: Statement) -> bool:
        return statement.effect == "Deny"

    def reduce_layer(layer: Layer) -> Layer:
        if layer.kind is Kind.IDENTITY:
            keeps = is_given
        elif layer.kind is Kind.RESOURCE and layer.on not in arns:
            keeps = is_denial
        else:
            return layer
        kept = tuple(keep_in_policy(policy, keeps) for policy in layer.policies)
        return replace(layer, policies=kept)

    return replace(allowed, layers=tuple(map(reduce_layer, allowed.layers)))


def _policies_by(
    account: Account, entity: object, who: str, thing: str
) -> tuple[Policy, ...]:
    """Return the policies that a user or role has by a group, role, user or managed policy; () if
    it has none by that.

    A user of Identity Center (`who`) has those of a role by a group to which its permission set is assigned.
    """
    kind, _, name = thing.partition("/")
    if not isinstance(entity, User | Role):
        return ()
    if kind == "group" and who.startswith(WORKFORCE_PREFIX):
        has_role = _has_role_by_group(account, who, name, entity)
        return own_policies(account, entity) if has_role else ()
    groups = [
        group
        for id in (entity.groups if isinstance(entity, User) else ())
        if isinstance(group := account.entity_by_id(id), Group)
    ]
    if kind == POLICY_KIND:
        arns = (arn for holder in (entity, *groups) for arn in holder.attached)
        named = (arn for arn in arns if arn.rpartition("/")[2] == name)
        return attached_policies(account, named)
    if kind in ENTITY_FINDERS:
        giver = ENTITY_FINDERS[kind](account, name)
        if giver is not None and giver in (entity, *groups):
            return own_policies(account, giver)
    return ()


def _has_role_by_group(account: Account, who: str, name: str, role: Entity) -> bool:
    """Tell whether a user of Identity Center can sign in to a role because a group that they are in can."""
    center = account.organization_center
    user = center and center.user_named(who.removeprefix(WORKFORCE_PREFIX))
    group = center and center.group_named(name)
    if not center or not user or not group:
        return False
    if center.membership_of(group.id, user.id) is None:
        return False
    return any(
        assignment.account == account.id
        and center.roles.get(f"{assignment.permission_set}/{account.id}") == role.name
        for assignment in center.assignments_to(group.id)
    )
