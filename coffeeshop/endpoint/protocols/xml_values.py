"""Read the parameters in an XML body by the row of its operation, and write replies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import quote

from coffeeshop.account.api.default_values import is_requested
from coffeeshop.account.api.operations import Member, Shape
from coffeeshop.account.values import Json
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.protocols.xml import (
    Element,
    escape_attribute,
    escape_text,
    write_element,
)
from coffeeshop.endpoint.refusals import UnreadableError


# --------------------------------------------------------------------- reading
def read_structure(shape: Shape, element_read: Element) -> dict[str, Json]:
    """Return the members of an element. Raise UnreadableError.

    Members that aren't supported are included with "", so that the account can refuse them by name.
    """
    parameters: dict[str, Json] = {}
    for member in shape.members:
        wire = member.wire or member.name
        if member.attribute:
            text = element_read.attributes.get(wire.rpartition(":")[2])
            if text is not None:
                parameters[member.name] = values.read_scalar(member.shape, text, wire)
        elif elements := [*element_read.children_named(wire)]:
            parameters[member.name] = _read_value(
                member.shape, elements, wire, member.flattened
            )
    for member in shape.left_out.values():
        if any(
            is_requested(member.name, child.text)
            for child in element_read.children_named(member.wire or member.name)
        ):
            parameters[member.name] = ""  # unheeded
    return parameters


def _read_value(shape: Shape, elements: list[Element], place: str, flattened: bool) -> Json:
    """Return the value in these elements by their shape. `place` names them in errors. Raise UnreadableError."""
    first = elements[0]
    match shape.type:
        case "structure":
            return read_structure(shape, first)
        case "list":
            item = cast(Member, shape.element)
            items = (
                elements
                if flattened or shape.flattened
                else [*first.children_named(item.wire or "member")]
            )
            return tuple(_read_value(item.shape, [child], place, False) for child in items)
        case _:
            if first.children:
                raise UnreadableError(f"{place}: this must have text and not elements")
            return values.read_scalar(shape, first.text, place)


# --------------------------------------------------------------------- writing
def write_structure(shape: Shape, body: Mapping[str, Json], form: str = "iso8601") -> str:
    """Return the elements of the members in a body. `form` is the format of instants."""
    elements: list[str] = []
    for member in shape.members:
        value = body.get(member.name)
        if value is None or member.location or member.attribute:
            continue
        elements.append(_write_value(member, member.wire or member.name, value, form))
    return "".join(elements)


def _write_value(member: Member, name: str, value: Json, form: str) -> str:
    """Return the element of a value, or all the elements of a flattened list or map."""
    shape = member.shape
    is_flat = member.flattened or shape.flattened
    match shape.type:
        case "structure":
            members = cast("Mapping[str, Json]", value)
            content = write_structure(shape, members, form)
            return write_element(name, content, _write_attributes(shape, members))
        case "list":
            item = cast(Member, shape.element)
            item_name = item.wire or (name if is_flat else "member")
            items = [
                _write_value(item, item_name, item_value, form)
                for item_value in cast("tuple[Json, ...]", value)
            ]
            content = "".join(items)
        case "map":
            entry_name = name if is_flat else "entry"
            entries = cast("Mapping[str, Json]", value)
            content = "".join(_write_entries(shape, entries, entry_name, form))
        case _:
            text = _scalar_text(shape, value, member.format or form)
            return write_element(name, escape_text(text))
    if is_flat:
        return content
    return write_element(name, content)


def _scalar_text(shape: Shape, value: Json, form: str) -> str:
    """Return a scalar as text. A policy is URL-encoded JSON, as IAM sends it."""
    if isinstance(value, str):  # most are, and this test is fast
        return values.write_scalar(shape, value, form)
    if isinstance(value, Mapping):
        return quote(json.dumps(value, separators=(",", ":")), safe="")
    return values.write_scalar(shape, value, form)


def _write_entries(
    shape: Shape, entries: Mapping[str, Json], name: str, form: str
) -> Iterator[str]:
    """Yield the elements of a map's entries."""
    key = cast(Member, shape.key)
    value = cast(Member, shape.value)
    for entry_key, entry_value in entries.items():
        content = write_element(key.wire or "key", escape_text(entry_key)) + _write_value(
            value, value.wire or "value", entry_value, form
        )
        yield write_element(name, content)


def _write_attributes(shape: Shape, members: Mapping[str, Json]) -> str:
    """Return the attributes of an element. AWS uses only those of XML Schema's instances."""
    attributes = {
        m.wire or m.name: members[m.name]
        for m in shape.members
        if m.attribute and m.name in members
    }
    texts = "".join(
        f' {name}="{escape_attribute(str(value))}"' for name, value in attributes.items()
    )
    if texts:
        return f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{texts}'
    return ""
