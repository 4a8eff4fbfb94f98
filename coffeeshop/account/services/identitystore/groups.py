"""Groups of the identity store, and their members.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Group.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from coffeeshop.account.access.center_requests import alternate_value, last_part
from coffeeshop.account.identity_center import (
    GROUP_ARN,
    MEMBERSHIP_ARN,
    IdentityCenter,
    Membership,
    WorkforceGroup,
)
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.identitystore.lookups import (
    duplicate,
    member_id,
    missing,
    named_membership,
    named_store,
    named_workforce_group,
    named_workforce_user,
    new_store_id,
    refuse_changed,
    store_error,
    store_page,
)
from coffeeshop.account.services.identitystore.users import (
    RESERVED_NAMES,
    alternate_path,
    filter_value,
)
from coffeeshop.account.services.sso_admin.lookups import with_center
from coffeeshop.account.values import JsonObject

OPERATIONS = Operations()


# -------------------------------------------------------------------------- groups
def group_shape(center: IdentityCenter, group: WorkforceGroup) -> JsonObject:
    """Return a group as answers show it."""
    shape = _brief_shape(center, group)
    shape["DisplayName"] = group.name
    if group.description:
        shape["Description"] = group.description
    return {
        **shape,
        "CreatedAt": format_timestamp(group.created),
        "UpdatedAt": format_timestamp(group.updated),
    }


def _brief_shape(center: IdentityCenter, group: WorkforceGroup) -> JsonObject:
    """Return what the operations that write answer about a group."""
    return {
        "IdentityStoreId": center.store,
        "GroupId": group.id,
        "GroupArn": f"{GROUP_ARN}{group.id}",
        "Revision": str(group.revision),
    }


def _with_group(account: Account, center: IdentityCenter, group: WorkforceGroup) -> Account:
    """Return the account with that group of its identity store, new or changed."""
    groups = center.groups.put(group.id, group)
    return with_center(account, replace(center, groups=groups))


def _checked_name(center: IdentityCenter, name: str, id: str = "") -> str:
    """Return a name that a group can have. Raise ValidationException, ConflictException."""
    if not name:
        raise store_error("Validation", "displayName is a required attribute")
    if name.lower() in RESERVED_NAMES:
        raise store_error("Validation", f"{name} is a reserved name")
    holder = center.group_named(name)
    if holder and holder.id != id:
        raise duplicate("Duplicate GroupDisplayName")
    return name


@OPERATIONS.add("CreateGroup")
def create_group(account: Account, act: Act) -> Change:
    call = act.call
    center = named_store(account, call)
    name = _checked_name(center, call.text("DisplayName"))
    account, id = new_store_id(account, "group", name.lower(), center.store)
    group = WorkforceGroup(id, name, act.at, act.at, call.text("Description"))
    return _with_group(account, center, group), Reply(_brief_shape(center, group))


@OPERATIONS.add("DescribeGroup")
def describe_group(account: Account, act: Act) -> Change:
    center = named_store(account, act.call)
    group = named_workforce_group(center, act.call.text("GroupId"))
    return account, Reply(group_shape(center, group))


@OPERATIONS.add("UpdateGroup")
def update_group(account: Account, act: Act) -> Change:
    """Change a group's name or description."""
    call = act.call
    center = named_store(account, call)
    group = named_workforce_group(center, call.text("GroupId"))
    refuse_changed(call, group.revision)
    for operation in call.rows("Operations"):
        value = str(operation.get("AttributeValue") or "")
        match str(operation["AttributePath"]).lower():
            case "displayname":
                group = replace(group, name=_checked_name(center, value, group.id))
            case "description":
                group = replace(group, description=value)
            case path:
                raise store_error("Validation", f"{path} is not a valid attribute")
    group = replace(group, updated=act.at, revision=group.revision + 1)
    return _with_group(account, center, group), Reply(_brief_shape(center, group))


@OPERATIONS.add("DeleteGroup")
def delete_group(account: Account, act: Act) -> Change:
    """Delete a group with its memberships. Assignments stay, and nobody has them."""
    call = act.call
    center = named_store(account, call)
    group = named_workforce_group(center, call.text("GroupId"))
    refuse_changed(call, group.revision)
    memberships = center.memberships
    for id, membership in center.memberships.items():
        if membership.group == group.id:
            memberships = memberships.drop(id)
    center = replace(center, groups=center.groups.drop(group.id), memberships=memberships)
    return with_center(account, center), EMPTY_REPLY


@OPERATIONS.add("ListGroups")
def list_groups(account: Account, act: Act) -> Change:
    """List the groups, or the one that a filter names."""
    call = act.call
    center = named_store(account, call)
    wanted = filter_value(call, "displayname")
    groups = {
        id: group
        for id, group in center.groups.items()
        if wanted is None or group.name.lower() == wanted.lower()
    }
    page = store_page(call, "Groups", groups, lambda id: group_shape(center, groups[id]))
    return account, page


@OPERATIONS.add("GetGroupId")
def get_group_id(account: Account, act: Act) -> Change:
    """Return the id of the group with a name."""
    call = act.call
    center = named_store(account, call)
    path = alternate_path(call)
    if path != "displayname":
        text = f"{path} is not a valid attribute of a group to look by"
        raise store_error("Validation", text)
    group = center.group_named(alternate_value(call))
    if group is None:
        raise missing("GROUP", "")
    body = _brief_shape(center, group)
    del body["Revision"]
    return account, Reply(body)


# --------------------------------------------------------------------- memberships
def _membership_shape(center: IdentityCenter, membership: Membership) -> JsonObject:
    """Return a membership as answers show it."""
    return {
        **_brief_membership(center, membership),
        "GroupId": membership.group,
        "MemberId": {"UserId": membership.user},
        "CreatedAt": format_timestamp(membership.created),
        "UpdatedAt": format_timestamp(membership.created),
    }


def _brief_membership(center: IdentityCenter, membership: Membership) -> JsonObject:
    """Return what the operations that write answer about a membership."""
    return {
        "IdentityStoreId": center.store,
        "MembershipId": membership.id,
        "MembershipArn": f"{MEMBERSHIP_ARN}{membership.id}",
    }


@OPERATIONS.add("CreateGroupMembership")
def create_group_membership(account: Account, act: Act) -> Change:
    call = act.call
    center = named_store(account, call)
    group = named_workforce_group(center, call.text("GroupId"))
    user = named_workforce_user(center, member_id(call))
    if center.membership_of(group.id, user.id):
        raise duplicate("Member and Group relationship already exists.")
    birth = f"{group.id}/{user.id}"
    account, id = new_store_id(account, "membership", birth, center.store)
    membership = Membership(id, group.id, user.id, act.at)
    memberships = center.memberships.put(id, membership)
    account = with_center(account, replace(center, memberships=memberships))
    return account, Reply(_brief_membership(center, membership))


@OPERATIONS.add("DescribeGroupMembership")
def describe_group_membership(account: Account, act: Act) -> Change:
    center = named_store(account, act.call)
    membership = named_membership(center, act.call)
    return account, Reply(_membership_shape(center, membership))


@OPERATIONS.add("DeleteGroupMembership")
def delete_group_membership(account: Account, act: Act) -> Change:
    center = named_store(account, act.call)
    membership = named_membership(center, act.call)
    memberships = center.memberships.drop(membership.id)
    return with_center(account, replace(center, memberships=memberships)), EMPTY_REPLY


@OPERATIONS.add("GetGroupMembershipId")
def get_group_membership_id(account: Account, act: Act) -> Change:
    center = named_store(account, act.call)
    group = last_part(act.call.text("GroupId"))
    membership = center.membership_of(group, member_id(act.call))
    if membership is None:
        raise missing("GROUP_MEMBERSHIP", "")
    return account, Reply(_brief_membership(center, membership))


def _membership_page(
    center: IdentityCenter, call: Call, memberships: Mapping[str, Membership]
) -> Reply:
    """Return one page of memberships."""
    return store_page(
        call,
        "GroupMemberships",
        memberships,
        lambda id: _membership_shape(center, memberships[id]),
    )


@OPERATIONS.add("ListGroupMemberships")
def list_group_memberships(account: Account, act: Act) -> Change:
    center = named_store(account, act.call)
    group = named_workforce_group(center, act.call.text("GroupId"))
    memberships = {
        id: membership
        for id, membership in center.memberships.items()
        if membership.group == group.id
    }
    return account, _membership_page(center, act.call, memberships)


@OPERATIONS.add("ListGroupMembershipsForMember")
def list_group_memberships_for_member(account: Account, act: Act) -> Change:
    center = named_store(account, act.call)
    user = named_workforce_user(center, member_id(act.call))
    memberships = {
        id: membership
        for id, membership in center.memberships.items()
        if membership.user == user.id
    }
    return account, _membership_page(center, act.call, memberships)


@OPERATIONS.add("IsMemberInGroups")
def is_member_in_groups(account: Account, act: Act) -> Change:
    center = named_store(account, act.call)
    user = named_workforce_user(center, member_id(act.call))
    groups = [named_workforce_group(center, id) for id in act.call.words("GroupIds")]
    results = tuple(
        {
            "GroupId": group.id,
            "MemberId": {"UserId": user.id},
            "MembershipExists": center.membership_of(group.id, user.id) is not None,
        }
        for group in groups
    )
    return account, Reply({"Results": results})
