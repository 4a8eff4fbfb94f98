"""A kept class that is served, a simulated learning platform, and a browser that goes from one to the other."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, CookieJar, DummyCookieJar
from click.testing import CliRunner

from coffeeshop.browser.places import Limits, Place
from coffeeshop.browser.server import Server, listening
from coffeeshop.classroom.kept_class import KeptClass, read_class
from coffeeshop.cli import group
from coffeeshop.cli.class_ways import ClassWays, class_ways_in, member_places
from coffeeshop.cli.lti_files import lti_store
from coffeeshop.lti.store import LtiStore
from tests.lti.simulated_platform import CLIENT, SimulatedPlatform, query_of, signed

assert (
    CookieJar
)  # the cookies of these tests are carried by hand: they are secure, and this is HTTP
PAGE = "P" * 32
ROSTER = "learner,name,email\ns1,Ana Ames,ana@x.example\ns2,Ben Bow,ben@x.example\n"


def ok(*line: str) -> str:
    """Run a command that must succeed, and return what it prints."""
    done = CliRunner().invoke(group, [*line])
    assert done.exit_code == 0, done.output
    return done.stdout


class Step:
    """What a browser got: the status, the text, the headers, and where it is sent."""

    def __init__(self, status: int, text: str, headers: Any) -> None:
        self.status = status
        self.text = text
        self.headers = headers
        self.location = headers.get("Location", "")

    @property
    def cookie(self) -> str:
        """The cookie, as the browser sends it back."""
        jar = SimpleCookie(self.headers["Set-Cookie"].replace("; Partitioned", ""))
        return "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())


class School:
    """A served class, its platform, and one browser."""

    def __init__(
        self, platform: SimulatedPlatform, server: Server, http: ClientSession
    ) -> None:
        self.platform = platform
        self.server = server
        self.http = http
        self.base = ""
        self.events: list[dict[str, str]] = []

    @property
    def store(self) -> LtiStore:
        return lti_store("IAM-101")

    @property
    def kept(self) -> KeptClass:
        return read_class(Path("data/classes/IAM-101.class.sqlite3"))

    async def ask(self, method: str, path: str, cookie: str = "", **more: Any) -> Step:
        """Ask as a browser does, which doesn't follow a redirect yet."""
        headers = {"Host": urlsplit(self.base).netloc, **more.pop("headers", {})}
        if cookie:
            headers["Cookie"] = cookie
        address = path if "://" in path else f"{self.base}{path}"
        async with self.http.request(
            method, address, headers=headers, allow_redirects=False, **more
        ) as answer:
            return Step(answer.status, await answer.text(), answer.headers)

    def login_fields(self, **changes: str) -> dict[str, str]:
        """What a platform begins a login with."""
        return {
            "iss": self.platform.url,
            "login_hint": "hint-1",
            "target_link_uri": f"{self.base}/lti/launch",
            "lti_message_hint": "message-1",
            "client_id": CLIENT,
            **changes,
        }

    async def login(self, method: str = "GET", cookie: str = "", **changes: str) -> Step:
        """Begin a login."""
        fields = self.login_fields(**changes)
        given = {"params": fields} if method == "GET" else {"data": fields}
        return await self.ask(method, "/lti/login", cookie, **given)

    async def launch(self, kind: str = "claims", **changes: Any) -> Step:
        """Log in and launch, as it should be."""
        login = await self.login()
        fields = query_of(login.location)
        claims = getattr(self.platform, kind)(fields["nonce"], time.time(), **changes)
        form = {"id_token": signed(claims), "state": fields["state"]}
        return await self.ask("POST", "/lti/launch", login.cookie, data=form)

    def place_at(self, location: str) -> Place:
        """The place that a link opens."""
        from coffeeshop.browser.server import _digest

        secret = urlsplit(location).path.strip("/").rpartition("/")[2]
        return self.server._places[_digest(secret)]


@asynccontextmanager
async def school(tmp_path: Path, monkeypatch: Any, url: str = "") -> AsyncGenerator[School]:
    """Serve a class of two learners with the assignment 05, to which a platform is registered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    Path("class.csv").write_text(ROSTER)
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    ok("class", "assign", "05", "--points", "20")
    async with (
        SimulatedPlatform().running() as platform,
        ClientSession(cookie_jar=DummyCookieJar()) as http,
    ):
        register(platform)
        kept = read_class(Path("data/classes/IAM-101.class.sqlite3"))
        ways = ClassWays(kept, "Coffeeshop", ("play", "--class=IAM-101"))
        places = member_places(ways, kept.roster.learners)
        ways_in = class_ways_in(ways, PAGE)._replace(score_runner=None)
        events: list[dict[str, str]] = []
        server = Server(places, Limits(), "127.0.0.1", url, events.append, None, ways_in)
        assert ways_in.lti is not None
        platform.tool_keys = ways_in.lti.public_keys()
        async with listening(server.application(), "127.0.0.1", 0) as port:
            reached = School(platform, server, http)
            prefix = urlsplit(url).path.rstrip("/")
            reached.base = f"http://127.0.0.1:{port}{prefix}"
            reached.events = events
            yield reached


def register(platform: SimulatedPlatform, *more: str) -> str:
    """Register the platform as a teacher does."""
    row = platform.registration
    words = ["--issuer", row.issuer, "--client", row.client_id, "--auth", row.auth]
    words += ["--deployment", row.deployments[0], "--token", row.token, "--keys", row.keys]
    return ok("class", "lti", "add", *words, *more)
