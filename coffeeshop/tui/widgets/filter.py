"""A row over a list: what is typed into it narrows the list, and escape shows everything again."""

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

LONGEST = 512  # characters: no name is longer, nor a path; a paste of megabytes would be painted at every key


class Words(TextLine):
    """The field; down and enter go on to what is left of the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,enter", "app.focus_next", show=False)
    ]


class Filter(Horizontal):
    """Hidden until `open`, and whenever it is left empty; every word must stand in what is shown, in any case."""

    DEFAULT_CSS = """
    Filter { height: 1; padding: 0 1; background: $surface; display: none; }
    Filter Static { width: 2; color: $accent; text-style: bold; }
    Filter Words, Filter Words:focus { width: 1fr; background: transparent; background-tint: transparent; }
    """

    class Narrowed(Message):
        """Other words stand there."""

    @property
    def typed_text(self) -> str:
        """Tells what is looked for, as it was typed."""
        return "".join(field.value for field in self.query(Words).results(Words)).strip()

    @property
    def words(self) -> list[str]:
        """Tells what is looked for, word by word."""
        return self.typed_text.lower().split()

    @property
    def fits(self) -> Callable[..., bool]:
        """Returns a test of whether a thing of these texts is to be shown."""
        words = self.words

        def fitting(*texts: str) -> bool:
            shown_text = " ".join(texts).lower()
            return all(word in shown_text for word in words)

        return fitting

    def open_filter(self, typed: str = "") -> None:
        """Show it, ready to be typed into, or with this typed; the field is made when it is wanted first."""
        self.display = True
        if not self.query(Words):
            hint = "type to narrow; ⏎ goes to the list, esc shows all"
            field = Words(
                placeholder=hint, compact=True, select_on_focus=False, max_length=LONGEST
            )
            self.mount(Static("/", markup=False), field)
        field = self.query_one(Words)
        field.value += typed
        field.cursor_position = len(field.value)
        field.focus()

    def clear(self) -> bool:
        """Show everything again; whether there was something to clear."""
        is_was = self.display
        self.display = False
        for field in self.query(Words).results(Words):
            field.value = ""
        return is_was

    def nothing(self) -> Content:
        """Returns the sentence where nothing is left."""
        return line(
            "Nothing is called ",
            (show_on_one_line(self.typed_text), "bold"),
            "\n",
            ("esc", STYLES["key"]),
            " shows all.",
        )

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow at once."""
        event.stop()
        self.post_message(self.Narrowed())
