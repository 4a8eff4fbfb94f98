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
from coffeeshop.endpoint.protocols.json_values import (
    load_json,
    read_structure,
    write_structure,
)
from coffeeshop.endpoint.protocols.values import encode_base64

# Parameters that aren't simulated but do no harm: they change nothing in the replies.
HARMLESS_PARAMETERS = frozenset({"LogType"})


def _read_request(row: Operation, request: Request) -> dict[str, Json]:
    """Return the parameters in the path, query, headers and body. Raise UnreadableError.

    Unsupported parameters are there with the value "", so that the operation refuses them. If the
    operation has a payload member, the body is that member alone.
    """
    parameters = dict(rest.read_located_members(row, request))
    for name in rest.unsupported_parameters(row.input, request, HARMLESS_PARAMETERS):
        parameters[name] = ""
    payload = row.input.member(row.input.payload)
    if payload is None:
        return parameters | read_structure(row.input, load_json(request.body))
    if request.body:
        body: Json = request.body
        parameters[payload.name] = (
            body
            if payload.shape.type == "blob"
            else read_structure(payload.shape, load_json(body))
        )
    return parameters


def _write_response(row: Operation, body: Body, id: str) -> Response:
    """Return the response for a reply, with its payload or its JSON as body."""
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": id,
        **rest.response_headers(row.output, body),
    }
    status = rest.response_status(row, body)
    if row.output.payload:
        payload = body.get(row.output.payload, b"")
        if not isinstance(payload, bytes):
            payload = encode_base64(payload).encode()
        return Response(status, headers, payload)
    if status == 204:
        return Response(status, headers)
    content = msgspec.json.encode(write_structure(row.output, body))
    return Response(status, headers, content)


def _write_refusal(service: str, refusal: ServiceError, id: str) -> Response:
    """Return the response for an error."""
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": id,
        "x-amzn-errortype": refusal.code,
    }
    body = {**error_details(service, refusal), "Message": refusal.message}
    return Response(refusal.status, headers, msgspec.json.encode(body))


REST_JSON = Codec(_read_request, _write_response, _write_refusal)
