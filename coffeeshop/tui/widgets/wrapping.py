"""How a policy wraps: a long line breaks behind `/`, `:` and `,` too, so that the names in an ARN stay whole."""

from __future__ import annotations

import re
from itertools import count

from rich.cells import get_character_cell_size
from textual.document._wrapped_document import WrappedDocument

from coffeeshop.harmless import pictured

PIECE = re.compile(r"[^\s/:,]+[/:,]*\s*|[/:,]+\s*|\s+")


def shown(line: str) -> str:
    """Returns a line as it is painted: what is hidden as pictures of one cell, tabs as they are."""
    return "\t".join(map(pictured, line.split("\t")))


def breaks(line: str, width: int, tab: int = 2) -> list[int]:
    """Tells where a line is broken to fit `width` cells; a piece that is longer is cut."""
    cells = [tab if char == "\t" else get_character_cell_size(char) for char in shown(line)]
    if sum(cells) <= width:
        return []
    found, used = list[int](), 0
    for start, end in (piece.span() for piece in PIECE.finditer(line)):
        if used and used + sum(cells[start:end]) > width:
            found.append(start)
            used = 0
        for at in range(start, end):
            if used and used + cells[at] > width:
                found.append(at)
                used = 0
            used += cells[at]
    return found


class WrappedPolicy(WrappedDocument):
    """A document wrapped by `breaks`, anew after each change: policies are short."""

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Wrap everything; 0 for no wrapping."""
        super().wrap(0, tab_width)
        self._width = width
        if width:
            self._wrap_offsets = [breaks(line, width, self._tab_width) for line in self.document.lines]
            rows = [range(len(offsets) + 1) for offsets in self._wrap_offsets]
            number = count()
            self._offset_to_line_info = [
                (line, section) for line, inner in enumerate(rows) for section in inner
            ]
            self._line_index_to_offsets = [[next(number) for _ in inner] for inner in rows]

    def wrap_range(self, start: tuple[int, int], old_end: tuple[int, int], new_end: tuple[int, int]) -> None:
        """Wrap again after a change."""
        self.wrap(self._width)

    def part(self, row: int) -> tuple[int, int] | None:
        """Tells which line stands on a row, and which of its rows that is; None below the last."""
        return self._offset_to_line_info[row] if row < self.height else None
