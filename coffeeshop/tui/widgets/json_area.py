"""A text area for policies: JSON colours of the theme, indentation that follows, tab to the next blank."""

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

from coffeeshop.tui.widgets.json_slot import Slot, slot, takes_value
from coffeeshop.tui.widgets.titled import Titled
from coffeeshop.tui.widgets.wrapping import WrappedPolicy, paint_text

BLANK = re.compile(r'(?<!"Sid": )""')  # what is to be filled in; a Sid need not
NAME = re.compile(r'"([^"\\]*)"\s*:')


Stroke: TypeAlias = (
    "tuple[Style | None, int, int]"  # a style, and from which column to which it is put on
)
NEXT_PANE = "Next pane"  # what tab does where no blank is left


class JsonArea(Titled, TextArea):
    """`slot` and `element` say what stands on the cursor's line, for completion."""

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
        """A key that changes the text, or goes on in it, had nothing to change and nowhere to go."""

        why: str

    def __init__(
        self, text: str, *, id: str | None = None, classes: str | None = None
    ) -> None:
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
        """Tells how many rows are below the fold; blank lines at the end are no more to read."""
        fold = self.scroll_offset.y + self.scrollable_content_region.height
        blank = sum(
            1
            for _ in takewhile(lambda line: not line.strip(), reversed(self.document.lines))
        )
        hidden = self.wrapped_document.height - blank - fold
        return f"{hidden} more" if hidden > 0 else ""

    def get_line(self, line_index: int) -> Text:
        """Returns a line as it is painted."""
        return Text(paint_text(self.document.get_line(line_index)), end="", no_wrap=True)

    def _render_line(self, y: int) -> Strip:
        """Paint a row by itself: TextArea colours and cuts all of a line for each of its rows, at every press, and takes the
        columns of its colours from the pictures of what is hidden.
        """
        wrapped = cast("WrappedPolicy", self.wrapped_document)
        if (part := wrapped.part(y + self.scroll_offset.y)) is None:
            return super()._render_line(y)
        at, section = part
        ends = wrapped.get_offsets(at)
        line = self.document.get_line(at)
        # TextArea's own: "▌" of an empty line that is selected; a tab is as wide as what is before it leaves.
        if not line or "\t" in line:
            return super()._render_line(y)
        start = (0, *ends)[section]
        end = (*ends, len(line))[section]
        return self._strip(at, section, self._coloured_part(at, line, start, end))

    def _strip(self, at: int, section: int, text: Text) -> Strip:
        """Returns a row with the number of its line, if it is the first of it, as wide as the window."""
        looks = self._looks
        is_mine = self.highlight_cursor_line and self._has_cursor_on(at)
        if is_mine:
            style = looks.cursor_line_gutter_style
        else:
            style = looks.gutter_style
        number = (
            f"{'' if section else at + self.line_number_start:>{self.gutter_width - 2}}  "
        )
        width = self.scrollable_content_region.size.width - self.gutter_width
        row = Strip(text.render(self.shell.console), text.cell_len)
        row = row.extend_cell_length(
            width, looks.cursor_line_style if is_mine else looks.base_style
        )
        whole = Strip.join([Strip([Segment(number, style)]), row])
        return whole.apply_style(looks.base_style or self.rich_style)

    @property
    def _looks(self) -> TextAreaTheme:
        return self._theme or TextAreaTheme("none")

    def _has_cursor_on(self, at: int) -> bool:
        return self._has_cursor and self.cursor_location[0] == at

    def _coloured_part(self, at: int, line: str, start: int, end: int) -> Text:
        """Returns these columns of a line with all that TextArea puts on them, each over the one before."""
        # A cell for the cursor.
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
        """The line of the cursor, and what is selected of a line."""
        whole = len(self.document.get_line(at))
        (top, bottom) = sorted(self.selection)
        if self.highlight_cursor_line and self._has_cursor_on(at):
            yield self._looks.cursor_line_style, 0, whole + 1
        if top != bottom and top[0] <= at <= bottom[0]:
            first = top[1] * (top[0] == at)
            last = bottom[1] if bottom[0] == at else whole
            yield self._looks.selection_style, first, last

    def _syntax(self, at: int, line: str, start: int, end: int) -> Iterator[Stroke]:
        """The colours of the syntax between two columns; they are counted in bytes, of the text before an edit for a while."""
        data = line.encode()
        first = len(line[:start].encode())
        last = len(line[:end].encode())
        for begins, ends, name in self._highlights[at]:
            if begins < last and (ends is None or ends > first):
                begun, ended = (
                    len(data[:at].decode(errors="ignore")) for at in (begins, ends)
                )
                yield self._looks.syntax_styles.get(name), begun, ended

    def _cursor_strokes(self, at: int) -> Iterator[Stroke]:
        """The cursor, and the brackets that belong together."""
        column = self.cursor_location[1]
        is_mine = self._has_cursor_on(at)
        pairs = self._has_cursor and self.match_cursor_bracket and self.selection.is_empty
        if pairs:
            other_location = self._matching_bracket_location
        else:
            other_location = None
        if is_mine and other_location:
            yield self._looks.bracket_matching_style, column, column + 1
        if is_mine and self._draw_cursor:
            yield self._looks.cursor_style, column, column + 1
        if other_location and other_location[0] == at:
            yield (
                self._looks.bracket_matching_style,
                other_location[1],
                other_location[1] + 1,
            )

    def _set_document(self, text: str, language: str | None) -> None:
        """Wrap it as a policy."""
        super()._set_document(text, language)
        self.wrapped_document = WrappedPolicy(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """Wrap for the new size before it is painted: a screen paints its layout before its widgets hear of it, and
        TextArea, which waits to hear, would show lines that were wrapped for another width.
        """
        changed = super()._size_updated(size, virtual_size, container_size, layout)
        if changed:
            self._rewrap_and_refresh_virtual_size()
        return changed

    def _rewrap_and_refresh_virtual_size(self) -> None:
        """Wrap anew and paint anew, also where the text is as high as it was, which to TextArea is no change."""
        super()._rewrap_and_refresh_virtual_size()
        self.refresh()

    def underline(self, spans: Sequence[tuple[int, int]]) -> None:
        """Mark spans of the text, each within a line, until it changes."""
        self._spans = self.text, tuple(spans)
        self._build_highlight_map()
        self.refresh()

    def _build_highlight_map(self) -> None:
        """The colours of the syntax, and over them the marked spans; columns are counted in bytes there."""
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
        """Returns the document, which is one also where it is coloured."""
        return cast("Document", self.document)

    @property
    def shell(self) -> App[None]:
        """Returns the app, for its theme."""
        return self.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # its type is left open

    def on_mount(self) -> None:
        """Colours of the theme; without the parser the text stays plain."""
        try:
            self.language = "json"
        except Exception:  # whatever the parser library raises: colours are a comfort
            self.language = None
        self.paint()

    def watch(
        self,
        obj: DOMNode,
        attribute_name: str,
        callback: WatchCallbackType,
        init: bool = True,
    ) -> None:
        """Watch what goes when this does; the app, which stays, would hold every text that was ever opened, and of its
        theme `paint` is told.
        """
        if obj is not self.shell:
            super().watch(obj, attribute_name, callback, init)

    def paint(self) -> None:
        """Take the colours of the app's theme."""
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
        """A new line keeps the indentation; after a bracket it goes one step in."""
        if event.key != "enter" or self.read_only:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        row, column = self.cursor_location
        before = self.document.get_line(row)[:column]
        depth = len(before) - len(before.lstrip(" "))
        depth += 2 if before.rstrip().endswith(("{", "[")) else 0
        self.replace("\n" + " " * depth, *self.selection)

    def action_undo(self) -> None:
        """Take the last change of the text back, or that there is none."""
        old_text = self.text
        super().action_undo()
        if self.text == old_text:
            self.post_message(
                self.Unchanged("nothing to undo: this is how the text was opened")
            )

    def action_redo(self) -> None:
        """Make the change again that was taken back, or that there is none."""
        old_text = self.text
        super().action_redo()
        if self.text == old_text:
            self.post_message(self.Unchanged("nothing to redo"))

    @property
    def _blanks(self) -> list[int]:
        """Where each blank stands, between its quotes."""
        return [match.start() + 1 for match in BLANK.finditer(self.text)]

    @property
    def blank(self) -> int | None:
        """Tells where the next blank after the cursor stands, or from the top again; None where there is no other one."""
        numbers = [at for at in self._blanks if at != self.cursor_offset]
        return next(
            (at for at in numbers if at > self.cursor_offset),
            numbers[0] if numbers else None,
        )

    @property
    def tab(self) -> str:
        """Tells where tab goes; "" in the only blank, which it does not leave."""
        if self.blank is not None:
            return "Blank"
        if self._blanks:
            return ""
        return NEXT_PANE

    def action_next_blank(self) -> None:
        """Into the next pair of quotes with nothing between; where there is none at all, to the next pane."""
        if self.blank is not None:
            self.move_cursor(self.source.get_location_from_index(self.blank))
        elif self._blanks:
            self.post_message(
                self.Unchanged("the only blank left: type, or F9 proposes names")
            )
        else:
            self.screen.focus_next()

    def first_blank(self, after: int = 0) -> None:
        """Put the cursor into the first blank from there on; to the start where there is none."""
        match = BLANK.search(self.text, after)
        self.move_cursor(
            self.source.get_location_from_index(match.start() + 1 if match else 0)
        )

    def get_cursor_line_end_location(self) -> tuple[int, int]:
        """Returns the end of the line of the text, also of one that is shown on several rows."""
        row, _ = self.cursor_location
        return row, len(self.document.get_line(row))

    def get_cursor_line_start_location(self, smart_home: bool = False) -> tuple[int, int]:
        """Returns its start."""
        return self.cursor_location[0], 0

    def get_cursor_down_location(self) -> tuple[int, int]:
        """Returns the place below: the next line of the text, also from one that is shown on several rows."""
        return self._location_beside(1)

    def get_cursor_up_location(self) -> tuple[int, int]:
        """Returns the place above: the line before."""
        return self._location_beside(-1)

    def _location_beside(self, step: int) -> tuple[int, int]:
        row, column = self.cursor_location
        if not 0 <= row + step < self.document.line_count:
            return (row, len(self.document.get_line(row)) if step > 0 else 0)
        wish = max(
            column, self.navigator.last_x_offset
        )  # where it came from, past shorter lines
        return row + step, min(wish, len(self.document.get_line(row + step)))

    @property
    def cursor_offset(self) -> int:
        """Returns the cursor as an offset into the text."""
        return self.source.get_index_from_location(self.cursor_location)

    @property
    def slot(self) -> Slot | None:
        """Tells where on the cursor's line a proposed name goes; None where none can stand."""
        row, column = self.cursor_location
        if not self.document.get_line(row).strip() and not takes_value(
            self.text[: self.cursor_offset]
        ):
            return None
        following = "".join(self.document.lines[row + 1 :]).lstrip()
        return slot(self.document.get_line(row), column, following)

    @property
    def element(self) -> str:
        """Returns the name before the value that F9 would replace: "Action", "Resource", "AWS"; "" where there is none."""
        slot = self.slot
        if slot is None:
            return ""
        before = self.text[
            : self.source.get_index_from_location((self.cursor_location[0], slot.start))
        ]
        return next((match[1] for match in reversed(list(NAME.finditer(before)))), "")

    def complete(self, name: str) -> None:
        """Put a name where the line's value stands, and the cursor behind it, inside the quotes."""
        if (slot := self.slot) is not None:
            row, _ = self.cursor_location
            self.replace(
                f'{slot.before}"{name}"{slot.after}', (row, slot.start), (row, slot.end)
            )
            self.move_cursor((row, slot.start + len(slot.before) + 1 + len(name)))
