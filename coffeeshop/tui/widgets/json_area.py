"""A text area for policies, with JSON colours, automatic indentation, and the tab key for the next blank."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import ClassVar, TypeAlias, cast

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual._text_area_theme import TextAreaTheme
from textual._types import WatchCallbackType
from textual.app import App
from textual.binding import Binding, BindingType
from textual.document._document import Document
from textual.document._document_navigator import DocumentNavigator
from textual.dom import DOMNode
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from coffeeshop.tui.widgets.json_slot import Slot, find_slot, takes_value
from coffeeshop.tui.widgets.titled import Titled
from coffeeshop.tui.widgets.wrapping import WrappedPolicy, paint_text

BLANK_PATTERN = re.compile(r'(?<!"Sid": )""')  # a value to fill in. A Sid is optional
NAME_PATTERN = re.compile(r'"([^"\\]*)"\s*:')


Stroke: TypeAlias = "tuple[Style | None, int, int]"  # a style, its first column, and the column behind its last one
NEXT_PANE = "Next pane"  # the tab key's label if no blank is left


class JsonArea(Titled, TextArea):
    """A text area for policies.

    `slot` and `element` are the place and the element for F9's proposals.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_blank", show=False, priority=True)
    ]
    DEFAULT_CSS = """
    JsonArea { border: none; padding: 0; background: transparent; height: 1fr;
        &:focus { border: none; }
        & .text-area--cursor-line { background: $surface; }
        & .text-area--cursor-gutter { background: $surface; color: $accent; text-style: bold; }
        & .text-area--gutter { color: $text-muted; }
        & .text-area--selection { background: $primary 40%; }
        & .text-area--cursor { background: $accent; color: $background; }
    }
    """

    @dataclass
    class Unchanged(Message):
        """A key had no effect, for the reason `why`."""

        why: str

    def __init__(
        self, text: str, *, id: str | None = None, classes: str | None = None
    ) -> None:
        """Make a text area for a policy. Nothing is underlined at first."""
        self._spans: tuple[str, tuple[tuple[int, int], ...]] = "", ()
        super().__init__(
            text,
            show_line_numbers=True,
            soft_wrap=True,
            id=id,
            classes=classes,
            compact=True,
        )
        self.indent_width = 2

    @property
    def below(self) -> str:
        """Return how many rows are below the fold, in words, or "". Blank lines at the end don't count."""
        fold = self.scroll_offset.y + self.scrollable_content_region.height
        blank = sum(
            1
            for _ in takewhile(lambda line: not line.strip(), reversed(self.document.lines))
        )
        hidden = self.wrapped_document.height - blank - fold
        return f"{hidden} more" if hidden > 0 else ""

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is painted."""
        return Text(paint_text(self.document.get_line(line_index)), end="", no_wrap=True)

    def _render_line(self, y: int) -> Strip:
        """Return one painted row.

        TextArea colours and cuts the whole line for each of its rows at each key. It also
        counts the columns of its colours in the text after hidden characters are replaced.
        """
        wrapped = cast("WrappedPolicy", self.wrapped_document)
        if (part := wrapped.part(y + self.scroll_offset.y)) is None:
            return super()._render_line(y)
        at, section = part
        ends = wrapped.get_offsets(at)
        line = self.document.get_line(at)
        # TextArea draws "▌" for an empty selected line, and computes the width of a tab.
        if not line or "\t" in line:
            return super()._render_line(y)
        start = (0, *ends)[section]
        end = (*ends, len(line))[section]
        return self._strip(at, section, self._coloured_part(at, line, start, end))

    def _strip(self, at: int, section: int, text: Text) -> Strip:
        """Return a painted row of line `at`, as wide as the window.

        `section` counts the rows of a wrapped line. The first one has the line's number.
        """
        looks = self._area_theme
        is_cursor_line = self.highlight_cursor_line and self._has_cursor_on(at)
        if is_cursor_line:
            style = looks.cursor_line_gutter_style
        else:
            style = looks.gutter_style
        number = (
            f"{'' if section else at + self.line_number_start:>{self.gutter_width - 2}}  "
        )
        width = self.scrollable_content_region.size.width - self.gutter_width
        row = Strip(text.render(self.shell.console), text.cell_len)
        row = row.extend_cell_length(
            width, looks.cursor_line_style if is_cursor_line else looks.base_style
        )
        strip = Strip.join([Strip([Segment(number, style)]), row])
        return strip.apply_style(looks.base_style or self.rich_style)

    @property
    def _area_theme(self) -> TextAreaTheme:
        """Return the theme of the text area."""
        return self._theme or TextAreaTheme("none")

    def _has_cursor_on(self, at: int) -> bool:
        """Return whether the cursor is visible and in line number `at`."""
        return self._has_cursor and self.cursor_location[0] == at

    def _coloured_part(self, at: int, line: str, start: int, end: int) -> Text:
        """Return a part of a line with its styles: the selection, then the syntax, then the cursor.

        Later styles are over earlier ones.
        """
        # The end of a line has one cell more for the cursor.
        text = Text(
            paint_text(line[start:end]) + " " * (end == len(line)), end="", no_wrap=True
        )
        strokes = (
            *self._selection_strokes(at),
            *self._syntax(at, line, start, end),
            *self._cursor_strokes(at),
        )
        for style, begins, ends in strokes:
            if style and begins <= end and ends > start:
                text.stylize(style, max(begins - start, 0), ends - start)
        return text

    def _selection_strokes(self, at: int) -> Iterator[Stroke]:
        """Yield the strokes behind the text of line `at`: of the cursor's line, and of the selection."""
        whole = len(self.document.get_line(at))
        (top, bottom) = sorted(self.selection)
        if self.highlight_cursor_line and self._has_cursor_on(at):
            yield self._area_theme.cursor_line_style, 0, whole + 1
        if top != bottom and top[0] <= at <= bottom[0]:
            first = top[1] * (top[0] == at)
            last = bottom[1] if bottom[0] == at else whole
            yield self._area_theme.selection_style, first, last

    def _syntax(self, at: int, line: str, start: int, end: int) -> Iterator[Stroke]:
        """Yield the strokes of the syntax colours in line `at` that touch the columns from `start` to `end`.

        TextArea counts their columns in bytes. For a moment after an edit they belong to the
        text before it.
        """
        data = line.encode()
        first_byte = len(line[:start].encode())
        end_byte = len(line[:end].encode())
        for start_byte, stop_byte, name in self._highlights[at]:
            if start_byte < end_byte and (stop_byte is None or stop_byte > first_byte):
                start_column, end_column = (
                    len(data[:byte_count].decode(errors="ignore"))
                    for byte_count in (start_byte, stop_byte)
                )
                yield self._area_theme.syntax_styles.get(name), start_column, end_column

    def _cursor_strokes(self, at: int) -> Iterator[Stroke]:
        """Yield the strokes over the text of line `at`: of the cursor, and of the two matching brackets."""
        column = self.cursor_location[1]
        is_cursor_line = self._has_cursor_on(at)
        shows_brackets = (
            self._has_cursor and self.match_cursor_bracket and self.selection.is_empty
        )
        if shows_brackets:
            bracket = self._matching_bracket_location
        else:
            bracket = None
        if is_cursor_line and bracket:
            yield self._area_theme.bracket_matching_style, column, column + 1
        if is_cursor_line and self._draw_cursor:
            yield self._area_theme.cursor_style, column, column + 1
        if bracket and bracket[0] == at:
            yield (
                self._area_theme.bracket_matching_style,
                bracket[1],
                bracket[1] + 1,
            )

    def _set_document(self, text: str, language: str | None) -> None:
        """Set the text, and wrap it as a policy."""
        super()._set_document(text, language)
        self.wrapped_document = WrappedPolicy(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Wrap the text for the new size before it is painted.

        A screen paints its layout before its widgets get the resize event. TextArea waits for
        the event, so it would show lines wrapped for the old width.
        """
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if changed:
            self._rewrap_and_refresh_virtual_size()
        return changed

    def _rewrap_and_refresh_virtual_size(self) -> None:
        """Wrap and paint the text again.

        TextArea does not paint it if the height stays the same.
        """
        super()._rewrap_and_refresh_virtual_size()
        self.refresh()

    def underline(self, spans: Sequence[tuple[int, int]]) -> None:
        """Underline spans of the text, each within one line, until the text changes."""
        self._spans = self.text, tuple(spans)
        self._build_highlight_map()
        self.refresh()

    def _build_highlight_map(self) -> None:
        """Build the syntax colours and add the underlined spans.

        The map counts columns in bytes.
        """
        super()._build_highlight_map()
        text, spans = self._spans
        for start, end in spans if text == self.text else ():
            row, column = self.source.get_location_from_index(start)
            line = self.document.get_line(row)
            begins, ends = (
                len(line[:at].encode()) for at in (column, column + end - start)
            )
            self._highlights[row].append((begins, ends, "problem"))

    @property
    def source(self) -> Document:
        """Return the document with the type of its base class, which a coloured one also has."""
        return cast("Document", self.document)

    @property
    def shell(self) -> App[None]:
        """Return the app, for its theme."""
        return self.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # its type is left open

    def on_mount(self) -> None:
        """Turn on JSON colours. Without the parser the text stays plain."""
        try:
            self.language = "json"
        except Exception:
            # Any error of the parser library: the editor works without colours.
            self.language = None
        self.paint()

    def watch(
        self,
        obj: DOMNode,
        attribute_name: str,
        callback: WatchCallbackType,
        init: bool = True,
    ) -> None:
        """Watch an object, unless it is the app.

        The app would keep a reference to every text area ever opened. `paint` is called for its
        theme instead.
        """
        if obj is not self.shell:
            super().watch(obj, attribute_name, callback, init)

    def paint(self) -> None:
        """Use the colours of the app's theme."""
        colours = self.shell.theme_variables
        styles = {
            "json.label": Style(color=colours["accent"]),
            "string": Style(color=colours["text-success"]),
            "number": Style(color=colours["secondary"]),
            "boolean": Style(color=colours["secondary"]),
            "json.null": Style(color=colours["secondary"]),
            "problem": Style(color=colours["text-error"], underline=True),
        }
        self.register_theme(TextAreaTheme(name=self.shell.theme, syntax_styles=styles))
        self.theme = self.shell.theme

    async def _on_key(self, event: events.Key) -> None:
        """Handle a key.

        Enter keeps the indentation, and adds two spaces behind an opening bracket.
        """
        if event.key != "enter" or self.read_only:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        indent = len(before) - len(before.lstrip(" "))
        indent += 2 if before.rstrip().endswith(("{", "[")) else 0
        self.replace("\n" + " " * indent, *self.selection)

    def action_undo(self) -> None:
        """Undo the last change of the text, or post that there is none."""
        old_text = self.text
        super().action_undo()
        if self.text == old_text:
            self.post_message(
                self.Unchanged("nothing to undo: this is how the text was opened")
            )

    def action_redo(self) -> None:
        """Redo the last change that was undone, or post that there is none."""
        old_text = self.text
        super().action_redo()
        if self.text == old_text:
            self.post_message(self.Unchanged("nothing to redo"))

    @property
    def _blanks(self) -> list[int]:
        """Return the offset of each blank, between its quotes."""
        return [match.start() + 1 for match in BLANK_PATTERN.finditer(self.text)]

    @property
    def blank(self) -> int | None:
        """Return the offset of the next blank after the cursor, or of the first one in the text.

        Return None if there is no blank other than the one under the cursor.
        """
        other_blanks = [at for at in self._blanks if at != self.cursor_offset]
        return next(
            (at for at in other_blanks if at > self.cursor_offset),
            other_blanks[0] if other_blanks else None,
        )

    @property
    def tab(self) -> str:
        """Return the label of the tab key, or "" if the cursor is in the only blank."""
        if self.blank is not None:
            return "Blank"
        if self._blanks:
            return ""
        return NEXT_PANE

    def action_next_blank(self) -> None:
        """Move the cursor to the next blank.

        If the text has no blank, move the focus to the next pane.
        """
        if self.blank is not None:
            self.move_cursor(self.source.get_location_from_index(self.blank))
        elif self._blanks:
            self.post_message(self.Unchanged("this is the only blank left"))
        else:
            self.screen.focus_next()

    def first_blank(self, after: int = 0) -> None:
        """Put the cursor in the first blank from offset `after`, or at the start if there is none."""
        match = BLANK_PATTERN.search(self.text, after)
        self.move_cursor(
            self.source.get_location_from_index(match.start() + 1 if match else 0)
        )

    def get_cursor_line_end_location(self) -> tuple[int, int]:
        """Return the end of the whole line, even if it is shown on several rows."""
        row, _ = self.cursor_location
        return row, len(self.document.get_line(row))

    def get_cursor_line_start_location(self, smart_home: bool = False) -> tuple[int, int]:
        """Return the start of the whole line."""
        return self.cursor_location[0], 0

    def get_cursor_down_location(self) -> tuple[int, int]:
        """Return the place in the next line, even if this one is shown on several rows."""
        return self._location_beside(1)

    def get_cursor_up_location(self) -> tuple[int, int]:
        """Return the place in the previous line."""
        return self._location_beside(-1)

    def _location_beside(self, step: int) -> tuple[int, int]:
        """Return the place `step` lines further.

        At the first or last line it is the start or the end of that line.
        """
        row, column = self.cursor_location
        if not 0 <= row + step < self.document.line_count:
            return (row, len(self.document.get_line(row)) if step > 0 else 0)
        # The column before the cursor crossed shorter lines.
        wanted_column = max(column, self.navigator.last_x_offset)
        return row + step, min(wanted_column, len(self.document.get_line(row + step)))

    @property
    def cursor_offset(self) -> int:
        """Return the offset of the cursor in the text."""
        return self.source.get_index_from_location(self.cursor_location)

    @property
    def slot(self) -> Slot | None:
        """Return the slot for a proposed name on the cursor's line, or None if no value can be there."""
        row, column = self.cursor_location
        if not self.document.get_line(row).strip() and not takes_value(
            self.text[: self.cursor_offset]
        ):
            return None
        following = "".join(self.document.lines[row + 1 :]).lstrip()
        return find_slot(self.document.get_line(row), column, following)

    @property
    def element(self) -> str:
        """Return the element whose value F9 would replace: the last name before the slot, such as "Action".

        Return "" if there is none.
        """
        slot = self.slot
        if slot is None:
            return ""
        before = self.text[
            : self.source.get_index_from_location((self.cursor_location[0], slot.start))
        ]
        return next(
            (match[1] for match in reversed(list(NAME_PATTERN.finditer(before)))), ""
        )

    def complete(self, name: str) -> None:
        """Put a name in the slot, and the cursor behind it, inside the quotes."""
        if (slot := self.slot) is not None:
            row, _ = self.cursor_location
            self.replace(
                f'{slot.before}"{name}"{slot.after}', (row, slot.start), (row, slot.end)
            )
            self.move_cursor((row, slot.start + len(slot.before) + 1 + len(name)))
