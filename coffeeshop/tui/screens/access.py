"""The access table: principals by resources, with the reason of each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from coffeeshop.account.model import Outcome
from coffeeshop.lessons.model import Play
from coffeeshop.tui.screens.base import PANE_KEYS, Keys, PlayScreen
from coffeeshop.tui.text import STYLES, line, show_on_one_line
from coffeeshop.tui.widgets.access_table import AccessTable
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.views.access.words import (
    all_remarks,
    explain_cell,
    subject_name,
    thing_name,
)
from coffeeshop.views.made_up import with_made_up_names
from coffeeshop.views.rows import Row

if TYPE_CHECKING:  # it brings the comparison of policies
    from coffeeshop.views.grant.focus import Focus

TABLE_KEYS = PANE_KEYS | {"left", "right", "up", "down", "enter", "y"}


class AccessScreen(PlayScreen):
    """Mode 4, the access table. It is computed in a thread, and shown when it is complete."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("v", "lines", show=False)]
    MAKES_UP_CALLS: ClassVar[bool] = True
    KEYS: ClassVar[Keys] = (
        ("←↑↓→", "Cell"),
        ("⏎", "Why"),
        ("v", "Lines"),
        "draw",
        "grade",
        ("2", "People"),
        ("3", "Policies"),
        "help",
        ("esc", "Back"),
    )
    HELP = (
        "The rows are the people and machines that can make requests, and the columns are the things. A letter is "
        "one of AWS's access levels: list, read, write, tagging, permissions. The marks are the grade's: access "
        "that no job needs, access that a job lacks, and access that must be refused. The grade also counts services, "
        "strangers and future users. ⏎ shows the decision, and v "
        "draws lines instead."
    )

    def body(self) -> ComposeResult:
        """Yield the table and the pane for the cell under the cursor."""
        with Vertical(id="access"):
            yield AccessTable(id="reached", classes="pane")
            yield ProsePane(id="cell")

    def begin(self) -> None:
        """Put the focus on the table."""
        self.query_one(AccessTable).focus()

    def key_must_wait(self, key: str) -> bool:
        """Return whether a key must wait for the table, because it moves in it or in the pane that explains it."""
        return (
            self.game.is_computing_access and key in TABLE_KEYS
        ) or super().key_must_wait(key)

    def show_bars(self, play: Play) -> None:
        """Show the bars and the table. The table changes when its computation ends, and with the settings."""
        super().show_bars(play)
        self.game.compute_access_table()
        table = self.query_one(AccessTable)
        table.ascii = self.game.settings.ascii
        table.access = self.game.sitting.access
        self._explain_cell()

    @property
    def keys_here(self) -> Keys:
        """Return the keys. The arrows scroll the explanation while it has the focus."""
        if self.query_one("#cell", ProsePane).has_focus:
            return (("↑↓", "Scroll"), "why", *self.KEYS[2:])
        return self.KEYS

    def decision_here(self) -> Outcome | None:
        """Return the request that explains the cell under the cursor best, or None."""
        reason = self.query_one(AccessTable).reason
        return reason.outcome if reason else None

    def focus_here(self) -> Focus | None:
        """Return the cell under the cursor as what key D draws."""
        from coffeeshop.views.grant.here import focus_of_cell

        cell = self.query_one(AccessTable).cell
        return focus_of_cell(*cell) if cell else None

    @on(AccessTable.Moved)
    def _explain_cell(self) -> None:
        """Explain the cell under the cursor."""
        table = self.query_one(AccessTable)
        pane = self.query_one("#cell", ProsePane)
        table.entitle(line("Access to each thing ", (table.out_of_sight, STYLES["muted"])))
        if table.access is None or table.cell is None:
            pane.show("", ())
            return
        subject, thing = table.cell
        unnamed = self.game.sitting.unnamed_statements
        rows = with_made_up_names(
            self.game.sitting.play,
            explain_cell(table.access, subject, thing, unnamed),
            [reason.decision for reason in table.access.cell(subject, thing)],
        )
        remark_rows = (Row(remark, role="muted") for remark in all_remarks(table.access))
        pane.show(
            line(show_on_one_line(f"{subject_name(subject)} · {thing_name(thing)}")),
            (*rows, Row(""), Row("About the whole table", role="title"), *remark_rows),
            self.game.settings.ascii,
        )

    @on(AccessTable.Chosen)
    async def _explain_chosen(self) -> None:
        """Open the explanation of the chosen cell, or say that there is no decision in it."""
        if self.query_one(AccessTable).reason:
            await self.run_app_action("why")
        else:
            self.game.say("there is no decision to show here")

    def action_lines(self) -> None:
        """Switch between the table and lines."""
        table = self.query_one(AccessTable)
        table.lines = not table.lines
        self._explain_cell()
