"""The answers of a Player: what came of what the learner did, as data that a shell makes rows of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from coffeeshop.policy.problem import Level, Place, Problem

if TYPE_CHECKING:  # a list of scenarios does without the engine
    from coffeeshop.account.command import Printed
    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.model import Finding, Report
    from coffeeshop.lessons.play.quiz import Prediction
    from coffeeshop.policy.simulation.simulate import EvalDecision


class Done(Struct, frozen=True):
    """Acts were done, undone or done again, those of one line or key: `outcomes` are what came of them, in their order.
    `problem` says why it is not on the disk yet.
    """

    outcomes: tuple[Outcome, ...]
    problem: Problem | None = None

    @property
    def outcome(self) -> Outcome:
        """Tells what came of the last of them."""
        return self.outcomes[-1]

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """Tells what is unwise about the policies that they wrote, or names nothing; empty where they wrote none."""
        from coffeeshop.lessons.sitting.policy_text import remarks

        return tuple(remark for outcome in self.outcomes for remark in remarks(outcome))


class Typed(Done, frozen=True, kw_only=True):
    """A line was carried out: what it `printed`, beside what came of its calls, if it made any. `told` says that a file
    which the line used tells the answer, `notes` what of the line does nothing here.
    """

    printed: Printed
    told: Problem | None = None
    notes: tuple[str, ...] = ()


class Refused(Struct, frozen=True):
    """Nothing was done, for every one of these reasons."""

    problems: tuple[Problem, ...]
    told: Problem | None = None


def refuse_for(code: str, message: str, mend: str) -> Refused:
    """Returns that nothing was done, for this one reason."""
    return Refused((Problem(Level.ERROR, code, Place(), message, mend),))


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
        """Returns the hint that is new."""
        return self.finding.hints[self.rung - 1]


class Predicted(Struct, frozen=True):
    """What the learner said AWS will decide on what was `asked`, which tells what it decides; `problem` says why that
    is not kept.
    """

    asked: Prediction
    said: EvalDecision
    problem: Problem | None = None


class Exported(Struct, frozen=True):
    """The play, written down in a form."""

    text: str
