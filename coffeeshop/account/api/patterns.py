"""The patterns of AWS's models, which Python's `re` cannot all read."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Control characters, other than tab, line feed and carriage return, and halves of surrogate pairs.
FORBIDDEN_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Python's `re` knows no \p{L}: a character beyond ASCII stands as the private one of its kind, and the class that is
# written for \p{L} holds that one and what of ASCII is of its kind.
CHARACTER_KINDS = {
    "L": ("\ue000", "a-zA-Z\ue000"),
    "M": ("\ue001", "\ue001"),
    "N": ("\ue002", "0-9\ue002"),
    "P": ("\ue003", "!-#%-*,-/:;?@\\[-\\]_{}\ue003"),
    "S": ("\ue004", "$+<=>^`|~\ue004"),
    "Z": ("\ue005", " \ue005"),
    "C": ("\ue006", ""),
}


def matches_pattern(pattern: str, value: str) -> bool:
    """Return whether the whole value matches a pattern of AWS's models, in which `\\w` and
    `\\d` are ASCII.
    """
    if r"\p{" in pattern:
        value = "".join(map(_character_kind, value))
    return _compile_pattern(pattern).fullmatch(value) is not None


def _character_kind(character: str) -> str:
    """Return an ASCII character itself, and for any other a sample of its Unicode category."""
    if character.isascii():
        return character
    return CHARACTER_KINDS[unicodedata.category(character)[0]][0]


@cache
def _compile_pattern(pattern: str) -> re.Pattern[str]:
    r"""Return a pattern of AWS's models for Python's `re`, which can't read its classes of
    characters such as \p{L}.
    """
    text = pattern.replace(r"\u10000-\u10FFFF", "\U00010000-\U0010ffff")
    return re.compile(CLASS_PATTERN.sub(_translate_class, text), re.ASCII)


# A class in brackets, or a class of characters that stands by itself.
CLASS_PATTERN = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\p\{\w\}")


def _translate_class(match: re.Match[str]) -> str:
    """Return a class of a pattern with what Python's `re` can read in place of Unicode's kinds."""
    text = re.sub(r"\\p\{(\w)\}", lambda kind: CHARACTER_KINDS[kind[1]][1], match[0])
    return text if match[0].startswith("[") else f"[{text}]"
