"""Text whose lines wrap under their own beginning."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from coffeeshop.tui.text import row, stack
from coffeeshop.tui.widgets.titled import Titled
from coffeeshop.views.rows import Row

LONG_WORD = re.compile(r"\S{9,}")
# The lead, and the text that wraps behind it.
WrappedLine: TypeAlias = tuple[Content, Content]


class Prose(Widget):
    """Shows rows of a view, or lines of content, each wrapped with its indentation kept."""

    DEFAULT_CSS = "Prose { height: auto; padding: 0 1 0 0; }"
    lines: reactive[tuple[WrappedLine, ...]] = reactive[tuple[WrappedLine, ...]](())
    _shown_items: tuple[object, bool] = ((), False)
    # Lines, width, rows.
    _wrapped_cache: tuple[tuple[WrappedLine, ...] | None, int, list[Content]] = (
        None,
        0,
        [],
    )

    def show(
        self, shown_items: Iterable[Row | Content | WrappedLine], ascii: bool = False
    ) -> None:
        """Show these lines. Blank lines at the end are left out, because they would need scrolling."""
        items = (tuple(shown_items), ascii)
        if items == self._shown_items:
            return
        self._shown_items = items
        lines = [_line(each, ascii) for each in items[0]]
        while lines and not any(part.plain.strip() for part in lines[-1]):
            lines.pop()
        self.lines = tuple(lines)

    def watch_lines(self) -> None:
        """Lay out the screen again, but only if the number of rows changed."""
        if not self.size or len(self._wrapped_rows(self.size.width)) != self.size.height:
            self.refresh(layout=True)

    def _wrapped_rows(self, width: int) -> list[Content]:
        """Return the wrapped rows.

        They are cached for one width, because a layout asks for their number several times.
        """
        lines, room, rows = self._wrapped_cache
        # `is not`: equal lines can differ in colour.
        if lines is not self.lines or room != width:
            self._wrapped_cache = (self.lines, width, rows := self._rows(width))
        return rows

    def _rows(self, width: int) -> list[Content]:
        """Return the lines, wrapped to this width."""
        contents: list[Content] = []
        for lead, content in self.lines:
            room = max(width - lead.cell_length, 8)
            first, *rest = [
                part for piece in cut_long_words(content, room) for part in piece.wrap(room)
            ] or [Content("")]
            contents += [lead + first, *(part.pad_left(lead.cell_length) for part in rest)]
        return contents

    def row_of(self, begins: str) -> int:
        """Return the number of the first row that begins with this text, or 0 if there is none."""
        rows = (
            index
            for index, row in enumerate(self._wrapped_rows(self.size.width))
            if row.plain.startswith(begins)
        )
        return next(rows, 0)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows at this width."""
        return len(self._wrapped_rows(width))

    def render(self) -> Content:
        """Return all rows."""
        return stack(self._wrapped_rows(self.size.width))


def cut_long_words(content: Content, room: int) -> list[Content]:
    """Return the content, cut inside words that are longer than a line, such as ARNs and URLs.

    It is cut behind a joint such as a slash or a colon.
    """
    cuts = list[int]()
    for word in LONG_WORD.finditer(content.plain):
        start, end = word.span()
        while end - start > room:
            cut = _end_at_joint(content.plain, start, start + room)
            if cut <= start:
                break
            cuts.append(cut)
            start = cut
    return content.divide(cuts) if cuts else [content]


def _end_at_joint(text: str, start: int, stop: int) -> int:
    """Return the offset behind the best character at which to cut a long word, or 0 if there is none.

    The best is the last slash. Without a slash it is the last colon, then the last of `-_?#`.
    """
    for joints in ("/", ":", "-_?#"):
        last = max(text.rfind(joint, start, stop) for joint in joints)
        if last >= 0:
            return last + 1
    return 0


class ProsePane(Titled, VerticalScroll, can_focus=False):
    """A pane with a title that scrolls its prose.

    `focus` lets it have the focus. `reached` is the key that scrolls it otherwise. Without
    both, the tab key reaches it only if not all of it is in sight.
    """

    class ReachChanged(Message):
        """The tab key reaches a pane now, or no longer."""

    def __init__(self, *, id: str, focus: bool = False, reached: str = "") -> None:
        """Make an empty pane. `focus`: it can have the focus. `reached` is the key that scrolls it from elsewhere."""
        super().__init__(Prose(), id=id, classes="pane", can_focus=focus)
        self._kept_in_sight = ""
        self._tab_only_if_scrollable = not (focus or reached)
        self.reached = reached or Titled.reached

    @property
    def has_text_below(self) -> bool:
        """Return whether some of the text is below the fold."""
        return self.scroll_offset.y < self.max_scroll_y

    @property
    def below(self) -> str:
        """Return how many rows are below the fold, in words, or ""."""
        if self.has_text_below:
            return f"{self.max_scroll_y - self.scroll_offset.y} more"
        return ""

    def show_fold(self) -> None:
        """Show how many rows are below the fold, and let the tab key reach the pane if it can scroll."""
        can_scroll = self.max_scroll_y > 0
        if (
            self._tab_only_if_scrollable
            and not self.has_focus
            and self.can_focus != can_scroll
        ):
            self.can_focus = can_scroll
            self.post_message(self.ReachChanged())
        super().show_fold()

    def keep_in_sight(self, begins: str) -> None:
        """Scroll to the line that begins with this text, now and after each resize.

        A call that comes while the screen closes finds no text, and does nothing.
        """
        self._kept_in_sight = begins
        for prose in self.query(Prose):
            self.scroll_to(y=prose.row_of(begins), animate=False)

    def on_resize(self) -> None:
        """Scroll to the same line again."""
        if self._kept_in_sight:
            self.keep_in_sight(self._kept_in_sight)

    def show(
        self,
        title: Content | str,
        shown_items: Iterable[Row | Content | WrappedLine],
        ascii: bool = False,
    ) -> None:
        """Show this title and these lines. If the lines changed, scroll to the top."""
        prose = self.query_one(Prose)
        old_lines = prose.lines
        self.entitle(title)
        prose.show(shown_items, ascii)
        if prose.lines != old_lines:
            self.scroll_home(animate=False)


def _line(item: Row | Content | WrappedLine, ascii: bool) -> WrappedLine:
    """Return a row or content as its lead and the text that wraps behind the lead."""
    match item:
        case Content():
            return Content(""), item
        case Row():
            lead_width = 2 * item.indent
            if item.mark is not None:
                lead_width += 3 if ascii else 2  # the mark and a blank
            content = row(item, ascii)
            return content[:lead_width], content[lead_width:]
        case _:
            return item
