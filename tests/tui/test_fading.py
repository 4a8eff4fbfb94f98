"""Help that fades in the app: the Next box says less, keys C, y and c ask for more, and F9 waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.account.model import Call
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.teaching.help_setting import FADING_HELP, FULL_HELP, NO_HELP
from coffeeshop.policy.model import Kind
from coffeeshop.tui.screens.console import ConsoleScreen
from coffeeshop.tui.screens.draft import Draft
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.screens.question import QuestionDialog
from coffeeshop.views.policy.templates import blank_policy
from tests.tui.driver import Person, all_done, person
from tests.tui.test_reasons import keep
from tests.views.plays import scenario

GROUPED = "aws iam create-group --group-name Cashiers"


def asked(ui: Person) -> dict[str, Help]:
    """The help that was asked for in the open play, by skill."""
    return dict(ui.app.player.progress.help_asked(name_of(ui.app.sitting.scenario)))


async def test_of_the_point_the_next_box_says_what_fails_and_the_keys_that_say_more(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "04", help=FADING_HELP) as ui:
        shown = await ui.see("escape")
        assert "“Casey lists the receipts” doesn't work yet." in shown
        assert "y  says why, c gives a hint, C shows the call" in shown
        assert "in no group" not in shown
        assert asked(ui) == {}


async def test_the_key_for_the_full_step_shows_it_until_another_one_comes(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "04", help=FADING_HELP, floor=True) as ui:
        assert "Casey is in no group." in await ui.see("C")
        assert "choose the group" in ui.screen
        assert asked(ui) == {"join-group": Help.STEP}
        assert "in no group" in await ui.see("2")
        ui.app.run_line("aws iam add-user-to-group --group-name Cashiers --user-name casey")
        ui.app.run_line(
            "aws iam remove-user-from-group --group-name Cashiers --user-name robin"
        )
        assert "in no group" not in await ui.see("1")


async def test_the_key_for_the_full_step_says_so_where_nothing_is_left_out(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "00", help=FADING_HELP, floor=True) as ui:
        assert "Next already says everything that it knows" in await ui.see("C")
        assert asked(ui) == {}


DOCUMENT = '{"Version": "2012-10-17", "Statement": {"Effect": "%s", "Action": "%s", "Resource": "*"}}'


async def test_where_next_knows_no_call_the_key_for_the_full_step_names_what_else_helps(
    tmp_path: Path,
) -> None:
    put = "aws iam put-user-policy --user-name casey --policy-name w --policy-document '%s'"
    async with person(tmp_path / "05", "05", help=FADING_HELP) as ui:
        ui.app.run_line(put % DOCUMENT % ("Allow", "s3:ListObject"))
        assert "C says what else helps" in await ui.see("escape")
        shown = " ".join((await ui.see("C")).split())
        assert "Choose the next call yourself." in shown
        assert "y says why, c gives a hint, 2 People, " in shown
    for number, keys in (
        ("22", "shows what can be done, c gives a hint $"),
        ("37", "y says why, c gives a hint, : and help list the calls $"),
    ):
        async with person(tmp_path / number, number, help=FADING_HELP) as ui:
            assert keys in " ".join((await ui.see("escape C")).split())
    async with person(tmp_path / "04", "04", help=FADING_HELP) as ui:
        for line in scenario("04").solution.splitlines():
            ui.app.run_line(line)
        ui.app.run_line(put % DOCUMENT % ("Deny", "s3:GetObject"))
        await ui.press("escape g")
        await ui.rest()
        assert "Choose the next call yourself" in await ui.see("C")


async def test_the_keys_y_and_c_are_kept_as_help_with_the_step(tmp_path: Path) -> None:
    async with person(tmp_path, "04", help=FADING_HELP, floor=True) as ui:
        await ui.press("y")
        assert asked(ui) == {"join-group": Help.CAUSE}
        await ui.press("escape c")
        await ui.rest()
        await ui.press("c")
        assert asked(ui) == {"join-group": Help.HINT}


async def test_on_the_receipt_a_faded_step_leads_to_the_hint(tmp_path: Path) -> None:
    async with person(tmp_path, "04", help=FADING_HELP, floor=True) as ui:
        await ui.press("g")
        await ui.rest()
        assert "c  gives a hint, C shows the call" in await ui.see("down")


async def test_a_skill_shown_once_leaves_the_place_and_in_the_place_no_key_but_one(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "00", "solution", graded=True)
    async with person(tmp_path, "02", help=FADING_HELP) as ui:
        ui.app.run_line("aws iam create-group --group-name Admins")
        ui.app.run_line(
            "aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::aws:policy/AdministratorAccess"
        )
        shown = await ui.see("escape")
        assert "2  People, Users, C shows the call" in shown
        shown = await ui.see("2")
        assert "C  shows the call" in shown
        assert "n  hires" not in shown
        assert "hires" in await ui.see("C")


async def test_without_help_the_box_says_only_what_fails(tmp_path: Path) -> None:
    async with person(tmp_path, "00", help=NO_HELP) as ui:
        shown = await ui.see("escape")
        assert "there is no user casey" not in shown
        assert "there is no user casey" in await ui.see("C")


async def test_a_setting_changes_the_box_at_once(tmp_path: Path) -> None:
    async with person(tmp_path, "04", help=FADING_HELP, floor=True) as ui:
        assert "in no group" not in ui.screen
        await ui.press("comma end right escape")
        assert ui.app.settings["help"] == "full"
        assert "in no group" in ui.screen


async def test_f9_proposes_at_once_what_was_never_written_alone(tmp_path: Path) -> None:
    async with person(tmp_path, "08", help=FADING_HELP, floor=True) as ui:
        await ui.press("2 right w")
        await ui.type("mine")
        assert "Actions: those" in await ui.see("enter f9")


async def test_f9_proposes_actions_after_one_time_and_arns_when_asked(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "08", "solution", graded=True)
    async with person(tmp_path, "10", help=FADING_HELP) as ui:
        ui.app.run_line(GROUPED)
        await ui.press("escape 2 right end w")
        await ui.type("mine")
        assert "Actions: those" in await ui.see("enter f9")
        await ui.press("enter")
        assert "F9 again proposes names" in await ui.see("f9")
        assert "the jobs' names first" in await ui.see("f9")
        assert asked(ui) == {"group-policy": Help.HINT}


async def test_f9_proposes_nothing_unasked_after_two_times(tmp_path: Path) -> None:
    for name in ("08", "13"):
        keep(tmp_path, name, "solution", graded=True)
    async with person(tmp_path, "10", help=FADING_HELP) as ui:
        ui.app.run_line(GROUPED)
        await ui.press("escape 2 right end w")
        await ui.type("mine")
        assert "F9 again proposes names" in await ui.see("enter f9")
        assert "Actions: those" in await ui.see("f9")


async def test_next_says_of_f9_what_its_next_press_does_and_help_counts_when_given(
    tmp_path: Path,
) -> None:
    for name in ("08", "13"):
        keep(tmp_path, name, "solution", graded=True)
    async with person(tmp_path, "10", help=FADING_HELP) as ui:
        ui.app.run_line(GROUPED)
        await ui.press("escape 2 right end w")
        await ui.type("mine\n")
        assert "F9  pressed twice, proposes names" in await ui.see_at_rest()
        assert " F9  proposes names" in await ui.see("f9")
        assert not asked(ui)
        await ui.press("f9")
        assert asked(ui) == {"group-policy": Help.HINT}
    async with person(tmp_path / "other", "10", help=FADING_HELP) as ui:
        ui.app.run_line(GROUPED)
        await ui.press("escape 2 right end w")
        await ui.type("mine\n")
        assert " F9  proposes names" in await ui.see_at_rest()
        assert "Actions: those" in await ui.see("f9")


async def test_the_page_about_progress_shows_skills_in_three_steps_in_80_cells(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "00", "solution", graded=True)
    async with person(tmp_path, help=FADING_HELP) as ui:
        shown = await ui.see("p")
        assert "1 Open the shop  ◐◐○○" in shown
        assert "◐ Create a user" in shown
        assert "◐ Add a user to a group" in shown
    async with person(tmp_path, help=FADING_HELP, marks="ascii") as ui:
        shown = await ui.see("p")
        assert "once: Create a user" in shown
        assert "◐" not in shown


@pytest.mark.parametrize(("id", "counts"), [("own-shop", False), ("05", True)])
async def test_names_count_as_help_only_where_stars_show_a_skill(
    tmp_path: Path, id: str, counts: bool
) -> None:
    async with person(tmp_path, id, help=NO_HELP) as ui:
        call = Call("iam", "PutUserPolicy", {"UserName": "ada", "PolicyName": "work"})
        draft = Draft(
            call.service, call.operation, call.parameters, "PolicyDocument", Kind.IDENTITY,
            title="work of ada", blank=blank_policy(ui.app.sitting.play, call, Kind.IDENTITY),
        )  # fmt: skip
        await ui.app.push_screen(EditorScreen(draft))
        await ui.press("f9")
        assert ui.app.foot_message is not None
        counted = ", which counts as help" if counts else ""
        assert ui.app.foot_message[0] == f"F9 again proposes names{counted}"
        await ui.type("x")
        await ui.press("escape")
        assert (
            "write a policy named work on ada again to continue" in ui.app.foot_message[0]
        )


KEYS = 30  # of a bot that follows the Next box, at most


async def follow_keys(ui: Person) -> None:
    """Press the key that the Next box names, and the one that ends what it opens.

    C opens a call that the box finds in a list.
    """
    for _ in range(KEYS):
        await all_done(ui.app)
        screen = ui.app.screen
        if isinstance(screen, EditorScreen):
            await ui.press("f2")
        elif isinstance(screen, QuestionDialog):
            await ui.press(screen.question.key)
        elif isinstance(screen, ConsoleScreen) or ui.app.at_opening:
            await ui.press("enter")
        elif ui.app.has_won:
            return
        else:
            await ui.press("C" if ui.app.step.target else ui.app.step.key)


@pytest.mark.parametrize("name", ["05", "22", "36", "37"])
async def test_the_keys_of_the_next_box_alone_earn_three_stars_with_full_help(
    tmp_path: Path, name: str
) -> None:
    async with person(tmp_path, name, help=FULL_HELP, brief=False) as ui:
        await follow_keys(ui)
        assert ui.app.has_won
        assert Help.STEP in asked(ui).values()


async def test_the_next_box_says_that_a_key_opens_a_step_that_leaves_no_choice(
    tmp_path: Path,
) -> None:
    says = "C fills in the call"
    async with person(tmp_path, "10", help=FULL_HELP, floor=True) as ui:
        assert says in ui.screen.replace("\n", " ")
        assert says in " ".join((await ui.see("2")).split())
        assert "aws iam create-group --group-name Cashiers" in await ui.see("C")
        await ui.press("escape")
        ui.app.change_setting("help", FADING_HELP)
        assert says not in await ui.see("1")


async def test_the_solution_opens_in_the_editor_and_leaves_the_learners_own_draft(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "22", help=FULL_HELP, floor=True) as ui:
        assert "C  fills in the solution's next call" in ui.screen
        own = "unsaved/PutGroupPolicy-Managers-hiring.json"
        ui.app.keep_draft(own, "{}")
        assert "iam:AttachUserPolicy" in await ui.see("C")
        await ui.press("escape")
        assert ui.app.draft(own) == "{}"
        ui.app.change_setting("help", FADING_HELP)
        assert "solution" not in await ui.see("1")
