"""Write the lines of a script that are about IAM Identity Center: look up its ids, wait for its requests, and undo them.

The ids of its instance, identity store, users, groups and permission sets are AWS's, so a script finds them by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from shlex import quote

from coffeeshop.account.command.bash_words import ScriptVariables
from coffeeshop.account.iam_resources import SamlProvider, is_reserved_role
from coffeeshop.account.identity_center import Assignment, IdentityCenter
from coffeeshop.account.model import Account, Call

CENTER_SERVICES = ("sso-admin", "identitystore")
# Operations whose answer is only the beginning: the answer's member with the request, and the operation that describes it.
PENDING_REQUESTS = {
    "CreateAccountAssignment": (
        "AccountAssignmentCreationStatus",
        "account-assignment-creation",
        "account-assignment-creation",
    ),
    "DeleteAccountAssignment": (
        "AccountAssignmentDeletionStatus",
        "account-assignment-deletion",
        "account-assignment-deletion",
    ),
    "ProvisionPermissionSet": (
        "PermissionSetProvisioningStatus",
        "permission-set-provisioning",
        "provision-permission-set",
    ),
}
# Values to capture if a later call uses them, as MADE in `command/script.py` has them.
CENTER_MADE = {
    "CreateUser": ("UserId", "PERSON"),
    "CreateGroup": ("GroupId", "TEAM"),
    "CreateGroupMembership": ("MembershipId", "MEMBERSHIP"),
    "CreatePermissionSet": ("PermissionSet.PermissionSetArn", "PERMISSION SET"),
}


def is_reserved(thing: object) -> bool:
    """Tell whether Identity Center made a role or a SAML provider. It takes it away, too."""
    if isinstance(thing, SamlProvider):
        return thing.name.startswith("AWSSSO_")
    return is_reserved_role(thing)


def center_lines(
    variables: ScriptVariables, account: Account, call: Call, profile: str
) -> Iterator[str]:
    """Yield the lines that look up what a call of Identity Center names, unless a variable holds it already."""
    center = account.organization_center
    if center is None or call.service not in CENTER_SERVICES:
        return
    words = ["--profile", profile] if profile else []
    options = "".join(f" {variables.word(word)}" for word in words)
    text = str(call.parameters)
    lookups = [each for each in _lookups(center, text) if each[0] not in variables.names]
    commands = " ".join(command for _, _, command in lookups)
    for value, label, member in (
        (center.arn, "INSTANCE", "InstanceArn"),
        (center.store, "IDENTITY STORE", "IdentityStoreId"),
    ):
        field = "{instance}" if value == center.arn else "{store}"
        is_needed = value in text or field in commands
        if is_needed and value not in variables.names:
            name = _new_name(variables, value, label)
            yield f"{name}=$(aws sso-admin list-instances{options} --query 'Instances[0].{member}' --output text)"
    for value, label, command in lookups:
        line = _with_values(variables, center, command)
        name = _new_name(variables, value, label)
        yield f"{name}=$({line}{options})"


def _new_name(variables: ScriptVariables, value: str, label: str) -> str:
    """Return a new variable that stands for a value from now on."""
    name = variables.new_variable(label)
    variables.names[value] = name
    variables.used.add(name)
    return name


def _with_values(variables: ScriptVariables, center: IdentityCenter, command: str) -> str:
    """Return a command with the variables of the instance and of the identity store in it."""
    store = variables.names.get(center.store, center.store)
    instance = variables.names.get(center.arn, center.arn)
    return command.format(store=f'"${store}"', instance=f'"${instance}"')


def _lookups(center: IdentityCenter, text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each id in a text that names something of Identity Center, with a label and the command that finds it."""
    for id, user in center.users.items():
        if id in text:
            yield id, f"{user.name} PERSON", _find_command("user", "userName", user.name)
    for id, group in center.groups.items():
        if id in text:
            yield (
                id,
                f"{group.name} TEAM",
                _find_command("group", "displayName", group.name),
            )
    for id, permission_set in center.permission_sets.items():
        if id in text:
            name = _braced(quote(permission_set.name))
            label = f"{permission_set.name} PERMISSION SET"
            yield (
                center.permission_set_arn(id),
                label,
                f"permission_set {{instance}} {name}",
            )


def _find_command(kind: str, path: str, name: str) -> str:
    """Return the command that finds a user or a group of the identity store by name."""
    attribute = {"AttributePath": path, "AttributeValue": name}
    identifier = _braced(quote(json.dumps({"UniqueAttribute": attribute})))
    member = f"{kind.capitalize()}Id"
    return (
        f"aws identitystore get-{kind}-id --identity-store-id {{store}} "
        f"--alternate-identifier {identifier} --query {member} --output text"
    )


def _braced(text: str) -> str:
    """Return a text in which `str.format` finds no fields."""
    return text.replace("{", "{{").replace("}", "}}")


def waiting_line(call: Call, line: str) -> str:
    """Return the line of a call whose work AWS does in the background, with a wait for its end.

    Return "" if it needs none.
    """
    row = PENDING_REQUESTS.get(call.operation)
    if row is None:
        return ""
    member, described, option = row
    asking = f"{line} --query {member}.RequestId --output text"
    return f'settle {described} {option} "$({asking})"'


# ------------------------------------------------------------------------- undoing
def center_removal_lines(
    variables: ScriptVariables, before: Account, after: Account
) -> Iterator[str]:
    """Yield the lines that take away what a play made in Identity Center: by name, permission sets first."""
    center = after.identity_center
    if center is None:
        return
    old = before.identity_center or IdentityCenter("", "", "", center.created, "")
    word = variables.word
    for id, permission_set in center.permission_sets.items():
        if id not in old.permission_sets:
            yield f"remove_permission_set {word(permission_set.name)}"
    for id, membership in center.memberships.items():
        is_old_pair = membership.group in old.groups and membership.user in old.users
        if id not in old.memberships and is_old_pair:
            group = center.groups[membership.group].name
            yield f"remove_membership {word(group)} {word(center.users[membership.user].name)}"
    for id, group in center.groups.items():
        if id not in old.groups:
            yield f"remove_team {word(group.name)}"
    for id, user in center.users.items():
        if id not in old.users:
            yield f"remove_person {word(user.name)}"


def center_steps(before: Account, after: Account) -> Iterator[str]:
    """Yield what a reader must undo by hand in Identity Center."""
    center = after.identity_center
    old = before.identity_center
    if center and old is None:
        yield "the play enabled IAM Identity Center"
    if center and old:
        yield from _permission_set_steps(old, center)
        yield from _people_steps(old, center)


def _permission_set_steps(old: IdentityCenter, center: IdentityCenter) -> Iterator[str]:
    """Yield how permission sets that were there before changed, and who has them now."""
    for id, permission_set in old.permission_sets.items():
        if id not in center.permission_sets:
            yield f"the play deleted the permission set {permission_set.name}"
        elif center.permission_sets[id] != permission_set:
            yield f"the play changed the permission set {permission_set.name}"
    for key, assignment in old.assignments.items():
        if key not in center.assignments:
            yield f"the play took away {_assignment_text(old, assignment)}"
    for key, assignment in center.assignments.items():
        is_old_set = assignment.permission_set in old.permission_sets
        if key not in old.assignments and is_old_set:
            yield f"the play gave {_assignment_text(center, assignment)}"


def _people_steps(old: IdentityCenter, center: IdentityCenter) -> Iterator[str]:
    """Yield which earlier users and groups the play deleted, and whom it took out of a group."""
    for id, user in old.users.items():
        if id not in center.users:
            yield f"the play deleted the user {user.name} of Identity Center"
    for id, group in old.groups.items():
        if id not in center.groups:
            yield f"the play deleted the group {group.name} of Identity Center"
    for id, membership in old.memberships.items():
        is_kept = membership.group in center.groups and membership.user in center.users
        if id not in center.memberships and is_kept:
            group_name = old.groups[membership.group].name
            user_name = old.users[membership.user].name
            yield f"the play took {user_name} out of the group {group_name}"


def _assignment_text(center: IdentityCenter, assignment: Assignment) -> str:
    """Return an assignment in words: whose permission set, in which account."""
    holder = center.users.get(assignment.principal) or center.groups.get(
        assignment.principal
    )
    named_set = center.permission_sets.get(assignment.permission_set)
    set_name = named_set.name if named_set else assignment.permission_set
    name = holder.name if holder else assignment.principal
    kind = assignment.kind.lower()
    return f"the permission set {set_name} in {assignment.account}: {kind} {name}"
