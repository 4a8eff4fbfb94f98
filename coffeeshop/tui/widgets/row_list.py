"""A list with a cursor. Each row has an id, and the cursor stays on its row when the rows change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from rich.segment import Segment
from textual.content import Content
from textual.css.styles import RulesMap
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from coffeeshop.tui.text import STYLES, line
from coffeeshop.tui.text import row as row_content
from coffeeshop.tui.widgets.prose import LONG_WORD, cut_long_words
from coffeeshop.tui.widgets.titled import Titled
from coffeeshop.views.named_rows import NamedRows
from coffeeshop.views.rows import Row


class RowLine(Visual):
    """A view's row on one line.

    It is rendered only when it comes into sight, because few of thousands do. `named_rows` holds
    all rows of the list. A row without room keeps the part in which it differs from them.
    """

    def __init__(self, row: Row, named_rows: NamedRows, ascii: bool = False) -> None:
        """Make a line for a row. Its name is shortened so that it differs from those of the other rows (`named_rows`)."""
        self.row = row
        self.named_rows = named_rows
        self.ascii = ascii

    @cached_property
    def _content(self) -> Content:
        """Return the row with its mark, without shortening."""
        return row_content(self.row, self.ascii)

    @property
    def plain(self) -> str:
        """Return the text of the line."""
        return self._content.plain

    def is_same(self, other_row: object) -> bool:
        """Return whether another visual looks the same."""
        return isinstance(other_row, RowLine) and (self.row, self.ascii) == (
            other_row.row,
            other_row.ascii,
        )

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """Return the line as Textual's strips, shortened to the width."""
        fitted = row_content(self.named_rows.fit_row(self.row, width), self.ascii)
        return fitted.render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return the width that the row needs without shortening, in cells."""
        return self._content.get_optimal_width(rules, container_width)

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return the height in rows, which is always 1."""
        return 1  # a row of the list never wraps


class JointedLine(Visual):
    """A content whose long words break at their joints, such as ARNs and URLs."""

    def __init__(self, content: Content) -> None:
        """Make a line that wraps this content, and breaks long words where they have a slash, a colon or the like."""
        self.content = content

    @property
    def plain(self) -> str:
        """Return the text of the line."""
        return self.content.plain

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """Return the wrapped content as Textual's strips, one for each row."""
        rows = (
            each.render_strips(width, None, style, options)
            for each in self._lines(options.rules, width)
        )
        return [strip for strips in rows for strip in strips]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return the width that the content needs without wrapping, in cells."""
        return self.content.get_optimal_width(rules, container_width)

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return the number of rows that the content takes at this width."""
        return sum(each.get_height(rules, width) for each in self._lines(rules, width))

    def _lines(self, rules: RulesMap, width: int) -> list[Content]:
        """Return the content, cut where a word is longer than the width."""
        whole = rules.get("text_wrap") == "nowrap"  # pyright: ignore[reportUnknownMemberType]  # of a name that Textual does not export
        if whole:
            return [self.content]
        return cut_long_words(self.content, width)


Line: TypeAlias = Content | RowLine
Rows: TypeAlias = tuple[tuple[str, Line], ...]


class RowList(Titled, OptionList):
    """A list of rows with a title and a cursor `▸`.

    An empty list shows the sentence `empty`. The tab key skips an empty list if `tab_skips_empty` is
    set. If `starts_unchosen` is set, no row is chosen until the learner presses a key.
    """

    DEFAULT_CSS = """
    RowList {
        height: 1fr; background: transparent; border: none; padding: 0; scrollbar-size-vertical: 1;
        text-wrap: nowrap; text-overflow: ellipsis;
        &:focus { background: transparent; border: none; background-tint: transparent; }
        & > .option-list--option { padding: 0 1 0 2; }
        & > .option-list--option-highlighted { background: transparent; color: $foreground; text-style: none; }
        &:focus > .option-list--option-highlighted { background: $panel; color: $foreground; text-style: bold; }
        & > .option-list--option-hover { background: $panel; }
        & > .option-list--option-disabled { color: $text-muted; }
    }
    """

    @dataclass
    class Moved(Message):
        """The cursor moved to another row.

        `chosen` is the id of the row, or "" for none.
        """

        list: RowList
        chosen: str

        @property
        def control(self) -> RowList:
            """Return the list."""
            return self.list

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a row, or the row was clicked.

        `chosen` is "" if a list that waits has no chosen row.
        """

        list: RowList
        chosen: str

        @property
        def control(self) -> RowList:
            """Return the list."""
            return self.list

    def __init__(
        self,
        *,
        id: str | None = None,
        classes: str | None = None,
        empty: Content | str = "",
        tab_skips_empty: bool = False,
        starts_unchosen: bool = False,
    ) -> None:
        """Make a list without rows.

        `empty` is shown while it has none. With `tab_skips_empty`, tab goes past it. With `starts_unchosen`,
        Enter is posted even if no row is chosen.
        """
        super().__init__(id=id, classes=classes, markup=False)
        if isinstance(empty, str):
            self.empty = Content(empty)
        else:
            self.empty = empty
        self._tab_skips_empty = tab_skips_empty
        self._starts_unchosen = starts_unchosen
        self._shown: Rows = ()
        self._cursor_line = -1  # of the frame that is painted

    def action_page_up(self) -> None:
        """Move up a page, if the list has room for a row."""
        if self.scrollable_content_region.area:
            super().action_page_up()

    def action_page_down(self) -> None:
        """Move down a page, if the list has room for a row."""
        if self.scrollable_content_region.area:
            super().action_page_down()

    def show(self, rows: Iterable[tuple[str, Line]], from_top: bool = False) -> None:
        """Show these (id, content) rows.

        A row with the id "" is a heading, which cannot be chosen. The cursor stays on its row.
        With `from_top` it moves to the first row, unless the list has the focus.
        """
        rows = tuple(rows) or ((("", self.empty),) if self.empty.plain else ())
        if self.option_count and _look_alike(rows, self._shown):
            return
        at, old_id = (
            (0, "")
            if from_top and not self.has_focus
            else (self.highlighted or 0, self.chosen_id)
        )
        self._shown = rows
        jointed = ((id, _joint_content(content)) for id, content in rows)
        self.set_options(
            Option(content, id or None, disabled=not id) for id, content in jointed
        )
        ids = [id for id, _ in rows]
        if old_id and old_id in ids:
            self.highlighted = ids.index(old_id)
        else:
            if self._starts_unchosen:
                self.highlighted = None
            else:
                self.highlighted = self._nearest_selectable(ids, at)
        if self._tab_skips_empty:
            self._set_can_focus(any(ids))
        self.show_fold()

    def on_resize(self) -> None:
        """Clear the cache of wrapped rows, so that `below` counts the rows of the new size."""
        self._clear_caches()

    def _set_can_focus(self, can_focus: bool) -> None:
        """Set whether the tab key reaches the list.

        If the list has the focus and may not keep it, the focus moves to the previous widget.
        """
        if self.has_focus and not can_focus:
            self.screen.focus_previous()
        self.can_focus = can_focus

    @staticmethod
    def _nearest_selectable(ids: list[str], at: int) -> int | None:
        """Return the first selectable row from `at` on. If there is none, return the last one before it, or None."""
        selectable = [index for index, id in enumerate(ids) if id]
        return next(
            (index for index in selectable if index >= at),
            selectable[-1] if selectable else None,
        )

    @property
    def below(self) -> str:
        """Return in words how many rows that can be chosen are below the visible part. Return "" if none are."""
        first_hidden_line = self.scroll_offset.y + self.scrollable_content_region.height
        if not self.scrollable_content_region.area or first_hidden_line >= len(self._lines):
            return ""
        first_hidden_row, _ = self._lines[first_hidden_line]
        hidden_count = sum(bool(id) for id, _ in self._shown[first_hidden_row:])
        return f"{hidden_count} more" if hidden_count else ""

    @property
    def chosen_id(self) -> str:
        """Return the id of the row under the cursor, or ""."""
        option = self.highlighted_option
        return (option.id or "") if option else ""

    def choose(self, id: str) -> None:
        """Put the cursor on the row with this id, if there is one."""
        if id and any(id == shown_id for shown_id, _ in self._shown):
            self.highlighted = self.get_option_index(id)

    def from_top(self) -> None:
        """Scroll to the first row, but keep the cursor in sight."""
        self.scroll_home(animate=False)
        self.call_after_refresh(self.scroll_to_highlight)

    def action_cursor_up(self) -> None:
        """Move up by a row, or by a line in a row that is higher than the list.

        At the first row the cursor stays, and the list scrolls to its top.
        """
        if self._scroll_inside_row(-1):
            return
        at = self.highlighted
        super().action_cursor_up()
        if at is not None and self.highlighted is not None and self.highlighted >= at:
            self.highlighted = at
            self.scroll_home(animate=False)

    def action_cursor_down(self) -> None:
        """Move down by a row, or by a line in a row that is higher than the list.

        At the last row the cursor stays, and the list scrolls to its end.
        """
        if self._scroll_inside_row(1):
            return
        at = self.highlighted
        super().action_cursor_down()
        if at is not None and self.highlighted is not None and self.highlighted <= at:
            self.highlighted = at
            self.scroll_end(animate=False)

    def _scroll_inside_row(self, lines: int) -> bool:
        """Scroll by some lines inside a row that is higher than the list. Return whether it scrolled."""
        row = self.highlighted
        region = self.scrollable_content_region
        if row is None or not region.area or self._heights[row] <= region.height:
            return False
        begins = self._index_to_line[row] - self.scroll_offset.y
        ends = begins + self._heights[row]
        has_more = begins < 0 if lines < 0 else ends > region.height
        if has_more:
            self.scroll_relative(y=lines, animate=False)
        return has_more

    def action_select(self) -> None:
        """Choose the row under the cursor.

        If no row is under it, a list with `starts_unchosen` posts the choice of the id "".
        """
        if self._starts_unchosen and self.highlighted is None:
            self.post_message(self.Chosen(self, ""))
        else:
            super().action_select()

    def on_option_list_option_highlighted(
        self, event: OptionList.OptionHighlighted
    ) -> None:
        """Post that the cursor moved."""
        event.stop()
        self.post_message(self.Moved(self, self.chosen_id))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Post the row that was chosen."""
        event.stop()
        self.post_message(self.Chosen(self, event.option_id or ""))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines in this region of the list.

        The line with the cursor is looked up once for all of them.
        """
        self._cursor_line = -1
        if self.highlighted is not None:
            self._cursor_line = self._index_to_line.get(self.highlighted, -1)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Return a line of the list. The first line of the highlighted row has the cursor."""
        strip = super().render_line(y)
        if self._cursor_line != self.scroll_offset.y + y:
            return strip
        style = next((segment.style for segment in strip if segment.style), None)
        return Strip.join([Strip([Segment("▸", style)], 1), strip.crop(1)])


def _joint_content(content: Line) -> Line | JointedLine:
    """Return content with a long word as a JointedLine, and other content unchanged."""
    if isinstance(content, Content) and LONG_WORD.search(content.plain):
        return JointedLine(content)
    return content


def note(text: str) -> Rows:
    """Return a row below the others that cannot be chosen, or () for an empty text."""
    if text:
        return (("", line((text, STYLES["muted"]))),)
    return ()


def _look_alike(rows: Rows, shown_rows: Rows) -> bool:
    """Return whether two lists of rows look the same.

    Contents compare equal by their text only, so their styles are compared too.
    """
    return len(rows) == len(shown_rows) and all(
        a[0] == b[0] and type(a[1]) is type(b[1]) and a[1].is_same(b[1])  # pyright: ignore[reportArgumentType]  # of one type
        for a, b in zip(rows, shown_rows, strict=True)
    )
