"""The app holds no play of its own: it shows the player's sitting, as plain does, and works out each thing once."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import coffeeshop.lessons.grading.grade as grading
import coffeeshop.views.next as following
from coffeeshop.account.model import Call
from coffeeshop.harmless import show_as_pictures
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.answers import Followed
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.plain.call import NO_REFUSAL, WHY_HINT, call_rows
from coffeeshop.plain.shell import Shell
from coffeeshop.tui.screens.console import ConsoleScreen
from coffeeshop.tui.stage import Stage
from coffeeshop.views.text import bare
from tests.tui.driver import Person, person

# Which word of a script it is: a prompt of one line shows that itself.
PLACE = re.compile(r"^line 1, column \d+: ")
ASIDES = ("You are", "Next", "Still next")  # told in plain mode alone
MOVED_ON = "Another window moved on"
LINES = """
aws iam list-users
aws iam create-user --user-name mina
aws iam create-user --user-name mina
aws iam create-access-key --user-name mina
aws iam list-users --profile mina
aws iam creat-user --user-name nobody
aws iam create-policy --policy-name Receipts --policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-recipts"}}'
aws sts get-caller-identity
console sign-in --account-id 111122223333 --user-name nobody --password x
"""


async def in_console(ui: Person, line: str) -> str:
    """A line typed into the console, and everything that stands there when it is answered."""
    await ui.type(f"{line}\n")
    await ui.rest()
    screen = ui.app.screen
    assert isinstance(screen, ConsoleScreen)
    return "\n".join(shown.plain for shown in screen.lines)


def kept(sitting: Sitting) -> tuple[object, ...]:
    """What a sitting is, without what it comes to."""
    play = sitting.play
    return (
        play.acts,
        play.undone,
        sitting.profile,
        play.waited,
        dict(sitting.drafts),
        dict(sitting.hints_read),
    )


@pytest.mark.slow
async def test_the_same_lines_in_both_shells_leave_the_same_sitting_and_tell_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Progress, "proof_key", b""
    )  # their saves would draw secrets of their own
    plain = Shell(Player(Progress(tmp_path / "plain.sqlite3")), iter(()))
    plain.player.open("05")
    async with person(tmp_path, "05", (160, 50), floor=True) as ui:
        await ui.press("colon")
        for line in filter(None, LINES.splitlines()):
            rows = [row for row in call_rows(plain, line) if row.word not in ASIDES]
            told = await in_console(ui, line)
            assert kept(ui.app.sitting) == kept(plain.sitting)
            for row in rows:
                if row.text not in ("done", WHY_HINT, NO_REFUSAL):
                    missing = [
                        part
                        for part in bare(PLACE.sub("", show_as_pictures(row.text))).split(
                            "; "
                        )
                        if part.strip() not in bare(told)
                    ]
                    assert missing == [], told
    plain.player.progress.close()


async def test_a_console_line_that_signs_in_takes_up_the_session(tmp_path: Path) -> None:
    async with person(tmp_path, "10") as ui:
        ui.app.do(
            Call(
                "iam",
                "CreateLoginProfile",
                {"UserName": "bo", "Password": "Crema-1-Crema!"},
            )
        )
        account = ui.play.account.id
        await ui.press("escape colon")
        await in_console(
            ui,
            f"console sign-in --account-id {account} --user-name bo --password Crema-1-Crema!",
        )
        assert ui.app.sitting.profile == "bo@console"
        await ui.press("escape")
        assert "bo" in ui.rows[0]


@pytest.mark.slow
async def test_the_badge_in_hand_is_still_in_hand_after_leaving(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down k enter enter s down enter")
        assert ui.app.sitting.profile == "bo"
    async with person(tmp_path, "10") as ui:
        assert ui.app.sitting.profile == "bo"


async def test_what_is_done_elsewhere_is_shown_with_who_did_it_and_can_be_undone(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2")
        other = Player(Progress(tmp_path / "casey.sqlite3"))
        other.open("05")
        other.type("aws iam create-user --user-name theirs")
        while "done, elsewhere, by ada@console" not in ui.screen:
            await ui.pilot.pause(0.05)
        assert "theirs" in ui.screen
        await ui.press("u")
        assert ui.play.outcomes == ()
        assert isinstance(other.adopt_other_window(), Followed)
        assert other.playing.play.outcomes == ()
        other.redo()
        other.undo()
        while "undone elsewhere" not in ui.screen:
            await ui.pilot.pause(0.05)
        other.progress.close()


async def test_a_play_that_another_window_moved_on_is_taken_up_and_nothing_else_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stage, "SECONDS_BETWEEN_WINDOW_CHECKS", 3600.0)
    async with person(tmp_path, "05", floor=True) as ui:
        other = Player(Progress(tmp_path / "casey.sqlite3"))
        other.open("05")
        other.type("aws iam create-user --user-name theirs")
        for key in ("colon", "u"):
            if key == "colon":
                await ui.press("colon")
                assert "moved on in another window" in await in_console(
                    ui, "aws iam create-user --user-name lost"
                )
                await ui.press("escape")
        assert [act.call.parameters for act in ui.play.acts] == [{"UserName": "theirs"}]
        assert MOVED_ON in ui.screen
        await ui.press("u")
        assert ui.play.outcomes == ()
        again = Player(Progress(tmp_path / "casey.sqlite3"))
        again.open("05")
        assert (again.playing.play.acts, again.playing.play.undone) == (
            ui.play.acts,
            ui.play.undone,
        )
        other.progress.close()
        again.progress.close()


async def test_a_form_makes_nothing_where_another_window_moved_the_play_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stage, "SECONDS_BETWEEN_WINDOW_CHECKS", 3600.0)
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        other = Player(Progress(tmp_path / "casey.sqlite3"))
        other.open("05")
        other.type("aws iam create-user --user-name theirs")
        screen = await ui.see_typed("lost\n")
        assert MOVED_ON in screen
        assert ui.where == "PeopleScreen"
        assert "theirs" in screen
        other.progress.close()


# ------------------------------------------------------------------- once, not twice
async def test_one_key_grades_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graded, grade = list[object](), grading.grade
    monkeypatch.setattr(
        grading, "grade", lambda play: (graded.append(play), grade(play))[1]
    )
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("g")
        await ui.rest()
        await ui.press("escape g p b escape g")
        await ui.rest()
        assert len(graded) == 1
        assert ui.app.player.progress.best_results()["05-receipts-drawer"].tries == 1


async def test_three_stars_are_kept_as_soon_as_they_are_earned(tmp_path: Path) -> None:
    async with person(tmp_path, "00", floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam create-user --user-name casey\n")
        assert ui.app.player.progress.best_results() == {}
        await ui.type("aws iam add-user-to-group --group-name Cashiers --user-name casey\n")
        await ui.rest()
        assert ui.app.player.progress.best_results()["00-the-first-morning"].stars == 3


@pytest.mark.parametrize("leaves", ["escape", "ctrl+q", ""])
async def test_stars_that_the_floor_shows_are_kept_by_whoever_leaves_without_the_receipt(
    tmp_path: Path, leaves: str
) -> None:
    copy = "--policy-name receipts --policy-document file://policies/receipts.json"
    async with person(tmp_path, "00", floor=True) as ui:
        ui.app.run_line("aws iam create-user --user-name casey")
        ui.app.run_line(f"aws iam put-user-policy --user-name casey {copy}")
        assert "★★☆" in await ui.see_at_rest()
        assert ui.app.player.progress.best_results() == {}
        await ui.see(leaves) if leaves else ui.app.action_play("01")
        assert ui.app.player.progress.best_results()["00-the-first-morning"].stars == 2


@pytest.mark.slow
async def test_what_is_next_is_worked_out_once_for_a_play_also_after_undo_and_redo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, next_step = list[object](), following.next_step
    monkeypatch.setattr(
        following, "next_step", lambda *given: (asked.append(given), next_step(*given))[1]
    )
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 down tab 3 1 tab tab")
        assert len(asked) == 1
        ui.app.do(Call("iam", "CreateGroup", {"GroupName": "Bench"}))
        await ui.press("u U u")
        assert len(asked) == 2
        ui.app.do(Call("iam", "CreateGroup", {"GroupName": "Tills"}))
        await ui.press("tab")
        assert len(asked) == 3


START = """
import asyncio, json, sys
from pathlib import Path
from coffeeshop.cli.play import start_game
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.tui.app import CoffeeshopApp

async def start(folder, *opened):
    player = Player(Progress(Path(folder) / "x.sqlite3"))
    for scenario in opened:
        player.open(scenario)
    async with CoffeeshopApp(player).run_test(size=(120, 40)) as pilot:
        await pilot.pause()

asyncio.run(start(*sys.argv[1:]))
print(json.dumps(sorted(name for name in sys.modules if name.startswith("coffeeshop."))))
"""


def modules_at_start(*arguments: str) -> set[str]:
    """Return our modules that a process has loaded once the app shows its first screen."""
    done = subprocess.run(
        [sys.executable, "-c", START, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_shelf_is_shown_without_the_engine(tmp_path: Path) -> None:
    loaded = modules_at_start(str(tmp_path))
    late = ("coffeeshop.account", "coffeeshop.lessons.model", "coffeeshop.lessons.grading", "coffeeshop.policy.model",
            "coffeeshop.policy.evaluation", "coffeeshop.tui.screens.shop", "coffeeshop.plain", "coffeeshop.endpoint")  # fmt: skip
    assert sorted(name for name in loaded if name.startswith(late)) == []


def test_a_shop_is_shown_without_what_few_plays_need(tmp_path: Path) -> None:
    loaded = modules_at_start(str(tmp_path), "05")
    late = ("coffeeshop.lessons.grading.moments", "coffeeshop.lessons.grading.hints", "coffeeshop.lessons.grading.circumstances",
            "coffeeshop.account.services.cloudtrail", "coffeeshop.views.cases", "coffeeshop.views.things.dialog")  # fmt: skip
    assert "coffeeshop.tui.screens.shop" in loaded
    assert sorted(loaded.intersection(late)) == []
