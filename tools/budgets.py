"""Prints each package's lines of Python beside its budget in pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def lines_of(package: str) -> int:
    """Lines of Python below a package, blank ones and docstrings too."""
    return sum(
        len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "coffeeshop" / package).rglob("*.py")
    )


def main() -> None:
    """Print the table, and say which package is over its budget."""
    budgets = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coffeeshop"]["budgets"]
    for package, budget in budgets.items():
        lines = lines_of(package)
        print(f"{package:<10} {lines:>6} of {budget:>6} lines{'  OVER' if lines > budget else ''}")


if __name__ == "__main__":
    main()
