"""The Next box's steps in IAM Identity Center: add a person, assign a permission set, narrow one, provision it."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.iam_resources import Role
from coffeeshop.account.identity_center import IdentityCenter, PermissionSet
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.workforce import WORKFORCE
from coffeeshop.shop.want import Ticket
from coffeeshop.views.step import Fails, Step, console, ticket_failure


def absent_workforce_step(account: Account, failing: Ticket) -> Step:
    """Return the suggestion for a job whose person can't sign in: to add them, or to give them a permission set."""
    name = failing.want.who.removeprefix(WORKFORCE)
    fails = ticket_failure(failing, Fails.UNTRIED)
    cause = f"{failing.missing}."
    center = account.organization_center
    store = {"IdentityStoreId": "@identity-store"}
    if center is None or center.user_named(name) is None:
        values = {**store, "UserName": name}
        return Step(cause, console(("identitystore", "CreateUser"), values), fails)
    instance = {"InstanceArn": "@instance"}
    if not center.permission_sets:
        return Step(cause, console(("sso-admin", "CreatePermissionSet"), instance), fails)
    if center.assignments and not center.groups_of(center_user_id(center, name)):
        member = console(("identitystore", "CreateGroupMembership"), store)
        return Step(f"{cause[:-1]}, and is in no group.", member, fails)
    values = {**instance, "TargetId": account.id}
    return Step(cause, console(("sso-admin", "CreateAccountAssignment"), values), fails)


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
        deed = console(("sso-admin", "DeleteAccountAssignment"), values)
        return Step(
            cause,
            deed,
            advice=f"{person.capitalize()} has {name} through an assignment by name:",
        )
    if not is_latest(account, center, permission_set, account.id):
        deed = console(("sso-admin", "ProvisionPermissionSet"), named)
        return Step(cause, deed, advice=f"Its permission set {name} has changed since:")
    operation, values = _change(permission_set, policy_id)
    advice = f"The role belongs to the permission set {name}:"
    return Step(cause, console(operation, {**named, **values}), advice=advice)


def _change(
    permission_set: PermissionSet, policy_id: str
) -> tuple[tuple[str, str], Mapping[str, str]]:
    """Return the operation that takes a policy off a permission set, or that replaces its inline policy."""
    if policy_id in permission_set.attached:
        operation = "DetachManagedPolicyFromPermissionSet"
        return ("sso-admin", operation), {"ManagedPolicyArn": policy_id}
    if permission_set.references and not permission_set.inline:
        operation = "DetachCustomerManagedPolicyReferenceFromPermissionSet"
        return ("sso-admin", operation), {}
    return ("sso-admin", "PutInlinePolicyToPermissionSet"), {}
