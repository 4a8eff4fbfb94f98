"""What is typed after `/` narrows a list, and is nothing but text."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from coffeeshop.lessons.scenario.course import headings
from coffeeshop.tui.widgets.shelf import Shelf
from tests.lessons.folder import folder
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow


def listed(ui: Person) -> list[str]:
    """The names in the left list."""
    return [item.row.word for item in ui.app.screen.items]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]


async def test_people_are_narrowed_by_name_and_by_what_stands_beside_it(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2")
        everyone = listed(ui)
        await ui.press("slash")
        await ui.type("CAS")
        assert listed(ui) == ["casey"]
        await ui.press("backspace backspace backspace")
        assert listed(ui) == everyone
        await ui.type("admins")
        assert listed(ui) == ["ada"]


async def test_what_is_longer_than_any_name_narrows_nothing(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2")
        everyone = listed(ui)
        await ui.press("slash")
        await ui.paste("casey " * 20_000)
        assert listed(ui) == everyone
        await ui.type("casey")
        assert listed(ui) == ["casey"]


async def test_escape_shows_all_before_it_goes_back(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2")
        everyone = listed(ui)
        await ui.press("slash")
        await ui.type("sam\n")
        assert ui.app.focused is not None
        assert ui.app.focused.id == "list"
        await ui.press("escape")
        assert (ui.where, listed(ui)) == ("PeopleScreen", everyone)
        await ui.press("escape")
        assert ui.where == "ShopScreen"


@pytest.mark.parametrize("text", ["[/]", "[red]x", "zzz", "\\"])
async def test_a_list_with_nothing_left_says_so_in_the_words_that_were_typed(
    tmp_path: Path, text: str
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        shown = await ui.see("2 slash")
        for char in text:
            shown = await ui.see_typed(char)
        assert f"Nothing is called {text}" in shown
        assert "esc shows all" in shown


async def test_letters_do_what_they_do_on_what_is_left(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 slash")
        await ui.type("robin\n")
        await ui.press("a enter")
        assert "Add to a group · robin" in ui.screen


async def test_a_new_thing_is_shown_whatever_was_looked_for(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 slash")
        await ui.type("casey\n")
        await ui.press("n")
        await ui.type("lee\n")
        assert listed(ui) == ["ada", "casey", "lee"]


async def test_policies_are_narrowed_too(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await ui.press("3 slash")
        await ui.type("trust\n")
        assert listed(ui) == ["espresso-role", "Manager"]
        assert "Manager in plain words" in await ui.see("down")


async def test_the_shelf_keeps_the_cups_that_hold_every_word(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        await ui.press("slash")
        await ui.type("drawer receipts")
        rack = ui.app.screen.query_one(Shelf)
        assert [cup.id for board in rack.boards for cup in board.cups] == [
            "05-receipts-drawer"
        ]
        await ui.press("enter enter")
        assert ui.where == "ShopScreen"
        assert ui.play.scenario.id == "05-receipts-drawer"


async def test_an_empty_shelf_says_so_and_escape_fills_it_again(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        await ui.press("slash")
        assert "Nothing is called [/]" in await ui.see_typed("[/]")
        await ui.press("enter enter n")
        assert ui.where == "HomeScreen"
        await ui.press("escape")
        assert sum(
            len(board.cups) for board in ui.app.screen.query_one(Shelf).boards
        ) == len(headings())


async def test_what_was_looked_for_on_the_shelf_ends_with_the_play(tmp_path: Path) -> None:
    async with person(tmp_path) as ui:
        await ui.press("1 5 enter enter")
        assert ui.where == "ShopScreen"
        await ui.press("escape")
        assert sum(
            len(board.cups) for board in ui.app.screen.query_one(Shelf).boards
        ) == len(headings())
        await ui.press("1 0 enter enter")
        assert ui.play.scenario.id == "10-the-cashiers"


async def test_a_scenario_that_cannot_be_read_stands_on_the_shelf_with_what_is_wrong_with_it(
    tmp_path: Path,
) -> None:
    folder(tmp_path / "mine", change=("[story]", "[stroy]"))
    async with person(tmp_path, size=(120, 40), extra=tmp_path / "mine") as ui:
        await ui.press("slash")
        shown = await ui.see_typed("90\n")
        assert "did you mean" in shown
        assert "did you mean story?" in " ".join(shown.split())


async def test_backspace_in_the_list_of_words_takes_one_character(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("f3")
        await ui.type("poli")
        await ui.press("tab backspace")
        assert ui.app.screen.query_one(Input).value == "pol"


async def test_escape_says_that_the_shelf_is_whole_only_if_nothing_was_typed(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        assert "This is the whole shelf" in await ui.see("escape")
        await ui.press("up slash")
        await ui.type("10")
        await ui.press("enter")
        assert "This is the whole shelf" not in await ui.see("escape")
