"""The console's acts of IAM Identity Center: enable it, and sign in to an account through its access portal.

People sign in to the portal with a password or a passkey, which are between them and the portal. They aren't simulated here.
https://docs.aws.amazon.com/singlesignon/latest/userguide/using-the-portal.html
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import sessions
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.identity_center import IdentityCenter, WorkforceUser
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.console import console_session
from coffeeshop.account.services.sso_admin.lookups import center_error
from coffeeshop.account.services.sso_admin.permission_sets import duration_seconds
from coffeeshop.account.services.sso_admin.provisioning import center_provider

NO_ACCESS = "No access: {user} has no permission set {set} in the account {account}."

OPERATIONS = Operations()


@OPERATIONS.add("EnableIdentityCenter")
def enable_identity_center(account: Account, act: Act) -> Change:
    """Enable the organization's instance, in its management account and in the Region of the call.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/enable-identity-center.html
    """
    console_session(account, act)
    if account.organization is None:
        text = "Permission sets need an organization instance: create an organization in this account first."
        raise center_error("Validation", text)
    if account.identity_center:
        text = "IAM Identity Center is enabled in this organization already."
        raise center_error("Conflict", text)
    account, drawn = ids.draw_next_bytes(account, "identity center", "")
    letters = drawn.hex()
    center = IdentityCenter(
        f"ssoins-{letters[:16]}",
        f"d-{letters[16:26]}",
        account.id,
        act.at,
        act.call.origin.region,
    )
    body = {"InstanceArn": center.arn, "IdentityStoreId": center.store}
    return replace(account, identity_center=center), Reply(body)


@OPERATIONS.add("PortalSignIn")
def sign_in_by_portal(account: Account, act: Act) -> Change:
    """Choose an account and a permission set in the access portal. It opens a session of the role there."""
    call = act.call
    center = account.organization_center
    user = center.user_named(call.text("UserName")) if center else None
    set_name = call.text("PermissionSetName")
    target = call.text("AccountId", account.id)
    role = None
    if center and user and target == account.id:
        role = find_role(account, center, user, set_name)
    if center is None or user is None or role is None:
        text = NO_ACCESS.format(user=call.text("UserName"), set=set_name, account=target)
        raise errors.access_denied(text)
    account, session = open_role_session(account, center, user, role, act.at)
    return account, Reply(
        {
            "PortalLogin": "Success",
            "AccessKeyId": session.id,
            "Expiration": format_timestamp(session.expires),
        }
    )


def find_role(
    account: Account, center: IdentityCenter, user: WorkforceUser, set_name: str
) -> Role | None:
    """Return the role of a user's permission set in this account, or None if they don't have it."""
    for role in workforce_roles(account, center, user):
        if permission_set_name(role).lower() == set_name.lower():
            return role
    return None


def workforce_roles(
    account: Account, center: IdentityCenter, user: WorkforceUser
) -> tuple[Role, ...]:
    """Return the roles that a user can sign in to in this account."""
    if center_provider(account) is None:
        return ()
    keys = (
        f"{assignment.permission_set}/{account.id}"
        for assignment in center.assignments_of(user.id)
        if assignment.account == account.id
    )
    names = dict.fromkeys(center.roles[key] for key in keys if key in center.roles)
    roles = (account.roles.get(name.lower()) for name in names)
    return tuple(role for role in roles if role)


def permission_set_name(role: Role) -> str:
    """Return the name of the permission set that a reserved role was made from."""
    return role.name.removeprefix("AWSReservedSSO_").rpartition("_")[0]


def open_role_session(
    account: Account,
    center: IdentityCenter,
    user: WorkforceUser,
    role: Role,
    at: datetime,
    birth: str = "",
) -> tuple[Account, sessions.Session]:
    """Return the account with a session of a user in a role, named after them, and the session.

    `birth` is what its id is drawn for, as `new_session` has it.
    """
    permission_set = center.permission_set_named(permission_set_name(role))
    seconds = duration_seconds(permission_set.duration if permission_set else "PT1H")
    provider = center_provider(account)
    assert provider is not None, "the role was found by it"
    return sessions.new_session(
        account,
        "Role",
        role.id,
        f"{user.name}@portal",
        at,
        timedelta(seconds=seconds),
        name=user.name,
        taker=user.id,
        provider=ids.arn(account, "saml-provider", provider.name),
        birth=birth,
    )
