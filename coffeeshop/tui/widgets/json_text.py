"""JSON text in the editor's colours, with each line wrapped under its own indentation."""

from __future__ import annotations

import re

from textual.content import Content, Span

from coffeeshop.harmless import show_as_pictures
from coffeeshop.tui.widgets.prose import WrappedLine

OPEN_STRING = r'"(?:[^"\\\n]|\\.)*'  # a string without its end
CLOSED_STRING = rf'{OPEN_STRING}"'
TOKEN_PATTERN = re.compile(
    rf"(?P<name>{CLOSED_STRING}(?=\s*:))|(?P<value>{CLOSED_STRING}|-?\d[\d.eE+-]*)|(?P<word>\b(?:true|false|null)\b)"
    rf"|(?P<mark>[][{{}}:,]+)|(?P<stray>{OPEN_STRING}|\S)"
)
TOKEN_COLOURS = {
    "name": "$accent",
    "value": "$text-success",
    "word": "$secondary",
    "mark": "$text-muted",
    "stray": "$text-error",
}


def json_lines(text: str) -> list[WrappedLine]:
    """Return the coloured lines of a JSON text, each with its indentation as the lead."""
    shown_text = show_as_pictures(text).rstrip("\n")
    spans = [Span(0, len(shown_text), "$text"), *_spans(shown_text)]
    rows = Content(shown_text, spans).split("\n", allow_blank=True)
    return [*map(_split_indent, rows)]


def _split_indent(row: Content) -> WrappedLine:
    """Return the indentation and the rest of a line."""
    indent = len(row.plain) - len(row.plain.lstrip())
    return Content(" " * indent), row[indent:]


def _spans(text: str) -> list[Span]:
    """Return the colour of each token."""
    return [
        Span(*match.span(), TOKEN_COLOURS[match.lastgroup or "stray"])
        for match in TOKEN_PATTERN.finditer(text)
    ]
