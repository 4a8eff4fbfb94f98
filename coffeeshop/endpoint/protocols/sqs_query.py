"""SQS's old query protocol, which older SDKs still use. A request is a form and a response is XML.

Names of lists and maps are singular and numbered: `Attribute.1.Name=DelaySeconds&Attribute.1.Value=5`.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from coffeeshop.account.api.default_values import is_requested
from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.protocols.codec import Body, Codec
from coffeeshop.endpoint.protocols.query import (
    QUERY_CODEC,
    Tree,
    form_tree,
    numbered_elements,
    xml_response,
)
from coffeeshop.endpoint.protocols.xml import escape_text, write_element
from coffeeshop.endpoint.refusals import UnreadableError


def _singular_name(name: str) -> str:
    """Return the wire name of one element: `tags` becomes `Tag`."""
    return f"{name[0].upper()}{name[1:].removesuffix('s')}"


def _wire_name(member: Member) -> str:
    """Return the wire name of a member, or of one element if it is a list or a map.

    An element with members of its own is called as its shape: SendMessageBatchRequestEntry.
    """
    shape = member.shape
    if shape.type == "list" and shape.element:
        if shape.element.shape.type == "structure":
            return shape.element.target
        return _singular_name(member.name)
    return _singular_name(member.name) if shape.type == "map" else member.name


def _entry_key_name(place: str) -> str:
    """Return the name of the key in a map's entry."""
    return "Key" if place == "Tag" else "Name"


# --------------------------------------------------------------------- reading
def _read_request(row: Operation, request: Request) -> dict[str, Json]:
    """Return the parameters in a form. The path names the queue if no field does."""
    fields = form_tree(request.form_fields)
    parameters = {
        member.name: value
        for member in row.input.members
        for value in _read_member(member, fields)
    }
    unsupported = row.input.left_out
    parameters |= {
        name: ""
        for name in unsupported
        if any(
            is_requested(name, fields.get(field_name))
            for field_name in (name, _singular_name(name))
        )
    }
    # A queue's own address.
    if row.input.member("QueueUrl") and request.path.count("/") > 1:
        parameters.setdefault(
            "QueueUrl", f"http://{request.header('host')}{request.path.rstrip('/')}"
        )
    return parameters


def _read_member(member: Member, fields: Tree) -> Iterator[Json]:
    """Yield the value of a member if the form has it, so at most one.

    A list or a map is in numbered fields under its singular name. Raise UnreadableError if
    the field's form is wrong.
    """
    place = _wire_name(member)
    field = fields.get(place)
    if field is not None:
        yield _read_value(member.shape, field, place)


def _read_value(shape: Shape, field: Tree | str, place: str) -> Json:
    """Return the value in a field. `place` names it in errors, and says how a map calls its keys."""
    has_parts = shape.type in ("list", "map", "structure")
    if isinstance(field, str) is has_parts:
        part = f"{place}.1" if has_parts else "a value"
        raise UnreadableError(f"{place}: {part} is missing")
    if isinstance(field, str):
        return values.read_scalar(shape, field, place)
    if shape.type == "structure":
        return {
            member.name: value
            for member in shape.members
            for value in _read_member(member, field)
        } | dict.fromkeys((name for name in shape.left_out if name in field), "")
    elements = numbered_elements(field, place)
    if shape.type == "list":
        item = cast(Member, shape.element).shape
        return tuple(_read_element(item, each, place) for _, each in elements)
    return dict(_read_entry(shape, each, place) for _, each in elements)


def _read_element(shape: Shape, field: Tree | str, place: str) -> Json:
    """Return an element of a list, or the value of a map's entry."""
    if shape.type == "structure":
        return _read_value(shape, field, place)
    return values.read_scalar(shape, _read_text(field, place), place)


def _read_entry(shape: Shape, field: Tree | str, place: str) -> tuple[str, Json]:
    """Return the key and the value of one numbered entry of a map (Attribute.1.Name, Attribute.1.Value).

    `place` names the map in errors. Raise UnreadableError if one of the two is missing.
    """
    fields = field if isinstance(field, dict) else {}
    key = _read_text(fields.get(_entry_key_name(place)), place)
    value_shape = cast(Member, shape.value).shape
    value = fields.get("Value")
    if value is None:
        raise UnreadableError(f"{place}: each entry must have a number and a value")
    return key, _read_element(value_shape, value, place)


def _read_text(value: Tree | str | None, place: str) -> str:
    """Return a field's text. Raise UnreadableError if the field is missing or has fields of its own.

    `place` names the list or map in the error.
    """
    if not isinstance(value, str):
        raise UnreadableError(f"{place}: each entry must have a number and a value")
    return value


# --------------------------------------------------------------------- writing
def _write_response(row: Operation, body: Body, id: str) -> Response:
    """Return a reply as XML, in an element named after the operation. `id` is the request's."""
    content = _write_members(row.output, body)
    if content:
        content = write_element(f"{row.name}Result", content)
    return xml_response(row, content, id)


def _write_members(shape: Shape, body: Mapping[str, Json]) -> str:
    """Return the members of a structure as XML."""
    elements: list[str] = []
    for member in shape.members:
        value = body.get(member.name)
        if value is not None:
            elements += _write_member(member, value)
    return "".join(elements)


def _write_member(member: Member, value: Json) -> Iterator[str]:
    """Yield the elements of a member: one for each item of a list or map."""
    name = _wire_name(member)
    shape = member.shape
    match value:
        case tuple() if shape.element:
            item_shape = shape.element.shape
            for item in value:
                yield write_element(name, _write_value(item_shape, item))
        case Mapping() if shape.value:
            value_shape = shape.value.shape
            for key, item in value.items():
                yield write_element(
                    name,
                    write_element(_entry_key_name(name), escape_text(key))
                    + write_element("Value", _write_value(value_shape, item)),
                )
        case _:
            yield write_element(name, _write_value(shape, value))


def _write_value(shape: Shape, value: Json) -> str:
    """Return a value as the content of its element."""
    if isinstance(value, Mapping):
        return _write_members(shape, value)
    return escape_text(values.write_scalar(shape, value, "iso8601"))


SQS_QUERY = Codec(_read_request, _write_response, QUERY_CODEC.refuse)
