"""The Next box's steps in IAM Identity Center: add a person, assign a permission set, narrow one, provision it."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.iam_resources import Role
from coffeeshop.account.identity_center import IdentityCenter, PermissionSet
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.workforce import WORKFORCE_PREFIX
from coffeeshop.shop.want import Ticket
from coffeeshop.views.step import Fails, Step, list_step, press, ticket_failure
from coffeeshop.views.things.item_actions import ALSO_NEW, CREATION_ACTIONS

CENTER_LIST = "center"  # the list of Identity Center
_ADD_USER = next(deed for deed in ALSO_NEW[CENTER_LIST] if deed.operation == "CreateUser")
# Where several rows of a menu share a key, the menu asks for a letter.
ADDS_USER = _ADD_USER.at("n", "adds a user", "u")
MAKES_SET = CREATION_ACTIONS[CENTER_LIST].at("n", "makes a permission set", "n")
JOINS_GROUP = press("center-user", "CreateGroupMembership", "chooses the group", letter="a")
ASSIGN_DEED = press(
    "permission-set", "CreateAccountAssignment", "assigns it to a group", letter="a"
)
PROVISION_DEED = press("permission-set", "ProvisionPermissionSet", "provisions it")
WRITES_SET = press("permission-set", "PutInlinePolicyToPermissionSet", "writes its policy")
UNASSIGN_DEED = press("assignment", "DeleteAccountAssignment", "deletes {it}{of}")
DETACHES_MANAGED = press(
    "set-managed", "DetachManagedPolicyFromPermissionSet", "detaches {it}{of}"
)
DETACHES_REFERENCE = press(
    "set-reference",
    "DetachCustomerManagedPolicyReferenceFromPermissionSet",
    "detaches {it}{of}",
)


def absent_workforce_step(account: Account, failing: Ticket) -> Step:
    """Return the suggestion for a job whose person can't sign in: to add them, or to give them a permission set."""
    name = failing.want.who.removeprefix(WORKFORCE_PREFIX)
    fails = ticket_failure(failing, Fails.UNTRIED)
    cause = f"{failing.missing}."
    center = account.organization_center
    store = {"IdentityStoreId": "@identity-store"}
    if center is None or center.user_named(name) is None:
        values = {**store, "UserName": name}
        return list_step(cause, CENTER_LIST, "", ADDS_USER, values, fails=fails)
    instance = {"InstanceArn": "@instance"}
    if not center.permission_sets:
        return list_step(cause, CENTER_LIST, "", MAKES_SET, instance, fails=fails)
    if center.assignments and not center.groups_of(center_user_id(center, name)):
        cause = f"{cause[:-1]}, and is in no group."
        return list_step(cause, CENTER_LIST, name, JOINS_GROUP, store, fails=fails)
    values = {**instance, "TargetId": account.id, "TargetType": "AWS_ACCOUNT"}
    set_names = [each.name for each in center.permission_sets.values()]
    only_set = set_names[0] if len(set_names) == 1 else ""
    if only_set:
        values["PermissionSetArn"] = f"@permission-set:{only_set}"
    return list_step(cause, CENTER_LIST, only_set, ASSIGN_DEED, values, fails=fails)


def center_user_id(center: IdentityCenter, name: str) -> str:
    """Return the id of the user with a name, or ""."""
    user = center.user_named(name)
    return user.id if user else ""


def reserved_role_step(
    account: Account, role: Role, policy_id: str, cause: str, person: str = ""
) -> Step | None:
    """Return the suggestion to change the permission set of a role that only Identity Center can change.

    If `person` ("": nobody) is assigned the permission set by name, delete that assignment instead:
    callers name a person only if they have no job. If the permission set has changed since it was
    provisioned, provision it again. None: no permission set of this account made the role.
    """
    center = account.identity_center
    if center is None:
        return None
    from coffeeshop.account.services.access_portal import permission_set_name
    from coffeeshop.account.services.sso_admin.provisioning import is_latest

    name = permission_set_name(role)
    permission_set = center.permission_set_named(name)
    if permission_set is None:
        return None
    named = {"InstanceArn": "@instance", "PermissionSetArn": f"@permission-set:{name}"}
    user_id = center_user_id(center, person)
    key = f"{permission_set.id}/{account.id}/USER/{user_id}"
    if key in center.assignments:
        values = {**named, "PrincipalType": "USER", "PrincipalId": f"@user:{person}"}
        advice = f"{person.capitalize()} has {name} through an assignment by name:"
        return list_step(
            cause,
            CENTER_LIST,
            name,
            UNASSIGN_DEED,
            {**values, "TargetId": account.id, "TargetType": "AWS_ACCOUNT"},
            row_id=f"assignment:{key}",
            row_name=person,
            row_noun="assignment",
            advice=advice,
        )
    if not is_latest(account, center, permission_set, account.id):
        advice = f"Its permission set {name} has changed since:"
        return list_step(cause, CENTER_LIST, name, PROVISION_DEED, named, advice=advice)
    return _change_step(permission_set, policy_id, cause, named)


def _change_step(
    permission_set: PermissionSet, policy_id: str, cause: str, named: Mapping[str, str]
) -> Step:
    """Return the suggestion to take a policy off a permission set, or to replace its inline policy.

    `named` are the parameters that name the permission set.
    """
    name = permission_set.name
    advice = f"Its permission set is {name}:"
    if policy_id in permission_set.attached:
        return list_step(
            cause,
            CENTER_LIST,
            name,
            DETACHES_MANAGED,
            {**named, "ManagedPolicyArn": policy_id},
            row_id=f"set-managed:{policy_id}",
            row_name=policy_id.rpartition("/")[2],
            row_noun="set-managed",
            advice=advice,
        )
    if permission_set.references and not permission_set.inline:
        reference = permission_set.references[0]
        return list_step(
            cause,
            CENTER_LIST,
            name,
            DETACHES_REFERENCE,
            named,
            row_id=f"set-reference:{reference.name}",
            row_name=reference.name,
            row_noun="set-reference",
            advice=advice,
        )
    return list_step(cause, CENTER_LIST, name, WRITES_SET, named, advice=advice)
