"""Read the words of a lesson's paragraph: terms, weight and code, as CommonMark reads them; no more of it is read.

https://spec.commonmark.org/0.31.2/#inlines
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Literal, TypeAlias

from msgspec import Struct

Style: TypeAlias = Literal["text", "term", "strong", "code"]
STYLES: dict[str, Style] = {"*": "term", "_": "term", "**": "strong", "__": "strong"}
PIECES = re.compile(
    r"""
    \\(?P<escaped>[!-/:-@\[-`{-~])
    | (?P<ticks>`+)(?:(?P<code>.+?)(?<!`)(?P=ticks)(?!`))?
    | (?P<mark>\*+|_+)
    | (?P<turn>\ +\n|\\?\n)
    | (?P<link>\]\(|\A\[.*?\]:|<[a-zA-Z][^\s<>]*[:@][^\s<>]*>)
    | (?P<entity>&\#?\w{1,32};)
    | (?P<text>[^\\`*_\ \n\]<&]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Span(Struct, frozen=True):
    """Some words of a paragraph in one style; a term is one that the glossary explains."""

    text: str
    style: Style = "text"


class UnreadableError(ValueError):
    """Says what the words hold that is not read here, in CommonMark's words."""


class Mark(Struct, frozen=True):
    """Stars or strokes that may begin or end a style: where they stand, and which of it they can."""

    start: int
    text: str
    opens: bool
    closes: bool


def spans(text: str) -> Iterator[Span]:
    """Yields the spans of a paragraph, its lines apart. Raises UnreadableError where CommonMark would read more than we."""
    for (style, _), group in groupby(_styled(text), key=itemgetter(1, 2)):
        yield Span("".join(words for words, _, _ in group), style)


def _styled(text: str) -> Iterator[tuple[str, Style, bool]]:
    """Yields the words of a text, their style, and whether a line ends with them."""
    pieces = list(PIECES.finditer(text))
    turned = _turned([mark for piece in pieces if piece["mark"] and (mark := _mark(piece)).opens | mark.closes])
    style: Style = "text"
    for piece in pieces:
        kind = piece.lastgroup
        if kind in ("link", "entity"):
            raise UnreadableError(kind)
        if piece.start() in turned:
            style = turned[piece.start()]
        elif kind == "code":
            yield _code(piece["code"]), "code", False
        elif kind == "turn":
            yield " ", style, True
        else:
            yield piece["escaped"] or piece[0], style, False


def _mark(piece: re.Match[str]) -> Mark:
    """Tells what a run may do, by the characters beside it: https://spec.commonmark.org/0.31.2/#left-flanking-delimiter-run"""
    start, end = piece.span()
    before, after = piece.string[max(start - 1, 0) : start] or " ", piece.string[end : end + 1] or " "
    left = not after.isspace() and (after.isalnum() or not before.isalnum())
    right = not before.isspace() and (before.isalnum() or not after.isalnum())
    if piece[0][0] == "*":
        return Mark(start, piece[0], left, right)
    return Mark(start, piece[0], left and not (right and before.isalnum()), right and not (left and after.isalnum()))


def _turned(marks: Sequence[Mark]) -> dict[int, Style]:
    """Returns the style that each mark turns to. A mark that begins nothing, or ends nothing, is text."""
    found: dict[int, Style] = {}
    last = max((mark.start for mark in marks if mark.closes), default=0)
    for mark, following in pairwise([*marks, Mark(last, "", opens=False, closes=False)]):
        if mark.start in found or not mark.opens or mark.start >= last:
            continue
        if mark.text not in STYLES or following.text != mark.text or not following.closes:
            raise UnreadableError(r"stars within stars; one that is only a star is \*")
        found |= {mark.start: STYLES[mark.text], following.start: "text"}
    return found


def _code(inner: str) -> str:
    text = inner.replace("\n", " ")
    return text[1:-1] if text.startswith(" ") and text.endswith(" ") and text.strip(" ") else text
