"""Whoever presses what Next says, key by key, comes to the deed, from wherever the cursor stands: over plays that nobody wrote."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random  # noqa: TID251  # its seed is an argument

import pytest

from coffeeshop.lessons.scenario.find import folders
from coffeeshop.tui.screens.base import PlayScreen
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.screens.enrol import EnrolScreen
from coffeeshop.tui.screens.form import FormDialog
from coffeeshop.tui.screens.question import QuestionDialog
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.tui.widgets.phone import Phone
from coffeeshop.tui.widgets.shelf import Shelf
from coffeeshop.views.step import Step
from tests.examples import choose_cases, some
from tests.tui.driver import Person, person
from tests.views.plays import scenario
from tests.views.test_same_word import known

pytestmark = pytest.mark.slow

PRESSED = {
    "⏎": "enter",
    "→": "right",
    "→→": "right right",
    "←": "left",
    "←←": "left left",
    "tab": "tab",
}
KEYS = {*PRESSED, *"2345aewdmkngprysu"}
ASKS = (
    FormDialog,
    EditorScreen,
    EnrolScreen,
    QuestionDialog,
)  # where the deed is filled in
AT_MOST = 12


def said(ui: Person) -> Step:
    """What Next says now."""
    screen = ui.app.screen
    assert isinstance(screen, PlayScreen)
    return screen.step_here(ui.app.step)


def keys(step: Step) -> list[str]:
    """The keys of a way, in their order, but for the arrows that choose."""
    return [word for word in re.split(r"[ ,]+", f"{step.key} {step.does}") if word in KEYS]


async def chosen(ui: Person) -> None:
    """Moves the cursor until Next names another key than the arrows."""
    await ui.press("home")
    for _ in range(AT_MOST):
        if said(ui).key != "↑↓":
            return
        await ui.press("down")
    raise AssertionError(f"no row is what Next says: {said(ui).does}")


async def follow(ui: Person) -> None:
    """Presses what Next says, until the deed is done or asks for its fields."""
    named, acts, first = keys(said(ui)), len(ui.play.outcomes), ""
    while named:
        assert first != "tab" or said(ui).key == named[0], (
            "tab lands on the row that was named"
        )
        if isinstance(ui.app.screen, ThingsScreen) and said(ui).key == "↑↓":
            await chosen(ui)
        if isinstance(ui.app.screen, ThingsScreen):
            assert keys(said(ui)) == named, "what is left is what was said at first"
        first = named.pop(0)
        await ui.press(PRESSED.get(first, first))
    if isinstance(ui.app.screen, QuestionDialog):
        await ui.press(ui.app.screen.question.key)
    assert isinstance(ui.app.screen, ASKS) or len(ui.play.outcomes) > acts, (
        f"nothing came of it: {ui.screen}"
    )


SCENARIOS = some((folder.name for folder in folders()), 2)


@pytest.mark.parametrize("seed", some(range(2), 1))
@pytest.mark.parametrize(
    "name", choose_cases(["03", "10", *SCENARIOS], ["01", "03", "05", "10", *SCENARIOS])
)
async def test_the_keys_that_next_says_come_to_the_deed(
    tmp_path: Path, name: str, seed: int
) -> None:
    chance = Random(f"{name}{seed}")
    lines = chance.choice(known(scenario(name)))
    async with person(tmp_path, name) as ui:
        for line in lines[: chance.randint(0, len(lines))]:
            ui.app.run_line(line)
        await ui.press("escape")
        await ui.rest()
        await ui.press(
            chance.choice(
                (
                    "",
                    "2",
                    "2 right",
                    "2 tab",
                    "3",
                    "3 tab",
                    "2 end tab",
                    "2 right right end tab",
                    "2 left",
                    "3 right",
                )
            )
        )
        way = said(ui).target
        sent = ui.where == "PeopleScreen" and said(ui).does.startswith("People")
        assert not sent, "whoever is among the people is not sent to them"
        if (
            way is not None
            and (way.item_name or way.key == "n")
            and "shows what can be done" not in way.does
        ):
            await follow(ui)


async def test_tab_lands_on_the_policy_that_next_names_and_not_on_the_first(
    tmp_path: Path,
) -> None:
    admin = "aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"
    async with person(tmp_path, "05") as ui:
        ui.app.run_line(
            "aws iam put-user-policy --user-name casey --policy-name a --policy-document file://policies/receipts.json"
        )
        ui.app.run_line(admin)
        await ui.press("escape")
        await follow(ui)
        assert ui.calls[-1] == "DetachUserPolicy"


async def test_tab_lands_on_the_key_that_next_names_and_not_on_the_group(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "03") as ui:
        for line in (
            line for line in scenario("03").solution.splitlines() if line.startswith("aws")
        ):
            if "till" not in line:
                ui.app.run_line(line)
        await ui.press("escape")
        await follow(ui)
        assert ui.calls[-1] == "DeleteAccessKey"


@pytest.mark.parametrize(
    "elsewhere",
    choose_cases(["2 end tab", "y"], ["2 end tab", "2 end tab tab", "3", "4", "y"]),
)
async def test_from_elsewhere_the_whole_way_is_said(tmp_path: Path, elsewhere: str) -> None:
    async with person(tmp_path, "03") as ui:
        for line in (
            line for line in scenario("03").solution.splitlines() if line.startswith("aws")
        ):
            if "till" not in line:
                ui.app.run_line(line)
        await ui.press(f"escape {elsewhere}")
        await follow(ui)
        assert ui.calls[-1] == "DeleteAccessKey"


async def test_a_policy_on_nobody_is_led_through_the_menu_to_whom_the_job_is_refused(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05") as ui:
        ui.app.run_line(
            "aws iam create-policy --policy-name Receipts --policy-document file://policies/receipts.json"
        )
        await ui.press("escape 3")
        await follow(ui)
        assert "Person             casey" in ui.screen
        await ui.press("enter")
        assert ui.calls[-1] == "AttachUserPolicy"


async def test_whoever_took_up_a_badge_that_opens_nothing_is_led_back_to_their_own(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "03") as ui:
        ui.app.run_line("aws iam create-user --user-name casey")
        ui.app.run_line("aws iam create-access-key --user-name casey")
        ui.app.use_profile("casey")
        ui.app.run_line("aws iam create-user --user-name robin")
        await ui.press("escape 2")
        assert (said(ui).key, said(ui).does) == ("s", "goes back to ada@console")
        await ui.press("s enter")
        assert ui.app.sitting.profile == "ada@console"


async def test_enter_after_enter_is_what_next_says_of_a_menu(tmp_path: Path) -> None:
    async with person(tmp_path, "02") as ui:
        ui.app.run_line("aws iam create-user --user-name ada")
        await ui.press("escape 2")
        assert (said(ui).key, said(ui).does) == ("⏎", "and m ask to give one")
        assert "iam:CreateVirtualMFADevice" in await ui.see("enter enter")
        await ui.press("m")
        assert ui.where == "EnrolScreen"


async def test_a_menu_begins_on_the_row_of_the_letter_that_next_says(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        ui.app.run_line("aws iam create-group --group-name Cashiers")
        await ui.press("escape 2 right")
        await chosen(ui)
        assert (said(ui).key, said(ui).does) == ("w", "writes its policy")
        await ui.press("enter enter")
        assert "Write a policy on this group" in ui.screen


async def test_the_key_that_leads_back_to_a_list_leads_to_whom_next_names(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 home tab")
        assert said(ui).does == "goes back to Users, on casey: w writes one"
        await ui.press("2")
        assert (said(ui).key, said(ui).does) == ("w", "writes one")


async def test_the_page_of_the_device_says_what_is_next_of_its_codes(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "01", floor=True) as ui:
        await ui.press("2 m m")
        assert "Type the six digits" in ui.screen
        for digits, key, then in (
            ("111111", "p", "Type what it shows now."),
            ("222222", "", "Both codes are typed:"),
        ):
            await ui.type(digits)
            assert said(ui).key == (key or "⏎")
            assert then in await ui.see(key)
        refused = await ui.see("enter")
        assert "Both codes are typed:" not in refused
        assert "AWS didn't enable the device." in refused


@pytest.mark.parametrize(
    "before",
    choose_cases(
        [
            "p k p p p",
            "1 1 1 1 1 1 p 2 2 2 2 2 2 enter p 1 1 1 1 1 1 p p 3 3 3 3 3 3 enter p",
        ],
        [
            "",
            "p k p p p",
            "1 1 1 1 1 1 p 2 2 2 2 2 2 enter",
            "1 1 1 1 1 1 p 2 2 2 2 2 2 enter p 1 1 1 1 1 1 p p 3 3 3 3 3 3 enter p",
        ],
    ),
)
async def test_the_two_codes_that_the_phone_shows_enable_the_device_whatever_was_pressed(
    tmp_path: Path, before: str
) -> None:
    async with person(tmp_path, "02") as ui:
        ui.app.run_line("aws iam create-user --user-name ada")
        await ui.press("escape 2 enter enter m")
        await ui.press(before)
        phone = ui.app.screen.query_one(Phone)
        await ui.type(phone.code)
        assert "Both codes are typed:" not in ui.screen
        await ui.press("p")
        assert "Both codes are typed:" in await ui.see_typed(phone.code)
        await ui.press("enter")
        assert any(device.enabled for device in ui.play.account.devices.values())


async def test_people_are_put_into_a_group_from_the_list_in_which_the_cursor_stands(
    tmp_path: Path,
) -> None:
    for lists, does in (
        ("2", "and ⏎ choose the group"),
        ("2 right", "and ⏎ choose whom to add"),
    ):
        async with person(tmp_path / lists, "04") as ui:
            await ui.press(f"escape {lists}")
            assert (said(ui).key, said(ui).does) == ("a", does)
            await ui.press("a enter enter")
            assert [u.name for u in ui.play.account.users.values() if u.groups] == [
                "ada",
                "casey",
                "robin",
            ]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_below_a_box_no_key_is_named_that_the_box_has(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "10", size) as ui:
        ui.app.run_line("aws iam create-group --group-name Cashiers")
        for told, covered in (
            ("escape 2 right", "a"),
            ("escape escape", "question_mark"),
        ):
            shown = await ui.see(told)
            footer = ui.rows[-1]
            assert footer.strip()
            assert footer not in await ui.see(covered)
            assert "Next ━" not in ui.screen
            assert "─Next" not in ui.screen
            assert await ui.see("escape") == shown
            assert ui.rows[-1] == footer


async def test_why_says_where_the_policy_is_written_that_came_nearest(
    tmp_path: Path,
) -> None:
    listing = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}}'
    async with person(tmp_path, "10") as ui:
        ui.app.run_line("aws iam create-group --group-name Cashiers")
        ui.app.run_line(
            f"aws iam put-group-policy --group-name Cashiers --policy-name few --policy-document '{listing}'"
        )
        ui.app.run_line("aws iam add-user-to-group --group-name Cashiers --user-name sam")
        await ui.press("escape 2 y")
        assert said(ui).does == "People, → Groups, on Cashiers: tab to few, e edits it"
        await follow(ui)
        assert ui.where == "EditorScreen"


async def test_the_row_of_keys_names_what_would_go_and_leaves_out_what_does_nothing(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        assert "d Delete receipts of bo" in await ui.see("3")
        assert "a Attach" not in ui.screen
        ui.app.run_line("aws iam create-group --group-name Cashiers")
        ui.app.run_line("aws iam add-user-to-group --group-name Cashiers --user-name bo")
        await ui.press("2 home down tab up")
        assert "d Take bo out of Cashiers" in ui.screen


async def test_while_the_grade_is_worked_out_next_does_not_say_that_all_is_done(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10") as ui:
        for who in ("sam", "robin"):
            ui.app.run_line(
                f"aws iam put-user-policy --user-name {who} --policy-name receipts --policy-document file://policies/receipts.json"
            )
        assert ui.app.is_grading
        assert (
            ui.app.step.text
            == "Every job works and every refusal holds. The rest is being graded:"
        )
        await ui.press("escape")
        await ui.rest()
        assert not ui.app.is_grading
        assert "not to users" in ui.app.step.text


async def test_whoever_enters_twice_on_what_can_only_be_taken_away_keeps_it(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 right tab home")
        for asks in ("enter", "d"):
            assert "▸ k Keep it as it is" in await ui.see(asks)
            await ui.press("enter")
            assert ui.calls == []
        await ui.press("enter y")
        assert ui.calls == ["RemoveUserFromGroup"]


async def test_n_in_the_shop_opens_the_next_scenario_after_three_stars(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", floor=True) as ui:
        assert "n opens the next scenario after three stars" in await ui.see("n")
        for line in scenario("00").solution.splitlines():
            if line.startswith("aws"):
                ui.app.run_line(line)
        await ui.rest()
        await ui.press("n")
        assert ui.play.scenario.id.startswith("01-")


async def test_a_list_that_is_narrowed_past_the_thing_is_widened_first(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 slash")
        await ui.type("zoe")
        assert "esc  shows the whole list again" in ui.screen
        await ui.press("escape")
        assert said(ui).key != "esc"


async def test_whose_sign_in_ran_out_is_told_on_every_screen_to_sign_in_again(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", motion="some", floor=True) as ui:
        await ui.press("5 space space")
        for elsewhere in "123":
            assert "Your sign-in ended" in await ui.see(elsewhere)
            assert said(ui).key == "s"


async def test_the_cursor_of_the_shelf_begins_on_the_scenario_that_was_opened_last(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("escape")
        cup = ui.app.screen.query_one(Shelf).cup
        assert cup is not None
        assert (cup.id, cup.advised) == ("10-the-cashiers", False)
