"""Predict questions: asked before a play or after it, answered by the engine, so that no quiz can disagree with it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from coffeeshop.lessons.model import Quiz, Scenario
from coffeeshop.policy.model import Allowed, Decision, ExplicitlyDenied
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket

Answer: TypeAlias = Literal["allowed", "explicitDeny", "implicitDeny"]

CHOICES: dict[Answer, str] = {
    "allowed": "allowed",
    "explicitDeny": "explicit deny: a statement says no",
    "implicitDeny": "implicit deny: nothing says yes",
}


def asked(scenario: Scenario, quiz: Quiz) -> Ticket:
    """The question's call, made on a copy of the untouched world."""
    return serve(scenario.opening, quiz.want, scenario.now)


def decide(scenario: Scenario, quiz: Quiz) -> tuple[Answer, Decision | None]:
    """AWS's decision in the untouched world, in the words of EvalDecision, and the decision itself."""
    decision = asked(scenario, quiz).decision
    match decision:
        case Allowed():
            return "allowed", decision
        case ExplicitlyDenied():
            return "explicitDeny", decision
        case _:
            return "implicitDeny", decision
