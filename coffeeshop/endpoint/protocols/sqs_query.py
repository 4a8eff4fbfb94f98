"""SQS's queries, which it spoke before JSON, and which older SDKs speak still: a form comes in, XML goes out.

Lists and maps stand there in the singular, one by one: `Attribute.1.Name=DelaySeconds&Attribute.1.Value=5`.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from coffeeshop.account.api.operations import Member, Operation, Shape
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.protocols.codec import Body, Codec
from coffeeshop.endpoint.protocols.query import QUERY, Tree, counted, response, tree
from coffeeshop.endpoint.protocols.xml import element, escaped
from coffeeshop.endpoint.refusals import UnreadableError


def _singular(name: str) -> str:
    """Returns what each of many is called: `tags` -> `Tag`."""
    return f"{name[0].upper()}{name[1:].removesuffix('s')}"


def _key(name: str) -> str:
    """Returns what the key of a map's entry is called."""
    return "Key" if name.lower() == "tags" else "Name"


# --------------------------------------------------------------------- reading
def _read(row: Operation, request: Request) -> dict[str, Json]:
    said = tree(request.form)
    found = {
        member.name: value
        for member in row.input.members
        for value in _values(member, said)
    }
    unheeded = row.input.left_out
    found |= {
        name: ""
        for name in unheeded
        if any(values.asks(said.get(one)) for one in (name, _singular(name)))
    }
    if (
        row.input.member("QueueUrl") and request.path.count("/") > 1
    ):  # a queue's own address
        found.setdefault(
            "QueueUrl", f"http://{request.header('host')}{request.path.rstrip('/')}"
        )
    return found


def _values(member: Member, said: Tree) -> Iterator[Json]:
    """Yields the value of a member, if it is given."""
    many = member.shape.type in ("list", "map")
    place = _singular(member.name) if many else member.name
    held = said.get(place)
    if held is None:
        return
    if isinstance(held, str) is many:
        raise UnreadableError(
            f"{place}: {f'{place}.1 is wanted' if many else 'a value is wanted'}"
        )
    if isinstance(held, str):
        yield values.read(member.shape, held, place)
    elif member.shape.type == "list":
        item = cast(Member, member.shape.element).shape
        yield tuple(
            values.read(item, _text(one, place), place) for _, one in counted(held, place)
        )
    else:
        yield dict(_entry(one, member.name, place) for _, one in counted(held, place))


def _entry(said: Tree | str, name: str, place: str) -> tuple[str, Json]:
    held = said if isinstance(said, dict) else {}
    return _text(held.get(_key(name)), place), _text(held.get("Value"), place)


def _text(said: Tree | str | None, place: str) -> str:
    if not isinstance(said, str):
        raise UnreadableError(f"{place}: each has a number and a value")
    return said


# --------------------------------------------------------------------- writing
def _write(row: Operation, body: Body, id: str) -> Response:
    inside = _elements(row.output, body)
    return response(row, element(f"{row.name}Result", inside) if inside else "", id)


def _elements(shape: Shape, body: Mapping[str, Json]) -> str:
    held = ((member, body.get(member.name)) for member in shape.members)
    return "".join(
        [
            text
            for member, value in held
            if value is not None
            for text in _written(member, value)
        ]
    )


def _written(member: Member, value: Json) -> Iterator[str]:
    name = _singular(member.name)
    shape = member.shape
    match value:
        case tuple() if shape.type == "list":
            inner = cast(Member, shape.element).shape
            texts = (
                _elements(inner, one) if isinstance(one, Mapping) else escaped(str(one))
                for one in value
            )
            yield from (element(name, text) for text in texts)
        case Mapping() if shape.type == "map":
            for key, one in value.items():
                yield element(
                    name,
                    element(_key(member.name), escaped(key))
                    + element("Value", escaped(str(one))),
                )
        case _:
            yield element(member.name, escaped(values.written(shape, value, "iso8601")))


SQS_QUERY = Codec(_read, _write, QUERY.refuse)
