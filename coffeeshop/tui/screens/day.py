"""A day at the shop, played by its clock: the floor, the timeline, the till board, and the incident."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.days import day_of, evening_of, is_own_shop, next_opening
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.policy.model import Problems
from coffeeshop.shop.day import Day, Happening, Kind
from coffeeshop.shop.rota import CLOSING_TIME, shop_time
from coffeeshop.tui.screens.base import Keys
from coffeeshop.tui.screens.clock import (
    FASTEST_MOVING_PACE,
    MINUTES_PER_SECOND,
    ClockedScreen,
)
from coffeeshop.tui.text import STYLES, line, row, show_on_one_line
from coffeeshop.tui.widgets.ground import Ground
from coffeeshop.tui.widgets.picture import Picture
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.tui.widgets.timeline import Timeline
from coffeeshop.views import playback
from coffeeshop.views.deed import Goal
from coffeeshop.views.next import for_who_contains
from coffeeshop.views.picture.scene import floor
from coffeeshop.views.picture.workday import workday_floor
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step
from coffeeshop.views.text import bare

MAX_BOARD_ROWS = 60  # newest happenings on the till board


class DayScreen(ClockedScreen):
    """Key 5, the day at the shop: its picture, timeline, list of events, incident and count of customers."""

    BINDINGS: ClassVar[list[BindingType]] = [
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
    HELP = playback.DAY_HELP

    def __init__(self) -> None:
        """Begin before the first day. `seed` draws the day, and `_finished_day` is the day that ended last."""
        super().__init__()
        self.seed = 0
        self._finished_day: Day | None = None
        self._newest_shown: Happening | None = None

    def body(self) -> ComposeResult:
        """Yield the picture, the timeline, the board, and two panes."""
        picture = Picture(id="picture")
        picture.can_focus = False
        with Ground(id="day"):
            with Vertical(id="left"):
                yield picture
                yield Timeline(id="line")
                yield RowList(id="board", classes="pane", empty="No customer has come yet.")
            with Vertical(id="right"):
                yield ProsePane(id="case", focus=True)
                yield ProsePane(id="tally")

    @property
    def keys_here(self) -> Keys:
        """Return the keys of the closed shop, or those of the open day that do something now."""
        if self.opening is None:
            closed_keys = (
                (("e", "Evening"), ("a", "Play again")) if self._finished_day else ()
            )
            return (
                ("space", "Start"),
                ("n", "Draw anew"),
                *closed_keys,
                "help",
                ("esc", "Back"),
            )
        course = self.day.course if self.day else None
        useless_keys = set[str]()
        if self.game.settings.still:
            useless_keys.add("[ ]")
        if course is None:
            useless_keys.add("i")
        if course is None or self.now is None or self.now < course.theft.at:
            useless_keys.add("m")
        return [name for name in self.KEYS if name[0] not in useless_keys]

    def begin(self) -> None:
        """Put the focus on the board."""
        self.query_one("#board").focus()

    # ------------------------------------------------------------- what is shown
    def fill(self, play: Play) -> None:
        """Run the open day again with the calls that the learner has made in it, and show it.

        If the last call is later than the clock that is shown, move the clock to it.
        """
        opening = self.opening
        if opening is not None:
            last_outcome = play.last
            seen_until = opening.seen_until or opening.opens
            if last_outcome and last_outcome.act.at > seen_until:
                seen_until = min(last_outcome.act.at, opening.closes)
                self.game.continue_day(replace(opening, seen_until=seen_until))
                self.now = seen_until
            if (day := self._run_day(opening)) is None:
                return
            self.day = day
            self._finished_day = None
            self.now = self.now or opening.seen_until or opening.opens
            if seen_until == opening.closes:
                self.end_day()
        self.show_moment()

    def _run_day(self, opening: Opening) -> Day | None:
        """Run the day. Return None, with a note, if its files can't be read."""
        try:
            return day_of(self.game.sitting.play, opening)
        except Problems as error:
            self.game.show_note(
                "The day cannot be drawn", "\n".join(map(str, error.problems)), "error"
            )
            return None

    def show_moment(self) -> None:
        """Show the shop at the time on the clock, in every widget. Without an open day, show it closed."""
        is_open = self.opening is not None and self.day is not None
        self.query_one("#day").set_class(not is_open, "-closed")
        self._show_picture(is_open)
        timeline = self.query_one(Timeline)
        timeline.ascii = self.game.settings.ascii
        if is_open:
            timeline.show(self.past_happenings, self.clock)
        else:
            timeline.show((), None)
        self._show_board(is_open)
        self._fill_panes(self.past_happenings, is_open)
        self.show_clock()
        self.show_next_step()

    def _show_picture(self, is_open: bool) -> None:
        """Show the picture of the shop at the present moment, or closed. At a fast pace it doesn't move."""
        settings = self.game.settings
        sitting = self.game.sitting
        picture = self.query_one(Picture)
        is_fast = MINUTES_PER_SECOND[self.pace] > FASTEST_MOVING_PACE
        picture.still = settings.still or is_fast
        picture.ascii = settings.ascii
        if settings["picture"] == "words":
            picture.variant = "words"
        else:
            picture.variant = "painted"
        self.query_one("#day").set_class(picture.in_words, "-words")
        if is_open and self.day is not None:
            picture.show(workday_floor(self.day, self.past_happenings))
        else:
            picture.show(floor(sitting.play, sitting.tickets))

    def _show_board(self, is_open: bool) -> None:
        """Show the newest happenings on the till board, the last one first. The closed shop shows none."""
        board = self.query_one(RowList)
        past_happenings = self.past_happenings
        if self.clock_runs:
            max_rows = board.size.height  # only the rows that fit, since they change fast
            speed = f"  {MINUTES_PER_SECOND[self.pace]} minutes a second"
        else:
            max_rows = MAX_BOARD_ROWS
            speed = ""
        trade = playback.trade_row(past_happenings).text if past_happenings else ""
        board.entitle(line("Till board ", trade, (speed, STYLES["muted"])))
        newest_first = past_happenings[::-1][:max_rows] if is_open else ()
        # A row's id is the index of its happening.
        rows = (
            (str(len(past_happenings) - number), self._happening_row(happening))
            for number, happening in enumerate(newest_first, 1)
        )
        board.show(rows, from_top=True)
        if newest_first and self._newest_shown is not newest_first[0]:
            self._newest_shown = newest_first[0]
            board.highlighted = 0

    def _happening_row(self, happening: Happening) -> Content:
        """Return the board's row for a happening, with the statement that decided it."""
        message = playback.decision_text(happening, self.game.sitting.unnamed_statements)
        content = row(playback.headline_row(happening), self.game.settings.ascii)
        if message:
            return line(content, "  ", (show_on_one_line(message), STYLES["muted"]))
        return content

    def _fill_panes(self, past_happenings: tuple[Happening, ...], is_open: bool) -> None:
        """Show the incident once it happened, else the morning, and the tally of the day."""
        case_pane, ascii = self.query_one("#case", ProsePane), self.game.settings.ascii
        if not is_open or self.day is None or self.now is None or self.opening is None:
            case_pane.show("Closed", self._closed_rows(), ascii)
            return
        theft = next(
            (happening for happening in past_happenings if happening.kind is Kind.THEFT),
            None,
        )
        tally = playback.day_so_far(self.day, past_happenings, self.now)
        if theft:
            title = f"Something went wrong at {theft.at:%H:%M}"
            case_pane.show(
                line((title, STYLES["error"])),
                playback.incident_rows(self.day, past_happenings, self.game.sitting),
                ascii,
            )
        else:
            case_pane.show(
                f"{self.day.date:%A %d %B}",
                (*playback.morning_rows(self.game.sitting), *tally),
                ascii,
            )
        # The first pane shows the tally.
        self.query_one("#day").set_class(theft is None, "-quiet")
        self.query_one("#tally", ProsePane).show("The day so far", tally, ascii)
        if not self._timer and self.now <= self.opening.opens and not past_happenings:
            self.show_pane("case")

    def _closed_rows(self) -> tuple[Row, ...]:
        """Return the rows shown before the shop opens, or the problems of the day's files."""
        try:
            return playback.closed_rows(self.game.sitting, self.seed, self._finished_day)
        except Problems as error:
            return tuple(
                Row(bare(str(problem)), role="error") for problem in error.problems
            )

    # --------------------------------------------------------- to open and to end
    def open_day(self, repeated_day: Day | None = None) -> None:
        """Open the next day.

        With `repeated_day`, repeat that day's random events. Start the clock unless the morning has news.
        """
        sitting = self.game.sitting
        try:
            opening = next_opening(
                sitting.scenario,
                sitting.now,
                repeated_day.seed if repeated_day else self.seed,
                like=repeated_day,
            )
        except Problems as error:
            self.game.show_note(
                "The day cannot be drawn", "\n".join(map(str, error.problems)), "error"
            )
            return
        self.now = opening.seen_until or opening.opens
        self.game.continue_day(opening)
        self.fill(self.game.sitting.play)
        if self.opening is not None and not playback.morning_rows(self.game.sitting):
            self.action_go()

    def end_day(self) -> None:
        """End the day, and go to its evening."""
        opening = self.opening
        self._finished_day = self.day
        self.now = None
        if opening is not None:
            self.game.continue_day(replace(opening, seen_until=opening.closes))
        self.query_one("#day").remove_class("-case")
        self.game.say(
            f"the day is over. On the other screens, it is still {self.game.sitting.now:%a %H:%M}"
        )
        self.show_moment()
        self.action_evening()

    def on_resize(self) -> None:
        """Show the moment again. Another window size may need words instead of a picture."""
        if self.widgets_exist and self.is_current:
            self.show_moment()

    # --------------------------------------------------------------------- keys
    def action_map(self) -> None:
        """Show the blast map of the stolen credential, of the open day or of the day that just ended."""
        from coffeeshop.tui.screens.blast import BlastScreen

        if self.opening is not None:
            day = self.day
            moment = self.now
        else:
            day = self._finished_day
            moment = None
        if (
            day is None
            or day.course is None
            or (moment is not None and moment < day.course.theft.at)
        ):
            self.game.say("nothing has gone wrong so far (i goes to the incident)")
        else:
            self.game.push_screen(
                BlastScreen(
                    evening_of(self.game.sitting.play, day, advice=False),
                    self.clock or shop_time(day.date, CLOSING_TIME),
                    moment,
                )
            )

    def action_evening(self) -> None:
        """Show the evening of the day that is over."""
        from coffeeshop.tui.screens.evening import EveningScreen

        if self._finished_day is None:
            self.game.say("the evening comes at 22:00 (space lets the clock run)")
        else:
            self.game.push_screen(EveningScreen(self._finished_day))

    def action_another(self) -> None:
        """Draw other customers and another incident by the next seed, before the day opens."""
        if self.opening is not None:
            self.game.say("this day continues as it was drawn, and the next can be another")
        else:
            self.seed += 1
            self.show_moment()

    def action_again(self) -> None:
        """Play the last day again, under the current policies."""
        if self.opening is not None or self._finished_day is None:
            self.game.say("a opens a day again once it is over")
        elif is_own_shop(self.game.sitting.scenario):
            self.game.say(
                "your own shop continues from day to day, and n draws other customers"
            )
        else:
            self.open_day(repeated_day=self._finished_day)

    def decision_here(self) -> playback.Decided | None:
        """Return the decision under the cursor. While the incident covers the list of events, return the thief's last call."""
        board = self.query_one(RowList)
        past_happenings = self.past_happenings
        if not board.display:  # the incident is shown in its place
            thief_calls = [
                happening for happening in past_happenings if happening.kind is Kind.ATTACK
            ]
            if thief_calls:
                return playback.decision_of(thief_calls[-1])
            return None
        nth = int(board.chosen_id or -1)
        if 0 <= nth < len(past_happenings):
            return playback.decision_of(past_happenings[nth])
        return None

    @on(RowList.Chosen)
    async def _explain_here(self) -> None:
        """Open the explanation of the decision under the cursor."""
        await self.run_app_action("why")

    def step_here(self, step: Step) -> Step:
        """Return the suggestion for the Next box: what to do with the clock.

        While the clock is stopped and there is still something to fix, name that first.
        """
        sitting, run_out = self.game.sitting, self.game.identity.run_out
        clock_step = playback.clock_step(
            self.opening,
            self.clock_runs,
            self.now,
            run_out,
            self.day,
            sitting.play.account,
            sitting.now,
            step.deed if run_out and step.key == "s" else playback.SIGN_IN_AGAIN,
        )
        course = self.day.course if self.day else None
        if clock_step.deed.goal is Goal.CONTAIN and course:
            return for_who_contains(clock_step, sitting, course)
        has_open_step = (
            self.opening is not None and step.deed.goal is not Goal.RETURN_TO_DAY
        )
        if clock_step.deed.goal is not Goal.RUN_CLOCK or not has_open_step:
            return clock_step
        says = f"{step.does}; {clock_step.key} {clock_step.does}"
        return replace(step, deed=step.deed.at(step.key, says))
