"""The open shop, played: the widget advances a clock, the picture of each moment is a view's."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from textual import events
from textual.message import Message
from textual.timer import Timer

from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.picture.beats import Beat, moment, next_beat_at
from coffeeshop.views.picture.opening import draw_moment
from coffeeshop.views.picture.picture import Canvas
from coffeeshop.views.picture.pixels import Paints

FRAMES = 30  # in a second
LONGEST = 0.2  # seconds that one frame may take from the clock: a machine that stood still skips nothing


class Opening(Drawing, can_focus=True):
    """Plays beats; any key goes on to the next one, esc ends it. `seconds` is how much of it is over."""

    DEFAULT_CSS = "Opening { height: 1fr; }"

    @dataclass
    class Over(Message):
        """All was played, or it was ended."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.played: tuple[Beat, ...] = ()
        self.seconds = 0.0
        self.ascii = False
        self._seen = 0.0
        self._timer: Timer | None = None

    def play(self, played: tuple[Beat, ...]) -> None:
        """Begin."""
        self.played, self.seconds, self._seen = played, 0.0, monotonic()
        self._timer = self.set_interval(1 / FRAMES, self._tick)
        self.focus()

    def _tick(self) -> None:
        now_count = monotonic()
        self.seconds = self.seconds + min(now_count - self._seen, LONGEST)
        self._seen = now_count
        self._show()

    def _show(self) -> None:
        if moment(self.played, self.seconds) is None:
            self.end()
        else:
            self.repaint()

    def end(self) -> None:
        """Stop; no timer is alive then."""
        if self._timer:
            self._timer.stop()
            self._timer = None
            self.post_message(self.Over())

    def on_key(self, event: events.Key) -> None:
        """Skip one ticket by any key, whatever it does elsewhere; all by esc."""
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.end()
        else:
            self.seconds = next_beat_at(self.played, self.seconds)
            self._show()

    def facts(self) -> object:
        """Returns the moment."""
        return self.played, self.seconds, self.ascii

    def draw(self, paints: Paints) -> Canvas:
        """Returns the picture of the moment; nothing, when all is over."""
        at = moment(self.played, self.seconds)
        if at is None:
            return ()
        return draw_moment(self.played, at, *self.size, paints, self.ascii)
