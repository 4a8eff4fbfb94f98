"""Fill in the grading worksheet of a Moodle assignment, which has its own columns for the grade and the feedback.

https://docs.moodle.org/en/Assignment_settings#Offline_grading_worksheet
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from coffeeshop.classroom.cells import row
from coffeeshop.classroom.formats.points import scale_score
from coffeeshop.classroom.headings import letters_and_digits
from coffeeshop.classroom.register import Result
from coffeeshop.classroom.roster import Learner, Roster, roster_of_rows

# Headings in English, German, French, Spanish, Italian and Portuguese.
GRADE_HEADINGS = ("grade", "bewertung", "note", "calificación", "valutazione", "nota")
MAXIMUM_HEADINGS = (
    *("maximum grade", "höchste bewertung", "beste bewertung", "maximale bewertung"),
    *("note maximale", "calificación máxima", "valutazione massima", "nota máxima"),
)
COMMENT_HEADINGS = (
    *("feedback comments", "feedback als kommentar", "feedback par commentaires"),
    *("commentaires de feedback", "comentarios de retroalimentación"),
    *("commenti di feedback", "comentários de feedback"),
)
NUMBER_PATTERN = re.compile(r"\d+(?:[.,]\d+)?")


class Worksheet(Struct, frozen=True):
    """A worksheet, with the indexes of its columns. `comments_column` is -1 if it has none."""

    roster: Roster
    grade_column: int
    maximum_column: int
    comments_column: int = -1

    @property
    def learners(self) -> tuple[Learner, ...]:
        """Return the learners. Moodle's identifier in the first column is of this worksheet only, so it tells nobody apart."""
        headings = ("", *self.roster.headings[1:])
        return roster_of_rows(headings, self.roster.rows).learners

    def lines(
        self, results: Iterable[Result], feedback: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield the worksheet with the rows of those who have a mark. `feedback` is by the learner's key."""
        yield row(self.roster.headings)
        for result in results:
            if result.counted_score is None:
                continue
            cells = [*self.roster.rows[result.learner.row_index]]
            points = _number(cells[self.maximum_column])
            cells[self.grade_column] = f"{scale_score(result.counted_score, points):g}"
            if self.comments_column >= 0:
                cells[self.comments_column] = feedback.get(result.learner.key, "")
            yield row(cells)


def find_worksheet(roster: Roster | None) -> Worksheet | None:
    """Return the roster as a worksheet if it has a worksheet's columns, or None."""
    if roster is None:
        return None
    grade = _column_index(roster, GRADE_HEADINGS)
    maximum = _column_index(roster, MAXIMUM_HEADINGS)
    if grade < 0 or maximum < 0:
        return None
    return Worksheet(roster, grade, maximum, _column_index(roster, COMMENT_HEADINGS))


def _column_index(roster: Roster, names: Iterable[str]) -> int:
    """Return the index of the column with one of these names, or -1."""
    words = {letters_and_digits(name) for name in names}
    for index, heading in enumerate(roster.headings):
        if letters_and_digits(heading) in words:
            return index
    return -1


def _number(cell: str) -> float:
    """Return the points of a full score in a cell, or 100 if it has none."""
    match = NUMBER_PATTERN.search(cell)
    return float(match[0].replace(",", ".")) if match else 100.0
