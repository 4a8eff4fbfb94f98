"""The HTTP of the endpoint, on a transport that only notes what is done to it, by a clock that is turned by hand."""

from __future__ import annotations

import asyncio

import pytest
from uvicorn.server import ServerState

from coffeeshop.endpoint import http as module
from coffeeshop.endpoint.app import LARGEST_DISCARDED, MAX_BODY_BYTES, App
from coffeeshop.endpoint.http import (
    CONTINUE_RESPONSE,
    LARGEST_HEAD,
    REQUEST_TIMEOUT,
    SPARE_DESCRIPTORS,
)
from coffeeshop.endpoint.message import Request, Response
from coffeeshop.endpoint.refusals import Fault
from tests.endpoint.wire import connected

BEGUN = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Le"
REST = b"ngth: 2\r\n\r\nhi"


class Echo(App):
    """An app that refuses no head, and answers each body with its length, so many times."""

    def __init__(self, times: int = 0) -> None:
        self.times = times
        self.requests: list[Request] = []

    def refuse_head(self, request: Request) -> Response | None:
        return None

    def refuse(self, request: Request, fault: Fault) -> Response:
        return Response(400, {"connection": "close"}, fault.encode())

    def answer(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, {}, str(len(request.body)).encode() * self.times)


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


def test_a_connection_on_which_nothing_comes_is_ended(loop: Turned):
    _, wire = connected(Echo(), loop)
    loop.turn(REQUEST_TIMEOUT - 1)
    assert not wire.closed
    loop.turn(2)
    assert wire.closed


def test_a_head_that_never_comes_to_an_end_is_not_waited_for_for_ever_on_a_kept_connection_either(
    loop: Turned,
):
    http, wire = connected(Echo(), loop)
    for _ in range(3):
        http.data_received(BEGUN + REST)
        loop.turn(REQUEST_TIMEOUT - 1)
    http.data_received(BEGUN)
    for _ in range(3):
        loop.turn(REQUEST_TIMEOUT / 4)
        http.data_received(b"x")
    assert not wire.closed
    loop.turn(REQUEST_TIMEOUT / 4 + 1)
    assert wire.closed


def test_a_head_that_has_come_to_its_end_is_waited_for_no_more(loop: Turned):
    http, wire = connected(Echo(), loop)
    http.data_received(BEGUN)
    loop.turn(REQUEST_TIMEOUT - 1)
    http.data_received(REST)
    loop.turn(2 * REQUEST_TIMEOUT)
    assert not wire.closed


def test_the_connection_whose_time_is_up_first_makes_room_where_descriptors_are_scarce(
    loop: Turned, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_descriptors", lambda: SPARE_DESCRIPTORS + 2)
    state = ServerState()
    asked, kept = connected(Echo(), loop, state)
    asked.data_received(BEGUN + REST)
    loop.turn(1)
    _, silent = connected(Echo(), loop, state)
    loop.turn(1)
    _, come = connected(Echo(), loop, state)
    assert [wire.closed for wire in (kept, silent, come)] == [False, True, False]


def test_no_request_that_is_under_way_is_ended_to_make_room(
    loop: Turned, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_descriptors", lambda: SPARE_DESCRIPTORS + 1)
    state = ServerState()
    asking, under_way = connected(Echo(), loop, state)
    asking.data_received(BEGUN + REST[:-1])
    loop.turn(1)
    _, come = connected(Echo(), loop, state)
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
    http, wire = connected(Echo(), loop)
    sent = b"GET / HTTP/1.1\r\nHost: here\r\n" + headers + b"\r\n\r\n"
    for at in range(0, len(sent), size):
        if not wire.closed:
            http.data_received(sent[at : at + size])
    loop.turn(0)
    assert wire.closed
    assert wire.wrote.startswith(b"HTTP/1.1 400")
    assert b"Request header fields too large." in wire.wrote


def test_a_head_that_is_too_large_by_a_byte_is_no_request(loop: Turned):
    begun, ended = b"GET / HTTP/1.1\r\nHost: here\r\nX: ", b"\r\n\r\n"
    for excess in (0, 1):
        app = Echo()
        http, wire = connected(app, loop)
        rest = LARGEST_HEAD + excess - len(begun) - len(ended)
        http.data_received(begun + b"x" * rest + ended)
        assert (len(app.requests), wire.closed) == (1 - excess, bool(excess))


def test_a_large_body_behind_a_head_of_almost_the_largest_size_is_taken_in_one_read(
    loop: Turned,
):
    http, wire = connected(Echo(), loop)
    head = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\nX: " + b"x" * (
        LARGEST_HEAD - 2048
    )
    http.data_received(head + b"\r\n\r\n" + b"x" * 1_000_000)
    for _ in range(10):
        loop.turn(0)
    assert wire.wrote.startswith(b"HTTP/1.1 200")


PING = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\nhi"


def test_a_body_that_never_comes_to_an_end_is_told_so_and_the_connection_is_ended(
    loop: Turned,
):
    http, wire = connected(Echo(), loop)
    http.data_received(PING[:-1])
    loop.turn(REQUEST_TIMEOUT - 1)
    assert (wire.wrote, wire.closed) == (b"", False)
    loop.turn(2)
    assert wire.wrote.startswith(b"HTTP/1.1 400")
    assert wire.wrote.endswith(b"\r\n\r\nslow")
    assert wire.closed


def test_requests_that_come_in_one_read_are_answered_in_their_order(loop: Turned):
    app = Echo(1)
    http, wire = connected(app, loop)
    http.data_received(PING + PING.replace(b"2\r\n\r\nhi", b"3\r\n\r\nho!"))
    assert [request.body for request in app.requests] == [b"hi", b"ho!"]
    assert wire.wrote.index(b"\r\n\r\n2") < wire.wrote.index(b"\r\n\r\n3")


def test_no_request_is_answered_behind_one_that_ends_the_connection(loop: Turned):
    app = Echo()
    http, wire = connected(app, loop)
    http.data_received(PING.replace(b"Host", b"Connection: close\r\nHost") + PING)
    assert len(app.requests) == 1
    assert wire.closed
    assert b"connection: close\r\n" in wire.wrote


def test_a_client_that_takes_no_answers_is_read_no_further_until_it_does(loop: Turned):
    app = Echo(2000)
    http, wire = connected(app, loop, room=4000)
    http.data_received(PING * 1000)
    assert not wire.reads
    assert len(app.requests) < 40
    wire.wrote, wire.room = b"", float("inf")
    http.resume_writing()
    for _ in range(40):
        loop.turn(0)
    assert wire.reads
    assert len(app.requests) == 1000


def test_a_client_that_sends_very_many_requests_at_once_leaves_the_others_their_turn(
    loop: Turned,
):
    app = Echo()
    http, wire = connected(app, loop)
    other, _ = connected(app, loop)
    http.data_received(PING * 1000)
    assert len(app.requests) < 60
    assert not wire.reads, "no more of them are held than one read brings"
    other.data_received(PING.replace(b"2\r\n\r\nhi", b"3\r\n\r\nho!"))
    assert app.requests[-1].body == b"ho!"
    for _ in range(40):
        loop.turn(0)
    assert (len(app.requests), wire.reads, wire.closed) == (1001, True, False)


def test_what_waits_for_its_turn_is_dropped_once_the_connection_is_lost(loop: Turned):
    app = Echo()
    http, wire = connected(app, loop)
    http.data_received(PING * 1000)
    answered = len(app.requests)
    wire.close()
    http.connection_lost(None)
    loop.turn(0)
    assert len(app.requests) == answered


def test_a_client_that_waits_to_send_its_body_is_told_to_go_on(loop: Turned):
    http, wire = connected(Echo(1), loop)
    head, body = PING.replace(b"Host", b"Expect: 100-continue\r\nHost"), b"hi"
    http.data_received(head.removesuffix(body))
    assert wire.wrote == CONTINUE_RESPONSE
    http.data_received(body)
    assert wire.wrote.startswith(CONTINUE_RESPONSE + b"HTTP/1.1 200 OK\r\n")


def test_a_body_without_an_end_is_read_until_it_is_far_too_large_and_kept_nowhere(
    loop: Turned,
):
    app = Echo()
    http, wire = connected(app, loop)
    http.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"40000\r\n" + bytes(0x40000) + b"\r\n"
    for _ in range(LARGEST_DISCARDED // 0x40000):
        http.data_received(chunk)
    assert (wire.wrote, wire.closed) == (b"", False)
    assert sum(map(len, http._body)) <= MAX_BODY_BYTES
    http.data_received(chunk)
    assert wire.wrote.endswith(b"\r\n\r\ntoo-large")
    assert (wire.closed, app.requests) == (True, [])


def test_the_answer_to_a_head_alone_has_no_body(loop: Turned):
    http, wire = connected(Echo(3), loop)
    http.data_received(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"content-length: 3\r\n" in wire.wrote
    assert wire.wrote.endswith(b"\r\n\r\n")


def test_a_server_that_stops_ends_who_waits_and_answers_who_is_under_way(loop: Turned):
    state = ServerState()
    idle, waiting = connected(Echo(), loop, state)
    busy, under_way = connected(Echo(), loop, state)
    busy.data_received(PING[:-1])
    idle.shutdown()
    busy.shutdown()
    assert (waiting.closed, under_way.closed) == (True, False)
    busy.data_received(PING[-1:])
    assert under_way.closed
    assert under_way.wrote.startswith(b"HTTP/1.1 200")


def test_a_client_that_asks_for_another_protocol_is_answered_and_the_connection_is_ended(
    loop: Turned,
):
    app = Echo()
    http, wire = connected(app, loop)
    asks = b"Upgrade: h2c\r\nConnection: Upgrade\r\nHost"
    http.data_received(PING.replace(b"Host", asks).replace(b"POST", b"GET") + PING)
    assert len(app.requests) == 1
    assert wire.closed


def test_what_stands_behind_a_body_is_no_header_of_its_request(loop: Turned):
    app = Echo()
    http, _ = connected(app, loop)
    http.data_received(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nhi\r\n0\r\nAuthorization: x\r\n\r\n"
    )
    assert "authorization" not in app.requests[0].headers


@pytest.mark.parametrize(
    ("target", "header", "host"),
    [
        (b"http://evil.example/", b"Host: 127.0.0.1:4517\r\n", "evil.example"),
        (
            b"http://evil.example:4517/?x=1",
            b"Host: 127.0.0.1:4517\r\n",
            "evil.example:4517",
        ),
        (b"HTTPS://me@127.0.0.1:4517/", b"Host: 127.0.0.1:4517\r\n", "me@127.0.0.1:4517"),
        (b"http://127.0.0.1:4517/", b"Host: evil.example\r\n", "127.0.0.1:4517"),
        (b"http://127.0.0.1:4517/", b"", "127.0.0.1:4517"),
        (b"/http://evil.example/", b"Host: 127.0.0.1:4517\r\n", "127.0.0.1:4517"),
        (b"//evil.example/", b"Host: 127.0.0.1:4517\r\n", "127.0.0.1:4517"),
    ],
)
def test_a_request_goes_to_the_host_of_its_url_where_that_names_one(
    loop: Turned, target: bytes, header: bytes, host: str
):
    app = Echo()
    http, _ = connected(app, loop)
    http.data_received(b"GET " + target + b" HTTP/1.1\r\n" + header + b"\r\n")
    assert [request.header("host") for request in app.requests] == [host]


@pytest.mark.parametrize(("version", "is_answered"), [(b"1.1", False), (b"1.0", True)])
def test_only_an_old_request_may_name_no_host(
    loop: Turned, version: bytes, is_answered: bool
):
    app = Echo()
    http, wire = connected(app, loop)
    http.data_received(b"GET / HTTP/" + version + b"\r\n\r\n")
    assert bool(app.requests) is is_answered
    assert wire.wrote.startswith(b"HTTP/1.1 200" if is_answered else b"HTTP/1.1 400")


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: here\r\n\r\n"


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding : chunked",
        b"Content-Length: 0\r\nContent-Length: 5",
        b"Content-Length: 0, 0",
        b"Content-Length: +0",
        b"Content-Length: 0x0",
        b"X: a\r\n Content-Length: 0",
        b"X\0: a",
    ],
)
def test_no_request_is_read_out_of_a_body_whose_end_can_be_read_in_two_ways(
    loop: Turned, framing: bytes
):
    app = Echo()
    http, wire = connected(app, loop)
    head = b"POST / HTTP/1.1\r\nHost: here\r\n" + framing + b"\r\n\r\n"
    http.data_received(head + b"0\r\n\r\n" + SMUGGLED)
    assert app.requests == []
    assert wire.wrote.startswith(b"HTTP/1.1 400")
