"""A proxy that signs people in names them in a header. It counts from the proxy's address only."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from click.testing import CliRunner

from coffeeshop.browser.live_page import LivePage
from coffeeshop.browser.places import Limits, Place
from coffeeshop.browser.server import Server, listening
from coffeeshop.browser.trusted_proxy import Doubt, StrangerError, TrustedProxy
from coffeeshop.browser.ways_in import WaysIn
from coffeeshop.cli import group
from tests.browser.windows import ANA, BEN, TEACHER, Echo, Reached, shown
from tests.tables import each_row

HEADER = "Remote-User"
ZOE = "Z" * 32


@asynccontextmanager
async def signed_in(
    tmp_path: Path,
    networks: Sequence[str] = ("127.0.0.0/8",),
    url: str = "",
    events: list[dict[str, str]] | None = None,
) -> AsyncGenerator[Reached]:
    """A server of Ana (a1) and Ben (B2) behind a proxy at these addresses."""
    places = {
        ANA: Place("Ana", "Coffeeshop", Echo(("Ana",), tmp_path), user="a1"),
        BEN: Place("Ben", "Coffeeshop", Echo(("Ben",), tmp_path), user="B2"),
    }
    ways_in = WaysIn(proxy=TrustedProxy(tuple(networks), HEADER))
    write_event = None if events is None else events.append
    pages = {TEACHER: LivePage(Echo((), tmp_path))}
    server = Server(places, Limits(), "127.0.0.1", url, write_event, pages, ways_in)
    door = listening(server.application(), "127.0.0.1", 0, server.expect_request)
    async with door as port, ClientSession() as http:
        yield Reached(http, port, server)


async def ask(
    reached: Reached, path: str, *users: str, **headers: str
) -> tuple[int, str, str]:
    """The status, the text and where the browser is sent."""
    rows = [("Host", reached.host), *((HEADER, user) for user in users), *headers.items()]
    async with reached.http.get(
        f"http://{reached.host}{path}", headers=rows, allow_redirects=False
    ) as answer:
        return answer.status, await answer.text(), answer.headers.get("Location", "")


async def test_somebody_whom_the_proxy_names_gets_their_own_play(tmp_path: Path):
    async with signed_in(tmp_path) as reached:
        for user, secret in (("a1", ANA), ("B2", BEN), ("b2", BEN), (" a1 ", ANA)):
            status, _, location = await ask(reached, "/", user)
            assert (status, location) == (303, f"http://{reached.host}/{secret}/"), user
        status, text, _ = await ask(reached, f"/{ANA}/", "a1")
        assert (status, "Ana" in text) == (200, True)
        window = await reached.open(ANA, **{HEADER: "a1"})
        await shown(window, "<Ana")
        await window.close()


async def test_nobody_else_gets_in_with_or_without_a_link(tmp_path: Path):
    events: list[dict[str, str]] = []
    async with signed_in(tmp_path, events=events) as reached:
        for path, users, doubt in (
            ("/", (), Doubt.NO_USER),
            ("/", ("",), Doubt.NO_USER),
            ("/", ("Ana",), Doubt.NOT_IN_CLASS),
            ("/", ("a1", "B2"), Doubt.SEVERAL_USERS),
            ("/", ("a1", "a1"), Doubt.SEVERAL_USERS),
            ("/", ("a1,B2",), Doubt.NOT_IN_CLASS),
            (f"/{ANA}/", (), Doubt.NO_USER),
            (f"/{ANA}/", ("B2",), Doubt.OTHER_LEARNER),
            (f"/{ANA}/ws", ("B2",), Doubt.OTHER_LEARNER),
        ):
            status, text, _ = await ask(reached, path, *users)
            told = doubt.value.replace("'", "&#x27;")
            assert (status, told in text) == (403, True), (path, users)
            assert events[-1] == {
                "level": "warning",
                "event": "stranger refused",
                "reason": doubt.code,
            }
        with pytest.raises(WSServerHandshakeError):
            await reached.open(ANA, **{HEADER: "B2"})
        assert "a1" not in json.dumps(events)


async def test_a_header_that_doesn_t_come_from_the_proxy_is_spoofed_and_refused(
    tmp_path: Path,
):
    events: list[dict[str, str]] = []
    async with signed_in(tmp_path, ["10.0.0.0/24", "::1"], events=events) as reached:
        forwarded = {"X-Forwarded-For": "10.0.0.7", "Forwarded": "for=10.0.0.7"}
        for path in ("/", f"/{ANA}/", f"/{ANA}/ws", f"/{TEACHER}/"):
            status, text, _ = await ask(reached, path, "a1", **forwarded)
            assert (status, "which signs you in" in text) == (403, True), path
            assert events[-1]["reason"] == "not from proxy"
        assert (await ask(reached, "/healthz"))[0] == 200
        assert reached.server.sessions == {}


class Joined:
    """A class that Zoe joined after the server started."""

    def __init__(self, folder: Path) -> None:
        self.place = Place("Zoe", "Coffeeshop", Echo(("Zoe",), folder), user="z3")

    def secrets(self) -> dict[str, str]:
        return {"a1": ANA, "z3": ZOE}

    def find_place(self, secret: str) -> Place | None:
        return self.place if secret == ZOE else None


async def test_who_joined_the_class_later_is_let_in_without_a_restart(tmp_path: Path):
    async with signed_in(tmp_path) as reached:
        assert (await ask(reached, "/", "z3"))[0] == 403
        ways_in = reached.server._ways_in
        reached.server._ways_in = ways_in._replace(directory=Joined(tmp_path))
        status, _, location = await ask(reached, "/", "z3")
        assert (status, location) == (303, f"http://{reached.host}/{ZOE}/")
        status, text, _ = await ask(reached, f"/{ZOE}/", "z3")
        assert (status, "Zoe" in text) == (200, True)
        assert (await ask(reached, f"/{ZOE}/", "a1"))[0] == 403
        assert (await ask(reached, "/", "nobody"))[0] == 403


async def test_a_learner_is_let_in_below_the_path_of_the_address(tmp_path: Path):
    async with signed_in(tmp_path, url="https://school.example/iam") as reached:
        status, _, location = await ask(reached, "/iam/", "a1")
        assert (status, location) == (303, f"http://{reached.host}/iam/{ANA}/")


@each_row(
    [
        ("10.0.0.7", True),
        ("::ffff:10.0.0.7", True),
        ("10.0.1.7", False),
        ("fd00::5", True),
        ("fd00::6", False),
        ("fe80::1%eth0", False),
        ("", False),
        (None, False),
        ("localhost", False),
    ]
)
def test_a_proxy_is_known_by_the_address_of_its_connection(
    peer: str | None, is_trusted: bool
):
    proxy = TrustedProxy(("10.0.0.0/24", "fd00::5"), HEADER)
    try:
        proxy.check_peer(peer)
    except StrangerError:
        assert not is_trusted
    else:
        assert is_trusted


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--trust-proxy", "127.0.0.1"], "needs a class"),
        (["--trust-proxy", "10.0.0.1/24"], "has host bits set"),
        (["--trust-proxy", "proxy.example"], "does not appear to be"),
        (["--trust-proxy", "::1", "--user-header", "a b"], "can't be the name of a header"),
    ],
)
def test_what_is_no_proxy_is_told(tmp_path: Path, words: list[str], told: str):
    env: dict[str, Any] = {"COFFEESHOP_DATA": str(tmp_path)}
    done = CliRunner().invoke(group, ["serve", *words], env=env)
    assert (done.exit_code, told in done.stderr) == (2, True)
