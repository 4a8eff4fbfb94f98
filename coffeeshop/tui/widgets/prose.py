"""Lines of text that wrap under their own beginning, as long as they need to be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from coffeeshop.tui.text import row, stack
from coffeeshop.tui.widgets.titled import Titled
from coffeeshop.views.rows import Row

LONG = re.compile(r"\S{9,}")
WrappedLine: TypeAlias = tuple[
    Content, Content
]  # what stands before, and what wraps behind it


class Prose(Widget):
    """Rows of a view, or lines of content, each wrapped with its indentation kept."""

    DEFAULT_CSS = "Prose { height: auto; padding: 0 1 0 0; }"
    lines: reactive[tuple[WrappedLine, ...]] = reactive[tuple[WrappedLine, ...]](())
    _kept: tuple[tuple[WrappedLine, ...] | None, int, list[Content]] = (
        None,
        0,
        [],
    )  # lines, width, rows

    def show(
        self, shown_items: Iterable[Row | Content | WrappedLine], ascii: bool = False
    ) -> None:
        """Show the next lines; blank ones at the end would be more to scroll to, and nothing to read."""
        lines = [_line(each, ascii) for each in shown_items]
        while lines and not any(part.plain.strip() for part in lines[-1]):
            lines.pop()
        self.lines = tuple(lines)

    def watch_lines(self) -> None:
        """Lay the screen out again only where the lines take more or fewer rows than before."""
        if not self.size or len(self._wrapped_rows(self.size.width)) != self.size.height:
            self.refresh(layout=True)

    def _wrapped_rows(self, width: int) -> list[Content]:
        """The rows, wrapped once for each width: a layout asks how many they are, and asks again, before they are painted."""
        lines, room, rows = self._kept
        if lines is not self.lines or room != width:  # equal lines may be in other colours
            self._kept = (self.lines, width, rows := self._rows(width))
        return rows

    def _rows(self, width: int) -> list[Content]:
        contents: list[Content] = []
        for lead, content in self.lines:
            room = max(width - lead.cell_length, 8)
            first, *rest = [
                part for piece in pieces(content, room) for part in piece.wrap(room)
            ] or [Content("")]
            contents += [lead + first, *(part.pad_left(lead.cell_length) for part in rest)]
        return contents

    def row_of(self, begins: str) -> int:
        """Returns the row, from 0, of the first line that begins so; 0 where none does."""
        rows = (
            nth
            for nth, row in enumerate(self._wrapped_rows(self.size.width))
            if row.plain.startswith(begins)
        )
        return next(rows, 0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Returns rows that the lines take at this width."""
        return len(self._wrapped_rows(width))

    def render(self) -> Content:
        """Returns all of it."""
        return stack(self._wrapped_rows(self.size.width))


def pieces(content: Content, room: int) -> list[Content]:
    """Returns the content, cut inside words that are longer than a line (addresses), where one of their parts ends."""
    cuts = list[int]()
    for word in LONG.finditer(content.plain):
        at, end = word.span()
        while end - at > room and (cut := _end(content.plain, at, at + room)) > at:
            cuts.append(at := cut)
    return content.divide(cuts) if cuts else [content]


def _end(text: str, start: int, stop: int) -> int:
    """Behind the last slash there, else the last colon, else the last other joint; 0 where there is none."""
    ends = (
        max(text.rfind(joint, start, stop) for joint in joints) + 1
        for joints in ("/", ":", "-_?#")
    )
    return next(filter(None, ends), 0)


class ProsePane(Titled, VerticalScroll, can_focus=False):
    """A pane with a title that scrolls its prose: where it takes the focus, or by the key by which it is `reached`. Else tab
    passes it by, unless not all of it is in sight.
    """

    def __init__(self, *, id: str, focus: bool = False, reached: str = "") -> None:
        super().__init__(Prose(), id=id, classes="pane", can_focus=focus)
        self._brought = ""
        self._passed = not (focus or reached)
        self.reached = reached or Titled.reached

    @property
    def goes_on(self) -> bool:
        """Tells whether some of it is below the fold."""
        return self.scroll_offset.y < self.max_scroll_y

    @property
    def below(self) -> str:
        """Tells how many lines are below the fold."""
        if self.goes_on:
            return f"{self.max_scroll_y - self.scroll_offset.y} more"
        return ""

    def tell_fold(self) -> None:
        """Tell it, and let tab come here, or not."""
        if self._passed and not self.has_focus:
            self.can_focus = self.max_scroll_y > 0
        super().tell_fold()

    def bring(self, begins: str) -> None:
        """Put the line that begins so at the top, as far as there is more below it than room, now and in other room."""
        self._brought = begins
        self.scroll_to(y=self.query_one(Prose).row_of(begins), animate=False)

    def on_resize(self) -> None:
        """Bring into sight again what was."""
        if self._brought:
            self.bring(self._brought)

    def show(
        self,
        title: Content | str,
        shown_items: Iterable[Row | Content | WrappedLine],
        ascii: bool = False,
    ) -> None:
        """Show the next title and lines; the pane goes back to its top where the lines are others."""
        prose = self.query_one(Prose)
        old_wrapped_lines = prose.lines
        self.entitle(title)
        prose.show(shown_items, ascii)
        if prose.lines != old_wrapped_lines:
            self.scroll_home(animate=False)


def _line(item_shown: Row | Content | WrappedLine, ascii: bool) -> WrappedLine:
    match item_shown:
        case Content():
            return Content(""), item_shown
        case Row():
            lead = 2 * item_shown.indent + (3 if ascii else 2) * (
                item_shown.mark is not None
            )
            return (whole := row(item_shown, ascii))[:lead], whole[lead:]
        case _:
            return item_shown
