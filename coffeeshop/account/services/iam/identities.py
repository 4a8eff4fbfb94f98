"""Users, groups and roles: making, reading, changing and deleting them, and their memberships.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import named_principals, policy_documents
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.iam_resources import Entity, Group, Role, User
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.lookups import group, role, user
from coffeeshop.account.services.paging import page, under
from coffeeshop.account.services.tagging import tag_list, tagged
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Standing

USERS = 5000
GROUPS = 300
ROLES = 1000
GROUPS_PER_USER = 10

OPERATIONS = Operations()


# --------------------------------------------------------------------- shapes
def _shape(account: Account, entity: Entity) -> dict[str, Json]:
    kind = type(entity).__name__
    return {
        "Path": entity.path,
        f"{kind}Name": entity.name,
        f"{kind}Id": entity.id,
        "Arn": account.arn(entity),
        "CreateDate": format_timestamp(entity.created),
    }


def _user(account: Account, user: User, *, whole: bool = False) -> dict[str, Json]:
    """Returns a user as lists show it, or whole: with boundary and tags."""
    used: dict[str, Json] = (
        {"PasswordLastUsed": format_timestamp(user.login.used)}
        if user.login and user.login.used
        else {}
    )
    return {**_shape(account, user), **used, **(_rest(user) if whole else {})}


def role_shape(
    account: Account, role: Role, *, whole: bool = False, made: bool = False
) -> dict[str, Json]:
    """Returns a role as lists show it, whole, or as it is answered where it was made or described: without its duration
    (seen).
    """
    shape = _shape(account, role)
    shape["AssumeRolePolicyDocument"] = policy_documents.document_json(role.trust)
    if role.description:
        shape["Description"] = role.description
    if made:
        return {**shape, **_rest(role)}
    shape["MaxSessionDuration"] = role.max_session
    if whole:
        return {**shape, **_rest(role), **last_used(account, role)}
    return shape


def last_used(account: Account, role: Role) -> dict[str, Json]:
    """Returns the member RoleLastUsed: empty for a role that nobody wore."""
    last = max(
        account.usage.get(role.id, {}).values(), key=lambda use: use.at, default=None
    )
    return {
        "RoleLastUsed": {"LastUsedDate": format_timestamp(last.at), "Region": last.region}
        if last
        else {}
    }


def _rest(entity: User | Role) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if entity.boundary:
        found["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": entity.boundary,
        }
    if entity.tags:
        found["Tags"] = tag_list(entity.tags)
    return found


def boundary(account: Account, call: Call) -> str:
    """Returns the ARN of PermissionsBoundary, which must be a managed policy that may be attached."""
    arn = call.text("PermissionsBoundary")
    if arn and find_managed_policy(account, arn) is None:
        raise errors.no_such_entity("scope", arn)
    return arn


# ---------------------------------------------------------------------- users
@OPERATIONS.add("CreateUser")
def create_user(account: Account, act: Act) -> Change:
    call, name = act.call, act.call.text("UserName")
    if name.lower() in account.users:
        raise errors.entity_already_exists("User", name)
    tags = tagged({}, call)
    ceiling = boundary(account, call)
    errors.check_quota(account.users, USERS, "UsersPerAccount")
    account, id = ids.new_unique_id(account, "user", name.lower())
    made = User(id, name, call.text("Path", "/"), act.at, tags, boundary=ceiling)
    return account.put(made), Reply({"User": _user(account, made, whole=True)})


@OPERATIONS.add_with_standing("GetUser")
def get_user(account: Account, act: Act, standing: Standing) -> Change:
    if standing.principal.kind == "root" and not act.call.text("UserName"):
        root = {
            "UserId": account.id,
            "Arn": account.root_arn,
            "CreateDate": format_timestamp(account.created),
        }
        used = account.root.used
        return account, Reply(
            {"User": {**root, "PasswordLastUsed": format_timestamp(used)} if used else root}
        )
    return account, Reply({"User": _user(account, user(account, act.call), whole=True)})


@OPERATIONS.add("ListUsers")
def list_users(account: Account, act: Act) -> Change:
    names = under(act.call.text("PathPrefix", "/"), account.users)
    return account, page(
        act.call, "Users", names, lambda name: _user(account, account.users[name])
    )


@OPERATIONS.add("UpdateUser")
def update_user(account: Account, act: Act) -> Change:
    old = user(account, act.call)
    return _renamed(account, old, act.call, "NewUserName", "User"), DONE


def _renamed(
    account: Account, old: User | Group, call: Call, parameter: str, kind: str
) -> Account:
    """Returns the entity under another name or path; whatever names it by ARN follows."""
    name = call.text(parameter, old.name)
    path = call.text("NewPath", old.path)
    taken = account.users if isinstance(old, User) else account.groups
    if name.lower() != old.name.lower() and name.lower() in taken:
        raise errors.entity_already_exists(kind, name)
    new = replace(old, name=name, path=path)
    return named_principals.rename_principal(
        account.put(new), account.arn(old), account.arn(new)
    )


@OPERATIONS.add("DeleteUser")
def delete_user(account: Account, act: Act) -> Change:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html"""
    gone = user(account, act.call)
    for obstacle, held in (
        ("detach all policies", gone.attached),
        ("delete policies", gone.inline),
        ("delete access keys", account.keys_of(gone.id)),
        ("remove users from group", gone.groups),
        ("delete login profile", gone.login),
        ("remove tokens from principal", account.devices_of(gone.id)),
    ):
        if held:
            raise errors.entity_in_use(obstacle)
    return named_principals.rename_principal(
        account.drop(gone), account.arn(gone), gone.id
    ), DONE


# --------------------------------------------------------------------- groups
@OPERATIONS.add("CreateGroup")
def create_group(account: Account, act: Act) -> Change:
    name = act.call.text("GroupName")
    if name.lower() in account.groups:
        raise errors.entity_already_exists("Group", name)
    errors.check_quota(account.groups, GROUPS, "GroupsPerAccount")
    account, id = ids.new_unique_id(account, "group", name.lower())
    made = Group(id, name, act.call.text("Path", "/"), act.at)
    return account.put(made), Reply({"Group": _shape(account, made)})


@OPERATIONS.add("GetGroup")
def get_group(account: Account, act: Act) -> Change:
    found = group(account, act.call)
    members = [name for name, user in account.users.items() if found.id in user.groups]
    listed = page(
        act.call, "Users", members, lambda name: _user(account, account.users[name])
    )
    return account, Reply({"Group": _shape(account, found), **listed.body})


@OPERATIONS.add("ListGroups")
def list_groups(account: Account, act: Act) -> Change:
    names = under(act.call.text("PathPrefix", "/"), account.groups)
    return account, page(
        act.call, "Groups", names, lambda name: _shape(account, account.groups[name])
    )


@OPERATIONS.add("ListGroupsForUser")
def list_groups_for_user(account: Account, act: Act) -> Change:
    found = (account.entity_by_id(id) for id in user(account, act.call).groups)
    groups = {group.name: group for group in found if group}
    return account, page(
        act.call, "Groups", groups, lambda name: _shape(account, groups[name])
    )


@OPERATIONS.add("UpdateGroup")
def update_group(account: Account, act: Act) -> Change:
    return _renamed(
        account, group(account, act.call), act.call, "NewGroupName", "Group"
    ), DONE


@OPERATIONS.add("DeleteGroup")
def delete_group(account: Account, act: Act) -> Change:
    gone = group(account, act.call)
    for obstacle, held in (
        (
            "remove users from group",
            any(gone.id in member.groups for member in account.users.values()),
        ),
        ("detach all policies", gone.attached),
        ("delete policies", gone.inline),
    ):
        if held:
            raise errors.entity_in_use(obstacle)
    return account.drop(gone), DONE


@OPERATIONS.add("AddUserToGroup")
def add_user_to_group(account: Account, act: Act) -> Change:
    """Adds a user to a group; twice is once."""
    joined = group(account, act.call)
    member = user(account, act.call)
    if joined.id in member.groups:
        return account, DONE
    errors.check_quota(member.groups, GROUPS_PER_USER, "GroupsPerUser")
    return account.put(replace(member, groups=(*member.groups, joined.id))), DONE


@OPERATIONS.add("RemoveUserFromGroup")
def remove_user_from_group(account: Account, act: Act) -> Change:
    left = group(account, act.call)
    member = user(account, act.call)
    return account.put(
        replace(member, groups=tuple(id for id in member.groups if id != left.id))
    ), DONE


# ---------------------------------------------------------------------- roles
@OPERATIONS.add("CreateRole")
def create_role(account: Account, act: Act) -> Change:
    call, name, path = act.call, act.call.text("RoleName"), _role_path(act.call)
    if name.lower() in account.roles:
        raise errors.entity_already_exists("Role", name)
    tags = tagged({}, call)
    ceiling = boundary(account, call)
    trust = policy_documents.parse_trust_policy(
        account, call.text("AssumeRolePolicyDocument")
    )
    errors.check_quota(account.roles, ROLES, "RolesPerAccount")
    account, id = ids.new_unique_id(account, "role", name.lower())
    made = Role(
        id,
        name,
        path,
        act.at,
        trust,
        call.text("Description"),
        call.number("MaxSessionDuration", 3600),
        tags,
        boundary=ceiling,
    )
    return account.put(made), Reply({"Role": role_shape(account, made, made=True)})


def _role_path(call: Call) -> str:
    """Returns the path of a new role, which is none of those that AWS makes its own roles under (seen): nobody could
    remove it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    """
    path = call.text("Path", "/")
    for prefix, whose in RESERVED.items():
        if path.startswith(prefix):
            raise errors.service_error(
                "InvalidInput", f"Path prefix '{prefix}' can only be used for {whose}"
            )
    return path


# That AWS keeps them so: uncertain.
RESERVED = {
    "/aws-service-role/": "AWS Service linked Roles",
    "/aws-reserved/": "AWS reserved roles",
}


@OPERATIONS.add("GetRole")
def get_role(account: Account, act: Act) -> Change:
    return account, Reply(
        {"Role": role_shape(account, role(account, act.call), whole=True)}
    )


@OPERATIONS.add("ListRoles")
def list_roles(account: Account, act: Act) -> Change:
    names = under(act.call.text("PathPrefix", "/"), account.roles)
    return account, page(
        act.call, "Roles", names, lambda name: role_shape(account, account.roles[name])
    )


@OPERATIONS.add("UpdateRole")
def update_role(account: Account, act: Act) -> Change:
    """Changes a role; what is left out stays as it was (seen; the reference says 3600)."""
    old = role(account, act.call)
    call = act.call
    description = call.text("Description", old.description)
    longest = call.number("MaxSessionDuration", old.max_session)
    return account.put(replace(old, description=description, max_session=longest)), DONE


@OPERATIONS.add("UpdateRoleDescription")
def update_role_description(account: Account, act: Act) -> Change:
    new = replace(role(account, act.call), description=act.call.text("Description"))
    return account.put(new), Reply({"Role": role_shape(account, new, made=True)})


@OPERATIONS.add("UpdateAssumeRolePolicy")
def update_trust(account: Account, act: Act) -> Change:
    old = role(account, act.call)
    return account.put(
        replace(
            old,
            trust=policy_documents.parse_trust_policy(
                account, act.call.text("PolicyDocument")
            ),
        )
    ), DONE


@OPERATIONS.add("DeleteRole")
def delete_role(account: Account, act: Act) -> Change:
    gone = role(account, act.call)
    for obstacle, held in (
        ("remove roles from instance profile", account.profiles_of(gone)),
        ("detach all policies", gone.attached),
        ("delete policies", gone.inline),
    ):
        if held:
            raise errors.entity_in_use(obstacle)
    return named_principals.rename_principal(
        account.drop(gone), account.arn(gone), gone.id
    ), DONE
