"""One letter means one thing in every menu, and what a menu can give it can take away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from coffeeshop.account.model import Account
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.views.things.item import Item, Noun
from coffeeshop.views.things.item_actions import (
    ALSO_NEW,
    MEANINGS,
    MENU_ACTIONS,
    NEW,
    TAKE_AWAY,
    Deed,
    letters,
    list_removals,
)
from coffeeshop.views.things.items import groups, people, policies, roles, root_item
from coffeeshop.views.things.key_items import kms_keys
from coffeeshop.views.things.provider_items import providers

DONE_BY: dict[str, tuple[str, ...]] = {  # how the operations of a letter begin
    "a": ("AddUserToGroup", "AddClientIDToOpenIDConnectProvider", "CreateAlias"),
    "d": ("Delete", "Detach", "Remove", "Deactivate", "Untag", "Schedule", "Revoke"),
    "e": ("Update", "Put", "CreatePolicyVersion", "SetDefaultPolicyVersion"),
    "g": ("AttachGroupPolicy",),
    "i": ("Tag",),
    "k": ("CreateAccessKey",),
    "m": ("CreateVirtualMFADevice", "EnrollRootMfa"),
    "n": (
        *("CreateUser", "CreateGroup", "CreateRole", "CreatePolicy"),
        *("CreateOpenIDConnectProvider", "CreateKey"),
    ),
    "o": ("UpdateRole", "EnableKey", "DisableKey", "CancelKeyDeletion"),
    "p": ("AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"),
    "r": ("AttachRolePolicy",),
    "s": ("CreateLoginProfile", "CreateSAMLProvider"),
    "w": ("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy"),
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
}
# Of the thing itself: nothing is attached to it afterwards.
CHANGES = ("Update", "Delete", "PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion")
DOCUMENT = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}'


def every_deed() -> list[Deed]:
    return [
        *NEW.values(),
        *ALSO_NEW.values(),
        *(action for found in MENU_ACTIONS.values() for action in found),
    ]


def test_a_letter_means_one_thing_in_every_menu() -> None:
    operations = defaultdict[str, set[str]](set)
    for action in every_deed():
        (letter,) = letters((action,))
        operations[letter].add(action.operation)
    assert {*operations, TAKE_AWAY} == set(MEANINGS) == {*DONE_BY, TAKE_AWAY}
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
    assert player.sitting
    return player.sitting.play.account


LISTS: dict[str, tuple[Callable[[Account], tuple[Item, ...]], str]] = {
    "user": (people, "lee"), "group": (groups, "Fans"), "role": (roles, "espresso-role"), "policy": (policies, "Own"),
    "oidc-provider": (providers, "gitlab.com"), "kms-key": (kms_keys, "alias/own"),
}  # fmt: skip


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
