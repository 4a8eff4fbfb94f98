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
    follows_bracket_or_comma = line[:column].rstrip().endswith(("[", ","))
    if not is_inside and follows_bracket_or_comma and rest.startswith(("]", ",")):
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
    value_column = max(line.rfind(":"), line.rfind("[")) + 1
    if not value_column or line[value_column:].strip(" ,]}"):
        return None
    if line[value_column - 1] == ":":
        return Slot(value_column, value_column, before=" ")
    return Slot(value_column, value_column, after=comma)


def takes_value(before: str) -> bool:
    """Return whether a value may follow this text: behind a colon, or in a list behind its bracket or a comma."""
    without_strings = STRING_PATTERN.sub('""', before).rstrip()
    open_brackets = list[str]()
    for match in BRACKET_PATTERN.finditer(without_strings):
        if BRACKET_PAIRS.get(match[0]) is None:
            open_brackets.append(match[0])
        elif open_brackets[-1:] == [BRACKET_PAIRS[match[0]]]:
            open_brackets.pop()
    in_list = open_brackets[-1:] == ["["]
    return without_strings[-1:] in (":", "[") or (without_strings[-1:] == "," and in_list)


def _values(line: str) -> Iterator[tuple[int, int, int]]:
    """Yield the string values of a line as (first column, start, end).

    The first column is that of the element's name, if the name is in the line, else that of the value.
    """
    name_start = -1
    for match in STRING_PATTERN.finditer(line):
        first_column = match.start() if name_start < 0 else name_start
        is_name = line[match.end() :].lstrip().startswith(":")
        if not is_name:
            yield first_column, match.start(), match.end()
        name_start = first_column if is_name else -1
