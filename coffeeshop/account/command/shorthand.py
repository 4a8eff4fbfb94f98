"""AWS's shorthand for structures, `Key=team,Value=bar`, read without regard to a row; `values` fits it to one.

https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
"""

from __future__ import annotations

import re
from typing import TypeAlias

Raw: TypeAlias = "str | list[Raw] | dict[str, Raw]"
KEY_PATTERN = re.compile(r"[A-Za-z0-9\-_.#/:]*")
QUOTED_PATTERN = re.compile(r"'((?:\\'|[^'])*)'|\"((?:\\\"|[^\"])*)\"")
# A value up to the comma; `=` may stand in it.
BARE_PATTERN = re.compile(r"(?:\\,|[^\s,'\"=\[\]{}])(?:\\,|[^,'\"\]}])*")
# A further value of a list: `=` makes it a key.
LATER_VALUE = re.compile(r"(?:\\,|[^\s,'\"=\[\]{}])(?:\\,|[^,'\"=])*")
MAX_DEPTH = 32


class FromFile(str):
    """A value that a file holds: `key@=file://name`."""

    __slots__ = ()


class ShorthandError(ValueError):
    """A text isn't valid shorthand. `at` is the offset of the first character that was not expected."""

    def __init__(self, text: str, at: int, wanted: str) -> None:
        if at < len(text):
            received = repr(text[at])
        else:
            received = "the end"
        super().__init__(
            f"Expected: {wanted}, received: {received} for input:\n{text}\n{' ' * at}^"
        )
        self.at = at


def parse_shorthand(text: str) -> dict[str, Raw]:
    """Return the value of shorthand: `a=b,c=d,e` -> {"a": "b", "c": ["d", "e"]}.

    Raise ShorthandError.
    """
    return _ShorthandReader(text).read_pairs()


class _ShorthandReader:
    """A reader of shorthand: the text, the offset `at` up to which it is read, and the depth of nesting."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def read_pairs(self) -> dict[str, Raw]:
        """Return the structure of all pairs `key=value` up to the end of the text."""
        structure: dict[str, Raw] = {}
        while True:
            self.read_pair(structure, listed=True)
            if self.at >= len(self.text):
                return structure
            self.expect(",")

    def read_pair(self, structure: dict[str, Raw], listed: bool) -> None:
        """Read one `key=value`, or `key@=file`. With `listed`, the values after commas belong to it, too."""
        self.skip_space()
        start = self.at
        key = self.take_match(KEY_PATTERN)
        by_file = self.peek() == "@"
        if by_file:
            self.at += 1
        self.expect("=")
        if key in structure:
            raise ShorthandError(
                self.text, start, f"another key than {key!r}, which stands there already"
            )
        if listed:
            value = self.read_values()
        else:
            value = self.read_nested()
        structure[key] = FromFile(value) if by_file and isinstance(value, str) else value
        self.skip_space()

    def read_values(self) -> Raw:
        """Return a value, or a list of several up to the next `key=`: `a=b,c`."""
        first = self.read_nested()
        if not isinstance(first, str):
            return first
        values: list[Raw] = [first]
        while (later := self.read_later_value()) is not None:
            values.append(later)
        if len(values) == 1:
            return first
        return values

    def read_later_value(self) -> str | None:
        """Return the next value of a list without brackets (`Values=a,b`), or None if the list ends here.

        The list ends where the text ends, or where a comma begins the next pair: `Values=a,b,Key=c`.
        """
        start = self.at
        self.skip_space()
        if self.peek() == ",":
            self.at += 1
            self.skip_space()
            if self.peek() in {"'", '"'}:
                value = self.read_quoted()
            else:
                value = self.read_bare(LATER_VALUE)
            self.skip_space()
            if self.peek() in {",", ""} and value is not None:
                return value
        self.at = start
        return None

    def read_nested(self) -> Raw:
        """Return a list, structure, quoted or bare value.

        Nothing at all is the empty string.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ShorthandError(self.text, self.at, f"at most {MAX_DEPTH} levels")
        match self.peek():
            case "[":
                value: Raw = self.read_list()
            case "{":
                value = self.read_structure()
            case "'" | '"':
                value = self.read_quoted()
            case _:
                value = self.read_bare(BARE_PATTERN) or ""
        self.depth -= 1
        return value

    def read_list(self) -> list[Raw]:
        """Return the elements of a list in brackets."""
        elements: list[Raw] = []
        self.expect("[")
        while self.peek() != "]":
            elements.append(self.read_nested())
            self.skip_separator("]")
        self.expect("]")
        return elements

    def read_structure(self) -> dict[str, Raw]:
        """Return the members of a structure in braces."""
        members: dict[str, Raw] = {}
        self.expect("{")
        while self.peek() != "}":
            self.read_pair(members, listed=False)
            self.skip_separator("}")
        self.expect("}")
        return members

    def skip_separator(self, end: str) -> None:
        """Skip blanks, and a comma unless the list or structure ends here. Raise ShorthandError."""
        self.skip_space()
        if self.peek() != end:
            self.expect(",")

    def read_quoted(self) -> str:
        """Return a text in quotes, with its escapes decoded. Raise ShorthandError if a quote is missing."""
        match = QUOTED_PATTERN.match(self.text, self.at)
        if match is None:
            raise ShorthandError(self.text, len(self.text), f"a closing {self.peek()}")
        self.at = match.end()
        inner = match[0][1:-1]
        quote = match[0][0]
        return inner.replace(f"\\{quote}", quote).replace("\\\\", "\\")

    def read_bare(self, pattern: re.Pattern[str]) -> str | None:
        """Return the unquoted text that matches the pattern here, or None. In it, `\\,` stands for a comma."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match[0].replace("\\,", ",").rstrip()

    def take_match(self, pattern: re.Pattern[str]) -> str:
        """Return the text that the pattern matches here, and move behind it. Return "" if it doesn't match."""
        match = pattern.match(self.text, self.at)
        self.at += len(match[0]) if match else 0
        if match:
            return match[0]
        return ""

    def peek(self) -> str:
        """Return the next character, or "" at the end."""
        return self.text[self.at : self.at + 1]

    def expect(self, sign: str) -> None:
        """Skip this character and the blanks around it. Raise ShorthandError if another one follows."""
        self.skip_space()
        if self.peek() != sign:
            raise ShorthandError(self.text, self.at, repr(sign))
        self.at += 1
        self.skip_space()

    def skip_space(self) -> None:
        """Move past white space."""
        while self.peek().isspace():
            self.at += 1
