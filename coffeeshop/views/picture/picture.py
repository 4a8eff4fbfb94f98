"""Lay out a floor as rows of cells: the painted house of eight bays, or the same bays in words.

A canvas is a tuple of rows, and a row is a tuple of runs. A pixel is half a cell. The upper
pixel is the foreground of `▀`, and the lower one its background. Text over pixels has its own
background. Painted bays are cached, so only a changed bay is painted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain, groupby, pairwise
from typing import NamedTuple, TypeAlias

from coffeeshop.shop.mark import Mark
from coffeeshop.views.cells import cut, fit, shorten_text, whole, width
from coffeeshop.views.picture.model import Bay, Floor, Person, State
from coffeeshop.views.picture.pixels import (
    Frame,
    Paints,
    bay_pixels,
    people_with_places,
    sprite_kit,
    uniform_colours,
)
from coffeeshop.views.rows import ASCII_MARKS, MARK_ROLES, Row
from coffeeshop.views.text import count_noun


class Run(NamedTuple):
    """Neighbouring cells with the same colours and weight. Colours are `#rrggbb`."""

    text: str
    fg: str
    bg: str
    bold: bool = False


Line: TypeAlias = tuple[Run, ...]
Canvas: TypeAlias = tuple[Line, ...]


class Motion(NamedTuple):
    """The short animation after an event: the floor before it, and how many of the `FADE` steps are over."""

    was: Floor
    step: int


def paint_floor(
    floor: Floor,
    columns: int,
    rows: int,
    paints: Paints,
    chosen: int | None = None,
    motion: Motion | None = None,
    ascii: bool = False,
) -> Canvas:
    """Return the picture of the shop as a canvas, exactly `columns` (80 or more) by `rows` (12 or more) cells.

    It has two storeys of four bays (workstations). From 21 rows the bays are tall and an awning is
    above them. `chosen` is the index of the bay under the cursor, and None if there is no cursor.
    `ascii` asks for marks in ASCII.
    """
    awning = 1 if rows >= 21 else 0
    high = (rows - awning) // 2
    widths = [columns // 4 + (index < columns % 4) for index in range(4)]
    frames = [_bay_frame(bay, index, motion) for index, bay in enumerate(floor.bays)]
    blocks = [
        _bay_canvas(bay, widths[index % 4], high, paints, index == chosen, frame, ascii)
        for index, (bay, frame) in enumerate(zip(floor.bays, frames, strict=True))
    ]
    storeys = [
        (
            *_side_by_side(blocks[four]),
            _label_row(floor.bays[four], tuple(widths), paints, ascii),
        )
        for four in (slice(0, 4), slice(4, 8))
    ]
    rest = rows - awning - 2 * high
    pavement = ((Run(" " * columns, paints["p"], paints["d"]),),) * rest
    return (
        *(_awning(columns, paints, floor.sign),) * awning,
        *storeys[0],
        *storeys[1],
        *pavement,
    )


def _bay_frame(bay: Bay, nth: int, motion: Motion | None) -> Frame | None:
    """Return the animation frame of one bay (workstation). Return None if the bay didn't change."""
    if motion is None or (old_bay := motion.was.bays[nth]) == bay:
        return None
    return Frame(old_bay, motion.step)


def _side_by_side(blocks: list[Canvas]) -> Canvas:
    """Return canvases of one height as one canvas, side by side."""
    rows = zip(*blocks, strict=True)
    return tuple(tuple(chain(*lines)) for lines in rows)


@lru_cache(maxsize=16)  # a shop's eight bays, each in two states
def _bay_canvas(
    bay: Bay,
    cells: int,
    rows: int,
    paints: Paints,
    chosen: bool,
    frame: Frame | None,
    ascii: bool,
) -> Canvas:
    """Return one bay (workstation) of the picture: its sign, its pixels, and the letters over the pixels.

    Letters are left out while the bay is animated, since people move then.
    """
    height = 2 * rows - 4
    body = half_block_rows(bay_pixels(bay, cells, height, paints, frame))
    if frame is None:
        for column, row, text in _texts_over_pixels(bay, cells, height, paints):
            letters = [Run(char, *text[1:]) for char in text.text]
            body[row][column : column + len(letters)] = letters
    return (_bay_sign_line(bay, cells, paints, chosen, frame, ascii), *map(join_runs, body))


def _texts_over_pixels(
    bay: Bay, cells: int, height: int, paints: Paints
) -> Iterable[tuple[int, int, Run]]:
    """Yield the text over a bay's pixels, with its column and row: letters on aprons, and the sign on the open door."""
    column, row = sprite_kit(height).letter
    for person, x, y in people_with_places(bay, cells, height):
        if person.apron:
            cloth, ink = uniform_colours(person.linen)
            letter = Run(cut(person.apron[:1].upper(), 1), ink, cloth, True)
            yield x + column, (y + row) // 2, letter
    if bay.open:
        yield 2, height // 4 - 1, Run(" OPEN ", paints["chalk_ok"], paints["board"], True)


def half_block(upper: str, lower: str) -> Run:
    """Return a cell that shows two pixels one above the other, with a half block in two colours."""
    if upper != lower:
        return Run("▀", upper, lower)
    return Run(" ", lower, lower)


def half_block_rows(pixels: Sequence[Sequence[str]]) -> list[list[Run]]:
    """Return rows of pixels as half as many rows of text.

    The number of pixel rows must be even.

    A character is twice as high as it is wide. So each cell is a half block, with an upper
    and a lower pixel as its two colours.
    """
    pairs = zip(pixels[::2], pixels[1::2], strict=True)
    cell = cache(half_block)  # equal cells share one run
    return [list(map(cell, upper, lower)) for upper, lower in pairs]


def join_runs(cells: Iterable[Run]) -> Line:
    """Return neighbouring cells of the same look as one run."""
    return tuple(_joined(list(runs)) for _, runs in groupby(cells, key=_look))


def _joined(runs: list[Run]) -> Run:
    """Return runs of one look as one run. A run that is alone stays as it is, as most are in lamplight."""
    if len(runs) == 1:
        return runs[0]
    return runs[0]._replace(text=_text(runs))


def _look(run: Run) -> tuple[str, str, bool]:
    """Return what decides whether neighbouring cells look alike: their two colours and the weight."""
    return run[1:]


def _text(runs: Iterable[Run]) -> str:
    """Return the text of some runs."""
    return "".join(run.text for run in runs)


def changed_box(before: Canvas, after: Canvas) -> tuple[int, int, int, int] | None:
    """Return the smallest box around the cells that differ: column, row, width and height.

    Return None if no cell differs. Only this box is painted again. Both canvases must have the same size.
    """
    rows = [y for y, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    columns = {x for y in rows for x in _changed_columns(before[y], after[y])}
    if not columns:
        return None
    left_column = min(columns)
    right = max(columns)
    return left_column, rows[0], right - left_column + 1, rows[-1] - rows[0] + 1


def _characters(line: Line) -> list[Run]:
    """Return one run for each character of a line."""
    return [Run(char, *_look(run)) for run in line for char in run.text]


def _changed_columns(before: Line, after: Line) -> Iterable[int]:
    """Return the columns that differ.

    Return all columns if a character is not one cell wide.
    """
    old = _characters(before)
    new = _characters(after)
    cells = sum(width(run.text) for run in after)
    if {len(old), len(new)} != {cells}:
        return range(cells)
    return (
        x
        for x, (each_run, other_run) in enumerate(zip(old, new, strict=True))
        if each_run != other_run
    )


@lru_cache(maxsize=8)
def _awning(columns: int, paints: Paints, sign: str) -> Line:
    """Return the striped awning with its scalloped hem and the name of the shop."""
    stripe = [paints["R"] if x // 3 % 2 else paints["p"] for x in range(columns)]
    hem = [paints["board"] if x % 3 == 1 else colour for x, colour in enumerate(stripe)]
    cells = [half_block(*pair) for pair in zip(stripe, hem, strict=True)]
    name = f" {' '.join(sign.upper())} "
    if width(name) > columns:
        name = fit(f" {sign.upper()} ", columns)
    start = (columns - len(name)) // 2
    cells[start : start + len(name)] = [
        Run(char, paints["L"], paints["board"], True) for char in name
    ]
    return join_runs(cells)


# -------------------------------------------------------------------- signs
def _bay_sign_line(
    bay: Bay, cells: int, paints: Paints, chosen: bool, frame: Frame | None, ascii: bool
) -> Line:
    """Return the blackboard over a bay: its name at the left, its mark and word at the right.

    It is reversed under the cursor. During the animation after a refusal, it is reversed too
    and names the refused action.
    """
    if frame:
        refused = next((person.refused for person in bay.people if person.refused), "")
    else:
        refused = ""
    message, role = (
        (f"{_mark(Mark.MISS, ascii)} {refused}", "chalk_error")
        if refused
        else _bay_sign(bay, ascii)
    )
    message = cut(message, cells - 3)
    room = cells - 2 - width(message)
    name = _pointer(chosen, ascii) + bay.name
    # A blank keeps the name and the message apart, if it fits.
    if width(name.strip()) < room <= width(name):
        name = f"{name.strip()} "
    name = fit(name, room)
    background, chalk = (
        (paints["chalk"], paints["board"])
        if chosen or refused
        else (paints["board"], paints["chalk"])
    )
    colour = chalk if chosen or refused else paints[role]
    return (
        Run(name, chalk, background, True),
        Run(message + " ", colour, background, True),
        Run(" ", chalk, paints["board"]),
    )


def _bay_sign(bay: Bay, ascii: bool = False) -> tuple[str, str]:
    """Return the mark and word on a bay's sign, and the colour of the chalk.

    A queue of people at the door and messages in a queue are counted instead.
    """
    mark, word = bay.sign
    sign = "" if mark is None else _mark(mark, ascii)
    if mark is None or MARK_ROLES[mark] == "muted":
        role = "chalk"
    else:
        role = f"chalk_{MARK_ROLES[mark]}"
    if bay.queue:
        return waiting_text(bay), "chalk_warning"
    if bay.tickets and bay.state is State.QUIET and not bay.says:
        return f"{sign} {bay.tickets} wait", "chalk"
    return f"{sign} {word}".strip(), "chalk_muted" if role == "chalk" else role


def _mark(mark: Mark, ascii: bool) -> str:
    """Return the sign of a mark, or its letter in ASCII."""
    return ASCII_MARKS[mark] if ascii else mark.value


def _pointer(chosen: bool, ascii: bool) -> str:
    """Return the sign before the name of the bay under the cursor, and blanks before others."""
    if not chosen:
        return " "
    if ascii:
        return ">"
    return "▸"


@lru_cache(maxsize=64)
def _label_row(
    bays: tuple[Bay, ...], widths: tuple[int, ...], paints: Paints, ascii: bool
) -> Line:
    """Return the row below a storey, in which each bay has a label with its people or waiting jobs.

    A label for waiting jobs may begin below the bay to the left, if that bay has no label.
    """
    rooms = list(widths)
    for index, (left_bay, bay) in enumerate(pairwise(bays), 1):
        if bay.queue and not (bay.people or left_bay.people or left_bay.queue):
            lacking = max(width(bay.queue[0]) + 2 - rooms[index], 0)
            extra = min(lacking, rooms[index - 1] - 2)
            rooms[index - 1] -= extra
            rooms[index] += extra
    return tuple(
        run
        for bay, cells in zip(bays, rooms, strict=True)
        for run in _bay_label(bay, cells, paints, ascii)
    )


def _bay_label(bay: Bay, cells: int, paints: Paints, ascii: bool) -> Line:
    """Return the label below a bay of the shop: the first names of its people in bold, then
    the other texts.

    Long names are shortened in the middle. The label takes `cells` columns.
    """
    name_colour, text_colour, board_colour = paints["p"], paints["q"], paints["d"]
    names, rest = _bay_people(bay, cells - 2, ascii)
    remaining = cells - 1 - width(names)
    rest = fit(shorten_text(rest, remaining - 1), remaining)
    return (
        Run(" " + names, name_colour, board_colour, True),
        Run(rest, text_colour, board_colour),
    )


def _bay_people(bay: Bay, cells: int, ascii: bool) -> tuple[str, str]:
    """Return the names for a label, and the text behind them.

    One person has the assumed role or the group behind the name. A bay with only a queue has
    the first waiting job.
    """
    match bay.people:
        case () if bay.queue:
            return "", whole(bay.queue[0], cells)
        case ():
            return "", ""
        case (one,):
            code = ("MFA " if ascii else "■ ") * one.mfa
            wears = f" {code}{_pointer(True, ascii) + one.apron if one.apron else _person_kind(one)}"
            return shorten_text(one.name, max(cells - width(wears), cells // 2)), wears
        case people:
            return _fitting_names([person.name for person in people], cells), ""


def _fitting_names(names: Sequence[str], cells: int) -> str:
    """Return as many names as fit in the cells, and the number of the others.

    The first name is shortened if even that one doesn't fit.
    """
    lines = (
        " ".join(names[:n]) + (f" +{len(names) - n}" if n < len(names) else "")
        for n in range(len(names), 0, -1)
    )
    rest_text = f" +{len(names) - 1}" if len(names) > 1 else ""
    return next(
        (text for text in lines if width(text) <= cells),
        shorten_text(names[0], cells - len(rest_text)) + rest_text,
    )


def waiting_text(bay: Bay) -> str:
    """Return how many jobs wait at a bay because no person can do them."""
    return count_noun(len(bay.queue), "job waits", "jobs wait")


def look_at_bay(bay: Bay) -> Row:
    """Return a row that tells everything about a bay in whole words."""
    facts = (
        *map(_person_words, bay.people),
        *(f"waits: {message}" for message in bay.queue),
        *_queue_and_job_counts(bay),
    )
    mark, word = bay.sign
    message = waiting_text(bay) if bay.queue else word
    return Row(". ".join((message, *facts)), mark, bay.name)


# -------------------------------------------------------------------- words
def words(
    floor: Floor,
    columns: int,
    rows: int,
    paints: Paints,
    chosen: int | None = None,
    ascii: bool = False,
) -> Canvas:
    """Return the bays as two columns of text, exactly `columns` by `rows` cells.

    Each bay has its sign, its people and its waiting jobs.
    """
    high = max(rows // 4, 1)
    half = columns // 2
    cells = (half, columns - half)
    blocks = [
        _text_canvas(bay, cells[index % 2], high, paints, index == chosen, ascii)
        for index, bay in enumerate(floor.bays[:8])
    ]
    storeys = [_side_by_side(blocks[index : index + 2]) for index in range(0, 8, 2)]
    blank = ((Run(" " * columns, paints["text"], paints["background"]),),) * max(
        rows - 4 * high, 0
    )
    return (*(line for storey in storeys for line in storey), *blank)[:rows]


def _text_canvas(
    bay: Bay, cells: int, rows: int, paints: Paints, chosen: bool, ascii: bool
) -> Canvas:
    """Return one bay as text: its sign with a rule, and its facts below."""
    message, chalk = _bay_sign(bay, ascii)
    role = chalk.removeprefix("chalk").removeprefix("_") or "text"
    name = fit(_pointer(chosen, ascii) + bay.name, 12)
    ink, background = (
        (paints["background"], paints["text"])
        if chosen
        else (paints["text"], paints["background"])
    )
    message = cut(f"{message} ", cells - 13)
    rule = ("-" if ascii else "─") * (cells - 13 - width(message)) + " "
    head = (
        Run(name, ink, background, True),
        Run(message, ink if chosen else paints[role], background, True),
        Run(rule, paints["border"], paints["background"]),
    )
    facts = _bay_facts(bay, rows - 1, cells - 4) + [""] * rows
    body = (
        Run(
            fit("   " + whole(fact, cells - 4), cells),
            paints["muted"],
            paints["background"],
        )
        for fact in facts
    )
    return (head, *((run,) for run in body))[:rows]


def _bay_facts(bay: Bay, lines: int, cells: int) -> list[str]:
    """Return the facts of a bay in at most `lines` lines.

    Each person and each waiting job has a line if there is room. Otherwise all people share a
    line, and all waiting jobs share another.
    """
    people = [_person_words(each_person) for each_person in bay.people]
    line = [f"waits: {message}" for message in bay.queue]
    counts = _queue_and_job_counts(bay)
    if len(people) + len(line) + len(counts) <= lines:
        return [*people, *line, *counts]
    if len(people) > 1:
        people = [_fitting_names([person.name for person in bay.people], cells)]
    if len(line) > 1:
        line = [f"{waiting_text(bay)}: {bay.queue[0]}"]
    full_lines = [*people, *line, *([", ".join(counts)] if counts else [])]
    if len(full_lines) <= lines:
        return full_lines
    last = "; ".join(full_lines[lines - 1 :])
    return [*full_lines[: lines - 1], last][:lines]


def _queue_and_job_counts(bay: Bay) -> list[str]:
    """Return how many messages wait in a bay's queue and how many of its jobs work, each as a phrase."""
    counts = (
        (bay.tickets, "message waits", "messages wait"),
        (bay.cups, "job works here", "jobs work here"),
    )
    return [count_noun(n, name, rest) for n, name, rest in counts if n]


def _person_words(person: Person) -> str:
    """Return a person in words: name, assumed role or group, and MFA."""
    wears = f"as {person.apron}" if person.apron else _person_kind(person)
    return f"{person.name}, {wears}{', MFA' if person.mfa else ''}"


def _person_kind(person: Person) -> str:
    """Return the person's group, or the words for an owner, a guest, a stranger or an insider."""
    return {
        "owner": "the owner",
        "guest": "no user",
        "stranger": "not ours",
        "prying": "where they should not be",
    }.get(person.kind, person.uniform or "no group")
