"""Which operation of which service a request is for: by its rows, and by nothing else.

The service is the one of the credential's scope; where none is given it is told by the target, by Action and Version,
by the path, as each protocol has it.
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
from coffeeshop.endpoint.claim import Claim
from coffeeshop.endpoint.message import Request, pairs
from coffeeshop.endpoint.protocols.codec import Codec
from coffeeshop.endpoint.protocols.json import JSON
from coffeeshop.endpoint.protocols.query import EC2, QUERY
from coffeeshop.endpoint.protocols.rest import template
from coffeeshop.endpoint.protocols.rest_json import REST_JSON
from coffeeshop.endpoint.protocols.rest_xml import REST_XML
from coffeeshop.endpoint.protocols.sqs_query import SQS_QUERY

CODECS: Mapping[str, Codec] = {
    "query": QUERY,
    "ec2": EC2,
    "json": JSON,
    "rest-json": REST_JSON,
    "rest-xml": REST_XML,
}


class Route(Struct, frozen=True):
    """A service, and the protocol in which it is answered."""

    service: str
    codec: Codec

    def operation(self, request: Request) -> Operation:
        """Returns the row of the operation. Raises ServiceError where it cannot be told, or is not simulated."""
        model = _models().get(self.service)
        if model is None:
            raise ServiceError(
                "NotSimulated", f"{self.service[:40]} is not simulated in this account."
            )
        name = _name(model, request)
        try:
            row = OPERATIONS[model.name, name]
        except KeyError:
            text = f"Could not find operation {name[:80]} for version {model.version}"
            code = (
                "UnknownOperationException"
                if self.codec in (JSON, REST_JSON)
                else "InvalidAction"
            )
            raise ServiceError(code, text) from None
        if not row.simulated:
            raise errors.not_simulated(model.name, name)
        return row


def routed(request: Request, claim: Claim | None) -> Route:
    """Returns where a request goes. A service that is not simulated is answered as its request sounds."""
    service = claim.service if claim else _unclaimed(request)
    model = _models().get(service)
    if model is None:
        return Route(service, _sounds_like(request, service))
    queried = service == "sqs" and not request.header("x-amz-target")
    return Route(service, SQS_QUERY if queried else CODECS[model.protocol])


@cache
def _models() -> Mapping[str, ServiceModel]:
    """Returns every service that has a protocol, by its name in a credential's scope."""
    return {model.name: model for model in services().values() if model.protocol}


def _unclaimed(request: Request) -> str:
    """Returns the service of a request that names no key."""
    if target := request.header("x-amz-target").rpartition(".")[0]:
        return next(
            (model.name for model in _models().values() if model.target == target), target
        )
    if action := _form(request).get("Action"):
        version = _form(request).get("Version", "")
        return next(
            (model.name for model in _models().values() if model.version == version), action
        )
    rest = (model for model in _models().values() if model.protocol == "rest-json")
    return next(
        (model.name for model in rest if request.path.startswith(f"/{model.version}/")),
        "s3",
    )


IN_XML = frozenset(
    {"route53", "cloudfront"}
)  # services of REST whose errors are told as those of a query


def _sounds_like(request: Request, service: str) -> Codec:
    if request.header("x-amz-target"):
        return JSON
    if service in IN_XML or "Action" in _form(request):
        return QUERY
    return REST_JSON


def _form(request: Request) -> Mapping[str, str]:
    """Returns the fields of a form; none where there is no form that can be read."""
    kind = request.header("content-type")
    if request.method == "POST" and not kind.startswith(
        "application/x-www-form-urlencoded"
    ):
        return {}
    try:
        return request.form
    except ValueError:
        return {}


# ------------------------------------------------------------- the operation's name
def _name(model: ServiceModel, request: Request) -> str:
    match model.protocol:
        case "json" if target := request.header("x-amz-target"):
            return target.rpartition(".")[2]
        case "query" | "ec2" | "json":
            return request.form.get("Action", "")
        case _:
            return _addressed(model, request)


class Address(NamedTuple):
    """Where an operation of a REST protocol is: what it must be told by beside its method."""

    row: Operation
    path: re.Pattern[str]
    literals: Mapping[str, str]
    demands: tuple[str, ...]

    def fits(self, request: Request) -> bool:
        """Tells whether a request's path and the words of its query are this operation's."""
        said = request.words
        return self.path.fullmatch(request.path) is not None and all(
            name in said and value in ("", said[name])
            for name, value in self.literals.items()
        )

    def holds(self, request: Request) -> bool:
        """Tells whether a request holds all that this operation's requests hold."""
        return all(
            name in request.words or name.lower() in request.headers
            for name in self.demands
        )


@cache
def _addresses(service: str) -> Mapping[str, tuple[Address, ...]]:
    """Returns the addresses of a service by HTTP method, those that ask for most in front."""
    found: dict[str, list[Address]] = {}
    rows = (row for (of, _), row in OPERATIONS.items() if of == service)
    for row in rows:
        query = dict(pairs(row.path.partition("?")[2]))
        literals = {name: value for name, value in query.items() if name != "x-id"}
        address = Address(row, template(row.path), literals, required_wire_names(row))
        found.setdefault(row.method, []).append(address)
    return {method: tuple(sorted(those, key=_weight)) for method, those in found.items()}


def _weight(address: Address) -> tuple[int, bool]:
    """What sorts an address: the most specific first; of two alike the one that is simulated."""
    return -len(address.literals) - len(address.demands), not address.row.simulated


def _addressed(model: ServiceModel, request: Request) -> str:
    found = [
        address
        for address in _addresses(model.name).get(request.method, ())
        if address.fits(request)
    ]
    whole = (address.row.name for address in found if address.holds(request))
    lacking = (address.row.name for address in reversed(found))
    if name := next(whole, next(lacking, "")):
        return name
    if model.name == "s3":
        text = "The specified method is not allowed against this resource."
        raise ServiceError("MethodNotAllowed", text, 405)
    raise ServiceError(
        "UnknownOperationException",
        f"There is no {request.method} {request.path[:80]!a}",
        404,
    )


def operations() -> Iterator[Operation]:
    """Yields every row that the endpoint serves."""
    return (
        row for row in OPERATIONS.values() if row.simulated and row.service in _models()
    )
