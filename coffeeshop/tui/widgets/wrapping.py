"""How a policy wraps: a value stays whole where a row has room for it; a longer one breaks behind `/`, `:` and `,`, so that
the names in an ARN stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from rich.cells import get_character_cell_size
from textual.document._wrapped_document import WrappedDocument

from coffeeshop.harmless import show_as_pictures

WORD = re.compile(r"\s*\S+\s*|\s+")
# A part of a value, up to its joint; the last one with what closes it, for `"` or `*"` is no row.
PIECE = re.compile(r"\s*[^\s/:,]+(?:[/:,]+(?:\*?\"[\]})]*,?(?=\s|$))?)?\s*|[/:,]+\s*|\s+")
JOINTS = "-_."  # behind which a name is cut that is longer than a row


def paint_text(line: str) -> str:
    """Returns a line as it is painted: what is hidden as pictures of one cell, tabs as they are."""
    return "\t".join(map(show_as_pictures, line.split("\t")))


def breaks(line: str, width: int, tab: int = 2) -> list[int]:
    """Tells where a line is broken to fit `width` cells."""
    cells = [
        tab if char == "\t" else get_character_cell_size(char) for char in paint_text(line)
    ]
    if sum(cells) <= width:
        return []
    numbers = list[int]()
    used = 0
    for start, end in _parts(line, cells, width):
        takes = sum(cells[start:end])
        if used and used + takes > width:
            numbers.append(start)
            used = 0
        used += takes
    return numbers


def _parts(line: str, cells: list[int], width: int) -> Iterator[tuple[int, int]]:
    """Yields from where to where a line is not broken: its words, of a word that no row can hold the pieces, and of such a
    piece what a row can hold.
    """
    for word in WORD.finditer(line):
        if sum(cells[slice(*word.span())]) <= width:
            yield word.span()
            continue
        for piece in PIECE.finditer(line, *word.span()):
            start, end = piece.span()
            remaining = sum(cells[start:end])
            while remaining > width and end - start > 1:
                cut = _cut(line, cells, start, end, width)
                yield start, cut
                remaining -= sum(cells[start:cut])
                start = cut
            yield start, end


def _cut(line: str, cells: list[int], start: int, end: int, width: int) -> int:
    """Where a name is cut: behind a joint in the second half of the row, else where the row ends; no row is left that
    holds no letter.
    """
    stop = start + 1
    used = cells[start]
    while used + cells[stop] <= width:
        used += cells[stop]
        stop += 1
    joint = max(line.rfind(each, start, stop) for each in JOINTS) + 1
    cut = joint if joint > (start + stop) // 2 else stop
    closes = not any(map(str.isalnum, line[cut : min(end, cut + width)]))
    if closes and cut - 1 > start:
        return cut - 1
    return cut


class WrappedPolicy(WrappedDocument):
    """A document wrapped by `breaks`, anew after each change: policies are short."""

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Wrap everything; 0 for no wrapping."""
        super().wrap(0, tab_width)
        self._width = width
        if width:
            self._wrap_offsets = [
                breaks(line, width, self._tab_width) for line in self.document.lines
            ]
            rows = [range(len(offsets) + 1) for offsets in self._wrap_offsets]
            number = count()
            self._offset_to_line_info = [
                (line, section) for line, inner in enumerate(rows) for section in inner
            ]
            self._line_index_to_offsets = [[next(number) for _ in inner] for inner in rows]

    def wrap_range(
        self, start: tuple[int, int], old_end: tuple[int, int], new_end: tuple[int, int]
    ) -> None:
        """Wrap again after a change."""
        self.wrap(self._width)

    def part(self, row: int) -> tuple[int, int] | None:
        """Tells which line stands on a row, and which of its rows that is; None below the last."""
        if row < self.height:
            return self._offset_to_line_info[row]
        return None
