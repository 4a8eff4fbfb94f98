"""REST with JSON bodies, of Lambda.

https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from __future__ import annotations

import msgspec

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.errors import error_details
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.protocols import rest
from coffeeshop.endpoint.protocols.codec import Body, Codec
from coffeeshop.endpoint.protocols.json_values import loaded, read_structure, written
from coffeeshop.endpoint.protocols.values import packed

HEARD = frozenset({"LogType"})  # that changes nothing of what is answered here


def _read(row: Operation, request: Request) -> dict[str, Json]:
    found = rest.located(row, request) | dict.fromkeys(
        rest.unheeded(row.input, request, HEARD), ""
    )
    payload = row.input.member(row.input.payload)
    if payload is None:
        return found | read_structure(row.input, loaded(request.body))
    if request.body:
        said: Json = request.body
        found[payload.name] = (
            said
            if payload.shape.type == "blob"
            else read_structure(payload.shape, loaded(said))
        )
    return found


def _write(row: Operation, body: Body, id: str) -> Response:
    told = {
        "content-type": "application/json",
        "x-amzn-requestid": id,
        **rest.headers(row.output, body),
    }
    status = rest.status(row, body)
    if row.output.payload:
        value = body.get(row.output.payload, b"")
        return Response(
            status, told, value if isinstance(value, bytes) else packed(value).encode()
        )
    return Response(
        status,
        told,
        msgspec.json.encode(written(row.output, body)) if status != 204 else b"",
    )


def _refuse(service: str, refusal: ServiceError, id: str) -> Response:
    told = {
        "content-type": "application/json",
        "x-amzn-requestid": id,
        "x-amzn-errortype": refusal.code,
    }
    said = {**error_details(service, refusal), "Message": refusal.message}
    return Response(refusal.status, told, msgspec.json.encode(said))


REST_JSON = Codec(_read, _write, _refuse)
