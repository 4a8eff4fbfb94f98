"""Speak HTTP on one connection. Requests have limits of size and time, and each response is one write.

The parser is llhttp. The server is uvicorn's, which opens and closes connections.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from http import HTTPStatus
from math import inf
from sys import maxsize
from typing import Any, Literal, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, parse_url
from uvicorn import Config
from uvicorn.server import ServerState

from coffeeshop.endpoint.app import LARGEST_DISCARDED, App, largest_body
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.peer_user import is_other_user

LARGEST_HEAD = 64 * 1024  # bytes of a request's first line and headers, and of its trailers
COUNTED_BYTES = 2048  # bytes that are counted at once
REQUEST_TIMEOUT = 30.0  # seconds in which a head has to come, and then its body
INVALID_REQUEST = "Invalid HTTP request received."
TOO_LARGE = "Request header fields too large."
OTHER_USERS = (
    b"HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: 54\r\nconnection: close\r\n\r\n"
    b"This endpoint belongs to another user of this machine\n"
)
# A client waits for this before it sends its body.
CONTINUE_RESPONSE = b"HTTP/1.1 100 Continue\r\n\r\n"
# Descriptors reserved for files that are opened while requests are answered.
SPARE_DESCRIPTORS = 32
ABSOLUTE_URL_PATTERN = re.compile(
    rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)"
)  # a URL, up to its path
NO_REQUEST = Request("", "")
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus
}


class Http(asyncio.Protocol):
    """One connection. Each request is answered when it is complete, before the next one is read.

    Heads, bodies, and the framing of chunks are limited in size and time.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Prepare a connection, with the arguments that uvicorn gives to its protocol classes."""
        self.app = cast(App, config.app)  # used directly, without ASGI
        self.idle = config.timeout_keep_alive  # seconds between two requests
        self.state = server_state
        self.loop = _loop or asyncio.get_running_loop()
        self.parser: HttpRequestParser = HttpRequestParser(self)
        self._timer: asyncio.TimerHandle | None = None
        self._unread = deque[bytes]()  # received pieces, not parsed yet
        self._is_full = False  # whether written data waits for the client
        self._is_last = False  # whether the connection ends with the next response
        self._room = LARGEST_HEAD
        # The part of a request that is being read.
        self._part: Literal["", "head", "body"] = ""
        self._url = b""
        self._headers = dict[str, str]()
        self._body = list[bytes]()
        self._size = 0
        self._largest = 0  # bytes that the body can have
        self._request = NO_REQUEST

    # -------------------------------------------------------------------- the connection
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer for the first request. Close the connection if another user of this machine opened it.

        If descriptors become scarce, also close the connection that would expire next.
        """
        self.transport = transport
        self._connections.add(self)
        self._restart_timer(REQUEST_TIMEOUT)
        if is_other_user(
            transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        ):
            transport.write(OTHER_USERS)
            transport.close()
        if len(self._connections) > _descriptors() - SPARE_DESCRIPTORS:
            self._close_nearest_to_expiry()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer and drop the parser, which refers to this object."""
        self._connections.discard(self)
        self._stop_timer()
        self._unread.clear()
        self.parser = cast(HttpRequestParser, None)

    def shutdown(self) -> None:
        """Close the connection, after the response if a request is incomplete."""
        if self._part:
            self._is_last = True
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        """Stop reading until the client has taken the written data."""
        self._is_full = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on in the next turn of the loop, because a request may just be in work."""
        self._is_full = False
        self.loop.call_soon(self._read_on)

    def data_received(self, data: bytes) -> None:
        """Parse received data in pieces of at most COUNTED_BYTES bytes.

        Small pieces let the limit on heads and chunk framing apply within one large read.
        """
        self._unread.extend(
            data[index : index + COUNTED_BYTES]
            for index in range(0, len(data), COUNTED_BYTES)
        )
        self._parse_received()

    def _parse_received(self) -> None:
        """Parse the received pieces up to one in which requests were answered, then start the timer.

        The rest waits for the next turn of the loop, so that other connections have theirs. While the client doesn't take
        its responses, it waits for `resume_writing`.
        """
        if not self._part:
            self._stop_timer()
        answered = self.state.total_requests
        while self._can_parse() and self.state.total_requests == answered:
            self._take_piece(self._unread.popleft())
        if self._can_parse():
            self.transport.pause_reading()
            self.loop.call_soon(self._read_on)
        if self._timer is None and not self.transport.is_closing():
            is_between_requests = not self._part
            self._restart_timer(self.idle if is_between_requests else REQUEST_TIMEOUT)

    def _can_parse(self) -> bool:
        """Return whether a received piece can be parsed now."""
        return bool(self._unread) and not self._is_full and not self.transport.is_closing()

    def _read_on(self) -> None:
        """Read and parse again after a pause."""
        if not self.transport.is_closing():
            self.transport.resume_reading()
            self._parse_received()

    def _take_piece(self, data: bytes) -> None:
        """Parse one piece. Close the connection if it is invalid, or if a head or framing is too large."""
        self._room -= len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade:
            self.transport.close()  # no upgrade is supported, and the rest can't be parsed
        except HttpParserError:
            self._close_with_error(TOO_LARGE if self._room < 0 else INVALID_REQUEST)
        if self._room < 0:
            self._close_with_error("" if self._part == "body" else TOO_LARGE)

    def _close_with_error(self, text: str) -> None:
        """Close the connection, after a response of status 400 with this text unless it is ""."""
        if self.transport.is_closing():
            return
        if text:
            headers = {"content-type": "text/plain; charset=utf-8", "connection": "close"}
            self._write(Response(400, headers, text.encode()))
        self.transport.close()

    # ------------------------------------------------------------------------- a request
    def on_message_begin(self) -> None:
        """Reset the state for a new request."""
        self._part = "head"
        self._url = b""
        self._headers = {}
        self._body = []
        self._size = 0
        self._request = NO_REQUEST

    def on_url(self, url: bytes) -> None:
        """Add a part of the URL."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header or a trailer. Values of the same name are joined with a comma."""
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1").strip()
        headers = self._headers
        headers[key] = f"{headers[key]},{text}" if key in headers else text

    def on_headers_complete(self) -> None:
        """Refuse the head or wait for its body.

        Raise ValueError if the head is too large, or lacks its host, or its URL can't be read. The parser then stops.
        """
        self._stop_timer()
        if self._room < 0:
            raise ValueError(TOO_LARGE)
        if self.transport.is_closing():
            return
        address = parse_url(self._url)
        self._take_host_of_target()
        self._request = Request(
            self.parser.get_method().decode("ascii"),
            address.path.decode("ascii"),
            (address.query or b"").decode("latin-1"),
            self._headers,
        )
        self._headers = {}  # the trailers' are not the head's
        self._room = LARGEST_HEAD
        self._part = "body"
        self._largest = largest_body(self._request)
        if (refused := self.app.refuse_head(self._request)) is not None:
            self._respond(refused)
        elif self._request.header("expect").lower() == "100-continue":
            self.transport.write(CONTINUE_RESPONSE)

    def _take_host_of_target(self) -> None:
        """Replace the Host header by the host of an absolute URL, which counts instead of it.

        Raise ValueError if there is neither in a request of HTTP/1.1. https://www.rfc-editor.org/rfc/rfc9112#section-3.2
        """
        if (absolute := ABSOLUTE_URL_PATTERN.match(self._url)) is not None:
            self._headers["host"] = absolute[1].decode("latin-1")
        elif "host" not in self._headers and self.parser.get_http_version() == "1.1":
            raise ValueError(INVALID_REQUEST)

    def on_body(self, body: bytes) -> None:
        """Store a part of the body, unless the body is too large. Reset the limit on framing."""
        self._room = LARGEST_HEAD
        self._size += len(body)
        if self._size <= self._largest:
            self._body.append(body)
        elif self._size > LARGEST_DISCARDED and not self.transport.is_closing():
            self._respond(self.app.refuse(self._request, "too-large"))

    def on_message_complete(self) -> None:
        """Answer the request and prepare for the next head."""
        self._stop_timer()
        self._room = LARGEST_HEAD
        self._part = ""
        if not self.transport.is_closing():
            self._respond(self._answer())
        self._body = []

    def _answer(self) -> Response:
        """Return the response to the complete request."""
        head = self._request
        if self._size > self._largest:
            return self.app.refuse(head, "too-large")
        body = b"".join(self._body)
        return self.app.answer(
            Request(head.method, head.path, head.query, head.headers, body)
        )

    def _respond(self, response: Response) -> None:
        """Send a response. Close the connection if the response, the client or a shutdown requires it."""
        stays_open = (
            not self._is_last
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and response.headers.get("connection") != "close"
        )
        self._write(response, stays_open)
        self.state.total_requests += 1
        if not stays_open:
            self.transport.close()

    def _write(self, response: Response, stays_open: bool = False) -> None:
        """Write a response in one piece."""
        headers = response.headers
        lines = [STATUS_LINES[response.status]]
        if "content-length" not in headers:
            lines.append(f"content-length: {len(response.body)}\r\n")
        lines += [f"{name}: {value}\r\n" for name, value in headers.items()]
        if not stays_open and "connection" not in headers:
            lines.append("connection: close\r\n")
        head = "".join(lines).encode("latin-1", "replace")
        dates = [b"%s: %s\r\n" % header for header in self.state.default_headers]
        body = b"" if self._request.method == "HEAD" else response.body
        self.transport.write(b"".join((head, *dates, b"\r\n", body)))

    # ---------------------------------------------------------------------------- waiting
    def _restart_timer(self, seconds: float) -> None:
        """Close the connection in so many seconds, unless the timer is restarted or stopped."""
        self._timer = self.loop.call_later(seconds, self._close_overdue)

    def _stop_timer(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close_overdue(self) -> None:
        """Close a connection whose time is over. If a body is incomplete, answer that the client is too slow."""
        if self._part == "body" and not self.transport.is_closing():
            self._respond(self.app.refuse(self._request, "slow"))
        self.transport.close()

    # --------------------------------------------------------------- other connections
    @property
    def _connections(self) -> set[Http]:
        """Return all open connections of the server."""
        return cast("set[Http]", self.state.connections)

    def _close_nearest_to_expiry(self) -> None:
        """Close the connection that would expire first. Its client opens another if it needs one."""
        min(self._connections, key=lambda each: each.expiry).transport.close()

    @property
    def expiry(self) -> float:
        """Return the loop's time at which an idle connection expires.

        It is infinite while a body arrives or after the end.
        """
        is_under_way = self._part == "body" or self.transport.is_closing()
        if is_under_way or self._timer is None:
            return inf
        return self._timer.when()


def _descriptors() -> int:
    """Return how many files and connections the process can open."""
    try:
        import resource  # Windows has neither the module nor the limit
    except ImportError:
        return maxsize
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return maxsize
    return most
