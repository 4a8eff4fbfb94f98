"""Console acts without an API call: signing in and out, switching roles, root's own tasks.

https://docs.aws.amazon.com/IAM/latest/UserGuide/console.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import passwords, sessions, totp
from coffeeshop.account.credentials import LoginProfile, MfaDevice, Session
from coffeeshop.account.iam_resources import User
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Caller, Key, Reply, ServiceError
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations, sts
from coffeeshop.account.services.iam import mfa
from coffeeshop.account.services.lookups import is_about_root, named_user
from coffeeshop.policy.model import Standing

WRONG_CREDENTIALS = "Your authentication information is incorrect. Please try again."


OPERATIONS = Operations()


# ------------------------------------------------------------------ signing in
@OPERATIONS.add("SignIn")
def sign_in(account: Account, act: Act) -> Change:
    """Sign in with a password, then a second factor, then a new password where one is due.

    The refusal has the same text whatever was wrong, as AWS's has.
    """
    call = act.call
    user: User | None = None
    owner = ""
    login: LoginProfile | None = None
    if "RootEmail" in call.parameters:
        addressed = call.text("RootEmail") == account.email
        owner = account.id
        login = account.root
    else:
        account_names = {account.id, account.alias or account.id}
        addressed = call.text("AccountId", account.id) in account_names
        user = account.users.get(call.text("UserName").lower())
    if user:
        owner = user.id
        login = user.login
    if (
        login is None
        or not addressed
        or account.closed
        or not passwords.password_matches(account, owner, login, call.text("Password"))
    ):
        raise _wrong_credentials()
    account, used_mfa = _check_second_factor(account, owner, act)
    account = _record_sign_in(account, user, login, act)
    if user:
        name = user.name
    else:
        name = "root"
    if used_mfa:
        mfa_at = act.at
    else:
        mfa_at = None
    account, session = sessions.new_session(
        account,
        "Console",
        owner,
        f"{name}@console",
        act.at,
        sessions.CONSOLE_SESSION_DURATION,
        mfa=mfa_at,
    )
    return account, _session_reply("ConsoleLogin", session)


def _wrong_credentials() -> ServiceError:
    return errors.access_denied(WRONG_CREDENTIALS)


def _session_reply(member: str, session: Session) -> Reply:
    """Return the answer of a sign-in or a switch of role: the session's key id and expiry."""
    return Reply(
        {
            member: "Success",
            "AccessKeyId": session.id,
            "Expiration": format_timestamp(session.expires),
        }
    )


def _check_second_factor(account: Account, owner: str, act: Act) -> tuple[Account, bool]:
    """Return the account after the MFA code was spent, and whether the owner used MFA.

    Any device of the owner's will do. Owners without a device need no code.
    """
    devices = account.devices_of(owner)
    if not devices:
        return account, False
    if key := act.call.text("SecurityKey"):
        if any(device.serial == key and not device.seed for device in devices):
            return account, True
        raise _wrong_credentials()
    if (
        account_after := totp.spend_code_of_any(
            account, devices, act.call.text("MfaCode"), act.at
        )
    ) is None:
        raise _wrong_credentials()
    return account_after, True


SAME_USE = 300  # seconds within which a second sign-in counts as the same use


def _record_sign_in(
    account: Account, user: User | None, login: LoginProfile, act: Act
) -> Account:
    """Return the account with the sign-in recorded, and with a new password if the old one has to change.

    A second use within 5 minutes isn't recorded. `user` is None for root. Raise ServiceError if the
    password has expired, or if the new one is missing or not allowed.
    """
    was_just_used = (
        login.used is not None and (act.at - login.used).total_seconds() < SAME_USE
    )
    login_now = login if was_just_used else replace(login, used=act.at)
    if user is None:
        return replace(account, root=login_now)
    user = replace(user, login=login_now)
    if passwords.is_hard_expired(account, login, act.at):
        raise _wrong_credentials()
    if passwords.is_expired(account, login, act.at) or login.reset_required:
        if "NewPassword" not in act.call.parameters:
            # uncertain
            raise errors.access_denied("You must change your password to continue.")
        if act.call.text("NewPassword") == act.call.text("Password"):
            raise errors.service_error("PasswordPolicyViolation", passwords.PASSWORD_REUSED)
        user = passwords.with_password(account, user, act.call.text("NewPassword"), act.at)
    return account.put(user)


# ------------------------------------------------------------------- sessions
def console_session(account: Account, act: Act) -> Session:
    """Return the console session that acts: of a sign-in, or of a role that it switched to."""
    credential = account.credential_of(act.caller)
    if isinstance(credential, Session) and credential.profile.endswith("@console"):
        return credential
    raise errors.service_error(
        "MissingAuthenticationToken", "This is an act of the console: sign in first."
    )


def _with_session(account: Account, session: Session) -> Account:
    return replace(account, credentials=account.credentials.put(session.id, session))


@OPERATIONS.add("SignOut")
def sign_out(account: Account, act: Act) -> Change:
    """End the session that acts, and no other (our choice)."""
    account_after = _with_session(
        account, replace(console_session(account, act), expires=act.at)
    )
    body = {"SignOut": "Success"}
    return account_after, Reply(body)


def effective_caller(account: Account, act: Act) -> Caller:
    """Return the caller whose permissions decide an act.

    Someone who switches from one role to another does so as the user who signed in.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html
    """
    session = account.credential_of(act.caller)
    if (
        act.call.operation != "SwitchRole"
        or not isinstance(session, Session)
        or session.kind != "Role"
    ):
        return act.caller
    sign_in = _earlier_sign_in(account, session)
    if sign_in:
        return Key(sign_in.id)
    return act.caller


def _earlier_sign_in(account: Account, role_session: Session) -> Session | None:
    """Return the sign-in from which someone switched to a role: their last one before it."""
    user_sessions = (
        c
        for c in account.credentials.values()
        if isinstance(c, Session) and c.owner == role_session.taker
    )
    return max(
        (c for c in user_sessions if c.kind == "Console" and c.made < role_session.made),
        key=lambda c: c.made,
        default=None,
    )


def _leave_roles(account: Account, session: Session) -> Account:
    """Return the account with the browser's role sessions detached from it; each stays valid until it expires."""
    for credential in account.credentials.values():
        if (
            isinstance(credential, Session)
            and credential.kind == "Role"
            and credential.profile == session.profile
            and not credential.left
        ):
            account = _with_session(account, replace(credential, left=True))
    return account


@OPERATIONS.add_with_standing("SwitchRole")
def switch_role(account: Account, act: Act, standing: Standing) -> Change:
    """Assume a role with the permissions of the sign-in, for an hour, in a session named
    after the user (our choice).
    """
    sign_in = console_session(account, act)
    account, session = sts.new_role_session(
        _leave_roles(account, sign_in),
        act,
        standing,
        sign_in.profile.removesuffix("@console"),
        sign_in.profile,
    )
    return account, _session_reply("SwitchRole", session)


@OPERATIONS.add("SwitchBack")
def switch_back(account: Account, act: Act) -> Change:
    """Return to the session of the sign-in, which is still valid."""
    session = console_session(account, act)
    if session.kind != "Role" or (sign_in := _earlier_sign_in(account, session)) is None:
        raise errors.access_denied("There is no role to switch back from.")
    if sign_in.expires <= act.at:
        raise errors.service_error("ExpiredToken", errors.EXPIRED_TOKEN)
    return _leave_roles(account, session), _session_reply("SwitchBack", sign_in)


# --------------------------------------------------------------- security keys
@OPERATIONS.add_with_standing("EnrollSecurityKey")
def enroll_security_key(account: Account, act: Act, standing: Standing) -> Change:
    """Enable a security key, for the user named or else for the caller.

    It shows no codes, so it serves at the console only.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-fido-mfa-for-root.html
    """
    console_session(account, act)
    if is_about_root(act.call, standing):
        owner, path = account.id, "root-account"  # uncertain
    else:
        user_named = named_user(account, act.call)
        mfa.require_mfa_for_own(account, user_named, standing)
        owner = user_named.id
        path = f"user/{user_named.name}"
    errors.check_quota(account.devices_of(owner), mfa.MAX_DEVICES, "MFADevicesPerUser")
    account, serial = _new_serial(account, f"{path}/{act.call.text('DeviceName')}")
    device = MfaDevice(serial, "", act.at, owner, act.at)
    account_after = replace(account, devices=account.devices.put(serial, device))
    body = {"SerialNumber": serial}
    return account_after, Reply(body)


def _new_serial(account: Account, path: str) -> tuple[Account, str]:
    """Return the account, which counts its security keys, and the serial number that AWS gives the next one."""
    number = account.births.get(f"u2f/{path}", 0) + 1
    births = account.births.put(f"u2f/{path}", number)
    return replace(account, births=births), ids.arn(
        account, "u2f", f"{path}-{ids.draw_letters(account.seed, 26, 'u2f', path, number)}"
    )


# ------------------------------------------------------------ root's own tasks
def _require_root(account: Account, act: Act, standing: Standing) -> None:
    """Raise AccessDenied unless the root user acts, signed in at the console.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-tasks.html
    """
    console_session(account, act)
    if standing.principal.kind != "root":
        raise errors.access_denied("Only the root user can do this.")


@OPERATIONS.add_with_standing("EnrollRootMfa")
def enroll_root_mfa(account: Account, act: Act, standing: Standing) -> Change:
    _require_root(account, act, standing)
    account = mfa.enable_for_owner(account, account.id, "root", act)
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("RemoveRootMfa")
def remove_root_mfa(account: Account, act: Act, standing: Standing) -> Change:
    """Disable an MFA device of the root user. Only root can do this."""
    _require_root(account, act, standing)
    serial = act.call.text("SerialNumber")
    if (device := totp.enabled_device(account, account.id, serial)) is None:
        raise errors.no_such_entity("own device", serial)
    account = mfa.disable_device(account, device)
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("ChangeEmail")
def change_email(account: Account, act: Act, standing: Standing) -> Change:
    _require_root(account, act, standing)
    account = replace(account, email=act.call.text("Email"))
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("ChangeRootPassword")
def change_root_password(account: Account, act: Act, standing: Standing) -> Change:
    """Change the root user's password. AWS's default rules apply to it, not the account's password policy."""
    _require_root(account, act, standing)
    if not passwords.password_matches(
        account, account.id, account.root, act.call.text("OldPassword")
    ):
        raise _wrong_credentials()
    new = act.call.text("NewPassword")
    passwords.check_password(account, new, None)  # whatever the account asks of its users
    digest = ids.password_digest(account.seed, account.id, new)
    account = replace(
        account, root=replace(account.root, changed=act.at, history=(digest,))
    )
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("CloseAccount")
def close_account(account: Account, act: Act, standing: Standing) -> Change:
    """Close the account, which makes all its credentials invalid."""
    _require_root(account, act, standing)
    account = replace(account, closed=True)
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("ActivateBillingAccess")
def activate_billing_access(account: Account, act: Act, standing: Standing) -> Change:
    _require_root(account, act, standing)
    account = replace(account, billing=True)
    return account, EMPTY_REPLY
