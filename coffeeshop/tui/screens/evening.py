"""The evening of a day: trade, the incident, its blast radius, and the changes that would have stopped it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.days import evening_of, is_own_shop
from coffeeshop.shop.day import Day
from coffeeshop.shop.evening import Evening
from coffeeshop.shop.rota import CLOSES, shop_time
from coffeeshop.tui.background import in_background
from coffeeshop.tui.screens.base import LIST_KEYS, PANE_KEYS, Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, row
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views import playback
from coffeeshop.views.deed import Deed
from coffeeshop.views.step import Step

LINE_KEYS = LIST_KEYS | PANE_KEYS | {"y", "Y", "m"}


class EveningScreen(PlayScreen):
    """The evening in one list. The counts come at once, and helpful changes once they are found."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("m", "map", show=False)]
    KEYS: ClassVar[Keys] = (
        ("↑↓", "Line"),
        ("m", "Map"),
        "why",
        ("Y", "Copy line"),
        ("2", "People"),
        "console",
        "help",
        ("esc", "Back"),
    )
    HELP = (
        "What the day came to: trade done and lost, with the statement that decided; how far the incident reached, by AWS's "
        "access levels (its blast radius), beside the same incident under the policies of before; and single calls that would "
        "have helped and stopped no job. y explains the refusal under the cursor, Y or ⏎ copies the line under it, m shows the map."
    )

    def __init__(self, day: Day) -> None:
        """Make the screen for a day that is over. Its results (`found`) are still to be computed."""
        super().__init__()
        self.day = day
        self.found: Evening | None = None
        self._lines: tuple[playback.EveningLine, ...] = ()
        self._whole = False
        self._counting = True

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield RowList(id="evening", classes="pane")

    @property
    def keys_here(self) -> Keys:
        """Return the keys: the map needs an incident, and a copy needs a command under the cursor."""
        idle = set[str]()
        if self.found and self.found.course is None:
            idle.add("m")
        if not self.copies():
            idle.add("Y")
        return [name for name in self.KEYS if name[0] not in idle]

    def begin(self) -> None:
        """Compute the evening in a thread."""
        self.query_one("#evening").focus()
        self._compute_evening(self.game.sitting.play)

    @property
    def time_shown(self) -> datetime:
        """Return the closing time. The next act happens before the next day opens."""
        return shop_time(self.day.date, CLOSES)

    def awaits(self, key: str) -> bool:
        """Return whether a key is about the lines while they are still computed."""
        return self._counting and key in LINE_KEYS

    @work(group="grade", exit_on_error=False)
    async def _compute_evening(self, play: Play) -> None:
        """Compute the evening twice: first without the helpful changes, which take longer, then with them."""
        try:
            for advice in (False, True):
                self.found = await in_background(
                    lambda advice=advice: evening_of(play, self.day, advice)
                )
                self._counting = False
                self._whole = advice
                if self.still_there:
                    self._show_lines()
        finally:
            self._counting = False

    def fill(self, play: Play) -> None:
        """Show the same evening, perhaps with other marks. Later acts belong to the next day."""
        self._show_lines()

    def _show_lines(self) -> None:
        """Show the lines that are known."""
        box = self.query_one("#evening", RowList)
        box.entitle(
            line(
                f"{self.day.date:%A} evening",
                ("" if self._whole else "  counting …", STYLES["muted"]),
            )
        )
        if self.found is None:
            return
        is_own = is_own_shop(self.game.sitting.scenario)
        if is_own:
            compare = ()
        else:
            compare = (playback.compare_line(self.day),)
        self._lines = (*playback.evening_lines(self.found), *compare)
        box.show(
            (str(nth), row(each.row, self.game.settings.ascii))
            for nth, each in enumerate(self._lines)
        )
        self.guide()

    @property
    def _line(self) -> playback.EveningLine | None:
        """Return the line under the cursor, or None."""
        chosen = self.query_one("#evening", RowList).chosen_id
        return self._lines[int(chosen)] if chosen else None

    def decision_here(self) -> playback.Decided | None:
        """Return the decision that refused the customer under the cursor, or None."""
        return self._line.about if self._line else None

    def copies(self) -> str:
        """Return the AWS command under the cursor, or ""."""
        return self._line.types if self._line else ""

    @on(RowList.Chosen)
    async def _act_on_chosen(self) -> None:
        """Copy the command of the chosen line, or explain its decision if it has no command."""
        await self.act("copy_line" if self.copies() else "why")

    def action_map(self) -> None:
        """Show the blast map."""
        from coffeeshop.tui.screens.blast import BlastScreen

        if self.found is None or self.found.course is None:
            self.game.say("nothing went wrong on this day" if self.found else "counting …")
        else:
            self.game.push_screen(BlastScreen(self.found, shop_time(self.day.date, CLOSES)))

    def next(self, step: Step) -> Step:
        """Return the step that the Next box shows after the evening."""
        if self.copies():
            return Step(
                "This call can be typed before the next day.", Deed("Y", "copies it")
            )
        if self.decision_here():
            return Step(
                "These customers left without what they came for.", Deed("y", "says why")
            )
        if self.found and self.found.ended_jobs:
            return Step(
                "Your change stopped a job. The last lines say which, and what gives it back.",
                Deed("esc", "goes on"),
            )
        if (
            self._whole
            and self.found
            and self.found.course
            and self.found.course.radius.reached
            and not self.found.changes
        ):
            if self.found.course.radius.pairs <= self.found.course.access_of_jobs:
                return Step(
                    "It reached no more than the jobs need.", Deed("m", "shows the map")
                )
            return Step(
                "No single call that was tried would have helped and kept every job.",
                Deed("m", "shows the map"),
            )
        if self.found and not (self.found.course and self.found.course.radius.reached):
            return Step(
                "The shop is closed for today.", Deed("esc", "goes on to the next day")
            )
        return Step(
            "The shop is closed for today.", Deed("m", "shows how far the incident reached")
        )
