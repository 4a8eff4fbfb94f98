"""A drawn grant as boxes and lines, in cells of a terminal.

A row is one link: principal, group or role, policy, thing. A box that several rows share is drawn
once, and a line branches from it. Below a row stands what holds the link back. A line is a tuple of
spans, each a text and its style.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from coffeeshop.views.access.table import Span, Spans, fill_line
from coffeeshop.views.cells import cut, fit, shorten_names, width, wrap_words
from coffeeshop.views.grant.model import Box, Drawing, Link, level_words
from coffeeshop.views.grant.words import NEW_MARK, closing_rows, link_details
from coffeeshop.views.rows import MARK_ROLES, Role, Row, line

BOX_GAP = 3  # cells between two boxes
MIN_LABEL_WIDTH = (
    15  # cells of the line to the thing, at least: it has the access levels on it
)
MIN_BOX_WIDTH = 4  # cells of a box, at least
MAX_BOX_WIDTH = 40  # cells of a box, at most
NO_LINE = "nothing"  # between two boxes without a line
LINK_WORDS_HEIGHT = 2  # the height of a row of words below the boxes of a link
NARROW_DETAIL = 30  # cells beside a line that goes on: in fewer, words don't fit


class Glyphs(NamedTuple):
    """The characters of which boxes and lines are made."""

    across: str = "─"
    down: str = "│"
    corners: str = "┌┐└┘"
    branch: str = "┬"
    tee: str = "├"
    turn: str = "└"
    tee_left: str = "┤"
    turn_left: str = "┘"
    arrow: str = "▶"
    stop: str = "✗"


UNICODE_GLYPHS = Glyphs()
ASCII_GLYPHS = Glyphs("-", "|", "++++", "+", "+", "+", "+", "+", ">", "x")


class Columns(NamedTuple):
    """Where the boxes are: the width of each of the four columns, 0 if nothing is in it.

    `label` is the width of the line to the thing.
    """

    widths: tuple[int, int, int, int]
    label: int
    names: tuple[dict[Box, str], ...]

    def left_of(self, column: int) -> int:
        """Return how many cells are left of a column."""
        before = [cells + BOX_GAP for cells in self.widths[:column] if cells]
        return sum(before) + (self.label if column == 3 else 0)


def draw_lines(
    drawing: Drawing, columns: int, rows: int, ascii: bool = False
) -> tuple[Spans, ...]:
    """Return the drawing in lines of exactly `columns` cells.

    Boxes are three lines high if all of the drawing then fits into `rows` lines, and else one.
    """
    tall = tuple(_Painter(drawing, columns, True, ascii).lines())
    if len(tall) <= rows:
        return tall
    return tuple(_Painter(drawing, columns, False, ascii).lines())


class _Painter:
    """Paints one drawing, with boxes of three lines (`tall`) or of one."""

    def __init__(self, drawing: Drawing, columns: int, tall: bool, ascii: bool) -> None:
        """Order the links so that those with the same box are neighbours, and share the cells out."""
        self.drawing = drawing
        self.width = columns
        self.tall = tall
        self.ascii = ascii
        self.glyphs = ASCII_GLYPHS if ascii else UNICODE_GLYPHS
        order = _by_thing if drawing.by_thing else _by_principal
        self.links = sorted(drawing.links, key=order)
        self.columns = _column_widths(self.links, columns, tall, drawing.fresh_boxes)
        self.runs = [self._run_ends(column) for column in range(4)]

    def lines(self) -> Iterator[Spans]:
        """Yield the lines: the links with their boxes, what holds them back, and the remarks."""
        if not self.links:
            yield from self._lonely_boxes()
        for nth in range(len(self.links)):
            yield from self._link_lines(nth)
        for row in closing_rows(self.drawing):
            yield from self._wrapped_row(row, 0)

    # ------------------------------------------------------------------ structure
    def _run_ends(self, column: int) -> list[tuple[int, int]]:
        """Return for each row the first and the last row over which its box in a column reaches.

        Neighbouring rows share one box if they also share every box between it and the end where
        all lines meet: the principal, or the thing.
        """
        ends: list[tuple[int, int]] = []
        for nth in range(len(self.links)):
            first = nth
            while first and self._is_shared(column, first):
                first -= 1
            last = nth
            while last + 1 < len(self.links) and self._is_shared(column, last + 1):
                last += 1
            ends.append((first, last))
        return ends

    def _is_shared(self, column: int, nth: int) -> bool:
        """Return whether two rows share a box in this column: the row `nth` and the row above it.

        They do if all boxes from this one to the end where the lines meet are the same. If the lines meet
        at the thing, the access levels must be the same, too.
        """
        above = self.links[nth - 1].boxes
        boxes = self.links[nth].boxes
        if boxes[column] is None:
            return False
        if self.drawing.by_thing:
            same_label = self._label(nth) == self._label(nth - 1)
            return above[column:] == boxes[column:] and (same_label or column == 3)
        return above[: column + 1] == boxes[: column + 1]

    def _starts(self, column: int, nth: int) -> bool:
        """Return whether the box of a row in a column is drawn in that row."""
        return self.runs[column][nth][0] == nth

    # ---------------------------------------------------------------------- lines
    def _link_lines(self, nth: int) -> Iterator[Spans]:
        """Yield the lines of one link."""
        heights = (-1, 0, 1) if self.tall else (0,)
        for height in heights:
            yield fill_line(tuple(self._row_spans(nth, height)), self.width)
        for row in link_details(self.drawing, self.links[nth]):
            yield from self._detail_lines(nth, row)

    def _row_spans(self, nth: int, height: int) -> Iterator[Span]:
        """Yield one line of a row: its boxes and the lines between them. `height` 0 is the middle."""
        shown = [column for column in range(4) if self.columns.widths[column]]
        for place, column in enumerate(shown):
            if height == LINK_WORDS_HEIGHT:
                yield " " * self.columns.widths[column], "text"
            else:
                yield self._box_span(nth, column, height)
            if place + 1 < len(shown):
                yield from self._gap_spans(nth, column, shown[place + 1], height)

    def _box_span(self, nth: int, column: int, height: int) -> Span:
        """Return one line of a row's box, or of the connecting line if the row has no box in this column.

        `height` is negative for the upper edge, 0 for the name, and positive for the lower edge.
        """
        cells = self.columns.widths[column]
        box = self.links[nth].boxes[column]
        if box is None:
            across = self.glyphs.across if height == 0 else " "
            return across * cells, self._line_role(nth)
        if not self._starts(column, nth):
            return " " * cells, "text"
        is_fresh = box in self.drawing.fresh_boxes
        role: Role = "key" if is_fresh else "name"
        name = self.columns.names[column][box]
        shown_kind = box.kind if box.name else ""
        kind = f"{NEW_MARK} {shown_kind}".strip() if is_fresh else shown_kind
        if not self.tall:
            return f"[{fit(name, cells - 2)}]", role
        left, right, low_left, low_right = self.glyphs.corners
        if height < 0:
            head = cut(f" {kind} ", cells - 2) if kind else ""
            return (
                f"{left}{head}{self.glyphs.across * (cells - 2 - width(head))}{right}",
                role,
            )
        if height > 0:
            return f"{low_left}{self.glyphs.across * (cells - 2)}{low_right}", role
        return f"{self.glyphs.down} {fit(name, cells - 4)} {self.glyphs.down}", role

    def _gap_spans(self, nth: int, left: int, right: int, height: int) -> Iterator[Span]:
        """Yield one line of the gap between two boxes. In the gap before the thing, the line has the access levels on it."""
        parent = right if self.drawing.by_thing else left
        child = left if self.drawing.by_thing else right
        trunk = self._trunk(nth, parent, child, height)
        role = self._line_role(nth)
        if right != 3:
            yield trunk, role
            return
        label = " " * self.columns.label
        if height == 0 and self._starts(child, nth):
            label = self._label(nth)
        spans: list[Span] = [(trunk, role), (label, role)]
        yield from reversed(spans) if self.drawing.by_thing else spans

    def _trunk(self, nth: int, parent: int, child: int, height: int) -> str:
        """Return the part of a gap in which the line from one box branches to several boxes."""
        first, last = self.runs[parent][nth]
        starts = [row for row in range(first, last + 1) if self._starts(child, row)]
        end = starts[-1] if starts else first
        glyphs = self.glyphs
        if height == 0 and nth in starts:
            junction = _junction(glyphs, nth, first, end, self.drawing.by_thing)
            return self._with_arms(junction, nth == first, parent == 3)
        passes = (
            (nth == first and height > 0)
            or first < nth < end
            or (nth == end and height < 0)
        )
        if end > first and passes:
            return f" {glyphs.down} "
        return " " * BOX_GAP

    def _with_arms(self, junction: str, is_first: bool, ends_at_thing: bool) -> str:
        """Return a junction with its arms: to the parent only in the first row, to the child always."""
        across = self.glyphs.across
        if not self.drawing.by_thing:
            return f"{across if is_first else ' '}{junction}{across}"
        head = self.glyphs.arrow if ends_at_thing else across
        return f"{across}{junction}{head if is_first else ' '}"

    def _label(self, nth: int) -> str:
        """Return the line to the thing, with the access levels on it and an arrow at its end."""
        link = self.links[nth]
        glyphs = self.glyphs
        if link.is_effective:
            words = level_words(link.requests)
            head = glyphs.across if self.drawing.by_thing else glyphs.arrow
        else:
            words = "held back"
            head = glyphs.stop
        lead = glyphs.across if self.drawing.by_thing else ""
        room = self.columns.label - 1 - len(lead)
        shown = _few_words(f"{self._line_prefix(link)}{words}", room)
        return f"{lead}{shown}{glyphs.across * (room - width(shown))}{head}"

    def _line_prefix(self, link: Link) -> str:
        """Return "new: " for a new line, unless a new box at its ends says so."""
        boxes_are_fresh = not self.drawing.fresh_boxes.isdisjoint(link.boxes)
        if not self.drawing.is_fresh(link) or (self.tall and boxes_are_fresh):
            return ""
        return f"{NEW_MARK}: "

    def _line_role(self, nth: int) -> Role:
        """Return the style of a row's lines: new, held back, or ordinary."""
        link = self.links[nth]
        if not link.is_effective:
            return "error"
        return "key" if self.drawing.is_fresh(link) else "text"

    def _detail_lines(self, nth: int, row: Row) -> Iterator[Spans]:
        """Yield a row below a link. Lines that go on to other rows pass at its side."""
        passing = "".join(text for text, _ in self._row_spans(nth, LINK_WORDS_HEIGHT))
        at = 0 if self.drawing.by_thing else self._detail_column()
        trunk = passing.find(self.glyphs.down, at)
        room = trunk - at - 1 if trunk - at > NARROW_DETAIL else self.width - at
        for text in wrap_words(_row_text(row, self.ascii), room, 2):
            rest = passing[at + width(text) :] if trunk - at > NARROW_DETAIL else ""
            yield fill_line(
                ((passing[:at], "text"), (text, _row_role(row)), (rest, "text")), self.width
            )

    def _detail_column(self) -> int:
        """Return the cell where the rows below a link begin: under its group, role or policy."""
        return self.columns.left_of(1 if self.columns.widths[1] else 2)

    def _wrapped_row(self, row: Row, indent: int) -> Iterator[Spans]:
        """Yield a row of words over the whole width."""
        for text in wrap_words(_row_text(row, self.ascii), self.width - indent, 2):
            yield fill_line(((" " * indent + text, _row_role(row)),), self.width)

    def _lonely_boxes(self) -> Iterator[Spans]:
        """Yield the lines of a drawing without links: the boxes that it is about, marked as unconnected."""
        boxes = self.drawing.about
        room = (self.width - MIN_LABEL_WIDTH * (len(boxes) - 1)) // max(len(boxes), 1)
        names = [cut(box.label, room - 4) for box in boxes]
        left, right, low_left, low_right = self.glyphs.corners
        across, down = self.glyphs.across, self.glyphs.down
        edges = [across * (width(name) + 2) for name in names]
        gap = " " * MIN_LABEL_WIDTH
        yield fill_line(
            ((gap.join(f"{left}{edge}{right}" for edge in edges), "name"),), self.width
        )
        spans: list[Span] = []
        for name in names:
            if spans:
                spans.append(
                    (f" {self.glyphs.stop} {NO_LINE} ".center(MIN_LABEL_WIDTH), "error")
                )
            spans.append((f"{down} {name} {down}", "name"))
        yield fill_line(tuple(spans), self.width)
        low = gap.join(f"{low_left}{edge}{low_right}" for edge in edges)
        yield fill_line(((low, "name"),), self.width)


def _by_principal(link: Link) -> tuple[object, ...]:
    """Return a sort key by which links of one principal, then of one group, then of one policy meet."""
    return (link.who, link.via or Box(""), link.policy, link.thing)


def _by_thing(link: Link) -> tuple[object, ...]:
    """Return a sort key by which links to one thing, then of one policy, then of one group meet."""
    return (link.thing, link.policy, link.via or Box(""), link.who)


def _column_widths(
    links: Sequence[Link], columns: int, tall: bool, fresh_boxes: frozenset[Box]
) -> Columns:
    """Return the widths of the four columns of boxes, so that the names lose as little as possible."""
    boxes = [list(dict.fromkeys(link.boxes[nth] for link in links)) for nth in range(4)]
    present = [[box for box in column if box is not None] for column in boxes]
    wanted = [
        max((_wanted_width(box, tall, box in fresh_boxes) for box in column), default=0)
        for column in present
    ]
    gaps = BOX_GAP * (sum(map(bool, wanted)) - 1) + MIN_LABEL_WIDTH
    while sum(wanted) > columns - gaps and max(wanted) > MIN_BOX_WIDTH:
        widest = wanted.index(max(wanted))
        wanted[widest] -= 1
    names = tuple(
        dict(zip(column, _short_names(column, cells, tall), strict=True))
        for column, cells in zip(present, wanted, strict=True)
    )
    longest = max((width(level_words(link.requests)) for link in links), default=0)
    label = min(
        max(longest + len(NEW_MARK) + 4, MIN_LABEL_WIDTH),
        MIN_LABEL_WIDTH + columns - gaps - sum(wanted),
    )
    return Columns(
        (wanted[0], wanted[1], wanted[2], wanted[3]), max(label, MIN_LABEL_WIDTH), names
    )


def _wanted_width(box: Box, tall: bool, is_fresh: bool) -> int:
    """Return how many cells a box needs for its name and its kind, which says "new" of a fresh one."""
    if tall:
        kind_cells = width(box.kind) * bool(box.name) + (len(NEW_MARK) + 1) * is_fresh + 5
        cells = max(width(_tall_name(box)) + 4, kind_cells)
    else:
        cells = width(_flat_name(box)) + 2
    return min(cells, MAX_BOX_WIDTH)


def _tall_name(box: Box) -> str:
    """Return what stands in a box whose kind is on its edge."""
    return box.name or box.label


def _flat_name(box: Box) -> str:
    """Return the text of a box of one line."""
    return box.name if box.name and "policy" in box.kind else box.label


def _short_names(boxes: Sequence[Box], cells: int, tall: bool) -> tuple[str, ...]:
    """Return the names of boxes in one column, cut in the middle so that no two look alike."""
    if tall:
        return shorten_names(map(_tall_name, boxes), max(cells - 4, 1))
    return shorten_names(map(_flat_name, boxes), max(cells - 2, 1))


def _junction(glyphs: Glyphs, nth: int, first: int, end: int, by_thing: bool) -> str:
    """Return the character where a row's line leaves the common line of several rows."""
    if first == end:
        return glyphs.across
    if nth == first:
        return glyphs.branch
    if nth == end:
        return glyphs.turn_left if by_thing else glyphs.turn
    return glyphs.tee_left if by_thing else glyphs.tee


def _few_words(text: str, cells: int) -> str:
    """Return as many of the words of a list as fit, and the number of the others: "list, read +3"."""
    if width(text) <= cells:
        return text
    words = text.split(", ")
    for kept in range(len(words) - 1, 0, -1):
        shown = f"{', '.join(words[:kept])} +{len(words) - kept}"
        if width(shown) <= cells:
            return shown
    return cut(text, cells)


def _row_text(row: Row, ascii: bool) -> str:
    """Return a row of words as one text, with its mark."""
    return line(Row(row.text, row.mark, row.word), ascii)


def _row_role(row: Row) -> Role:
    """Return the style of a row of words."""
    return MARK_ROLES[row.mark] if row.mark else row.role
