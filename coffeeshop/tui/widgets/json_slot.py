"""Find the slot for a proposed name in the text of a policy: a value to replace, or an empty place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

BRACKET_PATTERN = re.compile(r"[][{}]")
BRACKET_PAIRS = {"]": "[", "}": "{"}
STRING_PATTERN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)')


class Slot(Struct, frozen=True):
    """The place of a proposed name in a line.

    `start` and `end` are the columns to replace. `value` is the value in them, and `typed` its
    part before the cursor. `before` and `after` are the text to add around the name.
    """

    start: int
    end: int
    value: str = ""
    typed: str = ""
    before: str = ""
    after: str = ""


def find_slot(line: str, column: int, following: str) -> Slot | None:
    """Return the slot of a line, or None if the line has no place for a value.

    It is the value nearest to the column, and the element's name counts as a part of it.
    Without a value it is the empty place in a list or behind a colon. `following` is the text
    after the line.
    """
    values = tuple(_values(line))
    rest = line[column:].lstrip()
    is_inside = any(
        match.start() < column < match.end() for match in STRING_PATTERN.finditer(line)
    )
    after_one = line[:column].rstrip().endswith(("[", ","))
    if not is_inside and after_one and rest.startswith(("]", ",")):
        return Slot(column, column)
    if values:
        _, start, end = min(
            values, key=lambda value: max(value[0] - column, column - value[2], 0)
        )
        if not line[start + 1 : end].endswith('"'):
            end = len(line.rstrip(", "))
        value = line[start + 1 : end].removesuffix('"')
        return Slot(
            start, end, value, value[: column - start - 1] if start < column < end else ""
        )
    comma = "," if following.startswith('"') else ""
    if not line.strip():
        return Slot(column, column, after=comma)
    at = max(line.rfind(":"), line.rfind("[")) + 1
    if not at or line[at:].strip(" ,]}"):
        return None
    if line[at - 1] == ":":
        return Slot(at, at, before=" ")
    return Slot(at, at, after=comma)


def takes_value(before: str) -> bool:
    """Return whether a value may follow this text: behind a colon, or in a list behind its bracket or a comma."""
    bare = STRING_PATTERN.sub('""', before).rstrip()
    opened = list[str]()
    for match in BRACKET_PATTERN.finditer(bare):
        if BRACKET_PAIRS.get(match[0]) is None:
            opened.append(match[0])
        elif opened[-1:] == [BRACKET_PAIRS[match[0]]]:
            opened.pop()
    in_list = opened[-1:] == ["["]
    return bare[-1:] in (":", "[") or (bare[-1:] == "," and in_list)


def _values(line: str) -> Iterator[tuple[int, int, int]]:
    """Yield the values of a line as (first column of its element's name or of itself, start, end)."""
    lead = -1
    for match in STRING_PATTERN.finditer(line):
        begins = match.start() if lead < 0 else lead
        named = line[match.end() :].lstrip().startswith(":")
        if not named:
            yield begins, match.start(), match.end()
        lead = begins if named else -1
