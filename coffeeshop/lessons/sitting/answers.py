"""Define the answers of a Player, as data from which shells make rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from coffeeshop.policy.problem import Level, Place, Problem

if TYPE_CHECKING:  # the list of scenarios doesn't need the engine
    from datetime import datetime

    from coffeeshop.account.command import Printed
    from coffeeshop.account.model import Outcome
    from coffeeshop.lessons.grading.diagnosis import Diagnosis
    from coffeeshop.lessons.model import Finding, NamedCause, Report, Verdict
    from coffeeshop.lessons.play.quiz import Prediction
    from coffeeshop.policy.simulation.simulate import EvalDecision


class Done(Struct, frozen=True):
    """Acts were done, undone or redone: those of one line or one key.

    `outcomes` are theirs, in order. `problem` says why they are not on the disk yet.
    """

    outcomes: tuple[Outcome, ...]
    problem: Problem | None = None

    @property
    def outcome(self) -> Outcome:
        """Return the outcome of the last act."""
        return self.outcomes[-1]

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """Return warnings about the policies that the acts wrote. Empty where they wrote none."""
        from coffeeshop.lessons.sitting.policy_text import policy_remarks

        return tuple(
            remark for outcome in self.outcomes for remark in policy_remarks(outcome)
        )


class Typed(Done, frozen=True, kw_only=True):
    """A line was carried out.

    `printed` is its output. `spoiler` warns that a file which the line used contains the answer. `notes`
    list the parts of the line that have no effect here.
    """

    printed: Printed
    spoiler: Problem | None = None
    notes: tuple[str, ...] = ()


class Refused(Struct, frozen=True):
    """Nothing was done, for all of these reasons."""

    problems: tuple[Problem, ...]
    spoiler: Problem | None = None


def refusal_for(code: str, message: str, mend: str) -> Refused:
    """Return a refusal for one reason."""
    return Refused((Problem(Level.ERROR, code, Place(), message, mend),))


class MovedOn(Struct, frozen=True):
    """Another window changed the play. Nothing was done here, and the sitting now has the other window's play."""

    problem: Problem
    spoiler: Problem | None = None


class Followed(Struct, frozen=True):
    """Another window changed the play, and this one took the change over: the acts done there, and those undone there."""

    done: tuple[Outcome, ...] = ()
    undone: tuple[Outcome, ...] = ()


class Noted(Struct, frozen=True):
    """The change was made. `problem` says why it is not on the disk, or warns of something else."""

    problem: Problem | None = None


class Graded(Struct, frozen=True):
    """The grade of the play. `problem` says why its result is not kept."""

    report: Report
    problem: Problem | None = None


class Hinted(Struct, frozen=True):
    """One more hint. The learner has now read the first `rung` hints of the finding."""

    finding: Finding
    number: int

    @property
    def text(self) -> str:
        """Return the new hint."""
        return self.finding.hints[self.number - 1]


class Predicted(Struct, frozen=True):
    """The learner's prediction `said` for the question `asked`, which has AWS's decision.

    `problem` says why it is not kept.
    """

    asked: Prediction
    said: EvalDecision
    problem: Problem | None = None


class Named(Struct, frozen=True):
    """The learner named a cause for the case of `diagnosis`. `problem` says why it is not kept."""

    diagnosis: Diagnosis
    named_cause: NamedCause
    problem: Problem | None = None

    @property
    def verdict(self) -> Verdict:
        """Return whether the cause is right."""
        return self.diagnosis.judge(self.named_cause.cause)


class Exported(Struct, frozen=True):
    """The play as text in one form of export.

    `handed_in` is when a hand-in was handed in first, in the learner's class. If the play was changed since an earlier
    hand-in, `earlier` is when that was.
    """

    text: str
    handed_in: datetime | None = None
    earlier: datetime | None = None
