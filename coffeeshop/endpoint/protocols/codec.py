"""What a protocol is: three functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from coffeeshop.account.api.operations import Operation
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from coffeeshop.endpoint.message import Request, Response

Body = Mapping[str, Json]


class Codec(Struct, frozen=True):
    """A protocol. `read` returns the parameters of a request (raises UnreadableError); `write` the response that a reply
    is, `refuse` the one that a refusal of a service's is, each under the id of its request.
    """

    read: Callable[[Operation, Request], dict[str, Json]]
    write: Callable[[Operation, Body, str], Response]
    refuse: Callable[[str, ServiceError, str], Response]
