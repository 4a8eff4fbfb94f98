from __future__ import annotations

import pytest

from coffeeshop.account.model import Call, Nobody, ServiceError
from coffeeshop.lessons.sitting.policy_text import document_of
from coffeeshop.policy.model import Kind
from coffeeshop.views.things.dialog import Form, UnfitError, choice_name, operation_form
from coffeeshop.views.things.item_actions import (
    MENU_ACTIONS,
    Deed,
    letters,
    menu_actions,
)
from coffeeshop.views.things.items import groups, people, roles
from tests.views.plays import played


def made(scenario: str, word: str, operation: str) -> Form:
    account = played(scenario).account
    item = next(
        item
        for item in (*people(account), *groups(account), *roles(account))
        if item.row.word == word
    )
    return operation_form(
        account,
        next(action for action in menu_actions(item) if action.operation == operation),
        item.names,
    )


def test_what_the_thing_gives_is_fixed_and_the_rest_is_asked() -> None:
    found = made("10", "bo", "AddUserToGroup")
    assert found.fixed == {"UserName": "bo"}
    assert [(f.member.name, f.word, f.choices) for f in found.fields] == [
        ("GroupName", "Group", ("Admins",))
    ]


def test_a_single_choice_stands_there_already_but_one_that_opens_everything() -> None:
    assert made("10", "bo", "AddUserToGroup").fields[0].value == ""
    assert made("11", "casey", "AddUserToGroup").fields[0].value == ""
    moved = "aws iam add-user-to-group --group-name Admins --user-name casey\n"
    account = played("00", f"aws iam create-user --user-name casey\n{moved}").account
    item = next(item for item in people(account) if item.row.word == "casey")
    one = next(
        action for action in menu_actions(item) if action.operation == "AddUserToGroup"
    )
    assert operation_form(account, one, item.names).fields[0].value == "Cashiers"


def test_a_group_that_opens_everything_is_told_as_one_before_it_is_chosen() -> None:
    known = made("10", "bo", "AddUserToGroup").fields[0].known
    assert known["Admins"] == "1 person, allows everything"
    assert (
        made("10", "Admins", "AddUserToGroup").note
        == "In it: ada. Its policies allow everything."
    )


def test_where_there_is_nothing_to_choose_the_form_says_what_makes_it() -> None:
    hired = played("02", "aws iam create-user --user-name ada").account
    item = next(item for item in people(hired) if item.row.word == "ada")
    joins = next(
        action for action in menu_actions(item) if action.operation == "AddUserToGroup"
    )
    assert (
        operation_form(hired, joins, item.names).note
        == "There is no group to choose. In the list of groups, n creates one."
    )
    assert "There is" not in made("00", "robin", "PutUserPolicy").note


def test_groups_that_one_is_in_are_no_choice() -> None:
    assert made("15", "bo", "AddUserToGroup").fields[0].choices == ("Admins", "Managers")


def test_a_group_says_who_is_in_it() -> None:
    filled = "".join(
        f"aws iam add-user-to-group --group-name Cashiers --user-name {who}\n"
        for who in ("bo", "sam")
    )
    account = played("10", f"aws iam create-group --group-name Cashiers\n{filled}").account
    action = made("10", "Admins", "AddUserToGroup").action
    assert (
        operation_form(account, action, {"GroupName": "Cashiers"}).note == "In it: bo, sam."
    )
    empty = operation_form(
        played("10", "aws iam create-group --group-name New").account,
        action,
        {"GroupName": "New"},
    )
    assert empty.note == "No one is in it yet."


def test_a_policy_is_called_by_its_name_and_says_whether_aws_wrote_it() -> None:
    assert (
        choice_name("arn:aws:iam::aws:policy/AdministratorAccess")
        == "AdministratorAccess (AWS wrote it)"
    )
    assert choice_name("arn:aws:iam::111122223333:policy/Receipts") == "Receipts"
    assert choice_name("Cashiers") == "Cashiers"


def test_a_policy_document_is_left_to_the_editor() -> None:
    found = made("10", "bo", "PutUserPolicy")
    assert [f.member.name for f in found.fields] == ["PolicyName"]
    assert found.document == ("PolicyDocument", Kind.IDENTITY)
    assert made("15", "Manager", "UpdateAssumeRolePolicy").document == (
        "PolicyDocument",
        Kind.TRUST,
    )


def test_documents_are_found_by_service_and_member() -> None:
    assert document_of("iam", "CreateRole", ("RoleName", "AssumeRolePolicyDocument")) == (
        "AssumeRolePolicyDocument",
        Kind.TRUST,
    )
    assert document_of("s3", "PutBucketPolicy", ("Bucket", "Policy")) == (
        "Policy",
        Kind.RESOURCE,
    )
    assert document_of("iam", "CreateUser", ("UserName",)) is None


def test_values_become_the_call_with_the_types_of_its_members() -> None:
    found = made("15", "Manager", "UpdateRole")
    assert found.call({"MaxSessionDuration": "7200"}) == Call(
        "iam", "UpdateRole", {"RoleName": "Manager", "MaxSessionDuration": 7200}
    )
    for text in ("an hour", "--5", "²", "9" * 5000):
        assert (
            found.call({"MaxSessionDuration": text}).parameters["MaxSessionDuration"]
            == text
        )
    assert found.missing_fields({"MaxSessionDuration": ""}) == ("MaxSessionDuration",)


def test_a_refusal_blames_the_field_it_names() -> None:
    found = made("10", "bo", "AddUserToGroup")
    assert (
        found.blamed_field(
            ServiceError("ValidationError", "The specified value for groupName is invalid.")
        )
        == "GroupName"
    )
    assert found.blamed_field(ServiceError("AccessDenied", "no")) == ""


SIGN_IN = Deed("i", "", (("console", "SignIn"),), ("UserName",), optional=("MfaCode",))


def test_the_phone_is_read_where_a_code_is_asked() -> None:
    play = played("10")
    found = operation_form(play.account, SIGN_IN, {})
    values = found.resolve_values(
        {"UserName": "ada", "MfaCode": "@phone"}, play.account, Nobody(), play.now
    )
    assert values["MfaCode"].isdigit()
    with pytest.raises(UnfitError, match="there is no user") as raised:
        found.resolve_values(
            {"UserName": "nobody", "MfaCode": "@phone"}, play.account, Nobody(), play.now
        )
    assert raised.value.field == "MfaCode"


def test_only_the_code_is_optional_when_one_signs_in() -> None:
    fields = operation_form(played("10").account, SIGN_IN, {}).fields
    assert {f.member.name: f.optional for f in fields} == {
        "UserName": False,
        "Password": False,
        "MfaCode": True,
    }
    assert [f.member.name for f in fields if f.secret] == ["Password"]


def test_a_password_of_somebody_new_is_asked_for() -> None:
    assert [f.member.name for f in made("10", "bo", "CreateLoginProfile").fields] == [
        "Password"
    ]
    assert played("10", "").account.users["bo"].login is None


def test_no_two_rows_of_a_menu_share_a_letter() -> None:
    for noun, found in MENU_ACTIONS.items():
        assert len(set(letters(found))) == len(found), noun
    assert letters(MENU_ACTIONS["policy"]) == ("e", "p", "g", "r", "d")


def test_a_key_s_form_offers_only_what_aws_accepts() -> None:
    """The API lists a third value, Expired, and IAM refuses it."""
    play = played("03")
    key = next(iter(play.account.keys_of(play.account.users["till"].id)))
    names = {"UserName": "till", "AccessKeyId": key.id}
    made_form = operation_form(play.account, MENU_ACTIONS["key"][0], names)
    choices = next(
        each.choices for each in made_form.fields if each.member.name == "Status"
    )
    assert choices == ("Active", "Inactive")
