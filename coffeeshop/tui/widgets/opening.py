"""A widget that replays the open shop. It advances a clock, and a view draws each moment."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

from textual import events
from textual.message import Message

from coffeeshop.tui.widgets.drawing import Drawing
from coffeeshop.views.picture.beats import Beat, moment_at, next_beat_at
from coffeeshop.views.picture.opening import draw_moment
from coffeeshop.views.picture.picture import Canvas
from coffeeshop.views.picture.pixels import Paints

FRAMES_PER_SECOND = 30
MAX_FRAME_SECONDS = 0.2  # seconds that one frame may add to the clock, so that a computer that was asleep skips nothing


class Opening(Drawing, can_focus=True):
    """Replays what happened to each job and refusal as an animation, one scene (beat) after the other."""

    DEFAULT_CSS = "Opening { height: 1fr; }"

    @dataclass
    class Over(Message):
        """The replay ended."""

    def __init__(self, *, id: str | None = None) -> None:
        """Make a widget that shows nothing until `play` begins a replay."""
        super().__init__(id=id)
        self.beats: tuple[Beat, ...] = ()
        self.seconds = 0.0
        self.ascii = False
        self.has_captions = True
        self._last_tick = 0.0

    def play(self, beats: tuple[Beat, ...]) -> None:
        """Begin the replay."""
        self.beats, self.seconds, self._last_tick = beats, 0.0, monotonic()
        self.start_frames(FRAMES_PER_SECOND)

    def tick(self) -> None:
        """Advance the clock by the time since the last frame, at most `MAX_FRAME_SECONDS`."""
        current = monotonic()
        self.seconds = self.seconds + min(current - self._last_tick, MAX_FRAME_SECONDS)
        self._last_tick = current
        self._show()

    def _show(self) -> None:
        """Paint the current moment, or end the replay after the last one."""
        if moment_at(self.beats, self.seconds) is None:
            self.end()
        else:
            self.repaint()

    def end(self) -> None:
        """Stop the animation and post that the replay ended."""
        if self.is_moving:
            self.stop_frames()
            self.post_message(self.Over())

    def on_key(self, event: events.Key) -> None:
        """End the replay on escape. Any other key skips one beat."""
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.end()
        else:
            self.seconds = next_beat_at(self.beats, self.seconds)
            self._show()

    def facts(self) -> object:
        """Return the beats, the second and the kind of marks."""
        return self.beats, self.seconds, self.ascii

    def draw(self, paints: Paints) -> Canvas:
        """Return the picture of the moment, or () after the last one."""
        moment = moment_at(self.beats, self.seconds)
        if moment is None:
            return ()
        return draw_moment(
            self.beats, moment, *self.size, paints, self.ascii, self.has_captions
        )
