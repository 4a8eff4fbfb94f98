"""Pick a row from a list. With many rows, typed words narrow the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from coffeeshop.tui.screens.base import Dialog
from coffeeshop.tui.text import STYLES, line
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.tui.widgets.text_line import TextLine
from coffeeshop.views.cells import whole
from coffeeshop.views.text import NOT_FOUND, match_rank

Rows = Sequence[tuple[str, Content]]


class PickDialog(Dialog[str]):
    """A dialog to pick one of some rows, each an (id, content) pair. Its answer is the id."""

    def __init__(
        self,
        title: str,
        rows: Rows,
        initial_filter: str | None = None,
        describe: Callable[[str], str] | None = None,
        ranker: Callable[[str], Callable[[str], int]] | None = None,
        cursor_id: str = "",
    ) -> None:
        """Make a dialog to pick one of `rows`.

        `initial_filter` is the first text of the field that narrows the rows (None: no field). `describe` returns a
        row's description. `ranker` takes a typed text and returns a function from a row's id to its
        rank (lower is better, NOT_FOUND hides the row). `cursor_id` is the id under the cursor.
        """
        super().__init__()
        self.heading = title
        self.rows = rows
        self.initial_filter = initial_filter
        self.cursor_id = cursor_id
        self.describe = describe
        self.ranker = ranker

    KEYS = (("⏎", "Choose"), ("↑↓", "Move"), ("esc", "Cancel"))

    def body(self) -> ComposeResult:
        """Yield the field, the list and the description."""
        if self.initial_filter is not None:
            with Horizontal(id="search"):
                yield Static("Type to narrow: ", id="asks", markup=False)
                yield TextLine(
                    self.initial_filter, compact=True, id="narrow", select_on_focus=False
                )
        yield RowList(id="picks", empty="Nothing here has all of these words.")
        yield Static(id="about", markup=False)

    def begin(self) -> None:
        """Show the title and the rows, with the cursor on the row `cursor_id`. Focus the field, else the list."""
        self.query_one(".box").border_title = line(self.heading)
        # A fixed size, so that the list doesn't jump while it narrows.
        if self.initial_filter is not None:
            picks = self.query_one(RowList)
            picks.styles.height = min(max(len(self.rows), 1), 12)
            picks.styles.text_wrap = "nowrap"
        self.query_one("#about").display = self.describe is not None
        self.show()
        self.query_one(RowList).choose(self.cursor_id)
        self.query_one("#picks" if self.initial_filter is None else "#narrow").focus()

    def show(self) -> None:
        """List the rows that fit the typed text, the best first.

        Rows that begin with the text come first, then rows with all its words, then rows whose
        description has them.
        """
        if self.initial_filter is not None:
            typed = self.query_one(Input).value.lower().strip()
        else:
            typed = ""
        rank = self.ranker(typed) if self.ranker and typed else None
        ranked = [
            (rank(row[0]) if rank else self._rank(row, typed), row) for row in self.rows
        ]
        rows_found = (
            row
            for row_rank, row in sorted(ranked, key=lambda pair: pair[0])
            if row_rank != NOT_FOUND
        )
        self.query_one(RowList).show(rows_found, from_top=True)
        self._show_description()

    def _rank(self, row: tuple[str, Content], typed: str) -> int:
        """Return how well a row fits the typed text: the smaller, the better."""
        id, content = row
        return match_rank(
            typed, content.plain, self.describe(id) if self.describe and typed else ""
        )

    def _show_description(self, otherwise: str = "") -> None:
        """Show the description of the chosen row. Without a chosen row, show the text `otherwise`."""
        chosen = self.query_one(RowList).chosen_id
        box = self.query_one("#about", Static)
        text = self.describe(chosen) if self.describe and chosen else otherwise
        # The cells for the text. A tenth of them may stay empty at line ends.
        room = box.content_size.width * box.content_size.height
        if room:
            shown_text = "\n".join(
                whole(text_line, room * 9 // 10) for text_line in text.split("\n")
            )
        else:
            shown_text = text
        box.update(line((shown_text, STYLES["muted" if chosen else "warning"])))

    @on(Input.Changed)
    def _narrow_list(self) -> None:
        """List the rows that fit the text as it is typed."""
        self.show()

    @on(Input.Submitted)
    def _submit_choice(self) -> None:
        """Close the dialog with the row under the cursor. If the typed text fits no row, say so."""
        if chosen := self.query_one(RowList).chosen_id:
            self.close(chosen)
        else:
            self.query_one("#about").display = True
            self._show_description(
                "Nothing was chosen: no row is left. Type fewer words, or esc."
            )

    @on(RowList.Moved)
    def _follow_cursor(self) -> None:
        """Show the description of the row under the cursor."""
        self._show_description()

    @on(RowList.Chosen)
    def _close_with_chosen(self, event: RowList.Chosen) -> None:
        """Close the dialog with the row that was chosen."""
        self.close(event.chosen)

    def on_key(self, event: events.Key) -> None:
        """Move in the list by the arrows, also from the field. Without a field, a letter picks its row."""
        if self.initial_filter is not None:
            picks = self.query_one(RowList)
            typed = event.is_printable or event.key == "backspace"
            if picks.has_focus and typed:  # the key goes to the field
                event.stop()
                field = self.query_one(Input)
                field.focus()
                if event.key == "backspace":
                    field.value = field.value[:-1]
                else:
                    field.value = f"{field.value}{event.character}"
                field.cursor_position = len(field.value)
                return
            if event.key in ("down", "up") and not picks.has_focus:
                event.stop()
                if event.key == "down":
                    picks.action_cursor_down()
                else:
                    picks.action_cursor_up()
            return
        picked = next(
            (
                id
                for id, content in self.rows
                if content.plain.startswith(f"{event.character} ")
            ),
            None,
        )
        if picked is not None:
            event.stop()
            self.close(picked)
