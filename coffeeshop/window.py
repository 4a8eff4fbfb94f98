"""Limit the size of a window. One that is larger than any screen would take hours to paint."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Final

MAX_COLUMNS: Final = 1000  # cells
MAX_ROWS: Final = 500
# Environment variables that override the terminal's size.
SIZE_VARIABLES: Final = {"COLUMNS": MAX_COLUMNS, "LINES": MAX_ROWS, "ROWS": MAX_ROWS}


def bound_size(width: int, height: int) -> tuple[int, int]:
    """Return a size in cells, at least one and at most MAX_COLUMNS by MAX_ROWS."""
    return max(1, min(width, MAX_COLUMNS)), max(1, min(height, MAX_ROWS))


def bound_environment(environment: MutableMapping[str, str]) -> None:
    """Limit the size in the environment. A value that isn't a number is removed."""
    for name, most in SIZE_VARIABLES.items():
        value = environment.get(name, "")
        if not (value.isascii() and value.isdigit()):
            environment.pop(name, None)
        elif len(value.lstrip("0")) > len(str(most)) or int(value) > most:
            environment[name] = str(most)
