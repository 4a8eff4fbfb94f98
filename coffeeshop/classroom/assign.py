"""Draw a block of variants, a practice seed and a pseudonym for each learner of a roster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import count

from coffeeshop.classroom.cells import row
from coffeeshop.classroom.roster import Roster
from coffeeshop.lessons.play.variants import BLOCK_SIZE, LAST_VARIANT
from coffeeshop.lessons.scenario.variant import seed_of

BLOCK_COUNT = (LAST_VARIANT + 1) // BLOCK_SIZE
PSEUDONYM_COUNT = 1_000_000


def _block_start(draw: int) -> str:
    """Return the first variant of a block, as text, from a drawn number.

    Each learner plays variants of a block of their own. The block from 0 on is never drawn:
    learners without an assignment play in it.
    """
    return str((1 + draw % (BLOCK_COUNT - 1)) * BLOCK_SIZE)


def _pseudonym(draw: int) -> str:
    """Return a pseudonym from a drawn number."""
    return f"learner-{draw % PSEUDONYM_COUNT:06}"


DRAWN_COLUMNS: Mapping[str, Callable[[int], str]] = {
    "variant": _block_start,
    "practice": _block_start,
    "pseudonym": _pseudonym,
}


def csv_with_drawn_columns(
    roster: Roster, fields: Sequence[str], seed: str
) -> Iterator[str]:
    """Yield the CSV lines of a roster in which every learner has an entry for each of these fields.

    Columns of DRAWN that the roster has already are completed as well. Existing entries stay. The others are drawn from the
    seed and the learner's key.
    """
    table = [[*cells] for cells in roster.rows]
    headings = [*roster.headings]
    columns = [*roster.fields]
    for field in dict.fromkeys(
        (*fields, *(field for field in DRAWN_COLUMNS if field in columns))
    ):
        if field not in columns:
            headings.append(field)
            columns.append(field)
            for cells in table:
                cells.append("")
        column = columns.index(field)
        entries_taken = {*_unavailable_entries(cells[column].strip() for cells in table)}
        for learner in roster.learners:
            if not learner.entries.get(field):
                entry = _draw_entry(field, f"{seed}\0{field}\0{learner.key}", entries_taken)
                table[learner.row_index][column] = entry
                entries_taken.add(entry)
    yield row(headings)
    yield from map(row, table)


def _unavailable_entries(entries: Iterable[str]) -> Iterator[str]:
    """Yield the entries that no other learner may get: each one of the column, and the
    start of every block of variants that it overlaps.
    """
    for entry in entries:
        yield entry
        if (first := seed_of(entry)) is not None:
            yield str(first - first % BLOCK_SIZE)
            yield str(first + -first % BLOCK_SIZE)


def _draw_entry(field: str, seed: str, entries_taken: set[str]) -> str:
    """Return the first entry for a column, drawn from the seed, that isn't taken yet.

    The same seed gives the same entry, so that an assignment can be repeated.
    """
    draws = (
        sha256(f"{seed}\0{turn}".encode("utf-8", "backslashreplace")).digest()
        for turn in count()
    )
    entries = (DRAWN_COLUMNS[field](int.from_bytes(draw[:8], "big")) for draw in draws)
    return next(entry for entry in entries if entry not in entries_taken)
