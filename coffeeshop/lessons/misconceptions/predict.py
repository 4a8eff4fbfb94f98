"""Predict the outcome of a call by each misconception, and compare it with AWS's.

refuted_misconceptions(seen_call)      the ids of those that predict something else
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from coffeeshop.account.model import Account, Outcome
from coffeeshop.account.services.cloudtrail import log_delivery, wanted_trail
from coffeeshop.lessons.misconceptions.question import Question
from coffeeshop.lessons.misconceptions.rules import CALL_RULES, MISCONCEPTION_RULES, decide
from coffeeshop.lessons.misconceptions.table import Misconception, misconceptions
from coffeeshop.policy.simulation.simulate import EvalDecision, decision_name
from coffeeshop.shop.want import Ticket


class SeenCall(Struct, frozen=True):
    """A call with its outcome, as somebody sees it.

    `account` is the one before the call. `past` are the calls made there before, oldest first.
    `person` is the user who assumed the role of the session that calls, or "". `shows_credential` is
    whether one sees with which kind of credential the call is made.
    """

    outcome: Outcome
    account: Account
    past: tuple[Outcome, ...] = ()
    person: str = ""
    shows_credential: bool = True

    @property
    def questions(self) -> tuple[Question, ...]:
        """Return the requests of the call, each as a question."""
        return tuple(
            Question(
                decision.standing,
                decision.request,
                self.outcome.act,
                self.account,
                self.past,
                self.person,
                self.shows_credential,
            )
            for decision in self.outcome.decisions
        )

    @property
    def service_questions(self) -> tuple[Question, ...]:
        """Return the requests that CloudTrail makes to the bucket of a new trail, before the call succeeds."""
        act = self.outcome.act
        if act.call.operation != "CreateTrail":
            return ()
        home = self.account.home_of(act.caller)
        standing, requests = log_delivery(home, wanted_trail(act.call), act.at)
        return tuple(
            Question(standing, request, account=self.account, past=self.past)
            for request in requests
        )

    @property
    def answer(self) -> EvalDecision:
        """Return what AWS's policies decide: "allowed", or the first refusal."""
        own_decisions = map(decision_name, self.outcome.decisions)
        return first_refusal((*own_decisions, *map(decide, self.service_questions)))


def first_refusal(names: Iterable[EvalDecision]) -> EvalDecision:
    """Return the decision about several requests of one call: AWS tells the first refusal."""
    for name in names:
        if name != "allowed":
            return name
    return "allowed"


def seen_call_of_ticket(ticket: Ticket, past: tuple[Outcome, ...] = ()) -> SeenCall | None:
    """Return the last call of a ticket. Return None if no call was made."""
    if not ticket.outcomes:
        return None
    outcome = ticket.outcomes[-1]
    account = ticket.outcomes[-2].account if len(ticket.outcomes) > 1 else outcome.account
    person = ticket.want.who if ticket.want.via else ""
    earlier_calls = (*past, *ticket.outcomes[:-1])
    return SeenCall(outcome, account, earlier_calls, person, not ticket.want.untold)


def predicted_answer(misconception: Misconception, seen: SeenCall) -> EvalDecision:
    """Return what somebody who holds a misconception expects the policies to decide."""
    rule = MISCONCEPTION_RULES.get(misconception.rule)
    if rule is None or not seen.outcome.decisions:
        return seen.answer
    questions = (*seen.questions, *seen.service_questions)
    return first_refusal(decide(question, rule) for question in questions)


def is_about_answer(seen: SeenCall) -> bool:
    """Return whether a misconception predicts the answer of the call itself, and no policy's decision."""
    return any(
        rule(seen.outcome.act, seen.account) is not None for rule in CALL_RULES.values()
    )


def is_refuted(misconception: Misconception, seen: SeenCall) -> bool:
    """Return whether a misconception predicts another outcome of the call than AWS's."""
    call_rule = CALL_RULES.get(misconception.rule)
    if call_rule is None:
        return predicted_answer(misconception, seen) != seen.answer
    expects_success = call_rule(seen.outcome.act, seen.account)
    return expects_success is not None and expects_success != seen.outcome.has_succeeded


def expects_success(
    misconception: Misconception, ticket: Ticket, past: tuple[Outcome, ...] = ()
) -> bool:
    """Return whether somebody who holds a misconception expects a request to work. `past` are the calls before it."""
    seen = seen_call_of_ticket(ticket, past)
    if seen is None or not is_refuted(misconception, seen):
        return ticket.has_succeeded
    if misconception.rule in CALL_RULES:
        return not ticket.has_succeeded
    return predicted_answer(misconception, seen) == "allowed"


def refuted_misconceptions(seen: SeenCall) -> frozenset[str]:
    """Return the ids of the misconceptions that predict another outcome than AWS's."""
    return frozenset(
        misconception.id
        for misconception in misconceptions().values()
        if misconception.rule and is_refuted(misconception, seen)
    )
