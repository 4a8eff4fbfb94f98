"""Predict questions: asked before a play or after it, answered by the engine, so that no quiz can disagree with it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from coffeeshop.lessons.model import Quiz, Scenario
from coffeeshop.policy.model import Allowed, Decision, ExplicitlyDenied
from coffeeshop.shop.serve import serve

Answer: TypeAlias = Literal["allowed", "explicitDeny", "implicitDeny"]

CHOICES: dict[Answer, str] = {
    "allowed": "allowed",
    "explicitDeny": "explicit deny: a statement says no",
    "implicitDeny": "implicit deny: nothing says yes",
}


def decide(scenario: Scenario, quiz: Quiz) -> tuple[Answer, Decision | None]:
    """AWS's decision in the untouched world, in the words of EvalDecision, and the decision itself."""
    decision = serve(scenario.opening, quiz.want, scenario.now).decision
    match decision:
        case Allowed():
            return "allowed", decision
        case ExplicitlyDenied():
            return "explicitDeny", decision
        case _:
            return "implicitDeny", decision
