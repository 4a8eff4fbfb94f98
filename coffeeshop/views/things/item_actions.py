"""The menu actions of each kind of thing, with the operation that does each and the key that picks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from coffeeshop.account.model import Account, Call, Reply
from coffeeshop.policy.model import Values
from coffeeshop.views.cells import shorten_text
from coffeeshop.views.deed import Deed
from coffeeshop.views.things.center_actions import (
    ALSO_IN_CENTER,
    CENTER_ACTIONS,
    MAKES_PERMISSION_SET,
)
from coffeeshop.views.things.finding_actions import FINDING_ACTIONS, MAKES_ANALYZER
from coffeeshop.views.things.item import Item, Noun
from coffeeshop.views.things.items import ATTACHED_KINDS, INLINE_KINDS, item_parts


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


_GIVES_ALIAS = Deed(
    "a",
    "Give an alias",
    (("kms", "CreateAlias"),),
    note="People and programs name the key by its alias. Policies need the key's ARN.",
)

LETTER_MEANINGS: dict[str, str] = {  # the meaning of each letter, in every menu
    "a": "adds a user to a group, a client id to a provider or an alias to a key, or assigns a permission set",
    "b": "assigns a permission set to one user",
    "c": "attaches the account's own policy, by its name",
    "d": "deletes the thing, or detaches it",
    "e": "changes the thing",
    "g": "attaches a policy to a group, or makes a group of Identity Center",
    "i": "adds a tag",
    "k": "creates an access key",
    "l": "limits a permission set",
    "m": "gives an MFA device",
    "n": "creates a new thing",
    "o": "changes how long a session lasts, turns a key on or off, or archives a finding",
    "p": "attaches a policy",
    "r": "attaches a policy to a role",
    "s": "gives a password to sign in with, or makes a SAML provider",
    "t": "removes a policy, member or credential from it",
    "u": "adds a user to Identity Center",
    "v": "provisions a permission set, or applies an archive rule",
    "w": "writes an inline policy",
}


CREATION_ACTIONS: dict[str, Deed] = {
    "users": _iam(
        "n",
        "Hire someone",
        "CreateUser",
        "A new user has no permissions until a policy allows something.",
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
    "providers": Deed(
        "n",
        "Create an OIDC provider",
        (("iam", "CreateOpenIDConnectProvider"),),
        ("ClientIDList",),
        note="A role's trust policy can then name the provider. The client id is the audience (aud) of its tokens.",
        optional=("ThumbprintList", "Tags"),
    ),
    "keys": Deed(
        "n",
        "Create a KMS key",
        (("kms", "CreateKey"),),
        optional=("Description", "Tags"),
        note="Its key policy lets the account's IAM policies decide. e changes that policy later.",
        then=_GIVES_ALIAS,
    ),
    "center": MAKES_PERMISSION_SET,
    "findings": MAKES_ANALYZER,
}

ALSO_NEW: dict[str, tuple[Deed, ...]] = {  # other kinds of things that a list can make
    "providers": (
        Deed(
            "n",
            "Create a SAML provider",
            (("iam", "CreateSAMLProvider"),),
            note="Its metadata is the XML document that the identity provider publishes.",
            letter="s",
            optional=("Tags",),
        ),
    ),
    "center": ALSO_IN_CENTER,
}

_POLICY_NOTE = "An inline policy belongs to only one user, group or role. It needs a name, of letters, digits and +=,.@_-, such as work."

_DEVICE_NOTE = "An MFA device, such as a phone. You type two codes that it shows."

_ACCESS_KEY_NOTE = (
    "For programs: AWS doesn't ask for a code with it. AWS shows the secret only once, but the game keeps it with "
    "your badges, so you don't have to write it down."
)

_STILL_NAMED = "Trust policies that name it stay, but they let no one in without it."

_DISABLED_KEY_NOTE = "No one can decrypt with it until you enable it again."

_EDITS_KEY_POLICY = Deed("e", "Change its key policy", (("kms", "PutKeyPolicy"),))

_ADDS_KEY_TAG = Deed("i", "Add a tag", (("kms", "TagResource"),))

_SCHEDULES_DELETION = Deed(
    "d",
    "Schedule its deletion",
    (("kms", "ScheduleKeyDeletion"),),
    optional=("PendingWindowInDays",),
    note="In 7 to 30 days. Until then, no one can use it. After that, what it encrypted can't be read.",
)

MENU_ACTIONS: dict[Noun, tuple[Deed, ...]] = {
    "root": (
        Deed(
            "m",
            "Give the owner an MFA device",
            (("console", "EnrollRootMfa"),),
            note=_DEVICE_NOTE,
        ),
    ),
    "user": (
        _iam("a", "Add to a group", "AddUserToGroup"),
        _iam("a/p", "Attach a policy", "AttachUserPolicy"),
        _iam("w", "Write a policy on this person", "PutUserPolicy", _POLICY_NOTE),
        _iam("m", "Give an MFA device", "CreateVirtualMFADevice", _DEVICE_NOTE),
        _iam("k", "Make an access key", "CreateAccessKey", _ACCESS_KEY_NOTE),
        _iam(
            "k/s",
            "Give a password",
            "CreateLoginProfile",
            "For signing in on AWS's pages. Don't use one of your own passwords. The game keeps it, so you don't "
            "have to write it down.",
            "Password",
        ),
        _iam("d", "Delete this person", "DeleteUser"),
    ),
    "group": (
        Deed("a", "Add someone", (("iam", "AddUserToGroup"),), again=True),
        _iam("a/p", "Attach a policy", "AttachGroupPolicy"),
        _iam("w", "Write a policy on this group", "PutGroupPolicy", _POLICY_NOTE),
        _iam("d", "Delete this group", "DeleteGroup"),
    ),
    "role": (
        _iam("w", "Write what it can do", "PutRolePolicy", _POLICY_NOTE),
        _iam("a/p", "Attach a policy", "AttachRolePolicy"),
        _iam("e", "Change who can assume it", "UpdateAssumeRolePolicy"),
        _iam(
            "o",
            "Change how long a session can last",
            "UpdateRole",
            "In seconds, 3600 to 43200.",
            "MaxSessionDuration",
        ),
        _iam("d", "Delete this role", "DeleteRole"),
    ),
    "policy": (
        _iam("e", "Edit it (a new version)", "CreatePolicyVersion", SetAsDefault=True),
        _iam("a/p", "Attach to a person", "AttachUserPolicy"),
        _iam("a/g", "Attach to a group", "AttachGroupPolicy"),
        _iam("a/r", "Attach to a role", "AttachRolePolicy"),
        _iam("d", "Delete this policy", "DeletePolicy"),
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
        _iam("e", "Make this version the default", "SetDefaultPolicyVersion"),
        _iam("d", "Delete this version", "DeletePolicyVersion"),
    ),
    "bucket-policy": (
        Deed("e", "Edit it", (("s3", "PutBucketPolicy"),)),
        Deed("d", "Delete it", (("s3", "DeleteBucketPolicy"),)),
    ),
    "oidc-provider": (
        _iam("a", "Add a client id (audience)", "AddClientIDToOpenIDConnectProvider"),
        _iam(
            "e",
            "Change its thumbprints",
            "UpdateOpenIDConnectProviderThumbprint",
            "They identify the certificate of the issuer's keys.",
        ),
        _iam("i", "Add a tag", "TagOpenIDConnectProvider"),
        _iam("d", "Delete this provider", "DeleteOpenIDConnectProvider", _STILL_NAMED),
    ),
    "saml-provider": (
        _iam("e", "Change its metadata", "UpdateSAMLProvider", "", "SAMLMetadataDocument"),
        _iam("i", "Add a tag", "TagSAMLProvider"),
        _iam("d", "Delete this provider", "DeleteSAMLProvider", _STILL_NAMED),
    ),
    "client-id": (_iam("d", "Remove it", "RemoveClientIDFromOpenIDConnectProvider"),),
    "oidc-tag": (_iam("d", "Remove it", "UntagOpenIDConnectProvider"),),
    "saml-tag": (_iam("d", "Remove it", "UntagSAMLProvider"),),
    "kms-key": (
        _EDITS_KEY_POLICY,
        _GIVES_ALIAS,
        Deed("o", "Disable it", (("kms", "DisableKey"),), note=_DISABLED_KEY_NOTE),
        _ADDS_KEY_TAG,
        _SCHEDULES_DELETION,
    ),
    "disabled-key": (
        _EDITS_KEY_POLICY,
        _GIVES_ALIAS,
        Deed("o", "Enable it", (("kms", "EnableKey"),)),
        _ADDS_KEY_TAG,
        _SCHEDULES_DELETION,
    ),
    "deleted-key": (
        Deed(
            "o",
            "Cancel its deletion",
            (("kms", "CancelKeyDeletion"),),
            note="The key is disabled afterwards. o enables it.",
        ),
    ),
    "key-policy": (Deed("e", "Edit it", (("kms", "PutKeyPolicy"),)),),
    "alias": (Deed("d", "Delete it", (("kms", "DeleteAlias"),)),),
    "grant": (Deed("d", "Revoke it", (("kms", "RevokeGrant"),)),),
    "key-tag": (Deed("d", "Remove it", (("kms", "UntagResource"),)),),
    **CENTER_ACTIONS,
    **FINDING_ACTIONS,
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
    return ", ".join(dict.fromkeys(PART_NOUNS[removal.item.noun] for removal in removals))


def new_actions(tab: str) -> tuple[Deed, ...]:
    """Return the actions that make a new thing in a list."""
    return (CREATION_ACTIONS[tab], *ALSO_NEW.get(tab, ()))


PART_NOUNS: dict[Noun, str] = {
    "membership": "membership", "key": "key", "login": "password", "device": "device", "root-device": "device",
    "attached-user": "policy", "attached-group": "policy", "attached-role": "policy",
    "inline-user": "policy", "inline-group": "policy", "inline-role": "policy", "version": "version",
    "bucket-policy": "policy", "center-membership": "membership", "assignment": "assignment",
    "set-inline": "policy", "set-managed": "policy", "set-reference": "policy", "set-boundary": "boundary", "archive-rule": "rule",
    "client-id": "client id", "oidc-tag": "tag", "saml-tag": "tag", "key-tag": "tag", "alias": "alias", "grant": "grant",
}  # fmt: skip


def action_label(item: Item, cells: int) -> str:
    """Return what takes a thing away, with its name: "Delete sam", "Take bo out of Cashiers".

    The name has at most `cells` cells. An inline policy also has the name of its user, group or
    role, because several can have one name.
    """
    message = REMOVAL_WORDS.get(item.noun, "Delete {name}")
    names = item.names
    person = names.get("UserName", "")
    of = names.get("GroupName", "")
    if item.noun == "membership":
        return message.format(
            who=shorten_text(person, cells // 2), group=shorten_text(of, cells // 2)
        )
    name = item.row.word
    if item.noun in INLINE_KINDS.values():
        name = f"{names['PolicyName']} of {person or of or names.get('RoleName', '')}"
    return message.format(name=shorten_text(name, cells))


def key_words(item: Item | None) -> dict[str, str]:
    """Return the words of the key row for an item: for the enter key, and for `a` if the item can be given something."""
    edits = item is not None and item.document and menu_actions(item, "e")
    words = {"⏎": "Edit" if edits else "Menu"}
    if item and item.noun in KEY_A_WORDS:
        words["a"] = KEY_A_WORDS[item.noun]
    return words


KEY_A_WORDS: dict[Noun, str] = {  # what the key `a` gives a thing, for a key row
    **dict.fromkeys(("kms-key", "disabled-key"), "Alias"),
    "permission-set": "Assign",
    "analyzer": "Rule",
    "oidc-provider": "Client id",
}

REMOVAL_WORDS: dict[Noun, str] = {  # what takes a thing away, if it isn't deleted
    **dict.fromkeys(ATTACHED_KINDS.values(), "Detach {name}"),
    "membership": "Take {who} out of {group}",
    "login": "Take password away",
    "device": "Take device away",
    "root-device": "Take device away",
    **dict.fromkeys(("kms-key", "disabled-key"), "Schedule deletion"),
    "client-id": "Remove {name}",
    **dict.fromkeys(("oidc-tag", "saml-tag", "key-tag"), "Remove tag {name}"),
    "grant": "Revoke grant to {name}",
    "center-membership": "Take {name} out",
    "assignment": "Unassign {name}",
    **dict.fromkeys(("set-managed", "set-reference"), "Detach {name}"),
    "set-inline": "Delete inline policy",
    "set-boundary": "Delete boundary {name}",
}

REMOVED_THINGS: dict[str, str] = {  # the text that names the thing an operation took away
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
    "DeleteOpenIDConnectProvider": "provider {OpenIDConnectProviderArn} deleted",
    "DeleteSAMLProvider": "provider {SAMLProviderArn} deleted",
    "RemoveClientIDFromOpenIDConnectProvider": "client id {ClientID} removed",
    "DeleteAlias": "alias {AliasName} deleted",
    "ScheduleKeyDeletion": "key {KeyId} will be deleted",
    "DisableKey": "key {KeyId} disabled",
    "RevokeGrant": "grant on key {KeyId} revoked",
    "DeletePermissionSet": "permission set {PermissionSetArn} deleted",
    "DeleteAccountAssignment": "assignment in account {TargetId} deleted",
    "DetachManagedPolicyFromPermissionSet": "{ManagedPolicyArn} detached",
    "DeleteGroupMembership": "membership deleted",
    "DeleteAnalyzer": "analyzer {analyzerName} deleted",
    "DeleteArchiveRule": "archive rule {ruleName} deleted",
}


def removed_name(call: Call) -> str:
    """Return the full name of what a call took away, or "" if it took nothing away.

    The learner sees it if a key was pressed on the wrong row.
    """
    message = REMOVED_THINGS.get(call.operation, "")
    return message and message.format_map(
        {key: str(value).rpartition("/")[2] for key, value in call.parameters.items()}
    )


def made_key_text(reply: Reply) -> str:
    """Return the id of the access key that a call made, in words, or "" if it made none."""
    key = reply.body.get("AccessKey")
    if isinstance(key, Mapping):
        return f"access key {key['AccessKeyId']} made"
    return ""
