"""What the time is in the play, by the clock on the wall; and a reply's instants as a client is told them.

An account of one's own keeps the wall's time. A lesson keeps its own: its sessions would all have expired by the wall's.
Time passes there as on the wall, from where the play stood; a client is told every instant by the wall's clock, so that a
session that lasts an hour does so for its client too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from coffeeshop.account.api.operations import Member, Shape
from coffeeshop.account.model import Outcome
from coffeeshop.account.values import Json
from coffeeshop.endpoint.protocols.values import moment

if TYPE_CHECKING:
    from coffeeshop.lessons.sitting.sitting import Sitting

NOTHING = timedelta()


class Clock:
    """Tells the time of a play. `wall` tells the wall's, in UTC and whole seconds."""

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self.wall = wall
        self.ahead = NOTHING  # how much later it is on the wall than in the play
        self._set = False
        self._last: Outcome | None = None  # the last act that this clock knows

    def read(self, sitting: Sitting) -> datetime:
        """Tells when an act that happens now happens in the play; never before the last one."""
        now = self.wall()
        last = sitting.play.last
        if sitting.scenario.wants and (
            not self._set or last is not self._last
        ):  # another window moved it on
            self.ahead = now - sitting.now
            self._set = True
            self._last = last
        at = now - self.ahead
        if last:
            return max(at, last.act.at)
        return max(at, sitting.scenario.now)

    def note(self, outcome: Outcome) -> None:
        """Note an act that was done by this clock."""
        self._last = outcome


def shifted(shape: Shape, value: Json, by: timedelta) -> Json:
    """Returns a value of that shape with every instant in it so much later."""
    match value:
        case Mapping() if shape.type == "structure":
            members = {member.name: member.shape for member in shape.members}
            return {
                name: shifted(members[name], one, by)
                for name, one in value.items()
                if name in members
            }
        case Mapping() if shape.type == "map":
            part = cast(Member, shape.value).shape
            return {key: shifted(part, one, by) for key, one in value.items()}
        case tuple():
            part = cast(Member, shape.element).shape
            return tuple(shifted(part, one, by) for one in value)
        case str() if shape.type == "timestamp":
            return (moment(value) + by).isoformat()
        case _:
            return value
