"""Tell which calls of a job or refusal are decided in the account as it is now, and which only after other calls."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from coffeeshop.account.model import Outcome, Service
from coffeeshop.lessons.grading.needed import caller_and_badge
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.serve import want_name
from coffeeshop.shop.things import access_level_of
from coffeeshop.shop.want import Ticket

HARMLESS_LEVELS = frozenset({AccessLevel.LIST, AccessLevel.READ})


def present_outcomes(ticket: Ticket) -> Iterator[tuple[str, Outcome]]:
    """Yield the calls of a ticket that are decided in the account as it is now, each with its caller's name.

    A call that changes the account can allow the next one, so the calls after it aren't yielded.
    """
    if ticket.detour:
        return
    for outcome in ticket.outcomes:
        who, _ = caller_and_badge(ticket, outcome)
        yield who, outcome
        if _changes_account(outcome):
            return


def could_sentence(ticket: Ticket) -> str:
    """Return by which calls, in order, the subject of a ticket could make its request.

    Return "" if it needs no others, or if one of them would fail in the account as it is, as
    where its thing exists already. One call that is made on several things is one step.
    """
    if not ticket.has_succeeded or not ticket.decision:
        return ""
    if not all(outcome.has_succeeded for outcome in ticket.outcomes):
        return ""
    present_count = sum(1 for _ in present_outcomes(ticket))
    if present_count == len(ticket.outcomes):
        return ""
    steps = [step for step, _ in groupby(_step(ticket, each) for each in ticket.outcomes)]
    if len(steps) == 1:
        return ""
    return f"“{ticket.want.say}” could happen in these steps: {', then '.join(steps)}."


def is_same_name(name: str, other_name: str) -> bool:
    """Return whether two of the grade's names mean the same principal."""
    return want_name(name).lower() == want_name(other_name).lower()


def _changes_account(outcome: Outcome) -> bool:
    """Return whether a call can have changed what policies allow. To open a session can't."""
    if not outcome.has_succeeded or outcome.act.call.service == "sts":
        return False
    return any(
        access_level_of(decision.request.action) not in HARMLESS_LEVELS
        for decision in outcome.decisions
    )


def _step(ticket: Ticket, outcome: Outcome) -> str:
    """Return one call, and who makes it: AttachUserPolicy by mina, CreateUser by role AdminMachine."""
    caller = outcome.act.caller
    operation = outcome.act.call.operation
    if outcome.decisions and outcome.act.call.service == "request":
        operation = outcome.decisions[-1].request.action
    if isinstance(caller, Service):
        return f"{operation} by {caller.name}"
    who, badge = caller_and_badge(ticket, outcome)
    return f"{operation} by {badge.replace('/', ' ') if badge.startswith('role/') else who}"
