"""Write into docs/simulated.md which operations are simulated, and what of AWS's IAM and STS is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from coffeeshop.account.api.operations import (
    OPERATIONS,
    Operation,
    services,
    unsimulated_operations,
)

TARGET = Path(__file__).parent.parent / "docs" / "simulated.md"
BEGIN, END = (
    "<!-- written by tools/list_operations.py -->\n",
    "<!-- end of what it writes -->\n",
)


def table() -> Iterator[str]:
    """One row for each service with its operations; what is left out of their parameters stands behind each."""
    yield "| Service | Simulated | Not simulated |"
    yield "|---|---|---|"
    for service in services().values():
        rows = [
            row
            for (owner, _), row in OPERATIONS.items()
            if owner == service.name and row.simulated
        ]
        others = unsimulated_operations()[service.name]
        listed = (
            ", ".join(others)
            if service.name in {"iam", "sts"}
            else f"the other {len(others)}"
            if others
            else ""
        )
        yield f"| {service.command} | {', '.join(map(_named, rows))} | {listed} |"


def _named(row: Operation) -> str:
    """The operation, with the parameters that it lacks or those that it has: whichever are fewer."""
    lacks, has = row.input.left_out, [member.name for member in row.members]
    if not lacks:
        return row.name
    if len(lacks) <= len(has):
        return f"{row.name} (without {', '.join(lacks)})"
    return f"{row.name} ({'only ' if has else 'without parameters'}{', '.join(has)})"


def written(text: str) -> str:
    """The document with the table as it is now between its two marks."""
    before, _, rest = text.partition(BEGIN)
    return "".join(
        (before, BEGIN, *(f"{line}\n" for line in table()), END, rest.partition(END)[2])
    )


if __name__ == "__main__":
    TARGET.write_text(written(TARGET.read_text("utf-8")), encoding="utf-8")
