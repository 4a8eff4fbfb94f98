"""The answers of a Player: what came of what the learner did, as data that a shell makes rows of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:  # a list of scenarios does without the engine
    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.model import Finding, Quiz, Report
    from coffeeshop.policy.model import Problem
    from coffeeshop.policy.simulation.simulate import EvalDecision


class Done(Struct, frozen=True):
    """An act was done, undone or done again: `outcome` is what came of it. `problem` says why it is not on the disk yet;
    `told` that a file which the line used tells the answer.
    """

    outcome: Outcome
    problem: Problem | None = None
    told: Problem | None = None

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """What is unwise about the policy that the act wrote, or names nothing; empty where it wrote none."""
        from coffeeshop.lessons.sitting.policy_text import remarks

        return remarks(self.outcome)


class Refused(Struct, frozen=True):
    """Nothing was done, for every one of these reasons."""

    problems: tuple[Problem, ...]
    told: Problem | None = None


class MovedOn(Struct, frozen=True):
    """Another window moved the play on: nothing was done here, and the sitting is of the other's play now."""

    problem: Problem
    told: Problem | None = None


class Followed(Struct, frozen=True):
    """Another window moved the play on, and this one has taken it up: what was done there, and what was taken back."""

    done: tuple[Outcome, ...] = ()
    undone: tuple[Outcome, ...] = ()


class Noted(Struct, frozen=True):
    """It is so now. `problem` says what is not on the disk, or what else is to be known."""

    problem: Problem | None = None


class Graded(Struct, frozen=True):
    """The grade of the play; `problem` says why it is not kept as a result."""

    report: Report
    problem: Problem | None = None


class Hinted(Struct, frozen=True):
    """One hint more: the first `rung` hints of the finding are read now."""

    finding: Finding
    rung: int

    @property
    def text(self) -> str:
        """The hint that is new."""
        return self.finding.hints[self.rung - 1]


class Predicted(Struct, frozen=True):
    """What the learner said AWS will decide on a question, and what it decides."""

    quiz: Quiz
    said: EvalDecision
    decided: EvalDecision


class Exported(Struct, frozen=True):
    """The play, written down in a form."""

    text: str
