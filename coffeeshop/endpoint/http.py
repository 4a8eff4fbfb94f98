"""The HTTP of the endpoint: uvicorn's, with an end to heads of requests that never come to one, and responses in one write."""

from __future__ import annotations

import asyncio
from math import inf
from sys import maxsize
from typing import Any, Literal, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from coffeeshop.endpoint.peer_user import is_other_user

LARGEST_HEAD = 64 * 1024  # bytes of a request's first line and headers, and of its trailers
PIECE = 1024  # bytes that are counted at once
PATIENCE = 30.0  # seconds in which a head has to come
TOO_LARGE = "Request header fields too large."
OTHER_USERS = (
    b"HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: 54\r\nconnection: close\r\n\r\n"
    b"This endpoint belongs to another user of this machine\n"
)
CONTINUE = (
    b"HTTP/1.1 100 Continue\r\n\r\n"  # a client waits for it before it sends its body
)
SPARE = 32  # descriptors that connections leave to all else, and to what is opened while a request is answered


class Whole:
    """A transport onto which a response goes whole: uvicorn writes head and body apart, and a client that wakes at the head
    takes the processor from the server that has its body still to write.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._held = transport, list[bytes]()
        self.is_closing = (
            transport.is_closing
        )  # asked by every response, and not through `__getattr__`

    def __getattr__(self, name: str) -> Any:
        """Returns what the transport has beside these."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Hold what a response begins with."""
        self._held.append(data)
        if data == CONTINUE:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            self._transport.write(b"".join(self._held))
            self._held.clear()

    def close(self) -> None:
        """Write what is held, and end the connection."""
        self.flush()
        self._transport.close()


class Http(HttpToolsProtocol):
    """One connection. What is in its head is counted and timed, and what stands between and behind the pieces of a body is
    counted: the body itself is the application's.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._room = LARGEST_HEAD
        self._part: Literal["", "head", "body"] = ""  # which part of a message is under way
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a first request, and not for ever. End a connection that another user of this machine made."""
        super().connection_made(transport)
        self._whole = Whole(transport)
        self.transport = self._whole  # type: ignore[assignment]
        self._wait()
        if is_other_user(
            transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        ):
            self._whole.write(OTHER_USERS)
            self._whole.close()
        if len(self.connections) > _descriptors() - SPARE:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it makes a head, a chunk's or the trailers too large. It is counted in small pieces, so that
        one large read can't hold more than many small ones.
        """
        for at in range(0, len(data), PIECE):
            if not self.transport.is_closing():
                self._take_piece(data[at : at + PIECE])

    def _take_piece(self, data: bytes) -> None:
        self._room -= len(data)
        super().data_received(data)
        if self._part == "head" and self._deadline is None:
            self._wait()
        if self._room >= 0 or self.transport.is_closing():
            return
        if self._part == "body":  # perhaps under an answer
            self.transport.close()
        else:
            self.send_400_response(TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        """Say that a head is too large, whatever the parser makes of it."""
        super().send_400_response(TOO_LARGE if self._room < 0 else msg)

    def on_message_begin(self) -> None:
        """Count a new head, and time it where it does not come at once."""
        super().on_message_begin()
        self._part = "head"

    def on_headers_complete(self) -> None:
        """Leave the rest to the application. Raises ValueError, on which uvicorn refuses the request, where the head is too
        large by its last piece.
        """
        self._wait_no_more()
        if self._room < 0:
            raise ValueError(TOO_LARGE)
        self._room = LARGEST_HEAD
        self._part = "body"
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count anew what is no body."""
        self._room = LARGEST_HEAD
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Be ready for the next head."""
        self._room = LARGEST_HEAD
        self._part = ""
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Send the response, and go on to the next request."""
        self._whole.flush()
        super().on_response_complete()

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(PATIENCE, self._give_up)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _make_room(self) -> None:
        """End the connection whose time is up first. A client whose kept connection was ended opens another."""
        each = cast("set[Http]", self.connections)
        min(each, key=lambda one: one.ends).transport.close()

    @property
    def ends(self) -> float:
        """Tells when it is ended if nothing more comes; never, where a request is under way or it is ended already."""
        timer = self._deadline or self.timeout_keep_alive_task
        if timer and not self.transport.is_closing():
            return timer.when()
        return inf


def _descriptors() -> int:
    """Returns how many files, connections among them, the process may have open."""
    try:
        import resource  # Windows has neither the module nor the limit
    except ImportError:
        return maxsize
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return maxsize if most == resource.RLIM_INFINITY else most
