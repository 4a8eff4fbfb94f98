"""Write JSON for a terminal: what nobody can see, or a terminal would obey, is written as its escape."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import TypeAlias

from coffeeshop.account.values import Json
from coffeeshop.harmless import escape_json

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"


def dumps(value: Json, indent: int | None = None) -> str:
    """Returns JSON as the AWS CLI prints it, of any value; bytes as base64, hidden characters as \\u001b."""
    return escape_json(json.dumps(plain(value), indent=indent, ensure_ascii=False))


def plain(value: Json) -> Plain:
    """Returns a value as JSON has it: lists for tuples, base64 for bytes."""
    match value:
        case bytes():
            return b64encode(value).decode()
        case tuple():
            return [plain(part) for part in value]
        case Mapping():
            return {key: plain(part) for key, part in value.items()}
        case _:
            return value
