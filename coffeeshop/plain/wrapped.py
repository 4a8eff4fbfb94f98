"""Rows as lines of a terminal: broken between words where they are too long; code stays as it is to be typed."""

from __future__ import annotations

import os
import textwrap
from typing import TextIO

from coffeeshop.harmless import escape_hidden
from coffeeshop.views.rows import Row, line

WIDTH, NARROW = (
    80,
    20,
)  # columns where the terminal tells none; below so few nothing is broken


def width(out: TextIO) -> int | None:
    """Return how many columns the terminal has; None where `out` is no terminal, and a line stays one line."""
    if not out.isatty():
        return None
    try:
        return os.get_terminal_size(out.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return WIDTH


def break_row(row: Row, columns: int | None) -> str:
    """Return a row as lines of at most so many columns. A line break in its text stays a line break; code isn't broken."""
    text = escape_hidden(line(row))
    if columns is None or columns < NARROW or row.role == "code":
        return text
    hanging = "  " * (row.indent + 1)
    first, *more_names = text.split("\n")
    names = [
        _wrap_text(first, columns, hanging),
        *(_wrap_text(each, columns, f"{_margin(each)}  ") for each in more_names),
    ]
    return "\n".join(names)


def _margin(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _wrap_text(text: str, columns: int, hanging: str) -> str:
    if len(text) < columns:
        return text
    return textwrap.fill(
        text,
        columns - 1,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
