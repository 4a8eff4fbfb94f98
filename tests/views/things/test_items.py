from __future__ import annotations

import json
from string import Formatter

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.model import Call
from coffeeshop.policy.model import Kind
from coffeeshop.views.principal_names import account_name
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import (
    CREATION_ACTIONS,
    MENU_ACTIONS,
    REMOVED_THINGS,
    menu_actions,
    removed_name,
)
from coffeeshop.views.things.items import (
    document_of,
    groups,
    item_parts,
    people,
    policies,
    roles,
    root_item,
    tickets_of_item,
)
from tests.tables import each_row
from tests.views.plays import opened, played

SHARED = """
aws iam create-group --group-name Cashiers
aws iam put-group-policy --group-name Cashiers --policy-name receipts --policy-document file://policies/receipts.json
aws iam add-user-to-group --group-name Cashiers --user-name sam
aws iam create-access-key --user-name sam
aws iam attach-user-policy --user-name sam --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess
"""


def named(items: tuple[Item, ...], word: str) -> Item:
    return next(item for item in items if item.row.word == word)


def test_people_stand_with_their_groups() -> None:
    shown = {item.row.word: item.row.text for item in people(played("10", SHARED).account)}
    assert shown == {
        "ada": "Admins · MFA",
        "bo": "no group",
        "casey": "no group",
        "robin": "no group",
        "sam": "Cashiers",
    }


def test_what_e_changes_is_what_stands_of_a_role_its_trust() -> None:
    account = played("15").account
    role = named(roles(account), "Manager")
    (trust,) = (item for item in item_parts(account, role) if item.noun == "trust")
    assert (
        document_of(account, role)
        == document_of(account, trust)
        == account.roles["manager"].trust.text
    )
    assert document_of(account, named(people(account), "bo")) == ""


def test_groups_stand_with_their_size() -> None:
    shown = {item.row.word: item.row.text for item in groups(played("10", SHARED).account)}
    assert shown == {"Admins": "1 person", "Cashiers": "1 person"}


def test_roles_stand_with_whom_they_trust() -> None:
    shown = {item.row.word: item.row.text for item in roles(played("15").account)}
    assert shown == {"espresso-role": "lambda.amazonaws.com", "Manager": "this account"}


@each_row(
    [
        ({"AWS": "arn:aws:iam::444455556666:root"}, "account 444455556666"),
        ({"AWS": "444455556666"}, "account 444455556666"),
        (
            {"AWS": "arn:aws:iam::444455556666:role/Courier"},
            "role/Courier in account 444455556666",
        ),
        ({"AWS": "arn:aws:iam::111122223333:root"}, "this account"),
        ({"AWS": "111122223333"}, "this account"),
        ({"AWS": "arn:aws:iam::111122223333:role/Manager"}, "role/Manager"),
        ({"Service": "lambda.amazonaws.com"}, "lambda.amazonaws.com"),
        ({"AWS": "*"}, "everyone"),
        ({"AWS": ["111122223333", "444455556666"]}, "this account, account 444455556666"),
    ]
)
def test_only_our_own_account_is_called_this_account(
    principal: object, called: str
) -> None:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    denied = {**trust, "Effect": "Deny", "Principal": {"AWS": "777788889999"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust, denied]})
    line = (
        f"aws iam create-role --role-name Export --assume-role-policy-document '{document}'"
    )
    account = played("15", line).account
    role = named(roles(account), "Export")
    assert role.row.text == called
    assert f"trusts {called}" in [item.row.text for item in item_parts(account, role)]


def test_an_account_of_the_organization_is_called_by_its_number_and_name() -> None:
    account = played("C3").account
    above = account.joined_organization
    assert above is not None
    number, member = next(
        (id, one) for id, one in above.members.items() if id != account.id
    )
    assert account_name(account, number) == f"account {number} ({member.name})"


def test_what_hangs_on_a_person_carries_the_names_that_its_calls_need() -> None:
    account = played("10", SHARED).account
    hung = item_parts(account, named(people(account), "sam"))
    assert [item.noun for item in hung] == ["fact", "membership", "attached-user", "key"]
    assert hung[1].names == {"UserName": "sam", "GroupName": "Cashiers"}
    assert hung[2].names == {
        "UserName": "sam",
        "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    }


def test_what_hangs_on_the_owner_is_named_without_a_user() -> None:
    phone = "arn:aws:iam::111122223333:mfa/owner"
    account = played("01", "solution").account
    assert root_item(account).row.text == "the owner · MFA"
    assert [
        (item.noun, dict(item.names)) for item in item_parts(account, root_item(account))
    ] == [
        ("fact", {}),
        ("fact", {}),
        ("root-device", {"SerialNumber": phone}),
    ]
    (key,) = (
        item
        for item in item_parts(played("01").account, root_item(account))
        if item.noun == "key"
    )
    assert [*key.names] == ["AccessKeyId"]
    assert [
        ticket.want.id
        for ticket in tickets_of_item(account, root_item(account), opened("01"))
    ] == [
        "password@root",
        "laptop-key",
        "owner-in@root",
    ]


def test_an_attached_policy_carries_its_own_text_whoever_made_it() -> None:
    account = played("10", SHARED).account
    given = named(item_parts(account, named(people(account), "sam")), "ReadOnlyAccess")
    assert (given.row.text, '"s3:Get*"' in given.document) == ("AWS managed", True)
    account = played("05", "solution").account
    mine = named(item_parts(account, named(people(account), "casey")), "Receipts")
    assert (mine.row.text, mine.document) == (
        "managed policy",
        named(policies(account), "Receipts").document,
    )


def test_a_managed_policy_stands_with_its_holders_and_versions() -> None:
    account = played("05", "solution").account
    policy = named(policies(account), "Receipts")
    assert policy.row.text == "attached to 1"
    assert [(item.noun, item.row.word) for item in item_parts(account, policy)] == [
        ("attached-user", "casey"),
        ("version", "v1"),
    ]


def test_policies_are_of_every_kind_with_the_grammar_of_each() -> None:
    grammars = {item.noun: item.grammar for item in policies(played("15").account)}
    assert grammars == {
        "inline-group": Kind.IDENTITY,
        "inline-role": Kind.IDENTITY,
        "trust": Kind.TRUST,
    }


def test_what_is_gone_has_nothing_hanging_on_it() -> None:
    account = played("10").account
    assert (
        item_parts(
            account,
            Item("x", named(people(account), "bo").row, "user", {"UserName": "nobody"}),
        )
        == ()
    )


def test_the_shops_wishes_go_to_the_person_the_group_and_the_role() -> None:
    from coffeeshop.lessons.grading.trial import run_all_wants

    play = played("15")
    tickets = run_all_wants(play)
    bo = named(people(play.account), "bo")
    assert [ticket.want.id for ticket in tickets_of_item(play.account, bo, tickets)][
        :3
    ] == [
        "till@bo",
        "stock@bo",
        "orders@bo",
    ]
    baristas = named(groups(play.account), "Baristas")
    assert tickets_of_item(play.account, baristas, tickets) == tickets_of_item(
        play.account, bo, tickets
    )
    assert (
        tickets_of_item(play.account, named(roles(play.account), "Manager"), tickets) == ()
    )


def test_every_deed_names_an_operation_and_members_that_it_has() -> None:
    for action in (
        *CREATION_ACTIONS.values(),
        *(action for row in MENU_ACTIONS.values() for action in row),
    ):
        members = {
            member.name for member in OPERATIONS[action.service, action.operation].members
        }
        assert members >= {*action.ask, *action.given}


def test_a_letter_picks_the_deeds_that_share_it() -> None:
    bo = named(people(played("10").account), "bo")
    assert [action.operation for action in menu_actions(bo, "a")] == [
        "AddUserToGroup",
        "AttachUserPolicy",
    ]
    assert menu_actions(bo, "z") == ()


def test_what_a_call_took_away_is_named_whole() -> None:
    taken = (
        (
            Call(
                "iam",
                "DeleteGroupPolicy",
                {"GroupName": "Cashiers", "PolicyName": "receipts"},
            ),
            "receipts on group Cashiers deleted",
        ),
        (
            Call(
                "iam",
                "DetachUserPolicy",
                {"UserName": "bo", "PolicyArn": "arn:aws:iam::111122223333:policy/R"},
            ),
            "R detached from user bo",
        ),
        (
            Call("iam", "RemoveUserFromGroup", {"GroupName": "Cashiers", "UserName": "bo"}),
            "bo taken out of group Cashiers",
        ),
        (Call("iam", "CreateUser", {"UserName": "lee"}), ""),
    )
    for call, said in taken:
        assert removed_name(call) == said


def test_what_the_table_says_of_an_operation_is_what_it_is_told() -> None:
    for operation, said in REMOVED_THINGS.items():
        rows = (row for row in OPERATIONS.values() if row.simulated)
        row = next(row for row in rows if row.name == operation)
        needed = {member.name for member in row.input.members if member.required}
        assert {name for _, name, _, _ in Formatter().parse(said) if name} <= needed, (
            operation
        )


def test_a_person_written_with_a_capital_has_the_shop_s_jobs() -> None:
    """IAM doesn't tell capitals apart, so Casey is the casey of whom the shop speaks."""
    play = played("00", "aws iam create-user --user-name Casey\n")
    (casey,) = (item for item in people(play.account) if item.row.word == "Casey")
    asked = {ticket.want.id for ticket in opened("00") if ticket.want.who == "casey"}
    shown = {
        ticket.want.id for ticket in tickets_of_item(play.account, casey, opened("00"))
    }
    assert asked
    assert shown == asked
