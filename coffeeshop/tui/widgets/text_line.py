"""An input of one line that shows control and invisible characters as pictures."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Input

from coffeeshop.harmless import show_on_one_line

# Characters. AWS accepts no longer document, and each key paints the whole line.
MAX_LENGTH = 1 << 16


class TextLine(Input):
    """An input whose value stays as it was typed or pasted.

    It accepts no text longer than its `max_length`.
    """

    def __init__(
        self, value: str | None = None, *, max_length: int = MAX_LENGTH, **looks: Any
    ) -> None:
        super().__init__(value, max_length=max_length, **looks)

    @property
    def _value(self) -> Text:
        """Return the value as it is painted."""
        if self.password:
            return super()._value
        return Text(show_on_one_line(self.value), no_wrap=True, overflow="ignore", end="")

    def _cell_offset_to_index(self, offset: int) -> int:
        """Return the index of the character at a cell of the input."""
        offset += self.scroll_offset.x
        ends = accumulate(cell_len(char) for char in show_on_one_line(self.value))
        return next(
            (index for index, end in enumerate(ends) if offset < end), len(self.value)
        )

    def _position_to_cell(self, position: int) -> int:
        """Return the screen column of a position in the text, whose control characters are shown as pictures."""
        return cell_len(show_on_one_line(self.value[:position]))
