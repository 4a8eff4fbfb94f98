"""A line to type into, which paints what a terminal would obey, or nobody would see, as pictures."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Input

from coffeeshop.harmless import one_line


class TextLine(Input):
    """Textual's own line; what stands in it stays as it was typed or pasted."""

    @property
    def _value(self) -> Text:
        return super()._value if self.password else Text(one_line(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_len(one_line(self.value[:position]))
