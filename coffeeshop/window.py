"""How large a window is taken to be: what nobody can have on a desk is none, and would be painted for hours."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Final

WIDEST: Final = 1000  # cells
TALLEST: Final = 500
# Variables that say so in place of the terminal.
SAYING: Final = {"COLUMNS": WIDEST, "LINES": TALLEST, "ROWS": TALLEST}


def bound_size(width: int, height: int) -> tuple[int, int]:
    """Returns a size in cells, at least one and at most WIDEST by TALLEST."""
    return max(1, min(width, WIDEST)), max(1, min(height, TALLEST))


def bound_environment(environment: MutableMapping[str, str]) -> None:
    """Hold what the environment says of the window within bounds; what is no number goes."""
    for name, most in SAYING.items():
        said = environment.get(name, "")
        if not (said.isascii() and said.isdigit()):
            environment.pop(name, None)
        elif len(said.lstrip("0")) > len(str(most)) or int(said) > most:
            environment[name] = str(most)
