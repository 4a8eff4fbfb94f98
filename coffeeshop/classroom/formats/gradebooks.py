"""Write gradebooks that Canvas, Moodle and Brightspace import: a row for each learner, a column for each scenario.

An empty cell can erase a grade on import, so learners without a graded hand-in have no row. If the roster is an exported
gradebook, its columns are found again. If two columns could match, the teacher must choose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain, groupby
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.classroom.cells import NO_GRADE, row
from coffeeshop.classroom.formats.points import scale_score
from coffeeshop.classroom.formats.worksheet import find_worksheet
from coffeeshop.classroom.given import match_learners
from coffeeshop.classroom.register import Result
from coffeeshop.classroom.roster import Learner, Roster
from coffeeshop.policy.problem import Level, Place, Problem, Problems


class ResultSource(Protocol):
    """Has the roster whose columns a gradebook takes over, and a result for each learner and assignment."""

    @property
    def roster(self) -> Roster | None:
        """Return the roster."""
        ...

    def results(self) -> Iterator[Result]:
        """Yield the results, those of one learner together."""
        ...


class GradebookResults(Struct, frozen=True):
    """Results of learners in the rows of a gradebook's export."""

    roster: Roster | None
    all_results: tuple[Result, ...]

    def results(self) -> Iterator[Result]:
        """Yield the results, in the order of the class."""
        yield from self.all_results


def results_in_gradebook(
    results: Iterable[Result], learners: Sequence[Learner], gradebook: Roster
) -> GradebookResults:
    """Return results with the learners as a fresh export of the gradebook has them. Others are left out.

    Raise Problems if two learners can't be told apart.
    """
    worksheet = find_worksheet(gradebook)
    rows = worksheet.learners if worksheet else gradebook.learners
    matches = match_learners(learners, rows)
    return GradebookResults(
        gradebook,
        tuple(
            replace(result, learner=matches[result.learner.key])
            for result in results
            if result.learner.key in matches
        ),
    )


POINTS_POSSIBLE = "    Points Possible"
HEADING_PATTERNS = (  # how exported gradebooks write a column named Homework 1, the longer name first
    re.compile(r"(?P<name>.+?)\s*\(\d+\)"),  # Canvas: Homework 1 (77)
    re.compile(
        r"(?P<name>.+?\s+Points Grade)\b.*", re.IGNORECASE
    ),  # Brightspace: as `SCALE_PATTERN` has it
    re.compile(r"(?P<name>.+?)\s+Points Grade\b.*", re.IGNORECASE),
    re.compile(r"[^:：]+[:：]\s*(?P<name>.+)"),  # Moodle: Assignment: Homework 1
)
# Moodle ends a heading with how the column shows grades, in the language of the site: (Real), (Punkte), (Percentage).
DISPLAY_PATTERN = re.compile(r"(?P<name>.+) ?(?P<display>[(（][^()（）\d]+[)）])")
MOST_LISTED = 30  # columns in a warning
MAX_HEADING_LENGTH = 1000  # characters of a heading, at most: Canvas allows 255
# And more: Category:Labs.
SCALE_PATTERN = re.compile(
    r"\bPoints Grade <Numeric MaxPoints:(?P<points>\d+(?:\.\d+)?)\b", re.IGNORECASE
)
NUMBER_PATTERN = re.compile(r"\d+(\.\d+)?")


class _Column:
    """A gradebook's column for one scenario: its `index` (-1: a new one), its heading, and its points possible.

    `bare_heading` is the heading without what the gradebook system adds, such as an id or the
    points.
    """

    def __init__(
        self, roster: Roster, result: Result, points: float, column_name: str
    ) -> None:
        """Find the gradebook's column of a result, or the heading of a new one (`index` is
        -1 then).

        `column_name` is the heading from --column. Without it, the scenario's id or title
        must be in a heading. Raise Problems if several columns fit. `bare_heading` is the
        heading without the additions of the system, such as points.
        """
        names = _column_names(result, column_name)
        columns = _find_columns(roster.headings, names)
        if len(columns) > 1:
            raise Problems(
                _ambiguous_column_problem([roster.headings[at] for at, _ in columns], names)
            )
        if columns:
            self.index, name_in_heading = columns[0]
            self.heading = roster.headings[self.index]
            self.points = next(_points_possible(roster, self.index), points)
        else:
            self.index = -1
            name_in_heading = ""
            self.heading = column_name or result.title
            self.points = points
        numbered_heading = HEADING_PATTERNS[0].fullmatch(self.heading)
        if numbered_heading:
            self.bare_heading = name_in_heading or numbered_heading["name"]
        else:
            self.bare_heading = name_in_heading or self.heading

    def grade_cell(self, result: Result) -> str:
        """Return the points of a result, or "" if there is no grade. A late hand-in has what the delay leaves."""
        if result.counted_score is None:
            return ""
        return f"{scale_score(result.counted_score, self.points):g}"


def has_column(gradebook: Roster, result: Result, column_name: str) -> bool:
    """Return whether a gradebook has a column for an assignment. A grading worksheet has one."""
    names = _column_names(result, column_name)
    return bool(find_worksheet(gradebook) or _find_columns(gradebook.headings, names))


def unknown_column_problem(
    gradebook: Roster, results: Sequence[Result], column_name: str
) -> Problem:
    """Return the warning that a gradebook has no column for the assignments of these results, with the columns that it has."""
    called = "; ".join(
        " or ".join(sorted(repr(name) for name in _column_names(result, column_name)))
        for result in results
    )
    others = [
        heading.strip()
        for heading, field in zip(gradebook.headings, gradebook.fields, strict=True)
        if not field and heading.strip()
    ]
    listed = ", ".join(map(repr, others[:MOST_LISTED])) or "none"
    new = "a new one" if len(results) == 1 else "new ones"
    message = f"the gradebook has no column called {called}, so an import creates {new}"
    fix = f"to use an existing column, name it with --column. The gradebook has: {listed}"
    return Problem(Level.WARNING, "no-column", Place(), message, fix)


def _column_names(result: Result, column_name: str) -> set[str]:
    """Return the names that the column of an assignment may have: the typed one, or its id and its title."""
    if column_name:
        return {column_name}
    names = {result.scenario, result.title} - {""}
    shelf_number = result.scenario.partition("-")[0]
    if any(map(str.isdigit, shelf_number)):
        names.add(f"{shelf_number} {result.title}")
    return names


def _find_columns(headings: Sequence[str], names: Set[str]) -> list[tuple[int, str]]:
    """Return the columns that these names could mean: the index of each, and the name as its heading spells it.

    An exact heading wins over one that differs in case, and that over headings with a
    system's additions.
    """
    folded_names = {_fold_case(name) for name in names}
    items = _without_displays(headings)
    named_columns = [
        (at, name)
        for at, (heading, (item, _)) in enumerate(zip(headings, items, strict=True))
        if (name := _longest_name_in(heading, item, folded_names))
    ]
    # Moodle can show the same grades in several columns, and writes the points first.
    displays = [items[at][1] for at, _ in named_columns if items[at][1]][:1]
    named_columns = [
        (at, name) for at, name in named_columns if items[at][1] in ("", *displays)
    ]
    bare_headings = [(at, name) for at, name in named_columns if name == headings[at]]
    return (
        [(at, name) for at, name in bare_headings if name in names]
        or bare_headings
        or named_columns
    )


def _without_displays(headings: Sequence[str]) -> list[tuple[str, str]]:
    """Return each heading without how Moodle's column shows grades, and that part, or "".

    A word in brackets is such a part after the name of an activity ("Assignment: A"), or if several headings end with it.
    A heading that ends so can also be the name that a teacher chose: A (bonus).
    """
    matches = [
        DISPLAY_PATTERN.fullmatch(heading.strip())
        if len(heading) <= MAX_HEADING_LENGTH
        else None
        for heading in headings
    ]
    counts = Counter(match["display"] for match in matches if match)
    return [
        (match["name"].strip(), match["display"])
        if match
        and (
            counts[match["display"]] > 1
            or match["display"] == "(Real)"
            or HEADING_PATTERNS[-1].fullmatch(match["name"])
        )
        else (heading, "")
        for heading, match in zip(headings, matches, strict=True)
    ]


def _longest_name_in(heading: str, item: str, names: Set[str]) -> str:
    """Return the longest of these names in a heading, as the heading spells it.

    Return "" if none of them is in it. `item` is the heading without how Moodle shows grades.

    A system adds points or a number to its headings, so the heading is also compared
    without them.
    """
    heading_patterns = HEADING_PATTERNS if len(heading) <= MAX_HEADING_LENGTH else ()
    names_without_additions = (
        match["name"]
        for text in dict.fromkeys((heading, item))
        for pattern in heading_patterns
        if (match := pattern.fullmatch(text.strip()))
    )
    return next(
        (
            name
            for name in (heading, item, *names_without_additions)
            if _fold_case(name) in names
        ),
        "",
    )


def _fold_case(name: str) -> str:
    """Return a heading for a comparison: without outer spaces and case."""
    return name.strip().casefold()


def _ambiguous_column_problem(headings: Iterable[str], names: Iterable[str]) -> Problem:
    """Return the problem that several columns match."""
    message = (
        f"{' or '.join(sorted(names))} could be any of these columns: {', '.join(headings)}"
    )
    return Problem(
        Level.ERROR,
        "two-columns",
        Place(),
        message,
        "choose one with --column, and write its name exactly as it is there",
    )


def _points_possible(roster: Roster, column: int) -> Iterator[float]:
    """Yield where a gradebook states a column's points possible: in its heading, then in a row for them (Canvas)."""
    if scale := SCALE_PATTERN.search(roster.headings[column]):
        yield float(scale["points"])
    for cells in roster.rows:
        if cells[0].strip() == POINTS_POSSIBLE.strip() and NUMBER_PATTERN.fullmatch(
            cells[column].strip()
        ):
            yield float(cells[column])


def _gradebook_parts(
    register: ResultSource, points: float, column_name: str
) -> tuple[Roster, list[_Column], list[tuple[Learner, list[Result]]]]:
    """Return what a gradebook needs: the roster, a column for each scenario, and each
    graded learner with their results.

    `points` are those of a new column. `column_name` is the heading from --column, or "". A
    learner's results are in the order of the columns. Raise Problems if a column can't be
    chosen, or if one is named and several scenarios were handed in.
    """
    roster = register.roster
    assert roster is not None, "a gradebook is of a class with a roster"
    rows = [
        (learner, [*group])
        for learner, group in groupby(register.results(), key=lambda result: result.learner)
    ]
    columns = [
        _Column(roster, result, points, column_name)
        for result in (rows[0][1] if rows else ())
        if result.scenario
    ]
    if column_name and len(columns) > 1:
        message = f"{column_name} is only one column, but these hand-ins are from {len(columns)} scenarios"
        raise Problems(
            Problem(
                Level.ERROR,
                "two-scenarios",
                Place(),
                message,
                "grade the files of one scenario at a time",
            )
        )
    graded = [
        (learner, results)
        for learner, results in rows
        if any(result.counted_score is not None for result in results)
    ]
    return roster, columns, graded


def _last_name_first(learner: Learner) -> str:
    """Return a learner's name with the last name first: "Smith, Anna"."""
    if ", " in learner.entries.get("name", ""):
        return learner.entries["name"]
    first, _, last = learner.name.rpartition(" ")
    return f"{last}, {first}" if first else last


def write_canvas(
    register: ResultSource, points: float, column_name: str = ""
) -> Iterator[str]:
    """Yield the CSV that Canvas imports into its gradebook.

    https://community.canvaslms.com/t5/Instructor-Guide/How-do-I-import-grades-in-the-Gradebook/ta-p/807
    """
    roster, columns, graded = _gradebook_parts(register, points, column_name)
    info = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    yield row((*info, *(column.heading for column in columns)))
    yield row(
        (
            POINTS_POSSIBLE,
            *("",) * (len(info) - 1),
            *(f"{column.points:g}" for column in columns),
        )
    )
    for learner, results in graded:
        entries = learner.entries
        login = entries.get("login") or entries.get("email")
        id_cells = (_last_name_first(learner), entries.get("lms"), entries.get("id"), login)
        cells = (
            column.grade_cell(result) or _cell_of_gradebook(roster, column, learner)
            for column, result in zip(columns, results, strict=True)
        )
        yield row((*id_cells, entries.get("section"), *cells))


def _cell_of_gradebook(roster: Roster, column: _Column, learner: Learner) -> str:
    """Return the grade that the exported gradebook has already for a learner, or "". Importing it again keeps it."""
    if column.index >= 0:
        return roster.rows[learner.row_index][column.index].strip()
    return ""


# Columns by which Moodle maps a row to a user.
MOODLE_COLUMNS = {"id": "ID number", "login": "Username", "email": "Email address"}


def write_moodle(
    register: ResultSource, points: float, column_name: str = ""
) -> Iterator[str]:
    """Yield the CSV for Moodle's import of grades: the columns that identify a user, and two columns for each scenario.

    If the gradebook is an assignment's grading worksheet, it is filled in.
    https://docs.moodle.org/en/Grade_import
    """
    if worksheet := find_worksheet(register.roster):
        results = [*register.results()]
        feedback = {result.learner.key: result.feedback for result in results}
        yield from worksheet.lines(results, feedback)
        return
    _, columns, graded = _gradebook_parts(register, points, column_name)
    used_fields = {
        field for learner, _ in graded for field, text in learner.entries.items() if text
    }
    known_fields = [field for field in MOODLE_COLUMNS if field in used_fields] or ["id"]
    headings = (
        (column.bare_heading, f"{column.bare_heading} (feedback)") for column in columns
    )
    yield row(
        (*(MOODLE_COLUMNS[field] for field in known_fields), *chain.from_iterable(headings))
    )
    for learner, results in graded:
        cells = (
            (column.grade_cell(result) or NO_GRADE, result.feedback)
            for column, result in zip(columns, results, strict=True)
        )
        yield row((*map(learner.entries.get, known_fields), *chain.from_iterable(cells)))


def write_brightspace(
    register: ResultSource, points: float, column_name: str = ""
) -> Iterator[str]:
    """Yield the CSV for Brightspace's import of grades, which ends each row with a number sign.

    https://community.d2l.com/brightspace/kb/articles/3538-importing-grades
    """
    _, columns, graded = _gradebook_parts(register, points, column_name)
    yield row(
        ("OrgDefinedId", "Username", *map(_typed_heading, columns), "End-of-Line Indicator")
    )
    for learner, results in graded:
        cells = (
            column.grade_cell(result)
            for column, result in zip(columns, results, strict=True)
        )
        yield row(
            (
                _brightspace_id(learner.entries.get("id")),
                _brightspace_id(_login(learner)),
                *cells,
                "#",
            )
        )


def _login(learner: Learner) -> str | None:
    """Return a learner's login or email. Return the key if the roster has no id, else None."""
    return (
        learner.entries.get("login")
        or learner.entries.get("email")
        or (None if "id" in learner.entries else learner.key)
    )


def _brightspace_id(text: str | None) -> str:
    """Return an id with Brightspace's number sign before it, so that no spreadsheet reads it as a number."""
    return f"#{text.removeprefix('#')}" if text else ""


def _typed_heading(column: _Column) -> str:
    """Return a heading with the type that Brightspace reads in angle brackets.

    A heading from the gradebook has it already.
    """
    if SCALE_PATTERN.search(column.heading):
        return column.heading
    return f"{re.sub(r'[<>]', '', column.bare_heading)} Points Grade <Numeric MaxPoints:{column.points:g}>"
