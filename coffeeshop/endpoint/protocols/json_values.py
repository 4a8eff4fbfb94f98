"""Read the parameters in a JSON body by the row of its operation, and write replies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from coffeeshop.account.access.policy_documents import freeze_json
from coffeeshop.account.api.default_values import is_requested
from coffeeshop.account.api.operations import Member, Shape
from coffeeshop.account.values import Json
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.refusals import UnreadableError

JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "timestamp": (int, float),
}
LAST_TIMESTAMP = 253_402_300_799  # seconds: the end of the year 9999


def load_json(body: bytes) -> Any:
    """Return the value of a JSON document, and {} for an empty one. Raise UnreadableError."""
    try:
        if body.strip():
            return msgspec.json.decode(body)
        return {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        raise UnreadableError(f"this isn't valid JSON: {wrong}") from None


def read_structure(shape: Shape, value: Any) -> dict[str, Json]:
    """Return the members of an object. Raise UnreadableError.

    Members that aren't supported are included with "", so that the account can refuse them by name.
    """
    if not isinstance(value, dict):
        raise UnreadableError("this must be a JSON object")
    members = cast("dict[str, Any]", value)
    supported = (
        (member, member.wire or member.name)
        for member in shape.members
        if not member.location
    )
    parameters = {
        member.name: _read_value(member.shape, members[wire], wire)
        for member, wire in supported
        if members.get(wire) is not None
    }
    unsupported = shape.left_out.values()
    return parameters | {
        m.name: ""
        for m in unsupported
        if not m.location and is_requested(m.name, members.get(m.wire or m.name))
    }


def _read_value(shape: Shape, value: Any, place: str) -> Json:
    """Return the value of a JSON value by its shape. `place` names it in errors. Raise UnreadableError."""
    if shape.type == "document":
        return freeze_json(value)
    wanted = JSON_TYPES.get(shape.type, (str,))
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise UnreadableError(f"{place}: this must be a value of type {shape.type}")
    match shape.type:
        case "structure":
            return read_structure(shape, value)
        case "list":
            item = cast(Member, shape.element).shape
            items = cast("list[Any]", value)
            return tuple(
                _read_value(item, item_value, place)
                for item_value in items
                if item_value is not None
            )
        case "map":
            part = cast(Member, shape.value).shape
            entries = cast("dict[str, Any]", value)
            return {
                key: _read_value(part, item_value, f"{place}.{key}")
                for key, item_value in entries.items()
                if item_value is not None
            }
        case "blob":
            return values.decode_base64(cast(str, value), place)
        case _:
            return _read_scalar(shape, value, place)


def _read_scalar(shape: Shape, value: Any, place: str) -> Json:
    """Return a number, instant or text of a shape. Raise UnreadableError if it is out of range."""
    match shape.type:
        case "integer" | "long" if (
            not -values.INTEGER_LIMIT <= value < values.INTEGER_LIMIT
        ):
            raise UnreadableError(f"{place}: this number is too large")
        case "timestamp" if not 0 <= value <= LAST_TIMESTAMP:
            raise UnreadableError(f"{place}: this isn't a date and time")
        case "timestamp":
            return datetime.fromtimestamp(int(value), UTC).isoformat()
        case _:
            return value


# --------------------------------------------------------------------- writing
def write_structure(shape: Shape, body: Mapping[str, Json]) -> dict[str, Any]:
    """Return a structure as a JSON object."""
    return {
        member.wire or member.name: _write_value(member, value)
        for member in shape.members
        if not member.location and (value := body.get(member.name)) is not None
    }


def _write_value(member: Member, value: Json) -> Any:
    """Return a value as JSON, by its member's shape."""
    shape = member.shape
    match shape.type:
        case "structure":
            return write_structure(shape, cast("Mapping[str, Json]", value))
        case "list":
            item = cast(Member, shape.element)
            return [
                _write_value(item, item_value)
                for item_value in cast("tuple[Json, ...]", value)
            ]
        case "map":
            part = cast(Member, shape.value)
            return {
                key: _write_value(part, item_value)
                for key, item_value in cast("Mapping[str, Json]", value).items()
            }
        case "blob":
            return values.encode_base64(value)
        case "timestamp" if (member.format or shape.format) != "iso8601":
            return _epoch_seconds(str(value))
        case _:
            return value


def _epoch_seconds(text: str) -> int | float:
    """Return a time as seconds since 1970, as JSON protocols write it."""
    seconds = values.parse_instant(text).timestamp()
    if seconds.is_integer():
        return int(seconds)
    return seconds
