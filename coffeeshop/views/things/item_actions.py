"""The menu actions of each kind of thing, with the operation that does each and the key that picks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from coffeeshop.account.model import Account, Call, Reply
from coffeeshop.policy.model import Values
from coffeeshop.views.cells import shorten_text
from coffeeshop.views.deed import Deed
from coffeeshop.views.things.items import ATTACHED, INLINE, Item, Noun, item_parts


def _iam(
    keys: str,
    say: str,
    operation: str,
    note: str = "",
    *ask: str,
    **parameters: bool | str,
) -> Deed:
    """Return a menu action of the IAM service.

    `keys` is its key. A different letter follows after a slash.
    """
    key, _, letter = keys.partition("/")
    return Deed(key, say, (("iam", operation),), ask, parameters, note, letter=letter)


MEANINGS: dict[str, str] = {  # the meaning of each letter, in every menu
    "a": "adds a user to a group",
    "d": "deletes the thing, or detaches it",
    "e": "changes the thing",
    "g": "attaches a policy to a group",
    "k": "makes an access key",
    "m": "gives an MFA device",
    "n": "makes a new thing",
    "o": "changes how long a session lasts",
    "p": "attaches a policy",
    "r": "attaches a policy to a role",
    "s": "gives a password to sign in with",
    "t": "removes a policy, member or credential from it",
    "w": "writes an inline policy",
}


NEW: dict[str, Deed] = {
    "users": _iam(
        "n",
        "Hire somebody",
        "CreateUser",
        "A new badge opens nothing until a policy says so.",
    ),
    "groups": _iam(
        "n",
        "Make a group",
        "CreateGroup",
        "A group's policies apply to all its members.",
    ),
    "roles": _iam(
        "n",
        "Make a role",
        "CreateRole",
        "Name it. Next, choose who can assume it, then press w to write what it can do.",
    ),
    "policies": _iam(
        "n",
        "Write a policy",
        "CreatePolicy",
        "It has no effect until you attach it.",
    ),
}

_WRITE = "An inline policy belongs to this one alone. It needs a name, of letters, digits and +=,.@_-, such as work."

_DEVICE = "A phone or the shop's own device. It asks for two codes."

_KEY = (
    "For programs: it is never asked for a code. AWS tells its secret once, and here the game keeps it, with the "
    "badges: there "
    "is nothing to write down."
)

MENU_ACTIONS: dict[Noun, tuple[Deed, ...]] = {
    "root": (
        Deed(
            "m",
            "Give the owner a device for codes (MFA)",
            (("console", "EnrollRootMfa"),),
            note=_DEVICE,
        ),
    ),
    "user": (
        _iam("a", "Add to a group", "AddUserToGroup"),
        _iam("a/p", "Attach a policy", "AttachUserPolicy"),
        _iam("w", "Write a policy on this person", "PutUserPolicy", _WRITE),
        _iam("m", "Give a device for codes (MFA)", "CreateVirtualMFADevice", _DEVICE),
        _iam("k", "Make an access key", "CreateAccessKey", _KEY),
        _iam(
            "k/s",
            "Give a password",
            "CreateLoginProfile",
            "To sign in with, at AWS's pages. Never one that you use elsewhere. The game keeps it: there is "
            "nothing to write down.",
            "Password",
        ),
        _iam(
            "d",
            "Delete this person",
            "DeleteUser",
            "Only a bare user can go: groups, policies, keys, password and device first.",
        ),
    ),
    "group": (
        Deed("a", "Add somebody", (("iam", "AddUserToGroup"),), again=True),
        _iam("a/p", "Attach a policy", "AttachGroupPolicy"),
        _iam("w", "Write a policy on this group", "PutGroupPolicy", _WRITE),
        _iam("d", "Delete this group", "DeleteGroup", "Only an empty group can go."),
    ),
    "role": (
        _iam("w", "Write what it can do", "PutRolePolicy", _WRITE),
        _iam("a/p", "Attach a policy", "AttachRolePolicy"),
        _iam("e", "Change who can assume it", "UpdateAssumeRolePolicy"),
        _iam(
            "o",
            "Change how long a session can last",
            "UpdateRole",
            "In seconds, 3600 to 43200.",
            "MaxSessionDuration",
        ),
        _iam(
            "d",
            "Delete this role",
            "DeleteRole",
            "Only a bare role can go: its policies first.",
        ),
    ),
    "policy": (
        _iam("e", "Edit it (a new version)", "CreatePolicyVersion", SetAsDefault=True),
        _iam("a/p", "Attach to a person", "AttachUserPolicy"),
        _iam("a/g", "Attach to a group", "AttachGroupPolicy"),
        _iam("a/r", "Attach to a role", "AttachRolePolicy"),
        _iam(
            "d",
            "Delete this policy",
            "DeletePolicy",
            "Only when it isn't attached and has one version.",
        ),
    ),
    "membership": (_iam("d", "Take out of the group", "RemoveUserFromGroup"),),
    "attached-user": (_iam("d", "Detach from this person", "DetachUserPolicy"),),
    "attached-group": (_iam("d", "Detach from this group", "DetachGroupPolicy"),),
    "attached-role": (_iam("d", "Detach from this role", "DetachRolePolicy"),),
    "inline-user": (
        _iam("e", "Edit it", "PutUserPolicy"),
        _iam("d", "Delete it", "DeleteUserPolicy"),
    ),
    "inline-group": (
        _iam("e", "Edit it", "PutGroupPolicy"),
        _iam("d", "Delete it", "DeleteGroupPolicy"),
    ),
    "inline-role": (
        _iam("e", "Edit it", "PutRolePolicy"),
        _iam("d", "Delete it", "DeleteRolePolicy"),
    ),
    "trust": (_iam("e", "Change who can assume it", "UpdateAssumeRolePolicy"),),
    "key": (
        _iam("e", "Switch it off or on", "UpdateAccessKey"),
        _iam(
            "d",
            "Delete it",
            "DeleteAccessKey",
            "After that no copy of it works. AWS can't bring a key back. Here, undo can.",
        ),
    ),
    "login": (
        _iam("e", "Change the password", "UpdateLoginProfile", "", "Password"),
        _iam("d", "Take the password away", "DeleteLoginProfile"),
    ),
    "device": (_iam("d", "Take the device away", "DeactivateMFADevice"),),
    "root-device": (Deed("d", "Take the device away", (("console", "RemoveRootMfa"),)),),
    "version": (
        _iam("e", "Put this version in force", "SetDefaultPolicyVersion"),
        _iam("d", "Delete this version", "DeletePolicyVersion"),
    ),
    "bucket-policy": (
        Deed("e", "Edit it", (("s3", "PutBucketPolicy"),)),
        Deed("d", "Delete it", (("s3", "DeleteBucketPolicy"),)),
    ),
}


def menu_actions(item: Item, key: str = "") -> tuple[Deed, ...]:
    """Return the menu actions of an item, or only those with this `key`."""
    return tuple(
        action for action in MENU_ACTIONS.get(item.noun, ()) if key in ("", action.key)
    )


def letters(actions: Sequence[Deed]) -> Values:
    """Return the letter that picks each row of a menu."""
    return tuple(action.letter or action.key for action in actions)


TAKE_AWAY = "t"  # the letter of the row that lists the removals


class Removal(Struct, frozen=True):
    """A part of a thing that can be taken away, and the menu action that does it."""

    item: Item
    action: Deed


def list_removals(account: Account, item: Item) -> tuple[Removal, ...]:
    """Return all that can be taken away from a thing: its groups, policies, keys, password, devices and versions."""
    return tuple(
        Removal(part, action)
        for part in item_parts(account, item)
        for action in menu_actions(part, "d")
    )


def removal_kinds(removals: Sequence[Removal]) -> str:
    """Return the kinds of things that can be taken away, each once: "membership, policy, key"."""
    return ", ".join(dict.fromkeys(KINDS[removal.item.noun] for removal in removals))


KINDS: dict[Noun, str] = {
    "membership": "membership", "key": "key", "login": "password", "device": "device", "root-device": "device",
    "attached-user": "policy", "attached-group": "policy", "attached-role": "policy",
    "inline-user": "policy", "inline-group": "policy", "inline-role": "policy", "version": "version",
}  # fmt: skip


def action_label(item: Item, cells: int) -> str:
    """Return what takes a thing away, with its name: "Delete sam", "Take bo out of Cashiers".

    The name has at most `cells` cells. An inline policy also has the name of its user, group or
    role, because several can have one name.
    """
    message = NAMED.get(item.noun, "Delete {name}")
    names = item.names
    person = names.get("UserName", "")
    of = names.get("GroupName", "")
    if item.noun == "membership":
        return message.format(
            who=shorten_text(person, cells // 2), group=shorten_text(of, cells // 2)
        )
    name = item.row.word
    if item.noun in INLINE.values():
        name = f"{names['PolicyName']} of {person or of or names.get('RoleName', '')}"
    return message.format(name=shorten_text(name, cells))


NAMED: dict[Noun, str] = {  # what takes a thing away, if it isn't deleted
    **dict.fromkeys(ATTACHED.values(), "Detach {name}"),
    "membership": "Take {who} out of {group}",
    "login": "Take password away",
    "device": "Take device away",
    "root-device": "Take device away",
}

GONE: dict[str, str] = {  # the text that names the thing an operation took away
    **{
        f"Delete{kind}": f"{kind.lower()} {{{kind}Name}} deleted"
        for kind in ("User", "Group", "Role")
    },
    **{
        f"Delete{kind}Policy": f"{{PolicyName}} on {kind.lower()} {{{kind}Name}} deleted"
        for kind in ("User", "Group", "Role")
    },
    **{
        f"Detach{kind}Policy": f"{{PolicyArn}} detached from {kind.lower()} {{{kind}Name}}"
        for kind in ("User", "Group", "Role")
    },
    "RemoveUserFromGroup": "{UserName} taken out of group {GroupName}",
    "DeletePolicy": "policy {PolicyArn} deleted",
    "DeletePolicyVersion": "{VersionId} of policy {PolicyArn} deleted",
    "DeleteAccessKey": "access key {AccessKeyId} deleted",
    "DeleteLoginProfile": "the password taken away",
    "DeactivateMFADevice": "device {SerialNumber} taken away",
    "RemoveRootMfa": "device {SerialNumber} taken away",
    "DeleteBucketPolicy": "policy of bucket {Bucket} deleted",
}


def removed_name(call: Call) -> str:
    """Return the full name of what a call took away, or "" if it took nothing away.

    The learner sees it if a key was pressed on the wrong row.
    """
    message = GONE.get(call.operation, "")
    return message and message.format_map(
        {key: str(value).rpartition("/")[2] for key, value in call.parameters.items()}
    )


def made_key_text(reply: Reply) -> str:
    """Return the id of the access key that a call made, in words, or "" if it made none."""
    key = reply.body.get("AccessKey")
    if isinstance(key, Mapping):
        return f"access key {key['AccessKeyId']} made"
    return ""
