"""The query protocol of IAM and STS, and EC2's of the same kind: a form comes in, XML goes out.

https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from coffeeshop.account.api.operations import Member, Operation, Shape, services
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.protocols import values
from coffeeshop.endpoint.protocols.codec import Body, Codec
from coffeeshop.endpoint.protocols.xml import document, element, escaped
from coffeeshop.endpoint.protocols.xml_values import structure
from coffeeshop.endpoint.refusals import UnreadableError

Tree: TypeAlias = "dict[str, Tree | str]"  # `Tags.member.1.Key=a` -> {"Tags": {"member": {"1": {"Key": "a"}}}}
Naming: TypeAlias = Callable[[Member], str]
XML = {"content-type": "text/xml"}
DEEPEST = 64  # parts of a field's name


# --------------------------------------------------------------------- reading
def tree(form: Mapping[str, str]) -> Tree:
    """Returns the fields of a form by the parts of their names. Raises UnreadableError where one stands in another's way."""
    found: Tree = {}
    for name, value in form.items():
        *path, last = name.split(".", DEEPEST)
        at = found
        for part in path:
            below = at.setdefault(part, {})
            if isinstance(below, str):
                raise UnreadableError(
                    f"{name[:80]}: a value stands in the way of what is below it"
                )
            at = below
        if last in at:
            raise UnreadableError(
                f"{name[:80]}: this stands twice, as a value and as what holds others"
            )
        at[last] = value
    return found


def _reader(naming: Naming, flat: bool) -> Callable[[Operation, Request], dict[str, Json]]:
    def read(row: Operation, request: Request) -> dict[str, Json]:
        return _structure(row.input, tree(request.form), naming, flat)

    return read


def _structure(shape: Shape, at: Tree, naming: Naming, flat: bool) -> dict[str, Json]:
    held = ((member, at.get(naming(member))) for member in shape.members)
    found = {
        member.name: _value(member, said, naming(member), naming, flat)
        for member, said in held
        if said is not None
    }
    return found | {
        member.name: ""
        for member in shape.left_out.values()
        if values.asks(at.get(naming(member)))
    }


def _value(
    member: Member, said: Tree | str, place: str, naming: Naming, flat: bool
) -> Json:
    shape = member.shape
    if isinstance(said, str):
        if shape.type == "list" and not said:  # so an empty list is sent
            return ()
        if shape.type in {"structure", "list", "map"}:
            raise UnreadableError(f"{place}: fields below this one are wanted, not a value")
        return values.read(shape, said, place)
    match shape.type:
        case "structure":
            return _structure(shape, said, naming, flat)
        case "list":
            item = cast(Member, shape.element)
            bare = flat or member.flattened or shape.flattened
            held = said if bare else _below(said, item.wire or "member", place)
            return tuple(
                _value(item, one, f"{place}.{n}", naming, flat)
                for n, one in counted(held, place)
            )
        case _:
            raise UnreadableError(f"{place}: a value is wanted, not fields below it")


def _below(said: Tree, name: str, place: str) -> Tree:
    found = said.get(name)
    if not isinstance(found, dict) or len(said) > 1:
        raise UnreadableError(f"{place}: {place}.{name}.1 is wanted")
    return found


def counted(said: Tree, place: str) -> list[tuple[int, Tree | str]]:
    """Returns the elements of a list in the order of their numbers. Raises UnreadableError."""
    if strange := [
        name
        for name in said
        if not (name.isascii() and name.isdecimal() and len(name) < 10)
    ]:
        raise UnreadableError(f"{place}: {strange[0][:40]!a} is no number of an element")
    return [(int(name), said[name]) for name in sorted(said, key=int)]


def _plain(member: Member) -> str:
    return member.wire or member.name


def _capital(member: Member) -> str:
    """EC2's name of a member: its own, else the one of answers with a capital."""
    name = member.wire or member.name
    return member.ec2 or f"{name[0].upper()}{name[1:]}"


# --------------------------------------------------------------------- writing
def _write(row: Operation, body: Body, id: str) -> Response:
    inside = structure(row.output, body)
    return response(row, element(row.wrapper, inside) if row.wrapper else inside, id)


def response(row: Operation, result: str, id: str) -> Response:
    """Returns the answer whose result is written already."""
    told = element("ResponseMetadata", element("RequestId", id))
    root = element(f"{row.name}Response", result + told, _namespace(row.service))
    return Response(row.status, {**XML, "x-amzn-requestid": id}, document(root))


def _refuse(service: str, refusal: ServiceError, id: str) -> Response:
    whose = "Sender" if refusal.status < 500 else "Receiver"
    said = {"Type": whose, "Code": refusal.code, "Message": refusal.message}
    inside = element(
        "Error", "".join(element(name, escaped(text)) for name, text in said.items())
    )
    root = element("ErrorResponse", inside + element("RequestId", id), _namespace(service))
    return Response(refusal.status, {**XML, "x-amzn-requestid": id}, document(root))


def _write_ec2(row: Operation, body: Body, id: str) -> Response:
    inside = element("requestId", id) + structure(row.output, body, "iso8601.000")
    root = element(f"{row.name}Response", inside, _namespace("ec2"))
    return Response(row.status, {**XML, "x-amzn-requestid": id}, document(root))


def _refuse_ec2(service: str, refusal: ServiceError, id: str) -> Response:
    said = element("Code", escaped(refusal.code)) + element(
        "Message", escaped(refusal.message)
    )
    root = element(
        "Response", element("Errors", element("Error", said)) + element("RequestID", id)
    )
    return Response(refusal.status, {**XML, "x-amzn-requestid": id}, document(root))


def _namespace(service: str) -> str:
    found = services().get(service)
    if found and found.namespace:
        return f' xmlns="{found.namespace}"'
    return ""


QUERY = Codec(_reader(_plain, flat=False), _write, _refuse)
EC2 = Codec(_reader(_capital, flat=True), _write_ec2, _refuse_ec2)
