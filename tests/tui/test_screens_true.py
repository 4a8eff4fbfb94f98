"""What screens say of themselves is so: words, keys, messages, and where a key leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.account.access.totp import device_code
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.lessons.scenario.find import OWN_SHOP
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.tui.keys import ACTIONS
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.screens.form import FormDialog
from coffeeshop.tui.screens.home import HomeScreen
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.screens.question import QuestionDialog
from coffeeshop.tui.screens.words import HERE_HEADING, OTHERS_HEADING, WordsDialog
from coffeeshop.tui.widgets.bars import NextBox
from coffeeshop.views.glossary import known_glossary_of
from tests.examples import some
from tests.tui.driver import person

SCREENS = ("", "g", "b", "2", "2 right", "3", "4", "b l")


async def test_the_terms_on_this_screen_are_those_that_it_shows(tmp_path: Path) -> None:
    async with person(tmp_path, "00") as ui:
        for keys in SCREENS:
            await ui.go_back()
            await ui.press(keys)
            await ui.rest()
            below = ui.app.screen
            shown = "\n".join(
                (
                    *(row.strip("┃│ ") for row in ui.rows),
                    *(box.text for box in below.query(NextBox)),
                )
            )
            await ui.press("f3")
            dialog = ui.app.screen
            assert isinstance(dialog, WordsDialog), keys
            rows = [content.plain for id, content in dialog.rows if not id]
            ids = [id for id, _ in dialog.rows]
            assert rows[-1] == OTHERS_HEADING
            here = ids[1 : ids.index("", 1)] if rows[0] == HERE_HEADING else []
            words = " ".join(shown.split())
            found = {term.name for term in known_glossary_of({}).among(words)}
            assert set(here) <= found, keys
            assert here, keys


async def test_the_palette_finds_each_key_of_the_shelf_by_the_word_of_its_row(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        assert isinstance(ui.app.screen, HomeScreen)
        rows = [row for row in HomeScreen.KEYS if not isinstance(row, str)]
        by_letter = [row for row in (*rows, *HomeScreen.MORE_KEYS) if row[0].isalpha()]
        for name, word in by_letter:
            await ui.press("ctrl+p")
            dialog = ui.app.screen
            assert isinstance(dialog, PickDialog)
            shown = [content.plain.split("  ") for _, content in dialog.rows]
            assert any((row[0], word) == (name, word) for row in shown), word
            await ui.press("escape")


@pytest.mark.parametrize(
    ("typed", "title"),
    [("check-up", "Check-up"), ("practice", "Practice"), ("progress", "What you can do")],
)
async def test_the_palette_does_what_the_key_of_the_shelf_does(
    tmp_path: Path, typed: str, title: str
) -> None:
    async with person(tmp_path) as ui:
        await ui.press("ctrl+p")
        await ui.type(typed)
        await ui.press("enter")
        assert title in ui.screen
        assert not isinstance(ui.app.screen, HomeScreen)


@pytest.mark.parametrize("id", some(headings(), 5))
async def test_enter_at_the_opening_opens_what_it_says(tmp_path: Path, id: str) -> None:
    async with person(tmp_path, id, brief=False) as ui:
        said = ui.app.screen.query_one(NextBox).text.rpartition("opens ")[2].strip()
        await ui.press("enter")
        screen = ui.app.screen
        if said == "the policy editor":
            assert isinstance(screen, EditorScreen)
        elif said.startswith("the question "):
            assert isinstance(screen, QuestionDialog)
            assert said.partition("“")[2].strip("”") in ui.screen
        elif said.startswith("“"):
            assert isinstance(screen, FormDialog | PickDialog | EditorScreen)
            assert said.strip("“”") in ui.screen
        else:
            action = next(
                row for row in ACTIONS.values() if said == f"{row.shown_key} {row.word}"
            )
            assert action.name.replace("_", "") in type(screen).__name__.lower()


async def test_a_message_of_the_device_form_goes_with_the_codes_that_it_was_about(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down m m")
        device = next(
            d for d in ui.play.account.devices.values() if d.serial.endswith("/bo")
        )
        assert "the first code has six digits" in await ui.see("enter")
        await ui.type(device_code(device, ui.app.sitting.now))
        assert "the first code has six digits" not in ui.screen
        await ui.type("000000")
        await ui.press("enter")
        assert "✗ " in ui.screen
        assert "✗ " not in await ui.see_typed("1")


async def test_a_refusal_at_the_foot_of_a_form_goes_with_the_next_change(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00") as ui:
        ui.app.use_profile("ada")
        await ui.press("escape 2 n")
        await ui.type("ada\n")
        assert "EntityAlreadyExists" in ui.screen or "already exists" in ui.screen
        await ui.type("2")
        assert "already exists" not in ui.screen


async def test_f1_again_prints_the_usage_once(tmp_path: Path) -> None:
    async with person(tmp_path, "00", floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam create-user")
        screen = await ui.see("f1 f1 f1")
        assert screen.count("--user-name NAME") == 1


async def test_a_shop_without_a_lesson_offers_no_lesson_and_no_guess(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, OWN_SHOP) as ui:
        for keys in ("", "b", "g", "2", "3", "4", "t", ":"):
            shown = " ".join((await ui.see(keys)).split())
            assert "l Lesson" not in shown, keys
            assert "p Predict" not in shown, keys
            await ui.go_back()


async def test_no_screen_offers_to_undo_before_there_is_an_act(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        for keys in ("", "g", "2", "3", "4", "t"):
            assert "u Undo" not in " ".join((await ui.see(keys)).split()), keys
            await ui.go_back()
        ui.app.run_line("aws iam create-user --user-name lee")
        await ui.heard()
        assert "u Undo" in " ".join((await ui.see("3")).split())


async def test_the_brief_of_a_scenario_with_a_lesson_offers_it(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        assert "l Lesson" in " ".join((await ui.see("b")).split())


async def test_the_console_of_a_shop_without_listed_calls_lists_none(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, OWN_SHOP) as ui:
        await ui.press(":")
        await ui.type("help")
        shown = " ".join((await ui.see("enter")).split())
        assert "The calls of this scenario" not in shown
        assert "You can call these services" in shown


async def test_a_shelf_that_shows_nothing_names_the_key_that_shows_all(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        await ui.press("/")
        await ui.type("2nada")
        shown = " ".join((await ui.see("enter s")).split())
        assert "⏎ opens the scenario" not in shown
        assert "⏎ Play" not in shown
        assert "esc Show all" in shown


@pytest.mark.parametrize("number", ["12", "20", "28"])
async def test_the_floor_of_a_diagnosis_counts_the_jobs_that_the_grade_counts(
    tmp_path: Path, number: str
) -> None:
    async with person(tmp_path, number, size=(120, 40)) as ui:
        await ui.press("escape")
        await ui.rest()
        tickets = ui.app.sitting.tickets
        jobs = [ticket for ticket in tickets if ticket.want.mode is Mode.MUST]
        good = sum(ticket.mark is Mark.OK for ticket in jobs)
        shown = " ".join(ui.screen.split())
        assert f"Must work {good} of {len(jobs)}" in shown.replace("─", "")
        assert f"{good} of {len(jobs)} jobs work" in await ui.see("r")
