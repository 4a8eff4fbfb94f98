"""The HTTP of the endpoint, on a transport that only notes what is done to it, by a clock that is turned by hand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from coffeeshop.endpoint import http as module
from coffeeshop.endpoint.http import LARGEST_HEAD, PATIENCE, SPARE, Http

BEGUN = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Le"
REST = b"ngth: 2\r\n\r\nhi"


class Wire(asyncio.Transport):
    """A transport that may be closed, and nothing more."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False
        self.wrote = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.wrote += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Turned(asyncio.SelectorEventLoop):
    """A loop whose clock is turned by hand."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def turn(self, seconds: float) -> None:
        """Let so many seconds pass, and what was due happen."""
        self.now += seconds
        self.run_until_complete(asyncio.sleep(0))


@pytest.fixture
def loop():
    made = Turned()
    yield made
    made.close()


def connected(loop: Turned, state: ServerState | None = None) -> tuple[Http, Wire]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-length", b"0")],
            }
        )
        await send({"type": "http.response.body"})

    config = Config(app, log_config=None, timeout_keep_alive=10 * int(PATIENCE))
    config.load()
    http, wire = Http(config, state or ServerState(), {}, loop), Wire()
    http.connection_made(wire)
    return http, wire


def test_a_connection_on_which_nothing_comes_is_ended(loop: Turned):
    _, wire = connected(loop)
    loop.turn(PATIENCE - 1)
    assert not wire.closed
    loop.turn(2)
    assert wire.closed


def test_a_head_that_never_comes_to_an_end_is_not_waited_for_for_ever_on_a_kept_connection_either(
    loop: Turned,
):
    http, wire = connected(loop)
    for _ in range(3):
        http.data_received(BEGUN + REST)
        loop.turn(PATIENCE - 1)
    http.data_received(BEGUN)
    for _ in range(3):
        loop.turn(PATIENCE / 4)
        http.data_received(b"x")
    assert not wire.closed
    loop.turn(PATIENCE / 4 + 1)
    assert wire.closed


def test_a_head_that_has_come_to_its_end_is_waited_for_no_more(loop: Turned):
    http, wire = connected(loop)
    http.data_received(BEGUN)
    loop.turn(PATIENCE - 1)
    http.data_received(REST)
    loop.turn(2 * PATIENCE)
    assert not wire.closed


def test_the_connection_whose_time_is_up_first_makes_room_where_descriptors_are_scarce(
    loop: Turned, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_descriptors", lambda: SPARE + 2)
    state = ServerState()
    asked, kept = connected(loop, state)
    asked.data_received(BEGUN + REST)
    loop.turn(1)
    _, silent = connected(loop, state)
    loop.turn(1)
    _, come = connected(loop, state)
    assert [wire.closed for wire in (kept, silent, come)] == [False, True, False]


def test_no_request_that_is_under_way_is_ended_to_make_room(
    loop: Turned, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_descriptors", lambda: SPARE + 1)
    state = ServerState()
    asking, under_way = connected(loop, state)
    asking.data_received(BEGUN + REST[:-1])
    loop.turn(1)
    _, come = connected(loop, state)
    assert (under_way.closed, come.closed) == (False, True)
    asking.data_received(REST[-1:])
    loop.turn(1)


HEADS = {
    "one long value": b"X: " + b"x" * 100_000,
    "many short headers": b"\r\n".join([b"a:"] * 25_000),
    "blanks before a value": b"X:" + b" " * 100_000 + b"x",
}


@pytest.mark.parametrize("size", [1, 4096, 10**6], ids=lambda size: f"reads of {size}")
@pytest.mark.parametrize("headers", HEADS.values(), ids=HEADS)
def test_a_head_that_is_too_large_is_refused_however_it_is_read(
    loop: Turned, headers: bytes, size: int
):
    http, wire = connected(loop)
    sent = b"GET / HTTP/1.1\r\nHost: here\r\n" + headers + b"\r\n\r\n"
    for at in range(0, len(sent), size):
        if not wire.closed:
            http.data_received(sent[at : at + size])
    loop.turn(0)
    assert wire.closed
    assert wire.wrote.startswith(b"HTTP/1.1 400")
    assert b"Request header fields too large." in wire.wrote


def test_a_large_body_behind_a_head_of_almost_the_largest_size_is_taken_in_one_read(
    loop: Turned,
):
    http, wire = connected(loop)
    head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\nX: " + b"x" * (
        LARGEST_HEAD - 2048
    )
    http.data_received(head + b"\r\n\r\n" + b"x" * 1_000_000)
    for _ in range(10):
        loop.turn(0)
    assert wire.wrote.startswith(b"HTTP/1.1 200")
