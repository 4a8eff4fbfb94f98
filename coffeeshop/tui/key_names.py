"""Name the characters of ASCII for Textual's keys, so that Python's table of all Unicode names stays unread.

Textual looks up each key's character by its Unicode name. The table takes 0.7 megabytes.
"""

from __future__ import annotations

from textual import keys

KEY_CHARACTERS = {
    "BACKSPACE": "\b", "TAB": "\t", "ESCAPE": "\x1b", "DELETE": "\x7f", "SPACE": " ",
    "EXCLAMATION MARK": "!", "QUOTATION MARK": '"', "NUMBER SIGN": "#",
    "DOLLAR SIGN": "$", "PERCENT SIGN": "%", "AMPERSAND": "&", "APOSTROPHE": "'", "LEFT PARENTHESIS": "(",
    "RIGHT PARENTHESIS": ")", "ASTERISK": "*", "PLUS SIGN": "+", "COMMA": ",", "HYPHEN-MINUS": "-", "FULL STOP": ".",
    "SOLIDUS": "/", "COLON": ":", "SEMICOLON": ";", "LESS-THAN SIGN": "<", "EQUALS SIGN": "=", "GREATER-THAN SIGN": ">",
    "QUESTION MARK": "?", "COMMERCIAL AT": "@", "LEFT SQUARE BRACKET": "[", "REVERSE SOLIDUS": "\\",
    "RIGHT SQUARE BRACKET": "]", "CIRCUMFLEX ACCENT": "^", "LOW LINE": "_", "GRAVE ACCENT": "`",
    "LEFT CURLY BRACKET": "{", "VERTICAL LINE": "|", "RIGHT CURLY BRACKET": "}", "TILDE": "~",
}  # fmt: skip
KEY_NAMES = {
    character: name for name, character in KEY_CHARACTERS.items() if character.isprintable()
}
# What Textual looks up for a key without a Unicode name, such as F1 or its own "slash".
UNNAMED_KEYS = frozenset(
    key.replace("_", " ").upper()
    for key in (*(key.value for key in keys.Keys), *keys.KEY_NAME_REPLACEMENTS.values())
)


class KeyNames:
    """Answers as Python's module `unicodedata` does, which it asks only about other characters than those of keys."""

    @staticmethod
    def name(character: str) -> str:
        """Return a character's Unicode name. Raise ValueError if it has none."""
        if (name := KEY_NAMES.get(character)) is not None:
            return name
        if character < " ":
            raise ValueError("no such name")
        from unicodedata import name as unicode_name

        return unicode_name(character)

    @staticmethod
    def lookup(name: str) -> str:
        """Return the character with a Unicode name. Raise KeyError if there is none."""
        if (character := KEY_CHARACTERS.get(name)) is not None:
            return character
        if name in UNNAMED_KEYS:
            raise KeyError(name)
        from unicodedata import lookup

        return lookup(name)


def use_key_names() -> None:
    """Let Textual name keys by `KeyNames`."""
    keys.unicodedata = KeyNames  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]  # no public door
