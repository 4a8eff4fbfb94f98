"""N names the cause of a case by arrows and Enter: the kind of policy, the policy, the statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.teaching.help_setting import FADING_HELP
from tests.tui.driver import person

pytestmark = pytest.mark.slow


async def test_a_wrong_cause_says_where_to_look_and_a_right_one_why(tmp_path: Path) -> None:
    async with person(tmp_path, "28", help=FADING_HELP, floor=True) as ui:
        assert "Case 1. Robin" in ui.screen
        assert "N  names the cause" in ui.screen
        assert "2 Bo:" in await ui.see("N")
        assert "3 Role trust policies: 2 here" in await ui.see("enter")
        assert "group/Cashiers/list" in await ui.see("enter")
        listed = await ui.see("down down down enter")
        assert "2 Count Allow dynamodb:Scan" in listed
        said = await ui.see("down enter")
        assert "The kind is right, but it is another statement." in said
        assert "The next try is worth 3.3 points." in said
        await ui.press("enter")
        said = await ui.see("N enter 1 3 1")
        assert "Statement List of user/casey/stock-take" in said
        await ui.press("enter")
        assert "Case 2. Bo" in ui.screen


async def test_esc_goes_back_by_one_and_names_nothing(tmp_path: Path) -> None:
    async with person(tmp_path, "28", floor=True) as ui:
        await ui.press("N enter enter")
        assert "What decides it? The policy" in ui.screen
        assert "What decides it? The kind of policy" in await ui.see("escape")
        assert "nothing was named" in await ui.see("escape")
        assert ui.app.sitting.named_causes == ()


async def test_that_nothing_allows_it_is_named_by_its_kind(tmp_path: Path) -> None:
    async with person(tmp_path, "12", floor=True) as ui:
        said = await ui.see("N 1 0")
        assert "✓ Right" in said
        assert "No identity-based policy allows it." in said


async def test_a_scenario_without_cases_says_so(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        assert "no cause to name" in await ui.see("N")


async def test_the_lists_of_the_shop_show_what_is_amiss_alone(tmp_path: Path) -> None:
    async with person(tmp_path, "28") as ui:
        shown = await ui.see("escape")
        assert "Must be refused 0 of 3" in shown
        assert "Bo, as Cashier, writes sales" not in shown
