"""The requests of IAM Identity Center's operations and of its identity store's.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsiamidentitycenter.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentitystore.html
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account import ids
from coffeeshop.account.access.data_requests import Context, request_tags, resource_tags
from coffeeshop.account.identity_center import (
    GROUP_ARN,
    MEMBERSHIP_ARN,
    USER_ARN,
    IdentityCenter,
)
from coffeeshop.account.model import Account, Call
from coffeeshop.account.values import Tags
from coffeeshop.policy.model import Request

EVERY_ACCOUNT = "arn:aws:sso:::account/*"
# Listings, which also need the permission on what they list.
LISTED_RESOURCES = {
    "ListUsers": f"{USER_ARN}*",
    "ListGroups": f"{GROUP_ARN}*",
    "ListGroupMemberships": f"{MEMBERSHIP_ARN}*",
    "ListGroupMembershipsForMember": f"{MEMBERSHIP_ARN}*",
    "IsMemberInGroups": f"{MEMBERSHIP_ARN}*",
}


def last_part(id_or_arn: str) -> str:
    """Return the id at the end of an ARN, or the id itself."""
    return id_or_arn.rpartition("/")[2]


def new_permission_set_id(account: Account, name: str) -> tuple[Account, str]:
    """Return the id of the next permission set with this name."""
    account, drawn = ids.draw_next_bytes(account, "permission set", name.lower())
    return account, f"ps-{drawn.hex()[:16]}"


# --------------------------------------------------------------- permission sets
def center_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a call's action on each thing that it names: instance, permission set and account."""
    action = f"sso:{call.operation}"
    center = account.organization_center
    for arn in _named_arns(account, call):
        tags = resource_tags(_tags_of(center, arn), "aws:")
        context: Context = {**tags, **request_tags(call)}
        if center and not arn.startswith("arn:aws:sso:::account/"):
            context["sso:PrimaryRegion"] = (center.region,)
        yield Request(action, arn, context)


def _named_arns(account: Account, call: Call) -> Iterator[str]:
    """Yield the ARNs that a call of Identity Center is about."""
    if arn := call.text("ResourceArn"):
        yield arn
        return
    instance = call.text("InstanceArn")
    if call.operation == "ListInstances":
        yield "*"
        return
    yield instance
    if call.operation == "CreatePermissionSet":
        _, id = new_permission_set_id(account, call.text("Name"))
        yield f"arn:aws:sso:::permissionSet/{last_part(instance)}/{id}"
    if arn := call.text("PermissionSetArn"):
        yield arn
    if account_id := call.text("TargetId") or call.text("AccountId"):
        yield ids.arn(account, "sso-account", account_id)
    elif call.text("TargetType") == "ALL_PROVISIONED_ACCOUNTS":
        yield EVERY_ACCOUNT


def _tags_of(center: IdentityCenter | None, arn: str) -> Tags:
    """Return the tags of an instance or a permission set."""
    if center is None:
        return {}
    if arn == center.arn:
        return center.tags
    permission_set = center.permission_sets.get(last_part(arn))
    return permission_set.tags if permission_set else {}


# ----------------------------------------------------------------- identity store
def store_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a call's action on the identity store, and on the users, groups and memberships that it names."""
    action = f"identitystore:{call.operation}"
    center = account.organization_center
    context: Context = {}
    if center:
        context["identitystore:PrimaryRegion"] = (center.region,)
    store = last_part(call.text("IdentityStoreId"))
    owner = center.owner if center else account.id
    yield Request(action, f"arn:aws:identitystore::{owner}:identitystore/{store}", context)
    for arn in dict.fromkeys(_store_arns(center, call)):
        keys = context
        if arn.startswith(USER_ARN) and not arn.endswith("*"):
            keys = {**context, "identitystore:UserId": (last_part(arn),)}
        yield Request(action, arn, keys)


def _store_arns(center: IdentityCenter | None, call: Call) -> Iterator[str]:
    """Yield the ARNs of the users, groups and memberships that a call is about."""
    if arn := LISTED_RESOURCES.get(call.operation):
        yield arn
    member = str(call.map("MemberId").get("UserId") or call.text("UserId"))
    if member:
        yield f"{USER_ARN}{last_part(member)}"
    group_ids = call.words("GroupIds") or (call.text("GroupId"),)
    yield from (f"{GROUP_ARN}{last_part(id)}" for id in group_ids if id)
    if membership_id := last_part(call.text("MembershipId")):
        yield f"{MEMBERSHIP_ARN}{membership_id}"
        membership = center.memberships.get(membership_id) if center else None
        if membership:
            yield f"{GROUP_ARN}{membership.group}"
            yield f"{USER_ARN}{membership.user}"
    if center is None:
        return
    if call.operation == "GetGroupMembershipId":
        group_id = last_part(call.text("GroupId"))
        membership = center.membership_of(group_id, last_part(member))
        yield f"{MEMBERSHIP_ARN}{membership.id if membership else '*'}"
    if call.operation == "GetUserId":
        user = center.user_named(alternate_value(call))
        yield f"{USER_ARN}{user.id if user else '*'}"
    if call.operation == "GetGroupId":
        group = center.group_named(alternate_value(call))
        yield f"{GROUP_ARN}{group.id if group else '*'}"


def alternate_value(call: Call) -> str:
    """Return the value by which GetUserId and GetGroupId look for somebody."""
    attribute = call.map("AlternateIdentifier").get("UniqueAttribute")
    return str(attribute.get("AttributeValue", "")) if isinstance(attribute, dict) else ""
