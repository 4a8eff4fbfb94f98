"""Identity Center and Access Analyzer as lists: what they show, and whole scenarios solved by their menus and forms."""

from __future__ import annotations

from datetime import timedelta

from coffeeshop.account.model import Account, Act, Call
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.views.deed import Deed
from coffeeshop.views.things.center_items import center_things
from coffeeshop.views.things.dialog import operation_form
from coffeeshop.views.things.finding_items import analyzer_things
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import (
    list_removals,
    menu_actions,
    new_actions,
)
from coffeeshop.views.things.items import (
    document_of,
    item_parts,
    people,
    tickets_of_item,
)
from coffeeshop.views.things.lists import shown_lists, titles_that_fit
from tests.views.plays import played, scenario

SHARED = (
    "aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy '"
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},'
    '"Action":"s3:GetObject","Resource":"arn:aws:s3:::coffeeshop-recipes/*"}}\'\n'
    "aws accessanalyzer create-analyzer --analyzer-name shop --type ACCOUNT\n"
)


def done(play: Play, call: Call, caller: Act) -> Play:
    after = play.do(Act(play.now, caller.caller, call))
    assert after.outcomes[-1].has_succeeded, after.outcomes[-1].answer
    return after


def filled(
    play: Play, item: Item | None, say: str, actions: tuple[Deed, ...], **typed: str
) -> Play:
    """The play after a menu's action, with what was typed into its form, references as they are typed."""
    action = next(each for each in actions if each.say == say)
    form = operation_form(play.account, action, item.names if item else {})
    fields = {field.member.name for field in form.fields}
    document, _ = form.document or ("", None)
    assert typed.keys() <= fields | {document}, fields
    text = typed.pop(document, "")
    caller = scenario_caller(play)
    read = form.resolve_values(typed, play.account, caller.caller, play.now)
    call = form.call(read)
    if document:
        call = Call(call.service, call.operation, {**call.parameters, document: text})
    return done(play, call, caller)


def scenario_caller(play: Play) -> Act:
    """An act of the administrator's."""
    return (
        played(play.scenario.id[:2], scenario(play.scenario.id[:2]).solution)
        .outcomes[0]
        .act
    )


def thing(account: Account, name: str, noun: str) -> Item:
    items = center_things(account)
    return next(item for item in items if (item.row.word, item.noun) == (name, noun))


def pressed(play: Play, name: str, noun: str, say: str, **typed: str) -> Play:
    item = thing(play.account, name, noun)
    return filled(play, item, say, menu_actions(item), **typed)


def removed(play: Play, item: Item, word: str, operation: str) -> Play:
    """The play after a part of an item was taken away."""
    removal = next(
        each
        for each in list_removals(play.account, item)
        if each.item.row.word == word and each.action.operation == operation
    )
    form = operation_form(play.account, removal.action, removal.item.names)
    assert not form.fields
    return done(play, form.call({}), scenario_caller(play))


def test_the_list_of_identity_center_is_shown_where_it_is_enabled() -> None:
    assert "center" not in shown_lists("people", played("05").account)
    account = played("36").account
    assert "center" in shown_lists("people", account)
    words = {(item.noun, item.row.word): item.row.text for item in center_things(account)}
    assert words["permission-set", "Bakery"] == "set for Bakers, robin"
    assert words["center-group", "Bakers"] == "group, 2 people"
    assert words["center-user", "robin"] == "user, no group"


def test_the_set_that_grew_is_narrowed_by_the_menus_alone() -> None:
    play = played("36")
    text = scenario("36").files["policies/recipes.json"].decode()
    play = pressed(
        play, "Bakery", "permission-set", "Write its inline policy", InlinePolicy=text
    )
    bakery = thing(play.account, "Bakery", "permission-set")
    assert document_of(play.account, bakery) == text
    play = removed(
        play, bakery, "AmazonS3FullAccess", "DetachManagedPolicyFromPermissionSet"
    )
    bakery = thing(play.account, "Bakery", "permission-set")
    assert bakery.row.text.endswith("not provisioned since its last change")
    play = removed(play, bakery, "robin", "DeleteAccountAssignment")
    play = pressed(play, "Bakery", "permission-set", "Provision it in its accounts")
    assert thing(play.account, "Bakery", "permission-set").row.text == "set for Bakers"
    assert grade(play).stars == 3


def test_a_person_comes_into_identity_center_and_gets_a_permission_set_by_the_menus_alone() -> (
    None
):
    play = played("35")
    new = new_actions("center")
    name = "GivenName=Sam,FamilyName=Reyes"
    play = filled(
        play, None, "Add a user", new, UserName="sam", DisplayName="Sam", Name=name
    )
    play = pressed(
        play, "Cashiers", "center-group", "Add a member", MemberId="UserId=@user:sam"
    )
    play = filled(play, None, "Create a permission set", new, Name="Receipts")
    text = scenario("35").files["policies/receipts.json"].decode()
    play = pressed(
        play, "Receipts", "permission-set", "Write its inline policy", InlinePolicy=text
    )
    play = pressed(
        play,
        "Receipts",
        "permission-set",
        "Assign to a group",
        TargetId="111122223333",
        PrincipalId="@group:Cashiers",
    )
    for who in ("casey", "sam"):
        item = next(item for item in people(play.account) if item.row.word == who)
        for removal in list_removals(play.account, item):
            form = operation_form(play.account, removal.action, removal.item.names)
            play = done(play, form.call({}), scenario_caller(play))
        play = filled(play, item, "Delete this person", menu_actions(item))
    assert grade(play).stars == 3


def test_an_assignment_offers_accounts_and_only_groups_or_only_users() -> None:
    account = played("36").account
    item = thing(account, "Bakery", "permission-set")
    for action in menu_actions(item, "a"):
        form = operation_form(account, action, item.names)
        fields = {field.member.name: field for field in form.fields}
        assert all(id.isdecimal() for id in fields["TargetId"].choices)
        kind = "@group:" if action.given["PrincipalType"] == "GROUP" else "@user:"
        assert fields["PrincipalId"].choices
        assert all(name.startswith(kind) for name in fields["PrincipalId"].choices)


def test_what_is_in_identity_center_shows_the_jobs_of_its_people() -> None:
    play = played("36")
    tickets = run_all_wants(play)
    callers = {
        name: {
            ticket.want.who
            for ticket in tickets_of_item(
                play.account, thing(play.account, name, noun), tickets
            )
        }
        for name, noun in (
            ("robin", "center-user"),
            ("Bakers", "center-group"),
            ("Bakery", "permission-set"),
        )
    }
    assert callers == {
        "robin": {"workforce/robin"},
        "Bakers": {"workforce/noor", "workforce/lee"},
        "Bakery": {"workforce/noor", "workforce/lee", "workforce/robin"},
    }


def test_a_finding_shows_who_gets_in_and_the_policy_that_lets_them() -> None:
    play = played("05", SHARED)
    finding, analyzer = analyzer_things(play.account, play.now)
    assert (finding.noun, finding.row.word) == ("finding", "coffeeshop-recipes")
    assert finding.row.text == "lets in 444455556666"
    assert analyzer.row.text == "analyzer, external access, 1 finding"
    parts = {part.row.word: part for part in item_parts(play.account, finding)}
    assert parts["actions"].row.text == "s3:GetObject"
    assert parts["coffeeshop-recipes"].noun == "bucket-policy"
    assert menu_actions(parts["coffeeshop-recipes"], "e")


def test_a_finding_is_archived_and_made_active_again_by_its_menu() -> None:
    play = played("05", SHARED)
    for say, noun, status in (
        ("Archive it", "archived-finding", "archived: lets in 444455556666"),
        ("Make it active again", "finding", "lets in 444455556666"),
    ):
        finding = analyzer_things(play.account, play.now)[0]
        play = filled(play, finding, say, menu_actions(finding))
        finding = analyzer_things(play.account, play.now)[0]
        assert (finding.noun, finding.row.text) == (noun, status)


def test_an_archive_rule_is_written_applied_and_deleted_by_the_menus() -> None:
    play = played("05", SHARED)
    analyzer = analyzer_things(play.account, play.now)[-1]
    play = filled(
        play,
        analyzer,
        "Add an archive rule",
        menu_actions(analyzer),
        ruleName="ours",
        filter="isPublic={eq=[false]}",
    )
    (rule,) = (
        part
        for part in analyzer_things(play.account, play.now)[-1].parts
        if part.noun == "archive-rule"
    )
    play = filled(play, rule, "Apply it to the findings of today", menu_actions(rule))
    assert analyzer_things(play.account, play.now)[0].noun == "archived-finding"
    play = filled(play, rule, "Delete it", menu_actions(rule))
    assert not play.account.analyzers["shop"].rules


def test_a_finding_about_unused_access_shows_the_key_or_the_role_itself() -> None:
    lines = (
        "aws iam create-access-key --user-name casey\n"
        "aws accessanalyzer create-analyzer --analyzer-name old --type ACCOUNT_UNUSED_ACCESS\n"
    )
    play = played("05", lines)
    findings = analyzer_things(play.account, play.now + timedelta(days=200))
    texts = {item.row.text for item in findings}
    assert {"unused access key", "unused role"} <= texts
    key = next(item for item in findings if item.row.text == "unused access key")
    assert [part.noun for part in key.parts if part.noun != "fact"] == ["key"]


def test_the_titles_of_the_lists_fit_into_the_frame_around_the_current_one() -> None:
    titles = ["Users", "Groups", "Roles", "Identity Center", "Providers"]
    assert titles_that_fit(titles[:3], 0, 30) == range(3)
    shown = [titles_that_fit(titles, n, 30) for n in range(5)]
    assert all(n in each for n, each in enumerate(shown))
    assert shown[0] == range(3)
    assert titles_that_fit(titles, 2, 60) == range(5)
