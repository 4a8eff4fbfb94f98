"""Add learners to the roster of a class. The rows of everybody else stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from coffeeshop.classroom.assign import csv_with_drawn_columns
from coffeeshop.classroom.given import LEFT_COLUMN, match_learners
from coffeeshop.classroom.roster import (
    ID_FIELDS,
    NAME_FIELDS,
    Learner,
    Roster,
    parse_roster,
    roster_of_rows,
)

EMPTY_HEADINGS = ("learner id", "name", "email")  # of a class without learners yet
FILLED_FIELDS = (*ID_FIELDS, *NAME_FIELDS, "section")  # fields that a newcomer brings along


class Addition(Struct, frozen=True):
    """A roster with newcomers, and those who came: new ones, and ones who were there already."""

    roster: Roster
    newcomers: tuple[Learner, ...]
    known_learners: tuple[Learner, ...]


def add_newcomers(class_roster: Roster, new_roster: Roster, seed: str) -> Addition:
    """Return the class's roster with the learners of another roster, each with a variant drawn from the seed.

    Raise Problems if a learner may or may not be a member of the class.
    """
    matches = match_learners(
        new_roster.learners, (*class_roster.learners, *class_roster.former_learners)
    )
    newcomers = [learner for learner in new_roster.learners if learner.key not in matches]
    known = [learner for learner in new_roster.learners if learner.key in matches]
    came_back = frozenset(matches[learner.key].row_index for learner in known)
    roster = _roster_with_rows(class_roster, new_roster, newcomers, came_back, seed)
    return Addition(roster, tuple(newcomers), tuple(known))


def add_distinct_learner(class_roster: Roster, new_roster: Roster, seed: str) -> Roster:
    """Return the class's roster with all learners of another roster, even if names or emails are similar.

    Their ids must be new. The variant of each is drawn from the seed.
    """
    return _roster_with_rows(
        class_roster, new_roster, new_roster.learners, frozenset(), seed
    )


def _roster_with_rows(
    class_roster: Roster,
    new_roster: Roster,
    newcomers: Sequence[Learner],
    returned_rows: frozenset[int],
    seed: str,
) -> Roster:
    """Return the class's roster with the rows of newcomers. `came_back` has the rows of learners who had left."""
    entered = {*class_roster.fields, *class_roster.headings}
    further = [
        (heading, field)
        for heading, field in zip(new_roster.headings, new_roster.fields, strict=True)
        if field in FILLED_FIELDS
        and field not in class_roster.fields
        and heading not in entered
    ]
    headings = (*class_roster.headings, *(heading for heading, _ in further))
    fields = (*class_roster.fields, *(field for _, field in further))
    rows = [
        _row_of_class(cells, fields, len(further), row in returned_rows)
        for row, cells in enumerate(class_roster.rows)
    ]
    rows += [
        _row_of_newcomer(learner, new_roster, headings, fields) for learner in newcomers
    ]
    table = roster_of_rows(headings, tuple(rows))
    return parse_roster("".join(csv_with_drawn_columns(table, ("variant",), seed)))


def _row_of_class(
    cells: Sequence[str], fields: Sequence[str], extra_cells: int, has_returned: bool
) -> tuple[str, ...]:
    """Return a row of the class with `extra_cells` empty cells. A learner who came back has no mark as left."""
    return tuple(
        "" if has_returned and field == LEFT_COLUMN else cell
        for cell, field in zip(
            (*cells, *("" for _ in range(extra_cells))), fields, strict=True
        )
    )


def _row_of_newcomer(
    learner: Learner, new_roster: Roster, headings: Sequence[str], fields: Sequence[str]
) -> tuple[str, ...]:
    """Return the row of a newcomer in the columns of the class.

    A whole name fills a class's one column for names, and the other way round.
    """
    by_heading = dict(
        zip(new_roster.headings, new_roster.rows[learner.row_index], strict=True)
    )
    first, _, last = learner.name.rpartition(" ")
    entries = {"name": learner.name, "first": first, "last": last, **learner.entries}
    return tuple(
        entries.get(field, "") if field in FILLED_FIELDS else by_heading.get(heading, "")
        for heading, field in zip(headings, fields, strict=True)
    )
