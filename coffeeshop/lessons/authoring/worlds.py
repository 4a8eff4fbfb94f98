"""Ask whether a wrong answer is right in the world of a misconception.

In that world the engine decides by the misconception's rule, and the findings that it overlooks are no
faults. A wrong answer fits its misconception if it keeps the star there that it loses in ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from coffeeshop.account.model import Outcome
from coffeeshop.lessons.authoring.verdict import JudgedPlay
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.misconceptions.predict import (
    predicted_answer,
    seen_call_of_ticket,
)
from coffeeshop.lessons.misconceptions.question import Question
from coffeeshop.lessons.misconceptions.rules import CALL_RULES, MISCONCEPTION_RULES, decide
from coffeeshop.lessons.misconceptions.table import Misconception, misconceptions
from coffeeshop.lessons.model import Check, Finding, Proof
from coffeeshop.shop.want import Ticket


def faults_in_world(judged: JudgedPlay, misconception: Misconception) -> Iterator[Finding]:
    """Yield the findings that somebody who holds the misconception would see as faults, too."""
    past = (*judged.play.scenario.world, *judged.play.outcomes_of(lambda _: True))
    for finding in judged.report.findings:
        is_overlooked = any(
            fnmatchcase(finding.key, glob) for glob in misconception.overlooks
        )
        if not finding.costs_star or is_overlooked:
            continue
        if not all(
            _holds_in_world(judged, check, misconception, past) for check in finding.checks
        ):
            yield finding


def is_right_in_world(judged: JudgedPlay, misconception: Misconception) -> bool:
    """Return whether a wrong answer keeps, in the world of a misconception, the star that it loses."""
    return next(faults_in_world(judged, misconception), None) is None


def fitting_misconceptions(judged: JudgedPlay) -> tuple[str, ...]:
    """Return the ids of all misconceptions in whose world a wrong answer is right."""
    return tuple(
        misconception.id
        for misconception in misconceptions().values()
        if is_right_in_world(judged, misconception)
    )


def _holds_in_world(
    judged: JudgedPlay,
    check: Check,
    misconception: Misconception,
    past: tuple[Outcome, ...],
) -> bool:
    """Return whether a failed check passes in the world of a misconception."""
    if _is_harmless(check, misconception):
        return True
    if misconception.rule in CALL_RULES:
        return _expects_errors_away(judged, misconception)
    if misconception.rule not in MISCONCEPTION_RULES:
        return False
    tickets = check.pieces(Ticket)
    if check.kind is CheckKind.REFUSAL:
        return bool(tickets) and not any(
            _is_allowed(ticket, misconception, past)
            for ticket in tickets
            if ticket.has_succeeded
        )
    if check.kind is CheckKind.EXCESS:
        return _is_without_excess(judged, check, misconception, past)
    return bool(tickets) and all(
        _is_allowed(ticket, misconception, past) for ticket in tickets
    )


def _is_harmless(check: Check, misconception: Misconception) -> bool:
    """Return whether each piece of evidence shows a request that somebody with the misconception doesn't mind."""
    tickets = check.pieces(Ticket)
    proofs = check.pieces(Proof)
    by_tickets = all(
        any(
            decision.request.action in misconception.harmless
            for outcome in ticket.outcomes
            for decision in outcome.decisions
        )
        for ticket in tickets
    )
    by_proofs = all(
        excess.witness.action in misconception.harmless
        for proof in proofs
        for excess in proof.excesses
    )
    return bool(tickets or proofs) and by_tickets and by_proofs


def _is_allowed(
    ticket: Ticket, misconception: Misconception, past: tuple[Outcome, ...]
) -> bool:
    """Return whether policies allow the ticket's last call in the world of a misconception."""
    seen = seen_call_of_ticket(ticket, past)
    return seen is not None and predicted_answer(misconception, seen) == "allowed"


def _is_without_excess(
    judged: JudgedPlay,
    check: Check,
    misconception: Misconception,
    past: tuple[Outcome, ...],
) -> bool:
    """Return whether every excess that was shown is refused in the world of a misconception."""
    rule = MISCONCEPTION_RULES[misconception.rule]
    proofs = check.pieces(Proof)
    for proof in proofs:
        sessions = judged.sessions(proof.who)
        standing = next(
            (session.standing for session in sessions if session.badge == proof.badge), None
        )
        for excess in proof.excesses:
            if standing is None:
                return False
            question = Question(
                standing, excess.witness, account=judged.play.account, past=past
            )
            if decide(question, rule) == "allowed":
                return False
    return bool(proofs)


def _expects_errors_away(judged: JudgedPlay, misconception: Misconception) -> bool:
    """Return whether a call of the answer failed that somebody with the misconception expects to succeed."""
    rule = CALL_RULES[misconception.rule]
    return any(
        not outcome.has_succeeded and rule(outcome.act, outcome.account)
        for outcome in judged.play.outcomes_of(lambda _: True)
    )
