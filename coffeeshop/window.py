"""Limit the size of a window. One that is larger than any screen would take hours to paint."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Final

WIDEST: Final = 1000  # cells
TALLEST: Final = 500
# Environment variables that override the terminal's size.
SAYING: Final = {"COLUMNS": WIDEST, "LINES": TALLEST, "ROWS": TALLEST}


def bound_size(width: int, height: int) -> tuple[int, int]:
    """Return a size in cells, at least one and at most WIDEST by TALLEST."""
    return max(1, min(width, WIDEST)), max(1, min(height, TALLEST))


def bound_environment(environment: MutableMapping[str, str]) -> None:
    """Limit the size in the environment. A value that isn't a number is removed."""
    for name, most in SAYING.items():
        value = environment.get(name, "")
        if not (value.isascii() and value.isdigit()):
            environment.pop(name, None)
        elif len(value.lstrip("0")) > len(str(most)) or int(value) > most:
            environment[name] = str(most)
