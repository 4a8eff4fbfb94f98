"""The check-up in the app: a chapter, its questions in a box of 80x24, and what is offered at the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coffeeshop.lessons.play.check_up_rows import (
    COURSE_COUNT,
    QUESTION_COUNT,
    CheckUp,
    skipped_chapters,
)
from coffeeshop.lessons.teaching.check_up import (
    CheckQuestion,
    checked_chapters,
    draw_questions,
)
from coffeeshop.tui.screens.check_up import CheckUpDialog, CourseCheckUpDialog
from tests.examples import some
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow
ALL_SKILLS = [id for ids in checked_chapters().values() for id in ids]
DRAWN = len(some(range(130), 12))  # questions: every one of every row at night


async def answer_all(ui: Person, wrong: int = 0) -> str:
    """Answer chapter 4's questions, the first ones wrongly, and return the last screen."""
    await ui.press("escape k down down down enter")
    for number in range(QUESTION_COUNT):
        dialog = ui.app.screen
        assert isinstance(dialog, CheckUpDialog)
        wrong_letter = next(
            letter for letter in dialog.texts if letter != dialog.right_letter
        )
        await ui.press(wrong_letter if number < wrong else dialog.right_letter)
        await ui.press("enter")
    return ui.screen


async def test_enough_right_answers_offer_to_skip_the_chapter_and_that_is_taken_back(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        progress = ui.app.player.progress
        screen = await answer_all(ui, wrong=1)
        assert "5 of 6 right" in screen
        assert "Skip chapter 4?" in screen
        assert "▸ s Skip it for now" in screen
        await ui.press("s")
        assert skipped_chapters(progress.meetings()) == {4}
        assert "shown by check-up" in await ui.see("k")
        assert "Take it back" in await ui.see("down down down enter")
        await ui.press("enter")
        assert skipped_chapters(progress.meetings()) == frozenset()


async def test_too_few_right_answers_offer_nothing(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        screen = await answer_all(ui, wrong=2)
        assert "4 of 6 right" in screen
        assert "Skip chapter" not in screen
        await ui.press("enter")
        assert skipped_chapters(ui.app.player.progress.meetings()) == frozenset()


async def test_a_check_up_that_counts_answers_does_not_say_that_it_is_never_scored(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        screen = await ui.see("escape k enter enter")
        assert "5 right answers of 6 are enough." in screen
        assert "never scored" not in screen


async def test_a_check_up_that_is_left_goes_on_where_its_keys_say(tmp_path: Path) -> None:
    async with person(tmp_path, size=(120, 40)) as ui:
        await ui.press("escape k 4")
        dialog = ui.app.screen
        assert isinstance(dialog, CheckUpDialog)
        assert "Leave; to continue: k 4" in ui.screen
        assert "Leave; to continue: k 4" in await ui.see(dialog.right_letter)
        await ui.press("escape")
        assert "Check-up of chapter 4: 2 of 6" in await ui.see("k 4")


async def test_the_reason_of_a_question_speaks_of_no_scenario_that_happens_to_be_open(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("escape")
        assert ui.where == "HomeScreen"
        await ui.press("k 4")
        dialog = ui.app.screen
        assert isinstance(dialog, CheckUpDialog)
        await ui.press(dialog.right_letter)
        screen = await ui.see("y")
        assert ui.where == "WhyScreen"
        assert "The answer to a question" in screen
        assert "receipts drawer" not in screen
        assert "Your acts have no part in it" in " ".join(screen.split())
        assert "2 People" not in screen


async def test_a_question_and_its_answer_fit_in_eighty_columns_and_twenty_four_rows(
    tmp_path: Path,
) -> None:
    questions = draw_questions(ALL_SKILLS, 5, DRAWN)
    async with person(tmp_path) as ui:
        await ui.press("escape")
        unseen = {question.told: await unseen_parts(ui, question) for question in questions}
    assert {told: parts for told, parts in unseen.items() if parts} == {}


async def unseen_parts(ui: Person, question: CheckQuestion) -> list[str]:
    """Return what of a question and its answer is not on the screen."""
    ui.app.push_screen(CheckUpDialog(ui.app, CheckUp(1, 5), question))
    asked = await ui.see_at_rest()
    answered = await ui.see("b" if question.right == 0 else "a")
    words = " ".join(answered.replace("│", " ").split())
    ui.app.pop_screen()
    await ui.rest()
    is_choice_shown = re.search("[bcd] Answer", asked) is not None
    is_shown = {
        "the key of a choice": is_choice_shown,
        **{part: part in answered for part in ("Next question", "teaches it")},
        "the question": question.told[:30] in words,
    }
    return [part for part, is_seen in is_shown.items() if not is_seen]


async def test_the_check_up_of_the_course_shows_its_result_at_the_end_only(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        await ui.press("escape k end up")
        screen = await ui.see("enter")
        assert "Check-up before the course: 1 of 10" in screen
        for _ in range(COURSE_COUNT):
            dialog = ui.app.screen
            assert isinstance(dialog, CourseCheckUpDialog)
            screen = await ui.see(dialog.right_letter)
            assert "You are right" not in screen
        assert "10 of 10 right" in screen
        await ui.press("enter")
        assert "10 of 10 right" in await ui.see("k end")
