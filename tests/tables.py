"""Tables in one test: each row is checked, and all that fail are named. One test for each of a thousand rows costs more than
the checks themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

Check = Callable[..., None]
NAME_LENGTH = 100


def name_of_row(*row: object) -> str:
    """Return the values of a row as one short text."""
    return " · ".join(map(str, row))[:NAME_LENGTH]


def check_rows(
    check: Check, rows: Iterable[Sequence[Any]], name: Callable[..., str] = name_of_row
) -> None:
    """Check every row. Raise an AssertionError with the name and the fault of each row that fails."""
    faults = list[str]()
    for row in rows:
        try:
            check(*row)
        except Exception as error:  # whatever a row raises is its fault
            faults.append(f"{name(*row)}: {type(error).__name__}: {error}")
    if faults:
        raise AssertionError(f"{len(faults)} rows fail\n" + "\n".join(faults))


def each_row(
    rows: Iterable[Sequence[Any]],
    name: Callable[..., str] = name_of_row,
    part: Callable[..., str] | None = None,
) -> Callable[[Check], Check]:
    """Return a decorator that makes the check of a row a test of the whole table.

    With `part`, the rows of each part are a test of their own.
    """
    parts: dict[str, list[Sequence[Any]]] = {}
    for row in rows:
        parts.setdefault(part(*row) if part else "", []).append(row)

    def decorate(check: Check) -> Check:
        def test_all() -> None:
            check_rows(check, parts[""], name)

        def test_part(part: str) -> None:
            check_rows(check, parts[part], name)

        test = test_part if part else test_all
        test.__name__ = check.__name__
        test.__doc__ = check.__doc__
        return pytest.mark.parametrize("part", parts)(test) if part else test

    return decorate
