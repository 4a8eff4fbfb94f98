"""The clock of a day that is played: it runs at a pace and stops where something is to be seen, or is set by the event."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from time import monotonic
from typing import ClassVar, Literal

from msgspec.structs import replace
from textual.binding import Binding, BindingType
from textual.timer import Timer

from coffeeshop.lessons.sitting.days import stops
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.shop.day import Day, Happening
from coffeeshop.tui.screens.base import PlayScreen
from coffeeshop.tui.widgets.bars import IdentityBar
from coffeeshop.tui.widgets.timeline import Timeline

FRAMES = 20  # in a second
LONGEST = 0.2  # seconds that one frame may take from the clock: a machine that stood still skips nothing
PACES = (2, 8, 30, 120)  # minutes of the shop in a second
CALM = 8  # up to this pace the picture moves after each event; beyond it one would run into the next


class ClockedScreen(PlayScreen):
    """A screen of the day that is open, at a moment which is at most as late as what was told of it. Whoever shows it says
    how: `lay` the moment, `open_day` the next day, `end` its evening.
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
        super().__init__()
        self.day: Day | None = None  # the one that is open, or was last
        self.now: datetime | None = None
        self.pace = 1
        self._timer: Timer | None = None
        self._ticked = 0.0
        self._until: datetime | None = None

    def lay(self) -> None:
        """Show the moment on every widget."""
        raise NotImplementedError

    def open_day(self, like: Day | None = None) -> None:
        """Open the next day, by the chances of another if one is given; let it go unless the morning has news."""
        raise NotImplementedError

    def end(self) -> None:
        """End the day, and go to its evening."""
        raise NotImplementedError

    def turn_to(self, pane: Literal["board", "case"]) -> None:
        """Turn to the till board, or to the incident: it is seen where there is room for one of them, and its keys are
        those that scroll.
        """
        self.query_one("#day").set_class(pane == "case", "-case")
        self.query_one(f"#{pane}").focus()

    @property
    def opening(self) -> Opening | None:
        """Returns the day that is open."""
        return self.game.sitting.day

    @property
    def running(self) -> bool:
        """Tells whether the clock runs."""
        return self._timer is not None

    @property
    def past_happenings(self) -> tuple[Happening, ...]:
        """Tells what happened up to the moment that is shown."""
        if self.day is None or self.now is None:
            return ()
        return self.day.happenings[
            : bisect_right(
                self.day.happenings, self.now, key=lambda happening: happening.at
            )
        ]

    @property
    def clock(self) -> datetime | None:
        """Return what the clock shows while a day is open: the moment, or where no later one was told, when the next act
        happens, as on every other screen.
        """
        opening = self.opening
        moment = self.now
        if opening is None or moment is None:
            return None
        is_newest = moment >= (opening.told or opening.opens)
        if is_newest:
            return max(moment, self.game.sitting.now)
        return moment

    def show_clock(self) -> None:
        """Show the clock in the bar of who plays."""
        if self.clock is not None:
            self.query_one(IdentityBar).clock = f"{self.clock:%a %H:%M}"

    def action_go(self) -> None:
        """Open the shop, and let the clock run, unless the morning has news; or stop it. Where nothing is to move, go to
        what comes next at once.
        """
        opening = self.opening
        if opening is None:
            self.open_day()
        elif self.running:
            self._stop()
        elif self.day is not None and self.now is not None:
            self.turn_to("board")
            self._until = stops(self.day, opening)
            if self.game.settings.still:
                self._reach(self._until)
            else:
                self._ticked = monotonic()
                self._timer = self.set_interval(1 / FRAMES, self._tick)
                self.lay()

    def _tick(self) -> None:
        tick = monotonic()
        gone = min(tick - self._ticked, LONGEST)
        self._ticked = tick
        self.advance(gone)

    def advance(self, seconds: float) -> None:
        """Let so many seconds of playback pass."""
        if self.now is None or self._until is None:
            return
        later = self.now + timedelta(minutes=PACES[self.pace]) * seconds
        if later >= self._until:
            self._reach(self._until)
            return
        before = len(self.past_happenings)
        self.now = later
        if len(self.past_happenings) != before:
            self.lay()
        else:
            self.query_one(Timeline).show(self.past_happenings, self.clock)
            self.show_clock()

    def _reach(self, until: datetime) -> None:
        """Stop at an instant: where somebody notices what goes wrong, or in the evening."""
        self.now = until
        self._halt()
        opening = self.opening
        if opening is not None and until >= opening.closes:
            self.end()
        else:
            self.turn_to("case")
            self._tell()
            self.lay()

    def _halt(self) -> None:
        if self._timer:
            self._timer.stop()
        self._timer = None

    def _stop(self) -> None:
        self._halt()
        self._tell()
        self.lay()

    def _tell(self) -> None:
        """Set the sitting's clock to what was told so far: what is done next happens after it."""
        opening = self.opening
        if (
            opening is not None
            and self.now is not None
            and (opening.told is None or self.now > opening.told)
        ):
            self.game.live(replace(opening, told=min(self.now, opening.closes)))

    def on_screen_suspend(self) -> None:
        """Stop the clock while other screens are shown."""
        if self.running:
            self._halt()
            self._tell()

    def action_step(self, by: int) -> None:
        """Go to the next event, or back to the one before."""
        if self.day is None or self.now is None or self.opening is None:
            self.game.say("space opens the shop")
            return
        self._halt()
        moments = [happening.at for happening in self.day.happenings]
        if by > 0:
            self._go_to(next((at for at in moments if at > self.now), self.opening.closes))
        else:
            self._go_to(
                next((at for at in reversed(moments) if at < self.now), self.opening.opens)
            )

    def _go_to(self, at: datetime) -> None:
        self.now = at
        if self.opening is not None and at >= self.opening.closes:
            self.end()
        else:
            self._stop()

    def action_pace(self, by: int) -> None:
        """Make the clock faster or slower."""
        self.pace = min(max(self.pace + by, 0), len(PACES) - 1)
        self.game.say(f"{PACES[self.pace]} minutes of the shop a second")
        if self.opening is not None:
            self.lay()

    def action_incident(self) -> None:
        """Go to the incident, and tell it; from there back to the board."""
        course = self.day.course if self.day else None
        if self.opening is None or self.now is None:
            self.game.say("space opens the shop")
        elif course is None:
            self.game.say(
                "nothing goes wrong on this day: there is nobody whom it could befall"
            )
        elif self.now < course.theft.at:
            self.turn_to("case")
            self._halt()
            self._go_to(course.theft.at)
        else:
            self.turn_to("board" if self.query_one("#day").has_class("-case") else "case")
