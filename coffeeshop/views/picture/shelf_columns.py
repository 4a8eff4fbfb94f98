"""Write the shelf in columns, as in a newspaper: chapters with their scenarios, down a column and on to the next."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeAlias

from coffeeshop.views.cells import cut, fit, whole, width
from coffeeshop.views.picture.picture import Canvas, Run
from coffeeshop.views.picture.pixels import Paints
from coffeeshop.views.picture.shelf import (
    NEXT_SIGN,
    Board,
    Cup,
    label_runs,
    number_and_stars,
)

MIN_COLUMN_WIDTH = 26  # cells of a column, so that a shortened title can be understood
NEXT_SIGNS = {False: "»", True: "+"}  # marks the next scenario, by whether marks are ASCII
OMITTED_ARTICLES = ("The ", "A ", "An ")  # words with which a long title needn't begin

Cell: TypeAlias = Board | Cup  # a chapter's heading, or a scenario
Column: TypeAlias = tuple[Cell, ...]


class ColumnShelf(NamedTuple):
    """The shelf in columns of text, in a window of `width` by `height` cells.

    `columns` are all columns. `first` is the index of the leftmost that the window shows, and
    `slots` are the widths of those that it shows, in cells.
    """

    columns: tuple[Column, ...]
    width: int
    height: int
    first: int
    slots: tuple[int, ...]

    @property
    def least_rows(self) -> int:
        """Return how many rows the columns take."""
        return max(map(len, self.columns), default=0) + self.has_more

    @property
    def has_more(self) -> bool:
        """Return whether the window leaves columns out."""
        return len(self.slots) < len(self.columns)

    def sign(self, cup: Cup, ascii: bool = False) -> str:
        """Return the sign before a cup: it marks the scenario to play next if there is no room for the word "next"."""
        slots = zip(self.columns[self.first :], self.slots, strict=False)
        slot = next((slot for column, slot in slots if cup in column), 0)
        if cup.advised and not _says_next(cup, slot):
            return NEXT_SIGNS[ascii]
        return ""

    def cup_at(self, x: int, y: int) -> str:
        """Return the id of the cup at a cell of the window, or "" if there is none."""
        left = 0
        for column, slot in zip(self.columns[self.first :], self.slots, strict=False):
            if left <= x < left + slot and y < len(column):
                cell = column[y]
                return cell.id if isinstance(cell, Cup) else ""
            left += slot
        return ""

    def neighbour(self, id: str, right: int, down: int) -> str:
        """Return the cup that an arrow key leads to, or the same cup if there is none further.

        `right` and `down` are the steps of the key, such as -1 for left and up. Below a column's
        last cup comes the next column's first.
        """
        places = {
            cell.id: (x, y)
            for x, column in enumerate(self.columns)
            for y, cell in enumerate(column)
            if isinstance(cell, Cup)
        }
        if id not in places:
            return id
        ids = list(places)
        if down:
            return ids[min(max(ids.index(id) + down, 0), len(ids) - 1)]
        column, row = places[id]
        beside = [each for each in ids if places[each][0] == column + right]
        return min(beside, key=lambda each: abs(places[each][1] - row), default=id)

    def draw(self, paints: Paints, chosen: str = "", ascii: bool = False) -> Canvas:
        """Return the columns as a canvas of the window's size. `chosen` is the cup under the cursor."""
        look = paints["text"], paints["background"]
        shown = self.columns[self.first : self.first + len(self.slots)]
        counts = _shown_counts(self.columns, self.slots, ascii)
        rest = Run(" " * (self.width - sum(self.slots)), *look)
        lines: list[tuple[Run, ...]] = []
        for row in range(self.height):
            runs: list[Run] = []
            for column, slot in zip(shown, self.slots, strict=True):
                cell = column[row] if row < len(column) else None
                runs += _cell_runs(cell, slot, counts, paints, chosen, ascii)
            lines.append((*runs, rest))
        if self.has_more and lines:
            text = fit(self._more_text(ascii), self.width)
            lines[-1] = (Run(text, paints["chalk_muted"], paints["board"]),)
        return tuple(lines)

    def _more_text(self, ascii: bool) -> str:
        """Return how many scenarios are left and right of the visible columns."""
        before = _count_cups(self.columns[: self.first])
        after = _count_cups(self.columns[self.first + len(self.slots) :])
        left, right = ("<", ">") if ascii else ("←", "→")
        parts = (
            f"{left} {before} more" if before else "",
            f"{right} {after} more" if after else "",
        )
        return " " + "  ".join(filter(None, parts))


@lru_cache(maxsize=8)
def column_shelf(
    boards: tuple[Board, ...], width: int, height: int, cursor: str = ""
) -> ColumnShelf:
    """Return the shelf in columns, in as few rows as possible.

    The first of these that fits is taken: whole titles with whole chapters in a column, whole
    titles, shortened titles with whole chapters, shortened titles. If none fits, the window
    shows the columns around the cursor.
    """
    widest = _widest_label((*(board.cups for board in boards),))
    spacious = max(width // widest, 1)
    dense = max(width // MIN_COLUMN_WIDTH, spacious)
    for most in (spacious, dense):
        for keeps_chapters in (True, False):
            columns = _fewest_rows(boards, most, height, keeps_chapters)
            if columns is not None:
                slots = _slots(len(columns), width, widest)
                return ColumnShelf(columns, width, height, 0, slots)
    columns = _flow(boards, max(height - 1, 2), False)
    index = next((nth for nth, column in enumerate(columns) if _holds(column, cursor)), 0)
    visible = min(dense, len(columns))
    first = min(max(index - visible // 2, 0), len(columns) - visible)
    return ColumnShelf(columns, width, height, first, _slots(visible, width, widest))


def _slots(visible: int, width: int, widest: int) -> tuple[int, ...]:
    """Return the widths of so many columns: equal, and no wider than the widest label with the word "next"."""
    slot, extra = divmod(width, max(visible, 1))
    return tuple(
        min(slot + (nth < extra), widest + len(NEXT_SIGN)) for nth in range(visible)
    )


def _fewest_rows(
    boards: tuple[Board, ...], most: int, height: int, keeps_chapters: bool
) -> tuple[Column, ...] | None:
    """Return at most `most` columns, with as few rows as possible.

    Return None if they need more than `height` rows.
    """
    cells = sum(1 + len(board.cups) for board in boards)
    for rows in range(-(-cells // most), height + 1):
        columns = _flow(boards, rows, keeps_chapters)
        is_low = all(len(column) <= rows for column in columns)
        if len(columns) <= most and is_low:
            return columns
    return None


def _flow(boards: tuple[Board, ...], rows: int, keeps_chapters: bool) -> tuple[Column, ...]:
    """Return the chapters in columns of `rows` rows. No heading is the last of a column.

    With `keeps_chapters`, a chapter that doesn't fit into the rest of a column begins the next
    one. Otherwise it is split.
    """
    columns: list[list[Cell]] = [[]]
    for board in boards:
        block: list[Cell] = [board, *board.cups]
        needed = len(block) if keeps_chapters else min(len(block), 2)
        if columns[-1] and len(columns[-1]) + needed > rows:
            columns.append([])
        for cell in block:
            if len(columns[-1]) >= rows and not keeps_chapters:
                columns.append([])
            columns[-1].append(cell)
    return tuple(map(tuple, filter(None, columns)))


def _holds(column: Column, id: str) -> bool:
    """Return whether a column has the cup of an id."""
    return any(isinstance(cell, Cup) and cell.id == id for cell in column)


def _count_cups(columns: tuple[Column, ...]) -> int:
    """Return how many cups are in some columns."""
    return sum(isinstance(cell, Cup) for column in columns for cell in column)


# ---------------------------------------------------------------------- a cell
def _widest_label(columns: tuple[Column, ...]) -> int:
    """Return the widest label of any cup with its whole title, in cells."""
    cups = (cell for column in columns for cell in column if isinstance(cell, Cup))
    return max(map(_label_cells, cups), default=1)


def _label_cells(cup: Cup) -> int:
    """Return how many cells a cup's label takes with its sign and whole title."""
    return 1 + width(number_and_stars(cup)) + 1 + width(cup.title)


def _says_next(cup: Cup, slot: int) -> bool:
    """Return whether there is room for the word "next" behind a cup's title."""
    return cup.advised and _label_cells(cup) + len(NEXT_SIGN) <= slot


def short_title(title: str, cells: int) -> str:
    """Return a scenario's title in at most `cells` cells.

    A long title first loses its article, then its end.
    """
    if width(title) <= cells:
        return title
    for article in OMITTED_ARTICLES:
        if title.startswith(article):
            rest = title.removeprefix(article)
            title = rest[:1].upper() + rest[1:]
    return cut(title, cells).replace(" …", "…")


def _cell_runs(
    cell: Cell | None,
    slot: int,
    counts: dict[str, str],
    paints: Paints,
    chosen: str,
    ascii: bool,
) -> list[Run]:
    """Return a heading, a scenario or a blank, each in exactly `slot` cells."""
    look = paints["text"], paints["background"]
    if cell is None:
        return [Run(" " * slot, *look)]
    if isinstance(cell, Board):
        title = fit(f" {whole(cell.chapter, slot - 1)}{counts[cell.chapter]}", slot)
        return [Run(title, paints["chalk"], paints["board"], True)]
    says_next = _says_next(cell, slot)
    sign = NEXT_SIGNS[ascii] if cell.advised and not says_next else " "
    head = number_and_stars(cell, ascii)
    room = slot - width(sign + head) - 1
    parts = (sign, head, f" {short_title(cell.title, room)}", NEXT_SIGN * says_next)
    return list(label_runs(parts, slot, look, paints, cell.id == chosen))


def _shown_counts(
    columns: tuple[Column, ...], slots: tuple[int, ...], ascii: bool
) -> dict[str, str]:
    """Return the text with the stars behind each chapter's heading. If one has no room for it, all are ""."""
    boards = [cell for column in columns for cell in column if isinstance(cell, Board)]
    star = "*" if ascii else "★"
    counts = {
        board.chapter: f"  {board.stars} of {board.most_stars} {star}" for board in boards
    }
    room = min(slots, default=0)
    fits = all(1 + width(title) + width(count) <= room for title, count in counts.items())
    return counts if fits else dict.fromkeys(counts, "")
