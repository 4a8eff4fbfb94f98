"""Settings. Every change shows at once."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from coffeeshop.lessons.teaching.help_setting import FULL_HELP, HELP_SETTING
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.screens.base import Dialog, Keys
from coffeeshop.tui.settings import SETTING_CHOICES
from coffeeshop.tui.text import STYLES, line, row, stack
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.rows import Row

SAMPLE_ROWS = (
    Row("Casey lists the receipts", Mark.OK, "works"),
    Row("Sam can open any receipt", Mark.MISS, "doesn't work"),
    Row("14 requests that no job needs", Mark.EXTRA, "extra"),
    Row("Robin shreds a receipt", Mark.LEAK, "allowed, but must be refused"),
)
WHOLE_SOLUTION = "With full help, Next shows the whole solution."
NO_SOLUTION = "With full help, Next shows every step. There is no solution here."


class SettingsScreen(Dialog[None]):
    """One row for each setting. The arrows change its value."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
    ]
    KEYS: ClassVar[Keys] = (("←→", "Change"), ("↑↓", "Move"), ("esc", "Close"))

    def body(self) -> ComposeResult:
        """Yield the rows and a sample."""
        yield RowList(id="picks")
        yield Static(id="sample", markup=False)

    def begin(self) -> None:
        """Fill the list."""
        self.query_one(".box").border_title = "Settings"
        picks = self.query_one(RowList)
        picks.styles.height = len(SETTING_CHOICES)
        self.show()
        picks.focus()

    def show(self) -> None:
        """Show the current values."""
        settings = self.game.settings
        sitting = self.game.player.sitting
        lacks_solution = sitting is not None and not sitting.scenario.solution
        help_note = ""
        if settings[HELP_SETTING] == FULL_HELP:
            help_note = NO_SOLUTION if lacks_solution else WHOLE_SOLUTION
        self.query_one(RowList).show(
            (name, self._setting(name)) for name in SETTING_CHOICES
        )
        self.query_one("#sample", Static).update(
            stack(
                [
                    *([line((help_note, STYLES["muted"]))] if help_note else ()),
                    line(("\nSample", STYLES["muted"])),
                    *(row(shown_row, settings.ascii) for shown_row in SAMPLE_ROWS),
                ]
            )
        )

    def _setting(self, name: str) -> Content:
        """Return the row of a setting, with its current value highlighted."""
        current_text = self.game.settings[name]
        values = [
            part
            for value in SETTING_CHOICES[name]
            for part in (
                (
                    f" {value} ",
                    "reverse bold" if value == current_text else STYLES["muted"],
                ),
                " ",
            )
        ]
        return line((f"{name.capitalize():<10}", "bold"), *values)

    @on(RowList.Chosen)
    def _next(self) -> None:
        """Set the next value of the setting that was chosen."""
        self.action_turn(1)

    def action_turn(self, step: int) -> None:
        """Set the next value of the setting under the cursor. A negative number sets the one before."""
        name = self.query_one(RowList).chosen_id
        values = SETTING_CHOICES[name]
        value_index = values.index(self.game.settings[name]) + step
        self.game.change_setting(name, values[value_index % len(values)])
        self.show()
