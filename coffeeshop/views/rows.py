"""What every view returns: rows of a mark, a word and a text; plain prints them, the app paints them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

from coffeeshop.shop.mark import Mark

Role: TypeAlias = Literal[
    "text", "muted", "title", "name", "key", "ok", "warning", "error", "code"
]

ROLES: dict[Mark, Role] = {
    Mark.OK: "ok",
    Mark.MISS: "error",
    Mark.EXTRA: "warning",
    Mark.LEAK: "error",
    Mark.QUIET: "muted",
}
ASCII: dict[Mark, str] = {
    Mark.OK: "ok",
    Mark.MISS: "x",
    Mark.EXTRA: "++",
    Mark.LEAK: "!!",
    Mark.QUIET: ".",
}


class Row(Struct, frozen=True):
    """One line for a person: its mark (None: none), the word that says the same, the text, and its style role."""

    text: str
    mark: Mark | None = None
    word: str = ""
    role: Role = "text"
    indent: int = 0


def line(row: Row, ascii: bool = False) -> str:
    """Returns a row as one line of plain text; mark and word say the same twice, so that neither needs colour or the
    other.
    """
    sign = ""
    if row.mark is not None:
        sign = ASCII[row.mark] if ascii else row.mark.value
    head = " ".join(filter(None, (sign, row.word)))
    colon = ":" if row.word else ""
    return "  " * row.indent + (f"{head}{colon} {row.text}" if head else row.text)


def lines(rows: Iterable[Row], ascii: bool = False) -> str:
    """Returns rows as plain text, one line each."""
    return "\n".join(line(row, ascii) for row in rows)
