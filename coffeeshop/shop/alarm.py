"""Finds what the shop notices when something is wrong: a code that was asked for, refusals in the trail, what is gone, and
whoever looks after the badges. All of it is what somebody put in place before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from coffeeshop.account.model import Outcome
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.model import ExplicitlyDenied
from coffeeshop.shop.happenings import Alarm, happenings

FEW = 3  # refusals of one badge that nobody looks at


class Signs(Struct, frozen=True):
    """What there is to be noticed of an incident: whether a code was asked for, what came of the attacker's calls, whether
    a customer came for what is gone, and whether anybody at work looks after the badges.
    """

    coded: bool = False
    outcomes: tuple[Outcome, ...] = ()
    broken: bool = False
    watched: bool = False


def alarm(signs: Signs) -> Alarm | None:
    """Returns the alarm that goes first, of those that go; None where nobody can know of anything."""
    going = (row for row in happenings().alarms if GOES[row.by](signs))
    return min(going, key=lambda row: row.after, default=None)


def _was_denied(signs: Signs) -> bool:
    return any(
        isinstance(decision, ExplicitlyDenied)
        for outcome in signs.outcomes
        for decision in outcome.decisions
    )


def _refusals(signs: Signs) -> bool:
    return sum(not outcome.has_succeeded for outcome in signs.outcomes) >= FEW


def _is_watched_change(signs: Signs) -> bool:
    """A change of who may do what, where somebody has the job to look at that."""
    return signs.watched and any(
        outcome.has_succeeded and _changes(outcome) for outcome in signs.outcomes
    )


def _changes(outcome: Outcome) -> bool:
    call = outcome.act.call
    known_action = catalog.find_action(f"{call.service}:{call.operation}")
    return (
        call.service == "iam"
        and known_action is not None
        and known_action.level not in (AccessLevel.LIST, AccessLevel.READ)
    )


GOES: Mapping[str, Callable[[Signs], bool]] = {
    "door": lambda signs: signs.coded,
    "denied": _was_denied,
    "refusals": _refusals,
    "broken": lambda signs: signs.broken,
    "watched": _is_watched_change,
}
