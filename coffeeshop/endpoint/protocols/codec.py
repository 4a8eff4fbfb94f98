"""The interface of a protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response

Body = Mapping[str, Json]


class Codec(Struct, frozen=True):
    """The three functions of a protocol.

    `read` returns the parameters of a request, or raises UnreadableError. `write` returns the response for a reply. `refuse`
    returns the response for an error of a service. The last argument of both is the request's id.
    """

    read: Callable[[Operation, Request], dict[str, Json]]
    write: Callable[[Operation, Body, str], Response]
    refuse: Callable[[str, ServiceError, str], Response]
