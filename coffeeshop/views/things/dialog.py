"""A form made from an operation's row: which fields it asks for, what may stand in them, and the call that they make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.api.operations import OPERATIONS, Member
from coffeeshop.account.api.parameters import check_parameters
from coffeeshop.account.command.complete import NAMES
from coffeeshop.account.command.grammar import NUMBER
from coffeeshop.account.command.option_values import UnreadableError
from coffeeshop.account.command.placeholders import resolve_reference
from coffeeshop.account.iam_resources import Entity
from coffeeshop.account.model import Account, Call, Caller, ServiceError
from coffeeshop.account.values import Json
from coffeeshop.lessons.sitting.policy_text import document_of
from coffeeshop.policy.model import Kind, Values
from coffeeshop.views.things.item_actions import Deed
from coffeeshop.views.things.items import groups, members, people, roles

WORDS: dict[str, str] = {   # what a field is called in the shop; the AWS line shows its option beside it
    "UserName": "Person", "GroupName": "Group", "RoleName": "Role", "PolicyName": "Policy name", "PolicyArn": "Policy",
    "RoleArn": "Role", "RoleSessionName": "Session name", "DurationSeconds": "Lasts (seconds)",
    "MaxSessionDuration": "At most (seconds)", "MfaCode": "Code, if asked", "VirtualMFADeviceName": "Device name",
    "AuthenticationCode1": "First code", "AuthenticationCode2": "Second code", "SerialNumber": "Device",
    "TokenCode": "Code", "AccessKeyId": "Access key", "VersionId": "Version", "RootEmail": "Owner's e-mail", "AccountId": "Account",
}  # fmt: skip


class Field(Struct, frozen=True):
    """One thing to fill in: the member, its word, what it may be (empty: anything), what stands there at first, and what
    is known of each choice ({"casey": "no group"}); `none`: there is nothing of which to choose.
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
        """Tells whether it is shown as dots."""
        return self.member.shape.sensitive


class UnfitError(ValueError):
    """A field holds what cannot stand there; `field` is its member."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class Form(Struct, frozen=True):
    """The fields of one deed; `document` is the member that the policy editor fills afterwards, with its grammar; `note`
    is the deed's, or what is known of the thing.
    """

    deed: Deed
    fixed: Mapping[str, Json]
    fields: tuple[Field, ...]
    document: tuple[str, Kind] | None
    note: str = ""

    @property
    def is_shown(self) -> bool:
        """Tells whether it is shown before its call: to be filled in; or, where a thing is made at once, to be read."""
        return bool(self.fields) or (
            self.document is None and self.deed.operation.startswith("Create")
        )

    def call(self, values: Mapping[str, str]) -> Call:
        """Returns the call that these field values make; what is empty is left out."""
        given_jsons_by_name = {
            f.member.name: _value(f.member, text)
            for f in self.fields
            if (text := values.get(f.member.name, ""))
        }
        return Call(
            self.deed.service, self.deed.operation, {**self.fixed, **given_jsons_by_name}
        )

    def resolve_values(
        self, values: Mapping[str, str], account: Account, caller: Caller, at: datetime
    ) -> dict[str, str]:
        """Returns the values with `@phone` and its like replaced by what they stand for. Raises UnfitError."""
        line = {**{k: v for k, v in self.fixed.items() if isinstance(v, str)}, **values}
        found_by_key = dict[str, str]()
        for name, text in values.items():
            try:
                found_by_key[name] = resolve_reference(
                    name, text, account, caller, line, at
                )
            except UnreadableError as error:
                raise UnfitError(name, str(error)) from error
        return found_by_key

    def missing(self, values: Mapping[str, str]) -> Values:
        """Returns the required fields that are still empty."""
        return tuple(
            f.member.name
            for f in self.fields
            if not f.optional and not values.get(f.member.name, "")
        )

    def fault(self, call: Call) -> ServiceError | None:
        """Tells what AWS will say of the fields, before a document is written for them; None if it has nothing to say."""
        written = {self.document[0]: "{}"} if self.document else {}
        try:
            check_parameters(
                OPERATIONS[call.service, call.operation], {**call.parameters, **written}
            )
        except ServiceError as refusal:
            return refusal
        return None

    def blamed_field(self, error: ServiceError) -> str:
        """Returns the field that a refusal speaks of ("Value at 'userName' …", "… value for roleName is invalid"); ""
        for none.
        """
        message = error.message.lower()
        return next(
            (f.member.name for f in self.fields if f.member.name.lower() in message), ""
        )


def form(account: Account, deed: Deed, names: Mapping[str, str]) -> Form:
    """Returns the form of a deed on a thing with these names."""
    members = OPERATIONS[deed.service, deed.operation].members
    document = document_of(
        deed.service, deed.operation, tuple(member.name for member in members)
    )
    entries = {
        member.name: names[member.name] for member in members if member.name in names
    }
    fixed: Mapping[str, Json] = {**entries, **deed.given}
    asked_members = [
        m
        for m in members
        if m.name not in fixed
        and (m.required or m.name in deed.ask)
        and (document is None or m.name != document[0])
    ]
    fields = tuple(_field(account, deed, member, fixed) for member in asked_members)
    nothing_text = next((NONE[field.member.name] for field in fields if field.none), "")
    return Form(
        deed,
        fixed,
        fields,
        document,
        nothing_text or deed.note or (_members_text(account, fixed) if deed.again else ""),
    )


NONE = {  # what is said where somebody or something is to be chosen of which there is none
    "UserName": "There is nobody to choose: n hires, in the list of users.",
    "GroupName": "There is no group to choose: n makes one, in the list of groups.",
    "RoleName": "There is no role to choose: n makes one, in the list of roles.",
}


def _members_text(account: Account, fixed: Mapping[str, Json]) -> str:
    """Tells who is in the group so far, and where it opens everything, that it does."""
    group = account.groups.get(str(fixed.get("GroupName", "")).lower())
    if group:
        names = [user.name for user in members(account, group)]
    else:
        names = []
    if names:
        message = f"In it: {', '.join(names)}."
    else:
        message = "Nobody is in it yet."
    if group and opens_everything(account, group):
        return f"{message} Whoever is in it {ALL}."
    return message


ALL = "may do everything"


def opens_everything(account: Account, entity: Entity) -> bool:
    """Tells whether a policy on somebody, or on a group or role, allows every action on every resource."""
    hung = (
        *entity.inline.values(),
        *(
            managed_policy.document
            for arn in entity.attached
            if (managed_policy := find_managed_policy(account, arn))
        ),
    )
    return any(document.policy.allows_everything for document in hung)


def _field(
    account: Account, deed: Deed, member: Member, fixed: Mapping[str, Json]
) -> Field:
    new = deed.operation == f"Create{member.name.removesuffix('Name')}"
    if new:
        choices = ()
    else:
        choices = _choices(account, deed, member, fixed)
    required = member.required or deed.operation != "SignIn" or member.name == "UserName"
    return Field(
        member,
        WORDS.get(member.name, member.option[2:].replace("-", " ").capitalize()),
        choices,
        _alone(account, deed, member, choices),
        not required,
        _choice_notes(account, deed, member) if choices else {},
        member.name in NONE and not new and not choices,
    )


def _alone(account: Account, deed: Deed, member: Member, choices: Values) -> str:
    """Returns the only choice there is; not of a deed that is done again, whose last one may be left on purpose, nor a
    group that opens everything, which is never taken by an enter too many.
    """
    if len(choices) != 1 or deed.again:
        return ""
    if member.name == "GroupName":
        group = account.groups.get(choices[0].lower())
    else:
        group = None
    if group and opens_everything(account, group):
        return ""
    return choices[0]


def _choice_notes(account: Account, deed: Deed, member: Member) -> dict[str, str]:
    """Return what is known of each choice: of a group that opens everything, that it does; of a user who is to sign in and
    can't, that there is no password.
    """
    if member.name in LISTS:
        listed = LISTS[member.name](account)
    else:
        listed = ()
    known_entries = {item.row.word: item.row.text for item in listed}
    if member.name == "GroupName":
        wide = account.groups.values()
    else:
        wide = ()
    opens = {
        each.name: f"{known_entries[each.name]}, {ALL}"
        for each in wide
        if opens_everything(account, each)
    }
    signs_in = (deed.operation, member.name) == ("SignIn", "UserName")
    users = account.users.values() if signs_in else ()
    shut = {user.name: NO_PASSWORD for user in users if user.login is None}
    return known_entries | opens | shut


NO_PASSWORD = "no password, so no sign-in to the console"


LISTS = {
    "UserName": people,
    "GroupName": groups,
    "RoleName": roles,
}  # by what a field names: who is there


def _choices(
    account: Account, deed: Deed, member: Member, fixed: Mapping[str, Json]
) -> Values:
    """Tells what exists and could stand there; for memberships only what would change something."""
    if member.name in NAMES:
        names = tuple(sorted(NAMES[member.name](account), key=str.lower))
    else:
        names = member.shape.enum
    if deed.operation != "AddUserToGroup":
        return (
            *(name for name in names if ":aws:policy/" not in name),
            *(name for name in names if ":aws:policy/" in name),
        )
    return tuple(
        name for name in names if not _is_joined(account, {**fixed, member.name: name})
    )


def choice_name(choice: str) -> str:
    """Returns what a choice is called in a list of them: of a policy's ARN its name, and whether AWS wrote it."""
    owner, _, name = choice.partition(":policy/")
    if name and owner.endswith(":aws"):
        return f"{name} (AWS wrote it)"
    return name or choice


def _is_joined(account: Account, names: Mapping[str, Json]) -> bool:
    user = account.users.get(str(names.get("UserName", "")).lower())
    group = account.groups.get(str(names.get("GroupName", "")).lower())
    return user is not None and group is not None and group.id in user.groups


def _value(member: Member, text: str) -> Json:
    """Returns the text of a field as its member's type; what is no number stays text, and the door says so."""
    match member.shape.type:
        case "integer" | "long" if NUMBER.fullmatch(text.strip()):
            return int(text)
        case "boolean":
            return text.lower() in ("true", "yes", "1")
        case _:
            return text
