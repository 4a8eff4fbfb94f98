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
    QUERY,
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


def _entry_key_name(name: str) -> str:
    """Return the name of the key in a map's entry."""
    return "Key" if name.lower() == "tags" else "Name"


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
    if (
        row.input.member("QueueUrl") and request.path.count("/") > 1
    ):  # a queue's own address
        parameters.setdefault(
            "QueueUrl", f"http://{request.header('host')}{request.path.rstrip('/')}"
        )
    return parameters


def _read_member(member: Member, fields: Tree) -> Iterator[Json]:
    """Yield the value of a member if the form has it, so at most one.

    A list or a map is in numbered fields under its singular name. Raise UnreadableError if
    the field's form is wrong.
    """
    is_plural = member.shape.type in ("list", "map")
    if is_plural:
        place = _singular_name(member.name)
    else:
        place = member.name
    field = fields.get(place)
    if field is None:
        return
    if isinstance(field, str) is is_plural:
        raise UnreadableError(
            f"{place}: {f'{place}.1 is wanted' if is_plural else 'a value is wanted'}"
        )
    if isinstance(field, str):
        yield values.read_scalar(member.shape, field, place)
    elif member.shape.type == "list":
        item = cast(Member, member.shape.element).shape
        yield tuple(
            values.read_scalar(item, _read_text(element_fields, place), place)
            for _, element_fields in numbered_elements(field, place)
        )
    else:
        yield dict(
            _read_entry(element_fields, member.name, place)
            for _, element_fields in numbered_elements(field, place)
        )


def _read_entry(value: Tree | str, name: str, place: str) -> tuple[str, Json]:
    """Return the key and the value of one numbered entry of a map (Attribute.1.Name, Attribute.1.Value).

    `place` names the map in errors. Raise UnreadableError if one of the two is missing.
    """
    fields = value if isinstance(value, dict) else {}
    key = _read_text(fields.get(_entry_key_name(name)), place)
    return key, _read_text(fields.get("Value"), place)


def _read_text(value: Tree | str | None, place: str) -> str:
    """Return a field's text. Raise UnreadableError if the field is missing or has fields of its own.

    `place` names the list or map in the error.
    """
    if not isinstance(value, str):
        raise UnreadableError(f"{place}: each has a number and a value")
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
    name = _singular_name(member.name)
    shape = member.shape
    match value:
        case tuple() if shape.type == "list":
            inner = cast(Member, shape.element).shape
            texts = (
                _write_members(inner, item)
                if isinstance(item, Mapping)
                else escape_text(str(item))
                for item in value
            )
            yield from (write_element(name, text) for text in texts)
        case Mapping() if shape.type == "map":
            for key, item in value.items():
                yield write_element(
                    name,
                    write_element(_entry_key_name(member.name), escape_text(key))
                    + write_element("Value", escape_text(str(item))),
                )
        case _:
            yield write_element(
                member.name, escape_text(values.write_scalar(shape, value, "iso8601"))
            )


SQS_QUERY = Codec(_read_request, _write_response, QUERY.refuse)
