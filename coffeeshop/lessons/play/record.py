"""What travels with a hand-in beside its acts: how the learner came to it, as their own machine tells it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from coffeeshop.policy.problem import Level, Place, Problem

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Scenario

Count = Annotated[int, Meta(ge=0, le=1_000_000)]
FIRST, LAST = 1900, 9998  # years
Instant = Annotated[datetime, Meta(tz=True)]


class Record(Struct, frozen=True, omit_defaults=True):
    """Holds when a play was handed in, by the clock on the wall; how often its scenario was graded before, and when
    first; how many rungs of hints were read, by the ladder of the finding; and whether the solution was shown in this variant.
    """

    handed_in: Instant
    tries: Count = 0
    first_try: Instant | None = None
    hints: Mapping[Annotated[str, Meta(max_length=200)], Count] = {}
    shown: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for what no clock on a wall shows: at the ends of the calendar UTC has no such day."""
        for at in (self.handed_in, self.first_try):
            if at is not None and not is_walls(at):
                raise ValueError(f"{at.isoformat()} is no time of a clock on the wall")


def is_walls(at: datetime) -> bool:
    """Tells whether a clock on a wall may show that instant."""
    return FIRST <= at.year <= LAST


def bad_clock(at: datetime, then: str) -> Problem:
    """Returns why nothing is made at an instant that the machine's clock shows; `then` says what cannot be."""
    message = f"the clock of this machine shows {at:%Y-%m-%d}, and {then} then"
    return Problem(
        Level.ERROR, "bad-clock", Place(), message, "set the clock of the machine"
    )


def forfeits(scenario: Scenario, record: Record | None) -> bool:
    """Tells whether no stars can be earned: the solution was shown, and there is another variant to earn them in."""
    return record is not None and record.shown and scenario.varies
