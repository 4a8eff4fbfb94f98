"""The result of every view: rows of a mark, a word and a text. Plain mode prints them and the app paints them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

from coffeeshop.shop.mark import Mark

Role: TypeAlias = Literal[
    "text", "muted", "title", "name", "key", "ok", "warning", "error", "code"
]

MARK_ROLES: dict[Mark, Role] = {
    Mark.OK: "ok",
    Mark.MISS: "error",
    Mark.EXTRA: "warning",
    Mark.LEAK: "error",
    Mark.QUIET: "muted",
}
ASCII_MARKS: dict[Mark, str] = {
    Mark.OK: "ok",
    Mark.MISS: "x",
    Mark.EXTRA: "++",
    Mark.LEAK: "!!",
    Mark.QUIET: ".",
}


class Row(Struct, frozen=True):
    """One line for a person: its mark (None: none), a word with the same meaning, the text, and its style."""

    text: str
    mark: Mark | None = None
    word: str = ""
    role: Role = "text"
    indent: int = 0


def line(row: Row, ascii: bool = False) -> str:
    """Return a row as one line of plain text. Mark and word mean the same, so that it reads well without colour."""
    sign = ""
    if row.mark is not None:
        sign = ASCII_MARKS[row.mark] if ascii else row.mark.value
    head = " ".join(filter(None, (sign, row.word)))
    colon = ":" if row.word else ""
    return "  " * row.indent + (f"{head}{colon} {row.text}" if head else row.text)


def lines(rows: Iterable[Row], ascii: bool = False) -> str:
    """Return rows as plain text, one line each."""
    return "\n".join(line(row, ascii) for row in rows)
