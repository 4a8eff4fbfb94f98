"""The drawn grant in the app: one key draws what the cursor is on, at both sizes, and after every act."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.driver import Person, person

SIZES = [(80, 24), (120, 40)]


async def act(ui: Person, line: str) -> None:
    """Type a line of the AWS CLI, and close the console again."""
    await ui.press(":")
    await ui.type(line)
    await ui.press("enter")
    await ui.press("escape")


@pytest.mark.parametrize("size", SIZES)
async def test_d_draws_the_person_under_the_cursor(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "10", size) as ui:
        await ui.press("2")
        await ui.press("down")
        await ui.press("down")
        shown = await ui.see("D")
        for text in (
            "What casey can access",
            "receipts",
            "list, read",
            "┌ user",
            "│ casey",
        ):
            assert text in shown
        assert "more" not in ui.rows[1]


@pytest.mark.parametrize("size", SIZES)
async def test_the_drawing_follows_the_act_and_marks_what_is_new(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "10", size) as ui:
        await ui.press("2")
        for key in ("down", "down", "D"):
            await ui.press(key)
        await act(ui, "aws iam create-group --group-name Till")
        await act(ui, "aws iam add-user-to-group --group-name Till --user-name casey")
        await act(
            ui,
            "aws iam attach-group-policy --group-name Till "
            "--policy-arn arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess",
        )
        shown = await ui.see_at_rest()
        assert "Till" in shown
        assert "new: " in shown
        for known in ("new group", "new policy", "new queue"):
            assert known not in shown


async def test_arrows_turn_from_a_request_to_its_person_and_its_thing(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        await ui.press("4")
        await ui.press("down")
        shown = await ui.see("D")
        request = "What robin can do with coffeeshop-receipts"
        assert request in shown
        assert "What robin can access" in await ui.see("right")
        assert "Who can access coffeeshop-receipts" in await ui.see("right")
        assert request in await ui.see("right")


async def test_why_draws_its_request(tmp_path: Path) -> None:
    async with person(tmp_path, "10") as ui:
        await ui.press("1")
        await ui.press("y")
        await ui.press("D")
        assert "Sam can't call s3:ListBucket on coffeeshop-receipts" in ui.rows[1]


async def test_escape_leaves_the_drawing_for_the_screen_below(tmp_path: Path) -> None:
    async with person(tmp_path, "10") as ui:
        await ui.press("2")
        await ui.press("D")
        shown = await ui.see("escape")
        assert "Users" in shown
