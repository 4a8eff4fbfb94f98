"""Pick one of a few, or of many: then what is typed narrows the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from coffeeshop.tui.screens.base import Dialog
from coffeeshop.tui.text import STYLES, line
from coffeeshop.tui.widgets.row_list import RowList

Rows = Sequence[tuple[str, Content]]


class PickDialog(Dialog[str]):
    """Rows of (id, content); answers with the id. A row that begins with a letter and a blank is picked by it.

    With `narrow` (which may be ""), there is a field over the list whose words narrow it; `about` says more of a row.
    """

    def __init__(
        self, title: str, rows: Rows, narrow: str | None = None, about: Callable[[str], str] | None = None
    ) -> None:
        super().__init__()
        self.heading, self.rows, self.narrow, self.about = title, rows, narrow, about

    KEYS = (("⏎", "Choose"), ("↑↓", "Move"), ("esc", "Cancel"))

    def body(self) -> ComposeResult:
        """Field, list, description."""
        if self.narrow is not None:
            yield Input(self.narrow, placeholder="type to narrow", compact=True, id="narrow", select_on_focus=False)
        yield RowList(id="picks", empty="Nothing is called so.")
        yield Static(id="about", markup=False)

    def begin(self) -> None:
        """Fill it."""
        self.query_one(".box").border_title = line(self.heading)
        self.query_one(RowList).styles.height = min(max(len(self.rows), 1), 12)
        self.query_one("#about").display = self.about is not None
        self.show()
        self.query_one("#picks" if self.narrow is None else "#narrow").focus()

    def show(self) -> None:
        """The rows that hold what was typed, those that begin so first."""
        typed = self.query_one(Input).value.lower() if self.narrow is not None else ""
        found = [row for row in self.rows if typed in row[1].plain.lower()]
        self.query_one(RowList).show(
            sorted(found, key=lambda row: not row[1].plain.lower().startswith(typed)) if typed else found
        )

    @on(Input.Changed)
    def _narrowed(self) -> None:
        self.show()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if chosen := self.query_one(RowList).chosen:
            self.close(chosen)

    @on(RowList.Moved)
    def _moved(self, event: RowList.Moved) -> None:
        if self.about is not None:
            self.query_one("#about", Static).update(line((self.about(event.chosen), STYLES["muted"])))

    @on(RowList.Chosen)
    def _chosen(self, event: RowList.Chosen) -> None:
        self.close(event.chosen)

    def on_key(self, event: events.Key) -> None:
        """Arrows move in the list from the field too; a letter picks its row, or goes from one to the next of those that
        share it."""
        if self.narrow is not None:
            picks = self.query_one(RowList)
            if event.key in ("down", "up") and not picks.has_focus:
                event.stop()
                picks.action_cursor_down() if event.key == "down" else picks.action_cursor_up()
            return
        mine = [id for id, content in self.rows if content.plain.startswith(f"{event.character} ")]
        if len(mine) == 1:
            event.stop()
            self.close(mine[0])
        elif mine:
            event.stop()
            picks = self.query_one(RowList)
            at = mine.index(picks.chosen) + 1 if picks.chosen in mine else 0
            picks.choose(mine[at % len(mine)])
