"""Let each browser into its own learner's session, by the secret in the link. Only this module needs aiohttp.

Requests from other sites are refused before they reach a session. The Host must be ours (DNS rebinding). The Origin must
match the Host, because any page can open a websocket (RFC 6455, 10.2).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError

from coffeeshop.browser.endings import Ending
from coffeeshop.browser.live_page import REFRESH_SECONDS, LivePage
from coffeeshop.browser.messages import MAX_MESSAGE_BYTES, Ping, Size, message
from coffeeshop.browser.page import (
    HTML_MEDIA_TYPE,
    assets,
    files,
    headers,
    message_page,
    no_page,
    page,
)
from coffeeshop.browser.places import Limits, Place
from coffeeshop.browser.session import Session
from coffeeshop.browser.session_log import METRICS_MEDIA_TYPE, SessionLog, WriteEvent
from coffeeshop.browser.trusted_proxy import (
    Doubt,
    StrangerError,
    matching_user,
)
from coffeeshop.browser.ways_in import WaysIn
from coffeeshop.harmless import escape_line
from coffeeshop.hosts import ServedHosts
from coffeeshop.policy.problem import Problems
from coffeeshop.process_signals import call_on_signals

CHECK_INTERVAL = 2.0  # seconds between two checks for sessions that nobody uses
HEARTBEAT_SECONDS = 15.0  # seconds in which a browser answers, or is lost
REQUEST_TIMEOUT = 30.0  # seconds in which a connection's request has to come
LARGEST_FORM = 128 * 1024  # bytes: a launch is a form
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Serves places by their secrets and keeps their sessions.

    `host` is the address to listen on. `url` is the public address, or "" if it is the same. `sessions` has the running
    sessions by place. `log` counts them.
    """

    def __init__(
        self,
        places: Mapping[str, Place],
        limits: Limits,
        host: str,
        url: str = "",
        write_event: WriteEvent | None = None,
        live_pages: Mapping[str, LivePage] | None = None,
        ways_in: WaysIn | None = None,
    ) -> None:
        """Prepare a server of these places, by their secrets.

        `url` is its address for browsers, if a proxy gives it another. It can have a path: a proxy may pass it on or remove it.
        `write_event` takes each event of a session, without its time. `live_pages` are a teacher's pages, by their secrets.
        """
        self._ways_in = ways_in or WaysIn()
        self._places = {_digest(secret): place for secret, place in places.items()}
        self._secrets = {
            place.user: secret for secret, place in places.items() if place.user
        }
        self._log_names = {
            place: place.log_name or _digest(secret).hex()[:12]
            for secret, place in places.items()
        }
        self._live_pages = {
            _digest(secret): page for secret, page in (live_pages or {}).items()
        }
        self._limits = limits
        self._logs_crashes = write_event is None
        self.log = SessionLog(limits.sessions, write_event)
        self._prefix = urlsplit(url).path.rstrip("/")
        if url.startswith("https:"):
            self._secure = urlsplit(url).netloc.lower()
        else:
            self._secure = ""
        self._hosts = ServedHosts(host, (urlsplit(url).hostname or "",))
        self.sessions: dict[Place, Session] = {}
        self._doors: dict[Place, asyncio.Lock] = {}
        # Connections on which no request has come yet.
        self._silent_connections: set[asyncio.Protocol] = set()
        self._files, self._template = files(), (assets() / "page.html").read_text("utf-8")

    def application(self) -> web.Application:
        """Return the aiohttp application."""

        @web.middleware
        async def guard_request(
            request: web.Request, handler: Handler
        ) -> web.StreamResponse:
            return await self._guard(request, handler)

        application = web.Application(
            middlewares=[guard_request], client_max_size=LARGEST_FORM
        )
        application.on_response_prepare.append(self._add_security_headers)
        application.on_startup.append(self._begin)
        application.on_shutdown.append(self._end)
        for prefix in sorted({"", self._prefix}):
            if (lti := self._ways_in.lti) is not None:
                routes = lti.routes(prefix, self._prefix, self, self.log.note_launch)
                application.add_routes(routes)
            application.add_routes(
                [
                    web.get(f"{prefix}/healthz", self._health),
                    web.get(f"{prefix}/", self._enter),
                    web.get(f"{prefix}/static/{{name:.+}}", self._file),
                    web.get(f"{prefix}/{{secret}}/ws", self._socket),
                    web.get(f"{prefix}/{{secret}}/", self._page),
                    web.get(f"{prefix}/{{secret}}", self._page),
                ]
            )
        return application

    def status_application(self) -> web.Application:
        """Return the application for the server's administrator: /healthz, and /metrics for Prometheus."""
        application = web.Application(client_max_size=1024)
        application.add_routes(
            [web.get("/healthz", self._health), web.get("/metrics", self._metrics)]
        )
        return application

    # -------------------------------------------------------------- who may ask
    def expect_request(self, connection: web.RequestHandler) -> web.RequestHandler:
        """Return a new connection, and close it if no request comes within REQUEST_TIMEOUT seconds."""

        def tire() -> None:
            if connection in self._silent_connections:
                self._silent_connections.remove(connection)
                connection.force_close()

        self._silent_connections.add(connection)
        asyncio.get_running_loop().call_later(REQUEST_TIMEOUT, tire)
        return connection

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle a request whose Host is ours. Refuse others. Errors show a page without details."""
        self._silent_connections.discard(request.protocol)
        if not self._hosts.accepts_host_header(request.host):
            return web.Response(
                status=421, text="This server can't be used under that host name.\n"
            )
        try:
            return await handler(request)
        except StrangerError as stranger:
            self.log.note_stranger(stranger.doubt.code)
            text = message_page(self._prefix, stranger.doubt.value)
            return web.Response(status=403, text=text, content_type=HTML_MEDIA_TYPE)
        except web.HTTPException as refused:
            nothing = no_page(self._prefix)
            return web.Response(
                status=refused.status, text=nothing, content_type=HTML_MEDIA_TYPE
            )

    def _origin(self, request: web.Request) -> str:
        """Return the origin of our pages for this request. It is https if a proxy adds TLS at `url`."""
        host = request.host.lower()
        return f"{'https' if host == self._secure else 'http'}://{host}"

    def base_address(self, request: web.Request) -> str:
        """Return the address of the server for browsers, without a slash at its end."""
        return f"{self._origin(request)}{self._prefix}"

    def _socket_origin(self, request: web.Request) -> str:
        """Return the origin of a page's websocket."""
        return "ws" + self._origin(request).removeprefix("http")

    async def _place(self, request: web.Request) -> Place:
        """Return the place of a link.

        Raise HTTPNotFound if the secret is unknown. With a proxy, raise StrangerError if the link isn't its user's.
        """
        user = await self._user(request)
        secret = request.match_info["secret"]
        digest = _digest(secret)
        if self._ways_in.directory is not None:
            with suppress(Problems):
                find_place = self._ways_in.directory.find_place
                place = await asyncio.to_thread(find_place, secret)
                # Another server may have let the learner into another assignment.
                if place is not None and place != self._places.get(digest):
                    await self.admit(secret, place)
        if digest not in self._places:
            raise web.HTTPNotFound
        place = self._places[digest]
        if user is not None and place.user != user:
            raise StrangerError(Doubt.OTHER_LEARNER)
        return place

    async def _user(self, request: web.Request) -> str | None:
        """Return the id of the learner who signed in at the proxy, or None if there is no proxy.

        Raise StrangerError if the learner isn't in the class.
        """
        proxy = self._ways_in.proxy
        if proxy is None:
            return None
        name = proxy.user_of(request.remote, request.headers.getall(proxy.header, []))
        user = matching_user(name, self._secrets)
        if user is None and self._ways_in.directory is not None:
            with suppress(Problems):
                secrets = await asyncio.to_thread(self._ways_in.directory.secrets)
                self._secrets = {**secrets}
                user = matching_user(name, secrets)
        if user is None:
            raise StrangerError(Doubt.NOT_IN_CLASS)
        return user

    async def _enter(self, request: web.Request) -> web.Response:
        """Redirect a learner who signed in at the proxy to their own secret link.

        Raise StrangerError if the learner isn't in the class, or HTTPNotFound if there is no proxy.
        """
        user = await self._user(request)
        if user is None:
            raise web.HTTPNotFound
        address = f"{self.base_address(request)}/{self._secrets[user]}/"
        return web.Response(status=303, headers={"Location": address})

    async def _add_security_headers(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        """Add the headers of every response, and close the connection after it.

        A second request on the same connection might never be complete.
        """
        response.force_close()
        if not isinstance(response, web.WebSocketResponse):
            # Otherwise a proxy could send the next form on a connection that is being closed.
            response.headers["Connection"] = "close"
        for name, value in headers(self._socket_origin(request), self._frames).items():
            response.headers.setdefault(name, value)
        response.headers["Server"] = "coffeeshop"

    # ------------------------------------------------------------ what is given
    async def _health(self, request: web.Request) -> web.Response:
        """Say that the server answers."""
        return web.Response(text="ok\n")

    async def _metrics(self, request: web.Request) -> web.Response:
        """Return the counters of the sessions in Prometheus's text format."""
        return web.Response(
            body=self.log.metrics(), headers={"Content-Type": METRICS_MEDIA_TYPE}
        )

    async def _file(self, request: web.Request) -> web.Response:
        """Return a file below /static/. Raise HTTPNotFound if there is none."""
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return web.Response(
            body=file.body,
            content_type=file.kind,
            headers={"Cache-Control": "max-age=600"},
        )

    async def _page(self, request: web.Request) -> web.Response:
        """Return the page that shows a place's session and connects to it by a WebSocket, or a teacher's page."""
        live_page = self._live_pages.get(_digest(request.match_info["secret"]))
        if live_page is not None:
            if self._ways_in.proxy is not None:
                self._ways_in.proxy.check_peer(request.remote)
            return await self._live_page(live_page)
        place = await self._place(request)
        base = f"{self._socket_origin(request)}{self._prefix}"
        address = f"{base}/{request.match_info['secret']}/ws"
        text = page(self._template, place.name, place.what, address, self._prefix)
        return web.Response(text=text, content_type=HTML_MEDIA_TYPE)

    async def _live_page(self, live_page: LivePage) -> web.Response:
        """Return a teacher's page of the class as it is now. The browser asks for it again by itself."""
        players = sorted(place.name_for_teacher for place in self.sessions)
        html = await live_page.html(players)
        again = {"Refresh": str(REFRESH_SECONDS)}
        if not html:
            text = (
                "The page can't be created now. The server tries again in half a minute.\n"
            )
            return web.Response(status=503, text=text, headers=again)
        return web.Response(text=html, content_type=HTML_MEDIA_TYPE, headers=again)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        """Connect a page's websocket to its learner's session until either ends."""
        place = await self._place(request)
        if request.headers.get("Origin", "").lower() != self._origin(request):
            return web.Response(
                status=403, text="This request came from a page of another site.\n"
            )
        window = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_MESSAGE_BYTES, compress=False
        )
        try:
            await window.prepare(request)
        except ValueError:  # aiohttp does not expect a key that is not ASCII
            raise web.HTTPBadRequest from None
        size = _size(request.query)
        session = await self._open_session(place, window, size)
        if isinstance(session, Ending):
            await window.close(code=session.code, message=session.words.encode())
            return window
        try:
            await self._take_messages(window, session)
        finally:
            session.detach(window)
        return window

    async def _take_messages(self, window: web.WebSocketResponse, session: Session) -> None:
        """Pass each message of a page to its session. Close the window at an invalid message."""
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
    async def admit(self, secret: str, place: Place) -> str:
        """Serve a place under a secret from now on. Return the learner's name in the log.

        If another place had the secret, its session ends: a learner plays in one session.
        """
        digest = _digest(secret)
        former_place = self._places.get(digest)
        self._places[digest] = place
        self._log_names[place] = place.log_name or digest.hex()[:12]
        if former_place is not None and former_place != place:
            session = self.sessions.get(former_place)
            if session is not None:
                await session.end(Ending.TAKEN)
        return self._log_names[place]

    @property
    def _frames(self) -> tuple[str, ...]:
        """Return the origins of pages that can show ours."""
        return () if self._ways_in.lti is None else self._ways_in.lti.frames

    async def _keep_file(self, place: Place, text: str) -> None:
        """Keep a file that a learner handed in, to be graded."""
        runner = self._ways_in.score_runner
        if runner is not None and place.folder:
            try:
                await runner.keep_hand_in(place.folder, text)
            except OSError as wrong:
                reason = wrong.strerror or wrong
                logging.getLogger(__name__).warning("a hand-in can't be saved: %s", reason)

    async def _open_session(
        self, place: Place, window: web.WebSocketResponse, size: Size
    ) -> Session | Ending:
        """Show a learner's session in this window, and start it if there is none.

        Return an Ending if it can't start.
        """
        async with self._doors.setdefault(place, asyncio.Lock()):
            session = self.sessions.get(place)
            if session is not None:
                self.log.note_return(self._log_names[place])
            else:
                if not await self._make_room():
                    self.log.note_refusal(self._log_names[place])
                    return Ending.FULL
                try:
                    session = await Session.begin(
                        place.program,
                        size,
                        lambda gone: self._forget(place, gone),
                        lambda _, text: self._keep_file(place, text),
                    )
                except OSError:
                    return Ending.FAILED
                self.sessions[place] = session
                self.log.note_start(self._log_names[place])
            before = await session.attach(window, size)
        if isinstance(before, web.WebSocketResponse) and before is not window:
            await before.close(code=Ending.TAKEN.code, message=Ending.TAKEN.words.encode())
        return session

    async def _make_room(self) -> bool:
        """Return whether another session can start.

        If all places are taken, end the session that has been without a window longest.
        """
        if len(self.sessions) < self._limits.sessions:
            return True
        without = {
            place: session.window_lost_at
            for place, session in self.sessions.items()
            if session.window_lost_at is not None
        }
        if not without:
            return False
        await self.sessions[min(without, key=without.__getitem__)].end(Ending.REPLACED)
        return len(self.sessions) < self._limits.sessions

    def _forget(self, place: Place, session: Session) -> None:
        """Remove a session that ended, and log why, and how it crashed."""
        if self.sessions.get(place) is session:
            del self.sessions[place]
        ending = session.ending or Ending.STOPPED
        self.log.note_end(self._log_names[place], ending, session.crash)
        if session.crash is not None and self._logs_crashes:
            logging.getLogger(__name__).warning(
                "%s: the app %s", escape_line(place.name_for_teacher), session.crash
            )

    async def _begin(self, _: web.Application) -> None:
        """Start to watch the sessions, once the server runs."""
        self._watching = asyncio.create_task(self._watch())
        if self._ways_in.score_runner is not None:
            self._ways_in.score_runner.start()

    async def _end(self, _: web.Application) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End all sessions. Their pages try to reconnect."""
        self._watching.cancel()
        if self._ways_in.score_runner is not None:
            self._ways_in.score_runner.stop()
        await asyncio.gather(
            *(session.end(Ending.STOPPED) for session in [*self.sessions.values()])
        )

    async def _watch(self) -> None:
        """End sessions that nobody uses, every CHECK_INTERVAL seconds."""
        while True:
            await asyncio.sleep(CHECK_INTERVAL)
            loop_time = asyncio.get_running_loop().time()
            ended = [
                (session, ending)
                for session in self.sessions.values()
                if (ending := self._overdue_ending(session, loop_time))
            ]
            await asyncio.gather(*(session.end(ending) for session, ending in ended))

    def _overdue_ending(self, session: Session, loop_time: float) -> Ending | None:
        """Return why a session has to end: no window or no key for too long. Return None if it can go on."""
        lost_at = session.window_lost_at
        if lost_at is not None and loop_time - lost_at > self._limits.lost:
            return Ending.LOST
        if loop_time - session.last_key_at > self._limits.idle:
            return Ending.IDLE
        return None


def _digest(secret: str) -> bytes:
    """Return the hash of a secret, for its lookup. The time of a lookup by hash reveals nothing about the secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _size(query: Mapping[str, str]) -> Size:
    """Return the terminal size in a page's query, or 80 by 24 if it is invalid."""
    size_words = (query.get("width", ""), query.get("height", ""))
    if not all(
        text.isascii() and text.isdecimal() and len(text) < 5 for text in size_words
    ):
        return Size(80, 24)
    width, height = map(int, size_words)
    return Size(max(1, min(width, 1000)), max(1, min(height, 500)))


@asynccontextmanager
async def listening(
    application: web.Application,
    host: str,
    port: int,
    expect_request: Callable[[web.RequestHandler], web.RequestHandler] = lambda it: it,
) -> AsyncGenerator[int]:
    """Serve an application until the block ends, and give the port. Raise OSError if the port can't be opened.

    `expect_request` is called with each new connection.
    """
    log = logging.getLogger(__name__)
    log.addFilter(_is_ours)
    runner = web.AppRunner(
        application,
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
            await loop.create_server(lambda: expect_request(own_server()), host, port)
        ) as door:
            yield door.sockets[0].getsockname()[1]
    finally:
        await runner.cleanup()


def _is_ours(record: logging.LogRecord) -> bool:
    """Return whether a logged error is our fault. Invalid HTTP and lost connections aren't."""
    return not (record.exc_info and isinstance(record.exc_info[1], CLIENT_ERRORS))


CLIENT_ERRORS = (HttpProcessingError, web.RequestPayloadError, ConnectionError)


async def serve(
    server: Server,
    host: str,
    port: int,
    tell: Callable[[int], None],
    status: tuple[str, int] | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Call `tell` with the port once the server listens. `status` is the host and port for /healthz and /metrics. Raise OSError
    if it can't listen.
    """
    stopped = asyncio.Event()
    call_on_signals(stopped.set, "SIGINT", "SIGTERM")
    async with AsyncExitStack() as doors:
        taken = await doors.enter_async_context(
            listening(server.application(), host, port, server.expect_request)
        )
        if status is not None:
            await doors.enter_async_context(listening(server.status_application(), *status))
        tell(taken)
        await stopped.wait()
