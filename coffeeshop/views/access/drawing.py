"""The permissions as a drawing: principals at the left, things at the right, and lines of Braille dots between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from coffeeshop.lessons.grading.access_table import Access
from coffeeshop.shop.mark import Mark
from coffeeshop.views.access.table import (
    MAX_NAME_WIDTH,
    MIN_COLUMN_WIDTH,
    Span,
    Spans,
    cell,
    fill_line,
    first_visible_index,
    role_of,
    widest_name,
)
from coffeeshop.views.access.words import gravest_mark, subject_name, thing_name
from coffeeshop.views.cells import fit, shorten_names, width
from coffeeshop.views.rows import Role

# The dots of a Braille cell: Unicode 15.0, chapter 21.1.
BRAILLE_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
Drawn: TypeAlias = "dict[tuple[int, int], tuple[int, Role]]"


def drawing(
    access: Access, columns: int, rows: int, chosen: int | None = None, ascii: bool = False
) -> tuple[Spans, ...]:
    """Return who reaches what as a picture of lines, in exactly `columns` by `rows` cells.

    The lines of the subject `chosen` are whole, and the letters of its access levels follow the
    things. Lines of other subjects are dotted. None: no subject is chosen, and all lines are whole.
    """
    row_by_subject = _visible_rows(len(access.subjects), rows, chosen or 0)
    if chosen is None:
        reached_numbers = ()
    else:
        reached_numbers = _reached_things(access, chosen)
    row_by_thing = _visible_rows(len(access.things), rows, next(iter(reached_numbers), 0))
    longest = max((width(thing_name(thing)) for thing in access.things), default=0)
    names = min(widest_name(access), MAX_NAME_WIDTH, columns // 4)
    titles = min(longest, 2 * MAX_NAME_WIDTH, columns // 3)
    between = max(columns - names - 2 - titles - 2 * MIN_COLUMN_WIDTH, 4)
    drawn = _line_dots(access, row_by_subject, row_by_thing, 2 * between, chosen)
    who_at_row = _names_at(
        row_by_subject, shorten_names(map(subject_name, access.subjects), names)
    )
    thing_at_row = _names_at(
        row_by_thing, shorten_names(map(thing_name, access.things), titles)
    )
    lines = list[Spans]()
    for row in range(rows):
        span = _subject_span(who_at_row.get(row), names, chosen)
        thing = _thing_spans(access, thing_at_row.get(row), titles, chosen, ascii)
        lines.append((span, *_braille_spans(drawn, row, between, ascii), *thing))
    return tuple(fill_line(line, columns) for line in lines)


def _reached_things(access: Access, subject: int) -> Iterator[int]:
    """Yield the numbers of the things on which AWS allows a subject anything."""
    things = enumerate(access.things if access.subjects else ())
    return (nth for nth, thing in things if access.cell(access.subjects[subject], thing))


def _visible_rows(many: int, rows: int, around: int) -> dict[int, int]:
    """Return the row of each shown item, by its number: two rows apart if all fit, else one.

    If there are more items than rows, those near the item `around` are shown.
    """
    first = first_visible_index(around, many, rows)
    shown_count = min(many, rows)
    gap = 2 if 2 * many - 1 <= rows else 1
    return {first + index: index * gap for index in range(shown_count)}


def _line_dots(
    access: Access,
    row_by_subject: Mapping[int, int],
    row_by_thing: Mapping[int, int],
    wide: int,
    chosen: int | None,
) -> Drawn:
    """Return the dots of the lines between subjects and the things that they reach, those of `chosen` drawn last."""
    drawn: Drawn = {}
    for nth in sorted(row_by_subject, key=lambda nth: nth == chosen):
        subject = access.subjects[nth]
        is_solid = chosen is None or nth == chosen
        is_dotted = access.sparse_row(subject)
        for place in row_by_thing:
            reasons = access.cell(subject, access.things[place])
            if reasons and (is_solid or access.things[place] in is_dotted):
                if is_solid:
                    role = role_of(gravest_mark(reasons) or Mark.QUIET)
                else:
                    role = "muted"
                _add_line(
                    drawn,
                    (4 * row_by_subject[nth] + 1, 4 * row_by_thing[place] + 2),
                    wide,
                    role,
                    is_solid,
                )
    return drawn


def _add_line(
    drawn: Drawn, ends: tuple[int, int], wide: int, role: Role, is_solid: bool
) -> None:
    """Add the dots of one line from the left edge to the right. If it isn't solid, only every third dot is drawn."""
    start, end = ends
    steps = max(wide - 1, abs(end - start), 1)
    for step in range(0, steps + 1, 1 if is_solid else 3):
        x = round(step * (wide - 1) / steps)
        y = round(start + (end - start) * step / steps)
        key = y // 4, x // 2
        dots, _ = drawn.get(key, (0, role))
        drawn[key] = dots | BRAILLE_DOTS[y % 4][x % 2], role


def _braille_spans(drawn: Drawn, row: int, cells: int, ascii: bool) -> Iterator[Span]:
    """Yield the Braille characters of one row."""
    for column in range(cells):
        dots, role = drawn.get((row, column), (0, "text"))
        text = (":" if dots.bit_count() > 2 else ".") if ascii else chr(0x2800 + dots)
        yield (text if dots else " ", role)


def _names_at(rows: Mapping[int, int], names: Sequence[str]) -> dict[int, tuple[int, str]]:
    """Return the number and the name for each row that has one."""
    return {row: (nth, names[nth]) for nth, row in rows.items()}


def _subject_span(named: tuple[int, str] | None, cells: int, chosen: int | None) -> Span:
    """Return the subject's name for a row of the drawing, or blanks."""
    if named is None:
        return " " * (cells + 1), "name"
    nth, person = named
    return fit(person, cells) + " ", "key" if nth == chosen else "name"


def _thing_spans(
    access: Access,
    named: tuple[int, str] | None,
    cells: int,
    chosen: int | None,
    ascii: bool,
) -> Iterator[Span]:
    """Yield the name of a thing, and the letters of the chosen subject's access levels."""
    if named is None:
        return
    nth, title = named
    thing = access.things[nth]
    if chosen is not None:
        own_subjects = access.subjects[chosen : chosen + 1]
    else:
        own_subjects = ()
    reasons = next((access.cell(subject, thing) for subject in own_subjects), ())
    yield fit(" " + title, cells + 2), "title" if reasons else "muted"
    if reasons:
        yield from cell(reasons, ascii)
