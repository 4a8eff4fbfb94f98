"""Find the service and the operation of a request, by the rows of operations.

The credential's scope names the service. Without a credential, the service follows from the target, from Action and Version,
or from the path, depending on the protocol.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from msgspec import Struct

from coffeeshop.account import errors
from coffeeshop.account.api.operations import (
    OPERATIONS,
    Operation,
    ServiceModel,
    required_wire_names,
    services,
)
from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.message import Request, query_pairs
from coffeeshop.endpoint.protocols.codec import Codec
from coffeeshop.endpoint.protocols.json import JSON_CODEC
from coffeeshop.endpoint.protocols.query import EC2_CODEC, QUERY_CODEC
from coffeeshop.endpoint.protocols.rest import path_pattern
from coffeeshop.endpoint.protocols.rest_json import REST_JSON
from coffeeshop.endpoint.protocols.rest_xml import REST_XML
from coffeeshop.endpoint.protocols.sqs_query import SQS_QUERY
from coffeeshop.endpoint.request_signature import RequestSignature

PROTOCOL_CODECS: Mapping[str, Codec] = {
    "query": QUERY_CODEC,
    "ec2": EC2_CODEC,
    "json": JSON_CODEC,
    "rest-json": REST_JSON,
    "rest-xml": REST_XML,
}


class Route(Struct, frozen=True):
    """A service and the protocol of its responses."""

    service: str
    codec: Codec

    def operation(self, request: Request) -> Operation:
        """Return the row of the operation. Raise ServiceError if it is unknown or isn't simulated."""
        model = _models().get(self.service)
        if model is None:
            raise ServiceError(
                "NotSimulated", f"{self.service[:40]} is not simulated in this account."
            )
        name = _operation_name(model, request)
        row = OPERATIONS.get((model.name, name))
        if row is None:
            text = f"Could not find operation {name[:80]} for version {model.version}"
            if self.codec in (JSON_CODEC, REST_JSON):
                raise ServiceError("UnknownOperationException", text)
            raise ServiceError("InvalidAction", text)
        if not row.simulated:
            raise errors.not_simulated(model.name, name)
        return row


def find_route(request: Request, signature: RequestSignature | None) -> Route:
    """Return the route of a request. For an unknown service, the protocol is guessed from the request."""
    if signature:
        service = signature.service
    else:
        service = _service_of_unsigned(request)
    model = _models().get(service)
    if model is None:
        return Route(service, _codec_of_unknown_service(request, service))
    queried = service == "sqs" and not request.header("x-amz-target")
    return Route(service, SQS_QUERY if queried else PROTOCOL_CODECS[model.protocol])


@cache
def _models() -> Mapping[str, ServiceModel]:
    """Return every service that has a protocol, by its name in a credential's scope."""
    return {model.name: model for model in services().values() if model.protocol}


def _service_of_unsigned(request: Request) -> str:
    """Return the service of a request without a credential, by the first of these that applies.

    The X-Amz-Target header names it. A form with an Action has its Version. The path starts with
    the version of a rest-json service. Otherwise it is S3, which alone allows any path. An unknown
    target, or the Action beside an unknown Version, is returned as it is.
    """
    models = _models().values()
    if target := request.header("x-amz-target").rpartition(".")[0]:
        targeted = (model.name for model in models if model.target == target)
        return next(targeted, target)
    form = _read_form(request)
    if action := form.get("Action"):
        version = form.get("Version", "")
        same_version = (model.name for model in models if model.version == version)
        return next(same_version, action)
    for model in models:
        if model.protocol == "rest-json" and request.path.startswith(f"/{model.version}/"):
            return model.name
    return "s3"


# REST services whose errors have the form of the query protocol.
IN_XML = frozenset({"route53", "cloudfront"})


def _codec_of_unknown_service(request: Request, service: str) -> Codec:
    """Return the likely protocol of a service that isn't simulated."""
    if request.header("x-amz-target"):
        return JSON_CODEC
    if service in IN_XML or "Action" in _read_form(request):
        return QUERY_CODEC
    return REST_JSON


def _read_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, or none if the request has no readable form."""
    kind = request.header("content-type")
    if request.method == "POST" and not kind.startswith(
        "application/x-www-form-urlencoded"
    ):
        return {}
    try:
        return request.form_fields
    except ValueError:
        return {}


# ------------------------------------------------------------- the operation's name
def _operation_name(model: ServiceModel, request: Request) -> str:
    """Return the name of the operation, from the target, the form or the path. Raise ServiceError."""
    match model.protocol:
        case "json" if target := request.header("x-amz-target"):
            return target.rpartition(".")[2]
        case "query" | "ec2" | "json":
            return request.form_fields.get("Action", "")
        case _:
            return _name_by_address(model, request)


class Address(NamedTuple):
    """The path and query of an operation in a REST protocol. With the HTTP method they identify it."""

    row: Operation
    path: re.Pattern[str]
    literals: Mapping[str, str]
    demands: tuple[str, ...]

    def fits(self, request: Request) -> bool:
        """Return whether a request has the operation's fixed query parameters and its path.

        The parameters come first: most operations of S3 differ in them alone. Raise UnicodeDecodeError.
        """
        words = request.query_fields
        for name, value in self.literals.items():
            if name not in words or value not in ("", words[name]):
                return False
        return self.path.fullmatch(request.path) is not None

    def has_all_parameters(self, request: Request) -> bool:
        """Return whether a request has every parameter that the operation requires."""
        return all(
            name in request.query_fields or name.lower() in request.headers
            for name in self.demands
        )


@cache
def _addresses(service: str) -> Mapping[str, tuple[Address, ...]]:
    """Return the addresses of a service by HTTP method, the most specific first."""
    addresses_by_method: dict[str, list[Address]] = {}
    rows = (row for (of, _), row in OPERATIONS.items() if of == service)
    for row in rows:
        query = dict(query_pairs(row.path.partition("?")[2]))
        literals = {name: value for name, value in query.items() if name != "x-id"}
        address = Address(row, path_pattern(row.path), literals, required_wire_names(row))
        addresses_by_method.setdefault(row.method, []).append(address)
    return {
        method: tuple(sorted(those, key=_sort_key))
        for method, those in addresses_by_method.items()
    }


def _sort_key(address: Address) -> tuple[int, bool]:
    """Return the sort key of an address: the most specific first, then operations that are simulated."""
    return -len(address.literals) - len(address.demands), not address.row.simulated


def _name_by_address(model: ServiceModel, request: Request) -> str:
    """Return the operation at a request's method and path. Raise ServiceError if there is none.

    If several fit, the first whose required parameters are all there wins, else the last.
    """
    candidates = [
        address
        for address in _addresses(model.name).get(request.method, ())
        if address.fits(request)
    ]
    for address in candidates:
        if address.has_all_parameters(request):
            return address.row.name
    if candidates:
        # The least specific: it misses the fewest parameters.
        return candidates[-1].row.name
    if model.name == "s3":
        text = "The specified method is not allowed against this resource."
        raise ServiceError("MethodNotAllowed", text, 405)
    text = f"There is no {request.method} {request.path[:80]!a}"
    raise ServiceError("UnknownOperationException", text, 404)


def operations() -> Iterator[Operation]:
    """Yield every row that the endpoint serves."""
    return (
        row for row in OPERATIONS.values() if row.simulated and row.service in _models()
    )
