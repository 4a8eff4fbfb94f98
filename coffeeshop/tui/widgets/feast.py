"""A widget for the feast over the receipt. It moves for `ENDS` seconds and then stays still."""

from __future__ import annotations

from time import monotonic

from textual.timer import Timer

from coffeeshop.lessons.scenario.course import Completed
from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.picture.feast import ENDS, feast
from coffeeshop.views.picture.picture import Canvas
from coffeeshop.views.picture.pixels import Paints

FRAMES = 12  # in a second


class FeastStrip(Drawing):
    """Shows the feast.

    `seconds` is the time since it began.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.completed = Completed.STARS
        self.seconds = ENDS
        self._began = 0.0
        self._timer: Timer | None = None

    def begin(self, completed: Completed, still: bool) -> None:
        """Begin the feast, or show its end if `still` is set."""
        self.completed, self.seconds, self._began = completed, ENDS, monotonic()
        if not still and self._timer is None:
            self.seconds = 0.0
            self._timer = self.set_interval(1 / FRAMES, self._tick)
        self.refresh()

    def _tick(self) -> None:
        self.seconds = min(monotonic() - self._began, ENDS)
        if self.seconds >= ENDS and self._timer:
            self._timer.stop()
            self._timer = None
        self.repaint()

    def facts(self) -> object:
        """Return the feast and its second."""
        return self.completed, self.seconds

    def draw(self, paints: Paints) -> Canvas:
        """Return the picture of this second."""
        return feast(self.completed, self.seconds, *self.size, paints)
