"""The opening of a scenario: few words and few keys before the first act, and the shop that reacts to acts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coffeeshop.account.model import Call
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.policy.model import Kind
from coffeeshop.tui.screens.perform import _open_editor
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.tui.widgets.opening import Opening
from coffeeshop.tui.widgets.picture import Picture
from tests.examples import some
from tests.tui.driver import Person, person

HIRE = "aws iam create-user --user-name casey"
JOIN = "aws iam add-user-to-group --group-name Cashiers --user-name casey"
WORD = re.compile(r"[A-Za-z][\w'’.:/-]*")
ANY_ACT = "aws iam list-users\n"  # typed by the learner, so it isn't read


class Reader:
    """Counts the words that a learner reads. A row that stands still is read once, and a picture has no words."""

    def __init__(self, ui: Person) -> None:
        self.ui = ui
        self.rows_read: set[str] = set()
        self.words: list[str] = []

    def look(self) -> None:
        """Read the rows that are new on the screen. Below a box, rows are dimmed and were read."""
        screen = self.ui.app.screen
        boxes = [box.region for box in screen.query(".box")]
        pictures = [each.region for each in screen.query(Picture) if each.display]
        for y, row in enumerate(self.ui.rows):
            if any(picture.y <= y < picture.bottom for picture in pictures):
                continue
            for box in boxes:
                row = row[box.x : box.right] if box.y <= y < box.bottom else ""
            if row.strip() not in self.rows_read:
                self.rows_read.add(row.strip())
                self.words += WORD.findall(row)


async def test_before_the_first_act_of_00_there_are_forty_words_and_four_keys(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, brief=False) as ui:
        reader = Reader(ui)
        keys = 0
        while not (ui.app.player.sitting and ui.play.acts):
            await ui.press("enter")
            keys += 1
            if not ui.play.acts:
                reader.look()
        assert (ui.calls, ui.where) == (["CreateUser"], "ShopScreen")
        assert keys <= 4
        assert len(reader.words) <= 40, reader.words


async def words_before_an_act(folder: Path, scenario: str) -> list[str]:
    """The words before the first act by the console, from the shelf."""
    async with person(folder, brief=False) as ui:
        ui.app.action_play(scenario)
        await ui.heard()
        reader = Reader(ui)
        reader.look()
        await ui.press("colon")
        reader.look()
        await ui.type(ANY_ACT)
        assert ui.calls == ["ListUsers"]
        return reader.words


@pytest.mark.slow
@pytest.mark.parametrize("scenario", some((folder.name for folder in folders()), 4))
async def test_before_the_first_act_of_any_scenario_there_are_eighty_words(
    tmp_path: Path, scenario: str
) -> None:
    words = await words_before_an_act(tmp_path, scenario)
    assert len(words) <= 80, words


async def test_the_opening_shows_a_situation_and_the_lists_come_with_the_first_act(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", brief=False) as ui:
        assert "Casey is at the till and can't list receipts. Let her in." in ui.screen
        assert ui.rows[-1].split() == ["b", "Brief", "l", "Lesson", "?", "Help"]
        assert "Must work" not in ui.screen
        await ui.press("enter enter")
        assert "Must work" in ui.screen
        assert "b Brief" in ui.rows[-1]
        await ui.press("u")
        assert "Must work" not in ui.screen


async def test_enter_at_the_opening_goes_to_the_group_that_the_first_step_names(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "12", brief=False) as ui:
        await ui.press("enter")
        screen = ui.app.screen
        assert isinstance(screen, ThingsScreen)
        assert screen.item_here is not None
        assert (screen.kind, screen.item_here.row.word) == ("groups", "Managers")


async def test_who_has_read_the_brief_finds_the_lists_on_the_floor(tmp_path: Path) -> None:
    async with person(tmp_path, "00", brief=False) as ui:
        await ui.press("b escape")
        assert "Must work" in ui.screen


async def test_the_opening_is_told_even_if_the_next_box_is_hidden(tmp_path: Path) -> None:
    async with person(tmp_path, "05", brief=False, next_box="hidden") as ui:
        assert "Casey is at the till" in ui.screen
        await ui.press("b escape")
        assert "Casey is at the till" not in ui.screen


async def test_the_person_of_the_opening_walks_up_until_a_key_and_the_key_works(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", brief=False, motion="some") as ui:
        replay = ui.app.screen.query_one(Opening)
        assert (replay.display, [beat.who.name for beat in replay.beats]) == (
            True,
            ["casey"],
        )
        before = replay.facts()
        replay.seconds += 1
        assert replay.facts() != before, "each second has another picture"
        await ui.press("enter")
        assert ui.where == "FormDialog"
        await ui.press("escape")
        assert not replay.display
        assert not replay.is_moving


async def test_a_job_that_starts_or_stops_working_is_replayed_and_told(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", brief=False, motion="some") as ui:
        await ui.press("2")
        ui.app.run_line(HIRE)
        ui.app.run_line(JOIN)
        await ui.press("1")
        replay = ui.app.screen.query_one(Opening)
        assert replay.display
        assert "Casey lists the receipts." in ui.screen
        await ui.press("u")
        assert replay.display
        assert "Casey is turned away: no policy allows s3:ListBucket." in ui.screen
        await ui.press("tab")
        assert not replay.display


async def test_without_motion_the_floor_tells_how_it_ended(tmp_path: Path) -> None:
    async with person(tmp_path, "00", brief=False) as ui:
        ui.app.run_line(HIRE)
        ui.app.run_line(JOIN)
        await ui.heard()
        assert not ui.app.screen.query_one(Opening).display
        assert "Casey lists the receipts." in ui.screen


async def test_p_asks_the_guess_from_the_floor(tmp_path: Path) -> None:
    async with person(tmp_path, "00", brief=False) as ui:
        await ui.press("p")
        assert ui.where == "QuizDialog"


async def test_a_page_is_offered_when_the_next_act_needs_it_until_it_was_read(
    tmp_path: Path,
) -> None:
    offer = "l shows how, on page 3 of 5: A list on the wall"
    async with person(tmp_path, "00", brief=False, lessons="offered") as ui:
        assert offer not in " ".join(ui.screen.split())
        await ui.press("enter enter")
        assert offer in " ".join(ui.screen.split())
        assert "A list on the wall" in await ui.see("l")
        assert ui.where == "LessonScreen"
        await ui.press("escape")
        assert "shows how" not in ui.screen
    async with person(tmp_path, "00", brief=False, lessons="offered") as ui:
        call = Call(
            "iam", "PutGroupPolicy", {"GroupName": "Cashiers", "PolicyName": "receipts"}
        )
        _open_editor(ui.app, call, "PolicyDocument", Kind.IDENTITY, "", "")
        await ui.heard()
        assert ui.where == "EditorScreen"
        assert "shows how" not in " ".join(ui.screen.split()), "a letter is text there"
    async with person(tmp_path, "11", brief=False, lessons="offered") as ui:
        ui.app.run_line("aws iam list-users")
        await ui.heard()
        assert "shows how" not in " ".join(ui.screen.split())
