"""`--output table`: a box for each structure and list, those within it one bar further in.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-output-format.html#table-output
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, islice, zip_longest
from unicodedata import east_asian_width

from msgspec import Struct

from coffeeshop.account.command.output import MIXED, UnprintableError
from coffeeshop.account.command.terminal_text import Plain

TERMINAL = 80  # columns that the CLI reckons with where it cannot ask the terminal
PADDING = 4  # columns of a cell beyond its text, its right edge among them


class _Box(Struct):
    """A title, the names of columns and rows of cells; `indent` is how many bars stand on either side. A box without a title
    is as wide as if it said None, since the CLI measures it so.
    """

    title: str | None
    indent: int
    headers: list[str] = []
    rows: list[list[str]] = []
    replaced: list[list[str]] = []  # headers of before: their width still counts

    def head(self, names: list[str]) -> None:
        self.replaced.append(self.headers)
        self.headers = names

    def add(self, cells: Iterable[Plain]) -> None:
        row = list(map(str, cells))
        wanted = len(self.rows[0] if self.rows else self.headers or row)
        if len(row) != wanted:
            raise UnprintableError(
                f"Row should have {wanted} elements, instead it has {len(row)}"
            )
        self.rows.append(row)

    @property
    def natural(self) -> list[int]:
        """Returns the width of each column: of its widest cell, and what stands around it."""
        columns = zip_longest(*self.replaced, self.headers, *self.rows, fillvalue="")
        return [max(map(_cells, column)) + PADDING for column in columns]

    @property
    def width(self) -> int:
        return max(_cells(str(self.title)), sum(self.natural)) + 2 + 2 * self.indent

    def upright(self) -> _Box:
        """Returns a row under its headers as a column of them; any other box as it is."""
        if len(self.rows) != 1 or not self.headers:
            return self
        return _Box(
            self.title,
            self.indent,
            rows=[list(pair) for pair in zip(self.headers, self.rows[0], strict=True)],
        )


def table_lines(title: str, value: Plain) -> Iterator[str]:
    """Yields the lines of a value under the operation's name; none for what is empty. Where one box is wider than a
    terminal, each row that stands alone is turned upright. Raises UnprintableError.
    """
    boxes = list[_Box]()
    _build(boxes, title, value, 0)
    if not boxes:
        return
    if max(box.width for box in boxes) > TERMINAL:
        boxes = [box.upright() for box in boxes]
    whole = max(box.width for box in boxes)
    yield "-" * whole
    for box in boxes:
        bars = "|" * box.indent
        yield from (f"{bars}{line}{bars}" for line in _drawn(box, whole - 2 * box.indent))


# ------------------------------------------------------------------- building
def _build(boxes: list[_Box], title: str, value: Plain, indent: int) -> None:
    if not value:
        return
    boxes.append(_Box(title, indent))
    match value:
        case dict():
            _structure(boxes, value, indent)
        case [dict(), *_]:
            _structures(boxes, title, value, indent)
        case list():
            _list(boxes, value)
        case _:
            pass  # a scalar: its box is a title


def _structure(boxes: list[_Box], value: dict[str, Plain], indent: int) -> None:
    names, within = _parted([value])
    if len(names) == 1:
        boxes[-1].add([names[0], value[names[0]]])
    elif names:
        boxes[-1].head(names)
        boxes[-1].add(value[name] for name in names)
    for name in within:
        _build(boxes, name, value[name], indent + 1)


def _structures(
    boxes: list[_Box], title: str | None, values: list[Plain], indent: int
) -> None:
    """Builds a row for each; where something lies within any of them, a box for each."""
    structures = [value for value in values if isinstance(value, dict)]
    if len(structures) < len(values):
        raise UnprintableError(MIXED)
    names, within = _parted(structures)
    boxes[-1].head(names)
    for place, value in enumerate(structures):
        if place and within:
            boxes.append(_Box(title, indent, names))
        boxes[-1].add(value.get(name, "") for name in names)
        for name in within:
            _build(boxes, name, value.get(name), indent + 1)


def _list(boxes: list[_Box], values: list[Plain]) -> None:
    """Builds a row for each scalar and each list of scalars; what lies deeper goes into the box that was begun last."""
    for value in values:
        match value:
            case [dict(), *_]:
                _structures(boxes, None, value, 0)
            case list() if any(isinstance(part, list | dict) for part in value):
                _list(boxes, value)
            case list() | dict():
                boxes[-1].add(value)
            case _:
                boxes[-1].add([value])


def _parted(values: Sequence[dict[str, Plain]]) -> tuple[list[str], list[str]]:
    """Returns the names of scalars in any of these, and of the rest; both sorted."""
    names = set[str]()
    within = set[str]()
    for value in values:
        for name, part in value.items():
            (within if isinstance(part, list | dict) else names).add(name)
    return sorted(names), sorted(within)


# -------------------------------------------------------------------- drawing
def _drawn(box: _Box, whole: int) -> Iterator[str]:
    """Yields a box as wide as that: its title, its headers, its rows."""
    if box.title:
        yield _row([box.title], [whole], _centred)
        if not box.headers and not box.rows:
            yield f"+{'-' * (whole - 2)}+"
    if not (widths := _stretched(box.natural, whole)):
        return
    rule = _ruled(widths)
    if box.headers:
        yield rule
        yield _row(box.headers, widths, _centred)
    yield rule
    yield from (_row(row, widths, _left) for row in box.rows)
    yield rule


def _stretched(widths: Sequence[int], whole: int) -> list[int]:
    """Returns the widths in proportion, together exactly as wide as that: what rounding left over is taken from the
    first columns on, what it took is given to the last ones.
    """
    scale = whole / (sum(widths) or 1)
    found = [round(scale * width) for width in widths]
    over = sum(found) - whole if found else 0
    if over > 0:
        places = range(len(found))
    else:
        places = reversed(range(len(found)))
    for place in islice(cycle(places), abs(over)):
        found[place] += -1 if over > 0 else 1
    return found


def _row(
    cells: Sequence[str], widths: Sequence[int], drawn: Callable[[str, int, str], str]
) -> str:
    """Returns cells between bars; the first one's width counts both of its bars, that of the others their right one."""
    edges = ("|", *[""] * len(widths))
    return "".join(
        f"{drawn(cell, width, edge)}|"
        for cell, width, edge in zip(cells, widths, edges, strict=False)
    )


def _centred(text: str, width: int, edge: str) -> str:
    lead = " " * (width // 2 - _cells(text) // 2 - 1)
    return _filled(f"{edge}{lead}{text}", width)


def _left(text: str, width: int, edge: str) -> str:
    lead = "  " if _cells(text) + len(edge) + 3 <= width else ""
    return _filled(f"{edge}{lead}{text}", width)


def _filled(text: str, width: int) -> str:
    return text + " " * (width - 1 - _cells(text))


def _ruled(widths: Sequence[int]) -> str:
    return "+" + "".join(
        f"{'-' * (width - 1 - (not place))}+" for place, width in enumerate(widths)
    )


def _cells(text: str) -> int:
    """Returns how many columns the CLI gives a text: two for wide characters and for those that may be."""
    return sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in text)
