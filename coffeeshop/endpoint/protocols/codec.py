"""A protocol: three functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response

Body = Mapping[str, Json]


class Codec(Struct, frozen=True):
    """A protocol. `read` returns the parameters of a request, or raises UnreadableError. `write` returns the response for a reply,
    and `refuse` the one for an error of a service. Each has the id of its request.
    """

    read: Callable[[Operation, Request], dict[str, Json]]
    write: Callable[[Operation, Body, str], Response]
    refuse: Callable[[str, ServiceError, str], Response]
