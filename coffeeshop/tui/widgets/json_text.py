"""JSON to look at: the editor's colours, each line wrapped under its own beginning."""

from __future__ import annotations

from typing import ClassVar

from pygments.token import Token
from textual.content import Content
from textual.highlight import HighlightTheme, TokenType, highlight

from coffeeshop.harmless import pictured
from coffeeshop.tui.widgets.prose import Line


class _Colours(HighlightTheme):
    STYLES: ClassVar[dict[TokenType, str]] = {  # pyright: ignore[reportIncompatibleVariableOverride]  # a table, as Textual's own
        Token.Name.Tag: "$accent",
        Token.Literal: "$text-success",
        Token.Keyword: "$secondary",
        Token.Punctuation: "$text-muted",
        Token.Error: "$text-error",
    }


def json_lines(text: str) -> list[Line]:
    """Returns the lines of a JSON text in colours, each with its indentation before it."""
    rows = highlight(pictured(text), language="json", theme=_Colours).split("\n", allow_blank=True)
    indents = (len(row.plain) - len(row.plain.lstrip()) for row in rows)
    return [(Content(" " * indent), row[indent:]) for indent, row in zip(indents, rows, strict=True)]
