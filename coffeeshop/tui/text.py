"""The only way from a string to the screen: what somebody typed or a file held is data, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from textual.content import Content

from coffeeshop.shop.want import Mark
from coffeeshop.views.rows import ASCII, ROLES, Role, Row

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

_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSEEN = (
    0x00AD,
    0x180E,
    *range(0x200B, 0x200E),
    *range(0x2060, 0x2065),
    0xFEFF,
    0x2028,
    0x2029,
    *range(0xE0000, 0xE0080),
)
_SHOWN = (
    {code: 0x2400 + code for code in range(0x20) if code != 0x0A}
    | {0x7F: 0x2421}
    | dict.fromkeys((*range(0x80, 0xA0), *_BIDI, *_UNSEEN), 0x2426)
)
_HALF = re.compile("[\ud800-\udfff]")  # of a pair: no terminal takes it


def visible(text: str) -> str:
    """`text` with every control, bidi, zero-width and line-breaking character but a line feed as a picture (␛, ␦)."""
    return _HALF.sub("␦", text.translate(_SHOWN))


def one_line(text: str) -> str:
    """`text` made visible and on one line."""
    return visible(text).replace("\n", "␊")


def sound(text: str) -> str:
    """`text` without halves of pairs, which no file and no save can hold."""
    return text.encode("utf-8", "replace").decode()


def plain(text: str) -> Content:
    """`text` as it is, in no style."""
    return Content(visible(text))


def line(*parts: Part) -> Content:
    """Parts in a row: strings, (string, style) pairs and other lines."""
    return Content.assemble(*(_safe(part) for part in parts))


def stack(rows: Iterable[Content]) -> Content:
    """Lines one under the other."""
    return Content("\n").join(rows)


def key(name: str, word: str) -> Content:
    """A key and what it does."""
    return line((name, STYLES["key"]), " ", word)


def sign(mark: Mark | None, ascii: bool = False, style: str | None = None) -> Content:
    """A mark in its colour; a blank cell where there is none."""
    if mark is None:
        return Content("  " if ascii else " ")
    shown = f"{ASCII[mark]:<2}" if ascii else mark.value
    return Content.styled(shown, STYLES[ROLES[mark]] if style is None else style)


def row(row: Row, ascii: bool = False) -> Content:
    """A view's row: mark, word, text; the mark and its word in the mark's colour, the text in its role's."""
    parts: list[Part] = ["  " * row.indent]
    if row.mark is not None:
        parts += [sign(row.mark, ascii), " "]
    if row.word:
        parts += [(row.word, STYLES[ROLES[row.mark]] if row.mark else STYLES["name"]), " "]
    return line(*parts, (one_line(row.text), STYLES[row.role]))


def _safe(part: Part) -> Part:
    match part:
        case str():
            return visible(part)
        case (text, style):
            return visible(text), style
        case _:
            return part
