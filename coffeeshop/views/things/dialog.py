"""Build a form for an API operation: its fields, the choices of each, and the call that they make."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct

from coffeeshop.account.access.identity_policies import opens_everything
from coffeeshop.account.api.operations import OPERATIONS, Member
from coffeeshop.account.api.parameters import check_parameters
from coffeeshop.account.command.complete import KNOWN_NAMES
from coffeeshop.account.command.grammar import NUMBER_PATTERN
from coffeeshop.account.command.option_values import (
    Files,
    UnreadableError,
    load_text,
    option_value,
)
from coffeeshop.account.command.placeholders import resolve_reference
from coffeeshop.account.model import Account, Call, Caller, ServiceError
from coffeeshop.account.values import Json
from coffeeshop.lessons.sitting.policy_text import document_of
from coffeeshop.policy.model import Kind, Values
from coffeeshop.views.deed import Deed
from coffeeshop.views.things.items import groups, members, people, roles

FIELD_LABELS: dict[str, str] = {   # the shop's label of a field. The AWS line shows its option
    "UserName": "Person", "GroupName": "Group", "RoleName": "Role", "PolicyName": "Policy name", "PolicyArn": "Policy",
    "RoleArn": "Role", "RoleSessionName": "Session name", "DurationSeconds": "Lasts (seconds)",
    "MaxSessionDuration": "At most (seconds)", "MfaCode": "MFA code", "VirtualMFADeviceName": "Device name",
    "AuthenticationCode1": "First code", "AuthenticationCode2": "Second code", "SerialNumber": "Device",
    "Url": "URL", "ClientIDList": "Client ids", "ClientID": "Client id", "ThumbprintList": "Thumbprints",
    "OpenIDConnectProviderArn": "Provider", "SAMLProviderArn": "Provider", "SAMLMetadataDocument": "Metadata",
    "InstanceArn": "Instance", "PermissionSetArn": "Permission set", "IdentityStoreId": "Identity store", "GroupId": "Group",
    "UserId": "User", "MemberId": "Member", "PrincipalId": "User or group", "PrincipalType": "Kind", "TargetId": "Account",
    "TargetType": "Where", "ManagedPolicyArn": "Policy", "CustomerManagedPolicyReference": "Policy",
    "SessionDuration": "Session lasts", "DisplayName": "Shown as", "analyzerName": "Analyzer", "analyzerArn": "Analyzer",
    "type": "Finds", "ids": "Finding", "ruleName": "Rule", "filter": "Filter",
    "KeyId": "Key", "TargetKeyId": "Key", "AliasName": "Alias", "PendingWindowInDays": "Days until then",
    "PermissionsBoundary": "Boundary",
    "TokenCode": "Code", "AccessKeyId": "Access key", "VersionId": "Version", "RootEmail": "Owner's e-mail", "AccountId": "Account",
}  # fmt: skip


COMPOUND_TYPES = (
    "list",
    "structure",
    "map",
)  # types whose values are typed in shorthand or JSON
PART_PATTERN = re.compile(
    r"(\w+)=(@[^,{}\s]+)"
)  # a member of a structure with a reference, such as UserId=@user:sam


class Field(Struct, frozen=True):
    """One field of a form.

    `choices` are the values it may have, and () means any value. `value` is the first value.
    `known` is a note on each choice ({"casey": "no group"}). `none` means that a choice is
    needed and the account has none.
    """

    member: Member
    word: str
    choices: Values = ()
    value: str = ""
    optional: bool = False
    known: Mapping[str, str] = {}
    none: bool = False

    @property
    def secret(self) -> bool:
        """Return whether the form hides the value with dots."""
        return self.member.shape.sensitive


class UnfitError(ValueError):
    """A field has a value that it cannot have.

    `field` is the name of its API member.
    """

    def __init__(self, field: str, text: str) -> None:
        """Make the error for a field, with a text that says what is wrong."""
        super().__init__(text)
        self.field = field


class Form(Struct, frozen=True):
    """The form of one menu action.

    `fixed` are the parameters that are known already. `document` is the member that the policy
    editor fills afterwards, with its grammar, or None. `note` is the text above the fields.
    """

    action: Deed
    fixed: Mapping[str, Json]
    fields: tuple[Field, ...]
    document: tuple[str, Kind] | None
    note: str = ""

    @property
    def is_shown(self) -> bool:
        """Return whether the learner sees the form before its call.

        True if it has fields, or if it creates a thing without a policy document.
        """
        return bool(self.fields) or (
            self.document is None and self.action.operation.startswith("Create")
        )

    def call(self, values: Mapping[str, str]) -> Call:
        """Return the call that these field values make. Empty values are left out."""
        parameters = {
            f.member.name: _typed_value(f.member, text)
            for f in self.fields
            if (text := values.get(f.member.name, ""))
        }
        return Call(
            self.action.service, self.action.operation, {**self.fixed, **parameters}
        )

    def resolve_values(
        self,
        values: Mapping[str, str],
        account: Account,
        caller: Caller,
        at: datetime,
        files: Files = MappingProxyType({}),
    ) -> dict[str, str]:
        """Return the values with references such as `@phone`, and names of files, resolved.

        Raise UnfitError if a reference cannot be resolved, or if a list cannot be read.
        """
        parameters = {
            **{k: v for k, v in self.fixed.items() if isinstance(v, str)},
            **values,
        }
        resolved = dict[str, str]()
        members = {field.member.name: field.member for field in self.fields}
        for name, text in values.items():
            try:
                resolved[name] = resolve_reference(
                    name, text, account, caller, parameters, at
                )
                if text and members[name].shape.type in COMPOUND_TYPES:
                    resolved[name] = PART_PATTERN.sub(
                        lambda part: (
                            f"{part[1]}={resolve_reference(part[1], part[2], account, caller, parameters, at)}"
                        ),
                        text,
                    )
                    _list_value(members[name], resolved[name], files)
                elif members[name].shape.type == "string":
                    resolved[name] = _file_text(resolved[name], files)
            except UnreadableError as error:
                raise UnfitError(name, str(error)) from error
        return resolved

    def missing_fields(self, values: Mapping[str, str]) -> Values:
        """Return the names of the required fields that are still empty."""
        return tuple(
            f.member.name
            for f in self.fields
            if not f.optional and not values.get(f.member.name, "")
        )

    def foreseen_error(self, call: Call) -> ServiceError | None:
        """Return the error with which AWS will refuse the fields, or None.

        A placeholder stands for the document, which is not written yet.
        """
        written = {self.document[0]: "{}"} if self.document else {}
        try:
            check_parameters(
                OPERATIONS[call.service, call.operation], {**call.parameters, **written}
            )
        except ServiceError as refusal:
            return refusal
        return None

    def blamed_field(self, error: ServiceError) -> str:
        """Return the field that an error message names, or "".

        Messages are such as "Value at 'userName' …" or "… value for roleName is invalid".
        """
        message = error.message.lower()
        return next(
            (f.member.name for f in self.fields if f.member.name.lower() in message), ""
        )


def operation_form(account: Account, action: Deed, names: Mapping[str, str]) -> Form:
    """Return the form of a menu action. `names` are the parameters of the thing that it acts on."""
    members = OPERATIONS[action.service, action.operation].members
    document = document_of(
        action.service,
        action.operation,
        tuple(member.name for member in members if member.required),
    )
    names = {**_center_names(account), **names}
    names_given = {
        member.name: _name_value(member, names[member.name])
        for member in members
        if member.name in names
    }
    fixed: Mapping[str, Json] = {**names_given, **action.given}
    asked_members = [
        m
        for m in members
        if m.name not in fixed
        and (m.required or m.name in (*action.ask, *action.optional))
        and (document is None or m.name != document[0])
    ]
    fields = tuple(_field(account, action, member, fixed) for member in asked_members)
    none_text = next(
        (NOTHING_TO_CHOOSE[field.member.name] for field in fields if field.none), ""
    )
    return Form(
        action,
        fixed,
        fields,
        document,
        none_text or action.note or (_members_text(account, fixed) if action.again else ""),
    )


def _center_names(account: Account) -> dict[str, str]:
    """Return the parameters that name the instance of Identity Center and its store, if there is one."""
    center = account.organization_center
    if center is None:
        return {}
    return {"InstanceArn": center.arn, "IdentityStoreId": center.store}


NOTHING_TO_CHOOSE = {  # the note where a thing must be chosen and the account has none of its kind
    "UserName": "There is no one to choose. In the list of users, n creates one.",
    "GroupName": "There is no group to choose. In the list of groups, n creates one.",
    "RoleName": "There is no role to choose. In the list of roles, n creates one.",
}


def _members_text(account: Account, fixed: Mapping[str, Json]) -> str:
    """Return a sentence with the members of the group.

    It warns if the group allows everything.
    """
    group = account.groups.get(str(fixed.get("GroupName", "")).lower())
    if group:
        names = [user.name for user in members(account, group)]
    else:
        names = []
    if names:
        message = f"In it: {', '.join(names)}."
    else:
        message = "No one is in it yet."
    if group and opens_everything(account, group):
        return f"{message} Its policies allow everything."
    return message


ALLOWS_EVERYTHING = "allows everything"


def _field(
    account: Account, action: Deed, member: Member, fixed: Mapping[str, Json]
) -> Field:
    """Return the field for one member of the operation.

    The name of a thing to create has no choices.
    """
    new = action.operation == f"Create{member.name.removesuffix('Name')}"
    if new:
        choices = ()
    else:
        choices = _choices(account, action, member, fixed)
    return Field(
        member,
        FIELD_LABELS.get(member.name, member.option[2:].replace("-", " ").capitalize()),
        choices,
        VALUE_PREFIXES.get(member.name) or _only_choice(account, action, member, choices),
        member.name in action.optional,
        _choice_notes(account, action, member) if choices else {},
        member.name in NOTHING_TO_CHOOSE and not new and not choices,
    )


VALUE_PREFIXES = {"AliasName": "alias/"}  # how every value of a parameter begins


def _only_choice(account: Account, action: Deed, member: Member, choices: Values) -> str:
    """Return the only choice, as the first value of the field, or "".

    An action that repeats has no first value, because its last form may be left on purpose. A
    group that allows everything is never the first value, so it is not taken by mistake.
    """
    if len(choices) != 1 or action.again:
        return ""
    if member.name == "GroupName":
        group = account.groups.get(choices[0].lower())
    else:
        group = None
    if group and opens_everything(account, group):
        return ""
    return choices[0]


def _choice_notes(account: Account, action: Deed, member: Member) -> dict[str, str]:
    """Return a note on each choice.

    It warns of a group that allows everything, and of a user who has no password to sign in
    with.
    """
    if member.name in ITEMS_BY_MEMBER:
        listed = ITEMS_BY_MEMBER[member.name](account)
    else:
        listed = ()
    notes = {item.row.word: item.row.text for item in listed}
    if member.name == "GroupName":
        wide = account.groups.values()
    else:
        wide = ()
    warnings = {
        each.name: f"{notes[each.name]}, {ALLOWS_EVERYTHING}"
        for each in wide
        if opens_everything(account, each)
    }
    signs_in = (action.operation, member.name) == ("SignIn", "UserName")
    users = account.users.values() if signs_in else ()
    no_passwords = {user.name: NO_PASSWORD for user in users if user.login is None}
    return notes | warnings | no_passwords


NO_PASSWORD = "no password, so no sign-in to the console"


# The items of the account, by the member that names one of them.
ITEMS_BY_MEMBER = {"UserName": people, "GroupName": groups, "RoleName": roles}


# Values that the API lists and AWS refuses, by operation and member.
UNSUPPORTED_VALUES: Mapping[tuple[str, str], Values] = {
    ("UpdateAccessKey", "Status"): ("Expired",),
    ("CreateAnalyzer", "type"): ("ACCOUNT_INTERNAL_ACCESS", "ORGANIZATION_INTERNAL_ACCESS"),
}


def _choices(
    account: Account, action: Deed, member: Member, fixed: Mapping[str, Json]
) -> Values:
    """Return the values in the account that the member may have.

    For a membership, return only those that would change something. AWS managed policies come
    last.
    """
    if member.name in KNOWN_NAMES:
        all_names = sorted(KNOWN_NAMES[member.name](account), key=str.lower)
        names = tuple(name for name in all_names if _fits(action, member, fixed, name))
    else:
        unsupported = UNSUPPORTED_VALUES.get((action.operation, member.name), ())
        names = tuple(name for name in member.shape.enum if name not in unsupported)
    if action.operation != "AddUserToGroup":
        return (
            *(name for name in names if ":aws:policy/" not in name),
            *(name for name in names if ":aws:policy/" in name),
        )
    return tuple(
        name for name in names if not _is_joined(account, {**fixed, member.name: name})
    )


def _fits(action: Deed, member: Member, fixed: Mapping[str, Json], name: str) -> bool:
    """Return whether a value fits an assignment: an account, and a user or group as the assignment asks."""
    if action.operation != "CreateAccountAssignment":
        return True
    match member.name:
        case "TargetId":
            return name.isdecimal()
        case "PrincipalId" if kind := fixed.get("PrincipalType"):
            return name.startswith(f"@{str(kind).lower()}:")
        case _:
            return True


CENTER_NAME = re.compile("(?:UserId=)?@(?:user|group|permission-set):(.+)")


def choice_name(choice: str) -> str:
    """Return the name of a choice in a list.

    For a policy's ARN it is the policy's name, and whether AWS wrote it. For a reference to a thing of Identity
    Center it is the thing's name.
    """
    if named := CENTER_NAME.fullmatch(choice):
        return named[1]
    owner, _, name = choice.partition(":policy/")
    if name and owner.endswith(":aws"):
        return f"{name} (AWS wrote it)"
    return name or choice


def _is_joined(account: Account, names: Mapping[str, Json]) -> bool:
    """Return whether the user is a member of the group already."""
    user = account.users.get(str(names.get("UserName", "")).lower())
    group = account.groups.get(str(names.get("GroupName", "")).lower())
    return user is not None and group is not None and group.id in user.groups


def _name_value(member: Member, name: str) -> Json:
    """Return the name of a thing in its member's type. A list has it as its only element."""
    match member.shape.type:
        case "list":
            return (name,)
        case "structure":
            return option_value(member.option, member, [name], {}, raw_blobs=False)
        case _:
            return name


def _typed_value(member: Member, text: str) -> Json:
    """Return the text of a field in its member's type.

    A boolean field offers only true and false. Other text that doesn't fit stays as it is,
    so that AWS's validation reports it.
    """
    match member.shape.type:
        case "integer" | "long" if NUMBER_PATTERN.fullmatch(text.strip()):
            return int(text)
        case "boolean":
            return text.lower() in ("true", "yes", "1")
        case "list" | "structure" | "map":
            try:
                return _list_value(member, text, {})
            except UnreadableError:
                return text
        case _:
            return text


def _file_text(text: str, files: Files) -> str:
    """Return the text, or the content of the file that it names. Raise UnreadableError."""
    content = load_text(text, files)
    if isinstance(content, bytes):
        raise UnreadableError("bad-file", f"{text} is bytes, but text is needed")
    return content


def _list_value(member: Member, text: str, files: Files) -> Json:
    """Return a list, structure or map that is typed as on the command line. Raise UnreadableError.

    The elements of a list of texts can also be separated by commas.
    """
    element = member.shape.element
    if element is not None and element.shape.type == "string":
        text = text.replace(",", " ")
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UnreadableError("bad-value", f"{error}") from error
    return option_value(member.option, member, words or [""], files, raw_blobs=False)
