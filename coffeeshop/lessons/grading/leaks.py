"""From refusals that do not hold to root causes: by which statement, or which detour, whom a leak lets in."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.access.standing import EVERYTHING
from coffeeshop.account.credentials import Session
from coffeeshop.lessons.grading.reasons import and_others, answer_of, by_cause, decider, step, why_of
from coffeeshop.lessons.model import Check, Finding, Play
from coffeeshop.policy.model import Allowed, Policy, Values
from coffeeshop.shop.want import Ticket, Want


def of_leaks(play: Play, checks: list[Check]) -> Iterator[Finding]:
    """Yields what is to be read of refusals that do not hold, those together that one policy lets through."""
    for _, group in by_cause(checks, _letting, _share):
        ticket = group[0].pieces(Ticket)[0]
        people = tuple(dict.fromkeys(_let_in(play, check.pieces(Ticket)[0].want) for check in group))
        what = f"“{group[0].say}” does not hold{and_others(group)}."
        yield _leak(ticket, group, people, what)


def _share(mine: frozenset[Policy], others: frozenset[Policy]) -> bool:
    return not mine.isdisjoint(others)


def _let_in(play: Play, want: Want) -> str:
    """Whom a leak lets in; where somebody else still holds the credential, the one to whom it belongs."""
    held = play.account.credential_of(want.held)
    if held is None:
        return want.who
    owner = held.taker if isinstance(held, Session) and held.taker else held.owner
    person = play.account.of_id(owner)
    return "root" if owner == play.account.id else person.name if person else want.who


def _leak(ticket: Ticket, group: list[Check], people: Values, what: str) -> Finding:
    """Who was let in, by which statement; by a detour, the statement that opened its first step."""
    detour = ticket.detour
    first = detour[0] if detour else ticket.outcomes[-1]
    decision = first.decisions[-1] if first.decisions else None
    why = why_of(decision) if decision and first.allowed else f"{answer_of(first)} {NO_PROTECTION}".strip()
    why = f"By a detour of {len(ticket.outcomes)} calls. Its first step: {why}" if detour else why
    path = tuple(map(step, ticket.outcomes)) if detour else ()
    by = decider(decision)
    return Finding(f"leak:{ticket.want.id}", tuple(group), people, what, why, by=by, path=path)


NO_PROTECTION = "That is no protection: nothing forbids the call, it fails for another reason."


def _letting(check: Check) -> frozenset[Policy]:
    """The policies that let a leak through; its first step counts too."""
    outcomes = check.pieces(Ticket)[0].outcomes
    decisions = (decision for outcome in outcomes for decision in outcome.decisions)
    allowed = (decision for decision in decisions if isinstance(decision, Allowed))
    allowing = (match for decision in allowed for match in decision.by)
    return frozenset(match.policy for match in allowing if match.policy is not EVERYTHING)
