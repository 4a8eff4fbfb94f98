"""A text area for policies: JSON colours of the theme, indentation that follows, tab to the next blank."""

from __future__ import annotations

import re
from typing import ClassVar, cast

from rich.style import Style
from textual import events
from textual._text_area_theme import TextAreaTheme
from textual.app import App
from textual.binding import Binding, BindingType
from textual.document._document import Document
from textual.widgets import TextArea

BLANK = '""'
ELEMENT = re.compile(r'"(Action|NotAction|Resource|NotResource|AWS|Service|Federated|Effect|Condition|Principal)"\s*:')


class JsonArea(TextArea):
    """`element` and `typed` say what stands under the cursor, for completion."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "next_blank", show=False, priority=True)]
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

    def __init__(self, text: str, *, id: str | None = None) -> None:
        super().__init__(text, show_line_numbers=True, soft_wrap=True, id=id, compact=True)
        self.indent_width = 2

    @property
    def source(self) -> Document:
        """The document, which is one also where it is coloured."""
        return cast("Document", self.document)

    @property
    def shell(self) -> App[None]:
        """The app, for its theme."""
        return self.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # its type is left open

    def on_mount(self) -> None:
        """Colours of the theme; without the parser the text stays plain."""
        try:
            self.language = "json"
        except Exception:  # whatever the parser library raises: colours are a comfort
            self.language = None
        self.paint()

    def paint(self) -> None:
        """Take the colours of the app's theme."""
        colours = self.shell.theme_variables
        styles = {
            "json.label": Style(color=colours["accent"]),
            "string": Style(color=colours["text-success"]),
            "number": Style(color=colours["secondary"]),
            "boolean": Style(color=colours["secondary"]),
            "json.null": Style(color=colours["secondary"]),
            "json.error": Style(color=colours["text-error"], underline=True),
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
        depth = len(before) - len(before.lstrip(" ")) + (2 if before.rstrip().endswith(("{", "[")) else 0)
        self.replace("\n" + " " * depth, *self.selection)

    def action_next_blank(self) -> None:
        """Into the next pair of quotes with nothing between; where there is none, to the next pane."""
        at = self.text.find(BLANK, self.here)
        if at < 0:
            self.screen.focus_next()
        else:
            self.move_cursor(self.source.get_location_from_index(at + 1))

    def first_blank(self, after: int = 0) -> None:
        """Put the cursor into the first blank from there on that is no Sid's; to the start where there is none."""
        found = re.compile('(?<!"Sid": )""').search(self.text, after)
        self.move_cursor(self.source.get_location_from_index(found.start() + 1 if found else 0))

    def get_cursor_down_location(self) -> tuple[int, int]:
        """Down goes to the next line of the text, also from one that is shown on several rows."""
        return self._beside(1)

    def get_cursor_up_location(self) -> tuple[int, int]:
        """Up, to the line before."""
        return self._beside(-1)

    def _beside(self, step: int) -> tuple[int, int]:
        row, column = self.cursor_location
        if not 0 <= row + step < self.document.line_count:
            return (row, len(self.document.get_line(row)) if step > 0 else 0)
        wish = max(column, self.navigator.last_x_offset)  # where it came from, past shorter lines
        return row + step, min(wish, len(self.document.get_line(row + step)))

    @property
    def here(self) -> int:
        """The cursor as an offset into the text."""
        return self.source.get_index_from_location(self.cursor_location)

    @property
    def before(self) -> str:
        """The text up to the cursor."""
        return self.text[: self.here]

    @property
    def element(self) -> str:
        """The policy element whose value the cursor stands in: "Action", "Resource", "AWS"; "" outside of any."""
        return next((match[1] for match in reversed(list(ELEMENT.finditer(self.before)))), "")

    @property
    def typed(self) -> str:
        """What stands between the last quote and the cursor, on this line."""
        line = self.before.rpartition("\n")[2]
        return line.rpartition('"')[2] if line.count('"') % 2 else ""

    def complete(self, name: str) -> None:
        """Put a name where the word under the cursor stands; with quotes, where there are none."""
        row, column = self.cursor_location
        line, inside = self.document.get_line(row), self.before.rpartition("\n")[2].count('"') % 2
        if not inside and line[column : column + 1] == '"':  # before a value: all of it
            end = line.find('"', column + 1)
            self.replace(name, (row, column + 1), (row, end if end >= 0 else len(line)))
            return
        end = line.find('"', column) if inside else column
        self.replace(
            name if inside else f'"{name}"', (row, column - len(self.typed)), (row, end if end >= 0 else column)
        )
        self.move_cursor((row, column - len(self.typed) + len(name)) if not inside else self.cursor_location)
