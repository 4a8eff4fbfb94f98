"""What takes something away asks first, by one rule for keys, Enter and the menus; whoever is about to lock themselves out is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import TextArea

from coffeeshop.account.model import Call
from coffeeshop.lessons.sitting.lock_out import LockOut
from coffeeshop.tui.screens.console import ConsoleScreen, Prompt
from coffeeshop.tui.screens.editor import EditorScreen
from coffeeshop.tui.screens.enrol import EnrolScreen
from coffeeshop.tui.screens.form import FormDialog
from coffeeshop.tui.screens.question import QuestionDialog
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import MENU_ACTIONS, Deed, letters, menu_actions
from coffeeshop.views.things.taking_away import Question, lock_out_warning
from tests.examples import some
from tests.tui.driver import Person, person

ASKS = (FormDialog, EditorScreen, EnrolScreen, QuestionDialog)
# Somebody with one of everything that can hang on a person, a group, a role, a policy.
WORLD = """aws iam create-user --user-name pat
aws iam create-login-profile --user-name pat --password Ristretto-1-2-3
aws iam create-access-key --user-name pat
aws iam create-virtual-mfa-device --virtual-mfa-device-name pat --outfile pat.png --bootstrap-method QRCodePNG
aws iam enable-mfa-device --user-name pat --serial-number arn:aws:iam::111122223333:mfa/pat --authentication-code1 @phone --authentication-code2 @phone+1
aws iam put-user-policy --user-name pat --policy-name own --policy-document file://policies/receipts.json
aws iam attach-user-policy --user-name pat --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
aws iam create-group --group-name Till
aws iam add-user-to-group --user-name pat --group-name Till
aws iam put-group-policy --group-name Till --policy-name theirs --policy-document file://policies/receipts.json
aws iam attach-group-policy --group-name Till --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
aws iam create-policy --policy-name Receipts --policy-document file://policies/receipts.json
aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/Receipts --policy-document file://policies/receipts.json
aws iam attach-role-policy --role-name espresso-role --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"""
THINGS = {
    "2": ("pat",),
    "2 right": ("Till",),
    "2 right right": ("espresso-role",),
    "3": ("Receipts", "coffeeshop-receipts"),
}


def screen(ui: Person) -> ThingsScreen:
    found = ui.app.screen
    assert isinstance(found, ThingsScreen), ui.where
    return found


async def stand(ui: Person, keys: str, thing: str, hung: str) -> Item | None:
    """The cursor on a thing of the list, or on what hangs on it; the item there."""
    await ui.press(keys)
    found = next((item for item in screen(ui).items if item.row.word == thing), None)
    if found is None:
        return None
    ui.app.screen.query_one("#list", RowList).choose(found.id)
    await ui.press("")
    if hung:
        await ui.press("tab")
        ui.app.screen.query_one("#attached", RowList).choose(hung)
        await ui.press("")
    return screen(ui).item_here


async def answered(ui: Person, was: str) -> None:
    """Leaves what was asked, which has changed nothing."""
    assert isinstance(ui.app.screen, ASKS), f"{was}: {ui.screen}"
    await ui.press("escape")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "thing"),
    some([(keys, thing) for keys, found in THINGS.items() for thing in found], 2),
)
async def test_no_key_and_no_menu_changes_a_thing_before_it_has_asked(
    tmp_path: Path, keys: str, thing: str
) -> None:
    async with person(tmp_path, "10", size=(120, 40)) as ui:
        for line in WORLD.splitlines():
            ui.app.run_line(line)
        await ui.press("escape")
        if await stand(ui, keys, thing, "") is None:
            pytest.skip("this shop has no such thing")
        places = ["", *(item.id for item in screen(ui).attached if item.noun != "fact")]
        account = ui.play.account.without_history()
        for place in places:
            await _try_all(ui, keys, thing, place)
        assert ui.play.account.users == account.users
        assert ui.play.account.groups == account.groups
        assert ui.play.account.roles == account.roles
        assert ui.play.account.policies == account.policies


async def _try_all(ui: Person, keys: str, thing: str, place: str) -> None:
    """Every letter of an item, and every row of its menu. What was asked leads back to the item."""
    item = await stand(ui, keys, thing, place)
    assert item is not None
    found = menu_actions(item)
    for action, letter in zip(found, letters(found), strict=True):
        for way in (_by_letter, _by_enter):
            before = len(ui.calls)
            await way(ui, item, action, letter)
            assert len(ui.calls) == before or action.operation == "CreateVirtualMFADevice"
            await answered(ui, f"{thing} {place} {action.say}")
            assert screen(ui).item_here == item


async def _by_letter(ui: Person, item: Item, action: Deed, letter: str) -> None:
    await ui.press(action.key)
    if len(menu_actions(item, action.key)) > 1:
        await ui.press(
            letters(menu_actions(item, action.key))[
                menu_actions(item, action.key).index(action)
            ]
        )


async def _by_enter(ui: Person, item: Item, action: Deed, letter: str) -> None:
    await ui.press("enter")
    if not isinstance(ui.app.screen, ASKS):
        await ui.press(letter)


async def test_what_aws_would_refuse_to_delete_says_what_to_take_away_first(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", size=(120, 40)) as ui:
        for line in WORLD.splitlines():
            ui.app.run_line(line)
        made = len(ui.calls)
        wanted = {
            ("2", "pat"): "membership, policy, key, password, device",
            ("2 right", "Till"): "membership, policy",
            ("2 right right", "espresso-role"): "policy",
            ("3", "Receipts"): "version",
        }
        for (keys, thing), kinds in wanted.items():
            await stand(ui, f"escape {keys}", thing, "")
            await ui.press("d")
            question = ui.app.screen
            assert isinstance(question, QuestionDialog)
            assert question.question.about == (
                f"AWS refuses this now: first take away its {kinds}. "
                f"⏎ on {thing}, then t, lists what is left."
            )
            assert "AWS refuses this now" in ui.screen
            await ui.press("enter")
            assert "not done: everything is as it was" in ui.screen
        assert len(ui.calls) == made
        ui.app.run_line("aws iam create-user --user-name lee")
        await stand(ui, "escape 2", "lee", "")
        shown = await ui.see("d")
        assert "Delete lee?" in shown
        assert not re.search("(?i)refuses this now|first (remove|detach)", shown)


async def test_a_refused_deletion_names_all_that_stands_in_the_way_and_no_more(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", size=(120, 40)) as ui:
        ui.app.run_line("aws iam create-user --user-name lee")
        ui.app.run_line("aws iam create-group --group-name Night")
        ui.app.run_line("aws iam add-user-to-group --group-name Night --user-name lee")
        await stand(ui, "escape 2", "lee", "")
        shown = " ".join((await ui.see("d d")).split())
        assert "DeleteConflict" in shown
        assert "first take away its membership. ⏎ on lee" in shown
        assert "password" not in shown.partition("DeleteConflict")[2]


async def test_a_question_begins_on_the_act_only_if_it_takes_nothing_away(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "01", floor=True) as ui:
        await ui.press("2 enter m")
        assert "▸ m Give the owner an MFA device" in ui.screen
        assert "  k Keep it as it is" in ui.screen
        await ui.press("k")
        assert (ui.where, ui.calls) == ("PeopleScreen", [])
        await ui.press("enter m enter")
        assert ui.where == "EnrolScreen"
    async with person(tmp_path, "10", floor=True) as ui:
        assert "▸ k Keep it as it is" in await ui.see("2 d")


def test_every_question_has_a_title_that_asks_and_a_key_of_its_own() -> None:
    deeds = [deed for menu in MENU_ACTIONS.values() for deed in menu]
    for action in deeds:
        shown = QuestionDialog(Question(f"{action.say}?", action.say, action.key))
        keeps, does = (content.plain for _, content in shown.rows)
        assert keeps == "k Keep it as it is"
        assert not does.startswith("k "), action
    call = Call("iam", "DeleteUser")
    for locks in (LockOut("ada", call, ends=True), LockOut("ada", call, orphaned=("1",))):
        assert lock_out_warning(locks).title.endswith("?")


# ------------------------------------------------------------------ whoever would lock themselves out
async def test_ada_is_told_before_she_leaves_the_administrators(tmp_path: Path) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        shown = " ".join((await ui.see("2 home tab d")).split())
        assert "After this, you (ada) can't call iam:RemoveUserFromGroup" in shown
        await ui.press("d")
        assert ui.calls == [], "the key that asked doesn't do it"
        await ui.press("y")
        assert ui.calls == ["RemoveUserFromGroup"]


async def test_a_form_that_locks_out_asks_once_more_and_can_be_left(tmp_path: Path) -> None:
    async with person(tmp_path, "10") as ui:
        ui.app.run_line("aws iam create-access-key --user-name ada")
        ui.app.use_profile("ada")
        key = ui.play.account.keys_of(ui.play.account.users["ada"].id)[0].id
        await stand(ui, "escape 2", "ada", f"key:{key}")
        assert ui.where == "PeopleScreen"
        await ui.press("e")
        await ui.type("Inactive")
        assert "Lock out your current credential?" in await ui.see("enter")
        await ui.press("enter")
        assert ui.calls == ["CreateAccessKey"]
        assert ui.where == "FormDialog"
        await ui.press("enter y")
        assert ui.calls == ["CreateAccessKey", "UpdateAccessKey"]
        assert ui.where == "PeopleScreen"


async def test_the_editor_asks_before_it_saves_a_deny_on_whoever_acts(
    tmp_path: Path,
) -> None:
    deny = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("2 home w")
        if ui.where == "FormDialog":
            await ui.type("no\n")
        area = ui.app.screen.query_one(TextArea)
        area.text = deny
        assert "Lock yourself out?" in await ui.see("f2")
        await ui.press("k")
        assert ui.where == "EditorScreen"
        assert ui.calls == []
        await ui.press("f2 y")
        assert ui.calls == ["PutUserPolicy"]
        assert ui.where == "PeopleScreen"


async def test_a_typed_line_that_locks_out_asks_in_the_console(tmp_path: Path) -> None:
    line = "aws iam remove-user-from-group --user-name ada --group-name Admins"
    async with person(tmp_path, "10", floor=True) as ui:
        await ui.press("colon")
        assert isinstance(ui.app.screen, ConsoleScreen)
        ui.app.screen.query_one(Prompt).post_message(Prompt.Entered(line))
        assert "Lock yourself out?" in await ui.see("")
        await ui.press("enter")
        assert ui.calls == []
        assert isinstance(ui.app.screen, ConsoleScreen)
        ui.app.screen.query_one(Prompt).post_message(Prompt.Entered(line))
        await ui.press("")
        assert "Type undo to take it back." in await ui.see("y")
        assert ui.calls == ["RemoveUserFromGroup"]
