"""What an XML body says, by the row of its operation; and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import quote

from coffeeshop.account.api.operations import Member, Shape
from coffeeshop.account.values import Json
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.protocols.xml import Element, element, escaped, quoted
from coffeeshop.endpoint.refusals import UnreadableError


# --------------------------------------------------------------------- reading
def read_structure(shape: Shape, at: Element) -> dict[str, Json]:
    """Returns the members that an element holds, those that are left out of the row among them, for the account to refuse
    by name. Raises UnreadableError.
    """
    found: dict[str, Json] = {}
    for member in shape.members:
        wire = member.wire or member.name
        if held := [*at.named(wire)]:
            found[member.name] = _read(member.shape, held, wire, member.flattened)
    for member in shape.left_out.values():
        if any(values.asks(one.text) for one in at.named(member.wire or member.name)):
            found[member.name] = ""  # unheeded
    return found


def _read(shape: Shape, held: list[Element], place: str, flattened: bool) -> Json:
    first = held[0]
    match shape.type:
        case "structure":
            return read_structure(shape, first)
        case "list":
            item = cast(Member, shape.element)
            items = (
                held
                if flattened or shape.flattened
                else [*first.named(item.wire or "member")]
            )
            return tuple(_read(item.shape, [one], place, False) for one in items)
        case _:
            if first.children:
                raise UnreadableError(f"{place}: a text is wanted, not elements")
            return values.read(shape, first.text, place)


# --------------------------------------------------------------------- writing
def structure(shape: Shape, body: Mapping[str, Json], form: str = "iso8601") -> str:
    """Returns the elements of a structure's members that stand in the body; `form` is how instants are written."""
    held = ((m, body.get(m.name)) for m in shape.members if not (m.location or m.attribute))
    return "".join(
        [
            _written(m, m.wire or m.name, value, form)
            for m, value in held
            if value is not None
        ]
    )


def _written(member: Member, name: str, value: Json, form: str) -> str:
    """Returns the element that a value is; of a flattened list or map, each of its own."""
    shape = member.shape
    match shape.type:
        case "structure":
            held = cast("Mapping[str, Json]", value)
            return element(name, structure(shape, held, form), _attributes(shape, held))
        case "list":
            item = cast(Member, shape.element)
            flat = member.flattened or shape.flattened
            inner = (item.wire or name) if flat else (item.wire or "member")
            items = "".join(
                [
                    _written(item, inner, one, form)
                    for one in cast("tuple[Json, ...]", value)
                ]
            )
            return items if flat else element(name, items)
        case "map":
            flat = member.flattened or shape.flattened
            entries = "".join(
                _entries(
                    shape,
                    cast("Mapping[str, Json]", value),
                    name if flat else "entry",
                    form,
                )
            )
            return entries if flat else element(name, entries)
        case _:
            return element(name, escaped(_text(shape, value, member.format or form)))


def _text(shape: Shape, value: Json, form: str) -> str:
    """Returns a scalar; a policy, which the aws CLI shows as JSON, goes over the wire as IAM sends it: encoded."""
    if not isinstance(value, str) and isinstance(
        value, Mapping
    ):  # the quick question first
        return quote(json.dumps(value, separators=(",", ":")), safe="")
    return values.written(shape, value, form)


def _entries(shape: Shape, held: Mapping[str, Json], name: str, form: str) -> Iterator[str]:
    key = cast(Member, shape.key)
    value = cast(Member, shape.value)
    for said, one in held.items():
        inside = element(key.wire or "key", escaped(said)) + _written(
            value, value.wire or "value", one, form
        )
        yield element(name, inside)


def _attributes(shape: Shape, held: Mapping[str, Json]) -> str:
    """Returns the attributes of an element; the one that AWS has is of XML Schema's instances."""
    said = {
        m.wire or m.name: held[m.name]
        for m in shape.members
        if m.attribute and m.name in held
    }
    texts = "".join(f' {name}="{quoted(str(value))}"' for name, value in said.items())
    if texts:
        return f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{texts}'
    return ""
