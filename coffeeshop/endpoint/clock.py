"""Map the real time to the time of a play, and the instants of a reply to the client's clock.

The learner's own account uses the real time. A lesson has its own time, because its sessions would have expired by the real
time. The time of a lesson continues at the end of the play and runs at real speed. A reply has every instant in real time,
so that clients see a session of one hour last one hour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from coffeeshop.account.api.operations import Member, Shape
from coffeeshop.account.model import Outcome
from coffeeshop.account.values import Json
from coffeeshop.endpoint.protocols.values import parse_instant

if TYPE_CHECKING:
    from coffeeshop.lessons.sitting.sitting import Sitting

NO_TIME = timedelta()


class Clock:
    """The time of a play. `wall` returns the real time, in UTC and whole seconds."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self.wall = wall
        self.ahead = NO_TIME  # how much later the real time is than that of the play
        self._set = False
        self._last: Outcome | None = None  # the last act that this clock knows

    def read(self, sitting: Sitting) -> datetime:
        """Return the time in the play of an act that happens now. It is never earlier than the last act.

        The time in a play with jobs is behind the real time by `ahead`. That is measured at the first
        call, and again whenever another window has moved the play on.
        """
        real_time = self.wall()
        last = sitting.play.last
        is_lesson = bool(sitting.scenario.wants)
        # Another window may have moved the play on.
        if is_lesson and (not self._set or last is not self._last):
            self.ahead = real_time - sitting.now
            self._set = True
            self._last = last
        at = real_time - self.ahead
        if last:
            return max(at, last.act.at)
        return max(at, sitting.scenario.now)

    def note(self, outcome: Outcome) -> None:
        """Remember the last act that used this clock."""
        self._last = outcome


def shift_instants(shape: Shape, value: Json, by: timedelta) -> Json:
    """Return a value with every instant in it moved by a duration. `shape` says where instants are."""
    match value:
        case Mapping() if shape.type == "structure":
            members = {member.name: member.shape for member in shape.members}
            return {
                name: shift_instants(members[name], part_value, by)
                for name, part_value in value.items()
                if name in members
            }
        case Mapping() if shape.type == "map":
            part = cast(Member, shape.value).shape
            return {
                key: shift_instants(part, part_value, by)
                for key, part_value in value.items()
            }
        case tuple():
            part = cast(Member, shape.element).shape
            return tuple(shift_instants(part, part_value, by) for part_value in value)
        case str() if shape.type == "timestamp":
            return (parse_instant(value) + by).isoformat()
        case _:
            return value
