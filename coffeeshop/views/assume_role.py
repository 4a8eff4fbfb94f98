"""The roles that a caller could assume, with both sides of the trust, before any attempt."""

from __future__ import annotations

from msgspec import Struct

from coffeeshop.account.access.callers import find_caller, is_root
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Act, Call, Outcome, ServiceError
from coffeeshop.lessons.model import Play
from coffeeshop.policy.evaluation.explain import layer_matches, statement_label
from coffeeshop.policy.model import ExplicitlyDenied, Kind
from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import Row


class Handshake(Struct, frozen=True):
    """The trial of assuming one role: the call, and a row with the answers of the trust policy and the caller's policies."""

    role: str
    call: Call
    row: Row


def handshakes(play: Play, badge: str) -> tuple[Handshake, ...]:
    """Return a handshake for each role of the account, sorted by name."""
    roles = sorted(play.account.roles.values(), key=lambda role: role.name)
    return tuple(
        _handshake(play, badge, role.name, play.account.arn(role)) for role in roles
    )


def _handshake(play: Play, badge: str, name: str, arn: str) -> Handshake:
    """Return whether the credential `badge` can assume a role, with the call that assumes it.

    The call is tried on a copy of the account.
    """
    caller = find_caller(play.account, badge)
    tried = play.do(
        Act(
            play.now,
            caller,
            Call(
                "sts",
                "AssumeRole",
                {"RoleArn": arn, "RoleSessionName": badge.partition("@")[0]},
            ),
        )
    ).outcomes[-1]
    root = is_root(play.account, caller)
    row = Row(
        ROOT_CANNOT_ASSUME if root else _sides_sentence(tried),
        Mark.OK if tried.has_succeeded else Mark.MISS,
        name,
    )
    return Handshake(name, _assuming_call(play, badge, name, arn), row)


ROOT_CANNOT_ASSUME = "the root user can't assume roles"


def _sides_sentence(tried: Outcome) -> str:
    """Return a sentence with the two answers to an attempt to assume a role: the trust policy's and the caller's policies'.

    An explicit Deny takes the place of the second.
    """
    if not tried.decisions and isinstance(tried.answer, ServiceError):
        return f"AWS refuses whatever you ask: {tried.answer.code}"
    sides = {Kind.TRUST: False, Kind.IDENTITY: False}
    for decision in tried.decisions:
        for each_layer_matches in layer_matches(decision):
            if each_layer_matches.layer.kind in sides:
                sides[each_layer_matches.layer.kind] |= (
                    bool(each_layer_matches.allows) and not each_layer_matches.denies
                )
    if sides[Kind.TRUST]:
        trust = "trusts you"
    else:
        trust = "does not trust you"
    denied = (
        each_layer_matches.by[0]
        for each_layer_matches in tried.decisions
        if isinstance(each_layer_matches, ExplicitlyDenied)
    )
    if (stops := next(denied, None)) is not None:
        return f"{trust} · {statement_label(stops)} denies it"
    if sides[Kind.IDENTITY]:
        own_name = "one of your policies allows it"
    else:
        own_name = "none of your policies allows it"
    return f"{trust} · {own_name}"


def _assuming_call(play: Play, badge: str, role: str, arn: str) -> Call:
    """Return the call that assumes a role: SwitchRole from the console, AssumeRole with other credentials."""
    caller = find_caller(play.account, badge)
    credential = play.account.credential_of(caller)
    if isinstance(credential, Session) and (
        credential.kind == "Console" or badge.endswith("@console")
    ):
        return Call("console", "SwitchRole", {"RoleName": role})
    return Call(
        "sts",
        "AssumeRole",
        {"RoleArn": arn, "RoleSessionName": f"{badge.partition('@')[0]}-{role}"[:64]},
    )
