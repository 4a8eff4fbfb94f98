"""The policy editor by keys: what F9, tab, F8 and end do, what the bars say meanwhile, and how a long line is shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from gc import collect
from pathlib import Path
from typing import Any
from unittest.mock import patch
from weakref import ref

import pytest

from coffeeshop.account.model import Call
from coffeeshop.lessons.teaching.help_setting import FULL_HELP, NO_HELP
from coffeeshop.policy.model import Kind
from coffeeshop.tui.background import in_background
from coffeeshop.tui.screens import editor
from coffeeshop.tui.screens.draft import Draft
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.screens.help import HelpScreen
from coffeeshop.tui.screens.perform import _open_editor
from coffeeshop.tui.widgets.json_area import JsonArea
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.policy.templates import BLANK_STATEMENTS
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/Register"
LONG = f'      "Resource": "{TABLE}"'


POLICY_OF_ROLE = Draft(
    "iam",
    "PutRolePolicy",
    {"RoleName": "OnlineOrders", "PolicyName": "p"},
    "PolicyDocument",
    Kind.IDENTITY,
    "p",
    BLANK_STATEMENTS[Kind.IDENTITY],
)
TRUST = '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}}'


async def open_editor(ui: Person) -> JsonArea:
    """Open the editor for a new policy. The form that asks for the name is tested elsewhere, so it is passed over."""
    await ui.press("3")
    call = Call("iam", "CreatePolicy", {"PolicyName": "Receipts"})
    _open_editor(ui.app, call, "PolicyDocument", Kind.IDENTITY, "", "")
    await ui.heard()
    return ui.app.screen.query_one(JsonArea)


async def draft(ui: Person, text: str = "") -> JsonArea:
    """A new policy in the editor, of that text."""
    area = await open_editor(ui)
    if text:
        await ui.press("f7")
        await ui.paste(text)
    await ui.rest()
    return area


def policy(action: str = "s3:ListBucket", resource: str = "arn:aws:s3:::b") -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


# ------------------------------------------------------------------------- memory
async def test_an_editor_that_was_left_is_forgotten(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        left = [ref(await open_editor(ui))]
        await ui.press("escape")
        left.append(ref(await open_editor(ui)))
        await ui.press("escape 2 3 1")
        while any(area() for area in left):  # for as long as their last timer runs
            await asyncio.sleep(0.01)
            collect()


# ------------------------------------------------------------------------ proposals
async def test_f9_on_a_name_that_no_action_has_proposes_first_what_was_meant(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        area = await draft(ui, policy("s3:ListObject"))
        area.move_cursor((5, 20))
        assert (
            "No action is called s3:ListObject. The nearest name comes first"
            in await ui.see("f9")
        )
        assert ui.app.screen.query_one(RowList).chosen_id == "s3:ListBucket"
        await ui.press("enter")
        assert json.loads(area.text)["Statement"][0]["Action"] == "s3:ListBucket"
        assert "Actions: those that the jobs need come first" in await ui.see("f9")


async def test_f9_on_the_colon_of_resource_proposes_resources_and_replaces_the_value(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        area = await draft(ui, policy("dynamodb:Query"))
        area.move_cursor((6, LONG.index(":")))
        assert "Names for dynamodb:Query, the jobs' names first" in await ui.see("f9")
        await ui.type("Register\n")
        assert json.loads(area.text)["Statement"][0]["Resource"] == TABLE


async def test_end_and_home_go_to_the_ends_of_a_line_on_several_rows(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        area = await draft(ui, policy("dynamodb:Query", TABLE))
        area.move_cursor((6, 9))
        await ui.press("end")
        assert area.cursor_location == (6, len(LONG))
        await ui.press("f9")
        await ui.type("Inventory\n")
        assert json.loads(area.text)["Statement"][0]["Resource"] == TABLE.replace(
            "Register", "Inventory"
        )
        await ui.press("home")
        assert area.cursor_location == (6, 0)


async def test_f9_after_f9_fills_one_blank_after_the_other(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 w")
        await ui.type("list\n")
        await ui.press("f9 enter f9 enter f2")
        assert ui.calls == ["PutUserPolicy"]
        await ui.rest()
        assert ui.app.has_won


async def test_a_job_s_own_words_find_the_action_and_typing_goes_on_after_tab(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        area = await draft(ui, policy(action=""))
        area.move_cursor((5, area.text.splitlines()[5].index('""') + 1))
        assert "those that the jobs need come first" in await ui.see("f9")
        await ui.type("write")
        await ui.press("tab")
        await ui.type(" sales\n")
        assert json.loads(area.text)["Statement"][0]["Action"] == "dynamodb:PutItem"


@pytest.mark.parametrize("help", [FULL_HELP, NO_HELP])
async def test_f9_does_not_take_a_sid_for_the_value_above_it(
    tmp_path: Path, help: str
) -> None:
    async with person(tmp_path, "15", help=help, floor=True) as ui:
        area = await draft(ui, policy().replace('"Effect"', '"Sid": "",\n      "Effect"'))
        area.move_cursor((4, 0))
        await ui.pilot.pause()
        assert "F9 proposes values of" in await ui.see("f9")
        assert "F9 proposes values of" not in await ui.see("down")
        await ui.press("up f9 escape")
        assert "F9 proposes values of" not in ui.screen
        assert area.element == "Sid"


async def test_f9_adds_no_second_value_behind_a_line(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        area = await draft(ui, policy())
        area.move_cursor((6, len('      "Resource": "arn:aws:s3:::b"')))
        await ui.type(",\n")
        assert "F9 proposes values of" in await ui.see("f9")
        assert ui.where == "EditorScreen"


# ------------------------------------------------------------------------ the list
async def test_for_a_star_the_list_opens_at_the_best_fit(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        area = await draft(ui, policy("s3:GetObject", "*"))
        area.move_cursor((6, 0))
        shown = await ui.see("f9")  # no job needs an object
        assert "Names for s3:GetObject ━" in shown
        assert (await chosen(ui)).endswith("/*")
        assert ui.app.screen.query_one(RowList).highlighted == 0


async def chosen(ui: Person) -> str:
    await ui.pilot.pause()
    return ui.app.screen.query_one(RowList).chosen_id


async def test_the_list_opens_at_the_action_that_was_meant(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await draft(ui, policy("s3:ListObject"))
        await ui.press("f8 f9")
        assert await chosen(ui) == "s3:ListBucket"


async def test_descriptions_are_searched_after_names_and_words_in_any_order(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await draft(ui)
        await ui.press("f9")
        await ui.type("bucket objects list")
        assert await chosen(ui) == "s3:ListBucket"
        assert "List the names of the objects" in ui.screen


async def test_enter_on_no_match_says_so_and_no_description_stays(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await draft(ui)
        await ui.press("f9")
        assert "Abort" in ui.screen
        screen = await ui.see_typed("espresso")
        assert "Nothing here has all of these words" in screen
        assert "Abort" not in screen
        assert "Nothing was chosen" in await ui.see("enter")
        assert ui.where == "PickDialog"
        await ui.press(" ".join(["backspace"] * len("espresso")))
        assert "Nothing was chosen" not in await ui.see_typed("read")
        found = ui.app.screen.query_one(RowList)
        assert found.highlighted == 0
        assert "(Read)" in ui.screen


async def test_the_resources_of_the_statements_action_come_first(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        area = await draft(ui, policy("dynamodb:PutItem", ""))
        area.move_cursor((6, 0))
        await ui.press("f9")
        assert "table/" in await chosen(ui)


async def test_what_the_role_whose_policy_it_is_needs_comes_first(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await ui.press("colon")
        await ui.type(
            f"aws iam create-role --role-name OnlineOrders --assume-role-policy-document '{TRUST}'\n"
        )
        ui.app.push_screen(EditorScreen(POLICY_OF_ROLE))
        await ui.press("f9")
        assert await chosen(ui) == "sqs:ReceiveMessage"
        await ui.press("enter f9")
        assert (await chosen(ui)).endswith(":online-orders")


async def test_enter_before_the_list_is_there_breaks_no_line(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        area = await draft(ui)
        before = area.text
        ui.hit("f9")
        ui.hit("enter")
        await ui.pilot.pause()
        await ui.press("escape")
        assert area.text.count("\n") == before.count("\n")


# ----------------------------------------------------------------------- the bars
async def test_tab_is_called_blank_only_while_there_is_one(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await draft(ui)
        assert "tab Blank" in ui.screen
        await ui.type("s3:ListBucket")
        await ui.press("tab")
        assert area.element == "Resource"
        screen = await ui.see_typed("arn:aws:s3:::b")
        assert "tab Next pane" in screen
        assert "esc Leave" in screen
        await ui.press("tab")
        assert not area.has_focus


async def test_tab_stays_in_the_last_blank_to_which_f9_went_on(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await draft(ui)
        screen = await ui.see("f9 enter")
        assert area.element == "Resource"
        assert "tab" not in screen.splitlines()[-1]
        assert "the only blank left" in await ui.see("tab")
        await ui.type("arn")
        assert (ui.where, area.element) == ("EditorScreen", "Resource")
        assert '"Resource": "arn"' in area.text


async def test_what_is_typed_beside_the_text_goes_into_it_and_is_no_command(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await draft(ui, policy())
        area.move_cursor(area.document.end)
        assert "tab Text" in await ui.see("tab tab tab")
        await ui.type("arn:uU?.2 ,gWYx")
        assert area.text == policy() + "arn:uU?.2 ,gWYx"
        assert (ui.where, area.has_focus) == ("EditorScreen", True)


async def test_tab_goes_round_to_a_blank_that_was_passed(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await draft(ui)
        await ui.press("tab tab")
        assert area.element == "Action"


async def test_f8_goes_to_the_marked_problem_first_and_then_on(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await draft(ui)
        rows = list[int]()
        for _ in range(3):
            await ui.press("f8")
            rows.append(area.cursor_location[0])
        assert rows == [5, 6, 5]
        assert area.text[area.cursor_offset - 1 : area.cursor_offset + 1] == '""'


async def test_next_leads_to_the_blank_where_the_cursor_is_not_in_one(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", (80, 24), floor=True) as ui:
        await draft(ui)
        assert " F9  proposes names, tab goes to the next" in await ui.see_at_rest()
        await ui.type("s3:ListBucket")
        assert " tab  goes to it" in await ui.see_at_rest()
        await ui.press("tab")
        assert " F9  proposes names" in await ui.see_at_rest()


async def test_next_and_help_speak_of_what_works_while_typing(tmp_path: Path) -> None:
    async with person(tmp_path, "05", (120, 40), floor=True) as ui:
        await draft(ui)
        assert "F9  proposes names" in ui.screen
        screen = await ui.see("f1")
        assert isinstance(ui.app.screen, HelpScreen)
        assert "While you type" in screen
        assert "Every policy that you can edit" not in screen
        await ui.press("escape f7")
        await ui.paste(policy())
        assert "F8  goes there" in await ui.see_at_rest()
        await ui.press("f7")
        await ui.paste(policy(resource="arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET"))
        assert "F2  saves it" in await ui.see_at_rest()
        assert "Everywhere" in await ui.see("escape question_mark")


async def test_the_line_of_a_save_shows_the_policy_without_pictures_of_line_breaks(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", (120, 40), floor=True) as ui:
        await draft(ui, policy())
        screen = await ui.see("f2")
        assert ui.calls == ["CreatePolicy"]
        assert "␊" not in screen


async def test_the_refusal_of_a_save_goes_at_the_next_change(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await draft(ui)
        assert "AWS refuses this text" in await ui.see("f2")
        assert "AWS refuses this text" not in await ui.see_typed("s")


async def test_leaving_says_where_the_text_is_found_again(tmp_path: Path) -> None:
    async with person(tmp_path, "05", (120, 40), floor=True) as ui:
        await draft(ui, policy())
        assert "kept: write a policy named Receipts again" in await ui.see("escape")
        area = await draft(ui)
        assert area.text == policy()
        assert "kept: write" not in ui.screen


async def test_a_save_of_what_did_not_change_is_no_act(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("3 e")
        assert ui.where == "EditorScreen"
        assert "nothing changed" in await ui.see("f2")
        assert (ui.where, ui.calls) == ("PoliciesScreen", [])


async def test_undo_says_when_there_is_nothing_to_undo(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await draft(ui)
        assert "nothing to undo" in await ui.see("ctrl+z")
        assert "nothing to undo" not in await ui.see_typed("s")
        assert "nothing to undo" not in await ui.see("ctrl+z")


async def test_a_draft_that_cannot_be_read_does_not_ask_for_its_blanks(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await draft(ui, policy()[1:])
        await ui.press("escape")
        await draft(ui)
        assert "Fill in the blanks" not in ui.screen
        assert "Reads as (without your edits)" in ui.screen


async def test_a_new_trust_policy_asks_for_its_blank(tmp_path: Path) -> None:
    async with person(tmp_path, "15", (120, 40), floor=True) as ui:
        await ui.press("2 right right n")
        await ui.type("Cashier\n")
        screen = await ui.see_at_rest()
        assert "who can assume Cashier" in screen
        assert "Fill in the blanks in the quotes" in screen
        assert "would refuse" not in screen


# ----------------------------------------------------------------------- wrapping
async def test_a_wrapped_text_is_shown_as_it_is_typed(tmp_path: Path) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        area = await draft(ui, policy(resource=TABLE))
        assert any(
            row.split()[:1] == ['us-east-1:111122223333:table/Register"'] for row in ui.rows
        )
        area.move_cursor((6, len(LONG) - 1))
        await ui.type("-2")
        assert 'table/Register-2"' in ui.screen


# ------------------------------------------------------------------------ writing
async def test_f8_goes_from_problem_to_problem(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await open_editor(ui)
        await ui.rest()
        area.move_cursor((0, 0))
        await ui.press("f8")
        first = area.cursor_location
        await ui.press("f8")
        assert first[0] == 5
        assert area.cursor_location[0] == 6


async def test_tab_goes_to_the_next_blank(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await open_editor(ui)
        assert (area.element, area.cursor_location[0]) == ("Action", 5)
        await ui.type("s3:ListBucket")
        await ui.press("tab")
        assert area.element == "Resource"


async def test_names_are_proposed_where_they_may_stand(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await open_editor(ui)
        await ui.type("s3:List")
        await ui.press("f9")
        assert "s3:ListBucketVersions" in await ui.see_typed("Bucket")
        await ui.press("enter")
        assert '"Action": "s3:ListBucket"' in area.text
        area.move_cursor((0, 0))
        await ui.press("f9")
        assert ui.where == "EditorScreen"


async def test_a_name_chosen_at_the_opening_quote_takes_the_place_of_the_value(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await open_editor(ui)
        await ui.type("s3:ListObject")
        row, column = area.cursor_location
        area.move_cursor((row, column - len('"s3:ListObject')))
        await ui.press("f9")
        await ui.type("s3:ListBucket")
        await ui.press("enter")
        assert '"Action": "s3:ListBucket",' in area.text


async def test_another_statement_is_added_and_its_first_blank_is_ready(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await open_editor(ui)
        await ui.type("s3:ListBucket")
        await ui.press("f4")
        await ui.type("s3:GetObject")
        statements = json.loads(area.text)["Statement"]
        assert [statement["Action"] for statement in statements] == [
            "s3:ListBucket",
            "s3:GetObject",
        ]
        await ui.press("ctrl+z ctrl+z")
        assert len(json.loads(area.text)["Statement"]) == 1


async def test_a_statement_is_not_added_to_what_is_no_json(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await open_editor(ui)
        await ui.press("f7")
        await ui.paste("{")
        assert "F4 adds a statement if" in await ui.see("f4")
        assert area.text == "{"


async def test_down_and_up_go_by_lines_of_the_text_however_they_wrap(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await open_editor(ui)
        await ui.press("f7")
        await ui.paste(f'first\n"{"x" * 200}"\nlast line\n')
        area.move_cursor((0, 5))
        rows = list[tuple[int, int]]()
        for key in ("down", "down", "down", "down", "up", "up", "up", "up"):
            await ui.press(key)
            rows.append(area.cursor_location)
        assert rows == [(1, 5), (2, 5), (3, 0), (3, 0), (2, 5), (1, 5), (0, 5), (0, 0)]
        area.move_cursor((1, 180))
        await ui.press("down")
        assert area.cursor_location == (2, 9)


async def test_what_aws_accepts_is_saved_wise_or_not(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await open_editor(ui)
        await ui.press("f7")
        await ui.paste(
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListObject", "Resource": "*"}]}'
        )
        assert "did you mean" in " ".join((await ui.see_at_rest()).split())
        await ui.press("f2")
        assert ui.calls == ["CreatePolicy"]


async def test_a_name_that_aws_refuses_is_told_before_the_text_is_written(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 down w")
        screen = " ".join((await ui.see_typed("see receipts\n")).replace("┃", "").split())
        assert "The specified value for policyName is invalid" in screen
        assert ui.where == "FormDialog"


async def test_an_unsaved_text_is_there_the_next_time(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        await open_editor(ui)
        await ui.type("s3:Half")
        assert "not saved" in await ui.see("escape")
    async with person(tmp_path, "05", floor=True) as ui:
        area = await open_editor(ui)
        assert "s3:Half" in area.text
        await ui.press("ctrl+z escape")


async def test_a_policy_that_was_saved_since_opens_as_it_is_and_undo_brings_the_draft_back(
    tmp_path: Path,
) -> None:
    put = f"aws iam put-user-policy --user-name casey --policy-name w --policy-document '{policy('s3:%s')}'"
    async with person(tmp_path, "05") as ui:
        ui.app.run_line(put % "GetObject")
        await ui.press("escape 2 down tab e")
        await ui.type("Half")
        await ui.press("escape e")
        assert "Half" in ui.app.screen.query_one(JsonArea).text
        await ui.press("escape")
        ui.app.run_line(put % "ListBucket")
        assert "saved after your draft" in await ui.see("e")
        area = ui.app.screen.query_one(JsonArea)
        assert "s3:ListBucket" in area.text
        assert "Half" not in area.text
        await ui.press("escape u e")
        assert "Half" in ui.app.screen.query_one(JsonArea).text


async def test_a_new_line_keeps_the_indentation(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        area = await open_editor(ui)
        area.move_cursor((3, 5))
        await ui.press("enter")
        await ui.type("x")
        assert area.document.get_line(4) == "      x"


async def test_what_the_statement_under_the_cursor_means_is_in_sight_and_the_rest_a_tab_away(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "06", floor=True) as ui:
        await ui.press("3 enter f4 f9 enter f9 enter")
        await ui.rest()
        means = ui.app.screen.query_one("#means")
        assert "Statement 2" in ui.screen
        assert "Reads as  tab ↓ " not in ui.screen
        ui.app.screen.query_one(JsonArea).move_cursor((0, 0))
        assert "Statement 1 (List)" in await ui.see_at_rest()
        assert "Reads as  tab ↓ " in ui.screen
        await ui.press("tab")
        assert means.has_focus
        assert "on every object in the" in await ui.see("end")


async def test_of_a_text_that_is_as_it_was_next_does_not_say_to_save_it(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "20", floor=True) as ui:
        await ui.press("2 right tab e")
        opened = await ui.see_at_rest()
        assert (
            "This is the text now. Change it:" in opened,
            "F2  saves it" in opened,
        ) == (True, False)
        await ui.type(" ")
        assert "This is the text now" not in await ui.see_at_rest()


async def test_next_names_f8_no_longer_once_the_cursor_is_at_the_problem(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", (120, 40), floor=True) as ui:
        area = await draft(ui, policy())
        assert "F8  goes there" in await ui.see_at_rest()
        screen = await ui.see("f8")
        assert "F8  goes there" not in screen
        assert "at the cursor" in screen
        assert "F8  goes there" in await _up(ui, area)


async def _up(ui: Person, area: JsonArea) -> str:
    area.move_cursor((0, 0))
    return await ui.see_at_rest()


async def test_f9_never_proposes_what_stands_there_and_opens_at_what_the_jobs_ask_for(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        area = await draft(ui, policy("s3:GetObject", "arn:aws:s3:::coffeeshop-recipes/*"))
        area.move_cursor((6, 0))
        await ui.press("f9")
        assert (await chosen(ui)) == "arn:aws:s3:::coffeeshop-receipts/*"
        listed = ui.app.screen.query_one(RowList)
        names = [listed.get_option_at_index(at).id for at in range(listed.option_count)]
        assert "arn:aws:s3:::coffeeshop-recipes/*" not in names
        assert "arn:aws:s3:::coffeeshop-payroll/*" in names


async def test_a_problem_longer_than_its_pane_is_read_line_by_line(tmp_path: Path) -> None:
    typo = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListObject",'
        '"Resource":"arn:aws:s3:::coffeeshop-receipts"}]}'
    )
    async with person(tmp_path, "05", floor=True) as ui:
        await ui.press("2 down w")
        await ui.type("x\n")
        await ui.press("f7")
        await ui.paste(typo)
        screen = await ui.see_at_rest()
        assert "Problems 1  tab ↓ 1 more" in screen
        assert "objects in it, so its" in screen
        assert "resource is" not in screen
        assert "resource is arn:aws:s3:::" in await ui.see("tab tab down down")
        assert "▸ ▲ line 1 there is no action" in await ui.see("up up")


# -------------------------------------------------------------------- while it is read
async def test_until_a_text_is_read_next_says_only_what_the_text_itself_shows(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await draft(ui, BLANK_STATEMENTS[Kind.IDENTITY])
        assert "There is still a blank" in ui.screen
        await ui.press("f7")
        await ui.paste(policy())
        assert "Checking the text …" in ui.screen
        assert "blank" not in ui.screen
        assert ui.screen.count("(checking …)") == 3
        assert "(checking …)" not in await ui.see_at_rest()
        await ui.press("f7")
        await ui.paste(BLANK_STATEMENTS[Kind.IDENTITY])
        assert "There is still a blank between quotes" in ui.screen


async def test_a_text_that_is_to_be_read_while_it_is_read_is_not_said_to_be_checked_for_good(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "15", floor=True) as ui:
        await draft(ui, policy())
        await ui.rest()
        shown = ui.app.screen
        assert isinstance(shown, EditorScreen)
        readings = 0

        async def ask_meanwhile(work: Callable[[], Any]) -> Any:
            nonlocal readings
            readings += 1
            result = await in_background(work)
            if readings == 2:  # the problems are shown, and the preview is computed
                shown.start_reading()
            return result

        with patch.object(editor, "in_background", ask_meanwhile):
            shown.start_reading()
            assert "(checking …)" not in await ui.see_at_rest()
        assert readings == 4
