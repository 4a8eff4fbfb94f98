"""An exam in the app: it opens by itself, shows no results, and x hands in."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from coffeeshop.lessons.play.membership import Assignment, Membership
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.plain.shell import current_wall_time
from coffeeshop.shop.mark import Mark
from coffeeshop.tui.screens.brief import BriefScreen
from tests.tui.driver import Person, person

TEN = current_wall_time().replace(
    second=0, microsecond=0
)  # the app writes the real time into a hand-in
EXAM = Assignment("10", TEN + timedelta(hours=2), "", TEN)
ANA = Membership("IAM-101", 412000, 412000, 99, (EXAM,))
CLOSED = "not during the exam"


async def let_class_change(ui: Person, membership: Membership) -> None:
    """Let the learner's class change while the app runs, as the app's timer notices it."""
    ui.app.player.progress.join_class(membership)
    ui.app.player.clock = lambda: TEN
    ui.app.follow_class()
    await ui.rest()


async def begin_exam(ui: Person) -> str:
    """Let the exam begin, as the app's timer notices it."""
    await let_class_change(ui, ANA)
    ui.app.clear_notifications()
    return await ui.see("b") and await ui.see("escape")


@pytest.mark.parametrize(
    "scenario", ["", "05"], ids=["on the shelf", "in another scenario"]
)
async def test_an_exam_opens_by_itself_wherever_the_learner_is(
    tmp_path: Path, scenario: str
):
    async with person(tmp_path, scenario, size=(120, 40)) as ui:
        await begin_exam(ui)
        assert ui.app.sitting.scenario.id == "10-the-cashiers"
        assert ui.app.sitting.scenario.variant == 412000


@pytest.mark.parametrize("key", ["b", "g", "c", "r", "4", "l", "colon"])
async def test_an_exam_of_the_open_scenario_leaves_no_screen_with_results_open(
    tmp_path: Path, key: str
):
    async with person(tmp_path, "10", size=(120, 40)) as ui:
        await ui.see(key)
        await let_class_change(ui, ANA)
        assert "An exam has begun" in ui.screen
        assert (ui.app.current_mode, len(ui.app.screen_stack)) == ("shop", 1)


async def test_what_the_teacher_changes_is_said_and_counts_in_an_app_that_runs(
    tmp_path: Path,
):
    async with person(tmp_path, "05", size=(120, 40)) as ui:
        await let_class_change(ui, msgspec.structs.replace(ANA, assignments=()))
        await let_class_change(ui, ANA)
        assert "New from IAM-101" in ui.screen
        assert ui.app.sitting.scenario.id == "10-the-cashiers"
        ui.app.clear_notifications()
        assert CLOSED in await ui.see("b escape g")
        longer = msgspec.structs.replace(EXAM, due=TEN + timedelta(hours=3))
        await let_class_change(ui, msgspec.structs.replace(ANA, assignments=(longer,)))
        assert "10 The Cashiers: exam" in ui.screen
        ui.app.clear_notifications()
        assert CLOSED in await ui.see("g")
        await let_class_change(ui, msgspec.structs.replace(ANA, assignments=()))
        assert "10 The Cashiers: no longer assigned" in ui.screen
        assert CLOSED not in await ui.see("g")


async def test_a_key_that_shows_results_help_or_the_shelf_says_why_it_doesn_t(
    tmp_path: Path,
):
    async with person(tmp_path, size=(120, 40)) as ui:
        assert "A guess" not in await begin_exam(ui)
        before = (ui.app.current_mode, len(ui.app.screen_stack))
        for key in ("r", "g", "c", "C", "4", "5", "y", "D", "l", "escape"):
            assert CLOSED not in await ui.see("up"), "the message goes with the next key"
            assert CLOSED in await ui.see(key), key
            assert (ui.app.current_mode, len(ui.app.screen_stack)) == before, key


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_floor_tells_no_result_and_names_no_closed_key(
    tmp_path: Path, size: tuple[int, int]
):
    async with person(tmp_path, size=size) as ui:
        screen = await begin_exam(ui)
        assert not {mark.value for mark in Mark if mark is not Mark.QUIET} & {*screen}
        assert "Grade" not in ui.rows[-1]
        assert "? Help" in ui.rows[-1]
        assert "x  hands in" in screen


async def test_the_floor_tells_results_again_after_the_hand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    async with person(tmp_path, size=(120, 40)) as ui:
        await begin_exam(ui)
        await ui.press("colon")
        await ui.type("aws iam list-users\n")
        await ui.press("escape x")
        assert "This ends your exam." in ui.screen
        await ui.press("enter")
        (written,) = tmp_path.glob("*.handin.jsonl")
        assert "IAM-101/412000" in written.read_text()
        ui.app.adopt_other_window()
        await ui.rest()
        assert "✗" in await ui.see("r")


async def test_the_shelf_tells_what_the_class_has_to_play(tmp_path: Path):
    with closing(Progress(tmp_path / "casey.sqlite3")) as save:
        save.join_class(Membership("IAM-101", 412000, 412000, 99, (Assignment("5", TEN),)))
    async with person(tmp_path, size=(120, 40)) as ui:
        assert "IAM-101" in ui.screen
        assert "due" in ui.screen


async def test_the_shelf_tells_nothing_of_an_exam_before_it_opens(tmp_path: Path):
    soon = Assignment("10", TEN + timedelta(days=2), "", TEN + timedelta(days=1))
    with closing(Progress(tmp_path / "casey.sqlite3")) as save:
        save.join_class(Membership("IAM-101", 412000, 412000, 99, (soon,)))
    async with person(tmp_path, size=(120, 40)) as ui:
        ui.app.player.clock = lambda: TEN
        await ui.see("slash")
        await ui.type("10")
        screen = await ui.see("escape")
        assert "This is an exam, which opens on" in screen
        assert "⏎ play" not in screen
        assert "four cashiers" not in screen


async def test_enter_at_an_exam_s_opening_opens_the_brief_and_hands_nothing_in(
    tmp_path: Path,
):
    async with person(tmp_path, size=(120, 40)) as ui:
        await let_class_change(ui, ANA)
        assert "opens b Brief" in ui.screen
        assert "ends your exam" not in await ui.see("enter")
        assert isinstance(ui.app.screen, BriefScreen)
