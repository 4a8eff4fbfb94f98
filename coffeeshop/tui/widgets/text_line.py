"""A line to type into, which paints what a terminal would obey, or nobody would see, as pictures."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Input

from coffeeshop.harmless import show_on_one_line

# Characters: no document that AWS takes is longer, and all of a line is painted at each of its keys.
LONGEST = 1 << 16


class TextLine(Input):
    """Textual's own line; what stands in it stays as it was typed or pasted, and nothing is taken that is too long for it."""

    def __init__(
        self, value: str | None = None, *, max_length: int = LONGEST, **looks: Any
    ) -> None:
        super().__init__(value, max_length=max_length, **looks)

    @property
    def _value(self) -> Text:
        if self.password:
            return super()._value
        return Text(show_on_one_line(self.value), no_wrap=True, overflow="ignore", end="")

    def _cell_offset_to_index(self, offset: int) -> int:
        offset += self.scroll_offset.x
        ends = accumulate(cell_len(char) for char in show_on_one_line(self.value))
        return next(
            (index for index, end in enumerate(ends) if offset < end), len(self.value)
        )

    def _position_to_cell(self, position: int) -> int:
        return cell_len(show_on_one_line(self.value[:position]))
