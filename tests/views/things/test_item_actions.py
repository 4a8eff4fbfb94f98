"""One letter means one thing in every menu, and what a menu can give it can take away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coffeeshop.account.model import Account
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.views.things.center_items import center_things
from coffeeshop.views.things.finding_items import analyzer_things
from coffeeshop.views.things.item import Item, Noun
from coffeeshop.views.things.item_actions import (
    ALSO_NEW,
    CREATION_ACTIONS,
    LETTER_MEANINGS,
    MENU_ACTIONS,
    TAKE_AWAY,
    Deed,
    letters,
    list_removals,
    menu_actions,
)
from coffeeshop.views.things.items import groups, people, policies, roles, root_item
from coffeeshop.views.things.key_items import kms_keys
from coffeeshop.views.things.provider_items import providers
from coffeeshop.views.things.taking_away import confirming_question

DONE_BY: dict[str, tuple[str, ...]] = {  # how the operations of a letter begin
    "a": (
        *("AddUserToGroup", "AddClientIDToOpenIDConnectProvider", "CreateAlias"),
        *("CreateAccountAssignment", "CreateGroupMembership", "CreateArchiveRule"),
    ),
    "b": ("CreateAccountAssignment",),
    "c": ("AttachCustomerManagedPolicyReferenceToPermissionSet",),
    "d": ("Delete", "Detach", "Remove", "Deactivate", "Untag", "Schedule", "Revoke"),
    "e": ("Update", "Put", "CreatePolicyVersion", "SetDefaultPolicyVersion"),
    "g": ("AttachGroupPolicy", "CreateGroup"),
    "i": ("Tag",),
    "k": ("CreateAccessKey",),
    "l": ("PutPermissionsBoundaryToPermissionSet",),
    "m": ("CreateVirtualMFADevice", "EnrollRootMfa"),
    "n": (
        *("CreateUser", "CreateGroup", "CreateRole", "CreatePolicy"),
        *("CreateOpenIDConnectProvider", "CreateKey"),
        *("CreatePermissionSet", "CreateAnalyzer"),
    ),
    "o": (
        *("UpdateRole", "EnableKey", "DisableKey", "CancelKeyDeletion"),
        *("UpdatePermissionSet", "UpdateFindings"),
    ),
    "p": (
        *("AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"),
        "AttachManagedPolicyToPermissionSet",
    ),
    "r": ("AttachRolePolicy",),
    "s": ("CreateLoginProfile", "CreateSAMLProvider"),
    "u": ("CreateUser",),
    "v": ("ProvisionPermissionSet", "ApplyArchiveRule"),
    "w": (
        *("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy"),
        "PutInlinePolicyToPermissionSet",
    ),
}
UNDOES = {
    "AddUserToGroup": "RemoveUserFromGroup",
    "AttachUserPolicy": "DetachUserPolicy",
    "AttachGroupPolicy": "DetachGroupPolicy",
    "AttachRolePolicy": "DetachRolePolicy",
    "PutUserPolicy": "DeleteUserPolicy",
    "PutGroupPolicy": "DeleteGroupPolicy",
    "PutRolePolicy": "DeleteRolePolicy",
    "CreateAccessKey": "DeleteAccessKey",
    "CreateLoginProfile": "DeleteLoginProfile",
    "CreateVirtualMFADevice": "DeactivateMFADevice",
    "EnrollRootMfa": "RemoveRootMfa",
    "CreatePolicyVersion": "DeletePolicyVersion",
    "AddClientIDToOpenIDConnectProvider": "RemoveClientIDFromOpenIDConnectProvider",
    "TagOpenIDConnectProvider": "UntagOpenIDConnectProvider",
    "CreateAlias": "DeleteAlias",
    "TagResource": "UntagResource",
    "CreateAccountAssignment": "DeleteAccountAssignment",
    "CreateGroupMembership": "DeleteGroupMembership",
    "PutInlinePolicyToPermissionSet": "DeleteInlinePolicyFromPermissionSet",
    "AttachManagedPolicyToPermissionSet": "DetachManagedPolicyFromPermissionSet",
    "AttachCustomerManagedPolicyReferenceToPermissionSet": "DetachCustomerManagedPolicyReferenceFromPermissionSet",
    "CreateArchiveRule": "DeleteArchiveRule",
    "PutPermissionsBoundaryToPermissionSet": "DeletePermissionsBoundaryFromPermissionSet",
}
# Of the thing itself: nothing is attached to it afterwards.
CHANGES = (
    *("Update", "Delete", "PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion"),
    "ProvisionPermissionSet",
)
DOCUMENT = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}'


def every_deed() -> list[Deed]:
    return [
        *CREATION_ACTIONS.values(),
        *(deed for also in ALSO_NEW.values() for deed in also),
        *(action for found in MENU_ACTIONS.values() for action in found),
    ]


def test_a_letter_means_one_thing_in_every_menu() -> None:
    operations = defaultdict[str, set[str]](set)
    for action in every_deed():
        (letter,) = letters((action,))
        operations[letter].add(action.operation)
    assert {*operations, TAKE_AWAY} == set(LETTER_MEANINGS) == {*DONE_BY, TAKE_AWAY}
    for letter, found in operations.items():
        assert all(operation.startswith(DONE_BY[letter]) for operation in found), (
            letter,
            found,
        )


def test_an_operation_has_one_letter_in_the_menus_of_one_kind_of_thing() -> None:
    for noun in ("user", "group", "role"):
        assert len(set(letters(MENU_ACTIONS[noun]))) == len(MENU_ACTIONS[noun])
        attaches = [
            action for action in MENU_ACTIONS[noun] if action.operation.startswith("Attach")
        ]
        assert letters(attaches) == ("p",)


@pytest.mark.parametrize("noun", MENU_ACTIONS)
def test_every_row_of_a_menu_has_a_letter_of_its_own(noun: Noun) -> None:
    found = MENU_ACTIONS[noun]
    assert len({*letters(found), TAKE_AWAY}) == len(found) + 1
    for action in found:
        sharing = [one for one in found if one.key == action.key]
        assert letters(sharing) == tuple(
            letter for letter in letters(found) if letter in letters(sharing)
        )


def given_everything(folder: Path) -> Account:
    """An account in which one thing of each kind has everything that a menu can give it."""
    player = Player(Progress(folder / "casey.sqlite3"))
    player.open("20")
    admin = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    own = "arn:aws:iam::111122223333:policy/Own"
    for line in (
        "create-user --user-name lee",
        "create-group --group-name Fans",
        "add-user-to-group --user-name lee --group-name Fans",
        f"attach-user-policy --user-name lee --policy-arn {admin}",
        f"attach-group-policy --group-name Fans --policy-arn {admin}",
        f"put-user-policy --user-name lee --policy-name own --policy-document '{DOCUMENT}'",
        f"put-group-policy --group-name Fans --policy-name own --policy-document '{DOCUMENT}'",
        "create-access-key --user-name lee",
        "create-login-profile --user-name lee --password Crema-12345678-aZ",
        "create-virtual-mfa-device --virtual-mfa-device-name lee --outfile code.png --bootstrap-method QRCodePNG",
        "enable-mfa-device --user-name lee --serial-number arn:aws:iam::111122223333:mfa/lee "
        "--authentication-code1 @phone --authentication-code2 @phone+1",
        f"create-policy --policy-name Own --policy-document '{DOCUMENT}'",
        f"create-policy-version --policy-arn {own} --policy-document '{DOCUMENT}'",
        f"attach-user-policy --user-name lee --policy-arn {own}",
        f"attach-group-policy --group-name Fans --policy-arn {own}",
        f"attach-role-policy --role-name espresso-role --policy-arn {own}",
        f"put-role-policy --role-name espresso-role --policy-name own --policy-document '{DOCUMENT}'",
        "create-open-id-connect-provider --url https://gitlab.com --client-id-list mill --tags Key=team,Value=bar",
    ):
        player.type(f"aws iam {line}")
    player.type("aws kms create-key")
    assert player.sitting
    (id,) = player.sitting.play.account.kms_keys
    player.type(f"aws kms create-alias --alias-name alias/own --target-key-id {id}")
    player.type(f"aws kms tag-resource --key-id {id} --tags TagKey=team,TagValue=bar")
    reference = "Name=Own,Path=/"
    to_set = "--instance-arn @instance --permission-set-arn @permission-set:Bakery"
    assigned = f"{to_set} --target-id 111122223333 --target-type AWS_ACCOUNT"
    store = "--identity-store-id @identity-store"
    for line in (
        "aws organizations create-organization",
        "console enable-identity-center",
        f"aws identitystore create-user {store} --user-name noor --display-name Noor --name GivenName=Noor,FamilyName=Haddad",
        f"aws identitystore create-group {store} --display-name Bakers",
        f"aws identitystore create-group-membership {store} --group-id @group:Bakers --member-id UserId=@user:noor",
        "aws sso-admin create-permission-set --instance-arn @instance --name Bakery",
        f"aws sso-admin put-inline-policy-to-permission-set {to_set} --inline-policy '{DOCUMENT}'",
        f"aws sso-admin attach-managed-policy-to-permission-set {to_set} --managed-policy-arn {admin}",
        f"aws sso-admin attach-customer-managed-policy-reference-to-permission-set {to_set} --customer-managed-policy-reference {reference}",
        f"aws sso-admin put-permissions-boundary-to-permission-set {to_set} --permissions-boundary ManagedPolicyArn={admin}",
        f"aws sso-admin create-account-assignment {assigned} --principal-type GROUP --principal-id @group:Bakers",
        f"aws sso-admin create-account-assignment {assigned} --principal-type USER --principal-id @user:noor",
        "aws accessanalyzer create-analyzer --analyzer-name shop --type ACCOUNT",
        "aws accessanalyzer create-archive-rule --analyzer-name shop --rule-name ours --filter isPublic={eq=[true]}",
    ):
        said = player.type(line)
        assert player.sitting.play.outcomes[-1].has_succeeded, (line, said)
    return player.sitting.play.account


def analyzers(account: Account) -> tuple[Item, ...]:
    return analyzer_things(account, datetime(2026, 3, 2, tzinfo=UTC))


LISTS: dict[str, tuple[Callable[[Account], tuple[Item, ...]], str]] = {
    "user": (people, "lee"), "group": (groups, "Fans"), "role": (roles, "espresso-role"), "policy": (policies, "Own"),
    "oidc-provider": (providers, "gitlab.com"), "kms-key": (kms_keys, "alias/own"),
    "permission-set": (center_things, "Bakery"), "center-group": (center_things, "Bakers"), "center-user": (center_things, "noor"),
    "analyzer": (analyzers, "shop"),
}  # fmt: skip


def test_a_question_names_only_what_stands_in_the_way_of_a_deletion(
    tmp_path: Path,
) -> None:
    account = given_everything(tmp_path)
    in_the_way: dict[str, str] = {}
    for noun, (lister, name) in LISTS.items():
        item = next(
            each for each in lister(account) if (each.noun, each.row.word) == (noun, name)
        )
        removals = list_removals(account, item)
        (action,) = menu_actions(item, "d")
        about = confirming_question(action, item, None, 24, removals).about
        in_the_way[noun] = about.partition("first take away its ")[2].partition(".")[0]
    assert in_the_way["permission-set"] == "assignment", "its policies go with it"
    assert in_the_way["center-group"] == "", "its memberships go with it"
    assert all(in_the_way[noun] for noun in ("user", "group", "role"))


def test_what_a_menu_can_give_it_can_take_away(tmp_path: Path) -> None:
    account = given_everything(tmp_path)
    for noun, (lister, name) in LISTS.items():
        item = next(
            item for item in lister(account) if item.row.word == name and item.noun == noun
        )
        removals = {removal.action.operation for removal in list_removals(account, item)}
        given = [
            action.operation
            for action in MENU_ACTIONS[item.noun]
            if not action.operation.startswith(CHANGES)
        ]
        assert {UNDOES[operation] for operation in given} <= removals, noun


def test_every_removal_says_what_it_takes_from_whom(tmp_path: Path) -> None:
    account = given_everything(tmp_path)
    assert not list_removals(account, root_item(account))
    lee = next(item for item in people(account) if item.row.word == "lee")
    assert all(
        removal.item.names["UserName"] == "lee" for removal in list_removals(account, lee)
    )
