"""The way that Next names, as the app goes it: the list that opens, the form that is filled, the keys that say what they do."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from coffeeshop.tui.widgets.bars import KeyRow, NextBox
from coffeeshop.tui.widgets.row_list import RowList
from tests.tui.driver import Person, person
from tests.views.plays import scenario

pytestmark = pytest.mark.slow
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def types(ui: Person, *lines: str) -> None:
    for line in lines:
        ui.app.run_line(line)


def next_says(ui: Person) -> str:
    box = ui.app.screen.query_one(NextBox)
    return " ".join(box.render().plain.split())


def keys(ui: Person) -> str:
    return ui.app.screen.query_one(KeyRow).render().plain


async def test_2_opens_the_first_list_whichever_was_left(tmp_path: Path) -> None:
    async with person(tmp_path, "00", floor=True) as ui:
        await ui.press("2 right 1")
        assert "2 People, Users, n hires" in next_says(ui)
        await ui.press("2 n")
        await ui.type("casey\n")
        assert ui.calls == ["CreateUser"]


async def test_the_keys_that_lead_to_another_list_are_all_named(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 right right 1")
        assert "2 People, → Groups, n makes one" in next_says(ui)
        await ui.press("2 right n")
        await ui.type("Cashiers\n")
        assert ui.calls == ["CreateGroup"]


async def test_2_leaves_what_hangs_on_a_thing_for_the_list(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 tab")
        assert ui.app.focused is ui.app.screen.query_one("#attached")
        await ui.press("1 2")
        assert ui.app.focused is ui.app.screen.query_one("#list")


async def test_the_form_that_next_leads_to_holds_what_next_names(tmp_path: Path) -> None:
    async with person(tmp_path, "02") as ui:
        types(
            ui,
            "aws iam create-user --user-name ada",
            "aws iam create-group --group-name Admins",
        )
        await ui.press("escape 2 right enter p")
        assert ui.app.screen.query_one(Input).value == ADMIN
        await ui.press("enter")
        assert ui.calls[-1] == "AttachGroupPolicy"
        assert ui.play.account.groups["admins"].attached == (ADMIN,)


async def test_a_form_to_which_next_does_not_lead_is_as_empty_as_ever(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 down enter p")
        assert ui.app.screen.query_one(Input).value == ""


async def test_why_leads_to_whom_the_leaking_policy_hangs_on(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        types(ui, f"aws iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
        await ui.press("escape y")
        assert ui.where == "WhyScreen"
        assert "“AdministratorAccess” on Casey allows s3:ListBucket" in next_says(ui)
        assert next_says(ui).endswith("2 People, Users, on casey: w writes one")
        types(
            ui,
            "aws iam put-user-policy --user-name casey --policy-name a --policy-document file://policies/receipts.json",
        )
        await ui.press("2 down")
        assert next_says(ui).endswith("tab to AdministratorAccess, d detaches it")
        await ui.press("tab")
        assert "d Detach AdministratorAccess" in keys(ui)
        assert next_says(ui).endswith(
            " d detaches the policy AdministratorAccess from casey"
        )
        assert "tab" not in next_says(ui)
        await ui.press("up")
        assert next_says(ui).endswith("↑↓ to AdministratorAccess, d detaches it")


async def test_a_key_that_should_be_gone_is_shown_with_its_check_on_its_owners_page(
    tmp_path: Path,
) -> None:
    hired = [
        line
        for line in scenario("03").solution.splitlines()
        if line.startswith("aws") and "till" not in line
    ]
    async with person(tmp_path, "03") as ui:
        types(ui, *hired)
        await ui.press("escape y")
        assert next_says(ui).endswith(
            "2 People, Users, on till: tab to AKIAAA62X6RGJVWDI675, d deletes it, C fills in the call"
        )
        await ui.press("2 end")
        assert "Till's old key lists the receipts" in ui.screen


async def test_the_owners_page_tells_of_the_laptop(tmp_path: Path) -> None:
    async with person(tmp_path, "01", floor=True) as ui:
        shown = " ".join((await ui.see("2")).split())
        assert "Must be refused: The laptop in the office acts as root" in shown


async def test_d_says_whom_or_what_it_takes_away(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 end")
        assert "d Delete sam" in keys(ui)
        await ui.press("up tab")  # robin's own copy
        assert "d Delete receipts" in keys(ui)
        assert "n New" not in keys(ui)
        await ui.press("shift+tab home tab")
        assert "d Take ada out" in keys(ui)


async def test_who_can_sign_in_comes_first_and_what_aws_would_refuse_last(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "02") as ui:
        types(
            ui,
            "aws iam create-user --user-name ada",
            "aws iam create-login-profile --user-name ada --password Crema-at-7-am",
        )
        await ui.press("escape s")
        picks = ui.app.screen.query_one("#picks", RowList)
        rows = [option.id for option in picks.options if option.id]
        assert picks.chosen_id == rows[0] == "in:ada"
        assert rows[-1] == "role:espresso-role"


async def test_three_stars_lead_to_the_day(tmp_path: Path) -> None:
    async with person(tmp_path, "00") as ui:
        types(
            ui,
            *(
                line
                for line in scenario("00").solution.splitlines()
                if line.startswith("aws")
            ),
        )
        await ui.press("escape")
        await ui.rest()
        assert next_says(ui).endswith("g shows your grade and what comes next")
        await ui.press("g")
        await ui.rest()
        assert next_says(ui).endswith("n opens it")
        await ui.press("5")
        assert ui.where == "DayScreen"
