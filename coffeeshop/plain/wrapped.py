"""Break rows into lines of a terminal, between words. Code isn't broken, so that it can be copied."""

from __future__ import annotations

import os
import textwrap
from typing import TextIO

from coffeeshop.harmless import escape_hidden
from coffeeshop.views.rows import Row, line

# Columns if the terminal's width is unknown, and the width below which nothing is broken.
DEFAULT_WIDTH, MIN_WIDTH = (
    80,
    20,
)


def width(out: TextIO) -> int | None:
    """Return the terminal's columns. Return None if `out` is no terminal, and lines aren't broken."""
    if not out.isatty():
        return None
    try:
        return os.get_terminal_size(out.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError):
        return DEFAULT_WIDTH


def break_row(row: Row, columns: int | None) -> str:
    """Return a row as lines of at most `columns`. Line breaks in its text stay. Code isn't broken."""
    text = escape_hidden(line(row))
    if columns is None or columns < MIN_WIDTH or row.role == "code":
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
    """Return a text as lines shorter than `columns`. Every line after the first begins with `hanging`."""
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
