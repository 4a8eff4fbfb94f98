"""JSON 1.0, of DynamoDB and SQS, and 1.1, of the services in JSON_SERVICES. The target names the operation, and both
bodies are objects.

https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import msgspec

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.errors import JSON_SERVICES, error_details
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.protocols.codec import Body, Codec
from coffeeshop.endpoint.protocols.json_values import (
    load_json,
    read_structure,
    write_structure,
)

QUEUE_ERROR_PREFIX = "AWS.SimpleQueueService."
QUEUE_ERROR_SHAPES: Mapping[
    str, str
] = {  # error code of SQS in its XML protocol -> error in its model
    f"{QUEUE_ERROR_PREFIX}NonExistentQueue": "QueueDoesNotExist",
    "QueueAlreadyExists": "QueueNameExists",
    "InvalidParameterValue": "InvalidParameterValueException",
    "MissingParameter": "MissingRequiredParameterException",
    f"{QUEUE_ERROR_PREFIX}QueueDeletedRecently": "QueueDeletedRecently",
    f"{QUEUE_ERROR_PREFIX}PurgeQueueInProgress": "PurgeQueueInProgress",
    f"{QUEUE_ERROR_PREFIX}MessageNotInflight": "MessageNotInflight",
    f"{QUEUE_ERROR_PREFIX}UnsupportedOperation": "UnsupportedOperation",
    **{
        f"{QUEUE_ERROR_PREFIX}{name}": name
        for name in (
            "BatchEntryIdsNotDistinct",
            "BatchRequestTooLong",
            "EmptyBatchRequest",
            "InvalidBatchEntryId",
        )
    },
    f"{QUEUE_ERROR_PREFIX}TooManyEntriesInBatchRequest": "TooManyEntriesInBatchRequest",
}
ERROR_NAMESPACES = {
    "dynamodb": "com.amazonaws.dynamodb.v20120810",
    "sqs": "com.amazonaws.sqs",
}


JSON_VERSIONS: Mapping[str, str] = dict.fromkeys(JSON_SERVICES, "1.1")


def _read_request(row: Operation, request: Request) -> dict[str, Json]:
    """Return the parameters in a JSON body. Raise UnreadableError."""
    return read_structure(row.input, load_json(request.body))


def _write_response(row: Operation, body: Body, id: str) -> Response:
    """Return a reply as JSON. `id` is the request's."""
    return _response(
        row.service, row.status, msgspec.json.encode(write_structure(row.output, body)), id
    )


def _write_refusal(service: str, refusal: ServiceError, id: str) -> Response:
    """Return the response for an error. SQS also states the error's code in its older XML form."""
    name = QUEUE_ERROR_SHAPES.get(refusal.code, refusal.code)
    space = f"{ERROR_NAMESPACES[service]}#" if service in ERROR_NAMESPACES else ""
    body = {
        "__type": f"{space}{name}",
        "message": refusal.message,
        **error_details(service, refusal),
    }
    response = _response(service, refusal.status, msgspec.json.encode(body), id)
    error_headers = {"x-amzn-errortype": name}
    if service == "sqs":
        error_headers["x-amzn-query-error"] = (
            f"{refusal.code};{'Sender' if refusal.status < 500 else 'Receiver'}"
        )
    return Response(response.status, {**response.headers, **error_headers}, response.body)


def _response(service: str, status: int, body: bytes, id: str) -> Response:
    """Return a response with the headers of the JSON protocol, in the version that the service uses."""
    headers = {
        "content-type": f"application/x-amz-json-{JSON_VERSIONS.get(service, '1.0')}",
        "x-amzn-requestid": id,
    }
    return Response(status, {**headers, "x-amz-crc32": str(zlib.crc32(body))}, body)


JSON_CODEC = Codec(_read_request, _write_response, _write_refusal)
