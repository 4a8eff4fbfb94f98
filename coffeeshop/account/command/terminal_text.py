"""Write JSON for a terminal: what nobody can see, or a terminal would obey, is written as its escape."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping

from coffeeshop.account.values import Json
from coffeeshop.harmless import json_escaped


def dumps(value: Json, indent: int | None = None) -> str:
    """Returns JSON as the AWS CLI prints it, of any value; bytes as base64, hidden characters as \\u001b."""
    return json_escaped(json.dumps(_printable(value), indent=indent, ensure_ascii=False))


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
