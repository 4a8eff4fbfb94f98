"""Define the record of a hand-in: how the learner came to the acts, according to their own machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from coffeeshop.lessons.model import NamedCause
from coffeeshop.lessons.play.check_up_rows import COURSE_COUNT
from coffeeshop.policy.problem import Level, Place, Problem

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Scenario

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
MOST_CAUSES = 1000
FIRST_YEAR = 1900
LAST_YEAR = 9998
Instant = Annotated[datetime, Meta(tz=True)]


class Record(Struct, frozen=True, omit_defaults=True):
    """How the learner came to a play.

    `handed_in` is the wall clock's time of the hand-in. `tries` counts the gradings before it, and
    `first_try` is the time of the first. `hints` counts the hints read, by the finding's ladder. `shown`
    tells whether the learner has seen the solution in this variant. `causes` are those that they named for the
    cases of a diagnosis, in order. `check_up` are the answers of a check-up.
    `learner` is the learner's id in their class, and `proof` their signature.
    """

    handed_in: Instant
    tries: Count = 0
    first_try: Instant | None = None
    hints: Mapping[Annotated[str, Meta(max_length=200)], Count] = {}
    shown: bool = False
    causes: Annotated[tuple[NamedCause, ...], Meta(max_length=MOST_CAUSES)] = ()
    check_up: Annotated[
        tuple[Annotated[str, Meta(max_length=80)], ...], Meta(max_length=COURSE_COUNT)
    ] = ()
    learner: Annotated[str, Meta(max_length=60)] = ""
    proof: Annotated[str, Meta(max_length=16)] = ""

    def __post_init__(self) -> None:
        """Raise ValueError for a year that no wall clock shows. UTC has no day at the ends of the calendar."""
        for at in (self.handed_in, self.first_try):
            if at is not None and not is_plausible_year(at):
                raise ValueError(f"{at.isoformat()} is no time of a clock on the wall")


def is_plausible_year(at: datetime) -> bool:
    """Return whether a computer's clock may show that time.

    One that is off by centuries would break the calendar's limits.
    """
    return FIRST_YEAR <= at.year <= LAST_YEAR


def bad_clock_problem(at: datetime, consequence: str) -> Problem:
    """Return the problem that this machine's clock shows an impossible time.

    `consequence` says what can't be done because of it.
    """
    message = f"the clock of this machine shows {at:%Y-%m-%d}, and {consequence} then"
    return Problem(
        Level.ERROR, "bad-clock", Place(), message, "set the clock of the machine"
    )


def forfeits_stars(scenario: Scenario, record: Record | None) -> bool:
    """Return whether the play can earn no stars because the learner has seen its solution.

    If the scenario has no other variant, they keep the chance: there is nothing else to
    play.
    """
    return record is not None and record.shown and scenario.varies
