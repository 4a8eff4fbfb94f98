"""Read and write members in the path, query and headers, for both REST protocols.

https://smithy.io/2.0/spec/http-bindings.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from coffeeshop.account.api.default_values import is_requested
from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, decode_query, query_pairs
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.protocols.codec import Body
from coffeeshop.endpoint.refusals import UnreadableError

LABEL_PATTERN = re.compile(r"\{(\w+)(\+?)\}")


def path_pattern(path: str) -> re.Pattern[str]:
    """Return a pattern for a path with a group for each label. A label with a + can contain slashes."""
    # Literal text, a label, its plus, and so on, ending with a literal text.
    parts = LABEL_PATTERN.split(path.partition("?")[0])
    pattern = re.escape(parts[0])
    for label, plus, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        characters = ".+" if plus else "[^/]+"
        pattern += f"(?P<{label}>{characters}){re.escape(literal)}"
    if path.count("{") < 2:
        pattern += "/?"
    return re.compile(pattern, re.DOTALL)


def read_located_members(row: Operation, request: Request) -> dict[str, Json]:
    """Return the parameters in the path, query and headers. Raise UnreadableError."""
    match = path_pattern(row.path).fullmatch(request.path)
    labels = {
        name: unquote(value, errors="strict")
        for name, value in (match.groupdict() if match else {}).items()
    }
    parameters: dict[str, Json] = {}
    for member in row.members:
        wire = member.wire or member.name
        match member.location:
            case "uri" if wire in labels:
                parameters[member.name] = values.read_scalar(
                    member.shape, labels[wire], wire
                )
            case "header" if wire.lower() in request.headers:
                parameters[member.name] = _read_header(
                    member.shape, request.header(wire.lower()), wire
                )
            case "headers" if prefixed := dict(_headers_with_prefix(request.headers, wire)):
                parameters[member.name] = prefixed
            case "querystring" if wire in request.query_fields:
                parameters[member.name] = _read_query(member.shape, request, wire)
            case _:
                pass
    return parameters


def unsupported_parameters(
    shape: Shape, request: Request, names_already_read: frozenset[str]
) -> Iterator[str]:
    """Yield the unsupported parameters in the query and headers of a request, except those in `names_already_read`."""
    for member in shape.left_out.values():
        wire = member.wire or member.name
        match member.location:
            case "header":
                sent = is_requested(member.name, request.headers.get(wire.lower()))
            case "headers":
                sent = any(True for _ in _headers_with_prefix(request.headers, wire))
            case "querystring":
                sent = is_requested(member.name, request.query_fields.get(wire))
            case _:
                sent = False
        if sent and member.name not in names_already_read:
            yield member.name


def _headers_with_prefix(
    headers: Mapping[str, str], prefix: str
) -> Iterator[tuple[str, str]]:
    """Yield the headers with a prefix, with the prefix removed from their names."""
    for name, value in headers.items():
        if name.startswith(prefix.lower()):
            yield name[len(prefix) :], value


def _read_header(shape: Shape, text: str, place: str) -> Json:
    """Return the value of a header by its shape. A list is split at commas."""
    if shape.type == "list" and shape.element is not None:
        item = shape.element.shape
        return tuple(
            values.read_scalar(item, part.strip(), place) for part in text.split(",")
        )
    return values.read_scalar(shape, text, place)


def _read_query(shape: Shape, request: Request, wire: str) -> Json:
    """Return the value of a query parameter by its shape. A list has one parameter for each item."""
    if shape.type == "list" and shape.element is not None:
        item = shape.element.shape
        texts = (
            decode_query(value)
            for name, value in query_pairs(request.query)
            if decode_query(name) == wire
        )
        return tuple(values.read_scalar(item, value, wire) for value in texts)
    if shape.type in {"map", "structure"}:
        raise UnreadableError(f"{wire}: this can't be part of an address here")
    return values.read_scalar(shape, request.query_fields[wire], wire)


# --------------------------------------------------------------------- writing
def response_headers(shape: Shape, body: Body) -> dict[str, str]:
    """Return the members of a reply that belong in headers."""
    headers: dict[str, str] = {}
    for member in shape.members:
        value = body.get(member.name)
        if value is None:
            continue
        if member.location == "header":
            headers[(member.wire or member.name).lower()] = _write_header(member, value)
        elif member.location == "headers" and isinstance(value, Mapping):
            headers |= {
                f"{member.wire}{name}".lower(): _header_safe(str(header_value))
                for name, header_value in value.items()
            }
    return headers


def _write_header(member: Member, value: Json) -> str:
    """Return a value as the text of a header. A list is joined with commas."""
    if isinstance(value, tuple):
        return ", ".join(_header_safe(str(item)) for item in value)
    return _header_safe(values.write_scalar(member.shape, value, member.format or "rfc822"))


def _header_safe(text: str) -> str:
    """Return a text with a question mark for each character that a header can't contain."""
    return re.sub(r"[^\t\x20-\x7e]", "?", text)


def response_status(row: Operation, body: Body) -> int:
    """Return the HTTP status of a reply: the value of the member with the location `statusCode`, or else the
    row's status.
    """
    status = next(
        (
            body.get(member.name)
            for member in row.output.members
            if member.location == "statusCode"
        ),
        None,
    )
    if isinstance(status, int):
        return status
    return row.status
