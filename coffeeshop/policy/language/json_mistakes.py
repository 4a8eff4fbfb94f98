"""Describe where a text stops being JSON: the text found, the text expected, and the likeliest slip.

Only the text before that place is read. All its brackets and quotes are known to be valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

A_NAME: Final = "a name in double quotes"  # what `describe_slip` gets as `wanted`
A_VALUE: Final = "a value"
A_COLON: Final = "`:`"

_CLOSING_BRACKETS: Final = {"{": "}", "[": "]"}
_OPENING_BRACKETS: Final = {"}": "{", "]": "["}
_WORD_PATTERN: Final = re.compile(r"[^\s{}\[\]:,\"]{1,40}|.", re.DOTALL)
_TOKEN_PATTERN: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"?|([{}\[\]])')
_MEMBER_START: Final = re.compile(r'(?:"[^"\n]*"|[\w.-]+)\s*:')
_STRING_PATTERN: Final = re.compile(r'"[^"\n]{0,40}"')
# By the expected text.
_FIXES_BY_EXPECTED: Final = {
    A_NAME: "",
    A_COLON: "give the name before it a colon and a value",
}
# By the character found in place of a comma.
_STRAY_CHARACTERS: Final = {
    "}": "remove it",
    "]": "remove it",
    ":": "put a `{` before the name",
}
_VALUE_STARTS: Final = (
    '"{[-'  # characters besides letters and digits that can begin a value
)
_COMMON_MISTAKES: Final = (
    (
        '"',
        "a text without its closing quote, or with a line break in it",
        "close the quote on the same line",
    ),
    ("'", "single quotes", 'JSON takes double quotes: "'),
    ("“", "typographic quotes", 'JSON takes straight double quotes: "'),
    ("//", "a comment", "JSON has no comments: remove it"),
    ("/*", "a comment", "JSON has no comments: remove it"),
    ("#", "a comment", "JSON has no comments: remove it"),
    ("True", "`True`", "JSON writes `true`"),
    ("False", "`False`", "JSON writes `false`"),
    ("None", "`None`", "JSON writes `null`"),
)


def word_at(text: str, at: int) -> str:
    """Return the word at an offset, for a message. Unprintable characters are escaped."""
    match = _WORD_PATTERN.match(text, at)
    if match is None:
        return ""
    if match[0].isprintable():
        return match[0]
    return repr(match[0])[1:-1]


def describe_slip(text: str, at: int, wanted: str) -> tuple[str, str]:
    """Return the mistake at the place where `wanted` is missing, and the fix ("" if it isn't clear)."""
    wrong_word = word_at(text, at)
    opened = _innermost_bracket(text[:at])
    if not wrong_word:
        if opened is not None:
            mend = f"close the {_bracket_words(text, opened)}"
        else:
            mend = "close every bracket and quote"
        return f"the document ends where {wanted} should be", mend
    for opening, description, mend in _COMMON_MISTAKES:
        if wrong_word.startswith(opening) and not (
            opening == '"' and wanted.startswith("`")
        ):
            return description, mend
    if opened is not None and (
        mend := _fix_of_unclosed_bracket(text, at, wanted, text[opened])
    ):
        return f"the {_bracket_words(text, opened)} is not closed", mend
    string = _STRING_PATTERN.match(text, at)
    return (
        f"there is `{string[0] if string else wrong_word}` where {wanted} should be",
        _likely_fix(text, at, wanted),
    )


def _bracket_matches(text: str) -> Iterator[re.Match[str]]:
    """Return the brackets outside of strings."""
    return (match for match in _TOKEN_PATTERN.finditer(text) if match[1])


def _innermost_bracket(text: str) -> int | None:
    """Return the offset of the innermost bracket that a text leaves open, or None."""
    stack: list[int] = []
    for match in _bracket_matches(text):
        stack.append(match.start()) if match[1] in _CLOSING_BRACKETS else stack.pop()
    return stack[-1] if stack else None


def _bracket_words(text: str, at: int) -> str:
    """Return a bracket and its line, in words."""
    return f"`{text[at]}` of line {text.count(chr(10), 0, at) + 1}"


def _fix_of_unclosed_bracket(text: str, at: int, wanted: str, bracket: str) -> str:
    """Return the fix if the innermost open bracket was probably meant to be closed before
    this place, or "".
    """
    character = text[at]
    close = _CLOSING_BRACKETS[bracket]
    named = _MEMBER_START.match(text, at) is not None
    brackets = [match[1] for match in _bracket_matches(text)]
    match character:
        case "}" | "]" if character != close and wanted != A_VALUE:
            if brackets.count(bracket) > brackets.count(close):
                other_unclosed = brackets.count(character) > brackets.count(
                    _OPENING_BRACKETS[character]
                )
                if other_unclosed:
                    return f"write `{close}` instead of the `{character}`"
                return f"put a `{close}` before the `{character}`"
        case "{" if (
            bracket == "{" and wanted == A_NAME and text[:at].rstrip().endswith(",")
        ):
            return f"put a `{close}` behind its last value"
        case "{" if bracket == "{" and wanted not in (A_NAME, A_VALUE, A_COLON):
            return f"put `{close},` before this `{{`"
        case ":" if (
            bracket == "["
            and wanted != A_VALUE
            and brackets.count("{") >= brackets.count("}")
        ):
            return f"put a `{close}` behind its last value"
        case _ if bracket == "[" and named and wanted != A_VALUE:
            return f"put `{close},` before this name"
        case _:
            pass
    return ""


def _likely_fix(text: str, at: int, wanted: str) -> str:
    """Return the fix if every bracket seems to be in its place."""
    character = text[at]
    if wanted == A_VALUE:
        if character.isalnum() or character in "*_":
            return "write it in double quotes"
        return "put a value before it" if character in ",]}:" else "remove it"
    brackets = [match[1] for match in _bracket_matches(text)]
    if wanted == A_COLON and brackets.count("]") > brackets.count("["):
        return "put a `[` before the first of these values"
    if wanted in _FIXES_BY_EXPECTED:
        return _FIXES_BY_EXPECTED[wanted]
    if character in _STRAY_CHARACTERS:
        return _STRAY_CHARACTERS[character]
    if wanted.endswith("`}`") and not _MEMBER_START.match(text, at):
        return "it is a second value: remove it, or put both into [ ] with a comma between them"
    if not character.isalnum() and character not in _VALUE_STARTS:
        return "remove it"
    before = text[:at].rstrip()
    on_new_line = "\n" in text[len(before) : at]
    if on_new_line:
        return f"put a comma at the end of line {before.count(chr(10)) + 1}"
    return "put a comma before it"
