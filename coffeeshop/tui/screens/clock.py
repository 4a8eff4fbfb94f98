"""The clock of a day that is played.

It runs at a pace and stops at the incident, or jumps from event to event.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from time import monotonic
from typing import ClassVar, Literal

from msgspec.structs import replace
from textual.binding import Binding, BindingType
from textual.timer import Timer

from coffeeshop.lessons.sitting.days import next_stop
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.shop.day import Day, Happening
from coffeeshop.tui.screens.base import PlayScreen
from coffeeshop.tui.widgets.timeline import Timeline
from coffeeshop.views.day.evening import no_incident_reason

FRAMES_PER_SECOND = 20
MAX_FRAME_SECONDS = 0.2  # seconds that one frame can advance the clock, so that a slow machine skips no event
MINUTES_PER_SECOND = (2, 8, 30, 120)  # minutes of the shop for each real second
# The fastest pace at which the picture moves. Beyond it the movements would overlap.
FASTEST_MOVING_PACE = 8


class ClockedScreen(PlayScreen):
    """A screen that shows the open day at one moment (`now`), and runs its clock.

    The moment is never after the part of the day that was already played. A subclass shows it: `show_moment`
    paints the moment, `open_day` begins the next day, `end_day` shows its evening.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "go", show=False, priority=True),
        Binding("right", "step(1)", show=False, priority=True),
        Binding("left", "step(-1)", show=False, priority=True),
        Binding("left_square_bracket", "pace(-1)", show=False),
        Binding("right_square_bracket", "pace(1)", show=False),
        Binding("i", "incident", show=False),
    ]

    def __init__(self) -> None:
        """Begin without an open day. `pace` is an index of MINUTES_PER_SECOND, and `_next_stop` is when the clock stops next."""
        super().__init__()
        self.day: Day | None = None  # the day that is open, or the last one
        self.now: datetime | None = None
        self.pace = 1
        self._timer: Timer | None = None
        self._last_tick = 0.0
        self._next_stop: datetime | None = None

    def show_moment(self) -> None:
        """Show the day as it is at the current moment. Subclasses say how."""
        raise NotImplementedError

    def open_day(self, repeated_day: Day | None = None) -> None:
        """Open the next day, and start its clock unless there is news to read first.

        With `repeated_day`, repeat that day's random events under the current policies.
        """
        raise NotImplementedError

    def end_day(self) -> None:
        """End the day, and go to its evening."""
        raise NotImplementedError

    def show_pane(self, pane: Literal["board", "case"]) -> None:
        """Show the till board or the incident, where there is room for only one of them, and focus it."""
        self.query_one("#day").set_class(pane == "case", "-case")
        self.query_one(f"#{pane}").focus()

    @property
    def opening(self) -> Opening | None:
        """Return the opening of the day that is open, or None."""
        return self.game.sitting.day

    @property
    def clock_runs(self) -> bool:
        """Return whether the clock runs."""
        return self._timer is not None

    @property
    def past_happenings(self) -> tuple[Happening, ...]:
        """Return the day's happenings up to the current moment."""
        if self.day is None or self.now is None:
            return ()
        return self.day.happenings[
            : bisect_right(
                self.day.happenings, self.now, key=lambda happening: happening.at
            )
        ]

    @property
    def clock(self) -> datetime | None:
        """Return the time that the clock shows, or None while no day is open.

        At the newest moment, it is the time of the next act, as on other screens. While the learner looks
        back, it is the moment that is shown.
        """
        opening = self.opening
        moment = self.now
        if opening is None or moment is None:
            return None
        is_newest = moment >= (opening.seen_until or opening.opens)
        if is_newest:
            return max(moment, self.game.sitting.now)
        return moment

    @property
    def time_shown(self) -> datetime:
        """Return the time of the day's clock, or of the next act while no day is open."""
        return self.clock or self.game.sitting.now

    def action_go(self) -> None:
        """Open the next day if none is open. Otherwise stop the clock if it runs, or start it.

        The clock runs to the next stop. With animations off, it jumps there at once. `open_day`
        decides whether a new day's clock starts.
        """
        opening = self.opening
        if opening is None:
            self.open_day()
        elif self.clock_runs:
            self._stop_clock()
        elif self.day is not None and self.now is not None:
            self.show_pane("board")
            self._next_stop = next_stop(self.day, opening)
            if self.game.settings.still:
                self._stop_clock_at(self._next_stop)
            else:
                self._last_tick = monotonic()
                self._timer = self.set_interval(1 / FRAMES_PER_SECOND, self._tick)
                self.show_moment()

    def _tick(self) -> None:
        """Advance the shop's clock by the real time since the last frame, but at most by MAX_FRAME_SECONDS seconds."""
        current_time = monotonic()
        elapsed = min(current_time - self._last_tick, MAX_FRAME_SECONDS)
        self._last_tick = current_time
        self.advance(elapsed)

    def advance(self, seconds: float) -> None:
        """Advance the shop's clock by what passes in so many real seconds at the chosen pace. Stop at the next stop."""
        if self.now is None or self._next_stop is None:
            return
        later_moment = self.now + timedelta(minutes=MINUTES_PER_SECOND[self.pace]) * seconds
        if later_moment >= self._next_stop:
            self._stop_clock_at(self._next_stop)
            return
        happenings_before = len(self.past_happenings)
        self.now = later_moment
        if len(self.past_happenings) != happenings_before:
            self.show_moment()
        else:
            self.query_one(Timeline).show(self.past_happenings, self.clock)
            self.show_clock()

    def _stop_clock_at(self, moment: datetime) -> None:
        """Stop the clock at a moment. At closing time, end the day. Otherwise show the incident, which someone notices then."""
        self.now = moment
        self._stop_timer()
        opening = self.opening
        if opening is not None and moment >= opening.closes:
            self.end_day()
        else:
            self.show_pane("case")
            self._save_moment()
            self.show_moment()

    def _stop_timer(self) -> None:
        """Stop the timer."""
        if self._timer:
            self._timer.stop()
        self._timer = None

    def _stop_clock(self) -> None:
        """Stop the clock at the present moment, save it, and show it."""
        self._stop_timer()
        self._save_moment()
        self.show_moment()

    def _save_moment(self) -> None:
        """Move the saved clock forward to the moment that is shown, so that the learner's next call happens after it."""
        opening = self.opening
        if (
            opening is not None
            and self.now is not None
            and (opening.seen_until is None or self.now > opening.seen_until)
        ):
            self.game.continue_day(
                replace(opening, seen_until=min(self.now, opening.closes))
            )

    def on_screen_suspend(self) -> None:
        """Stop the clock while another screen is shown."""
        if self.clock_runs:
            self._stop_timer()
            self._save_moment()

    def action_step(self, by: int) -> None:
        """Go to the next event of the day (`by` 1), or to the one before (-1)."""
        if self.day is None or self.now is None or self.opening is None:
            self.game.say("space begins the day")
            return
        self._stop_timer()
        moments = [happening.at for happening in self.day.happenings]
        if by > 0:
            self._go_to(next((at for at in moments if at > self.now), self.opening.closes))
        else:
            self._go_to(
                next((at for at in reversed(moments) if at < self.now), self.opening.opens)
            )

    def _go_to(self, moment: datetime) -> None:
        """Go to a moment, and stop there. At closing time, end the day."""
        self.now = moment
        if self.opening is not None and moment >= self.opening.closes:
            self.end_day()
        else:
            self._stop_clock()

    def action_pace(self, by: int) -> None:
        """Make the clock faster (`by` 1) or slower (-1). With animations off it jumps from stop to stop instead."""
        if self.game.settings.still:
            self.game.say("with motion off, space goes to the next stop at once")
            return
        self.pace = min(max(self.pace + by, 0), len(MINUTES_PER_SECOND) - 1)
        self.game.say(f"{MINUTES_PER_SECOND[self.pace]} shop minutes a second")
        if self.opening is not None:
            self.show_moment()

    def action_incident(self) -> None:
        """Go to the incident, and show it. If it is shown already, go back to the board."""
        if self.opening is None or self.now is None or self.day is None:
            self.game.say("space begins the day")
        elif (course := self.day.course) is None:
            self.game.say(f"no incident: {no_incident_reason(self.day)}")
        elif self.now < course.theft.at:
            self.show_pane("case")
            self._stop_timer()
            self._go_to(course.theft.at)
        else:
            self.show_pane("board" if self.query_one("#day").has_class("-case") else "case")
