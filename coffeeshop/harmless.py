"""Make text from other people harmless: characters that a terminal obeys, that turn the direction of writing, or that are
invisible.

One table says which characters these are. Text that is printed or saved has escapes for them (`\\x1b`), and text on a
screen has pictures of one cell (`␛`).
"""

from __future__ import annotations

import re

# Default_Ignorable_Code_Point of Unicode: shown as nothing, so that two names that differ look the same.
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SUSPECT = re.compile("[^\t\n -~]")  # the rest of ASCII is known to be harmless
_SUSPECT_OR_TAB = re.compile("[^\n -~]")
_SUSPECT_OR_BREAK = re.compile("[^ -~]")


def is_hidden(character: str) -> bool:
    """Return whether a character is invisible, obeyed by terminals, or white space other than the space.

    That is: controls, format characters, surrogates, separators of lines and paragraphs, white space, private and unassigned
    characters (all of which Python calls not printable), and the ignorable ones.
    """
    return not character.isprintable() or _IGNORABLE.match(character) is not None


def is_harmless(text: str) -> bool:
    """Return whether every character can be shown unescaped. Tabs and line feeds can."""
    return not any(is_hidden(match[0]) for match in _SUSPECT.finditer(text))


def escape_hidden(text: str) -> str:
    """Return the text with hidden characters as Python's escapes, such as `\\x1b` or `\\u202e`. Tabs and line feeds stay."""
    return _SUSPECT.sub(_escape_match, text)


def escape_line(text: str) -> str:
    """Return the text on one line: with hidden characters, tabs and line feeds as escapes."""
    return _SUSPECT_OR_BREAK.sub(_escape_match, text)


def escape_json(document: str) -> str:
    """Return a JSON document with hidden characters in its strings as JSON's escapes, such as `\\u001b`."""
    return _SUSPECT.sub(_json_escape_match, document)


def escape_surrogates(text: str) -> str:
    """Return the text with surrogates as escapes, such as `\\udced`.

    Python makes surrogates of bytes in a file's name that aren't UTF-8. Others can't read a JSON document with one
    (RFC 8259, 8.2).
    """
    return text.encode(errors="backslashreplace").decode()


def show_as_pictures(text: str) -> str:
    """Return the text with hidden characters and tabs as pictures of one cell (␛, ␉, ␣, ␦). Line feeds stay."""
    return _SUSPECT_OR_TAB.sub(_picture_match, text)


def show_on_one_line(text: str) -> str:
    """Return the text with hidden characters, tabs and line feeds as pictures."""
    return show_as_pictures(text).replace("\n", "␊")


def _escape_match(match: re.Match[str]) -> str:
    character = match[0]
    if is_hidden(character):
        return character.encode("unicode_escape").decode()
    return character


def _json_escape_match(match: re.Match[str]) -> str:
    character = match[0]
    if is_hidden(character):
        import json

        return json.dumps(character)[1:-1]
    return character


def _picture_match(match: re.Match[str]) -> str:
    character = match[0]
    if not is_hidden(character):
        return character
    if character < " ":
        return chr(0x2400 + ord(character))
    if character == "\x7f":
        return "␡"
    if character.isspace() and character not in "\x85\u2028\u2029":
        return "␣"
    return "␦"
