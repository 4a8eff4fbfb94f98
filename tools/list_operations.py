"""Print, as Markdown for the docs, which operations are simulated, and what of AWS's IAM and STS is not."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.operations import OPERATIONS, Operation, services, unsimulated


def table() -> Iterator[str]:
    """One row for each service with its operations; parameters that are left out stand behind theirs."""
    yield "| service | simulated | not simulated |"
    yield "|---|---|---|"
    for service in services().values():
        rows = [row for (owner, _), row in OPERATIONS.items() if owner == service.name and row.simulated]
        others = unsimulated()[service.name]
        listed = ", ".join(others) if service.name in {"iam", "sts"} else f"the other {len(others)}" if others else ""
        yield f"| {service.command} | {', '.join(map(_named, rows))} | {listed} |"


def _named(row: Operation) -> str:
    left_out = row.input.left_out
    return f"{row.name} (without {', '.join(left_out)})" if 0 < len(left_out) < 8 else row.name


if __name__ == "__main__":
    print("\n".join(table()))
