"""Every key that Next names does what Next says of it: over plays that nobody wrote, the thing is in the list, and the letter
picks the action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hypothesis import given
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.model import Account, Act, Key
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.next import Step, next_step
from coffeeshop.views.step import MENU_DEED, Target
from coffeeshop.views.things.dialog import operation_form
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import CREATION_ACTIONS, letters, menu_actions
from coffeeshop.views.things.items import (
    groups,
    item_parts,
    people,
    policies,
    roles,
    root_item,
)
from tests.examples import examples
from tests.views.plays import played
from tests.views.test_same_word import plays

LISTS: dict[str, Callable[[Account], tuple[Item, ...]]] = {
    "users": people,
    "groups": groups,
    "roles": roles,
    "policies": policies,
}
DOES = {  # what is said of a letter, and the operation that it is to come to
    "hires": "CreateUser",
    "makes one": "Create",
    "and ⏎ ask to attach it": "AttachUserPolicy",
    "and g ask to attach it": "AttachGroupPolicy",
    "and r ask to attach it": "AttachRolePolicy",
    "writes its policy": "PutGroupPolicy",
    "writes what it can do": "PutRolePolicy",
    "writes one": "Put",
    "changes who can assume it": "UpdateAssumeRolePolicy",
}
IN_MENU = {  # what is said of a letter once enter has shown them all
    "m ask to give one": ("CreateVirtualMFADevice", "EnrollRootMfa"),
    "s ask for one": ("CreateLoginProfile",),
    "k ask to make one": ("CreateAccessKey",),
    "p attaches AdministratorAccess": ("AttachGroupPolicy",),
}
ON_ROWS = {  # what is said of a letter on a row of what hangs on a thing
    "deletes it": "Delete",
    "detaches it": "Detach",
    "takes them out of it": "RemoveUserFromGroup",
    "edits it": "Put",
    "changes the password": "UpdateLoginProfile",
    "switches it off or on": "UpdateAccessKey",
}
ELSEWHERE = {
    "1",
    "5",
    ":",
    "g",
    "s",
}  # keys of every screen, which need nothing to be there


def listed(play: Play, tab: str, profile: str) -> Iterator[Item]:
    """What is in a list; the owner among people for whoever holds the owner's badge."""
    yield from LISTS[tab](play.account)
    caller = find_caller(play.account, profile)
    held = play.account.credentials.get(caller.id) if isinstance(caller, Key) else None
    if tab == "users" and held is not None and held.owner == play.account.id:
        yield root_item(play.account)


def kept(step: Step, play: Play, profile: str) -> bool:
    """Whether the key does what is said of it."""
    if step.target is None:
        return (
            step.key in ELSEWHERE | {""}
            or (step.key == "y" and step.want != "")
            or _undone(step, play)
        )
    if step.key != ("3" if step.target.tab == "policies" else "2"):
        return False
    if not step.target.item_name:
        return _on_the_list(step)
    tabs = [step.target.tab] if step.target.tab else ["users", "groups", "roles"]
    found = [
        i
        for tab in tabs
        for i in listed(play, tab, profile)
        if i.row.word.lower() == step.target.item_name.lower()
    ]
    return len(found) == 1 and _on_the_thing(step, play.account, found[0])


def _undone(step: Step, play: Play) -> bool:
    return step.key == "u" and bool(play.outcomes)


def _on_the_list(step: Step) -> bool:
    way = step.target
    assert way
    if way.key == "n":
        return CREATION_ACTIONS[way.tab].operation.startswith(DOES[way.does])
    # Enter shows the menu of any row.
    if way.key == "⏎":
        return way.does == MENU_DEED.say
    return way.key == "←→" or (
        way.key == "a" and way.does == "and ⏎ choose whom to add" and way.tab == "groups"
    )


def _on_the_thing(step: Step, account: Account, item: Item) -> bool:
    way = step.target
    assert way
    match way.key:
        case "⏎":
            word = way.does.removeprefix("and ")
            menu = dict(zip(letters(menu_actions(item)), menu_actions(item), strict=True))
            if word == "edits it":
                return any(action.key == "e" for action in menu.values()) and bool(
                    item.document
                )
            if word in IN_MENU:
                return word[0] in menu and menu[word[0]].operation in IN_MENU[word]
            return word == "shows what can be done" and bool(menu)
        case letter if way.row_id:
            row = next(
                (hung for hung in item_parts(account, item) if hung.id == way.row_id), None
            )
            picked = menu_actions(row, letter) if row else ()
            return len(picked) == 1 and picked[0].operation.startswith(ON_ROWS[way.does])
        case letter:
            several = menu_actions(item, letter)
            menu, (_, then, *_) = (
                dict(zip(letters(several), several, strict=True)),
                (*way.does.split(), ""),
            )
            first = menu.get(then) or next(iter(several), None)
            said = (
                "AddUserToGroup" if way.does.startswith("and ⏎ choose ") else DOES[way.does]
            )
            return first is not None and first.operation.startswith(said)


@given(plays())
@examples(1)
def test_every_key_that_next_names_does_what_it_says(play: Play):
    tickets, report, profile = run_all_wants(play), grade(play), play.scenario.desk[0]
    for step in (
        next_step(play, tickets, None, profile),
        next_step(play, tickets, report, profile),
    ):
        assert kept(step, play, profile), step
        if step.other_target:
            assert kept(
                replace(
                    step, target=step.other_target, key=step.other_target.from_anywhere[0]
                ),
                play,
                profile,
            ), step


@given(plays())
@examples(1)
def test_what_next_has_taken_away_ends_no_job_that_works(play: Play):
    if any(want.opening_credential for want in play.scenario.wants):
        return  # what was stolen goes first, whoever else worked by it
    tickets, profile = run_all_wants(play), play.scenario.desk[0]
    for report in (None, grade(play)):
        step = next_step(play, tickets, report, profile)
        if step.target and step.target.row_id and step.target.key == "d":
            ends_nothing(play, tickets, step.target, profile)


def ends_nothing(play: Play, tickets: Sequence[Ticket], way: Target, profile: str) -> None:
    """Does what is said, and finds every job that worked working."""
    item = next(
        i
        for i in listed(play, way.tab, profile)
        if i.row.word.lower() == way.item_name.lower()
    )
    row = next(hung for hung in item_parts(play.account, item) if hung.id == way.row_id)
    call = operation_form(play.account, menu_actions(row, "d")[0], row.names).call({})
    after = run_all_wants(play.do(Act(play.now, find_caller(play.account, profile), call)))
    ended = [
        b.want.say
        for b, a in zip(tickets, after, strict=True)
        if b.want.mode is Mode.MUST and b.has_succeeded > a.has_succeeded
    ]
    assert not ended, way


def test_a_key_that_does_nothing_is_no_promise_kept():
    play = played("05")
    step = next_step(play, run_all_wants(play), None, "ada")
    assert step.target
    assert kept(step, play, "ada")
    assert not kept(replace(step, deed=step.deed.at("3", step.does)), play, "ada")


def test_nobody_is_sent_to_a_colleague_who_comes_when_it_is_judged():
    joined = "aws iam add-user-to-group --group-name {} --user-name {}\n"
    play = played("23", joined.format("North", "casey") + joined.format("South", "robin"))
    step = next_step(play, run_all_wants(play), None, "ada")
    assert (step.key, step.want) == ("y", "own@newcomer")
