"""What a JSON body says, by the row of its operation; and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from coffeeshop.account.api.operations import Member, Shape
from coffeeshop.account.values import Json
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.refusals import UnreadableError

KINDS: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "timestamp": (int, float),
}
LAST = 253_402_300_799  # seconds: the end of the year 9999


def loaded(body: bytes) -> Any:
    """Returns what a JSON document says; of an empty one, an object of nothing. Raises UnreadableError."""
    try:
        return msgspec.json.decode(body) if body.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as wrong:
        raise UnreadableError(f"this is not JSON: {wrong}") from None


def read_structure(shape: Shape, said: Any) -> dict[str, Json]:
    """Returns the members that an object holds, those that are left out of the row among them, for the account to refuse
    by name. Raises UnreadableError.
    """
    if not isinstance(said, dict):
        raise UnreadableError("an object is wanted")
    held = cast("dict[str, Any]", said)
    named = (
        (member, member.wire or member.name)
        for member in shape.members
        if not member.location
    )
    found = {
        member.name: _read(member.shape, held[wire], wire)
        for member, wire in named
        if held.get(wire) is not None
    }
    unheeded = shape.left_out.values()
    return found | {
        m.name: ""
        for m in unheeded
        if not m.location and values.asks(held.get(m.wire or m.name))
    }


def _read(shape: Shape, said: Any, place: str) -> Json:
    wanted = KINDS.get(shape.type, (str,))
    if not isinstance(said, wanted) or (isinstance(said, bool) and bool not in wanted):
        raise UnreadableError(f"{place}: a value of type {shape.type} is wanted")
    match shape.type:
        case "structure":
            return read_structure(shape, said)
        case "list":
            item = cast(Member, shape.element).shape
            held = cast("list[Any]", said)
            return tuple(_read(item, one, place) for one in held if one is not None)
        case "map":
            part = cast(Member, shape.value).shape
            entries = cast("dict[str, Any]", said)
            return {
                key: _read(part, one, f"{place}.{key}")
                for key, one in entries.items()
                if one is not None
            }
        case "blob":
            return values.unpacked(cast(str, said), place)
        case _:
            return _scalar(shape, said, place)


def _scalar(shape: Shape, said: Any, place: str) -> Json:
    match shape.type:
        case "integer" | "long" if not -values.LARGEST <= said < values.LARGEST:
            raise UnreadableError(f"{place}: this number is too large")
        case "timestamp" if not 0 <= said <= LAST:
            raise UnreadableError(f"{place}: this is no instant")
        case "timestamp":
            return datetime.fromtimestamp(int(said), UTC).isoformat()
        case _:
            return said


# --------------------------------------------------------------------- writing
def written(shape: Shape, body: Mapping[str, Json]) -> dict[str, Any]:
    """Returns a structure as the object that stands on the wire."""
    return {
        member.wire or member.name: _written(member, value)
        for member in shape.members
        if not member.location and (value := body.get(member.name)) is not None
    }


def _written(member: Member, value: Json) -> Any:
    shape = member.shape
    match shape.type:
        case "structure":
            return written(shape, cast("Mapping[str, Json]", value))
        case "list":
            item = cast(Member, shape.element)
            return [_written(item, one) for one in cast("tuple[Json, ...]", value)]
        case "map":
            part = cast(Member, shape.value)
            return {
                key: _written(part, one)
                for key, one in cast("Mapping[str, Json]", value).items()
            }
        case "blob":
            return values.packed(value)
        case "timestamp" if (member.format or shape.format) != "iso8601":
            return _seconds(str(value))
        case _:
            return value


def _seconds(said: str) -> int | float:
    seconds = values.moment(said).timestamp()
    return int(seconds) if seconds.is_integer() else seconds
