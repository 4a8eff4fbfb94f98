"""The server lets each browser into its own learner's session, and nobody into anybody else's."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError

from coffeeshop.browser import server as serving
from coffeeshop.browser.endings import Ending
from coffeeshop.browser.live_page import LivePage
from coffeeshop.browser.messages import MAX_MESSAGE_BYTES, Stdin
from coffeeshop.browser.server import Limits
from coffeeshop.browser.session import Program
from coffeeshop.hosts import network_address
from tests.browser.windows import (
    ANA,
    BEN,
    PATIENCE,
    TEACHER,
    Broken,
    Reached,
    end,
    served,
    shown,
    typed,
)


# ------------------------------------------------------------------------ the page
async def test_a_link_leads_to_a_page_that_says_who_and_what_and_asks_nobody_else(
    tmp_path: Path,
):
    async with served(tmp_path) as reached:
        status, text, headers = await reached.get(f"/{ANA}/")
        assert (status, "<title>Ana · Coffeeshop</title>" in text) == (200, True)
        assert f'"ws://{reached.host}/{ANA}/ws"' in text
        assert BEN not in text
        addresses = [
            part.split('"')[0]
            for part in text.split('src="')[1:] + text.split('href="')[1:]
        ]
        for address in addresses:
            assert address == "data:," or (await reached.get(address))[0] == 200
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


async def test_a_name_is_text_and_no_markup(tmp_path: Path):
    names = ('</title><script>alert("1")</script>', "$socket \x1b]0;x\x07 ' onload='x")
    async with served(tmp_path, names=names) as reached:
        _, first, _ = await reached.get(f"/{ANA}/")
        _, second, _ = await reached.get(f"/{BEN}/")
    assert "<script>alert" not in first
    assert "&lt;/title&gt;&lt;script&gt;" in first
    assert "\x1b" not in second
    assert "onload='x" not in second
    assert "$socket" in second


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/ws",
        "/static/",
        "/static/page.html",
        "/static/../page.html",
        "/static/..%2f..%2fNOTICE",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static/js/../../server.py",
        f"/{ANA[:-1]}/",
        f"/{ANA}x",
        f"/{ANA.lower()}/",
        f"/{ANA}/../{BEN}x/",
        f"/{ANA}/links.json",
        f"//{ANA}//",
        "/%00/",
        "/%ff%fe/",
        f"/{'x' * 5000}/",
    ],
)
async def test_every_other_address_is_nothing_and_tells_nothing(tmp_path: Path, path: str):
    async with (
        served(tmp_path) as reached,
        reached.http.get(f"http://{reached.host}/", headers={}) as nothing,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", reached.port)
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {reached.host}\r\nConnection: close\r\n\r\n".encode()
        )
        said = (await reader.read()).decode()
        writer.close()
        assert nothing.status == 404
        assert said.split()[1] == "404"
        assert "Ana" not in said
        assert "Ben" not in said


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n"
        + b"\x1f\x8b\x08\0"
        + b"\xff" * 16,
    ],
    ids=["tls", "path", "header", "length", "chunk", "gzip"],
)
async def test_what_is_no_http_is_answered_and_nobody_else_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, sent: bytes
):
    async with served(tmp_path) as reached:
        reader, writer = await asyncio.open_connection("127.0.0.1", reached.port)
        writer.write(sent)
        assert (await reader.readline()).split()[1].startswith(b"4")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    assert not caplog.records


@pytest.mark.parametrize("key", ["\xfc" * 24, "x", ""])
async def test_a_websocket_with_a_key_that_is_none_is_answered_and_nobody_else_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str
):
    async with served(tmp_path) as reached:
        asked = f"GET /{ANA}/ws HTTP/1.1\r\nHost: {reached.host}\r\nOrigin: http://{reached.host}\r\n"
        asked += f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", reached.port)
        writer.write(asked.encode("latin-1"))
        assert (await reader.readline()).split()[1] == b"400"
        writer.close()
    assert not caplog.records


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"", b"GET /x HTTP/1.1\r\nHost: "])
async def test_a_connection_on_which_no_request_comes_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
):
    monkeypatch.setattr(serving, "REQUEST_TIMEOUT", 0.01)
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        reader, writer = await asyncio.open_connection("127.0.0.1", reached.port)
        writer.write(sent)
        assert await reader.read() == b""
        writer.close()
        await typed(window, "still here")
        await shown(window, "still here")


@pytest.mark.parametrize(
    "path", [f"/{ANA}/", f"/{ANA}/ws", "/nothing", "/static/page.html"]
)
async def test_no_request_waits_behind_another(tmp_path: Path, path: str):
    async with served(tmp_path) as reached:
        reader, writer = await asyncio.open_connection("127.0.0.1", reached.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {reached.host}\r\n\r\n".encode())
        assert b"HTTP/1.1" in await reader.read()
        writer.close()


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "[::1",
        "a@b:x",
        "evil@localhost",
        "localhost/evil",
        "127.0.0.1?evil",
        "127.0.0.1#",
        "",
    ],
)
async def test_a_host_that_is_not_ours_is_told_nothing(tmp_path: Path, host: str):
    async with served(tmp_path) as reached:
        status, text, _ = await reached.get(f"/{ANA}/", Host=host)
        assert (status, "Ana" in text) == (421, False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "SHOP.example.org"])
async def test_our_own_names_are_ours(tmp_path: Path, host: str):
    async with served(tmp_path) as reached:
        assert (await reached.get(f"/{ANA}/", Host=f"{host}:{reached.port}"))[0] == 200


@pytest.mark.parametrize(("listens", "status"), [("127.0.0.1", 421), ("0.0.0.0", 200)])
async def test_another_address_is_ours_where_others_are_served(
    tmp_path: Path, listens: str, status: int
):
    async with served(tmp_path, host=listens) as reached:
        assert (await reached.get(f"/{ANA}/", Host="192.0.2.7:4518"))[0] == status


async def test_behind_a_proxy_the_page_is_the_proxy_s_and_its_websocket_is_encrypted(
    tmp_path: Path,
):
    named = {"Host": "shop.example.org"}
    async with served(tmp_path) as reached:
        assert (
            f'"wss://shop.example.org/{ANA}/ws"'
            in (await reached.get(f"/{ANA}/", **named))[1]
        )
        with pytest.raises(WSServerHandshakeError):
            await reached.open(ANA, **named, Origin="http://shop.example.org")
        await shown(
            await reached.open(ANA, **named, Origin="https://shop.example.org"), "attach"
        )


@pytest.mark.parametrize("prefix", ["/iam", ""])  # passed on, or removed by the proxy
async def test_below_a_path_of_a_proxy_the_page_finds_its_files_and_its_websocket(
    tmp_path: Path, prefix: str
):
    named = {"Host": "school.example"}
    async with served(tmp_path, url="https://school.example/iam") as reached:
        _, text, _ = await reached.get(f"{prefix}/{ANA}/", **named)
        assert f'"wss://school.example/iam/{ANA}/ws"' in text
        files = re.findall(r'(?:src|href)="(/[^"]+)"', text)
        assert len(files) == 4
        for file in files:
            assert file.startswith("/iam/static/")
            path = prefix + file.removeprefix("/iam")
            assert (await reached.get(path, **named))[0] == 200
        status, nothing, _ = await reached.get(f"{prefix}/nothing/at/all", **named)
        assert (status, "/iam/static/page.css" in nothing) == (404, True)
        origin = "https://school.example"
        window = await reached.open(f"{prefix}/{ANA}".strip("/"), **named, Origin=origin)
        await shown(window, "attach")


async def test_a_probe_is_told_that_the_server_answers(tmp_path: Path):
    async with served(tmp_path) as reached:
        assert (await reached.get("/healthz"))[:2] == (200, "ok\n")


async def test_the_numbers_of_sessions_are_for_the_status_door_alone(tmp_path: Path):
    async with served(tmp_path, Limits(sessions=1)) as reached:
        assert (await reached.get("/metrics"))[0] == 404
        window = await reached.open(ANA)
        await shown(window, "attach")
        assert await end(await reached.open(BEN)) == Ending.FULL.code
        door = serving.listening(reached.server.status_application(), "127.0.0.1", 0)
        async with door as port:
            address = f"http://127.0.0.1:{port}"
            async with reached.http.get(f"{address}/healthz") as health:
                assert await health.text() == "ok\n"
            running = await metrics(reached, address)
            await typed(window, "k")
            assert await end(window) == Ending.KILLED.code
            after = await metrics(reached, address)
    assert running["coffeeshop_sessions"] == 1
    assert running["coffeeshop_sessions_limit"] == 1
    assert running["coffeeshop_sessions_refused_total"] == 1
    assert after["coffeeshop_sessions"] == 0
    assert after['coffeeshop_sessions_ended_total{reason="killed"}'] == 1


async def metrics(reached: Reached, address: str) -> dict[str, float]:
    """Return the numbers of /metrics by name, as Prometheus reads them."""
    async with reached.http.get(f"{address}/metrics") as answer:
        text = await answer.text()
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(number) for name, number in rows}


class Page(Program, frozen=True):
    """A page that holds its note, and how often it was made. It fails while there is a file `broken`."""

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-I", "-c", PAGE)


PAGE = """
import pathlib, sys
made = pathlib.Path("made")
made.write_text(made.read_text() + "x" if made.exists() else "x")
print(sys.argv[-1], made.read_text())
sys.exit(pathlib.Path("broken").exists())
"""


async def test_the_live_page_shows_hostile_names_as_text(tmp_path: Path):
    live_page = LivePage(Page((), tmp_path))
    async with served(
        tmp_path, names=("A\x1b]0;x\x07", "Ben"), live_page=live_page
    ) as reached:
        await shown(await reached.open(ANA), "attach")
        status, text, _ = await reached.get(f"/{TEACHER}/")
    assert (status, "\x1b" in text) == (200, False)


async def test_the_live_page_of_a_class_names_who_plays_and_is_made_once_for_many_windows(
    tmp_path: Path,
):
    live_page = LivePage(Page((), tmp_path))
    async with served(tmp_path, live_page=live_page) as reached:
        (tmp_path / "broken").touch()
        status, _, headers = await reached.get(f"/{TEACHER}/")
        assert (status, headers["Refresh"]) == (503, "30")
        (tmp_path / "broken").unlink()
        await shown(await reached.open(ANA), "attach")
        answers = await asyncio.gather(*(reached.get(f"/{TEACHER}/") for _ in range(3)))
        assert {(status, text) for status, text, _ in answers} == {
            (200, "--note=Playing now: Ana. xx\n")
        }
        assert (await reached.get(f"/{TEACHER}x/"))[0] == 404


async def test_each_event_of_a_session_is_told_without_a_name_a_link_or_a_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    events: list[dict[str, str]] = []
    async with served(tmp_path, Limits(sessions=1), events=events) as reached:
        window = await reached.open(ANA)
        await shown(window, "attach")
        again = await reached.open(ANA)
        await shown(again, "attach")
        assert await end(await reached.open(BEN)) == Ending.FULL.code
        await typed(again, "c")
        assert await end(again) == Ending.CRASHED.code
    assert [(event["event"], event.get("reason")) for event in events] == [
        ("started", None),
        ("opened again", None),
        ("refused", "full"),
        ("ended", "crashed"),
    ]
    assert "KeyError" in events[-1]["detail"]
    assert (events[0]["level"], events[-1]["level"]) == ("info", "error")
    learners = [event["learner"] for event in events]
    assert learners[0] == learners[1] == learners[3] != learners[2]
    for text in ("Ana", "Ben", ANA, BEN, "they typed"):
        assert text not in json.dumps(events)
    assert not caplog.records, "the crash is told once"


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "[::1]"),
        ("shop.example.org", "shop.example.org"),
        ("192.0.2.7", "192.0.2.7"),
    ],
)
def test_a_link_names_the_address_that_was_given(host: str, told: str):
    assert network_address(host) == told


# ----------------------------------------------------------------------- the session
async def test_each_learner_is_in_their_own_session(tmp_path: Path):
    async with served(tmp_path) as reached:
        ana, ben = await reached.open(ANA), await reached.open(BEN, "?width=120&height=40")
        assert "<Ana attach 80x24>" in await shown(ana, ">")
        assert "<Ben attach 120x40>" in await shown(ben, ">")
        await typed(ana, "1")
        await typed(ben, "2")
        assert await shown(ana, "1>") == "<Ana 1>"
        assert await shown(ben, "2>") == "<Ben 2>"


async def test_who_loses_the_connection_comes_back_to_the_same_session(tmp_path: Path):
    async with served(tmp_path) as reached:
        first = await reached.open(ANA)
        await typed(first, "1")
        await shown(first, "<Ana 1>")
        processes = len(reached.server.sessions)
        first._response.close()  # without a word, as a line that is cut
        again = await reached.open(ANA)
        assert "<Ana attach" in await shown(again, ">")
        await typed(again, "2")
        await shown(again, "<Ana 2>")
        assert len(reached.server.sessions) == processes == 1


async def test_a_second_window_takes_the_session_over_and_the_first_is_told(tmp_path: Path):
    async with served(tmp_path) as reached:
        first = await reached.open(ANA)
        await shown(first, "attach")
        second = await reached.open(ANA)
        assert await end(first) == Ending.TAKEN.code
        await typed(second, "2")
        await shown(second, "<Ana 2>")


async def test_an_app_that_is_left_is_told_and_the_next_window_begins_another(
    tmp_path: Path,
):
    async with served(tmp_path) as reached:
        first = await reached.open(ANA)
        await typed(first, "x")
        assert await end(first) == Ending.LEFT.code
        await shown(await reached.open(ANA), "<Ana attach")


async def test_an_app_that_does_not_start_is_told_to_the_window_and_why_to_the_teacher(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with served(tmp_path, program=Broken) as reached:
        assert await end(await reached.open(ANA)) == Ending.FAILED.code
    assert [record.message for record in caplog.records] == [
        "Ana: the app did not start with exit code 3\n  error: make room"
    ]


async def test_an_app_that_crashes_is_told_as_a_crash_and_where_to_the_teacher_without_a_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        await typed(window, "c")
        assert await end(window) == Ending.CRASHED.code
        await shown(await reached.open(ANA), "<Ana attach")
    (told,) = [record.message for record in caplog.records]
    assert told.splitlines()[0] == "Ana: the app crashed with exit code 1"
    assert told.splitlines()[-2:] == ["  opt/coffeeshop/shop.py:1 in crash", "  KeyError"]
    assert len(told) < 3000
    assert "they typed" not in told


@pytest.mark.parametrize(("key", "name"), [("k", "SIGKILL"), ("t", "SIGTERM")])
async def test_an_app_that_a_signal_ended_is_told_as_killed_and_not_as_left(
    key: str, name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        await typed(window, key)
        assert await end(window) == Ending.KILLED.code
    assert [record.message for record in caplog.records] == [
        f"Ana: the app was killed by {name}"
    ]


async def test_of_an_app_that_is_left_or_that_the_server_ends_the_teacher_is_told_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with served(tmp_path) as reached:
        ana, ben = await reached.open(ANA), await reached.open(BEN)
        await shown(ben, "attach")
        await typed(ana, "x")
        assert await end(ana) == Ending.LEFT.code
        (session,) = reached.server.sessions.values()
        await session.end(Ending.IDLE)  # by a signal, which kills this one
    assert not caplog.records


async def test_a_file_is_given_to_the_window(tmp_path: Path):
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        await typed(window, "f")
        assert (await shown(window, '"file"')).endswith(
            '["file", {"name": "a.jsonl", "text": "acts"}]'
        )


async def test_a_session_knows_of_our_environment_only_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the teacher's")
    monkeypatch.setenv("COFFEESHOP_LEARNER", "the teacher")
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        await shown(window, ">")
        await typed(window, "e")
        found = json.loads(await shown(window, "}"))
    assert {"COFFEESHOP_DATA", "TEXTUAL_DRIVER", "PYTHONPATH"} <= {*found}
    assert not {"AWS_SECRET_ACCESS_KEY", "COFFEESHOP_LEARNER", "HOME", "PATH"} & {*found}
    assert ANA not in json.dumps(found)


# ------------------------------------------------------------------- who means harm
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://[",
        "file://",
        "",
    ],
)
async def test_a_page_of_another_site_gets_no_session(tmp_path: Path, origin: str):
    async with served(tmp_path) as reached:
        with pytest.raises(WSServerHandshakeError) as refused:
            await reached.open(ANA, Origin=origin)
        assert refused.value.status == 403
        assert not reached.server.sessions


async def test_a_wrong_secret_gets_no_session(tmp_path: Path):
    async with served(tmp_path) as reached:
        with pytest.raises(WSServerHandshakeError) as refused:
            await reached.open("C" * 32)
        assert refused.value.status == 404


@pytest.mark.parametrize(
    "rubbish",
    ["", "[", "{}", '["quit"]', '["resize", {"width": 1e99, "height": 1}]', b"\x00\xff"],
)
async def test_rubbish_ends_the_window_and_leaves_the_session(
    tmp_path: Path, rubbish: str | bytes
):
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        await shown(window, "attach")
        await (
            window.send_str(rubbish)
            if isinstance(rubbish, str)
            else window.send_bytes(rubbish)
        )
        assert await end(window) == Ending.RUBBISH.code
        again = await reached.open(ANA)
        await typed(again, "1")
        await shown(again, "<Ana 1>")


async def test_a_message_that_is_too_large_is_not_taken(tmp_path: Path):
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        await window.send_str("x" * (MAX_MESSAGE_BYTES + 1))
        assert await end(window) == 1009
        await shown(await reached.open(ANA), "attach")


@pytest.mark.parametrize(
    "size",
    ["", "?width=x&height=-1", "?width=999999999999&height=24", "?width=%F0&height=²"],
)
async def test_a_size_that_is_none_is_80_by_24(tmp_path: Path, size: str):
    async with served(tmp_path) as reached:
        assert "<Ana attach 80x24>" in await shown(await reached.open(ANA, size), ">")


# ------------------------------------------------------------------------- the limits
async def test_where_all_places_are_taken_one_more_is_told_so(tmp_path: Path):
    async with served(tmp_path, Limits(sessions=1)) as reached:
        ana = await reached.open(ANA)
        await shown(ana, "attach")
        assert await end(await reached.open(BEN)) == Ending.FULL.code
        await typed(ana, "1")
        await shown(ana, "<Ana 1>")


async def test_who_has_no_window_makes_room(tmp_path: Path):
    async with served(tmp_path, Limits(sessions=1)) as reached:
        ana = await reached.open(ANA)
        await shown(ana, "attach")
        await ana.close()
        await shown(await reached.open(BEN), "<Ben attach")
        assert len(reached.server.sessions) == 1


async def wait_idle(reached: Reached) -> None:
    """Open Ana's window and press no key until the server closes it."""
    await end(await reached.open(ANA))


async def leave(reached: Reached) -> None:
    """Open Ana's window, close it, and wait for the end of her session."""
    window = await reached.open(ANA)
    await shown(window, "attach")
    (session,) = reached.server.sessions.values()
    await window.close()
    await asyncio.wait_for(session.relay_task, 20)


async def make_room(reached: Reached) -> None:
    """Open Ana's window, close it, and let Ben come."""
    window = await reached.open(ANA)
    await shown(window, "attach")
    await window.close()
    await shown(await reached.open(BEN), "attach")


async def end_twice(reached: Reached) -> None:
    """End Ana's session again before it has ended."""
    await shown(await reached.open(ANA), "attach")
    (session,) = reached.server.sessions.values()
    await asyncio.gather(session.end(Ending.TAKEN), session.end(Ending.STOPPED))


@pytest.mark.parametrize(
    ("limits", "use", "reason"),
    [
        (Limits(idle=0), wait_idle, "idle"),
        (Limits(lost=0), leave, "lost"),
        (Limits(sessions=1), make_room, "replaced"),
        (Limits(), end_twice, "taken"),
    ],
)
async def test_the_log_says_why_a_session_ended(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limits: Limits,
    use: Callable[[Reached], Awaitable[None]],
    reason: str,
):
    monkeypatch.setattr(serving, "CHECK_INTERVAL", 0.01)
    events: list[dict[str, str]] = []
    async with served(tmp_path, limits, events=events) as reached:
        await use(reached)
    ended = [event["reason"] for event in events if event["event"] == "ended"]
    assert ended[0] == reason


def test_the_page_can_show_every_reason():
    assert all(len(ending.words.encode()) <= 123 for ending in Ending)
    assert len({ending.code for ending in Ending}) == len(Ending)


async def test_who_types_nothing_for_too_long_is_told_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(serving, "CHECK_INTERVAL", 0.01)
    async with served(tmp_path, Limits(idle=0)) as reached:
        assert await end(await reached.open(ANA)) == Ending.IDLE.code


async def test_an_app_that_nobody_came_back_to_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(serving, "CHECK_INTERVAL", 0.01)
    async with served(tmp_path, Limits(lost=0)) as reached:
        window = await reached.open(ANA)
        await shown(window, "attach")
        (session,) = reached.server.sessions.values()
        await window.close()
        await asyncio.wait_for(session.relay_task, 20)
        assert not reached.server.sessions


async def test_an_app_that_hears_nothing_any_more_is_ended_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("coffeeshop.browser.session.EXIT_TIMEOUT", 0.1)
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        await typed(window, "h")
        await shown(window, "away")
        (session,) = reached.server.sessions.values()
        await asyncio.wait_for(session.end(Ending.IDLE), 20)
        assert not reached.server.sessions


async def test_an_app_that_has_keys_without_end_to_hear_is_asked_to_end_past_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("coffeeshop.browser.session.EXIT_TIMEOUT", 600)
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        await typed(window, "b")
        await shown(window, "away")
        (session,) = reached.server.sessions.values()
        flooding = asyncio.create_task(session.take(Stdin("x" * 10**6)))
        await asyncio.sleep(0)
        await asyncio.wait_for(session.end(Ending.IDLE), PATIENCE)
        await flooding
        assert session._process.returncode == 0
        await session.take(Stdin("x"))  # nobody hears it, and nobody is told


async def test_the_end_of_the_server_ends_its_sessions_and_their_windows_come_back(
    tmp_path: Path,
):
    async with served(tmp_path) as reached:
        window = await reached.open(ANA)
        await shown(window, "attach")
        (session,) = reached.server.sessions.values()
        left = asyncio.create_task(end(window))
        await asyncio.sleep(0)
        await reached.server.stop()
        assert await left == Ending.STOPPED.code < 4000
        assert session.relay_task.done()
