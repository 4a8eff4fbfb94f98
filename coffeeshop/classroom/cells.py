"""How any table is written as CSV, so that no cell of it does anything, and a cell read again as what it was."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from unicodedata import normalize

from coffeeshop.harmless import escape_line

FORMULAS = ("=", "+", "-", "@")
NO_GRADE = "-"


def row(cells: Iterable[object]) -> str:
    """Returns a line of CSV of which no cell does anything."""
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(_cell, cells))
    return line.getvalue()


def for_spreadsheets(table: str) -> str:
    """Returns a table as it stands in a file that people open: where it holds more than ASCII it begins with the mark
    without which Excel reads another encoding, and garbles every accent.
    """
    if table.isascii():
        return table
    return f"\ufeff{table}"


def without_guard(cell: str) -> str:
    """Returns what stood in a cell before `row` wrote it so that it is no formula."""
    if cell.startswith("'") and _is_formula(cell[1:]):
        return cell[1:]
    return cell


def _cell(value: object) -> str:
    """Returns a cell of one line that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return escape_line(f"'{text}" if _is_formula(text) else text)


def _is_formula(text: str) -> bool:
    """Tells whether a spreadsheet takes a text for a formula, wherever it trims or narrows it; `-` alone is none.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return text != NO_GRADE and normalize("NFKC", text).strip().startswith(FORMULAS)
