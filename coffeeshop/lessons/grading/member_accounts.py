"""Who is in the organization's other accounts: users there, and roles for somebody else.

What they do is about the things of their own account; yet whoever administers the managing one can take off every rule
that hangs over the shop. Who was there before keeps what they had, and no more.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.credentials import Session
from coffeeshop.account.escalation.reach import allows_everything, may_do_everything
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Nobody
from coffeeshop.lessons.grading.needed import DIRECT
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    role_standing,
    trusted_principals,
)
from coffeeshop.policy.model import Kind, Layer, Standing

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def member_account_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yields each user of another account, with each badge, and each role there that lets in somebody of another, or that
    somebody of another still wears. What a new account brings with it is its own.
    """
    for id in trial.play.scenario.opening.others:
        there = trial.account.seen_from(id)
        for entity in (*there.users.values(), *there.roles.values()):
            yield from _entity_sessions(there, entity, trial.play.now)


def member_standing_before(trial: Trial, member: HeldSession) -> Standing | None:
    """Returns what such a one held before the play with the same badge; None for who was not there, or let nobody else in."""
    scenario = trial.play.scenario
    principal = member.standing.principal
    opening = scenario.opening.seen_from(member.account.id)
    was = opening.entity_by_id(principal.role_id or principal.id)
    if isinstance(was, User | Role):
        found = _entity_sessions(opening, was, scenario.now)
    else:
        found = ()
    return next(
        (held.standing for held in found if _badge_kind(held) == _badge_kind(member)), None
    )


def _badge_kind(held: HeldSession) -> str:
    """The badge of a user; of a role nothing, whatever it is called by now."""
    if held.standing.principal.role_id:
        return ""
    return held.badge


def _entity_sessions(
    there: Account, entity: User | Role, now: datetime
) -> Iterator[HeldSession]:
    who = (
        f"account/{there.id}/{'user' if isinstance(entity, User) else 'role'}/{entity.name}"
    )
    if isinstance(entity, Role):
        if _trusts_others(entity, there.id) or _has_outside_session(there, entity, now):
            yield HeldSession(
                who,
                who,
                there,
                Nobody(),
                _simplify_standing(there, role_standing(there, entity, now)),
            )
        return
    for badge in DIRECT:
        account, key = mint_credential(there, there.arn(entity), badge, now)  # pyright: ignore[reportArgumentType]  # of DIRECT
        held = build_standing(account, key, now)
        if isinstance(held, Standing):
            yield HeldSession(who, badge, account, key, _simplify_standing(account, held))


def _simplify_standing(account: Account, held: Standing) -> Standing:
    """The same in one policy, of those who may do everything by it: whatever else hangs on them gives them nothing more."""
    if not may_do_everything(account, held):
        return held
    own = (
        policy
        for layer in held.layers
        if layer.kind is Kind.IDENTITY
        for policy in layer.policies
    )
    everything = Layer(Kind.IDENTITY, (next(filter(allows_everything, own)),))
    others = (layer for layer in held.layers if layer.kind is not Kind.IDENTITY)
    return dataclasses.replace(held, layers=(everything, *others))


def _has_outside_session(there: Account, role: Role, now: datetime) -> bool:
    """Whether a session in the role lives on that nobody of its account took, whomever it lets in by now."""
    worn = (
        found
        for found in there.credentials.values()
        if isinstance(found, Session) and found.owner == role.id
    )
    return any(
        found.expires > now
        and found.taker != there.id
        and there.entity_by_id(found.taker) is None
        for found in worn
    )


def _trusts_others(role: Role, account: str) -> bool:
    found = trusted_principals(role)
    return any(
        account not in value
        for kind in ("AWS", "Federated")
        for value in found.get(kind, ())
    )
