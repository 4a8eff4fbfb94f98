"""The evening of a day: trade, the incident, its blast radius, and the changes that would have stopped it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from coffeeshop.lessons.model import Play
from coffeeshop.lessons.sitting.days import evening_of, is_own_shop
from coffeeshop.shop.day import Day
from coffeeshop.shop.evening import Evening
from coffeeshop.shop.rota import CLOSING_TIME, shop_time
from coffeeshop.tui.background import in_background
from coffeeshop.tui.screens.base import LIST_KEYS, PANE_KEYS, Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, row
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views import playback
from coffeeshop.views.day.evening import NO_CALL_FOUND
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
        "The day's result: trade done and lost, with the statement that decided. Then "
        "what was within reach, by AWS's access levels (its blast radius), beside "
        "the same incident under the earlier policies. Last come single calls that would "
        "have helped without stopping a job. y explains the refusal under the cursor, Y or ⏎ "
        "copies the line under it, m shows the map."
    )

    def __init__(self, day: Day) -> None:
        """Make the screen for a day that is over.

        Its results (`evening`) are still to be computed.
        """
        super().__init__()
        self.day = day
        self.evening: Evening | None = None
        self._lines: tuple[playback.EveningLine, ...] = ()
        self._has_advice = False
        self._is_computing = True

    def body(self) -> ComposeResult:
        """Yield the list."""
        yield RowList(id="evening", classes="pane")

    @property
    def keys_here(self) -> Keys:
        """Return the keys: the map needs an incident, and a copy needs a command under the cursor."""
        useless_keys = set[str]()
        if self.evening and self.evening.course is None:
            useless_keys.add("m")
        if not self.text_to_copy():
            useless_keys.add("Y")
        return [name for name in self.KEYS if name[0] not in useless_keys]

    def begin(self) -> None:
        """Compute the evening in a thread."""
        self.query_one("#evening").focus()
        self._compute_evening(self.game.sitting.play)

    @property
    def time_shown(self) -> datetime:
        """Return the closing time. The next act happens before the next day opens."""
        return shop_time(self.day.date, CLOSING_TIME)

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key must wait for the lines of the evening, because it moves in them or reads one."""
        return (self._is_computing and key in LINE_KEYS) or super().key_must_wait(key)

    @work(group="grade", exit_on_error=False)
    async def _compute_evening(self, play: Play) -> None:
        """Compute the evening twice and show each result.

        The first result comes quickly. The second adds the changes that would have helped,
        which take longer to find.
        """
        try:
            for with_advice in (False, True):
                self.evening = await in_background(
                    partial(evening_of, play, self.day, with_advice)
                )
                self._is_computing = False
                self._has_advice = with_advice
                if self.widgets_exist:
                    self._show_lines()
        finally:
            self._is_computing = False

    def fill(self, play: Play) -> None:
        """Show the same evening, perhaps with other marks. Later acts belong to the next day."""
        self._show_lines()

    def _show_lines(self) -> None:
        """Show the lines of the evening as far as it is computed.

        The title says "counting" until advice is there.
        """
        box = self.query_one("#evening", RowList)
        progress = "" if self._has_advice else "  counting …"
        box.entitle(
            line(f"{self.day.date:%A} evening", (progress, STYLES["muted"])),
        )
        if self.evening is None:
            return
        self._lines = playback.evening_lines(
            self.evening, self.game.sitting.unnamed_statements
        )
        if not is_own_shop(self.game.sitting.scenario):
            self._lines += (playback.compare_line(self.day),)
        box.show(
            (str(number), row(evening_line.row, self.game.settings.ascii))
            for number, evening_line in enumerate(self._lines)
        )
        self.show_next_step()

    @property
    def _line_here(self) -> playback.EveningLine | None:
        """Return the line under the cursor, or None."""
        chosen = self.query_one("#evening", RowList).chosen_id
        return self._lines[int(chosen)] if chosen else None

    def decision_here(self) -> playback.Decided | None:
        """Return the decision that refused the customer under the cursor, or None."""
        return self._line_here.about if self._line_here else None

    def text_to_copy(self) -> str:
        """Return the AWS command under the cursor, or ""."""
        return self._line_here.types if self._line_here else ""

    @on(RowList.Chosen)
    async def _act_on_chosen(self) -> None:
        """Copy the command of the chosen line, or explain its decision if it has no command."""
        await self.run_app_action("copy_line" if self.text_to_copy() else "why")

    def action_map(self) -> None:
        """Show the blast map."""
        from coffeeshop.tui.screens.blast import BlastScreen

        if self.evening is None or self.evening.course is None:
            self.game.say(
                "nothing went wrong on this day" if self.evening else "counting …"
            )
        else:
            self.game.push_screen(
                BlastScreen(self.evening, shop_time(self.day.date, CLOSING_TIME))
            )

    def step_here(self, step: Step) -> Step:
        """Return the step that the Next box shows after the evening."""
        if self.text_to_copy():
            return Step(
                "This call can be typed before the next day.", Deed("Y", "copies it")
            )
        if self.decision_here():
            return Step("These jobs failed.", Deed("y", "says why"))
        if self.evening and self.evening.ended_jobs:
            return Step(
                "Your change stopped a job. The last lines name it, and the way to restore it.",
                Deed("esc", "goes on"),
            )
        if (
            self._has_advice
            and self.evening
            and self.evening.course
            and self.evening.course.radius.reached
            and not self.evening.changes
        ):
            if self.evening.course.radius.has_only_needed:
                return Step(
                    "No more than the jobs need was within reach.",
                    Deed("m", "shows the map"),
                )
            return Step(NO_CALL_FOUND, Deed("m", "shows the map"))
        if self.evening and not (
            self.evening.course and self.evening.course.radius.reached
        ):
            return Step(
                "The shop is closed for today.", Deed("esc", "leads to another day")
            )
        return Step(
            "The shop is closed for today.", Deed("m", "shows what was within reach")
        )
