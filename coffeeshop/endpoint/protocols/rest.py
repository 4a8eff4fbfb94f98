"""What the two REST protocols share: members of a request that stand in its address and its headers, and back.

https://smithy.io/2.0/spec/http-bindings.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, decode_query, query_pairs
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.protocols.codec import Body
from coffeeshop.endpoint.refusals import UnreadableError

LABEL = re.compile(r"\{(\w+)(\+?)\}")


def template(path: str) -> re.Pattern[str]:
    """Returns what the paths of an address match, with a group for each of its labels; one with a + holds slashes."""
    parts = LABEL.split(path.partition("?")[0])
    texts = (
        f"(?P<{part}>{'.+' if parts[n + 1] else '[^/]+'})"
        if n % 3 == 1
        else re.escape(part)
        for n, part in enumerate(parts)
        if n % 3 != 2
    )
    return re.compile(
        "".join(texts) + "/?" if path.count("{") < 2 else "".join(texts), re.DOTALL
    )


def located(row: Operation, request: Request) -> dict[str, Json]:
    """Returns the parameters that stand beside the body. Raises UnreadableError."""
    found = template(row.path).fullmatch(request.path)
    labels = {
        name: unquote(said, errors="strict")
        for name, said in (found.groupdict() if found else {}).items()
    }
    told: dict[str, Json] = {}
    for member in row.members:
        wire = member.wire or member.name
        match member.location:
            case "uri" if wire in labels:
                told[member.name] = values.read(member.shape, labels[wire], wire)
            case "header" if wire.lower() in request.headers:
                told[member.name] = _listed(
                    member.shape, request.header(wire.lower()), wire
                )
            case "headers" if held := dict(_prefixed(request.headers, wire)):
                told[member.name] = held
            case "querystring" if wire in request.words:
                told[member.name] = _of_query(member.shape, request, wire)
            case _:
                pass
    return told


def unheeded(shape: Shape, request: Request, heard: frozenset[str]) -> Iterator[str]:
    """Yields the parameters beside the body that are sent and that the row leaves out, but for those that are heard
    already."""
    for member in shape.left_out.values():
        wire = member.wire or member.name
        match member.location:
            case "header":
                sent = values.asks(request.headers.get(wire.lower()))
            case "headers":
                sent = any(True for _ in _prefixed(request.headers, wire))
            case "querystring":
                sent = values.asks(request.words.get(wire))
            case _:
                sent = False
        if sent and member.name not in heard:
            yield member.name


def _prefixed(headers: Mapping[str, str], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if name.startswith(prefix.lower()):
            yield name[len(prefix) :], value


def _listed(shape: Shape, said: str, place: str) -> Json:
    if shape.type == "list" and shape.element is not None:
        item = shape.element.shape
        return tuple(values.read(item, part.strip(), place) for part in said.split(","))
    return values.read(shape, said, place)


def _of_query(shape: Shape, request: Request, wire: str) -> Json:
    if shape.type == "list" and shape.element is not None:
        item = shape.element.shape
        said = (
            decode_query(value)
            for name, value in query_pairs(request.query)
            if decode_query(name) == wire
        )
        return tuple(values.read(item, value, wire) for value in said)
    if shape.type in {"map", "structure"}:
        raise UnreadableError(f"{wire}: this cannot be said in an address here")
    return values.read(shape, request.words[wire], wire)


# --------------------------------------------------------------------- writing
def headers(shape: Shape, body: Body) -> dict[str, str]:
    """Returns the members of an answer that stand in its headers."""
    found: dict[str, str] = {}
    for member in shape.members:
        value = body.get(member.name)
        if value is None:
            continue
        if member.location == "header":
            found[(member.wire or member.name).lower()] = _header(member, value)
        elif member.location == "headers" and isinstance(value, Mapping):
            found |= {
                f"{member.wire}{name}".lower(): _sendable(str(one))
                for name, one in value.items()
            }
    return found


def _header(member: Member, value: Json) -> str:
    if isinstance(value, tuple):
        return ", ".join(_sendable(str(one)) for one in value)
    return _sendable(values.written(member.shape, value, member.format or "rfc822"))


def _sendable(text: str) -> str:
    """Returns a text as a header can hold it."""
    return re.sub(r"[^\t\x20-\x7e]", "?", text)


def status(row: Operation, body: Body) -> int:
    """Returns the answer's HTTP status, which a member may say."""
    said = next(
        (
            body.get(member.name)
            for member in row.output.members
            if member.location == "statusCode"
        ),
        None,
    )
    return said if isinstance(said, int) else row.status
