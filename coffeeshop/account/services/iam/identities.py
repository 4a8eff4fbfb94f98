"""Users, groups and roles: making, reading, changing and deleting them, and their memberships.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import named_principals, policy_documents
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.lookups import named_group, named_role, named_user
from coffeeshop.account.services.paging import list_page, names_under_path
from coffeeshop.account.services.tagging import add_iam_tags, tag_list
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.model import Standing

MAX_USERS = 5000
MAX_GROUPS = 300
MAX_ROLES = 1000
GROUPS_PER_USER = 10

OPERATIONS = Operations()


# --------------------------------------------------------------------- shapes
def _entity_shape(account: Account, entity: Entity) -> JsonObject:
    """Return the members that AWS's shapes of users, groups and roles share."""
    kind = type(entity).__name__
    return {
        "Path": entity.path,
        f"{kind}Name": entity.name,
        f"{kind}Id": entity.id,
        "Arn": account.arn(entity),
        "CreateDate": format_timestamp(entity.created),
    }


def _user_shape(account: Account, user: User, *, whole: bool = False) -> JsonObject:
    """Return a user as lists show it; `whole` adds the boundary and tags."""
    last_use: JsonObject = {}
    if user.login and user.login.used:
        last_use = {"PasswordLastUsed": format_timestamp(user.login.used)}
    return {
        **_entity_shape(account, user),
        **last_use,
        **(_boundary_and_tags(user) if whole else {}),
    }


def role_shape(
    account: Account, role: Role, *, whole: bool = False, brief: bool = False
) -> JsonObject:
    """Return a role as lists show it.

    `whole` adds the boundary, tags and last use. `brief` is for a new role, and has no
    duration (seen).
    """
    shape = _entity_shape(account, role)
    shape["AssumeRolePolicyDocument"] = policy_documents.document_json(role.trust)
    if role.description:
        shape["Description"] = role.description
    if brief:
        return {**shape, **_boundary_and_tags(role)}
    shape["MaxSessionDuration"] = role.max_session
    if whole:
        return {**shape, **_boundary_and_tags(role), **role_last_used(account, role)}
    return shape


def role_last_used(account: Account, role: Role) -> JsonObject:
    """Return the member RoleLastUsed, empty for a role that nobody assumed."""
    last = max(
        account.usage.get(role.id, {}).values(), key=lambda use: use.at, default=None
    )
    return {
        "RoleLastUsed": {"LastUsedDate": format_timestamp(last.at), "Region": last.region}
        if last
        else {}
    }


def _boundary_and_tags(entity: User | Role) -> JsonObject:
    """Return the permissions boundary and tags of a user or role for its shape, if it has any."""
    shape: JsonObject = {}
    if entity.boundary:
        shape["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": entity.boundary,
        }
    if entity.tags:
        shape["Tags"] = tag_list(entity.tags)
    return shape


POLICY_ARN = re.compile(r"arn:[\w-]+:iam::(aws|\d{12}):policy/")


def boundary_arn(call: Call) -> str:
    """Return the ARN of PermissionsBoundary, or "" if the call has none.

    Raise InvalidInput for an ARN of anything but a policy (recorded in February 2026).
    """
    arn = call.text("PermissionsBoundary")
    if arn and not POLICY_ARN.match(arn):
        raise errors.service_error("InvalidInput", f"ARN {arn} is not valid.")
    return arn


def requested_boundary(account: Account, call: Call) -> str:
    """Return the ARN of PermissionsBoundary. Raise NoSuchEntity unless the policy exists."""
    arn = boundary_arn(call)
    if arn and find_managed_policy(account, arn) is None:
        raise errors.no_such_entity("scope", arn)
    return arn


# ---------------------------------------------------------------------- users
@OPERATIONS.add("CreateUser")
def create_user(account: Account, act: Act) -> Change:
    """Create a user. AWS checks tags and boundary before the quota."""
    call = act.call
    name = call.text("UserName")
    if name.lower() in account.users:
        raise errors.entity_already_exists("User", name)
    tags = add_iam_tags({}, call)
    boundary_arn = requested_boundary(account, call)
    errors.check_quota(account.users, MAX_USERS, "UsersPerAccount")
    account, id = ids.new_unique_id(account, "user", name.lower())
    user = User(id, name, call.text("Path", "/"), act.at, tags, boundary=boundary_arn)
    account_after = account.put(user)
    body = {"User": _user_shape(account, user, whole=True)}
    return account_after, Reply(body)


@OPERATIONS.add_with_standing("GetUser")
def get_user(account: Account, act: Act, standing: Standing) -> Change:
    """Return a user, or root if root names no user."""
    if standing.principal.kind == "root" and not act.call.text("UserName"):
        root = {
            "UserId": account.id,
            "Arn": account.root_arn,
            "CreateDate": format_timestamp(account.created),
        }
        last_sign_in = account.root.used
        return account, Reply(
            {
                "User": {**root, "PasswordLastUsed": format_timestamp(last_sign_in)}
                if last_sign_in
                else root
            }
        )
    user = named_user(account, act.call)
    body = {"User": _user_shape(account, user, whole=True)}
    return account, Reply(body)


@OPERATIONS.add("ListUsers")
def list_users(account: Account, act: Act) -> Change:
    names = names_under_path(act.call.text("PathPrefix", "/"), account.users)
    page = list_page(
        act.call, "Users", names, lambda name: _user_shape(account, account.users[name])
    )
    return account, page


@OPERATIONS.add("UpdateUser")
def update_user(account: Account, act: Act) -> Change:
    old = named_user(account, act.call)
    account = _rename_entity(account, old, act.call, "NewUserName", "User")
    return account, EMPTY_REPLY


def _rename_entity(
    account: Account, old: User | Group, call: Call, parameter: str, kind: str
) -> Account:
    """Return the account with an entity under a new name or path, also where policies name
    its ARN.
    """
    name = call.text(parameter, old.name)
    path = call.text("NewPath", old.path)
    if isinstance(old, User):
        namesakes = account.users
    else:
        namesakes = account.groups
    if name.lower() != old.name.lower() and name.lower() in namesakes:
        raise errors.entity_already_exists(kind, name)
    new = replace(old, name=name, path=path)
    return named_principals.rename_principal(
        account.put(new), account.arn(old), account.arn(new)
    )


@OPERATIONS.add("DeleteUser")
def delete_user(account: Account, act: Act) -> Change:
    """Delete a user who has nothing left that AWS wants removed first.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html
    """
    user = named_user(account, act.call)
    for obstacle, dependents in (
        ("detach all policies", user.attached),
        ("delete policies", user.inline),
        ("delete access keys", account.keys_of(user.id)),
        ("remove users from group", user.groups),
        ("delete login profile", user.login),
        ("remove tokens from principal", account.devices_of(user.id)),
    ):
        if dependents:
            raise errors.entity_in_use(obstacle)
    if user.service_credentials:
        text = "Cannot delete entity, must remove referenced objects first."  # recorded
        raise errors.delete_conflict(text)
    account = named_principals.rename_principal(
        account.drop(user), account.arn(user), user.id
    )
    return account, EMPTY_REPLY


# --------------------------------------------------------------------- groups
@OPERATIONS.add("CreateGroup")
def create_group(account: Account, act: Act) -> Change:
    name = act.call.text("GroupName")
    if name.lower() in account.groups:
        raise errors.entity_already_exists("Group", name)
    errors.check_quota(account.groups, MAX_GROUPS, "GroupsPerAccount")
    account, id = ids.new_unique_id(account, "group", name.lower())
    group = Group(id, name, act.call.text("Path", "/"), act.at)
    account_after = account.put(group)
    body = {"Group": _entity_shape(account, group)}
    return account_after, Reply(body)


@OPERATIONS.add("GetGroup")
def get_group(account: Account, act: Act) -> Change:
    group = named_group(account, act.call)
    members = [name for name, user in account.users.items() if group.id in user.groups]
    page = list_page(
        act.call, "Users", members, lambda name: _user_shape(account, account.users[name])
    )
    body = {"Group": _entity_shape(account, group), **page.body}
    return account, Reply(body)


@OPERATIONS.add("ListGroups")
def list_groups(account: Account, act: Act) -> Change:
    names = names_under_path(act.call.text("PathPrefix", "/"), account.groups)
    page = list_page(
        act.call, "Groups", names, lambda name: _entity_shape(account, account.groups[name])
    )
    return account, page


@OPERATIONS.add("ListGroupsForUser")
def list_groups_for_user(account: Account, act: Act) -> Change:
    """List the groups of a user by name."""
    groups_found = (account.entity_by_id(id) for id in named_user(account, act.call).groups)
    groups = {group.name: group for group in groups_found if group}
    page = list_page(
        act.call, "Groups", groups, lambda name: _entity_shape(account, groups[name])
    )
    return account, page


@OPERATIONS.add("UpdateGroup")
def update_group(account: Account, act: Act) -> Change:
    group = named_group(account, act.call)
    account = _rename_entity(account, group, act.call, "NewGroupName", "Group")
    return account, EMPTY_REPLY


@OPERATIONS.add("DeleteGroup")
def delete_group(account: Account, act: Act) -> Change:
    """Delete a group. Refuse in AWS's order if it has members, attached policies or inline policies."""
    group = named_group(account, act.call)
    for obstacle, dependents in (
        (
            "remove users from group",
            any(group.id in member.groups for member in account.users.values()),
        ),
        ("detach all policies", group.attached),
        ("delete policies", group.inline),
    ):
        if dependents:
            raise errors.entity_in_use(obstacle)
    return account.drop(group), EMPTY_REPLY


@OPERATIONS.add("AddUserToGroup")
def add_user_to_group(account: Account, act: Act) -> Change:
    """Add a user to a group. Adding them twice is no error."""
    group = named_group(account, act.call)
    member = named_user(account, act.call)
    if group.id in member.groups:
        return account, EMPTY_REPLY
    errors.check_quota(member.groups, GROUPS_PER_USER, "GroupsPerUser")
    member = replace(member, groups=(*member.groups, group.id))
    account = account.put(member)
    return account, EMPTY_REPLY


@OPERATIONS.add("RemoveUserFromGroup")
def remove_user_from_group(account: Account, act: Act) -> Change:
    """Take a user out of a group. If neither exists, AWS reports the missing user (recorded)."""
    member = named_user(account, act.call)
    group = named_group(account, act.call)
    member = replace(member, groups=tuple(id for id in member.groups if id != group.id))
    account = account.put(member)
    return account, EMPTY_REPLY


# ---------------------------------------------------------------------- roles
@OPERATIONS.add("CreateRole")
def create_role(account: Account, act: Act) -> Change:
    """Create a role with a trust policy.

    AWS checks the path, the name, tags, boundary and trust policy in this order.
    """
    call = act.call
    name = call.text("RoleName")
    path = _role_path(call)
    if name.lower() in account.roles:
        raise errors.entity_already_exists("Role", name)
    tags = add_iam_tags({}, call)
    boundary_arn = requested_boundary(account, call)
    trust = policy_documents.parse_trust_policy(
        account, call.text("AssumeRolePolicyDocument")
    )
    errors.check_quota(account.roles, MAX_ROLES, "RolesPerAccount")
    account, id = ids.new_unique_id(account, "role", name.lower())
    role = Role(
        id,
        name,
        path,
        act.at,
        trust,
        call.text("Description"),
        call.number("MaxSessionDuration", 3600),
        tags,
        boundary=boundary_arn,
    )
    account_after = account.put(role)
    body = {"Role": role_shape(account, role, brief=True)}
    return account_after, Reply(body)


def _role_path(call: Call) -> str:
    """Return the path of a new role.

    Raise InvalidInput for paths under which only AWS creates roles (seen). Nobody could
    delete such a role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    """
    path = call.text("Path", "/")
    for prefix, owner in RESERVED_PATHS.items():
        if path.startswith(prefix):
            raise errors.service_error(
                "InvalidInput", f"Path prefix '{prefix}' can only be used for {owner}"
            )
    return path


# That AWS keeps them so: uncertain.
RESERVED_PATHS = {
    "/aws-service-role/": "AWS Service linked Roles",
    "/aws-reserved/": "AWS reserved roles",
}


@OPERATIONS.add("GetRole")
def get_role(account: Account, act: Act) -> Change:
    role = named_role(account, act.call)
    body = {"Role": role_shape(account, role, whole=True)}
    return account, Reply(body)


@OPERATIONS.add("ListRoles")
def list_roles(account: Account, act: Act) -> Change:
    names = names_under_path(act.call.text("PathPrefix", "/"), account.roles)
    page = list_page(
        act.call, "Roles", names, lambda name: role_shape(account, account.roles[name])
    )
    return account, page


@OPERATIONS.add("UpdateRole")
def update_role(account: Account, act: Act) -> Change:
    """Update a role. A parameter that is left out doesn't change (seen; the reference says 3600)."""
    old = named_role(account, act.call)
    call = act.call
    description = call.text("Description", old.description)
    longest = call.number("MaxSessionDuration", old.max_session)
    old = replace(old, description=description, max_session=longest)
    account = account.put(old)
    return account, EMPTY_REPLY


@OPERATIONS.add("UpdateRoleDescription")
def update_role_description(account: Account, act: Act) -> Change:
    role = named_role(account, act.call)
    new = replace(role, description=act.call.text("Description"))
    account_after = account.put(new)
    body = {"Role": role_shape(account, new, brief=True)}
    return account_after, Reply(body)


@OPERATIONS.add("UpdateAssumeRolePolicy")
def update_assume_role_policy(account: Account, act: Act) -> Change:
    """Replace a role's trust policy."""
    old = named_role(account, act.call)
    old = replace(
        old,
        trust=policy_documents.parse_trust_policy(account, act.call.text("PolicyDocument")),
    )
    account = account.put(old)
    return account, EMPTY_REPLY


@OPERATIONS.add("DeleteRole")
def delete_role(account: Account, act: Act) -> Change:
    """Delete a role. Trust and resource policies that name it then contain its unique id instead of its ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    role = named_role(account, act.call)
    for obstacle, dependents in (
        ("remove roles from instance profile", account.profiles_of(role)),
        ("detach all policies", role.attached),
        ("delete policies", role.inline),
    ):
        if dependents:
            raise errors.entity_in_use(obstacle)
    account = named_principals.rename_principal(
        account.drop(role), account.arn(role), role.id
    )
    return account, EMPTY_REPLY
