"""Choose the alarm by which the shop notices an incident.

The signs are a request for an MFA code, refusals in the trail, a job that broke, and a job that watches credentials.
All of them depend on the account's setup before the theft.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from coffeeshop.account.model import Outcome
from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.model import ExplicitlyDenied
from coffeeshop.shop.happenings import Alarm, happenings

NOTICED_REFUSALS = 3  # so many refused calls raise an alarm


class Signs(Struct, frozen=True):
    """The signs of an incident.

    `mfa_code_asked`: the thief was asked for an MFA code. `outcomes` are those of the attacker's
    calls. `job_broke`: a job fails because something is gone. `key_locked`: a job that worked is refused
    since the attacker put a key policy. `job_watches_iam`: a job of the shop
    watches IAM.
    """

    mfa_code_asked: bool = False
    outcomes: tuple[Outcome, ...] = ()
    job_broke: bool = False
    key_locked: bool = False
    job_watches_iam: bool = False


def first_alarm(signs: Signs) -> Alarm | None:
    """Return the first alarm that the signs raise. Return None if they raise none."""
    raised_alarms = (row for row in happenings().alarms if SIGN_TESTS[row.sign](signs))
    return min(raised_alarms, key=lambda row: row.minutes, default=None)


def _was_denied(signs: Signs) -> bool:
    """Return whether an explicit deny refused a call."""
    return any(
        isinstance(decision, ExplicitlyDenied)
        for outcome in signs.outcomes
        for decision in outcome.decisions
    )


def _has_refusals(signs: Signs) -> bool:
    """Return whether at least NOTICED_REFUSALS of the attacker's calls failed. Fewer don't attract attention."""
    return sum(not outcome.has_succeeded for outcome in signs.outcomes) >= NOTICED_REFUSALS


def _is_watched_change(signs: Signs) -> bool:
    """Return whether the attacker changed IAM in a shop where a job lists or reads IAM, so that somebody sees it."""
    return signs.job_watches_iam and any(
        outcome.has_succeeded and _is_iam_change(outcome) for outcome in signs.outcomes
    )


def _is_iam_change(outcome: Outcome) -> bool:
    """Return whether a call changes IAM: an IAM action with another access level than List or Read."""
    call = outcome.act.call
    action = catalog.find_action(f"{call.service}:{call.operation}")
    return (
        call.service == "iam"
        and action is not None
        and action.level not in (AccessLevel.LIST, AccessLevel.READ)
    )


SIGN_TESTS: Mapping[str, Callable[[Signs], bool]] = {
    "door": lambda signs: signs.mfa_code_asked,
    "denied": _was_denied,
    "refusals": _has_refusals,
    "broken": lambda signs: signs.job_broke,
    "locked": lambda signs: signs.key_locked,
    "watched": _is_watched_change,
}
