"""Who can reach what in the app: worked out beside the keys, walked through by cells, explained by enter."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.teaching.help_setting import NO_HELP
from coffeeshop.tui.widgets.access_table import AccessTable
from tests.tui.driver import person

pytestmark = pytest.mark.slow
MORE = "aws iam put-user-policy --user-name bo --policy-name more --policy-document " + (
    '\'{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:Put*","Resource":"*"}}\''
)


async def test_it_says_that_it_is_working_it_out_and_keys_are_heard_meanwhile(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        ui.app.player.playing.assessment._reaching.acquire()
        assert "Working out everyone's access" in await ui.see("4")
        await ui.press("2")
        assert ui.where == "PeopleScreen"
        ui.app.player.playing.assessment._reaching.release()
        await ui.press("4")
        assert "LR◆W" in await ui.see_at_rest()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_enter_explains_the_cell_under_the_cursor_by_the_decision(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "10", size, floor=True) as ui:
        await ui.press("4")
        assert "casey · coffeeshop-receipts" in await ui.see_at_rest()
        assert size[1] < 40 or "About the whole table" in ui.screen
        screen = await ui.see("down")
        assert "robin · coffeeshop-receipts" in screen
        assert "◆ write, must be refused" in screen
        screen = await ui.see("enter")
        assert ui.where == "WhyScreen"
        assert "s3:DeleteObject" in screen
        assert "CloudTrail" not in screen
        assert " asked " not in screen
        assert "as AWS saw it" not in screen


async def test_a_cell_where_nothing_is_allowed_says_so_and_enter_says_that_there_is_no_decision(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("4")
        await ui.rest()
        assert "no policy allows it" in await ui.see("right right right")
        assert "no decision to show here" in await ui.see("enter")
        assert ui.where == "AccessScreen"


async def test_v_draws_lines_and_says_the_letters_of_who_is_chosen(tmp_path: Path) -> None:
    async with person(tmp_path, "10", (120, 40), floor=True) as ui:
        await ui.press("4")
        await ui.rest()
        screen = await ui.see("v down")
        assert any("⠒" <= char <= "⣿" for char in screen)
        assert "coffeeshop-receipts" in screen
        assert "LR◆W" in screen
        assert "bucket" not in (await ui.see("down")).split("robin")[0]


async def test_it_follows_the_play_and_the_cursor_stays_with_whom_it_was_on(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("4")
        await ui.rest()
        await ui.press("down down")
        ui.app.run_line(MORE)
        screen = await ui.see_at_rest()
        table = ui.app.screen.query_one(AccessTable)
        assert table.cell is not None
        assert table.cell[0].who == "bo"
        assert "▲W" in screen
        ui.app.undo()
        assert "▲W" not in await ui.see_at_rest()


async def test_the_cursor_goes_to_the_first_row_if_its_principal_is_gone(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("4")
        await ui.rest()
        await ui.press("down down")
        table = ui.app.screen.query_one(AccessTable)
        assert table.access is not None
        table.access = replace(table.access, subjects=table.access.subjects[:2])
        assert table.at[0] == 0


async def test_the_title_counts_the_columns_out_of_sight_at_each_size(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("4")
        await ui.rest()
        table = ui.app.screen.query_one(AccessTable)
        narrow = table.out_of_sight
        await ui.resize(120, 40)
        screen = await ui.see_at_rest()
        assert table.out_of_sight != narrow
        assert f"Access to each thing {table.out_of_sight}" in screen


async def test_the_pane_below_the_table_has_keys_of_its_own(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("4")
        assert "⏎ Why" in (await ui.see_at_rest()).splitlines()[-1]
        row = (await ui.see("tab")).splitlines()[-1]
        assert "↑↓ Scroll" in row
        assert "y Why" in row
        assert "Cell" not in row
        assert "⏎" not in row


async def test_next_sends_from_a_cell_to_the_shop_for_the_line_of_a_job(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", help=NO_HELP, floor=True) as ui:
        await ui.press("4")
        await ui.rest()
        await ui.press("down down")
        told = " ".join((await ui.see_at_rest()).split())
        assert "Shop: y on that line says why" in told
