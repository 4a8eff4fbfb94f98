"""Correct what the roster of a class says of a learner."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.classroom.roster import Learner, Roster, roster_of_rows

NAME_PARTS = ("first", "last")


def correct_learner(roster: Roster, learner: Learner, entries: Mapping[str, str]) -> Roster:
    """Return the roster with other entries of a learner, by field. A field that it doesn't have becomes a column.

    A whole name is written as the columns of the roster write names: in two parts, or the last name first. Raise Problems.
    """
    new_entries = {**_name_entries(entries.get("name", "")), **entries}
    has_parts = any(part in roster.fields for part in NAME_PARTS)
    if "name" in entries and "name" in roster.fields:
        new_entries["name"] = _name_in_order(learner, entries["name"])
    further_fields = [
        field
        for field in entries
        if field not in roster.fields and not (field == "name" and has_parts)
    ]
    fields = (*roster.fields, *further_fields)
    rows = [[*cells, *("" for _ in further_fields)] for cells in roster.rows]
    for column, field in enumerate(fields):
        rows[learner.row_index][column] = new_entries.get(
            field, rows[learner.row_index][column]
        )
    return roster_of_rows(
        (*roster.headings, *further_fields), tuple(tuple(cells) for cells in rows)
    )


def _name_entries(name: str) -> dict[str, str]:
    """Return the parts of a whole name, or nothing if there is none."""
    first, _, last = name.rpartition(" ")
    return {"first": first, "last": last} if name else {}


def _name_in_order(learner: Learner, name: str) -> str:
    """Return a whole name with the last name first, if the roster wrote the learner's so."""
    first, _, last = name.rpartition(" ")
    is_last_first = ", " in learner.entries.get("name", "")
    return f"{last}, {first}" if is_last_first and first and ", " not in name else name
