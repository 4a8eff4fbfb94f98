"""A widget that shows the day as a line, with its happenings and the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from coffeeshop.shop.day import Happening
from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.picture.picture import Canvas
from coffeeshop.views.picture.pixels import Paints
from coffeeshop.views.picture.timeline import column_of_time, draw_timeline


class Timeline(Drawing):
    """The line of the day, two rows high.

    `show` sets the happenings so far and the clock.
    """

    DEFAULT_CSS = "Timeline { height: 2; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._happened: Sequence[Happening] = ()
        self._now: datetime | None = None
        self.ascii = False

    def show(self, happened: Sequence[Happening], current_time: datetime | None) -> None:
        """Show these happenings and this time. None means that no day is open."""
        self._happened = happened
        self._now = current_time
        self.repaint()

    def facts(self) -> object:
        """Return the number of happenings, the last one, and the clock."""
        clock = self._now and (
            f"{self._now:%H:%M}",
            column_of_time(self._now, max(self.size.width, 1)),
        )
        return len(self._happened), self._happened[-1:], clock, self.ascii

    def draw(self, paints: Paints) -> Canvas:
        """Return the hours and their happenings, or () if no day is open."""
        if self._now is None or not self.size.width:
            return ()
        return draw_timeline(self._happened, self._now, self.size.width, paints, self.ascii)
