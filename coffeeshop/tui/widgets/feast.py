"""A widget for the feast over the receipt. It moves for `FEAST_SECONDS` seconds and then stays still."""

from __future__ import annotations

from time import monotonic

from coffeeshop.lessons.scenario.course import Completed
from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.picture.feast import FEAST_SECONDS, draw_celebration
from coffeeshop.views.picture.picture import Canvas
from coffeeshop.views.picture.pixels import Paints

FRAMES_PER_SECOND = 12


class FeastStrip(Drawing):
    """Shows the feast.

    `seconds` is the time since it began.
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Make a strip that shows the end of the smallest celebration until one begins."""
        super().__init__(id=id)
        self.completed = Completed.STARS
        self.seconds = FEAST_SECONDS
        self._began = 0.0

    def begin(self, completed: Completed, still: bool) -> None:
        """Begin the feast, or show its end if `still` is set."""
        self.completed, self.seconds, self._began = completed, FEAST_SECONDS, monotonic()
        if not still:
            self.seconds = 0.0
            self.start_frames(FRAMES_PER_SECOND)
        self.refresh()

    def tick(self) -> None:
        """Show the current second. At the end, stop the animation."""
        self.seconds = min(monotonic() - self._began, FEAST_SECONDS)
        if self.seconds >= FEAST_SECONDS:
            self.stop_frames()
        self.repaint()

    def facts(self) -> object:
        """Return the feast and its second."""
        return self.completed, self.seconds

    def draw(self, paints: Paints) -> Canvas:
        """Return the picture of this second."""
        return draw_celebration(self.completed, self.seconds, *self.size, paints)
