"""The whole course so far with keys alone: what a person does who knows only what the screen says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import choose_cases
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow

SIZES = [(80, 24), (120, 40)]
SMALL = pytest.mark.parametrize("size", choose_cases(SIZES[:1], SIZES))
LARGE = pytest.mark.parametrize("size", choose_cases(SIZES[1:], SIZES))


async def write(ui: Person, *statements: tuple[str, str]) -> None:
    """Fill the editor's blanks by F9 for the first statement, and save."""
    for action, resource in statements:
        await ui.press("f9")
        await ui.type(action + "\n")
        await ui.press("tab f9")
        await ui.type(resource + "\n")
    await ui.press("f2")
    await ui.pilot.pause()


async def compose(ui: Person, text: str) -> None:
    """Replace the whole text by another from the clipboard, and save."""
    await ui.press("f7")
    await ui.paste(text)
    await ui.press("f2")
    await ui.pilot.pause()


async def add_members(ui: Person, *names: str) -> None:
    """Put people into the group under the cursor: the dialog asks for the next one as long as the shop means somebody."""
    await ui.press("a enter")
    for name in names:
        await ui.type(name + "\n")


@SMALL
async def test_the_receipts_drawer_is_finished_by_forms_and_names(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "05", size, motion="some") as ui:
        assert "Casey lists the receipts" in ui.screen
        assert "n hires" not in await ui.see("escape 2 down")
        await ui.press("w")
        await ui.type("Receipts\n")
        assert "Fill in the" in await ui.see_at_rest()
        await write(ui, ("s3:ListBucket", "AWSDOC-EXAMPLE-BUCKET"))
        assert ui.calls == ["PutUserPolicy"]
        await ui.press("g")
        assert "Three stars" in await ui.see_at_rest()
        assert ui.app.sitting.report is not None
        assert ui.app.sitting.report.stars == 3
        assert "100 of 100 points" in await ui.see("p")


async def test_the_receipts_drawer_is_finished_by_a_managed_policy(tmp_path: Path) -> None:
    async with person(tmp_path, "05", motion="some", floor=True) as ui:
        await ui.press("3 n")
        await ui.type("Receipts\n")
        await write(ui, ("s3:ListBucket", "AWSDOC-EXAMPLE-BUCKET"))
        assert "attached to no one" in ui.screen
        assert "Attach" in await ui.see("a")
        await ui.press("enter")
        await ui.type("casey\n")
        assert ui.calls == ["CreatePolicy", "AttachUserPolicy"]
        await ui.press("g")
        await ui.rest()
        assert ui.app.sitting.report is not None
        assert ui.app.sitting.report.stars == 3


async def test_the_receipts_drawer_is_finished_in_the_console(tmp_path: Path) -> None:
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"}}'
    async with person(tmp_path, "05", motion="some", floor=True) as ui:
        await ui.press("colon")
        await ui.type(
            "aws iam put-user-po\t--user-name casey --policy-name Receipts --policy-document "
        )
        await ui.paste(f"'{document}'")
        await ui.press("enter")
        await ui.press("escape g")
        await ui.rest()
        assert ui.app.sitting.report is not None
        assert ui.app.sitting.report.stars == 3


RECEIPTS = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::coffeeshop-receipts"},'
    '{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::coffeeshop-receipts/*"}]}'
)


@LARGE
async def test_the_cashiers_are_finished_with_keys_alone(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "10", size, motion="some", floor=True) as ui:
        await ui.press("2 right n")
        await ui.type("Cashiers\n")
        await ui.press("w")
        await ui.type("receipts\n")
        await compose(ui, RECEIPTS)
        await add_members(ui, "casey", "robin", "bo", "sam")
        assert "is still allowed: the policy" in ui.screen
        await ui.press("left")
        for name in ("bo", "casey", "robin"):
            downs = "down " * ["ada", "bo", "casey", "robin"].index(name)
            await ui.press(f"home {downs} tab down d")
            assert "DeleteUserPolicy" in ui.screen  # the question, before anything is gone
            await ui.press("d shift+tab")
        assert ui.calls[-3:] == ["DeleteUserPolicy"] * 3
        await ui.press("g")
        await ui.rest()
        assert ui.app.sitting.report is not None
        assert ui.app.sitting.report.stars == 3


def allow(action: str, *resources: str) -> str:
    listed = ",".join(f'"{resource}"' for resource in resources)
    return f'{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":[{listed}]}}}}'


STATIONS = {
    "Cashier": allow(
        "dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111122223333:table/Register"
    ),
    "Inventory": allow(
        "dynamodb:UpdateItem", "arn:aws:dynamodb:us-east-1:111122223333:table/Inventory"
    ),
    "OnlineOrders": allow(
        "sqs:ReceiveMessage", "arn:aws:sqs:us-east-1:111122223333:online-orders"
    ),
}


@SMALL
async def test_the_three_workstations_are_finished_with_keys_alone(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "15", size, motion="some", floor=True) as ui:
        await ui.press("2 right right")
        for role, document in STATIONS.items():
            await ui.press("n")
            await ui.type(f"{role}\n")
            await ui.press("f9 enter f2")
            await ui.press("w")
            await ui.type("station\n")
            await compose(ui, document)
        assert ui.calls == ["CreateRole", "PutRolePolicy"] * 3
        await ui.press("left home down w")
        await ui.type("stations\n")
        await compose(
            ui,
            allow(
                "sts:AssumeRole",
                *(f"arn:aws:iam::111122223333:role/{role}" for role in STATIONS),
            ),
        )
        await ui.press("g")
        await ui.rest()
        assert ui.app.sitting.report is not None
        assert ui.app.sitting.report.stars == 3
