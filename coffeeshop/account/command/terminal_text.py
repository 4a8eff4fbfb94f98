"""Write JSON for a terminal: what nobody can see, or a terminal would obey, is written as its escape."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import TypeAlias

from coffeeshop.account.values import Json
from coffeeshop.harmless import escape_json

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"


def dump_json(value: Json, indent: int | None = None) -> str:
    """Return JSON as the AWS CLI prints it: bytes as base64, hidden characters as \\u001b."""
    return escape_json(json.dumps(to_plain_json(value), indent=indent, ensure_ascii=False))


def to_plain_json(value: Json) -> Plain:
    """Return a value as JSON types: lists for tuples, base64 for bytes."""
    match value:
        case bytes():
            return b64encode(value).decode()
        case tuple():
            return [to_plain_json(part) for part in value]
        case Mapping():
            return {key: to_plain_json(part) for key, part in value.items()}
        case _:
            return value
