"""What will happen? Asked on the way from the brief to the shop, and after three stars."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import Met
from tests.tui.driver import person
from tests.views.plays import graded, scenario
from tools.gallery import prepare

pytestmark = pytest.mark.slow
LONG_AGO = datetime(2026, 3, 2, 8, tzinfo=UTC)


async def test_the_way_into_the_shop_asks_first_and_the_engine_answers(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05") as ui:
        assert "⏎ A guess" in await ui.read_on()
        assert "What will AWS decide" in await ui.see("enter")
        assert "AWS decides" not in ui.screen
        assert "has no policy yet" not in ui.screen  # which Next says in the shop
        screen = await ui.see("a")
        assert "✗ You said allowed" in screen
        assert "a allowed  ✗" in screen
        assert "c implicit deny: nothing says yes  ✓" in screen
        assert "The whole reason" in ui.screen
        assert "Does anything deny?" in await ui.see("y")
        assert ui.where == "WhyScreen"
        await ui.press("escape enter")
        assert ui.where == "ShopScreen"
        assert "has no policy yet" in ui.screen
        assert ui.play.outcomes == ()


async def test_a_prediction_stands_once_it_is_made(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        await ui.read_on()
        await ui.press("enter down down down enter")
        assert "You are right" in ui.screen
        assert "You are right" in await ui.see("a")


async def test_nothing_is_predicted_before_a_key_chooses(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        await ui.read_on()
        assert "▸" not in (await ui.see("enter")).partition("What will AWS decide")[2]
        assert "Choose a, b or c." in await ui.see("enter")
        assert "AWS decides" not in ui.screen
        assert "▸ a allowed" in await ui.see("down")
        assert "Choose first" not in await ui.see("enter")
        assert "✗ You said allowed" in ui.screen


async def test_the_reason_is_kept_back_until_somebody_has_predicted(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        await ui.read_on()
        await ui.press("enter y")
        assert ui.where == "QuizDialog"


async def test_two_questions_follow_each_other_and_escape_skips_both(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        await ui.read_on()
        assert "1 of 2" in await ui.see("enter")
        assert "Sam" in ui.screen
        assert "Next question" in await ui.see("c")
        assert "Robin runs:" in await ui.see("enter")
        assert "2 of 2" in ui.screen
        assert "Done" in await ui.see("a")
        await ui.press("enter")
        assert ui.where == "ShopScreen"
    async with person(tmp_path / "other", "10") as ui:
        await ui.read_on()
        await ui.press("enter escape")
        assert ui.where == "ShopScreen"


async def test_questions_are_counted_among_those_that_come_now(tmp_path: Path) -> None:
    async with person(tmp_path, "17") as ui:  # another one comes after three stars
        await ui.read_on()
        asked = await ui.see("enter")
        assert ("What will happen?" in asked, "of 2" in asked) == (True, False)
        assert "⏎ Done" in await ui.see("a")


async def test_what_was_skipped_is_asked_no_more_on_the_way_in_also_another_day(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        await ui.read_on()
        await ui.press("enter a enter escape")  # one answered, one skipped
        await ui.press("b")
        assert "⏎ To the shop" in await ui.read_on()
    for _ in range(2):
        async with person(tmp_path, "10") as ui:
            await ui.read_on()
            assert "⏎ To the shop" in ui.screen
            await ui.press("enter")
            assert ui.where == "ShopScreen"
    async with person(tmp_path, "05") as ui:
        await ui.read_on()
        assert "⏎ A guess" in ui.screen


async def test_nothing_is_asked_twice_or_after_the_first_act(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        await ui.read_on()
        await ui.press("enter escape b")
        await ui.read_on()
        await ui.press("enter")
        assert ui.where == "ShopScreen"
        await ui.press("2 n")
        await ui.type("lee\n")
    async with person(tmp_path, "05") as ui:
        await ui.read_on()
        await ui.press("b")
        await ui.read_on()
        await ui.press("enter")
        assert ui.where == "ShopScreen"


async def test_what_was_skipped_comes_back_from_the_brief(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        await ui.read_on()
        assert "⏎ A guess" in ui.screen
        assert "p in the brief asks again" in await ui.see("enter")
        await ui.press("escape b")
        assert "⏎ To the shop" in await ui.read_on()
        await ui.press("p")
        assert ui.where == "QuizDialog"
        await ui.press("escape")
        assert ui.where == "BriefScreen"


async def test_three_stars_bring_the_question_that_comes_after(tmp_path: Path) -> None:
    progress = Progress(tmp_path / "casey.sqlite3")
    prepare(progress, "17")
    progress.close()
    async with person(tmp_path, "17", (120, 40)) as ui:
        await ui.press("g")
        assert "one more question" in await ui.see_at_rest()
        assert "for 35 minutes" in await ui.see("enter")
        assert "You are right. AWS decides allowed" in await ui.see("a")
        await ui.press("enter")
        assert ui.where == "GradeScreen"
        assert "one more question" not in ui.screen
        assert "Question again" in ui.screen
        assert "for 35 minutes" in await ui.see("enter")


async def test_a_grade_without_three_stars_asks_nothing(tmp_path: Path) -> None:
    async with person(tmp_path, "17", floor=True) as ui:
        await ui.press("g")
        await ui.rest()
        await ui.press("enter")
        assert ui.where == "GradeScreen"


async def test_the_morning_asks_what_waits_and_keeps_what_was_said(tmp_path: Path) -> None:
    with closing(Progress(tmp_path / "casey.sqlite3")) as progress:
        progress.record_result(scenario("05"), graded("05", "solution"), LONG_AGO)
        progress.record_meetings(Met(LONG_AGO, "M28", right=False))
    async with person(tmp_path) as ui:
        assert "m  1 morning question waits" in ui.screen
        screen = await ui.see("m")
        assert "someone typed" in screen
        assert "What will AWS decide, after that?" in screen
        assert "In fact: s3:ListBucket needs the bucket" in await ui.see("a")
        screen = await ui.see("enter")
        assert ui.where == "HomeScreen"
        assert "morning question" not in screen
        assert "● by yourself, ◐ once, ○ not yet" in await ui.see("p")
        await ui.press("escape m")
        assert ui.where == "HomeScreen"
        assert len(ui.app.player.progress.meetings()) == 2
