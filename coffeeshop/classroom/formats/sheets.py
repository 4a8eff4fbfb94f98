"""A table in CSV with a row for each hand-in, and how any table is written so that no cell of it does anything."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from unicodedata import normalize

from coffeeshop.classroom.formats.points import scaled
from coffeeshop.classroom.judge import Graded
from coffeeshop.harmless import escaped_line

FORMULAS, NO_GRADE = ("=", "+", "-", "@"), "-"
COLUMNS = (
    *("handin", "scenario", "variant", "stars", "score", "status", "first_finding", "digest"),
    *("learner", "points", "handed_in", "late_minutes", "tries", "hints"),
)


def sheet(reports: Iterable[Graded], points: float) -> Iterator[str]:
    """Yields a row for each hand-in."""
    yield row(COLUMNS)
    for graded in reports:
        document, handin = graded.document, graded.document.handin
        yield row(
            (
                graded.name,
                document.scenario.id if document.scenario else None,
                document.variant,
                document.stars,
                document.score,
                document.status,
                document.findings[0].key if document.findings else "",
                handin.digest,
                graded.who,
                None if document.score is None else f"{scaled(document.score, points):g}",
                handin.handed_in,
                None if graded.late is None else round(graded.late.total_seconds() / 60),
                handin.tries,
                None if handin.hints is None else sum(handin.hints.values()),
            )
        )


def row(cells: Iterable[object]) -> str:
    """Returns a line of CSV of which no cell does anything."""
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(_cell, cells))
    return line.getvalue()


def for_spreadsheets(table: str) -> str:
    """Returns a table as it stands in a file that people open: where it holds more than ASCII it begins with the mark
    without which Excel reads another encoding, and garbles every accent.
    """
    return table if table.isascii() else f"\ufeff{table}"


def _cell(value: object) -> str:
    """Returns a cell of one line that no spreadsheet takes for a formula, wherever it trims or narrows it; `-` alone is
    none.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    text = "" if value is None else str(value)
    formula = text != NO_GRADE and normalize("NFKC", text).strip().startswith(FORMULAS)
    return escaped_line(f"'{text}" if formula else text)
