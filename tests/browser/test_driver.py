"""The app in a session: it is painted whole for whoever comes back, gives its files away, and outlives no server."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from coffeeshop.browser.driver import BLANK_SCREEN, BrowserDriver
from coffeeshop.browser.endings import Ending
from coffeeshop.browser.messages import Stdin
from coffeeshop.browser.session import Program
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.process_signals import terminated_exit_code
from tests.browser.windows import ANA, BEN, end, served, shown, typed

pytestmark = pytest.mark.slow
ESCAPE = "\x1b"


HOMELESS = "import os, runpy; os.path.expanduser = str; runpy.run_module('coffeeshop', run_name='__main__')"


class App(Program, frozen=True):
    """The real one, at a scenario that was begun before, where nobody has a home: as in a container whose user nobody
    entered.
    """

    @property
    def command(self) -> tuple[str, ...]:
        words = ("play", "05", "--first-variant=3", f"--learner={self.words[0]}")
        return (sys.executable, "-P", "-c", HOMELESS, *words)


async def test_a_window_that_comes_later_is_painted_whole_and_has_the_keys(tmp_path: Path):
    async with served(tmp_path, program=App) as reached:
        first = await reached.open(ANA)
        await shown(first, "at the till")
        await typed(first, "b")
        await shown(first, "What will be checked")
        await first.close()
        again = await reached.open(ANA)
        # The app may still be painting for the window before it: that precedes this.
        await shown(again, BLANK_SCREEN)
        await shown(again, "What will be checked")
        await typed(again, ":")
        await shown(again, "Console")


async def test_what_is_exported_is_given_to_the_browser_and_written_nowhere(tmp_path: Path):
    async with served(tmp_path, program=App) as reached:
        window = await reached.open(BEN)
        await shown(window, "at the till")
        for keys, seen in (
            ("b", "What will be checked"),
            (":", "Console"),
            ("aws iam create-user --user-name zoe\r", "UserId"),
            (ESCAPE, "Predict"),
            ("x", "a hand-in, to be graded elsewhere"),
        ):
            await typed(window, keys)
            await shown(window, seen)
        await typed(window, "\r")
        kind, told = json.loads(
            (await shown(window, '["file"')).rpartition('["file"')[2].join(['["file"', ""])
        )
        assert (kind, told["name"]) == ("file", "05-receipts-drawer.handin.jsonl")
        assert (
            json.loads(told["text"].splitlines()[0])["variant"] == 3
        )  # as the roster gave it
        assert [
            path.name for path in tmp_path.iterdir() if "sqlite3" not in path.name
        ] == []
        await typed(window, ":")  # and the play goes on
        await shown(window, "Console")


CRASHING = """
import coffeeshop.tui.export
def crash(game):
    raise KeyError(game.last_line[0])
coffeeshop.tui.export.open_export = crash
"""


class Crashing(App, frozen=True):
    """The same, in which the hand-in is an error of ours, with what was typed in its words."""

    @property
    def command(self) -> tuple[str, ...]:
        python, isolated, run, script, *words = super().command
        return (python, isolated, run, f"{CRASHING}\n{script}", *words)


async def test_a_crash_of_the_app_is_told_to_its_window_and_where_to_the_teacher(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async with served(tmp_path, program=Crashing) as reached:
        window = await reached.open(ANA)
        await shown(window, "at the till")
        await typed(window, "b")
        await shown(window, "What will be checked")
        await typed(window, ":")
        await shown(window, "Console")
        await typed(window, "aws iam create-user --user-name zoe\r")
        await shown(window, "UserId")
        await typed(window, ESCAPE)
        await shown(window, "Predict")
        await typed(window, "x")
        assert await end(window) == Ending.CRASHED.code
    (told,) = [record.message for record in caplog.records if "coffeeshop" in record.name]
    assert told.startswith("Ana: the app crashed with exit code 1\n")
    assert "coffeeshop/tui/app.py:" in told
    assert told.endswith("KeyError")
    assert "zoe" not in told


async def test_the_app_ends_with_its_server_however_that_ends(tmp_path: Path):
    async with served(tmp_path, program=App) as reached:
        window = await reached.open(ANA)
        await shown(window, "at the till")
        (session,) = reached.server.sessions.values()
        stdin = session._process.stdin
        assert stdin is not None
        stdin.close()  # as the system does where a server is killed
        await asyncio.wait_for(asyncio.shield(session.relay_task), 60)
        assert session._process.returncode == 0


async def test_an_app_that_is_flooded_with_keys_leaves_when_it_is_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("coffeeshop.browser.session.EXIT_TIMEOUT", 60)
    async with served(tmp_path, program=App) as reached:
        window = await reached.open(ANA)
        await shown(window, "at the till")
        (session,) = reached.server.sessions.values()
        flooding = asyncio.create_task(session.take(Stdin("\t" * 10**6)))
        await session.end(Ending.IDLE)
        await flooding
        assert session._process.returncode == terminated_exit_code()


class Morning(App, frozen=True):
    """The same in the first scenario, as it is written."""

    @property
    def command(self) -> tuple[str, ...]:
        return (
            sys.executable,
            "-P",
            "-c",
            HOMELESS,
            "play",
            "00",
            f"--learner={self.words[0]}",
        )


async def test_stars_that_the_floor_shows_are_kept_where_the_server_ends_the_session(
    tmp_path: Path,
):
    path = save_path(tmp_path, "Ana")
    with closing(Progress(path)) as kept:
        kept.set_setting("lessons", "on request")
        player = Player(kept)
        player.open("00")
        copy = "--policy-name receipts --policy-document file://policies/receipts.json"
        player.type("aws iam create-user --user-name casey")
        player.type(f"aws iam put-user-policy --user-name casey {copy}")
    async with served(tmp_path, program=Morning) as reached:
        await shown(await reached.open(ANA), "★")
        (session,) = reached.server.sessions.values()
        await session.end(Ending.IDLE)
    with closing(Progress(path)) as kept:
        assert kept.most_stars() == {"00-the-first-morning": 2}


async def test_keys_that_there_are_not_end_no_session(tmp_path: Path):
    async with served(tmp_path, program=App) as reached:
        window = await reached.open(ANA)
        await shown(window, "at the till")
        await typed(window, "\x1b[1114112u\x1b[99999999999999A\x1b[<0;10;10m")
        await typed(window, "b")
        await shown(window, "What will be checked")


def test_an_escape_for_which_there_is_no_room_is_counted_and_not_kept():
    class Full:
        room = 0
        spilled = 0
        put = None

        def count_lost_keys(self, count: int) -> None:
            self.spilled += count

    driver = BrowserDriver.__new__(BrowserDriver)
    driver._app = SimpleNamespace(keys=Full())  # type: ignore[assignment]
    driver.on_meta("escape", {})
    assert driver.keys.spilled == 1  # type: ignore[attr-defined]
