"""The shop opens: tickets are played one after the other, any key skips one, esc all; then the list remains."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.tui.widgets.opening import Opening
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow


def seconds(ui: Person, at: float) -> None:
    """Set the clock of the play."""
    opening = ui.app.screen.query_one(Opening)
    opening.seconds = at
    opening.refresh()


async def opened(ui: Person) -> Opening:
    await ui.press("escape r")
    opening = ui.app.screen.query_one(Opening)
    if opening._timer:
        opening._timer.pause()
    seconds(ui, 0.0)
    await ui.pilot.pause()
    return opening


async def test_r_plays_the_first_ticket_and_says_who_asks_what_and_what_aws_answers(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", motion="some") as ui:
        await opened(ui)
        assert "1 of 9" in ui.screen
        assert "Casey lists the receipts" in ui.screen
        assert "doesn't work" not in ui.screen
        seconds(ui, 1.9)
        await ui.pilot.pause()
        assert "casey: s3:ListBucket on coffeeshop-receipts" in ui.screen
        assert "AWS allows it" in ui.screen


async def test_one_key_skips_one_ticket_and_does_nothing_else(tmp_path: Path) -> None:
    async with person(tmp_path, "10", motion="some") as ui:
        await opened(ui)
        for nth, key in enumerate(("space", "enter", "g", "1", "u", "question_mark"), 2):
            assert f"{nth} of 9" in await ui.see(key)
        assert ui.where == "TicketsScreen"


async def test_esc_ends_it_and_the_list_remains(tmp_path: Path) -> None:
    async with person(tmp_path, "10", motion="some") as ui:
        opening = await opened(ui)
        screen = await ui.see("escape")
        assert not opening.is_moving
        assert "Every request, tried now" in screen
        assert "✓ works Casey lists the receipts" in screen
        assert "doesn't work" in screen
        await ui.press("escape")
        assert ui.where == "ShopScreen"


async def test_behind_the_last_ticket_the_list_comes_by_itself(tmp_path: Path) -> None:
    async with person(tmp_path, "10", motion="some") as ui:
        await opened(ui)
        await ui.press(" ".join(["space"] * 9))
        assert "Every request, tried now" in ui.screen


@pytest.mark.parametrize(
    "settings", [{"motion": "none"}, {"motion": "some", "picture": "words"}]
)
async def test_where_nothing_is_to_move_it_is_told_in_words(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    async with person(tmp_path, "10", (120, 40), **settings, floor=True) as ui:
        screen = await ui.see("r")
        assert "Every request, tried now" in screen
        assert "casey requests s3:ListBucket" in screen
        assert "✓ works Casey lists the receipts" in screen


async def test_r_plays_it_once_more(tmp_path: Path) -> None:
    async with person(tmp_path, "10", motion="some") as ui:
        await opened(ui)
        await ui.press("escape")
        await ui.press("r")
        assert " of 9" in ui.screen
