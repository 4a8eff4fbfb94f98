"""A day at the shop, played by its clock: the floor, the line of the day, the till board, and the incident."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from time import monotonic
from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.timer import Timer

from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.days import begun, day_of, evening_of, grows, stops
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.policy.model import Problems
from coffeeshop.shop.day import Day, Happening, Kind
from coffeeshop.tui.screens.base import Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, one_line, row
from coffeeshop.tui.widgets.bars import IdentityBar
from coffeeshop.tui.widgets.picture import Picture
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.tui.widgets.timeline import Timeline
from coffeeshop.views import playback
from coffeeshop.views.picture.scene import floor
from coffeeshop.views.picture.workday import workday
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step

FRAMES = 20  # in a second
LONGEST = 0.2  # seconds that one frame may take from the clock: a machine that stood still skips nothing
PACES = (2, 8, 30, 120)  # minutes of the shop in a second
CALM = 8  # up to this pace the picture moves after each event; beyond it one would run into the next
READ_ON = ": tab and ↓ read on"  # where there is room for the beginning of an incident alone
BOARD = 60  # newest happenings on the till board


class DayScreen(PlayScreen):
    """Mode 5. What it shows is the day of the sitting at a moment, which is at most as late as what was told of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "go", show=False, priority=True),
        Binding("right", "step(1)", show=False, priority=True),
        Binding("left", "step(-1)", show=False, priority=True),
        Binding("left_square_bracket", "pace(-1)", show=False),
        Binding("right_square_bracket", "pace(1)", show=False),
        Binding("i", "incident", show=False),
        Binding("m", "map", show=False),
        Binding("e", "evening", show=False),
        Binding("n", "another", show=False),
        Binding("a", "again", show=False),
    ]
    KEYS: ClassVar[Keys] = (
        ("space", "Run/stop"),
        ("←→", "Event"),
        ("[ ]", "Pace"),
        ("i", "Incident"),
        ("m", "Map"),
        "why",
        "help",
        ("esc", "Back"),
    )
    HELP = playback.HELP

    def __init__(self) -> None:
        super().__init__()
        self.day: Day | None = None  # the one that is open, or was last
        self.now: datetime | None = None
        self.seed, self.pace = 0, 1
        self._timer: Timer | None = None
        self._ticked = 0.0
        self._until: datetime | None = None
        self._over: Day | None = None
        self._newest: Happening | None = None

    def body(self) -> ComposeResult:
        """Yields the picture, the line of the day, the board, and two panes."""
        picture = Picture(id="picture")
        picture.can_focus = False
        with Container(id="day"):
            with Vertical(id="left"):
                yield picture
                yield Timeline(id="line")
                yield RowList(id="board", classes="pane", empty="Nobody has come yet.")
            with Vertical(id="right"):
                yield ProsePane(id="case", focus=True)
                yield ProsePane(id="tally")

    def begin(self) -> None:
        """Start on the board."""
        self.query_one("#board").focus()

    # ------------------------------------------------------------- what is shown
    @property
    def opening(self) -> Opening | None:
        """Returns the day that is open."""
        return self.game.sitting.day

    @property
    def running(self) -> bool:
        """Tells whether the clock runs."""
        return self._timer is not None

    @property
    def happened(self) -> tuple[Happening, ...]:
        """Tells what happened up to the moment that is shown."""
        if self.day is None or self.now is None:
            return ()
        return self.day.happenings[: bisect_right(self.day.happenings, self.now, key=lambda one: one.at)]

    def bars(self, play: Play) -> None:
        """The clock is the day's."""
        super().bars(play)
        self._clock()

    def fill(self, play: Play) -> None:
        """Run the day again with what was done in it; what was done last is told with it."""
        opening = self.opening
        if opening is not None:
            last = play.last
            told = opening.told or opening.opens
            if last and last.act.at > told:
                told = min(last.act.at, opening.closes)
                self.game.live(replace(opening, told=told))
                self.now = told
            if (run := self._run(opening)) is None:
                return
            self.day, self._over = run, None
            self.now = self.now or opening.told or opening.opens
            if told == opening.closes:
                self._end()
        self._lay()

    def _run(self, opening: Opening) -> Day | None:
        """The day as it goes; None, and a note, where its files cannot be read."""
        try:
            return day_of(self.game.sitting.play, opening)
        except Problems as found:
            self.game.tell("The day cannot be drawn", "\n".join(map(str, found.problems)), "error")
            return None

    def _lay(self) -> None:
        """The moment on every widget."""
        happened, ascii, sitting = self.happened, self.game.settings.ascii, self.game.sitting
        picture, board, strip = self.query_one(Picture), self.query_one(RowList), self.query_one(Timeline)
        picture.still = self.game.settings.still or PACES[self.pace] > CALM
        picture.ascii = strip.ascii = ascii
        picture.variant = "words" if self.game.settings["picture"] == "words" else "painted"
        self.query_one("#day").set_class(picture.in_words, "-words")
        is_open = self.opening is not None and self.day is not None
        picture.show(
            workday(self.day, happened) if is_open and self.day else floor(sitting.play, sitting.tickets)
        )
        strip.show(happened if is_open else (), self.now if is_open else None)
        self.query_one("#day").set_class(not is_open, "-closed")
        most = board.size.height if self.running else BOARD  # while it runs, nobody scrolls
        newest = happened[::-1][:most] if is_open else ()
        speed = f"  {PACES[self.pace]} minutes a second" if self.running else ""
        board.entitle(
            line("Till board ", playback.trade(happened).text if happened else "", (speed, STYLES["muted"]))
        )
        board.show(
            ((str(len(happened) - nth), self._line(one)) for nth, one in enumerate(newest, 1)), from_top=True
        )
        if newest and self._newest is not newest[0]:
            self._newest, board.highlighted = newest[0], 0
        self._panes(happened, is_open)
        self._clock()
        self.guide()

    def _line(self, one: Happening) -> Content:
        said = playback.statement(one)
        shown = row(playback.headlined(one), self.game.settings.ascii)
        return line(shown, "  ", (one_line(said), STYLES["muted"])) if said else shown

    def _panes(self, happened: tuple[Happening, ...], is_open: bool) -> None:
        case, ascii = self.query_one("#case", ProsePane), self.game.settings.ascii
        if not is_open or self.day is None or self.now is None or self.opening is None:
            case.show("Closed", self._before_opening(), ascii)
            return
        theft = next((one for one in happened if one.kind is Kind.THEFT), None)
        tally = playback.so_far(self.day, happened, self.now)
        if theft:
            title = f"Something went wrong at {theft.at:%H:%M}{READ_ON * self.has_class('-short')}"
            case.show(line((title, STYLES["error"])), playback.incident(self.day, happened), ascii)
        else:
            case.show(f"{self.day.date:%A %d %B}", (*playback.morning(self.game.sitting), *tally), ascii)
        self.query_one("#day").set_class(theft is None, "-quiet")  # the first pane tells the day so far
        self.query_one("#tally", ProsePane).show("The day so far", tally, ascii)
        if not self._timer and self.now <= self.opening.opens and not happened:
            self.query_one("#day").add_class("-case")

    def _before_opening(self) -> tuple[Row, ...]:
        try:
            return playback.closed(self.game.sitting, self.seed, self._over is not None)
        except Problems as found:
            return tuple(Row(str(problem), role="error") for problem in found.problems)

    def _clock(self) -> None:
        if self.opening is not None and self.now is not None:
            self.query_one(IdentityBar).clock = f"{self.now:%a %H:%M}"

    # ---------------------------------------------------------------- the clock
    def action_go(self) -> None:
        """Open the shop, and let the clock run, unless the morning has news; or stop it. Where nothing is to move, go to
        what comes next at once.
        """
        opening = self.opening
        if opening is None:
            self._open()
        elif self.running:
            self._stop()
        elif self.day is not None and self.now is not None:
            self.query_one("#day").remove_class("-case")
            self._until = stops(self.day, opening)
            if self.game.settings.still:
                self._reach(self._until)
            else:
                self._ticked = monotonic()
                self._timer = self.set_interval(1 / FRAMES, self._tick)
                self._lay()

    def _open(self, like: Day | None = None) -> None:
        """Open the next day, by the chances of another if one is given; let it go unless the morning has news."""
        sitting = self.game.sitting
        seed, drawn = (like.seed, like.rota.drawn) if like else (self.seed, None)
        try:
            opening = begun(sitting.scenario, sitting.now, seed, like=drawn)
        except Problems as found:
            self.game.tell("The day cannot be drawn", "\n".join(map(str, found.problems)), "error")
            return
        self.now = opening.told or opening.opens
        self.game.live(opening)
        self.fill(self.game.sitting.play)
        if self.opening is not None and not playback.morning(self.game.sitting):
            self.action_go()

    def _tick(self) -> None:
        tick = monotonic()
        gone, self._ticked = min(tick - self._ticked, LONGEST), tick
        self.advance(gone)

    def advance(self, seconds: float) -> None:
        """Let so many seconds of playback pass."""
        if self.now is None or self._until is None:
            return
        later = self.now + timedelta(minutes=PACES[self.pace]) * seconds
        if later >= self._until:
            self._reach(self._until)
            return
        before, self.now = len(self.happened), later
        if len(self.happened) != before:
            self._lay()
        else:
            self.query_one(Timeline).show(self.happened, self.now)
            self._clock()

    def _reach(self, until: datetime) -> None:
        """Stop at an instant: where somebody notices what goes wrong, or in the evening."""
        self.now = until
        self._halt()
        opening = self.opening
        if opening is not None and until >= opening.closes:
            self._end()
        else:
            self.query_one("#day").add_class("-case")
            self._tell()
            self._lay()

    def _halt(self) -> None:
        if self._timer:
            self._timer.stop()
        self._timer = None

    def _stop(self) -> None:
        self._halt()
        self._tell()
        self._lay()

    def _tell(self) -> None:
        """Set the sitting's clock to what was told so far: what is done next happens after it."""
        opening = self.opening
        if opening is not None and self.now is not None and (opening.told is None or self.now > opening.told):
            self.game.live(replace(opening, told=min(self.now, opening.closes)))

    def _end(self) -> None:
        """The evening."""
        opening = self.opening
        self._over, self.now = self.day, None
        if opening is not None:
            self.game.live(replace(opening, told=opening.closes))
        self.query_one("#day").remove_class("-case")
        self.game.say("the day is over, and everything is kept")
        self._lay()
        self.action_evening()

    def on_resize(self) -> None:
        """Another window may need words where there was a picture, and the other way round."""
        if self.still_there and self.is_current:
            self._lay()

    def on_screen_suspend(self) -> None:
        """The clock stands while other screens are shown."""
        if self.running:
            self._halt()
            self._tell()

    # --------------------------------------------------------------------- keys
    def action_step(self, by: int) -> None:
        """Go to the next event, or back to the one before."""
        if self.day is None or self.now is None or self.opening is None:
            self.game.say("space opens the shop")
            return
        self._halt()
        moments = [one.at for one in self.day.happenings]
        if by > 0:
            self._go_to(next((at for at in moments if at > self.now), self.opening.closes))
        else:
            self._go_to(next((at for at in reversed(moments) if at < self.now), self.opening.opens))

    def _go_to(self, at: datetime) -> None:
        self.now = at
        if self.opening is not None and at >= self.opening.closes:
            self._end()
        else:
            self._stop()

    def action_pace(self, by: int) -> None:
        """A faster or a slower clock."""
        self.pace = min(max(self.pace + by, 0), len(PACES) - 1)
        self.game.say(f"{PACES[self.pace]} minutes of the shop a second")
        if self.opening is not None:
            self._lay()

    def action_incident(self) -> None:
        """Go to the incident, and tell it; from there back to the board."""
        course = self.day.course if self.day else None
        if self.opening is None or self.now is None:
            self.game.say("space opens the shop")
        elif course is None:
            self.game.say("nothing goes wrong on this day: there is nobody whom it could befall")
        elif self.now < course.theft.at:
            self.query_one("#day").add_class("-case")
            self._halt()
            self._go_to(course.theft.at)
        else:
            self.query_one("#day").toggle_class("-case")

    def action_map(self) -> None:
        """How far the credential reaches."""
        from coffeeshop.tui.screens.blast import BlastScreen

        day, told = (self.day, self.now) if self.opening is not None else (self._over, None)
        if day is None or day.course is None or (told is not None and told < day.course.theft.at):
            self.game.say("nothing has gone wrong so far; i goes to the incident")
        else:
            self.game.push_screen(BlastScreen(evening_of(self.game.sitting.play, day, advice=False), told))

    def action_evening(self) -> None:
        """The evening of the day that is over."""
        from coffeeshop.tui.screens.evening import EveningScreen

        if self._over is None:
            self.game.say("the evening comes at 22:00; space lets the clock run")
        else:
            self.game.push_screen(EveningScreen(self._over))

    def action_another(self) -> None:
        """Another day, as chance may have it."""
        if self.opening is not None:
            self.game.say("this day goes on as it was drawn; the next may be another")
        else:
            self.seed += 1
            self._lay()

    def action_again(self) -> None:
        """The day that is over once more, as the policies stand now."""
        if self.opening is not None or self._over is None:
            self.game.say("a opens a day again once it is over")
        elif grows(self.game.sitting.scenario):
            self.game.say("your own shop goes on from day to day; n draws another")
        else:
            self._open(like=self._over)

    def decided(self) -> playback.Decided | None:
        """Returns the decision under the cursor."""
        board, happened = self.query_one(RowList), self.happened
        if not board.display:  # the incident stands in its place
            calls = [one for one in happened if one.kind is Kind.ATTACK]
            return playback.decided(calls[-1]) if calls else None
        nth = int(board.chosen or -1)
        return playback.decided(happened[nth]) if 0 <= nth < len(happened) else None

    @on(RowList.Chosen)
    async def _why(self) -> None:
        await self.act("why")

    def next(self, step: Step) -> Step:
        """Tells what to do about the clock."""
        return playback.step(self.opening, self.running, self.now, self.game.identity.run_out, self.day)
