"""The console's acts that no API call makes: signing in and out, switching roles, security keys, root's own tasks.

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
from coffeeshop.account.services import DONE, Change, Operations, sts
from coffeeshop.account.services.iam import mfa
from coffeeshop.account.services.lookups import is_roots_own, user
from coffeeshop.policy.model import Standing

WRONG = "Your authentication information is incorrect. Please try again."


OPERATIONS = Operations()


# ------------------------------------------------------------------ signing in
@OPERATIONS.add("SignIn")
def sign_in(account: Account, act: Act) -> Change:
    """Signs in by a password, then a code or a security key where there is a device, then a new password where one is due.

    One text whatever was wrong, as AWS does.
    """
    call = act.call
    root = "RootEmail" in call.parameters
    if root:
        person = None
    else:
        person = account.users.get(call.text("UserName").lower())
    if root:
        login = account.root
    elif person:
        login = person.login
    else:
        login = None
    if root:
        owner = account.id
    elif person:
        owner = person.id
    else:
        owner = ""
    here = {account.id, account.alias or account.id}
    if root:
        addressed = call.text("RootEmail") == account.email
    else:
        addressed = call.text("AccountId", account.id) in here
    if (
        login is None
        or not addressed
        or account.closed
        or not passwords.password_matches(account, owner, login, call.text("Password"))
    ):
        raise _wrong()
    account, coded = _second_factor(account, owner, act)
    account = _signed(account, person, login, act)
    name = person.name if person else "root"
    mfa_at = act.at if coded else None
    account, session = sessions.new_session(
        account, "Console", owner, f"{name}@console", act.at, sessions.SHIFT, mfa=mfa_at
    )
    return account, _opened("ConsoleLogin", session)


def _wrong() -> ServiceError:
    return errors.access_denied(WRONG)


def _opened(name: str, session: Session) -> Reply:
    return Reply(
        {
            name: "Success",
            "AccessKeyId": session.id,
            "Expiration": format_timestamp(session.expires),
        }
    )


def _second_factor(account: Account, owner: str, act: Act) -> tuple[Account, bool]:
    """Returns the account after the code was spent, and whether there was one: any device of the owner's will do."""
    devices = account.devices_of(owner)
    if not devices:
        return account, False
    if key := act.call.text("SecurityKey"):
        if any(device.serial == key and not device.seed for device in devices):
            return account, True
        raise _wrong()
    if (
        spent := totp.spend_code_of_any(account, devices, act.call.text("MfaCode"), act.at)
    ) is None:
        raise _wrong()
    return spent, True


def _signed(
    account: Account, person: User | None, login: LoginProfile, act: Act
) -> Account:
    """Returns the account with the sign-in noted, and with the new password where one was due. Use is kept for 5
    minutes.
    """
    recent = login.used is not None and (act.at - login.used).total_seconds() < 300
    used = replace(login, used=login.used if recent else act.at)
    if person is None:
        return replace(account, root=used)
    person = replace(person, login=used)
    if passwords.is_hard_expired(account, login, act.at):
        raise _wrong()
    if passwords.is_expired(account, login, act.at) or login.reset_required:
        if "NewPassword" not in act.call.parameters:
            raise errors.access_denied(
                "You must change your password to continue."
            )  # uncertain
        if act.call.text("NewPassword") == act.call.text("Password"):
            raise errors.service_error("PasswordPolicyViolation", passwords.REUSED)
        person = passwords.with_password(
            account, person, act.call.text("NewPassword"), act.at
        )
    return account.put(person)


# ------------------------------------------------------------------- sessions
def _browser(account: Account, act: Act) -> Session:
    """Returns the session of the browser that acts: signed in, or switched to a role from there."""
    found = account.credential_of(act.caller)
    if isinstance(found, Session) and found.profile.endswith("@console"):
        return found
    raise errors.service_error(
        "MissingAuthenticationToken", "This is an act of the console: sign in first."
    )


def _with_session(account: Account, session: Session) -> Account:
    return replace(account, credentials=account.credentials.put(session.id, session))


@OPERATIONS.add("SignOut")
def sign_out(account: Account, act: Act) -> Change:
    """Ends that session and no other (our choice)."""
    return _with_session(account, replace(_browser(account, act), expires=act.at)), Reply(
        {"SignOut": "Success"}
    )


def speaker(account: Account, act: Act) -> Caller:
    """Returns whose rights an act counts under: those of the credential that calls, but of one who switches from role to role
    those of the user who signed in. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html
    """
    found = account.credential_of(act.caller)
    if (
        act.call.operation != "SwitchRole"
        or not isinstance(found, Session)
        or found.kind != "Role"
    ):
        return act.caller
    before = _sign_in_before(account, found)
    return Key(before.id) if before else act.caller


def _sign_in_before(account: Account, worn: Session) -> Session | None:
    """Returns the session of the sign-in from which a role was switched to: the taker's last before it."""
    mine = (
        c
        for c in account.credentials.values()
        if isinstance(c, Session) and c.owner == worn.taker
    )
    return max(
        (c for c in mine if c.kind == "Console" and c.made < worn.made),
        key=lambda c: c.made,
        default=None,
    )


def _switched_back(account: Account, before: Session) -> Account:
    """Returns the account with the browser's role sessions detached from it; each stays valid until it expires."""
    for worn in account.credentials.values():
        if (
            isinstance(worn, Session)
            and worn.kind == "Role"
            and worn.profile == before.profile
            and not worn.left
        ):
            account = _with_session(account, replace(worn, left=True))
    return account


@OPERATIONS.add_with_standing("SwitchRole")
def switch_role(account: Account, act: Act, standing: Standing) -> Change:
    """Makes AssumeRole under the session of the sign-in, for an hour, named after the user (our choice)."""
    before = _browser(account, act)
    account, session = sts.new_role_session(
        _switched_back(account, before),
        act,
        standing,
        before.profile.removesuffix("@console"),
        before.profile,
    )
    return account, _opened("SwitchRole", session)


@OPERATIONS.add("SwitchBack")
def switch_back(account: Account, act: Act) -> Change:
    """Goes back to the earlier session, which switching did not end."""
    session = _browser(account, act)
    if session.kind != "Role" or (before := _sign_in_before(account, session)) is None:
        raise errors.access_denied("There is no role to switch back from.")
    if before.expires <= act.at:
        raise errors.service_error("ExpiredToken", errors.EXPIRED)
    return _switched_back(account, session), _opened("SwitchBack", before)


# --------------------------------------------------------------- security keys
@OPERATIONS.add_with_standing("EnrollSecurityKey")
def enroll_security_key(account: Account, act: Act, standing: Standing) -> Change:
    """Enables a device without codes, for the console alone; without UserName for whoever is signed in, the root user
    too.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-fido-mfa-for-root.html
    """
    _browser(account, act)
    if is_roots_own(act.call, standing):
        owner, name = account.id, "root-account"  # uncertain
    else:
        found = user(account, act.call)
        mfa.guard_own(account, found, standing)
        owner = found.id
        name = f"user/{found.name}"
    errors.check_quota(account.devices_of(owner), mfa.DEVICES, "MFADevicesPerUser")
    account, serial = _serial(account, f"{name}/{act.call.text('DeviceName')}")
    device = MfaDevice(serial, "", act.at, owner, act.at)
    return replace(account, devices=account.devices.put(serial, device)), Reply(
        {"SerialNumber": serial}
    )


def _serial(account: Account, name: str) -> tuple[Account, str]:
    n = account.births.get(f"u2f/{name}", 0) + 1
    births = account.births.put(f"u2f/{name}", n)
    return replace(account, births=births), ids.arn(
        account, "u2f", f"{name}-{ids.draw_letters(account.seed, 26, 'u2f', name, n)}"
    )


# ------------------------------------------------------------ root's own tasks
def _root(account: Account, act: Act, standing: Standing) -> None:
    """Refuses all but root's console session. https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-tasks.html"""
    _browser(account, act)
    if standing.principal.kind != "root":
        raise errors.access_denied("Only the root user can do this.")


@OPERATIONS.add_with_standing("EnrollRootMfa")
def enroll_root_mfa(account: Account, act: Act, standing: Standing) -> Change:
    _root(account, act, standing)
    return mfa.enrolled(account, account.id, "root", act), DONE


@OPERATIONS.add_with_standing("RemoveRootMfa")
def remove_root_mfa(account: Account, act: Act, standing: Standing) -> Change:
    _root(account, act, standing)
    serial = act.call.text("SerialNumber")
    if (device := totp.enabled_device(account, account.id, serial)) is None:
        raise errors.no_such_entity("own device", serial)
    return mfa.released(account, device), DONE


@OPERATIONS.add_with_standing("ChangeEmail")
def change_email(account: Account, act: Act, standing: Standing) -> Change:
    _root(account, act, standing)
    return replace(account, email=act.call.text("Email")), DONE


@OPERATIONS.add_with_standing("ChangeRootPassword")
def change_root_password(account: Account, act: Act, standing: Standing) -> Change:
    _root(account, act, standing)
    if not passwords.password_matches(
        account, account.id, account.root, act.call.text("OldPassword")
    ):
        raise _wrong()
    new = act.call.text("NewPassword")
    passwords.check_password(account, new, None)  # whatever the account asks of its users
    digest = ids.password_digest(account.seed, account.id, new)
    return replace(
        account, root=replace(account.root, changed=act.at, history=(digest,))
    ), DONE


@OPERATIONS.add_with_standing("CloseAccount")
def close_account(account: Account, act: Act, standing: Standing) -> Change:
    """Closes the account: from now on no credential of the account is good."""
    _root(account, act, standing)
    return replace(account, closed=True), DONE


@OPERATIONS.add_with_standing("ActivateBillingAccess")
def activate_billing(account: Account, act: Act, standing: Standing) -> Change:
    _root(account, act, standing)
    return replace(account, billing=True), DONE
