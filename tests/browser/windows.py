"""A server of two learners, and the windows that come to it: what a browser does, without one."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from coffeeshop.browser.live_page import LivePage
from coffeeshop.browser.server import Limits, Place, Server, listening
from coffeeshop.browser.session import Program

ANA, BEN, TEACHER = "A" * 32, "B" * 32, "T" * 32
PATIENCE = 60  # seconds: two cores, and all of the tests at once

# An app that says whose it is when a window comes, and repeats what is typed; at "x" it leaves, at "h" it hears no
# more, at "b" it is busy, and ends when it is asked to by a signal, at "c" it crashes, at "k" it is killed, and at "t"
# it has saved everything after a SIGTERM, and ends.
ECHO = """
import json, os, signal, sys, time
def say(kind, body):
    os.write(1, kind + len(body).to_bytes(4, "big") + body)
def exactly(size):
    body = sys.stdin.buffer.read(size)
    if len(body) < size:
        raise SystemExit
    return body
os.write(1, b"__GANGLION__\\n")
while True:
    head = exactly(5)
    body = exactly(int.from_bytes(head[1:], "big"))
    if head[:1] == b"M":
        told = json.loads(body)
        say(b"D", f"<{sys.argv[1]} {told['type']} {told.get('width')}x{told.get('height')}>".encode())
    elif body == b"x":
        break
    elif body == b"k":
        os.kill(os.getpid(), signal.SIGKILL)
    elif body == b"t":
        sys.exit(128 + signal.SIGTERM)
    elif body == b"c":
        sys.stderr.write("noise" * 10**6 + "\\n")
        exec(compile("def crash(): raise KeyError('a key they typed')\\ncrash()", "/opt/coffeeshop/shop.py", "exec"))
    elif body == b"f":
        say(b"M", json.dumps({"type": "file", "name": "a.jsonl", "text": "acts"}).encode())
    elif body == b"e":
        say(b"D", json.dumps(dict(os.environ)).encode())
    elif body in (b"h", b"b"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN if body == b"h" else lambda *_: sys.exit())
        say(b"D", b"<away>")
        time.sleep(600)
    else:
        say(b"D", b"<" + sys.argv[1].encode() + b" " + body + b">")
"""


class Echo(Program, frozen=True):
    """A session that needs no app."""

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-I", "-c", ECHO, *self.words)


class Broken(Program, frozen=True):
    """An app that does not start."""

    @property
    def command(self) -> tuple[str, ...]:
        return (
            sys.executable,
            "-I",
            "-c",
            "import sys; sys.stderr.write('error: make room\\n'); sys.exit(3)",
        )


class Reached:
    """A running server and a browser's ways to it."""

    def __init__(self, http: ClientSession, port: int, server: Server) -> None:
        self.http, self.port, self.server = http, port, server
        self.host = f"127.0.0.1:{port}"

    async def get(self, path: str, **headers: str) -> tuple[int, str, Mapping[str, str]]:
        async with self.http.get(
            f"http://{self.host}{path}", headers={"Host": self.host, **headers}
        ) as answer:
            return answer.status, await answer.text(), dict(answer.headers)

    async def open(
        self, secret: str, size: str = "?width=80&height=24", **headers: str
    ) -> ClientWebSocketResponse:
        told = {"Host": self.host, "Origin": f"http://{self.host}", **headers}
        return await self.http.ws_connect(
            f"http://{self.host}/{secret}/ws{size}", headers=told, max_msg_size=0
        )


@asynccontextmanager
async def served(
    tmp_path: Path,
    limits: Limits | None = None,
    host: str = "127.0.0.1",
    names: tuple[str, str] = ("Ana", "Ben"),
    program: type[Program] = Echo,
    url: str = "https://shop.example.org",
    events: list[dict[str, str]] | None = None,
    live_page: LivePage | None = None,
) -> AsyncGenerator[Reached]:
    places = {
        secret: Place(name, "Coffeeshop", program((name,), tmp_path))
        for secret, name in zip((ANA, BEN), names, strict=True)
    }
    write_event = None if events is None else events.append
    live_pages = {} if live_page is None else {TEACHER: live_page}
    server = Server(places, limits or Limits(), host, url, write_event, live_pages)
    door = listening(server.application(), host, 0, server.expect_request)
    async with door as port, ClientSession() as http:
        yield Reached(http, port, server)


async def shown(window: ClientWebSocketResponse, text: str) -> str:
    """Everything that is shown, until this is."""
    found = ""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            async for came in window:
                found += came.data.decode() if came.type is WSMsgType.BINARY else came.data
                if text in found:
                    return found
    raise AssertionError(f"closed with {window.close_code}, {text!r} is not in {found!r}")


async def end(window: ClientWebSocketResponse) -> int | None:
    """The code with which it is closed."""
    async for _ in window:
        pass
    return window.close_code


async def typed(window: ClientWebSocketResponse, text: str) -> None:
    await window.send_str(json.dumps(["stdin", text]))
