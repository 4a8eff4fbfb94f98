"""What a form shows is what it does: its field, the mark in its list, its `$` line and Enter are one value."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from coffeeshop.tui.screens.form import FieldInput, FieldRow, FormDialog
from tests.tui.driver import Person, person, text_of

pytestmark = pytest.mark.slow


def command(ui: Person) -> str:
    """What the `$` line of a form says."""
    return text_of(ui.app.screen.query_one("#preview", Static)).removeprefix("$ ")


def fields(ui: Person) -> list[FieldInput]:
    return list(ui.app.screen.query(FieldInput).results(FieldInput))


def marked(ui: Person) -> str | None:
    """The option that is marked below the field in focus, as it is painted; None where no list is shown or nothing is marked."""
    for row in ui.app.screen.query(FieldRow).results(FieldRow):
        below = row.query_one(".below", Static)
        if row.input.has_focus and below.display:
            lines = text_of(below).splitlines()
            return next(
                (
                    line.removeprefix("▸ ").split("  ")[0]
                    for line in lines
                    if line[0] == "▸"
                ),
                None,
            )
    return None


async def test_the_arrows_move_the_field_the_mark_and_the_command_after_a_filter(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        ui.app.run_line("aws iam create-group --group-name Cashiers")
        await ui.press("escape 2 down a enter ctrl+u")
        await ui.type("s")
        await ui.press("down down")
        assert fields(ui)[0].value == marked(ui) == "Cashiers"
        assert (
            command(ui) == "aws iam add-user-to-group --group-name Cashiers --user-name bo"
        )
        await ui.press("enter")
        assert (
            ui.app.last_line[0]
            == "aws iam add-user-to-group --group-name Cashiers --user-name bo"
        )


async def test_the_policy_that_the_arrows_chose_is_the_one_that_is_attached(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down a p")
        await ui.type("S3")
        assert marked(ui) == "AmazonS3FullAccess (AWS wrote it)"
        await ui.press("down down")
        assert marked(ui) == "AmazonS3ReadOnlyAccess (AWS wrote it)"
        assert fields(ui)[0].value.endswith("/AmazonS3ReadOnlyAccess")
        await ui.press("enter")
        assert [arn.rpartition("/")[2] for arn in ui.play.account.users["bo"].attached] == [
            "AmazonS3ReadOnlyAccess"
        ]


async def test_a_field_that_is_left_shows_what_it_chose_in_place_of_the_filter(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await ui.press("s end up enter")
        form = ui.app.screen
        assert isinstance(form, FormDialog), ui.screen
        chosen = next(field for field in fields(ui) if field.field.choices)
        chosen.focus()
        await ui.press("ctrl+u")
        await ui.type(chosen.field.choices[-1][:2].upper())
        value = chosen.choice.value
        row = next(each for each in form.query(FieldRow) if each.input is chosen)
        assert row.below.display
        await ui.press("tab")
        assert chosen.value == value != ""
        assert not row.below.display  # only the field with the focus lists its choices


async def test_a_click_on_an_option_takes_it(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 right a enter down")
        assert marked(ui) == "bo"
        below = next(row.below for row in ui.app.screen.query(FieldRow).results(FieldRow))
        await ui.pilot.click(below, offset=(4, 2))
        await ui.pilot.pause()
        assert fields(ui)[0].value == marked(ui) == "robin"
        assert command(ui).endswith("--user-name robin")


async def test_whoever_was_put_into_a_group_is_taken_out_by_the_same_menu(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        assert "Take something away" in await ui.see("2 enter")  # ada is in Admins
        assert "Take ada out of Admins" in await ui.see("t")
        await ui.press("escape end enter")
        assert "Take something away" not in ui.screen  # sam has nothing


async def test_what_is_wrong_with_a_value_is_said_at_the_first_enter(tmp_path: Path):
    """The error stands below its field although the focus moves there."""
    async with person(tmp_path, "05", floor=True) as ui:
        assert "Sign in as someone" in await ui.see("s end up")
        await ui.press("enter")
        await ui.paste("zz")
        assert "this is needed" in await ui.see("enter")


async def test_a_field_with_nothing_to_choose_suggests_no_name(tmp_path: Path) -> None:
    async with person(tmp_path, "02", floor=True) as ui:
        await ui.press("colon")
        await ui.type("aws iam create-user --user-name ada\n")
        screen = await ui.see("escape 2 a enter")
        assert "There is no group to choose" in screen
        assert "there is none yet" in screen
        assert "the name in the brief" not in screen


async def test_the_whole_command_of_a_form_is_shown_before_enter(tmp_path: Path) -> None:
    """A pasted name takes more rows than a typed one. If they don't fit, keys scroll them."""
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 right n")
        await ui.paste("x" * 300)
        command_rows = ui.screen.partition("$ aws iam create-group --group-name")[2]
        assert command_rows.count("x") == 300
        await ui.press("ctrl+u")
        await ui.paste("y" * 900)
        assert "PgUp PgDn Whole command" in ui.screen
        assert "create-group" not in ui.screen
        assert "create-group" in await ui.see("pageup")


async def test_enter_names_the_only_choice_that_a_form_did_not_choose_itself(
    tmp_path: Path,
) -> None:
    """A group that allows everything is never chosen by itself."""
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 down a enter")
        assert "↓ chooses Admins, the only one" in await ui.see("enter")
