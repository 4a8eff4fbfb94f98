"""The query protocol of IAM and STS, and EC2's variant. A request is a form and a response is XML.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from coffeeshop.account.api.default_values import is_requested
from coffeeshop.account.api.operations import Member, Operation, Shape, services
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.protocols.codec import Body, Codec
from coffeeshop.endpoint.protocols.xml import escape_text, write_document, write_element
from coffeeshop.endpoint.protocols.xml_values import write_structure
from coffeeshop.endpoint.refusals import UnreadableError

Tree: TypeAlias = "dict[str, Tree | str]"  # `Tags.member.1.Key=a` -> {"Tags": {"member": {"1": {"Key": "a"}}}}
Naming: TypeAlias = Callable[[Member], str]
XML_HEADERS = {"content-type": "text/xml"}
MAX_NAME_PARTS = 64  # parts of a field's name


# --------------------------------------------------------------------- reading
def form_tree(form: Mapping[str, str]) -> Tree:
    """Return the fields of a form as a tree: `Tag.1.Key=a` becomes {"Tag": {"1": {"Key": "a"}}}.

    Raise UnreadableError if a name has a value and parts.
    """
    root: Tree = {}
    for name, value in form.items():
        *path, last = name.split(".", MAX_NAME_PARTS)
        branch = root
        for part in path:
            child = branch.setdefault(part, {})
            if isinstance(child, str):
                raise UnreadableError(
                    f"{name[:80]}: part of this name has a value, so it can't have fields too"
                )
            branch = child
        if last in branch:
            raise UnreadableError(
                f"{name[:80]}: this has fields, so it can't have a value too"
            )
        branch[last] = value
    return root


def _request_reader(
    wire_name_of: Naming, is_flat: bool
) -> Callable[[Operation, Request], dict[str, Json]]:
    """Return a protocol's function that reads parameters.

    `wire_name_of` returns a member's name in the form. If the protocol `is_flat`, lists
    have no inner element: Tag.1, not Tags.member.1.
    """

    def read(row: Operation, request: Request) -> dict[str, Json]:
        return _read_structure(
            row.input, form_tree(request.form_fields), wire_name_of, is_flat
        )

    return read


def _read_structure(
    shape: Shape, fields: Tree, wire_name_of: Naming, is_flat: bool
) -> dict[str, Json]:
    """Return the parameters of a structure. Members that aren't supported are included with ""."""
    members = ((member, fields.get(wire_name_of(member))) for member in shape.members)
    parameters = {
        member.name: _read_value(member, value, wire_name_of(member), wire_name_of, is_flat)
        for member, value in members
        if value is not None
    }
    return parameters | {
        member.name: ""
        for member in shape.left_out.values()
        if is_requested(member.name, fields.get(wire_name_of(member)))
    }


def _read_value(
    member: Member, value: Tree | str, place: str, wire_name_of: Naming, is_flat: bool
) -> Json:
    """Return the value of a member from a text or a subtree of the form.

    Raise UnreadableError.

    `place` is the member's name in errors. The other parameters are those of
    `_request_reader`.
    """
    shape = member.shape
    if isinstance(value, str):
        if shape.type == "list" and not value:  # so an empty list is sent
            return ()
        if shape.type in {"structure", "list", "map"}:
            raise UnreadableError(f"{place}: this must have fields and not a value")
        return values.read_scalar(shape, value, place)
    match shape.type:
        case "structure":
            return _read_structure(shape, value, wire_name_of, is_flat)
        case "list":
            item = cast(Member, shape.element)
            is_without_inner_element = is_flat or member.flattened or shape.flattened
            items = (
                value
                if is_without_inner_element
                else _list_items(value, item.wire or "member", place)
            )
            return tuple(
                _read_value(item, item_value, f"{place}.{n}", wire_name_of, is_flat)
                for n, item_value in numbered_elements(items, place)
            )
        case _:
            raise UnreadableError(f"{place}: this must have a value and not fields")


def _list_items(fields: Tree, name: str, place: str) -> Tree:
    """Return the numbered items of a list, which are in its inner element `name`: Tags.member.1.

    Raise UnreadableError if that element is missing, or if the list has other fields beside it.
    """
    items = fields.get(name)
    if not isinstance(items, dict) or len(fields) > 1:
        raise UnreadableError(f"{place}: this must have the element {place}.{name}.1")
    return items


def numbered_elements(fields: Tree, place: str) -> list[tuple[int, Tree | str]]:
    """Return the elements of a list with their numbers, in that order. Raise UnreadableError for another name."""
    if strange := [
        name
        for name in fields
        if not (name.isascii() and name.isdecimal() and len(name) < 10)
    ]:
        raise UnreadableError(
            f"{place}: {strange[0][:40]!a} isn't the number of an element"
        )
    return [(int(name), fields[name]) for name in sorted(fields, key=int)]


def _wire_name(member: Member) -> str:
    """Return a member's name on the wire, which can differ from its name in code."""
    return member.wire or member.name


def _ec2_name(member: Member) -> str:
    """Return EC2's name for a member in requests: its own, or else its wire name with a capital letter."""
    name = member.wire or member.name
    return member.ec2 or f"{name[0].upper()}{name[1:]}"


# --------------------------------------------------------------------- writing
def _write_response(row: Operation, body: Body, id: str) -> Response:
    """Return a reply as XML, in the operation's result element. `id` is the request's."""
    content = write_structure(row.output, body)
    if row.wrapper:
        content = write_element(row.wrapper, content)
    return xml_response(row, content, id)


def xml_response(row: Operation, result: str, id: str) -> Response:
    """Return the response with this XML as its result."""
    metadata = write_element("ResponseMetadata", write_element("RequestId", id))
    root = write_element(f"{row.name}Response", result + metadata, _namespace(row.service))
    return Response(
        row.status, {**XML_HEADERS, "x-amzn-requestid": id}, write_document(root)
    )


def _write_refusal(service: str, refusal: ServiceError, id: str) -> Response:
    """Return the response for an error, as IAM and STS write it."""
    fault_of = "Sender" if refusal.status < 500 else "Receiver"
    fields = {"Type": fault_of, "Code": refusal.code, "Message": refusal.message}
    content = write_element(
        "Error",
        "".join(write_element(name, escape_text(text)) for name, text in fields.items()),
    )
    root = write_element(
        "ErrorResponse", content + write_element("RequestId", id), _namespace(service)
    )
    return Response(
        refusal.status, {**XML_HEADERS, "x-amzn-requestid": id}, write_document(root)
    )


def _write_ec2(row: Operation, body: Body, id: str) -> Response:
    """Return the response for a reply, as EC2 writes it."""
    content = write_element("requestId", id) + write_structure(
        row.output, body, "iso8601.000"
    )
    root = write_element(f"{row.name}Response", content, _namespace("ec2"))
    return Response(
        row.status, {**XML_HEADERS, "x-amzn-requestid": id}, write_document(root)
    )


def _refuse_ec2(service: str, refusal: ServiceError, id: str) -> Response:
    """Return the response for an error, as EC2 writes it."""
    fields = write_element("Code", escape_text(refusal.code)) + write_element(
        "Message", escape_text(refusal.message)
    )
    root = write_element(
        "Response",
        write_element("Errors", write_element("Error", fields))
        + write_element("RequestID", id),
    )
    return Response(
        refusal.status, {**XML_HEADERS, "x-amzn-requestid": id}, write_document(root)
    )


def _namespace(service: str) -> str:
    """Return the attribute with a service's XML namespace, or ""."""
    model = services().get(service)
    if model and model.namespace:
        return f' xmlns="{model.namespace}"'
    return ""


QUERY_CODEC = Codec(
    _request_reader(_wire_name, is_flat=False), _write_response, _write_refusal
)
EC2_CODEC = Codec(_request_reader(_ec2_name, is_flat=True), _write_ec2, _refuse_ec2)
