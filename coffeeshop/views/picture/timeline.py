"""Draw the day as a line from 06:00 to 22:00, with the gravest happening in each cell and the clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from coffeeshop.shop.day import Happening, Kind
from coffeeshop.shop.mark import Mark
from coffeeshop.views.cells import fit
from coffeeshop.views.picture.picture import Canvas, Line, Run
from coffeeshop.views.picture.pixels import Paints
from coffeeshop.views.rows import ASCII_MARKS, MARK_ROLES

FIRST_HOUR = 6  # the first hour
DAY_HOURS = 16  # how many hours a day has
EVENT_LETTERS = {
    Kind.THEFT: ("I", "error"),
    Kind.REOPENED: ("I", "error"),
    Kind.NOTICED: ("N", "warning"),
    Kind.CONTAINED: ("C", "ok"),
    Kind.EDIT: ("Y", "accent"),
}
WORST_FIRST = (Mark.LEAK, Mark.EXTRA, Mark.MISS, Mark.OK, Mark.QUIET)
TIMELINE_LEGEND = (
    "I incident, N noticed, C contained, Y your call, . nothing (the other marks are below)"
)


def draw_timeline(
    happened: Sequence[Happening],
    current_time: datetime,
    columns: int,
    paints: Paints,
    ascii: bool = False,
) -> Canvas:
    """Return two rows of exactly `columns` cells: the hours, and the happenings so far."""
    cursor = column_of_time(current_time, columns)
    happenings_by_column = dict[int, list[Happening]]()
    for happening in happened:
        happenings_by_column.setdefault(column_of_time(happening.at, columns), []).append(
            happening
        )
    marks = (
        _happening_run(
            happenings_by_column.get(x, ()), x == cursor, x > cursor, paints, ascii
        )
        for x in range(columns)
    )
    return _hour_row(columns, cursor, current_time, paints, ascii), tuple(marks)


def column_of_time(at: datetime, columns: int) -> int:
    """Return the column of a time."""
    minutes = at.hour * 60 + at.minute - FIRST_HOUR * 60
    return min(max(minutes * columns // (DAY_HOURS * 60), 0), columns - 1)


def _hour_row(
    columns: int, cursor: int, current_time: datetime, paints: Paints, ascii: bool
) -> Line:
    """Return the row of hours, with every second hour named.

    The clock covers its own column, and an hour that the clock would cut is left out.
    """
    text = list(fit("", columns).replace(" ", "-" if ascii else "─"))
    clock_text = f" {current_time:%H:%M} "
    start = min(max(cursor - len(clock_text) // 2, 0), columns - len(clock_text))
    end = start + len(clock_text)
    for hour in range(0, DAY_HOURS, 2):
        x = hour * columns // DAY_HOURS
        if x + 2 <= start or x >= end:
            text[x : x + 2] = f"{FIRST_HOUR + hour:02}"
    background = paints["background"]
    return (
        Run("".join(text[:start]), paints["muted"], background),
        Run(clock_text, background, paints["accent"], True),
        Run("".join(text[end:]), paints["muted"], background),
    )


def _happening_run(
    happenings: Sequence[Happening], is_now: bool, ahead: bool, paints: Paints, ascii: bool
) -> Run:
    """Return one cell of the row of happenings. `ahead` means that its time is still to come."""
    sign, role = next(
        _happening_signs(happenings, ascii), (" " if ahead else ".", "border")
    )
    if is_now:
        return Run(sign, paints["background"], paints["accent"], True)
    return Run(sign, paints[role], paints["background"], sign not in " .")


def _happening_signs(
    happenings: Sequence[Happening], ascii: bool
) -> Iterator[tuple[str, str]]:
    """Yield the signs of a cell with their roles, the gravest first.

    An incident has a letter, and every other happening has a mark.
    """
    kinds = {happening.kind for happening in happenings}
    yield from (letter for kind, letter in EVENT_LETTERS.items() if kind in kinds)
    marks = {happening.mark for happening in happenings if happening.kind is not Kind.NEWS}
    yield from (
        (ASCII_MARKS[mark][0] if ascii else mark.value, MARK_ROLES[mark])
        for mark in WORST_FIRST
        if mark in marks
    )
