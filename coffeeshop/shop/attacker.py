"""Somebody with a stolen credential: a search over `reach`, played call by call through the one door.

First the paths that lead to more are gone, those to everything before all others; then, thing after thing, the deeds of
the table are tried with whatever is held. What AWS refuses stands in the trail and has done nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from shlex import quote

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.standing import build_call_standing
from coffeeshop.account.command import read_act
from coffeeshop.account.door import handle
from coffeeshop.account.escalation.reach import credential_won
from coffeeshop.account.model import Account, Act, Caller, Key, Outcome, Reply, ServiceError
from coffeeshop.shop.happenings import Deed, Incident, happenings
from coffeeshop.shop.radius import NO_WAYS, Radius, radius

BUDGET = 60  # calls that an attacker makes at most
KEYS = 3  # objects of a bucket that are taken


class Attacker(Struct, frozen=True):
    """Holds what an attacker has and knows: their credentials, the paths that they mean to go and the steps of these that
    are behind them, the deeds that they have tried, and how many calls they have left.
    """

    incident: Incident
    held: tuple[Caller, ...]
    plan: tuple[tuple[Act, ...], ...] = ()
    gone: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()
    left: int = BUDGET


def plan_attack(
    attacker: Attacker, account: Account, at: datetime
) -> tuple[Attacker, Radius]:
    """Returns the attacker with a plan for the account as it stands, and how far they reach in it."""
    found_radius = radius(
        account, attacker.held, at, None if attacker.incident.roams else NO_WAYS
    )
    paths = sorted(found_radius.paths, key=lambda path: path is not found_radius.everything)
    return replace(
        attacker,
        plan=tuple(path.acts for path in paths if path.acts),
        gone=frozenset[str](),
    ), found_radius


def turn(
    attacker: Attacker, account: Account, at: datetime
) -> tuple[Attacker, Outcome | None]:
    """Returns the attacker after their next call, and what came of it; None where there is no more that they could do."""
    held_callers = alive(attacker, account, at)
    if not held_callers or not attacker.left:
        return attacker, None
    for nth, path in enumerate(attacker.plan):
        step = next((act for act in path if _act_text(act) not in attacker.gone), None)
        if step and (step.caller in held_callers or not isinstance(step.caller, Key)):
            return _gone(
                replace(attacker, plan=attacker.plan[nth:]), account, replace(step, at=at)
            )
    for line in deeds(account, attacker.incident):
        if line not in attacker.tried:
            spent = replace(
                attacker, plan=(), tried=attacker.tried | {line}, left=attacker.left - 1
            )
            return spent, _perform_deed(line, account, held_callers, at)
    return replace(attacker, plan=()), None


def alive(attacker: Attacker, account: Account, at: datetime) -> tuple[Caller, ...]:
    """Returns the credentials that still are any good, the one won last before all others."""
    return tuple(
        caller for caller in reversed(attacker.held) if _is_good(account, caller, at)
    )


def _is_good(account: Account, caller: Caller, at: datetime) -> bool:
    try:
        build_call_standing(account, caller, at, ())
    except ServiceError:
        return False
    return True


def _gone(attacker: Attacker, account: Account, act: Act) -> tuple[Attacker, Outcome]:
    """One step of the first path that is planned; where it is refused, the path is given up."""
    outcome = handle(account, act)
    answer = outcome.answer
    new = credential_won(answer) if isinstance(answer, Reply) else None
    return replace(
        attacker,
        held=(*attacker.held, new) if new and new not in attacker.held else attacker.held,
        plan=attacker.plan if isinstance(answer, Reply) else attacker.plan[1:],
        gone=attacker.gone | {_act_text(act)},
        left=attacker.left - 1,
    ), outcome


def _act_text(act: Act) -> str:
    return f"{act.caller} {act.call}"


# ---------------------------------------------------------------------------- deeds
def deeds(account: Account, incident: Incident) -> Iterator[str]:
    """Yields the lines of everything that an attacker is after, by level, in the account as it stands."""
    for level in incident.levels:
        for deed in happenings().deeds:
            if deed.level is level:
                yield from _lines(account, deed)


def _lines(account: Account, deed: Deed) -> Iterator[str]:
    for name in _names(account, deed.kind):
        line = deed.line.replace("{name}", quote(name)).replace("{account}", account.id)
        if "{key}" in line:
            keys = islice(_keys(account, deed.kind, name), KEYS)
        else:
            keys = [""]
        yield from (line.replace("{key}", quote(key)) for key in keys)


def _keys(account: Account, kind: str, name: str) -> Iterable[str]:
    """What a line names in a thing: the objects of a bucket; of a table an item, whether it is there or not."""
    if kind == "bucket":
        return account.buckets[name].objects
    table = account.tables[name]
    return [json.dumps({table.key: {table.type: "0"}})]


def _names(account: Account, kind: str) -> Iterator[str]:
    books = {
        "bucket": account.buckets,
        "table": account.tables,
        "queue": account.queues,
        "function": account.functions,
        "instance": account.instances,
    }
    yield from books.get(kind, [""])


def _perform_deed(
    line: str, account: Account, held_callers: Iterable[Caller], at: datetime
) -> Outcome | None:
    """What comes of a deed: with the first credential that is let in, else with the one won last."""
    refused: Outcome | None = None
    for caller in held_callers:
        act = read_act(line, account, at, {}, caller)
        outcome = handle(account, act) if isinstance(act, Act) else None
        if outcome and outcome.has_succeeded:
            return outcome
        refused = refused or outcome
    return refused
