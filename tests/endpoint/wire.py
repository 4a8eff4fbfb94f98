"""A connection without a socket."""

from __future__ import annotations

import asyncio

from uvicorn import Config
from uvicorn.server import ServerState

from coffeeshop.endpoint.app import App
from coffeeshop.endpoint.http import REQUEST_TIMEOUT, Http


class Wire(asyncio.Transport):
    """A transport that may be closed, and nothing more. `room` is how many bytes its client takes."""

    def __init__(self, room: float = float("inf")) -> None:
        super().__init__()
        self.closed = False
        self.reads = True
        self.wrote = b""
        self.room = room
        self.http: Http | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.wrote += bytes(data)
        if len(self.wrote) > self.room and self.reads and self.http:
            self.http.pause_writing()

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


def connected(
    app: App,
    loop: asyncio.AbstractEventLoop,
    state: ServerState | None = None,
    room: float = float("inf"),
) -> tuple[Http, Wire]:
    """Return a connection to an app, and the wire that it is made over."""
    config = Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        timeout_keep_alive=10 * int(REQUEST_TIMEOUT),
    )
    config.load()
    http, wire = Http(config, state or ServerState(), {}, loop), Wire(room)
    wire.http = http
    http.connection_made(wire)
    return http, wire
