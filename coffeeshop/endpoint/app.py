"""The endpoint as an ASGI application: requests off the socket, whole and within limits, and responses onto it.

https://asgi.readthedocs.io/en/latest/specs/www.html
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from errno import EMFILE, ENFILE
from typing import Any, TypeAlias

from msgspec.structs import replace

from coffeeshop.account.model import ServiceError
from coffeeshop.endpoint.answer import Endpoint, refusing, whither
from coffeeshop.endpoint.front_door import refuse, sandbox
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.refusals import Fault, refusal

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
LARGEST = 1024 * 1024  # bytes of a body
DRAINED = (
    16 * LARGEST
)  # bytes that are read of a body which is too large, so that its client hears of it
PATIENCE = 30.0  # seconds in which a body has to come


class RefusedError(Exception):
    """A body that is not taken, and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


class GoneError(Exception):
    """The client went away before its request was whole."""


class App:
    """The endpoint on an ASGI server."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = _head(scope)
        if (refused_head := refuse(request, self.endpoint.hosts)) is not None:
            await _send(refused_head, send)
            return
        try:
            request = Request(
                request.method,
                request.path,
                request.query,
                request.headers,
                await _body(request, receive),
            )
            response = self._answer(request)
        except GoneError:
            return
        except RefusedError as refused:
            response = _refuse(request, refused.fault)
        await _send(sandbox(request, response), send)

    def _answer(self, request: Request) -> Response:
        """Returns the response; a fault of our own is told as AWS tells one of its own, and the server stays up."""
        try:
            return self.endpoint.respond(request)
        except Exception as wrong:
            if isinstance(wrong, OSError) and wrong.errno in SCARCE:
                return _refuse(request, "busy")
            traceback.print_exc()
            return refusing(whither(request), ServiceError("InternalFailure", OURS, 500))


SCARCE = {
    EMFILE,
    ENFILE,
}  # no file can be opened, of those that are read when they are first asked for
OURS = "this is our own error, not yours; please report it to the project, with what the endpoint printed"
TEXTS: dict[Fault, str] = {
    "too-large": f"Your proposed upload exceeds the maximum allowed size of {LARGEST} bytes",
    "slow": "Your socket connection to the server was not read from or written to within the timeout period.",
    "busy": "The request has failed due to a temporary failure of the server.",
}


def _refuse(request: Request, fault: Fault) -> Response:
    """Returns what is said to a request that is not taken. The connection ends with it: the rest of a body may still come,
    and where descriptors are scarce this gives one back.
    """
    route = whither(request)
    response = refusing(route, refusal(fault, route.service, TEXTS[fault]))
    return replace(response, headers={**response.headers, "connection": "close"})


def _head(scope: Message) -> Request:
    raw: Iterable[tuple[bytes, bytes]] = scope["headers"]
    headers: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1").strip()
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    path = scope.get("raw_path") or scope["path"].encode()
    return Request(
        scope["method"],
        path.decode("latin-1"),
        scope["query_string"].decode("latin-1"),
        headers,
    )


async def _body(request: Request, receive: Receive) -> bytes:
    """Returns the body. Raises RefusedError where it is too large or too slow, GoneError where its client is gone."""
    length = request.header("content-length")
    if length.isascii() and length.isdecimal() and len(length) < 16:
        told = int(length)
    else:
        told = 0
    if told > LARGEST and (told > DRAINED or request.header("expect")):
        raise RefusedError("too-large")
    found = list[bytes]()
    size = 0
    more = True
    try:
        async with asyncio.timeout(PATIENCE):
            while more and size <= DRAINED:
                part, more = await _part(receive)
                size += len(part)
                if size <= LARGEST:
                    found.append(part)
    except TimeoutError:
        raise RefusedError("slow") from None
    if size > LARGEST:
        raise RefusedError("too-large")
    return b"".join(found)


async def _part(receive: Receive) -> tuple[bytes, bool]:
    """Returns the next part of a body, and whether more is to come."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise GoneError
    return message.get("body", b""), message.get("more_body", False)


async def _send(response: Response, send: Send) -> None:
    headers = {"content-length": str(len(response.body)), **response.headers}
    raw = [
        (name.encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    await send({"type": "http.response.body", "body": response.body})
