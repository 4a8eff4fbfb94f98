"""Read JSON and keep the place of every value. A syntax error is a problem with its fix.

https://www.rfc-editor.org/rfc/rfc8259
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from coffeeshop.policy.language.json_mistakes import (
    A_COLON,
    A_NAME,
    A_VALUE,
    describe_slip,
    word_at,
)
from coffeeshop.policy.model import Level, Place, Problem

MAX_DEPTH: Final = 32  # levels of brackets. A policy needs seven

_SPACE_PART = r"[ \t\n\r]*"
_STRING_PART = r'"([^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*)"'
_BARE_VALUE_PART = (
    r"(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])"
)
_SPACE_PATTERN = re.compile(_SPACE_PART)
_STRING_PATTERN = re.compile(_STRING_PART)
_NAME_PATTERN = re.compile(f"{_SPACE_PART}{_STRING_PART}{_SPACE_PART}:")
_VALUE_PATTERN = re.compile(
    f"{_SPACE_PART}(?:{_STRING_PART}|([{{\\[])|{_BARE_VALUE_PART})", re.ASCII
)
_SEPARATOR_PATTERN = re.compile(f"{_SPACE_PART}(?:,(?!{_SPACE_PART}[}}\\]])|([}}\\]]))")
# A string without escapes and its separator: most texts of policies.
_PLAIN_STRING_PATTERN = re.compile(
    rf'{_SPACE_PART}+"([ !#-\[\]-~]*+)"{_SPACE_PART}+(?:,(?!{_SPACE_PART}[}}\]])|(\]))'
)
_SURROGATE_PATTERN = re.compile("[\ud800-\udfff]")


class Word(str):
    """A number, `true`, `false` or `null`, as written. It is a str, but no JSON string."""

    __slots__ = ()


JsonValue: TypeAlias = "str | Word | list[Node] | Members"


class Node(NamedTuple):
    """A value and its span: character offsets into the text."""

    value: JsonValue
    start: int
    end: int


class Members(NamedTuple):
    """The members of an object as (name, value), also those of a repeated name."""

    pairs: list[tuple[Node, Node]]


class Source:
    """A text that can say in which line and column an offset lies."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = [0, *(line_end.end() for line_end in re.finditer("\n", text))]

    def place(self, path: str, start: int, end: int) -> Place:
        """Return the place of a span."""
        line = bisect_right(self._lines, start)
        return Place(path, line, start - self._lines[line - 1] + 1, start, end)

    def problem_at(self, code: str, span: tuple[int, int], text: str, mend: str) -> Problem:
        """Return a problem of the text itself, which has no path."""
        return Problem(Level.ERROR, code, self.place("", *span), text, mend)


class Unreadable(Exception):  # noqa: N818 -- it never leaves the package
    """Raised inside this module at the first place where the text stops being JSON."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def decode_document(text: str | bytes) -> tuple[Source, list[Problem]]:
    """Return a document's text without byte order mark, and its problems.

    Bytes that aren't UTF-8 are a problem and become `�`.
    """
    problems: list[Problem] = []
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as wrong:
            source = Source(text.decode(errors="replace"))
            at = len(text[: wrong.start].decode())
            bad = f"byte 0x{text[wrong.start]:02x} is not UTF-8"
            return source, [
                source.problem_at(
                    "not-utf-8", (at, at + 1), bad, "save the document as UTF-8"
                )
            ]
    if text.startswith("\ufeff"):
        source = Source(text)
        problems = [
            source.problem_at(
                "byte-order-mark",
                (0, 1),
                "a byte order mark stands before the document",
                "save it without",
            )
        ]
        return Source(" " + text[1:]), problems
    return Source(text), problems


def read_json(source: Source) -> Node:
    """Return the one JSON value of the text. Raise Unreadable if the text isn't JSON."""
    reader = _Reader(source)
    node = reader.read_value(0)
    end = reader.skip_space()
    if end < len(source.text):
        raise reader.error_at(
            "syntax",
            end,
            f"`{word_at(source.text, end)}` follows the end of the document",
            "remove it",
        )
    return node


def walk_nodes(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Yield every value with its path: `Statement[0].Action[1]`.

    A single value where a list is possible also has the path of number 0.
    """
    yield path, node
    match node.value:
        case Members(pairs):
            inner = f"{path}[0]" if path == "Statement" else path
            if inner != path:
                yield inner, node
            for name, value in pairs:
                yield from walk_nodes(
                    value, f"{inner}.{name.value}" if inner else str(name.value)
                )
        case list():
            for number, value in enumerate(node.value):
                yield from walk_nodes(value, f"{path}[{number}]")
        case _ if not path.endswith("]"):
            yield f"{path}[0]", node
        case _:
            pass


class _Reader:
    """Reads JSON from a text, from `at` onwards."""

    def __init__(self, source: Source) -> None:
        self.source, self.text, self.at = source, source.text, 0

    def skip_space(self) -> int:
        """Return the offset behind white space."""
        match = _SPACE_PATTERN.match(self.text, self.at)
        return match.end() if match else self.at

    def error_at(self, code: str, at: int, text: str, mend: str) -> Unreadable:
        """Return an error about the character at an offset."""
        return Unreadable(
            self.source.problem_at(code, (at, min(at + 1, len(self.text))), text, mend)
        )

    def read_value(self, depth: int) -> Node:
        """Read any value. `depth` counts the brackets around it."""
        match = _VALUE_PATTERN.match(self.text, self.at)
        if match is None:
            raise self.expected_error(A_VALUE, self.skip_space())
        self.at = match.end()
        if match.lastindex == 1:
            return self.decode_string(match)
        if match.lastindex == 3:
            return Node(Word(match[3]), match.start(3), self.at)
        start = match.start(2)
        if depth == MAX_DEPTH:
            raise self.error_at(
                "too-deep",
                start,
                f"more than {MAX_DEPTH} brackets within brackets",
                "a policy needs seven",
            )
        if match[2] == "{":
            return self.read_members(start, depth + 1)
        return self.read_items(start, depth + 1)

    def decode_string(self, match: re.Match[str]) -> Node:
        """Return the node of a string that a pattern matched, with its escapes decoded."""
        start = match.start(1) - 1
        end = match.end(1) + 1
        text = match[1]
        if "\\" in text:
            try:
                text = str(json.loads(f'"{text}"'))
            except ValueError:
                mend = "write `\\\\` for a backslash"
                raise self.error_at(
                    "syntax", start, "a backslash escapes nothing here", mend
                ) from None
        if not text.isascii() and _SURROGATE_PATTERN.search(text):
            raise self.error_at(
                "syntax",
                start,
                "half of a surrogate pair isn't a character",
                "write the character itself",
            )
        return Node(text, start, end)

    def read_members(self, start: int, depth: int) -> Node:
        """Read the members of an object up to its closing brace."""
        pairs: list[tuple[Node, Node]] = []
        closed = self.closes_at_once("}")
        while not closed:
            match = _NAME_PATTERN.match(self.text, self.at)
            if match is None:
                raise self.missing_name_error()
            self.at = match.end()
            pairs.append((self.decode_string(match), self.read_value(depth)))
            closed = self.read_separator("}")
        return Node(Members(pairs), start, self.at)

    def read_items(self, opened: int, depth: int) -> Node:
        """Read the items of a list up to its closing bracket."""
        items: list[Node] = []
        closed = self.closes_at_once("]")
        while not closed:
            if plain := _PLAIN_STRING_PATTERN.match(self.text, self.at):
                (start, end), self.at = plain.span(1), plain.end()
                items.append(Node(plain[1], start - 1, end + 1))
                closed = plain[2] is not None
            else:
                items.append(self.read_value(depth))
                closed = self.read_separator("]")
        return Node(items, opened, self.at)

    def closes_at_once(self, bracket: str) -> bool:
        """Read the closing bracket if nothing is between it and the opening one."""
        match = _SEPARATOR_PATTERN.match(self.text, self.at)
        if match is None or match[1] != bracket:
            return False
        self.at = match.end()
        return True

    def read_separator(self, bracket: str) -> bool:
        """Read a comma or the closing bracket, and return whether it was the bracket."""
        match = _SEPARATOR_PATTERN.match(self.text, self.at)
        if match is None or match[1] not in (None, bracket):
            at = self.skip_space()
            if self.text[at : at + 1] == ",":
                raise self.error_at(
                    "syntax", at, "a comma before a closing bracket", "remove the comma"
                )
            raise self.expected_error(f"`,` or `{bracket}`", at)
        self.at = match.end()
        return match[1] is not None

    def missing_name_error(self) -> Unreadable:
        """Return the error where a name and its colon should stand."""
        at = self.skip_space()
        name = _STRING_PATTERN.match(self.text, at)
        if name is None:
            return self.expected_error(A_NAME, at)
        self.at = name.end()
        return self.expected_error(A_COLON, self.skip_space())

    def expected_error(self, wanted: str, at: int) -> Unreadable:
        """Return the error where `wanted` should stand."""
        return self.error_at("syntax", at, *describe_slip(self.text, at, wanted))
