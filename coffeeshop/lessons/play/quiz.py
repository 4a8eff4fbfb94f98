"""Predict questions: asked before a play or after it, answered by the engine, so that no quiz can disagree with it."""

from __future__ import annotations

from coffeeshop.lessons.model import Quiz, Scenario
from coffeeshop.policy.model import Decision
from coffeeshop.policy.simulation.simulate import EvalDecision, verdict
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket

CHOICES: dict[EvalDecision, str] = {
    "allowed": "allowed",
    "explicitDeny": "explicit deny: a statement says no",
    "implicitDeny": "implicit deny: nothing says yes",
}


def asked(scenario: Scenario, quiz: Quiz) -> Ticket:
    """Returns the question's call, made on a copy of the untouched world."""
    return serve(scenario.opening, quiz.want, scenario.now)


def decide(scenario: Scenario, quiz: Quiz) -> tuple[EvalDecision, Decision | None]:
    """AWS's decision in the untouched world, in a word and in whole; where the call came to none, nothing allowed it."""
    decision = asked(scenario, quiz).decision
    return verdict(decision) if decision else "implicitDeny", decision
