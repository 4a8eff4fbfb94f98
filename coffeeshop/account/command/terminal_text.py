"""JSON and other text for a terminal: what nobody can see, or a terminal would obey, is written as its escape."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping

from coffeeshop.account.model import Json

# control characters, halves of a pair, and what turns the direction of writing
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """The text with hidden characters as \\x1b or \\u202e; tab and line feed stay."""
    return HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def dumps(value: Json, indent: int | None = None) -> str:
    """JSON as the AWS CLI prints it, of any value; bytes as base64, hidden characters as \\u001b."""
    text = json.dumps(_printable(value), indent=indent, ensure_ascii=False)
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _printable(value: Json) -> object:
    match value:
        case bytes():
            return b64encode(value).decode()
        case tuple():
            return [_printable(part) for part in value]
        case Mapping():
            return {key: _printable(part) for key, part in value.items()}
        case _:
            return value
