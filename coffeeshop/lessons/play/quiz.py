"""Ask predict questions before or after a play. The engine computes the answers, so a question can't contradict it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from coffeeshop.lessons.model import Quiz, Scenario
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket

if TYPE_CHECKING:
    from coffeeshop.policy.simulation.simulate import EvalDecision

DECISION_CHOICES: dict[EvalDecision, str] = {
    "allowed": "allowed",
    "explicitDeny": "explicit deny: a statement says no",
    "implicitDeny": "implicit deny: nothing says yes",
}


class Prediction(Struct, frozen=True):
    """A call whose decision the learner predicts. The call is made already, and `why` explains AWS's decision."""

    ticket: Ticket
    why: str

    @property
    def answer(self) -> EvalDecision:
        """Return AWS's decision in one word. A call without a decision was allowed by nothing: implicitDeny."""
        # Imported with the first guess.
        from coffeeshop.policy.simulation.simulate import decision_name

        decision = self.ticket.decision
        if decision:
            return decision_name(decision)
        return "implicitDeny"


def predict_answer(scenario: Scenario, quiz: Quiz) -> Prediction:
    """Return a question with AWS's answer.

    The engine decides its call on a copy of the scenario's opening account.
    """
    return Prediction(serve(scenario.opening, quiz.want, scenario.now), quiz.why)


def questions(scenario: Scenario) -> tuple[Quiz, ...]:
    """Return the questions in order of number: first those before the play, then those after it."""
    return tuple(
        quiz
        for phase in ("before", "after")
        for quiz in scenario.quizzes
        if quiz.when == phase
    )
