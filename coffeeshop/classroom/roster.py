"""Read rosters: CSV files of a teacher, or exports of Canvas, Moodle, Brightspace and Gradescope."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct, structs

from coffeeshop.classroom.cells import without_formula_quote
from coffeeshop.classroom.headings import column_fields, is_learner_role
from coffeeshop.files import decode_text, read_file
from coffeeshop.harmless import escape_line
from coffeeshop.invocation import command_line
from coffeeshop.lessons.play.variants import BLOCK_SIZE, LAST_VARIANT, variant_block
from coffeeshop.lessons.scenario.variant import seed_of
from coffeeshop.policy.model import Level, Place, Problem, Problems

MAX_FILE_BYTES = 8 * 1024 * 1024  # bytes, at most
MAX_LEARNERS = 100_000  # rows, at most
MAX_CELLS = MAX_FILE_BYTES  # at most, with the cells that fill up short rows
# The first of these that a row has tells its learner apart.
ID_FIELDS = ("id", "login", "email", "lms")
NAME_FIELDS = ("name", "first", "last")
DOUBLE_NAME = "double-name"  # the code of a problem: only a name tells two rows apart
KEY_FIELDS = (*ID_FIELDS, *NAME_FIELDS)
# Brightspace writes these after a number sign, so that no spreadsheet reads a number.
HASH_FIELDS = {"id", "login"}
# Cells in rows of Canvas that are no learners.
PLACEHOLDER_NAMES = {
    "points possible",
    "manual posting",
    "student, test",
    "test student",
}
END_ROW = "\0end of the roster"  # a last row, which an open quote joins to another row
ROSTER_FIX = "export it again as CSV in UTF-8, with headings in the first row"


class Learner(Struct, frozen=True):
    """A learner of the class. `key` is unique, `entries` has the row's entries by field, and `row_index` is its index."""

    key: str
    entries: Mapping[str, str]
    row_index: int
    # The learner has the block of variants and the block of practice seeds that begin here.
    first_variant: int | None = None
    first_practice_seed: int | None = None

    @property
    def name(self) -> str:
        """Return the name in its usual order, or the key if there is no name."""
        return _full_name(self.entries) or self.key

    @property
    def first_name(self) -> str:
        """Return the first word of the name, or "" if the row has only a key."""
        first = self.entries.get("first") or _full_name(self.entries)
        return first.split()[0] if first else ""

    @property
    def pseudonym(self) -> str:
        """Return the name to show when names are veiled, or ""."""
        return self.entries.get("pseudonym", "")

    def plays(self, variant: int) -> bool:
        """Return whether a variant is in the learner's block. Any variant is if none was assigned."""
        return self.first_variant is None or variant in variant_block(self.first_variant)

    def practises(self, seed: int) -> bool:
        """Return whether an exercise's seed is in the learner's block. Any seed is if none was assigned."""
        return self.first_practice_seed is None or seed in variant_block(
            self.first_practice_seed
        )


class Roster(Struct, frozen=True):
    """A class: the headings and rows of the file, the field of each column ("": unknown), and the learners.

    `problems` lists odd rows. `former_learners` has learners who left the class. Their variants stay reserved.
    """

    headings: tuple[str, ...]
    fields: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    learners: tuple[Learner, ...]
    problems: tuple[Problem, ...] = ()
    former_learners: tuple[Learner, ...] = ()


def unique_names(
    learners: Iterable[Learner], shows_pseudonyms: bool = False
) -> dict[str, str]:
    """Return a unique name for each learner, by key.

    Learners who share a name get their key after it.

    With `shows_pseudonyms`, return pseudonyms. Equal ones get a number, since a key would reveal the
    learner.
    """
    names_by_key = {
        learner.key: learner.pseudonym if shows_pseudonyms else learner.name
        for learner in learners
    }
    suffixes = {
        key: str(number) if shows_pseudonyms else key
        for number, key in enumerate(names_by_key, 1)
    }
    # A name with its suffix can be another learner's name, so look again until all differ.
    while shared_names := _shared_names(names_by_key.values()):
        for key, name in names_by_key.items():
            if name in shared_names and name != key:
                names_by_key[key] = f"{name} ({suffixes[key]})"
    return names_by_key


def _shared_names(names: Iterable[str]) -> set[str]:
    """Return the names that occur more than once."""
    return {name for name, count in Counter(names).items() if count > 1}


Line: TypeAlias = tuple[int, list[str]]  # where it ends in the file, and its cells


# --------------------------------------------------------------------- reading
def read_roster(path: Path) -> Roster:
    """Return the roster in a file. Odd rows are in its `problems`. Raise Problems if it can't be read at all."""
    data = read_file(path, MAX_FILE_BYTES, "use a roster with only one class")
    try:
        text = decode_text(data)
        odd = ()
    except ValueError:
        text = data.decode("cp1252", "replace")
        message = "it isn't in UTF-8, so it is read as Windows-1252: check that the names are right"
        odd = (_warning("encoding", 0, message, ROSTER_FIX),)
    try:
        roster_of_file = parse_roster(text, odd)
    except Problems as refused:
        raise Problems(*_with_path(path, refused.problems)) from None
    return structs.replace(
        roster_of_file, problems=tuple(_with_path(path, roster_of_file.problems))
    )


def _with_path(path: Path, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems with the path of the file in their place."""
    return (
        replace(problem, place=replace(problem.place, path=str(path)))
        for problem in problems
    )


def parse_roster(text: str, file_problems: Iterable[Problem] = ()) -> Roster:
    """Return the roster in a CSV text with commas, semicolons or tabs between cells.

    Raise Problems if it has no learners' column.
    """
    (_, headings), *lines = _split_lines(text)
    if not {*KEY_FIELDS} & {*column_fields(headings)}:
        message = f"no column identifies the learners; the headings are: {', '.join(headings)[:200] or 'none'}"
        raise Problems(
            _error("no-column", 1, message, "rename a column to learner, email or name")
        )
    if len(lines) > MAX_LEARNERS:
        raise Problems(
            _error(
                "too-large",
                0,
                f"it has more than {MAX_LEARNERS:,} rows",
                "use a roster with only one class",
            )
        )
    width = len(headings)
    if width * len(lines) > MAX_CELLS:
        message = (
            f"it has {len(lines):,} rows, most of them shorter than its {width:,} headings"
        )
        raise Problems(_error("too-large", 0, message, ROSTER_FIX))
    rows = tuple((*cells[:width], *("",) * (width - len(cells))) for _, cells in lines)
    return roster_of_rows(tuple(headings), rows, [line for line, _ in lines], file_problems)


def roster_of_rows(
    headings: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    lines: Sequence[int] = (),
    file_problems: Iterable[Problem] = (),
) -> Roster:
    """Return the roster of a table.

    `lines` are the rows' line numbers in the file, if there is one. Raise Problems.
    """
    fields = column_fields(headings)
    lines = lines or range(2, len(rows) + 2)
    entries = [_entries_by_field(fields, row) for row in rows]
    if unwritable := [*_hidden_character_problems(entries, lines)]:
        raise Problems(*unwritable)
    collector = _LearnerCollector(
        [*file_problems],
        another_is_learner=any(
            is_learner_role(fields_of_row.get("role") or "-", True)
            for fields_of_row in entries
        ),
    )
    for index, line in enumerate(lines):
        if PLACEHOLDER_NAMES.isdisjoint(cell.strip().lower() for cell in rows[index]):
            collector.add(index, line, entries[index])
    learners = tuple(collector.learners.values())
    left_learners = tuple(collector.former_learners.values())
    return Roster(
        headings, fields, rows, learners, tuple(collector.problems), left_learners
    )


def _split_lines(text: str) -> list[Line]:
    """Return the lines, split by the delimiter that gives most known headings. Raise Problems."""
    try:
        lines_by_delimiter = {
            delimiter: _filled_lines(text, delimiter) for delimiter in ",;\t"
        }
        delimiter = max(
            lines_by_delimiter,
            key=lambda each: _count_known_columns(lines_by_delimiter[each]),
        )
        open_quote_line = _open_quote(text, delimiter)
    except csv.Error as error:
        raise Problems(
            _error("unreadable", 0, f"it isn't valid CSV: {error}", ROSTER_FIX)
        ) from None
    if open_quote_line:
        message = "this row has a quotation mark that is never closed, so the rest of the file is one cell"
        raise Problems(
            _error(
                "open-quote",
                open_quote_line,
                message,
                "close the quotation mark or remove it",
            )
        )
    return lines_by_delimiter[delimiter]


def _identifying_text(entries: Mapping[str, str]) -> str:
    """Return the text that identifies the learner of a row, or "" if there is none."""
    return next(
        (entries[field] for field in ID_FIELDS if entries.get(field)), ""
    ) or _full_name(entries)


def _full_name(entries: Mapping[str, str]) -> str:
    """Return the full name in a row, first name first, or "" if there is none."""
    last, comma, first = entries.get("name", "").partition(", ")
    if last:
        return f"{first} {last}" if comma else last
    first = entries.get("first", "")
    last = entries.get("last", "")
    if f" {first} ".endswith(f" {last} "):
        both_names = first
    else:
        both_names = f"{first} {last}"
    return (last if f" {last} ".startswith(f" {first} ") else both_names).strip()


def _hidden_character_problems(
    entries: Iterable[Mapping[str, str]], lines: Iterable[int]
) -> Iterator[Problem]:
    """Yield a problem for each learner whose identifier contains hidden characters.

    It couldn't be written and read back.
    """
    for line, row in zip(lines, entries, strict=True):
        message = _identifying_text(row)
        if message != escape_line(message):
            reason_text = (
                f"{message[:80]!a} identifies a learner, but contains invisible characters"
            )
            yield _error(
                "hidden-character", line, reason_text, "remove them from that cell"
            )


def _entries_by_field(fields: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    """Return a row's entries by field. Brightspace's number sign and our quote before formulas are removed."""
    entries = {
        field: without_formula_quote(cell.strip())
        for field, cell in zip(fields, row, strict=True)
        if field
    }
    return {
        field: text.removeprefix("#") if field in HASH_FIELDS else text
        for field, text in entries.items()
    }


def _filled_lines(text: str, delimiter: str) -> list[Line]:
    """Return the lines that aren't empty, or one empty line. A file that is too long gives one line too many."""
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    lines_with_text = ((rows.line_num, row) for row in rows if "".join(row).strip())
    return [*islice(lines_with_text, MAX_LEARNERS + 2)] or [(1, [])]


def _open_quote(text: str, delimiter: str) -> int:
    """Return the line of the row with an unclosed quote, or 0 if there is none.

    The CSV reader doesn't report an unclosed quote: the quoted cell then runs to the end of
    the file. So a marker (END_ROW) is added as a last row. If it comes back at the end of
    another cell, that cell's quote was never closed.
    """
    rows = csv.reader(StringIO(f"{text}\n{END_ROW}", newline=""), delimiter=delimiter)
    last_line_read = 0
    for row in rows:
        if row and row[-1] != END_ROW and row[-1].endswith(END_ROW):
            return last_line_read + 1
        last_line_read = rows.line_num
    return 0


def _count_known_columns(lines: list[Line]) -> int:
    """Return how many headings are known."""
    return sum(map(bool, column_fields(lines[0][1])))


class _LearnerCollector:
    """Collects learners row by row, and the problems of rows.

    `another_is_learner` tells whether any row has a learner's role.
    """

    def __init__(self, problems: list[Problem], another_is_learner: bool) -> None:
        """Begin without learners. `problems` is the list to which problems of rows are added."""
        self.learners: dict[str, Learner] = {}
        self.former_learners: dict[str, Learner] = {}
        self.problems = problems
        self._another_is_learner = another_is_learner
        # By field, and by seed divided by BLOCK_SIZE: the first seed of a block, and whose it is.
        self._blocks: dict[tuple[str, int], tuple[int, str]] = {}

    def add(self, row_index: int, line: int, entries: Mapping[str, str]) -> None:
        """Add the learner of a row, or a warning if the row names no learner or one who is
        there already.

        `row_index` counts the rows of learners, `line` is the line in the file. A learner
        who left goes into a list of their own.
        """
        identity = _identifying_text(entries)
        role = entries.get("role", "")
        if not identity:
            self._warn(
                "no-key",
                line,
                "this row doesn't name a learner",
                "add a name, or delete the row",
            )
        elif not is_learner_role(role, self._another_is_learner):
            reason_text = f"{identity[:80]!a} has the role {role[:40]!a}, so this person isn't a learner and is left out"
            self._warn("role", line, reason_text, "if this is a learner, delete the role")
        elif identity.casefold() in self.learners:
            reason_text = (
                f"{identity[:80]!a} is in the roster twice, and only the first row counts"
            )
            has_id = any(entries.get(field) for field in ID_FIELDS)
            self._warn(
                "double" if has_id else DOUBLE_NAME,
                line,
                reason_text,
                "give each learner a different value",
            )
        else:
            first_variant, first_practice_seed = (
                self._read_seed(field, line, entries.get(field, ""), identity)
                for field in ("variant", "practice")
            )
            if entries.get("left"):
                group = self.former_learners
            else:
                group = self.learners
            group[identity.casefold()] = Learner(
                identity, entries, row_index, first_variant, first_practice_seed
            )

    def _read_seed(self, field: str, line: int, text: str, owner: str) -> int | None:
        """Return the seed in a learner's cell "variant" or "practice", or None if the cell has none.

        A learner has the BLOCK_SIZE seeds from this one on. Warn if another learner has some of them, too.
        """
        seed = self._seed_or_warning(field, line, text)
        if seed is None:
            return None
        other_owner = self._block_owner(field, seed)
        self._blocks.setdefault((field, seed // BLOCK_SIZE), (seed, owner))
        if other_owner is not None and other_owner != owner:
            reason_text = f"the {field} {seed} already belongs to {other_owner[:80]!a}"
            self._warn(
                f"shared-{field}",
                line,
                reason_text,
                f"delete that cell's value, and run {command_line('roster assign')}",
            )
        return seed

    def _block_owner(self, field: str, seed: int) -> str | None:
        """Return who has a block that overlaps the block from `seed` on, or None.

        A block can begin at any number, so it can overlap those of its neighbours.
        """
        place = seed // BLOCK_SIZE
        for near_place in (place, place - 1, place + 1):
            if (field, near_place) in self._blocks:
                first_seed, owner = self._blocks[field, near_place]
                if abs(first_seed - seed) < BLOCK_SIZE:
                    return owner
        return None

    def _seed_or_warning(self, field: str, line: int, text: str) -> int | None:
        """Return the number in a cell, or None. Warn if the cell isn't a valid number."""
        seed = seed_of(text)
        if text and seed is None:
            message = f"{text[:40]!a} isn't a {field}, so this learner has none"
            self._warn(
                "no-number",
                line,
                message,
                f"write a number from 0 to {LAST_VARIANT}, or delete the value",
            )
        return seed

    def _warn(self, code: str, line: int, text: str, mend: str) -> None:
        """Add a warning about a line of the file."""
        self.problems.append(_warning(code, line, text, mend))


def _warning(code: str, line: int, text: str, mend: str) -> Problem:
    """Return a warning about a line of a roster. `mend` is the fix."""
    return Problem(Level.WARNING, code, Place("", line), text, mend)


def _error(code: str, line: int, text: str, mend: str) -> Problem:
    """Return an error about a line of a roster. `mend` is the fix."""
    return Problem(Level.ERROR, code, Place("", line), text, mend)
