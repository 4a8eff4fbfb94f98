"""AWS's shorthand for structures, `Key=team,Value=bar`, read without regard to a row; `values` fits it to one.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
"""

from __future__ import annotations

import re
from typing import TypeAlias

Raw: TypeAlias = "str | list[Raw] | dict[str, Raw]"
KEY = re.compile(r"[A-Za-z0-9\-_.#/:]*")
QUOTED = re.compile(r"'((?:\\'|[^'])*)'|\"((?:\\\"|[^\"])*)\"")
# A value up to the comma; `=` may stand in it.
BARE = re.compile(r"(?:\\,|[^\s,'\"=\[\]{}])(?:\\,|[^,'\"\]}])*")
# A further value of a list: `=` makes it a key.
LATER = re.compile(r"(?:\\,|[^\s,'\"=\[\]{}])(?:\\,|[^,'\"=])*")
DEPTH = 32


class FromFile(str):
    """A value that a file holds: `key@=file://name`."""

    __slots__ = ()


class ShorthandError(ValueError):
    """A text that is no shorthand; `at` is the offset of what was not expected."""

    def __init__(self, text: str, at: int, wanted: str) -> None:
        found = repr(text[at]) if at < len(text) else "the end"
        super().__init__(
            f"Expected: {wanted}, received: {found} for input:\n{text}\n{' ' * at}^"
        )
        self.at = at


def parse(text: str) -> dict[str, Raw]:
    """Returns what shorthand says: `a=b,c=d,e` -> {"a": "b", "c": ["d", "e"]}. Raises ShorthandError."""
    return _ShorthandReader(text).pairs()


class _ShorthandReader:
    """The text, and how far it is read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def pairs(self) -> dict[str, Raw]:
        found: dict[str, Raw] = {}
        while True:
            self.pair(found, listed=True)
            if self.at >= len(self.text):
                return found
            self.expect(",")

    def pair(self, found: dict[str, Raw], listed: bool) -> None:
        """Reads one `key=value`; where a list may stand without brackets, its further values are taken too."""
        self.space()
        start = self.at
        key = self.take(KEY)
        by_file = self.peek() == "@"
        self.at += by_file
        self.expect("=")
        if key in found:
            raise ShorthandError(
                self.text, start, f"another key than {key!r}, which stands there already"
            )
        value = self.values() if listed else self.nested()
        found[key] = FromFile(value) if by_file and isinstance(value, str) else value
        self.space()

    def values(self) -> Raw:
        """Returns a value, or several with commas between them: `a=b,c` up to the next `key=`."""
        first = self.nested()
        if not isinstance(first, str):
            return first
        values: list[Raw] = [first]
        while (later := self.later()) is not None:
            values.append(later)
        return first if len(values) == 1 else values

    def later(self) -> str | None:
        """Returns a further value of a list without brackets, or None where the next pair begins or nothing is left."""
        start = self.at
        self.space()
        if self.peek() == ",":
            self.at += 1
            self.space()
            if self.peek() in {"'", '"'}:
                found = self.quoted()
            else:
                found = self.bare(LATER)
            self.space()
            if self.peek() in {",", ""} and found is not None:
                return found
        self.at = start
        return None

    def nested(self) -> Raw:
        """Returns a list in brackets, a structure in braces, a quoted or a bare value; nothing at all is the empty
        string.
        """
        self.depth += 1
        if self.depth > DEPTH:
            raise ShorthandError(self.text, self.at, f"at most {DEPTH} levels")
        match self.peek():
            case "[":
                found: Raw = self.listed()
            case "{":
                found = self.structure()
            case "'" | '"':
                found = self.quoted()
            case _:
                found = self.bare(BARE) or ""
        self.depth -= 1
        return found

    def listed(self) -> list[Raw]:
        found: list[Raw] = []
        self.expect("[")
        while self.peek() != "]":
            found.append(self.nested())
            self.between("]")
        self.expect("]")
        return found

    def structure(self) -> dict[str, Raw]:
        found: dict[str, Raw] = {}
        self.expect("{")
        while self.peek() != "}":
            self.pair(found, listed=False)
            self.between("}")
        self.expect("}")
        return found

    def between(self, end: str) -> None:
        self.space()
        if self.peek() != end:
            self.expect(",")

    def quoted(self) -> str:
        found = QUOTED.match(self.text, self.at)
        if found is None:
            raise ShorthandError(self.text, len(self.text), f"a closing {self.peek()}")
        self.at = found.end()
        inner = found[0][1:-1]
        quote = found[0][0]
        return inner.replace(f"\\{quote}", quote).replace("\\\\", "\\")

    def bare(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found[0].replace("\\,", ",").rstrip()

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        self.at += len(found[0]) if found else 0
        return found[0] if found else ""

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def expect(self, sign: str) -> None:
        self.space()
        if self.peek() != sign:
            raise ShorthandError(self.text, self.at, repr(sign))
        self.at += 1
        self.space()

    def space(self) -> None:
        while self.peek().isspace():
            self.at += 1
