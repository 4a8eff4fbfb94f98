"""The floor of an imported account: who could become what, instead of a shop that is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.cli import group
from tests.account.escalation.iam_vulnerable import details, named
from tests.tui.driver import person

PATHS = ("10-PutUserPolicy", "12-PutRolePolicy")


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder of an imported account of a few users and roles."""
    from click.testing import CliRunner

    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    whole = details()
    names = {f"{named(path)}-{kind}" for path in PATHS for kind in ("user", "role")}
    for rows, name in (("UserDetailList", "UserName"), ("RoleDetailList", "RoleName")):
        whole[rows] = [row for row in whole[rows] if row[name] in names]
    (tmp_path / "details.json").write_text(json.dumps(whole))
    assert (
        CliRunner()
        .invoke(group, ["import", str(tmp_path / "details.json"), "--as", "acme"])
        .exit_code
        == 0
    )
    return str(tmp_path / "data" / "accounts" / "acme")


async def test_an_imported_account_shows_who_could_become_what_and_no_shop(
    tmp_path: Path, account: str
) -> None:
    async with person(tmp_path, account, (120, 40)) as ui:
        await ui.press("escape")
        screen = await ui.see_at_rest()
        assert ui.where == "AccountScreen"
        assert (
            "Of 4 users and roles, none can do everything now, and 2 could gain full access unaided."
            in screen
        )
        assert "user privesc10-PutUserPolicy-user" in screen
        assert "aws iam put-user-policy --user-name privesc10-PutUserPolicy-user" in screen
        assert "can't gain more access" in screen
        assert "Must work" not in screen
        assert "privesc10" in await ui.see("2")
        await ui.press("1")
        assert ui.where == "AccountScreen"


async def test_a_scenario_after_it_has_its_shop(tmp_path: Path, account: str) -> None:
    async with person(tmp_path, account, (120, 40)) as ui:
        await ui.press("escape")
        ui.app.action_play("05")
        await ui.heard()
        assert ui.where == "ShopScreen"


async def test_of_very_many_it_says_who_looks_instead(
    tmp_path: Path, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coffeeshop.views.ascents.SMALL_ACCOUNT", 3)
    async with person(tmp_path, account, (120, 40)) as ui:
        await ui.press("escape")
        assert (
            "2 users and 2 roles are too many to check unless you ask."
            in await ui.see_at_rest()
        )
