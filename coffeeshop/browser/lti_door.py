"""Let people in whom a learning platform sends, by LTI 1.3: learners into their play, teachers to the page of the class.

A login and its launch have to come from the same browser, which a cookie shows. Everything else about a login is in the
class's store. https://www.imsglobal.org/spec/security/v1p0
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from secrets import token_urlsafe
from typing import NamedTuple, Protocol
from urllib.parse import urlencode

from aiohttp import web

from coffeeshop.browser.lti_pages import answer_page, choice_page, refusal_page
from coffeeshop.browser.page import HTML_MEDIA_TYPE, headers
from coffeeshop.browser.places import Place
from coffeeshop.browser.session_log import LAUNCH_ACCEPTED
from coffeeshop.lti.deep_link import Activity, answer_claims, requested_choice
from coffeeshop.lti.launch import Launch, LaunchError, Refusal, check_launch
from coffeeshop.lti.login import authorization_address, login_request
from coffeeshop.lti.platform import Platform, origin_of
from coffeeshop.lti.platform_keys import PlatformKeys
from coffeeshop.lti.store import LtiStore
from coffeeshop.lti.tool_key import ToolKey
from coffeeshop.policy.problem import Problems
from coffeeshop.published_keys import KeysError

COOKIE_NAME = "coffeeshop-lti"
BROWSER_TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{32}")  # the value of the cookie
BROWSER_TOKEN_BYTES = 24  # random ones, in that
COOKIE_SECONDS = 3600  # seconds for which a browser keeps it
FORM_TIMEOUT = 10.0  # seconds in which a form has to come
FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
CLASS_UNREADABLE = "Coffeeshop can't read or write this class now. Tell your teacher."
Handler = Callable[[web.Request], Awaitable[web.Response]]
NoteLaunch = Callable[[str, str], None]


class Seat(NamedTuple):
    """Where somebody goes: the secret of a link, and a learner's place there. A teacher has no place."""

    secret: str
    place: Place | None


class Classroom(Protocol):
    """The class into which platforms send people. Its functions may take a while."""

    def seat(self, launch: Launch) -> Seat:
        """Return where somebody goes who was sent. A learner who isn't in the class yet is added to it.

        Raise LaunchError or Problems.
        """
        ...

    def activities(self) -> Sequence[Activity]:
        """Return what a teacher can choose. Raise Problems."""
        ...


class Host(Protocol):
    """The server to whose sessions this leads."""

    def base_address(self, request: web.Request) -> str:
        """Return the address of the server for browsers, without a slash at its end."""
        ...

    async def admit(self, secret: str, place: Place) -> str:
        """Serve a place under a secret from now on. Return the learner's name in the log."""
        ...


class LtiDoor:
    """Answers below /lti. `frames` are the origins of pages that can show this server's pages."""

    def __init__(
        self,
        store: LtiStore,
        load_key: Callable[[], ToolKey],
        classroom: Classroom,
        clock: Callable[[], float],
    ) -> None:
        """Prepare the door of one class. Raise Problems if the store can't be used.

        `load_key` returns the tool's key, and is called once, when it is needed. `clock` returns the time in seconds.
        """
        self._store = store
        self._load_key = load_key
        self._loaded_key: ToolKey | None = None
        self._classroom = classroom
        self._clock = clock
        self._platform_keys = PlatformKeys()
        self.frames: tuple[str, ...] = ()
        self._note_frames(store.platforms())

    def routes(
        self, prefix: str, public_prefix: str, host: Host, note_launch: NoteLaunch
    ) -> list[web.RouteDef]:
        """Return the routes below a prefix. Browsers find them below `public_prefix`.

        `note_launch` takes the outcome of a launch and the learner's name in the log, which can be "".
        """
        answers = _Answers(self, public_prefix, host, note_launch)
        return [
            web.get(f"{prefix}/lti/keys", answers.guard(answers.keys)),
            web.get(f"{prefix}/lti/login", answers.guard(answers.login)),
            web.post(f"{prefix}/lti/login", answers.guard(answers.login)),
            web.post(f"{prefix}/lti/launch", answers.guard(answers.launch)),
            web.post(f"{prefix}/lti/choose", answers.guard(answers.choose)),
        ]

    def public_keys(self) -> bytes:
        """Return the JWKS document of this tool. Raise Problems."""
        return self._key().public_keys()

    def _key(self) -> ToolKey:
        """Return the tool's key. Raise Problems."""
        if self._loaded_key is None:
            self._loaded_key = self._load_key()
        return self._loaded_key

    # ---------------------------------------------------- what takes a while, in a thread
    def begin_login(self, form: Mapping[str, str], browser: str, launch_url: str) -> str:
        """Begin a login, and return the platform's address for it. Raise LaunchError or Problems."""
        request = login_request(form, launch_url)
        platforms = self._store.platforms()
        self._note_frames(platforms)
        platform = self._store.find_platform(request["iss"], request.get("client_id", ""))
        if platform is None:
            raise LaunchError(Refusal.UNKNOWN_PLATFORM)
        state, login = self._store.begin_login(platform, browser, request, self._clock())
        return authorization_address(platform, login, state, request, launch_url)

    def check_launch(self, form: Mapping[str, str], browser: str) -> Launch:
        """Verify the launch that a browser posts, and return it. The same launch can't be used again.

        Raise LaunchError, Problems or KeysError.
        """
        if form.get("error"):
            raise LaunchError(Refusal.DENIED)
        token = form.get("id_token", "")
        state = form.get("state", "")
        if not token or not state:
            raise LaunchError(Refusal.WRONG_REQUEST)
        now = self._clock()
        login = self._store.find_login(state, now)
        platform = self._store.find_platform(login.issuer, login.client_id)
        if platform is None:
            raise LaunchError(Refusal.UNKNOWN_PLATFORM)

        def is_signed(token: str) -> bool:
            return self._platform_keys.is_signed_by(platform, token, now)

        launch = check_launch(token, login, platform, is_signed, now)
        if not self._store.is_login_of(state, browser):
            raise LaunchError(Refusal.OTHER_BROWSER)
        self._store.use_login(state)
        return launch

    def new_window_fields(self, state: str) -> dict[str, str]:
        """Return the fields with which a login begins again in a window of its own, or none."""
        return self._store.login_request(state)

    def seat(self, launch: Launch) -> Seat:
        """Return where somebody goes who was sent. Raise LaunchError or Problems."""
        return self._classroom.seat(launch)

    def begin_choice(self, launch: Launch, browser: str) -> tuple[str, Sequence[Activity]]:
        """Begin a choice, and return its code and what can be chosen. Raise LaunchError or Problems."""
        choice = requested_choice(launch)
        code = self._store.begin_choice(choice, browser, self._clock())
        return code, self._classroom.activities()

    def end_choice(
        self, form: Mapping[str, str], browser: str, launch_url: str
    ) -> tuple[str, str]:
        """End a choice. Return the address to answer to, and the answer. Raise LaunchError or Problems."""
        task = form.get("task", "")
        activities = {activity.task: activity for activity in self._classroom.activities()}
        if task not in activities:
            raise LaunchError(Refusal.NO_SUCH_TASK)
        choice = self._store.end_choice(form.get("code", ""), browser, self._clock())
        claims = answer_claims(choice, activities[task], launch_url, self._clock())
        return choice.return_url, self._key().sign(claims)

    def _note_frames(self, platforms: Sequence[Platform]) -> None:
        """Keep which pages can show ours."""
        origins = (origin for platform in platforms for origin in platform.frame_origins)
        self.frames = tuple(dict.fromkeys(origins))


class _Answers:
    """Answers requests below one prefix."""

    def __init__(
        self, door: LtiDoor, public_prefix: str, host: Host, note_launch: NoteLaunch
    ) -> None:
        self._door = door
        self._prefix = public_prefix
        self._host = host
        self._note_launch = note_launch

    def guard(self, handler: Handler) -> Handler:
        """Return a handler that shows a refusal as a page, and notes its reason."""

        async def answer(request: web.Request) -> web.Response:
            try:
                return await handler(request)
            except LaunchError as refused:
                refusal = refused.refusal
            except KeysError:
                refusal = Refusal.NO_KEYS
            except Problems as broken:
                self._note_launch(f"failed: {broken.problems[0].code}", "")
                return self._page(500, refusal_page(self._prefix, CLASS_UNREADABLE))
            self._note_launch(refusal.code, "")
            window = ""
            if refusal is Refusal.OTHER_BROWSER:
                window = await self._new_window(request)
            status = 503 if refusal is Refusal.NO_KEYS else 403
            return self._page(status, refusal_page(self._prefix, refusal.value, window))

        return answer

    async def keys(self, request: web.Request) -> web.Response:
        """Return the public key of this tool."""
        return web.Response(
            body=await asyncio.to_thread(self._door.public_keys),
            content_type="application/json",
            headers={"Cache-Control": "max-age=600"},
        )

    async def login(self, request: web.Request) -> web.Response:
        """Send a browser to its platform to log in."""
        if request.method == "GET":
            form = _single_texts(request.query.items())
        else:
            form = await _form(request)
        browser = _browser(request) or token_urlsafe(BROWSER_TOKEN_BYTES)
        launch_url = self._launch_url(request)
        address = await asyncio.to_thread(
            self._door.begin_login, form, _digest(browser), launch_url
        )
        response = web.Response(status=302, headers={"Location": address})
        # Third-party cookies may be blocked: a partitioned one still works in the platform's frame.
        response.headers["Set-Cookie"] = (
            f"{COOKIE_NAME}={browser}; Path={self._prefix}/lti; Max-Age={COOKIE_SECONDS};"
            " HttpOnly; Secure; SameSite=None; Partitioned"
        )
        return response

    async def launch(self, request: web.Request) -> web.Response:
        """Let a person in whom a platform sent."""
        form = await _form(request)
        browser = _digest(_browser(request))
        launch = await asyncio.to_thread(self._door.check_launch, form, browser)
        if launch.settings is not None:
            code, activities = await asyncio.to_thread(
                self._door.begin_choice, launch, browser
            )
            self._note_launch(LAUNCH_ACCEPTED, "")
            text = choice_page(self._prefix, code, activities)
            return self._page(200, text, ("'self'",))
        secret, place = await asyncio.to_thread(self._door.seat, launch)
        name = await self._host.admit(secret, place) if place else ""
        self._note_launch(LAUNCH_ACCEPTED, name)
        address = f"{self._host.base_address(request)}/{secret}/"
        return web.Response(status=303, headers={"Location": address})

    async def choose(self, request: web.Request) -> web.Response:
        """Send a teacher's choice back to the platform."""
        form = await _form(request)
        return_url, token = await asyncio.to_thread(
            self._door.end_choice,
            form,
            _digest(_browser(request)),
            self._launch_url(request),
        )
        page = answer_page(self._prefix, return_url, token)
        return self._page(200, page, (origin_of(return_url),))

    def _page(self, status: int, text: str, forms: Sequence[str] = ()) -> web.Response:
        """Return a page. Its forms can be sent to the origins `forms` only."""
        name = "Content-Security-Policy"
        policy = headers("", self._door.frames, forms)[name]
        return web.Response(
            status=status, text=text, content_type=HTML_MEDIA_TYPE, headers={name: policy}
        )

    def _launch_url(self, request: web.Request) -> str:
        """Return the address to which platforms send launches."""
        return f"{self._host.base_address(request)}/lti/launch"

    async def _new_window(self, request: web.Request) -> str:
        """Return an address that begins a refused launch again, or "". A new window has its own cookies."""
        state = (await _form(request)).get("state", "")
        fields = await asyncio.to_thread(self._door.new_window_fields, state)
        if not fields:
            return ""
        base = self._host.base_address(request)
        return f"{base}/lti/login?{urlencode(fields)}"


async def _form(request: web.Request) -> Mapping[str, str]:
    """Return the fields of the form in a request. Raise LaunchError if the request has no form."""
    if request.content_type != FORM_MEDIA_TYPE:
        raise LaunchError(Refusal.WRONG_REQUEST)
    try:
        async with asyncio.timeout(FORM_TIMEOUT):
            fields = await request.post()
    except (TimeoutError, ValueError, LookupError):  # ValueError: bytes that aren't text
        raise LaunchError(Refusal.WRONG_REQUEST) from None
    return _single_texts(fields.items())


def _single_texts(fields: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return the fields of a form or a query. Raise LaunchError if one is there twice, or is no text."""
    texts = dict[str, str]()
    for name, value in fields:
        if name in texts or not isinstance(value, str):
            raise LaunchError(Refusal.WRONG_REQUEST)
        if any(map(_is_unstorable, value)):
            raise LaunchError(Refusal.WRONG_REQUEST)
        texts[name] = value
    return texts


def _is_unstorable(character: str) -> bool:
    """Return whether a character is half of one, which no file can hold, or NUL, which no database can."""
    return "\ud800" <= character <= "\udfff" or character == "\0"


def _browser(request: web.Request) -> str:
    """Return the cookie by which a browser is known, or ""."""
    value = request.cookies.get(COOKIE_NAME, "")
    return value if BROWSER_TOKEN_PATTERN.fullmatch(value) else ""


def _digest(browser: str) -> str:
    """Return the hash of a browser's cookie, as the store keeps it. Without a cookie, it is ""."""
    return hashlib.sha256(browser.encode()).hexdigest() if browser else ""
