"""Lets each browser into its own learner's session, by the secret in the link. The only module that needs aiohttp.

What another site's page could do is refused before a session is touched: a Host that is not ours (DNS rebinding), an
Origin that is not the Host's (a websocket is open to every page of the web, RFC 6455, 10.2).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import Struct

from coffeeshop.browser.endings import Ending
from coffeeshop.browser.messages import LARGEST, Ping, Size, message
from coffeeshop.browser.page import HTML, NOBODY, assets, files, headers, page
from coffeeshop.browser.session import Program, Session
from coffeeshop.harmless import escape_line
from coffeeshop.hosts import ServedHosts
from coffeeshop.process_signals import call_on_signals

LOOKS = 2.0  # seconds from look to look at who is idle
HEARTBEAT = 15.0  # seconds in which a browser answers, or is lost
PATIENCE = 30.0  # seconds in which a connection's request has to come
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Place(Struct, frozen=True):
    """A learner's place: how they are called, what is played there, what their session runs, and how the teacher tells
    them from others of their name ("": by the name).
    """

    name: str
    what: str
    program: Program
    apart: str = ""

    @property
    def name_for_teacher(self) -> str:
        """Return how the teacher knows the learner."""
        return self.apart or self.name


class Limits(Struct, frozen=True):
    """How many sessions there are at once, and after how many seconds one ends: without a key, without a window."""

    sessions: int = 40
    idle: float = 30 * 60.0
    lost: float = 2 * 60.0


class Server:
    """The places by their secrets, and the sessions of those who are there. `host` is where it listens, `url` where it is
    found, if that is another address; `sessions` are those that there are, by place.
    """

    def __init__(
        self, places: Mapping[str, Place], limits: Limits, host: str, url: str = ""
    ) -> None:
        self._places = {_digest(secret): place for secret, place in places.items()}
        self._limits = limits
        if url.startswith("https:"):
            self._secure = urlsplit(url).netloc.lower()
        else:
            self._secure = ""
        self._hosts = ServedHosts(host, (urlsplit(url).hostname or "",))
        self.sessions: dict[Place, Session] = {}
        self._doors: dict[Place, asyncio.Lock] = {}
        self._silent: set[asyncio.Protocol] = (
            set()
        )  # connections on which no request has come yet
        self._files, self._template = files(), (assets() / "page.html").read_text("utf-8")

    def application(self) -> web.Application:
        """Returns the server as aiohttp runs it."""

        @web.middleware
        async def guard_request(
            request: web.Request, handler: Handler
        ) -> web.StreamResponse:
            return await self._guard(request, handler)

        application = web.Application(middlewares=[guard_request], client_max_size=1024)
        application.on_response_prepare.append(self._add_security_headers)
        application.on_startup.append(self._begin)
        application.on_shutdown.append(self._end)
        application.add_routes(
            [
                web.get("/static/{name:.+}", self._file),
                web.get("/{secret}/ws", self._socket),
                web.get("/{secret}/", self._page),
                web.get("/{secret}", self._page),
            ]
        )
        return application

    # -------------------------------------------------------------- who may ask
    def expect_request(self, connection: web.RequestHandler) -> web.RequestHandler:
        """Returns a new connection, on which a request is awaited, and not for ever: it is closed where none comes."""

        def tire() -> None:
            if connection in self._silent:
                self._silent.remove(connection)
                connection.force_close()

        self._silent.add(connection)
        asyncio.get_running_loop().call_later(PATIENCE, tire)
        return connection

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request that was meant for us; tell everybody else nothing."""
        self._silent.discard(request.protocol)
        if not self._hosts.includes(request.host):
            return web.Response(status=421, text="This server is not called that.\n")
        try:
            return await handler(request)
        except web.HTTPException as refused:
            return web.Response(status=refused.status, text=NOBODY, content_type=HTML)

    def _origin(self, request: web.Request) -> str:
        """Returns the origin of our pages, as this browser has it: over TLS where a proxy speaks that for us."""
        host = request.host.lower()
        return f"{'https' if host == self._secure else 'http'}://{host}"

    def _socket_origin(self, request: web.Request) -> str:
        return "ws" + self._origin(request).removeprefix("http")

    def _place(self, request: web.Request) -> Place:
        """Returns whose link it is. Raises HTTPNotFound."""
        place = self._places.get(_digest(request.match_info["secret"]))
        if place is None:
            raise web.HTTPNotFound
        return place

    async def _add_security_headers(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        """Give what every response says. None is followed by another, whose request might never come to its end."""
        response.force_close()
        for name, value in headers(self._socket_origin(request)).items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = "coffeeshop"

    # ------------------------------------------------------------ what is given
    async def _file(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return web.Response(
            body=file.body,
            content_type=file.kind,
            headers={"Cache-Control": "max-age=600"},
        )

    async def _page(self, request: web.Request) -> web.Response:
        place = self._place(request)
        address = f"{self._socket_origin(request)}/{request.match_info['secret']}/ws"
        return web.Response(
            text=page(self._template, place.name, place.what, address), content_type=HTML
        )

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        place = self._place(request)
        if request.headers.get("Origin", "").lower() != self._origin(request):
            return web.Response(status=403, text="This page is not ours.\n")
        window = web.WebSocketResponse(
            heartbeat=HEARTBEAT, max_msg_size=LARGEST, compress=False
        )
        try:
            await window.prepare(request)
        except ValueError:  # a key that is not ASCII, which aiohttp does not expect
            raise web.HTTPBadRequest from None
        size = _size(request.query)
        session = await self._seat(place, window, size)
        if isinstance(session, Ending):
            await window.close(code=session.code, message=session.words.encode())
            return window
        try:
            await self._heard(window, session)
        finally:
            session.detach(window)
        return window

    async def _heard(self, window: web.WebSocketResponse, session: Session) -> None:
        async for came in window:
            command = message(came.data) if came.type is WSMsgType.TEXT else None
            if command is None:
                await window.close(
                    code=Ending.RUBBISH.code, message=Ending.RUBBISH.words.encode()
                )
            elif isinstance(command, Ping):
                await window.send_json(["pong", command.text])
            else:
                await session.take(command)

    # ------------------------------------------------------------- the sessions
    async def _seat(
        self, place: Place, window: web.WebSocketResponse, size: Size
    ) -> Session | Ending:
        """Show a learner's session in this window; where they have none, it begins."""
        async with self._doors.setdefault(place, asyncio.Lock()):
            session = self.sessions.get(place)
            if session is None:
                if not await self._room():
                    return Ending.FULL
                try:
                    session = await Session.begin(
                        place.program, size, lambda gone: self._forget(place, gone)
                    )
                except OSError:
                    return Ending.FAILED
                self.sessions[place] = session
            before = await session.attach(window, size)
        if isinstance(before, web.WebSocketResponse) and before is not window:
            await before.close(code=Ending.TAKEN.code, message=Ending.TAKEN.words.encode())
        return session

    async def _room(self) -> bool:
        """Tells whether there is room for one session more; who has been without a window for longest makes room."""
        if len(self.sessions) < self._limits.sessions:
            return True
        without = {
            place: session.lost
            for place, session in self.sessions.items()
            if session.lost is not None
        }
        if not without:
            return False
        await self.sessions[min(without, key=without.__getitem__)].end(Ending.IDLE)
        return len(self.sessions) < self._limits.sessions

    def _forget(self, place: Place, session: Session) -> None:
        if self.sessions.get(place) is session:
            del self.sessions[place]
        if session.wreck is not None:
            logging.getLogger(__name__).warning(
                "%s: the app %s", escape_line(place.name_for_teacher), session.wreck
            )

    async def _begin(self, _: web.Application) -> None:
        self._watching = asyncio.create_task(self._watch())

    async def _end(self, _: web.Application) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End all sessions; their pages try to come back."""
        self._watching.cancel()
        await asyncio.gather(
            *(session.end(Ending.STOPPED) for session in [*self.sessions.values()])
        )

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOKS)
            loop_time = asyncio.get_running_loop().time()
            idle = [
                session
                for session in self.sessions.values()
                if self._overdue(session, loop_time)
            ]
            await asyncio.gather(*(session.end(Ending.IDLE) for session in idle))

    def _overdue(self, session: Session, loop_time: float) -> bool:
        gone = session.lost is not None and loop_time - session.lost > self._limits.lost
        return gone or loop_time - session.heard > self._limits.idle


def _digest(secret: str) -> bytes:
    """Returns what a secret is looked up by: how long that takes tells nothing of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _size(query: Mapping[str, str]) -> Size:
    """Returns the size that a page asks for; what is none is 80 by 24."""
    size_words = (query.get("width", ""), query.get("height", ""))
    if not all(
        text.isascii() and text.isdecimal() and len(text) < 5 for text in size_words
    ):
        return Size(80, 24)
    width, height = map(int, size_words)
    return Size(max(1, min(width, 1000)), max(1, min(height, 500)))


@asynccontextmanager
async def listening(server: Server, host: str, port: int) -> AsyncGenerator[int]:
    """Serves until the block is left; gives the port. Raises OSError where nothing can listen there."""
    log = logging.getLogger(__name__)
    log.addFilter(_is_ours)
    runner = web.AppRunner(
        server.application(),
        access_log=None,
        logger=log,
        handle_signals=False,
        shutdown_timeout=2,
    )
    await runner.setup()
    try:
        own_server = runner.server
        assert own_server is not None, "it is set up"
        loop = asyncio.get_running_loop()
        with closing(
            await loop.create_server(
                lambda: server.expect_request(own_server()), host, port
            )
        ) as door:
            yield door.sockets[0].getsockname()[1]
    finally:
        await runner.cleanup()


def _is_ours(record: logging.LogRecord) -> bool:
    """Tells whether what aiohttp logs is a fault of ours: of what is no HTTP, and of who left, nobody is told."""
    return not (record.exc_info and isinstance(record.exc_info[1], THEIRS))


THEIRS = (HttpProcessingError, web.RequestPayloadError, ConnectionError)


async def serve(server: Server, host: str, port: int, tell: Callable[[int], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, and `tell` the port once browsers may come. Raises OSError."""
    stopped = asyncio.Event()
    call_on_signals(stopped.set, "SIGINT", "SIGTERM")
    async with listening(server, host, port) as taken:
        tell(taken)
        await stopped.wait()
