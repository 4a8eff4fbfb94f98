"""Who is in the organization's member accounts: users, roles that somebody else can assume, and
roles that a check names.

They act on resources of their own account. But an administrator of the management account
can remove every rule over the shop. Principals of the start keep their access, and gain
none.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from coffeeshop.account.access.resource_policies import resource_layers
from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.credentials import Session
from coffeeshop.account.escalation.reach import allows_everything, may_do_everything
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Nobody
from coffeeshop.lessons.grading.needed import USER_BADGES
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    role_standing,
    trusted_principals,
)
from coffeeshop.policy.model import Kind, Layer, Standing

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def member_account_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session of each user of a member account, and of some of its roles.

    These are roles that a check names, and roles that other accounts' principals can have. Accounts that came in the
    play don't count, since nobody works in a new one.
    """
    for id in trial.play.scenario.opening.others:
        member_account = trial.account.seen_from(id)
        for entity in (*member_account.users.values(), *member_account.roles.values()):
            yield from _entity_sessions(trial, member_account, entity, trial.play.now)


def newly_trusted_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session in each role there for each account that its trust policy names since the play,
    toward our resources.

    The role may do its job. Whoever is let in newly needs nothing of it.
    """
    for id in trial.play.scenario.opening.others:
        member_account = trial.account.seen_from(id)
        former_account = trial.play.scenario.opening.seen_from(id)
        for role in member_account.roles.values():
            former_role = former_account.entity_by_id(role.id)
            former = _trusted_accounts(former_role) if isinstance(former_role, Role) else ()
            for account in _trusted_accounts(role):
                if account in (id, trial.account.id, *former):
                    continue
                who = f"account/{'stranger' if account == '*' else account}"
                badge = f"role/{role.name}"
                there = role_standing(member_account, role, trial.play.now)
                own = (layer for layer in there.layers if layer.on == "*")
                ours = (*own, *resource_layers(trial.account))
                allowed = dataclasses.replace(there, layers=ours)
                yield HeldSession(who, badge, trial.account, Nobody(), allowed)


def _trusted_accounts(role: Role) -> tuple[str, ...]:
    """Return the accounts whose principals a role's trust policy names; "*" for any."""
    values = trusted_principals(role).get("AWS", ())
    parts = (value.split(":") for value in values)
    return tuple(dict.fromkeys(each[4] if len(each) > 4 else each[0] for each in parts))


def member_standing_before(trial: Trial, member: HeldSession) -> Standing | None:
    """Return a member's earlier access with the same kind of credential, or None if there
    was no such member.
    """
    scenario = trial.play.scenario
    principal = member.standing.principal
    opening = scenario.opening.seen_from(member.account.id)
    former_entity = opening.entity_by_id(principal.role_id or principal.id)
    if isinstance(former_entity, User | Role):
        sessions = _entity_sessions(trial, opening, former_entity, scenario.now)
    else:
        sessions = ()
    return next(
        (
            session.standing
            for session in sessions
            if _badge_kind(session) == _badge_kind(member)
        ),
        None,
    )


def _badge_kind(session: HeldSession) -> str:
    """Return the kind of credential by which a session is compared with one of before.

    It is "" for a role, since the role may have another name by now.
    """
    if session.standing.principal.role_id:
        return ""
    return session.badge


def _entity_sessions(
    trial: Trial, member_account: Account, entity: User | Role, at: datetime
) -> Iterator[HeldSession]:
    """Yield the sessions of a member account's user, one for each kind of credential; or a session
    in its role.

    A role counts only if a check names it, or a principal of another account can have a session in it.
    """
    kind = "user" if isinstance(entity, User) else "role"
    subject = f"account/{member_account.id}/{kind}/{entity.name}"
    if isinstance(entity, Role):
        is_judged = (
            subject in {want.who for want in trial.wants}
            or _trusts_others(entity, member_account.id)
            or has_outside_session(member_account, entity, at)
        )
        if is_judged:
            yield HeldSession(
                subject,
                subject,
                member_account,
                Nobody(),
                _simplify_standing(
                    member_account, role_standing(member_account, entity, at)
                ),
            )
        return
    for badge in USER_BADGES:
        account, key = mint_credential(
            member_account, member_account.arn(entity), badge, at
        )  # pyright: ignore[reportArgumentType]  # of USER_BADGES
        allowed = build_standing(account, key, at)
        if isinstance(allowed, Standing):
            yield HeldSession(
                subject, badge, account, key, _simplify_standing(account, allowed)
            )


def _simplify_standing(account: Account, allowed: Standing) -> Standing:
    """Return the standing; if one of its policies allows everything, without the other
    identity-based policies.

    That is the same access, and makes comparisons much cheaper.
    """
    if not may_do_everything(account, allowed):
        return allowed
    own_policies = (
        policy
        for layer in allowed.layers
        if layer.kind is Kind.IDENTITY
        for policy in layer.policies
    )
    everything = Layer(Kind.IDENTITY, (next(filter(allows_everything, own_policies)),))
    other_layers = (layer for layer in allowed.layers if layer.kind is not Kind.IDENTITY)
    return dataclasses.replace(allowed, layers=(everything, *other_layers))


def has_outside_session(member_account: Account, role: Role, at: datetime) -> bool:
    """Tell whether a principal of another account has a live session of the role."""
    role_sessions = (
        credential
        for credential in member_account.credentials.values()
        if isinstance(credential, Session) and credential.owner == role.id
    )
    return any(
        session.expires > at
        and session.taker != member_account.id
        and member_account.entity_by_id(session.taker) is None
        for session in role_sessions
    )


def _trusts_others(role: Role, account: str) -> bool:
    """Tell whether a role's trust policy names a principal of another account, or a
    provider.
    """
    trusted = trusted_principals(role)
    return any(
        account not in value
        for kind in ("AWS", "Federated")
        for value in trusted.get(kind, ())
    )
