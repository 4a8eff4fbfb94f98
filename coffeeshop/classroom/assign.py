"""Draw what each learner of a roster is given: a block of variants, a practice seed, a pseudonym."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import count

from coffeeshop.classroom.cells import row
from coffeeshop.classroom.roster import Roster
from coffeeshop.lessons.play.variants import BLOCK, LAST_VARIANT
from coffeeshop.lessons.scenario.variant import seed_of

BLOCKS = (LAST_VARIANT + 1) // BLOCK
NAMES = 1_000_000


def _number(draw: int) -> str:
    """Returns the first variant of a block; the first block is left to those who play without any."""
    return str((1 + draw % (BLOCKS - 1)) * BLOCK)


def _name(draw: int) -> str:
    return f"learner-{draw % NAMES:06}"


DRAWN: Mapping[str, Callable[[int], str]] = {
    "variant": _number,
    "practice": _number,
    "pseudonym": _name,
}


def roster_with_columns(roster: Roster, fields: Sequence[str], seed: str) -> Iterator[str]:
    """Yields the lines of a roster with a column for each of these fields, and for each that it has already, in which every
    learner has an entry of their own. What is there stays; the rest is drawn by the seed and the learner's key.
    """
    table = [[*cells] for cells in roster.rows]
    headings = [*roster.headings]
    columns = [*roster.fields]
    for field in dict.fromkeys((*fields, *(field for field in DRAWN if field in columns))):
        if field not in columns:
            headings.append(field)
            columns.append(field)
            for cells in table:
                cells.append("")
        at = columns.index(field)
        taken = {*_entries_taken(cells[at].strip() for cells in table)}
        for learner in roster.learners:
            if not learner.says.get(field):
                drawn = _drawn(field, f"{seed}\0{field}\0{learner.key}", taken)
                table[learner.row][at] = drawn
                taken.add(drawn)
    yield row(headings)
    yield from map(row, table)


def _entries_taken(entries: Iterable[str]) -> Iterator[str]:
    """Yields entries with those that nobody else can be given beside them: the blocks that a number reaches into."""
    for entry in entries:
        yield entry
        if (first := seed_of(entry)) is not None:
            yield str(first - first % BLOCK)
            yield str(first + -first % BLOCK)


def _drawn(field: str, seed: str, taken: set[str]) -> str:
    """Returns the first entry that nobody has, of those that a seed draws."""
    draws = (
        sha256(f"{seed}\0{turn}".encode("utf-8", "backslashreplace")).digest()
        for turn in count()
    )
    entries = (DRAWN[field](int.from_bytes(draw[:8], "big")) for draw in draws)
    return next(entry for entry in entries if entry not in taken)
