"""The welcome, the lesson and the words: told before anything is asked, and at any time again."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual._compositor import LayoutUpdate

from coffeeshop.tui.app import CoffeeshopApp
from coffeeshop.tui.keys import ACTIONS
from tests.tui.driver import person

pytestmark = pytest.mark.slow
FIRST = {"lessons": "offered"}


async def test_a_newcomer_is_welcomed_and_then_acts(tmp_path: Path) -> None:
    async with person(tmp_path, **FIRST) as ui:
        await ui.pilot.pause()
        assert ui.where == "WelcomeScreen"
        assert "Nothing can break." in ui.screen
        await ui.press("enter")
        assert ui.where == "ShopScreen"
        await ui.press("enter enter")
        assert (ui.where, ui.calls) == ("ShopScreen", ["CreateUser"])


async def test_the_first_morning_is_finished_by_the_keys_that_next_names(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", **FIRST) as ui:
        await ui.press("escape escape")
        assert "there is no user casey" in ui.screen
        await ui.press("2 n")
        await ui.type("casey\n")
        await ui.rest()
        assert "Casey is in no group." in ui.screen
        await ui.press("right")
        while "choose Cashiers" in ui.screen:
            await ui.press("down")
        await ui.press("a enter")
        await ui.type("casey\n")
        await ui.rest()
        assert (ui.where, "Three stars!" in ui.screen) == ("PeopleScreen", True)
        assert ui.calls == ["CreateUser", "AddUserToGroup"]


async def test_a_form_that_came_up_once_more_stays_with_whoever_chooses_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person(tmp_path, "10") as ui:
        ui.app.run_line("aws iam create-group --group-name Cashiers")
        await ui.press("escape 2 right end a enter")
        await ui.type("casey\n")
        assert (ui.where, ui.calls[-1]) == ("FormDialog", "AddUserToGroup")
        await ui.press("up")
        monkeypatch.setattr("coffeeshop.tui.stage.Stage.has_won", True)
        ui.app.changed.publish(None)
        await ui.press("tab")
        assert ui.where == "FormDialog"


async def test_the_welcome_and_the_shelf_below_it_are_painted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = list[type]()
    monkeypatch.setattr(
        CoffeeshopApp, "_display", lambda *shown: frames.append(type(shown[-1]))
    )
    async with person(tmp_path, frames=True, **FIRST) as ui:
        await ui.pilot.pause(0.1)
        assert frames.count(LayoutUpdate) == 1


async def test_whoever_has_begun_something_is_not_welcomed_again_but_w_does(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", **FIRST) as ui:
        ui.app.run_line("aws iam create-user --user-name casey")
    async with person(tmp_path, **FIRST) as ui:
        assert ui.where == "HomeScreen"
        await ui.press("w")
        assert ui.where == "WelcomeScreen"
        await ui.press("escape")
        assert ui.where == "HomeScreen"


async def test_a_lesson_is_turned_by_keys_and_left_at_any_page(tmp_path: Path) -> None:
    async with person(tmp_path, "00", (120, 40), **FIRST) as ui:
        assert "lesson, page 1 of 5" in ui.screen
        await ui.press("left")
        assert "page 1 of 5" in ui.screen
        await ui.press("enter")
        assert "page 2 of 5" in ui.screen
        await ui.press("left right right")
        assert "page 3 of 5" in ui.screen
        await ui.press("escape")
        assert ui.where == "BriefScreen"
        await ui.press("l")
        assert (ui.where, "page 3 of 5" in ui.screen) == ("LessonScreen", True)
        await ui.press("right right enter")
        assert ui.where == "BriefScreen"
        assert "page 1 of 5" in await ui.see("l")  # it was read


async def test_what_a_page_asks_is_told_once_it_was_guessed_and_not_before(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", **FIRST) as ui:
        asked = await ui.see("enter")
        assert "How does AWS decide?" in asked
        assert "implicit deny" not in asked
        told = await ui.see("a")
        assert "You said allowed" in told
        assert "AWS says refused" in told
        assert await ui.see("b") == told
        assert await ui.see("enter left") == told


async def test_a_question_is_not_passed_over_by_one_key_too_many(tmp_path: Path) -> None:
    async with person(tmp_path, "00", **FIRST) as ui:
        reminded = await ui.see("enter enter")
        assert ("page 2 of 5" in reminded, "Guess first?" in reminded) == (True, True)
        told = await ui.see("enter")
        assert ("page 2 of 5" in told, "AWS says refused" in told, "guessed" in told) == (
            True,
            True,
            False,
        )
        assert await ui.see("a") == told
        assert "page 3 of 5" in await ui.see("enter")


async def test_a_question_out_of_sight_takes_no_guess(tmp_path: Path) -> None:
    async with person(tmp_path, "01", (80, 24), **FIRST) as ui:
        above = await ui.see("right")
        assert (
            "a Allowed" in above,
            "How does AWS decide?" in above,
            "⏎ Read on" in above,
        ) == (
            False,
            False,
            True,
        )
        await ui.press("b")
        below = await ui.see("enter")
        assert (
            "How does AWS decide?" in below,
            "You said" in below,
            "a Allowed" in below,
        ) == (
            True,
            False,
            True,
        )
        assert "You said" in await ui.see("b")


async def test_the_key_that_reads_on_says_what_it_does(tmp_path: Path) -> None:
    async with person(tmp_path, "00", (80, 24), **FIRST) as ui:
        assert "⏎⏎ Tell me" in await ui.see("enter")
        assert "  ⏎ Tell me" in await ui.see("enter")
        assert "⏎ Go on" in await ui.see("enter")
        assert "⏎ To the brief" in await ui.see("right right right end")


async def test_the_end_of_a_lesson_names_the_screen_to_which_it_leads(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "02") as ui:
        assert ui.where == "BriefScreen"
        for label, screen in (
            ("To the brief", "BriefScreen"),
            ("To the shop", "ShopScreen"),
        ):
            await ui.press("l right right right right right right end")
            assert f"⏎ {label}" in ui.screen
            await ui.press("enter")
            assert ui.where == screen
            await ui.press("1")


async def test_what_stands_below_a_question_is_read_after_the_guess_or_past_it(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "14", (120, 40), **FIRST) as ui:
        assert "author didn't think of" not in await ui.see("right right")
        assert "author didn't think of" in await ui.see("a")
    async with person(tmp_path / "other", "14", (120, 40), **FIRST) as ui:
        reminded = await ui.see("right right enter")
        assert ("Guess first?" in reminded, "author didn't think of" in reminded) == (
            True,
            False,
        )
        past = await ui.see("enter")
        assert "author didn't think of" in past
        assert "AWS says allowed" in past
        assert "page 4" in await ui.see("enter")


async def test_what_is_below_the_fold_is_scrolled_to_before_the_page_is_turned(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", (80, 24), **FIRST) as ui:
        await ui.press("right right")
        assert "A list on the wall" in ui.screen
        below = await ui.see("enter")
        assert "page 3 of 5" in below
        assert "add-user-to-group" in below
        assert "page 4 of 5" in await ui.see("enter")


async def test_whoever_comes_back_to_a_play_is_in_the_shop_and_l_shows_the_lesson(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", **FIRST) as ui:
        ui.app.run_line("aws iam create-user --user-name casey")
    async with person(tmp_path, "00", **FIRST) as ui:
        assert ui.where == "ShopScreen"
        await ui.press("l")
        assert ui.where == "LessonScreen"
        await ui.press("l")
        assert ui.where == "ShopScreen"


async def test_whoever_comes_back_another_day_reads_on_where_they_left_the_lesson(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", **FIRST) as ui:
        assert "lesson, page 3 of 6" in await ui.see("right right")
    async with person(tmp_path, "05", **FIRST) as ui:
        assert "lesson, page 3 of 6" in ui.screen


async def test_a_guess_that_was_passed_over_is_asked_no_more_when_one_comes_back(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", lessons="offered") as ui:
        assert "AWS says refused" in await ui.see("right enter enter")
    async with person(tmp_path, "00", lessons="offered") as ui:
        assert ("AWS says refused" in ui.screen, "guessed" in ui.screen) == (True, False)


async def test_what_was_guessed_is_there_when_one_comes_back(tmp_path: Path) -> None:
    async with person(tmp_path, "00", **FIRST) as ui:
        told = await ui.see("enter a")
        assert "You said allowed" in told
        await ui.press("escape")
        assert "You said allowed" in await ui.see("l")
    async with person(tmp_path, "00", **FIRST) as ui:
        assert "You said allowed" in ui.screen
    async with person(tmp_path, "04", **FIRST) as ui:
        assert "You said" not in await ui.see("right right right")


async def test_a_lesson_that_was_read_to_its_end_begins_again(tmp_path: Path) -> None:
    async with person(tmp_path, "05", **FIRST) as ui:
        while ui.where == "LessonScreen":
            await ui.press("right right right enter")
        assert ui.where == "BriefScreen"
    async with person(tmp_path, "05", **FIRST) as ui:
        assert "lesson, page 1 of 6" in ui.screen


async def test_a_scenario_without_a_lesson_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with person(tmp_path, "05", **FIRST) as ui:
        monkeypatch.setattr(
            "coffeeshop.lessons.sitting.player.Player.lesson", lambda _: None
        )
        assert "this scenario has no lesson" in await ui.see("escape escape l")


async def test_the_words_of_any_screen_are_one_key_away_those_of_the_screen_first(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05") as ui:
        for keys in ("", "2", "3", "g", "r", "comma", "question_mark", "b p", "s"):
            await ui.go_back()
            await ui.press(keys)
            below = ui.where
            said = await ui.see("W")
            assert ui.where == "WordsDialog", keys
            assert "On this screen" in said, keys
            await ui.press("escape")
            assert ui.where == below, keys


async def test_the_words_of_a_note_that_goes_by_itself_are_not_words_of_the_screen(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        without = await ui.see("W")
        await ui.press("escape")
        ui.app.say("a federated principal shows a SAML assertion and an external id")
        assert await ui.see("W") == without


async def test_where_letters_are_text_a_key_that_is_none_shows_the_words(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 n")
        assert "W" in await ui.see("W")
        assert ui.where == "FormDialog"
        await ui.press("f3")
        assert ui.where == "WordsDialog"


async def test_what_is_typed_narrows_the_words_to_a_sentence_with_its_example(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("W")
        said = await ui.see_typed("trust")
        assert "▸ trust policy" in said
        assert "For example:" in said
        assert "no row" not in await ui.see_typed("zzz")
        assert "Nothing here has all of these words." in ui.screen


def test_lesson_and_words_stand_in_the_help_of_every_screen() -> None:
    assert {"lesson", "words"} <= ACTIONS.keys()
