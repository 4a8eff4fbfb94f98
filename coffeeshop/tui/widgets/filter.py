"""A row over a list for text that narrows the list. Escape shows everything again."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from coffeeshop.tui.text import STYLES, line, show_on_one_line
from coffeeshop.tui.widgets.text_line import TextLine

MAX_LENGTH = (
    512  # characters. No name or path is longer, and each key paints the whole text
)


class Words(TextLine):
    """The input of a filter.

    Down and enter move the focus to the list.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,enter", "app.focus_next", show=False)
    ]


class Filter(Horizontal):
    """A filter row, hidden until it is opened.

    A row of the list is shown if it contains every typed word, in any case.
    """

    DEFAULT_CSS = """
    Filter { height: 1; padding: 0 1; background: $surface; display: none; }
    Filter Static { width: 2; color: $accent; text-style: bold; }
    Filter Words, Filter Words:focus { width: 1fr; background: transparent; background-tint: transparent; }
    """

    class Narrowed(Message):
        """The text of the filter changed."""

    @property
    def typed_text(self) -> str:
        """Return the text in the filter."""
        return "".join(field.value for field in self.query(Words).results(Words)).strip()

    @property
    def words(self) -> list[str]:
        """Return the words of the filter in lower case."""
        return self.typed_text.lower().split()

    @property
    def fits(self) -> Callable[..., bool]:
        """Return a function that tells whether these texts contain every word of the filter."""
        words = self.words

        def fitting(*texts: str) -> bool:
            """Return whether these texts together contain every word of the filter."""
            text = " ".join(texts).lower()
            return all(word in text for word in words)

        return fitting

    def open_filter(self, typed: str = "") -> None:
        """Show the filter, add `typed` to its text, and give it the focus.

        The input is made at the first call.
        """
        self.display = True
        if not self.query(Words):
            hint = "type to narrow, ⏎ for the list, esc for all"
            field = Words(
                placeholder=hint, compact=True, select_on_focus=False, max_length=MAX_LENGTH
            )
            self.mount(Static("/", markup=False), field)
        field = self.query_one(Words)
        field.value += typed
        field.cursor_position = len(field.value)
        field.focus()

    def clear(self) -> bool:
        """Empty and hide the filter. Return whether it was shown."""
        was_shown = self.display
        self.display = False
        for field in self.query(Words).results(Words):
            field.value = ""
        return was_shown

    def nothing(self) -> Content:
        """Return the sentence for a list in which no row is left."""
        return line(
            "Nothing is called ",
            (show_on_one_line(self.typed_text), "bold"),
            "\n",
            ("esc", STYLES["key"]),
            " shows all.",
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        """Post that the text of the filter changed."""
        event.stop()
        self.post_message(self.Narrowed())
