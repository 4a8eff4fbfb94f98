"""A widget that shows who can reach what: a table with a cursor, or a drawing of lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from coffeeshop.tui.text import STYLES, in_roles, line, stack
from coffeeshop.tui.widgets.titled import Titled

# It imports the comparison of policies, which the app loads only on demand.
if TYPE_CHECKING:
    from coffeeshop.lessons.grading.access import Subject
    from coffeeshop.lessons.grading.access_table import Access, Reason
    from coffeeshop.shop.things import Thing


class AccessTable(Titled, Widget, can_focus=True):
    """Shows an `Access`.

    `lines` asks for the drawing of lines, and `ascii` for marks in ASCII.
    """

    # `show` is for Textual's Footer, which the app doesn't have. KeyRow names the keys.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(0, -1)", "Thing to the left", show=False),
        Binding("right", "walk(0, 1)", "Thing to the right", show=False),
        Binding("up", "walk(-1, 0)", "Someone above", show=False),
        Binding("down", "walk(1, 0)", "Someone below", show=False),
        Binding("enter", "choose", "Why", show=False),
    ]

    @dataclass
    class Moved(Message):
        """The cursor moved to another cell, or the content changed."""

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a cell."""

    at: reactive[tuple[int, int]] = reactive((0, 0))
    lines: reactive[bool] = reactive(False)
    ascii: reactive[bool] = reactive(False)
    access: reactive[Access | None] = reactive["Access | None"](None)

    def watch_access(self, old_access: Access | None, new_access: Access | None) -> None:
        """Keep the cursor on the same principal and thing, if the new content has them. Otherwise go to the first."""
        if old_access and new_access and old_access.subjects and old_access.things:
            subject = old_access.subjects[self.at[0]]
            thing = old_access.things[self.at[1]]
            row = column = 0
            if subject in new_access.subjects:
                row = new_access.subjects.index(subject)
            if thing in new_access.things:
                column = new_access.things.index(thing)
            self.at = (row, column)
        self.post_message(self.Moved())

    def watch_at(self) -> None:
        """Post that the cursor moved."""
        self.post_message(self.Moved())

    def on_resize(self) -> None:
        """Post that another part of the table may be visible. The title counts the rest."""
        self.post_message(self.Moved())

    @property
    def cell(self) -> tuple[Subject, Thing] | None:
        """Return the principal and the thing under the cursor, or None if the table is empty."""
        if self.access is None or not (self.access.subjects and self.access.things):
            return None
        return self.access.subjects[self.at[0]], self.access.things[self.at[1]]

    @property
    def reason(self) -> Reason | None:
        """Return the worst reason for the cell under the cursor. Return None if nothing is allowed there."""
        from coffeeshop.lessons.grading.access_table import MARKS_WORST_FIRST

        if self.access and self.cell:
            reasons = self.access.cell(*self.cell)
        else:
            reasons = ()
        return min(
            reasons, key=lambda reason: MARKS_WORST_FIRST.index(reason.mark), default=None
        )

    def render(self) -> Content:
        """Return the legend with the table or the drawing below it.

        While the content is being worked out, return a line that says so.
        """
        from coffeeshop.views.access.drawing import drawing
        from coffeeshop.views.access.table import legend_text, table

        if self.access is None:
            return line(("Working out everyone's access …", STYLES["muted"]))
        columns, rows = self._room
        if self.lines:
            shown_spans = drawing(self.access, columns, rows, self.at[0], self.ascii)
        else:
            shown_spans = table(self.access, columns, rows, self.at, self.ascii)
        return stack(
            (line((legend_text(self.ascii), STYLES["muted"])), *map(in_roles, shown_spans))
        )

    @property
    def _room(self) -> tuple[int, int]:
        """Return how many columns and rows are left below the legend."""
        return self.size.width, max(self.size.height - 1, 0)

    @property
    def out_of_sight(self) -> str:
        """Return how many principals and things don't fit, with the keys that scroll to
        them, such as "3 more ↑↓". "": all fit.
        """
        from coffeeshop.views.access.table import visible_part

        if self.access is None or self.lines:
            return ""
        visible = visible_part(self.access, *self._room, self.at, self.ascii)
        hidden_subjects = len(self.access.subjects) - visible.subjects
        hidden_things = len(self.access.things) - visible.things
        parts = [
            f"{count} more {keys}"
            for count, keys in ((hidden_subjects, "↑↓"), (hidden_things, "← →"))
            if count > 0
        ]
        return ", ".join(parts)

    def action_walk(self, down: int, right: int) -> None:
        """Move the cursor by one cell. It stays at the edge."""
        if self.access and self.cell:
            subject = min(max(self.at[0] + down, 0), len(self.access.subjects) - 1)
            thing = min(max(self.at[1] + right, 0), len(self.access.things) - 1)
            self.at = subject, thing

    def action_choose(self) -> None:
        """Post that the learner asks for the reasons of the cell."""
        self.post_message(self.Chosen())
