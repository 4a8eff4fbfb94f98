"""Where in the text of a policy a proposed name goes: the value that it replaces, or the place that waits for one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

BRACKET = re.compile(r"[][{}]")
PAIRS = {"]": "[", "}": "{"}
STRING = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)')


class Slot(Struct, frozen=True):
    """Where a name goes: the columns that it replaces, the value that stands there and as much of it as is before the
    cursor, and what must stand around the name.
    """

    start: int
    end: int
    value: str = ""
    typed: str = ""
    before: str = ""
    after: str = ""


def slot(line: str, column: int, following: str) -> Slot | None:
    """Returns the slot of a line: its value nearest to the column, where a value's name is part of it; the empty place
    of a list, or the place after a name, where there is none. `following` is the text after the line.
    """
    values = tuple(_values(line))
    rest = line[column:].lstrip()
    is_inside = any(match.start() < column < match.end() for match in STRING.finditer(line))
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
    """Tells whether a value may stand behind this text: behind the colon of a name, or in a list behind its bracket or
    a comma.
    """
    bare = STRING.sub('""', before).rstrip()
    opened = list[str]()
    for match in BRACKET.finditer(bare):
        if PAIRS.get(match[0]) is None:
            opened.append(match[0])
        elif opened[-1:] == [PAIRS[match[0]]]:
            opened.pop()
    in_list = opened[-1:] == ["["]
    return bare[-1:] in (":", "[") or (bare[-1:] == "," and in_list)


def _values(line: str) -> Iterator[tuple[int, int, int]]:
    """Each text of a line that is a value: where its name begins, which may be itself, where it begins and ends."""
    lead = -1
    for match in STRING.finditer(line):
        begins = match.start() if lead < 0 else lead
        named = line[match.end() :].lstrip().startswith(":")
        if not named:
            yield begins, match.start(), match.end()
        lead = begins if named else -1
