"""Write tables as CSV so that no cell is run as a formula, and read such cells back."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from unicodedata import normalize

from coffeeshop.harmless import escape_line

FORMULA_STARTS = ("=", "+", "-", "@")
NO_GRADE = "-"


def row(cells: Iterable[object]) -> str:
    """Return one line of CSV. A cell that a spreadsheet would run as a formula is quoted."""
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(_harmless_cell, cells))
    return line.getvalue()


def for_spreadsheets(table: str) -> str:
    """Return a table as the text of a file.

    Add a byte order mark unless it is ASCII, because Excel needs it for accents.
    """
    if table.isascii():
        return table
    return f"\ufeff{table}"


def without_formula_quote(cell: str) -> str:
    """Return a cell's original text, without the quote that `row` wrote before a formula."""
    if cell.startswith("'") and _is_formula(cell[1:]):
        return cell[1:]
    return cell


def _harmless_cell(value: object) -> str:
    """Return a value as text on one line, with a quote before it if it looks like a formula."""
    text = "" if value is None else str(value)
    return escape_line(f"'{text}" if _is_formula(text) else text)


def _is_formula(text: str) -> bool:
    """Return whether a spreadsheet would run a text as a formula, also after it trims or normalizes it.

    `-` alone is no formula: it is the cell of a missing grade.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return text != NO_GRADE and normalize("NFKC", text).strip().startswith(FORMULA_STARTS)
