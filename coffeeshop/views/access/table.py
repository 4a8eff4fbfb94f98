"""The permissions as a table. A cell has a letter for each access level, first the wanted ones.

`LR▲W` lists and reads, and writes more than jobs need. A line is a tuple of spans. Each span is a
text and its style. The table fills the given cells, 60 or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from coffeeshop.lessons.grading.access_table import Access, Reason
from coffeeshop.lessons.grading.subjects import Subject
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.things import ACCESS_LEVELS, Thing
from coffeeshop.views.access.words import LEVEL_WORDS, groups, subject_name, thing_name
from coffeeshop.views.cells import fit, recognisable_width, shorten_names, width
from coffeeshop.views.rows import ASCII_MARKS, MARK_ROLES, Role

Span: TypeAlias = tuple[str, Role]
Spans: TypeAlias = tuple[Span, ...]

LEVEL_LETTERS = {level: level.value[0] for level in ACCESS_LEVELS}
SHORT_MARK_WORDS = {Mark.EXTRA: "extra", Mark.MISS: "missing", Mark.LEAK: "leaks"}
MAX_NAME_WIDTH = 28  # cells for a subject's name, at most
MIN_COLUMN_WIDTH = 9  # cells for a thing, at least
MIN_HEADING_WIDTH = 12  # cells for a long thing name, at least
MAX_COLUMN_WIDTH = 24  # cells for a thing, at most


class Sight(NamedTuple):
    """The visible part of the access table, when it doesn't fit the window.

    `subject` and `thing` are the indexes of the first visible row and column, `subjects` and `things`
    the number of visible ones. `names` and `column` are the widths in cells of the column of names
    and of each other column.
    """

    subject: int
    thing: int
    subjects: int
    things: int
    names: int
    column: int


def visible_part(
    access: Access,
    columns: int,
    rows: int,
    at: tuple[int, int] = (0, 0),
    ascii: bool = False,
) -> Sight:
    """Choose which part of the access table is shown: as much as fits, around the subject and thing `at`."""
    names = min(widest_name(access), MAX_NAME_WIDTH, columns // 4) + 1
    letters = (width(text_of(cell(reasons, ascii))) for reasons in access.distinct_cells)
    headings = (
        min(recognisable_width(_name_heading(thing)), MIN_HEADING_WIDTH)
        for thing in access.things
    )
    column = max((MIN_COLUMN_WIDTH, *letters, *headings)) + 1
    most_columns = max((columns - names) // column, 1)
    down = max(rows - 2, 1)
    people = len(access.subjects)
    things = len(access.things)
    subject = first_visible_index(at[0], people, down)
    thing = first_visible_index(at[1], things, most_columns)
    shown_count = min(most_columns, things)
    column = max(column, min((columns - names) // max(shown_count, 1), MAX_COLUMN_WIDTH))
    return Sight(subject, thing, min(down, people), shown_count, names, column)


def widest_name(access: Access) -> int:
    """Return the width of the longest subject name."""
    return max((width(row_name(subject)) for subject in access.subjects), default=0)


def row_name(subject: Subject) -> str:
    """Return a subject's name for its row. If they would first need something, it follows: "robin + credential"."""
    name = subject_name(replace(subject, supposing=""))
    if subject.supposing:
        return f"{name} + {subject.supposing.rpartition(' ')[2]}"
    return name


def first_visible_index(at: int, many: int, shown_count: int) -> int:
    """Return the index of the first shown of `many` items, with the item `at` in the middle if possible."""
    return min(max(at - shown_count // 2, 0), max(many - shown_count, 0))


def table(
    access: Access,
    columns: int,
    rows: int,
    at: tuple[int, int] | None = None,
    ascii: bool = False,
) -> tuple[Spans, ...]:
    """Return the table in exactly `columns` by `rows` cells: two lines of things, then a line for each subject.

    "?" is a cell that wasn't tried whole. `[ ]` frames the cell `at`, a subject and a thing by number. If not all fits, the part around it
    is shown.
    """
    seen = visible_part(access, columns, rows, at or (0, 0), ascii)
    shown_things = access.things[seen.thing : seen.thing + seen.things]
    people = shorten_names(map(row_name, access.subjects), seen.names - 1)
    names = shorten_names(map(_name_heading, access.things), seen.column - 1)
    things = range(seen.thing, seen.thing + seen.things)
    kinds: list[Span] = [
        (fit(_kind_heading(thing), seen.column), "muted") for thing in shown_things
    ]
    ends: list[Span] = [(fit(names[nth], seen.column), "title") for nth in things]
    lines: list[Spans] = [
        (_blank_span(seen.names), *kinds),
        (_blank_span(seen.names), *ends),
    ]
    for nth in range(seen.subject, seen.subject + seen.subjects):
        subject = access.subjects[nth]
        cells: list[Span] = [(fit(people[nth], seen.names), "name")]
        for place, thing in enumerate(shown_things, seen.thing):
            reasons = access.cell(subject, thing)
            if not reasons and access.is_untried(subject):
                letters: Spans = (("?", "muted"),)
            else:
                letters = cell(reasons, ascii)
            cells += _box_cell(letters, seen.column, (nth, place) == at)
        lines.append(tuple(cells))
    return tuple(fill_line(line, columns) for line in lines[:rows])


def _kind_heading(thing: Thing) -> str:
    """Return the kind of a thing for the first line of its heading. Return "" if its name says it."""
    first, _, rest = thing_name(thing).partition(" ")
    if thing.name:
        return thing.kind
    if rest:
        return first
    return ""


def _name_heading(thing: Thing) -> str:
    """Return a thing's name for the second line of its heading."""
    return thing.name or thing_name(thing).partition(" ")[2] or thing_name(thing)


def cell(reasons: Sequence[Reason], ascii: bool = False) -> Spans:
    """Return the letters of a cell, one for each access level that AWS allows. Unwanted ones come behind their mark.

    A dot means that nothing is allowed.
    """
    if not reasons:
        return (("." if ascii else "·", "muted"),)
    parts = list[Span]()
    for mark, levels in groups(reasons):
        letters = "".join(LEVEL_LETTERS[level] for level in levels)
        parts.append((_warning_sign(mark, ascii) + letters, role_of(mark)))
    return tuple(parts)


def _warning_sign(mark: Mark, ascii: bool) -> str:
    """Return the sign of an unwanted mark. Return "" if the mark is fine."""
    if mark in (Mark.OK, Mark.QUIET):
        return ""
    return ASCII_MARKS[mark] if ascii else mark.value


def role_of(mark: Mark) -> Role:
    """Return the style of letters with this mark."""
    if mark in (Mark.OK, Mark.QUIET):
        return "text"
    return MARK_ROLES[mark]


def _box_cell(parts: Spans, cells: int, chosen: bool) -> Spans:
    """Return a cell padded to `cells` cells. The cell under the cursor is put in brackets."""
    space = cells - width(text_of(parts)) - 2
    ends = ("[", "]") if chosen else (" ", " ")
    return ((ends[0], "key"), *parts, (ends[1] + " " * max(space, 0), "key"))


def text_of(parts: Spans) -> str:
    """Return the text of a line."""
    return "".join(text for text, _ in parts)


def _blank_span(cells: int) -> Span:
    """Return so many blank cells."""
    return " " * cells, "text"


def fill_line(line: Spans, cells: int) -> Spans:
    """Return a line padded to `cells` cells, with neighbouring spans of one style merged."""
    whole = (*line, _blank_span(max(cells - width(text_of(line)), 0)))
    runs = groupby(whole, key=itemgetter(1))
    return tuple((text_of(tuple(run)), role) for role, run in runs)


def legend_text(ascii: bool = False) -> str:
    """Return the meaning of the letters and marks, in at most 78 cells."""
    letters = ", ".join(
        f"{letter} {LEVEL_WORDS[level]}" for level, letter in LEVEL_LETTERS.items()
    )
    marks = " ".join(
        f"{_warning_sign(mark, ascii)} {word}" for mark, word in SHORT_MARK_WORDS.items()
    )
    return f"{letters}; {marks}"
