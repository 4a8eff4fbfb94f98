"""Users of the identity store: the people who sign in through IAM Identity Center.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_User.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from coffeeshop.account.access.center_requests import alternate_value
from coffeeshop.account.api.operations import OPERATIONS as ROWS
from coffeeshop.account.identity_center import USER_ARN, IdentityCenter, WorkforceUser
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.identitystore.lookups import (
    duplicate,
    missing,
    named_store,
    named_workforce_user,
    new_store_id,
    refuse_changed,
    store_error,
    store_page,
)
from coffeeshop.account.services.sso_admin.lookups import with_center
from coffeeshop.account.values import Json, JsonObject

RESERVED_NAMES = frozenset({"administrator", "awsadministrators"})
REQUIRED_MEMBERS = ("DisplayName", "Name")
NAMING_MEMBERS = frozenset({"IdentityStoreId", "UserName"})

OPERATIONS = Operations()


def user_shape(center: IdentityCenter, user: WorkforceUser) -> JsonObject:
    """Return a user as answers show them."""
    return {
        "IdentityStoreId": center.store,
        "UserId": user.id,
        "UserArn": f"{USER_ARN}{user.id}",
        "Revision": str(user.revision),
        "UserName": user.name,
        **user.attributes,
        "UserStatus": "ENABLED",
        "CreatedAt": format_timestamp(user.created),
        "UpdatedAt": format_timestamp(user.updated),
    }


def with_user(account: Account, center: IdentityCenter, user: WorkforceUser) -> Account:
    """Return the account with that user of its identity store, new or changed."""
    users = center.users.put(user.id, user)
    return with_center(account, replace(center, users=users))


def _checked_name(center: IdentityCenter, name: str, id: str = "") -> str:
    """Return a name that a user can have. Raise ValidationException, ConflictException."""
    if not name:
        raise store_error("Validation", "userName is a required attribute")
    if name.lower() in RESERVED_NAMES:
        raise store_error("Validation", f"{name} is a reserved name")
    holder = center.user_named(name)
    if holder and holder.id != id:
        raise duplicate("Duplicate UserName")
    return name


def _refuse_incomplete(attributes: Mapping[str, Json]) -> None:
    """Raise ValidationException unless a user has a display name, a given name and a family name.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/addusers.html
    """
    name = attributes.get("Name")
    has_names = isinstance(name, Mapping) and bool(
        name.get("GivenName") and name.get("FamilyName")
    )
    for member in REQUIRED_MEMBERS:
        if not attributes.get(member) or (member == "Name" and not has_names):
            lower = "displayName" if member == "DisplayName" else "name"
            raise store_error("Validation", f"{lower} is a required attribute")


@OPERATIONS.add("CreateUser")
def create_user(account: Account, act: Act) -> Change:
    call = act.call
    center = named_store(account, call)
    name = _checked_name(center, call.text("UserName"))
    attributes = _given_attributes(call)
    _refuse_incomplete(attributes)
    account, id = new_store_id(account, "user", name.lower(), center.store)
    user = WorkforceUser(id, name, act.at, act.at, attributes)
    return with_user(account, center, user), Reply(_brief_shape(center, user))


def _given_attributes(call: Call) -> dict[str, Json]:
    """Return the attributes of a new user."""
    members = ROWS["identitystore", "CreateUser"].members
    names = (member.name for member in members if member.name not in NAMING_MEMBERS)
    given = {name: call.parameters.get(name) for name in names}
    return {name: value for name, value in given.items() if value is not None}


def _brief_shape(center: IdentityCenter, user: WorkforceUser) -> JsonObject:
    """Return what the operations that write answer about a user."""
    return {
        "IdentityStoreId": center.store,
        "UserId": user.id,
        "UserArn": f"{USER_ARN}{user.id}",
        "Revision": str(user.revision),
    }


@OPERATIONS.add("DescribeUser")
def describe_user(account: Account, act: Act) -> Change:
    center = named_store(account, act.call)
    user = named_workforce_user(center, act.call.text("UserId"))
    return account, Reply(user_shape(center, user))


@OPERATIONS.add("UpdateUser")
def update_user(account: Account, act: Act) -> Change:
    """Carry out the operations of a call: each sets an attribute, or removes it if it has no value."""
    call = act.call
    center = named_store(account, call)
    user = named_workforce_user(center, call.text("UserId"))
    refuse_changed(call, user.revision)
    name = user.name
    attributes = dict(user.attributes)
    for operation in call.rows("Operations"):
        path = str(operation["AttributePath"])
        value = operation.get("AttributeValue")
        if path.lower() == "username":
            name = _checked_name(center, str(value or ""), user.id)
        else:
            _set_attribute(attributes, path, value)
    _refuse_incomplete(attributes)
    user = replace(
        user,
        name=name,
        attributes=attributes,
        updated=act.at,
        revision=user.revision + 1,
    )
    return with_user(account, center, user), Reply(_brief_shape(center, user))


def _set_attribute(attributes: dict[str, Json], path: str, value: Json) -> None:
    """Set the attribute at a path such as "title" or "name.givenName". Raise ValidationException."""
    members = {m.name.lower(): m for m in ROWS["identitystore", "CreateUser"].members}
    first, _, inner = path.partition(".")
    member = members.get(first.lower())
    if member is None or member.name in NAMING_MEMBERS:
        raise store_error("Validation", f"{path} is not a valid attribute")
    if inner:
        parts = {m.name.lower(): m.name for m in member.shape.members}
        if inner.lower() not in parts:
            raise store_error("Validation", f"{path} is not a valid attribute")
        present = attributes.get(member.name)
        structure = dict(present) if isinstance(present, Mapping) else {}
        _set_or_remove(structure, parts[inner.lower()], value)
        value = structure or None
    _set_or_remove(attributes, member.name, _spelled(value))


def _set_or_remove(values: dict[str, Json], name: str, value: Json) -> None:
    if value is None:
        values.pop(name, None)
    else:
        values[name] = value


def _spelled(value: Json) -> Json:
    """Return a value with the names of its members as answers spell them: "GivenName"."""
    match value:
        case Mapping():
            return {f"{key[:1].upper()}{key[1:]}": part for key, part in value.items()}
        case tuple():
            return tuple(map(_spelled, value))
        case _:
            return value


@OPERATIONS.add("DeleteUser")
def delete_user(account: Account, act: Act) -> Change:
    """Delete a user with their memberships. Assignments stay, and nobody has them."""
    call = act.call
    center = named_store(account, call)
    user = named_workforce_user(center, call.text("UserId"))
    refuse_changed(call, user.revision)
    memberships = center.memberships
    for id, membership in center.memberships.items():
        if membership.user == user.id:
            memberships = memberships.drop(id)
    center = replace(center, users=center.users.drop(user.id), memberships=memberships)
    return with_center(account, center), EMPTY_REPLY


@OPERATIONS.add("ListUsers")
def list_users(account: Account, act: Act) -> Change:
    """List the users, or the one that a filter names."""
    call = act.call
    center = named_store(account, call)
    wanted = filter_value(call, "username")
    users = {
        id: user
        for id, user in center.users.items()
        if wanted is None or user.name.lower() == wanted.lower()
    }
    page = store_page(call, "Users", users, lambda id: user_shape(center, users[id]))
    return account, page


def filter_value(call: Call, path: str) -> str | None:
    """Return the value of a list's filter on an attribute, or None. Raise ValidationException for another one."""
    for row in call.rows("Filters"):
        if str(row["AttributePath"]).lower() != path:
            text = f"{row['AttributePath']} is not a valid attribute to filter by"
            raise store_error("Validation", text)
        return str(row["AttributeValue"])
    return None


def alternate_path(call: Call) -> str:
    """Return the attribute by which GetUserId and GetGroupId look, in small letters."""
    attribute = call.map("AlternateIdentifier").get("UniqueAttribute")
    if not isinstance(attribute, Mapping):
        raise store_error("Validation", "AlternateIdentifier must have a UniqueAttribute")
    return str(attribute["AttributePath"]).lower()


@OPERATIONS.add("GetUserId")
def get_user_id(account: Account, act: Act) -> Change:
    """Return the id of the user with a name or an e-mail address."""
    call = act.call
    center = named_store(account, call)
    value = alternate_value(call)
    match alternate_path(call):
        case "username":
            user = center.user_named(value)
        case "emails.value":
            users = center.users.values()
            user = next((user for user in users if value in _email_values(user)), None)
        case path:
            text = f"{path} is not a valid attribute of a user to look by"
            raise store_error("Validation", text)
    if user is None:
        raise missing("USER", "")
    body = _brief_shape(center, user)
    del body["Revision"]
    return account, Reply(body)


def _email_values(user: WorkforceUser) -> list[Json]:
    """Return a user's e-mail addresses."""
    emails = user.attributes.get("Emails")
    if not isinstance(emails, tuple):
        return []
    return [email.get("Value") for email in emails if isinstance(email, Mapping)]
