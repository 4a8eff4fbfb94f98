"""Prints each package's lines of Python beside its budget in pyproject.toml; exits 1 when one is over."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def lines_of(package: str) -> int:
    """Lines of Python below a package, blank ones and docstrings too."""
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "coffeeshop" / package).rglob("*.py"))


def main() -> int:
    """Print the table; the exit code."""
    budgets = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coffeeshop"]["budgets"]
    over = 0
    for package, budget in budgets.items():
        lines = lines_of(package)
        over += lines > budget
        print(f"{package:<10} {lines:>6} of {budget:>6} lines{'  OVER' if lines > budget else ''}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
