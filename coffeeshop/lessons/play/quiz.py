"""Predict questions: asked before a play or after it, answered by the engine, so that no quiz can disagree with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from coffeeshop.lessons.model import Quiz, Scenario
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket

if TYPE_CHECKING:
    from coffeeshop.policy.simulation.simulate import EvalDecision

CHOICES: dict[EvalDecision, str] = {
    "allowed": "allowed",
    "explicitDeny": "explicit deny: a statement says no",
    "implicitDeny": "implicit deny: nothing says yes",
}


class Prediction(Struct, frozen=True):
    """A call, made already, whose decision is guessed at before it is told; `why` is told with AWS's decision."""

    ticket: Ticket
    why: str

    @property
    def answer(self) -> EvalDecision:
        """Returns AWS's decision in a word; where the call came to none, nothing allowed it."""
        from coffeeshop.policy.simulation.simulate import (
            decision_name,  # with the first guess
        )

        decision = self.ticket.decision
        return decision_name(decision) if decision else "implicitDeny"


def predict_answer(scenario: Scenario, quiz: Quiz) -> Prediction:
    """Returns what a question asks for, its call made on a copy of the untouched world."""
    return Prediction(serve(scenario.opening, quiz.want, scenario.now), quiz.why)


def questions(scenario: Scenario) -> tuple[Quiz, ...]:
    """Returns the questions in the order of their numbers: those asked before the play, then those asked after it."""
    return tuple(
        quiz
        for phase in ("before", "after")
        for quiz in scenario.quizzes
        if quiz.when == phase
    )
