"""Make text that anybody wrote harmless: what a terminal obeys, what turns the direction of writing and what nobody sees.

One table says which characters those are. They are shown in one of two ways: as escapes (`\\x1b`), where text is printed
or kept, or as pictures of one cell (`␛`), where it is painted.
"""

from __future__ import annotations

import json
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
    """Tells whether a character is unseen, obeyed by terminals, or a blank that is no space.

    That is: controls, format characters, halves of surrogate pairs, separators of lines and paragraphs, blanks other
    than the space, private and unassigned characters (all of which Python calls not printable), and the ignorable ones.
    """
    return not character.isprintable() or _IGNORABLE.match(character) is not None


def is_harmless(text: str) -> bool:
    """Tells whether every character can be shown as it is; tabs and line feeds can."""
    return not any(is_hidden(found[0]) for found in _SUSPECT.finditer(text))


def escape_hidden(text: str) -> str:
    """Returns the text with hidden characters as Python's escapes, such as `\\x1b` or `\\u202e`; tab and line feed stay."""
    return _SUSPECT.sub(_escape, text)


def escape_line(text: str) -> str:
    """Returns the text as escapes on one line: tabs and line feeds are written `\\t` and `\\n`, too."""
    return _SUSPECT_OR_BREAK.sub(_escape, text)


def escape_json(document: str) -> str:
    """Returns a JSON document with hidden characters inside its strings as JSON's escapes, such as `\\u001b`."""
    return _SUSPECT.sub(_json_escape, document)


def escape_surrogates(text: str) -> str:
    """Returns the text with halves of surrogate pairs as escapes, such as `\\udced`: Python makes them of what is no UTF-8 in
    a file's name, and a JSON document that holds one is read by nobody else (RFC 8259, 8.2).
    """
    return text.encode(errors="backslashreplace").decode()


def show_as_pictures(text: str) -> str:
    """Returns the text with hidden characters and tabs as pictures of one cell (␛, ␉, ␣, ␦); line feeds stay."""
    return _SUSPECT_OR_TAB.sub(_picture, text)


def show_on_one_line(text: str) -> str:
    """Returns the text as pictures, its line feeds too."""
    return show_as_pictures(text).replace("\n", "␊")


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if is_hidden(character):
        return character.encode("unicode_escape").decode()
    return character


def _json_escape(found: re.Match[str]) -> str:
    character = found[0]
    if is_hidden(character):
        return json.dumps(character)[1:-1]
    return character


def _picture(found: re.Match[str]) -> str:
    character = found[0]
    if not is_hidden(character):
        return character
    if character < " ":
        return chr(0x2400 + ord(character))
    if character == "\x7f":
        return "␡"
    if character.isspace() and character not in "\x85\u2028\u2029":
        return "␣"
    return "␦"
