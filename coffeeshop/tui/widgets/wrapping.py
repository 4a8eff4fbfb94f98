"""How a policy wraps.

A value is kept whole if a row has room for it. A longer one breaks behind `/`, `:` and `,`, so
the names in an ARN stay whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from rich.cells import get_character_cell_size
from textual.document._wrapped_document import WrappedDocument

from coffeeshop.harmless import show_as_pictures

WORD_PATTERN = re.compile(r"\s*\S+\s*|\s+")
# A part of a value up to its joint. The last part keeps its closing quote and brackets.
PIECE_PATTERN = re.compile(
    r"\s*[^\s/:,]+(?:[/:,]+(?:\*?\"[\]})]*,?(?=\s|$))?)?\s*|[/:,]+\s*|\s+"
)
JOINT_CHARACTERS = "-_."  # a name that is longer than a row is cut behind one of these


def paint_text(line: str) -> str:
    """Return a line as it is painted.

    Hidden characters become pictures of one cell, and tabs stay.
    """
    return "\t".join(map(show_as_pictures, line.split("\t")))


def line_breaks(line: str, width: int, tab: int = 2) -> list[int]:
    """Return the columns at which a line breaks to fit `width` cells."""
    cells = [
        tab if char == "\t" else get_character_cell_size(char) for char in paint_text(line)
    ]
    if sum(cells) <= width:
        return []
    columns = list[int]()
    used = 0
    for start, end in _unbroken_parts(line, cells, width):
        takes = sum(cells[start:end])
        if used and used + takes > width:
            columns.append(start)
            used = 0
        used += takes
    return columns


def _unbroken_parts(line: str, cells: list[int], width: int) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each part of a line that stays together on one row.

    Each word is a part. A word that is longer than a row is split into pieces, and a piece that is
    longer than a row is cut to the row's width.
    """
    for word in WORD_PATTERN.finditer(line):
        if sum(cells[slice(*word.span())]) <= width:
            yield word.span()
            continue
        for piece in PIECE_PATTERN.finditer(line, *word.span()):
            start, end = piece.span()
            rest = sum(cells[start:end])
            while rest > width and end - start > 1:
                cut = _cut_column(line, cells, start, end, width)
                yield start, cut
                rest -= sum(cells[start:cut])
                start = cut
            yield start, end


def _cut_column(line: str, cells: list[int], start: int, end: int, width: int) -> int:
    """Return the column at which a long name is cut.

    It is behind a joint, such as a hyphen, in the second half of the row, else at the end of the row. It
    is one column earlier if the next row would only have punctuation.
    """
    stop = start + 1
    used = cells[start]
    while used + cells[stop] <= width:
        used += cells[stop]
        stop += 1
    after_joint = max(line.rfind(each, start, stop) for each in JOINT_CHARACTERS) + 1
    cut = after_joint if after_joint > (start + stop) // 2 else stop
    leaves_only_punctuation = not any(map(str.isalnum, line[cut : min(end, cut + width)]))
    if leaves_only_punctuation and cut - 1 > start:
        return cut - 1
    return cut


class WrappedPolicy(WrappedDocument):
    """A document wrapped by `line_breaks`.

    It is wrapped as a whole after each change, because policies are short.
    """

    def wrap(self, width: int, tab_width: int | None = None) -> None:
        """Wrap the whole document. A width of 0 means no wrapping.

        Textual's document has three tables: the columns at which each line breaks, the line and section
        of each row, and the rows of each line.
        """
        super().wrap(0, tab_width)
        self._width = width
        if width:
            self._wrap_offsets = [
                line_breaks(line, width, self._tab_width) for line in self.document.lines
            ]
            sections_by_line = [range(len(breaks) + 1) for breaks in self._wrap_offsets]
            row = count()
            self._offset_to_line_info = [
                (line, section)
                for line, sections in enumerate(sections_by_line)
                for section in sections
            ]
            self._line_index_to_offsets = [
                [next(row) for _ in sections] for sections in sections_by_line
            ]

    def wrap_range(
        self, start: tuple[int, int], old_end: tuple[int, int], new_end: tuple[int, int]
    ) -> None:
        """Wrap the document again after a change."""
        self.wrap(self._width)

    def part(self, row: int) -> tuple[int, int] | None:
        """Return the line number that is shown on a row, and which row of that line it is.

        Return None if it is below the last row.
        """
        if row < self.height:
            return self._offset_to_line_info[row]
        return None
