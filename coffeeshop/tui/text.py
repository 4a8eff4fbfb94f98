"""The only way from a string to the screen. Text from a person or a file is data, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from textual.content import Content

from coffeeshop.harmless import show_as_pictures, show_on_one_line
from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import ASCII_MARKS, MARK_ROLES, Role, Row
from coffeeshop.views.text import CODE_PATTERN

Part: TypeAlias = "str | tuple[str, str] | Content"

STYLES: dict[Role, str] = {
    "text": "",
    "muted": "$text-muted",
    "title": "bold $accent",
    "name": "bold",
    "key": "bold $accent",
    "ok": "$text-success",
    "warning": "$text-warning",
    "error": "$text-error",
    "code": "$secondary",
}


def without_surrogates(text: str) -> str:
    """Return `text` with "?" for unpaired surrogates, which UTF-8 files and saves can't hold."""
    return text.encode("utf-8", "replace").decode()


def plain(text: str) -> Content:
    """Return `text` without a style."""
    return Content(show_as_pictures(text))


def json(text: str) -> Content:
    """Return JSON in the editor's colours."""
    return Content.assemble(*_colour_parts(show_as_pictures(text)))


JSON_PATTERN = re.compile(
    r'"(?:[^"\\]|\\.)*"(?P<label>(?=:))?|(?P<literal>-?\d[\w.+-]*|true|false|null)'
)


def _colour_parts(text: str) -> Iterator[Part]:
    """Yield the parts of a JSON text: labels, strings and literals with their colours, the rest without."""
    end = 0
    for match in JSON_PATTERN.finditer(text):
        yield text[end : match.start()]
        if match["label"] is not None:
            colour = "$accent"
        elif match["literal"]:
            colour = "$secondary"
        else:
            colour = "$text-success"
        yield match[0], colour
        end = match.end()
    yield text[end:]


def line(*parts: Part) -> Content:
    """Return the parts in one row: strings, (string, style) pairs and other content."""
    return Content.assemble(*(_show_harmless(part) for part in parts))


def sentence_content(text: str, style: str = "") -> Content:
    """Return one of the game's sentences. Text between backticks gets the colour of code."""
    # Every second part was between backticks.
    parts = CODE_PATTERN.split(show_on_one_line(text))
    return line(
        *(
            (part, STYLES["code"] if index % 2 else style)
            for index, part in enumerate(parts)
        )
    )


def in_roles(parts: Iterable[tuple[str, Role]]) -> Content:
    """Return one row of texts, each in the style of its role, such as "muted" or "error"."""
    return line(*((text, STYLES[role]) for text, role in parts))


def stack(rows: Iterable[Content]) -> Content:
    """Return the rows below each other."""
    return Content("\n").join(rows)


def key(name: str, word: str) -> Content:
    """Return a key and the word for its effect."""
    return line((name, STYLES["key"]), " ", word)


def sign(mark: Mark | None, ascii: bool = False, style: str | None = None) -> Content:
    """Return the sign of a mark (such as ✓) in its colour. None: blanks of the same width."""
    if mark is None:
        return Content("  " if ascii else " ")
    text = f"{ASCII_MARKS[mark]:<2}" if ascii else mark.value
    return Content.styled(text, STYLES[MARK_ROLES[mark]] if style is None else style)


def row(row: Row, ascii: bool = False) -> Content:
    """Return a view's row: mark, word, text.

    Mark and word have the mark's colour, the text has its role's style.
    """
    return line(_row_prefix(row, ascii), (show_on_one_line(row.text), STYLES[row.role]))


def sentence_row(row: Row, ascii: bool = False) -> Content:
    """Return a view's row whose text is one of the game's sentences."""
    return line(_row_prefix(row, ascii), sentence_content(row.text, STYLES[row.role]))


def _row_prefix(row: Row, ascii: bool) -> Content:
    """Return the indent, the mark and the word of a row, before its text."""
    parts: list[Part] = ["  " * row.indent]
    if row.mark is not None:
        parts += [sign(row.mark, ascii), " "]
    if row.word:
        parts += [
            (row.word, STYLES[MARK_ROLES[row.mark]] if row.mark else STYLES["name"]),
            " ",
        ]
    return line(*parts)


def _show_harmless(part: Part) -> Part:
    """Return a part with its control characters shown as pictures."""
    match part:
        case str():
            return show_as_pictures(part)
        case (text, style):
            return show_as_pictures(text), style
        case _:
            return part
