"""Print `--output table`: a box for each structure and list. Inner boxes are indented by one bar.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html#table-output
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, islice, zip_longest
from unicodedata import east_asian_width

from msgspec import Struct

from coffeeshop.account.command.output import MIXED_LIST, UnprintableError
from coffeeshop.account.command.terminal_text import Plain

TERMINAL_WIDTH = 80  # columns that the CLI assumes if it can't ask the terminal
CELL_PADDING = 4  # columns of a cell beyond its text, its right edge among them


class _Box(Struct):
    """A title, the names of columns, and rows of cells. `indent` is the number of bars on either side.

    A box without a title is as wide as if its title were "None", because the CLI measures it so.
    """

    title: str | None
    indent: int
    headers: list[str] = []
    rows: list[list[str]] = []
    replaced: list[list[str]] = []  # earlier headers, whose width still counts

    def head(self, names: list[str]) -> None:
        """Set the column headings.

        Headings that were set before are kept in `replaced`, because their width still counts.
        """
        self.replaced.append(self.headers)
        self.headers = names

    def add(self, cells: Iterable[Plain]) -> None:
        """Add a row of cells.

        Raise UnprintableError, as the CLI does, if it has another number of cells than the
        rows before.
        """
        row = list(map(str, cells))
        wanted = len(self.rows[0] if self.rows else self.headers or row)
        if len(row) != wanted:
            raise UnprintableError(
                f"Row should have {wanted} elements, instead it has {len(row)}"
            )
        self.rows.append(row)

    @property
    def natural(self) -> list[int]:
        """Return the width of each column: its widest cell and the padding."""
        columns = zip_longest(*self.replaced, self.headers, *self.rows, fillvalue="")
        return [max(map(_text_width, column)) + CELL_PADDING for column in columns]

    @property
    def width(self) -> int:
        return max(_text_width(str(self.title)), sum(self.natural)) + 2 + 2 * self.indent

    def upright(self) -> _Box:
        """Return a box with one row turned into a column of headers and values. Return other boxes unchanged."""
        if len(self.rows) != 1 or not self.headers:
            return self
        return _Box(
            self.title,
            self.indent,
            rows=[list(pair) for pair in zip(self.headers, self.rows[0], strict=True)],
        )


def table_lines(title: str, value: Plain) -> Iterator[str]:
    """Yield the lines of a value under the operation's name. An empty value has no lines. Raise UnprintableError.

    If a box is wider than the terminal, single rows become columns.
    """
    boxes = list[_Box]()
    _build_boxes(boxes, title, value, 0)
    if not boxes:
        return
    if max(box.width for box in boxes) > TERMINAL_WIDTH:
        boxes = [box.upright() for box in boxes]
    whole = max(box.width for box in boxes)
    yield "-" * whole
    for box in boxes:
        bars = "|" * box.indent
        yield from (
            f"{bars}{line}{bars}" for line in _box_lines(box, whole - 2 * box.indent)
        )


# ------------------------------------------------------------------- building
def _build_boxes(boxes: list[_Box], title: str, value: Plain, indent: int) -> None:
    """Append the boxes of a value and of the values inside it. An empty value has none."""
    if not value:
        return
    boxes.append(_Box(title, indent))
    match value:
        case dict():
            _add_structure(boxes, value, indent)
        case [dict(), *_]:
            _add_structures(boxes, title, value, indent)
        case list():
            _add_list(boxes, value)
        case _:
            pass  # a scalar: its box is a title


def _add_structure(boxes: list[_Box], value: dict[str, Plain], indent: int) -> None:
    """Add a structure's scalars to the last box, and a box for each inner value."""
    names, inner_names = _split_names([value])
    if len(names) == 1:
        boxes[-1].add([names[0], value[names[0]]])
    elif names:
        boxes[-1].head(names)
        boxes[-1].add(value[name] for name in names)
    for name in inner_names:
        _build_boxes(boxes, name, value[name], indent + 1)


def _add_structures(
    boxes: list[_Box], title: str | None, values: list[Plain], indent: int
) -> None:
    """Add a row for each structure, or a box for each if any of them has inner values."""
    structures = [value for value in values if isinstance(value, dict)]
    if len(structures) < len(values):
        raise UnprintableError(MIXED_LIST)
    names, inner_names = _split_names(structures)
    boxes[-1].head(names)
    for place, value in enumerate(structures):
        if place and inner_names:
            boxes.append(_Box(title, indent, names))
        boxes[-1].add(value.get(name, "") for name in names)
        for name in inner_names:
            _build_boxes(boxes, name, value.get(name), indent + 1)


def _add_list(boxes: list[_Box], values: list[Plain]) -> None:
    """Add a row for each scalar and each list of scalars.

    Deeper values go into the last box.
    """
    for value in values:
        match value:
            case [dict(), *_]:
                _add_structures(boxes, None, value, 0)
            case list() if any(isinstance(part, list | dict) for part in value):
                _add_list(boxes, value)
            case list() | dict():
                boxes[-1].add(value)
            case _:
                boxes[-1].add([value])


def _split_names(values: Sequence[dict[str, Plain]]) -> tuple[list[str], list[str]]:
    """Return the names of members that are scalars, and those of the others, both sorted."""
    names = set[str]()
    inner_names = set[str]()
    for value in values:
        for name, part in value.items():
            (inner_names if isinstance(part, list | dict) else names).add(name)
    return sorted(names), sorted(inner_names)


# -------------------------------------------------------------------- drawing
def _box_lines(box: _Box, whole: int) -> Iterator[str]:
    """Yield the lines of a box of this width: its title, headers and rows."""
    if box.title:
        yield _row_line([box.title], [whole], _center_cell)
        if not box.headers and not box.rows:
            yield f"+{'-' * (whole - 2)}+"
    if not (widths := _stretch_widths(box.natural, whole)):
        return
    rule = _rule_line(widths)
    if box.headers:
        yield rule
        yield _row_line(box.headers, widths, _center_cell)
    yield rule
    yield from (_row_line(row, widths, _align_left) for row in box.rows)
    yield rule


def _stretch_widths(widths: Sequence[int], whole: int) -> list[int]:
    """Return the widths in proportion, with exactly this sum.

    The difference that rounding leaves is taken from the first columns or given to the last,
    as the CLI does.
    """
    scale = whole / (sum(widths) or 1)
    stretched = [round(scale * width) for width in widths]
    if stretched:
        over = sum(stretched) - whole
    else:
        over = 0
    if over > 0:
        places = range(len(stretched))
    else:
        places = reversed(range(len(stretched)))
    for place in islice(cycle(places), abs(over)):
        stretched[place] += -1 if over > 0 else 1
    return stretched


def _row_line(
    cells: Sequence[str], widths: Sequence[int], drawn: Callable[[str, int, str], str]
) -> str:
    """Return cells between bars.

    The first width includes both its bars, the others their right one.
    """
    edges = ("|", *[""] * len(widths))
    return "".join(
        f"{drawn(cell, width, edge)}|"
        for cell, width, edge in zip(cells, widths, edges, strict=False)
    )


def _center_cell(text: str, width: int, edge: str) -> str:
    """Return a cell of this width with its text centered as the CLI rounds."""
    lead = " " * (width // 2 - _text_width(text) // 2 - 1)
    return _pad_cell(f"{edge}{lead}{text}", width)


def _align_left(text: str, width: int, edge: str) -> str:
    """Return a cell of this width with its text at the left, after two blanks if there is room."""
    if _text_width(text) + len(edge) + 3 <= width:
        lead = "  "
    else:
        lead = ""
    return _pad_cell(f"{edge}{lead}{text}", width)


def _pad_cell(text: str, width: int) -> str:
    """Return a cell's text with blanks up to the column's width, of which one belongs to the border."""
    return text + " " * (width - 1 - _text_width(text))


def _rule_line(widths: Sequence[int]) -> str:
    """Return the horizontal line of a table with columns of these widths."""
    return "+" + "".join(
        f"{'-' * (width - 1 - (not place))}+" for place, width in enumerate(widths)
    )


def _text_width(text: str) -> int:
    """Return the columns that the CLI counts for a text: two for wide and ambiguous
    characters.
    """
    return sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in text)
