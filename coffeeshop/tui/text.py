"""The only way from a string to the screen: what somebody typed or a file held is data, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from textual.content import Content

from coffeeshop.harmless import show_as_pictures, show_on_one_line
from coffeeshop.shop.mark import Mark
from coffeeshop.views.rows import ASCII, ROLES, Role, Row
from coffeeshop.views.text import CODE

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


def sound(text: str) -> str:
    """Returns `text` without halves of pairs, which no file and no save can hold."""
    return text.encode("utf-8", "replace").decode()


def plain(text: str) -> Content:
    """Returns `text` as it is, in no style."""
    return Content(show_as_pictures(text))


def json(text: str) -> Content:
    """Returns JSON in the colours that the editor gives it."""
    return Content.assemble(*_colour_parts(show_as_pictures(text)))


JSON = re.compile(
    r'"(?:[^"\\]|\\.)*"(?P<label>(?=:))?|(?P<literal>-?\d[\w.+-]*|true|false|null)'
)


def _colour_parts(text: str) -> Iterator[Part]:
    end = 0
    for match in JSON.finditer(text):
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
    """Parts in a row: strings, (string, style) pairs and other lines."""
    return Content.assemble(*(_safe(part) for part in parts))


def sentence_content(text: str, style: str = "") -> Content:
    """Returns a sentence of ours, what it sets off by backticks in the colour of code instead."""
    parts = CODE.split(show_on_one_line(text))  # every second one stood between backticks
    return line(
        *((part, STYLES["code"] if nth % 2 else style) for nth, part in enumerate(parts))
    )


def in_roles(parts: Iterable[tuple[str, Role]]) -> Content:
    """Returns parts in a row, each a text and the role that gives it its style."""
    return line(*((text, STYLES[role]) for text, role in parts))


def stack(rows: Iterable[Content]) -> Content:
    """Returns lines one under the other."""
    return Content("\n").join(rows)


def key(name: str, word: str) -> Content:
    """Returns a key and what it does."""
    return line((name, STYLES["key"]), " ", word)


def sign(mark: Mark | None, ascii: bool = False, style: str | None = None) -> Content:
    """Returns a mark in its colour; a blank cell where there is none."""
    if mark is None:
        return Content("  " if ascii else " ")
    shown_text = f"{ASCII[mark]:<2}" if ascii else mark.value
    return Content.styled(shown_text, STYLES[ROLES[mark]] if style is None else style)


def row(row: Row, ascii: bool = False) -> Content:
    """Returns a view's row: mark, word, text; the mark and its word in the mark's colour, the text in its role's."""
    return line(_lead(row, ascii), (show_on_one_line(row.text), STYLES[row.role]))


def told_row(row: Row, ascii: bool = False) -> Content:
    """Returns a view's row whose text is a sentence of ours."""
    return line(_lead(row, ascii), sentence_content(row.text, STYLES[row.role]))


def _lead(row: Row, ascii: bool) -> Content:
    parts: list[Part] = ["  " * row.indent]
    if row.mark is not None:
        parts += [sign(row.mark, ascii), " "]
    if row.word:
        parts += [(row.word, STYLES[ROLES[row.mark]] if row.mark else STYLES["name"]), " "]
    return line(*parts)


def _safe(part: Part) -> Part:
    match part:
        case str():
            return show_as_pictures(part)
        case (text, style):
            return show_as_pictures(text), style
        case _:
            return part
