"""Gradebooks as Canvas, Moodle and Brightspace import them: a row for each learner, a column for each scenario.

An empty cell may take a grade away that is there already, so who has nothing to be graded has no row: missing, or what
could not be graded, changes nothing. Where the roster is the gradebook that was exported, its columns are found again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, groupby

from coffeeshop.classroom.formats.points import scaled
from coffeeshop.classroom.formats.sheets import NO_GRADE, row
from coffeeshop.classroom.register import Register, Result
from coffeeshop.classroom.roster import Learner, Roster

POSSIBLE = "    Points Possible"
NUMBERED = re.compile(r"\s*\(\d+\)$")  # how Canvas ends the name of an assignment that it knows


class _Column:
    """One scenario's: its heading, its scale, and where it stands in an exported gradebook (-1: it does not). `named`
    is how the gradebook calls it, "" where as the scenario is called.
    """

    def __init__(self, roster: Roster, result: Result, points: float, named: str) -> None:
        names = {NUMBERED.sub("", named).lower()} if named else {result.scenario.lower(), result.title.lower()}
        found = (at for at, heading in enumerate(roster.headings) if NUMBERED.sub("", heading).lower() in names)
        self.at = next(found, -1)
        self.heading = roster.headings[self.at] if self.at >= 0 else named or result.title
        self.points = next(_numbers(roster, self.at), points) if self.at >= 0 else points

    @property
    def bare(self) -> str:
        """The heading without the number by which only Canvas knows it."""
        return NUMBERED.sub("", self.heading)

    def grade(self, result: Result) -> str:
        """Returns the points of a result; nothing, where there is no grade."""
        best = result.best
        return "" if best is None or best.score is None else f"{scaled(best.score, self.points):g}"


def _numbers(roster: Roster, at: int) -> Iterator[float]:
    """Yields the points possible that an exported gradebook says."""
    for cells in roster.rows:
        if cells[0].strip() == POSSIBLE.strip() and re.fullmatch(r"\d+(\.\d+)?", cells[at].strip()):
            yield float(cells[at])


def _table(
    register: Register, points: float, named: str
) -> tuple[Roster, list[_Column], list[tuple[Learner, list[Result]]]]:
    """Returns the roster, a column for each scenario, and the results of those who have any, in that order."""
    roster = register.roster
    assert roster is not None, "a gradebook is of a class with a roster"
    rows = [(learner, [*group]) for learner, group in groupby(register.results(), key=lambda result: result.learner)]
    columns = [_Column(roster, result, points, named) for result in (rows[0][1] if rows else ()) if result.scenario]
    graded = [(learner, of) for learner, of in rows if any(map(_has_score, of))]
    return roster, columns, graded


def _has_score(result: Result) -> bool:
    return result.best is not None and result.best.score is not None


def _sortable(learner: Learner) -> str:
    """Returns a name as lists sort it: Smith, Anna."""
    if ", " in learner.says.get("name", ""):
        return learner.says["name"]
    first, _, last = learner.name.rpartition(" ")
    return f"{last}, {first}" if first else last


def canvas(register: Register, points: float, named: str = "") -> Iterator[str]:
    """Yields the CSV that Canvas imports into its gradebook.

    https://community.canvaslms.com/t5/Instructor-Guide/How-do-I-import-grades-in-the-Gradebook/ta-p/807
    """
    roster, columns, graded = _table(register, points, named)
    info = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    yield row((*info, *(column.heading for column in columns)))
    yield row((POSSIBLE, *("",) * (len(info) - 1), *(f"{column.points:g}" for column in columns)))
    for learner, results in graded:
        says = learner.says
        told = (_sortable(learner), says.get("lms"), says.get("id"), says.get("login") or says.get("email"))
        cells = (
            column.grade(one) or _kept(roster, column, learner) for column, one in zip(columns, results, strict=True)
        )
        yield row((*told, says.get("section"), *cells))


def _kept(roster: Roster, column: _Column, learner: Learner) -> str:
    """Returns what an exported gradebook has for a learner already."""
    return roster.rows[learner.row][column.at].strip() if column.at >= 0 else ""


MOODLE = {"id": "ID number", "login": "Username", "email": "Email address"}  # by what a row can be mapped to a user


def moodle(register: Register, points: float, named: str = "") -> Iterator[str]:
    """Yields the CSV for Moodle's import of grades: what tells the user, and two columns for each scenario.

    https://docs.moodle.org/en/Grade_import
    """
    _, columns, graded = _table(register, points, named)
    said = {field for learner, _ in graded for field, text in learner.says.items() if text}
    known = [field for field in MOODLE if field in said] or ["id"]
    headings = ((column.bare, f"{column.bare} (feedback)") for column in columns)
    yield row((*(MOODLE[field] for field in known), *chain.from_iterable(headings)))
    for learner, results in graded:
        cells = ((column.grade(one) or NO_GRADE, _feedback(one)) for column, one in zip(columns, results, strict=True))
        yield row((*map(learner.says.get, known), *chain.from_iterable(cells)))


def _feedback(result: Result) -> str:
    best = result.best
    if best is None:
        return ""
    return f"{best.said}; {best.lateness}" if best.lateness else best.said


def brightspace(register: Register, points: float, named: str = "") -> Iterator[str]:
    """Yields the CSV for Brightspace's import of grades, which ends each row with a number sign.

    https://community.d2l.com/brightspace/kb/articles/3541-import-grades-into-the-grades-tool
    """
    _, columns, graded = _table(register, points, named)
    grades = (f"{_plain(column.bare)} Points Grade <Numeric MaxPoints:{column.points:g}>" for column in columns)
    yield row(("OrgDefinedId", "Username", *grades, "End-of-Line Indicator"))
    for learner, results in graded:
        cells = (column.grade(one) for column, one in zip(columns, results, strict=True))
        yield row((_signed(learner.says.get("id")), _signed(_login(learner)), *cells, "#"))


def _login(learner: Learner) -> str | None:
    return learner.says.get("login") or learner.says.get("email") or (None if "id" in learner.says else learner.key)


def _signed(text: str | None) -> str:
    """Returns an id as Brightspace writes it, so that no spreadsheet takes it for a number."""
    return f"#{text.removeprefix('#')}" if text else ""


GRADE = re.compile(r"\s+(?:Points|Text) Grade\b.*$", re.IGNORECASE)


def _plain(heading: str) -> str:
    """Returns the name of a grade item; Brightspace reads what is in angle brackets as its type."""
    return re.sub(r"[<>]", "", GRADE.sub("", heading))
