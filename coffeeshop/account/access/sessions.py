"""What sts, console, mfa and credentials share: making keys and sessions, checking passwords and codes; and `mint`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.model import (
    AccessKey,
    Account,
    Document,
    Json,
    Key,
    LoginProfile,
    MfaDevice,
    PasswordPolicy,
    Session,
    Tags,
    User,
)
from coffeeshop.policy.model import Values

if TYPE_CHECKING:
    from pyotp.hotp import HOTP

SHIFT = timedelta(hours=12)  # of a console session
STEP = 30  # seconds that a code shows


# ------------------------------------------------------------------- making
def new_key(account: Account, owner: str, profile: str, at: datetime) -> tuple[Account, AccessKey]:
    """A long-term access key for a unique id (the account's id: root)."""
    account, id = ids.born(account, "key", owner)
    key = AccessKey(id, owner, at, profile, account.calls)
    return replace(account, credentials=account.credentials.put(id, key)), key


def begin(
    account: Account,
    kind: Literal["Console", "SessionToken", "Role", "Federation"],
    owner: str,
    profile: str,
    at: datetime,
    lasts: timedelta,
    *,
    name: str = "",
    taker: str = "",
    mfa: datetime | None = None,
    policies: tuple[Document | str, ...] | None = None,
    tags: Tags | None = None,
    transitive: Values = (),
    source_identity: str = "",
) -> tuple[Account, Session]:
    """A session that lives until `at + lasts`, whatever becomes of the credential that took it."""
    account, id = ids.born(account, "session", f"{owner}/{name}")
    session = Session(
        id,
        kind,
        owner,
        profile,
        account.calls,
        at,
        at + lasts,
        name,
        taker or owner,
        mfa,
        policies,
        tags or {},
        transitive,
        source_identity,
    )
    return replace(account, credentials=account.credentials.put(id, session)), session


def credentials(account: Account, session: Session) -> dict[str, Json]:
    """The structure Credentials of an answer."""
    return {
        "AccessKeyId": session.id,
        "SecretAccessKey": ids.secret(account, session.id),
        "SessionToken": ids.token(account, session.id),
        "Expiration": ids.stamp(session.expires),
    }


def mint(account: Account, arn: str, badge: Literal["key", "password", "code"], at: datetime) -> tuple[Account, Key]:
    """A credential as if that user (or root) had one: an access key, or a console session without or with a code.

    For copies of an account only: it is no act. KeyError if there is no such user.
    """
    name = "root" if arn == account.root_arn else arn.rsplit("/", 1)[-1]
    owner = account.id if arn == account.root_arn else account.users[name.lower()].id
    account = replace(account, calls=account.calls + 1)
    if badge == "key":
        account, key = new_key(account, owner, name, at)
        return account, Key(key.id)
    account, session = begin(
        account, "Console", owner, f"{name}@console", at, SHIFT, mfa=at if badge == "code" else None
    )
    return account, Key(session.id)


# ---------------------------------------------------------------- passwords
SAME = "Password does not conform to the account password policy."  # of one used before (uncertain)


def verify(account: Account, owner: str, login: LoginProfile | None, password: str) -> bool:
    """Whether that is the present password of a unique id (the account's id: root)."""
    return login is not None and login.history[0] == ids.digest_of(account.seed, owner, password)


def expired(account: Account, login: LoginProfile, at: datetime) -> bool:
    """Whether the password policy's maximum age is over."""
    rules = account.password_policy
    return rules is not None and rules.max_age > 0 and login.changed + timedelta(days=rules.max_age) <= at


def changed(account: Account, user: User, password: str, at: datetime, reset: bool = False) -> User:
    """The user with that password, which the account's policy must allow: PasswordPolicyViolation otherwise."""
    obey(account, password, account.password_policy)
    digest = ids.digest_of(account.seed, user.id, password)
    rules, old = account.password_policy, user.login
    if old and rules and digest in old.history[: rules.reuse]:
        raise errors.refused("PasswordPolicyViolation", SAME)
    history = (digest, *(old.history if old else ()))[:25]
    return replace(user, login=LoginProfile(old.created if old else at, at, history, reset, old.used if old else None))


KINDS: dict[str, Callable[[str], bool]] = {
    "uppercase letter": lambda c: c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "lowercase letter": lambda c: c in "abcdefghijklmnopqrstuvwxyz",
    "number": lambda c: c in "0123456789",
    "symbol": lambda c: c in "!@#$%^&*()_+-=[]{}|'",
}


def obey(account: Account, password: str, rules: PasswordPolicy | None) -> None:
    """PasswordPolicyViolation unless a custom policy allows the password, or (None: the root user's too) the default:
    8 to 128 characters, three of four kinds, not the account's name or e-mail.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
    https://docs.aws.amazon.com/accounts/latest/reference/root-user-password.html
    """
    lacking = [kind for kind, holds in KINDS.items() if not any(map(holds, password))]
    least = rules.minimum_length if rules else 8
    if len(password) < least:
        raise _violation(f"Password should have a minimum length of {least}")
    if rules is not None:
        wanted = [kind for kind in lacking if _asked(rules, kind)]
        if wanted:
            raise _violation(f"Password should have at least one {', '.join(wanted)}")
    elif len(lacking) > 1:
        faults = ", ".join(f"Password should have at least one {kind}" for kind in lacking)
        raise _violation(f"Password should meet {len(lacking) - 1} more of the following requirements: {faults}")
    elif password in {account.name, account.email}:
        raise _violation("Password should not be the account name or e-mail address")  # uncertain


def _asked(rules: PasswordPolicy, kind: str) -> bool:
    asked = {
        "uppercase letter": rules.uppercase,
        "lowercase letter": rules.lowercase,
        "number": rules.numbers,
        "symbol": rules.symbols,
    }
    return asked[kind]


def _violation(text: str) -> Exception:
    return errors.refused("PasswordPolicyViolation", text)


# -------------------------------------------------------------------- codes
def code(device: MfaDevice, at: datetime, step: int = 0) -> str:
    """The code that the device itself shows `step` steps of 30 seconds after `at` (RFC 6238)."""
    return _hotp(device).at(_step(at) + step)


def _hotp(device: MfaDevice) -> HOTP:
    from pyotp.hotp import HOTP  # most plays show no code

    return HOTP(device.seed)


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP


def spend(account: Account, device: MfaDevice, given: str, at: datetime) -> Account | None:
    """The account after that code opened something; None if it is wrong, out of step or used.

    A code may be a step early or late, around the device's drift, and works once.
    """
    for step in range(_step(at) + device.drift - 1, _step(at) + device.drift + 2):
        if step not in device.used and device.seed and _hotp(device).at(step) == given:
            return replace(account, devices=account.devices.put(device.serial, _spent(device, step)))
    return None


def paired(device: MfaDevice, first: str, second: str, at: datetime, reach: range) -> MfaDevice:
    """The device after two consecutive codes, the second within `reach` steps of the stored drift, set its drift.

    Both must be newer than any code that was accepted before. InvalidAuthenticationCode otherwise.
    """
    hotp, now = _hotp(device), _step(at) + device.drift
    oldest = max(device.used, default=-1)
    for step in sorted((now + offset for offset in reach), key=lambda step: abs(step - now)):
        if step - 1 > oldest and hotp.at(step) == second and hotp.at(step - 1) == first:
            drift = step - _step(at)
            return replace(_spent(device, step - 1, step), drift=0 if abs(drift) <= 1 else drift)
    raise errors.refused("InvalidAuthenticationCode", "Authentication code for device is not valid.")


def _spent(device: MfaDevice, *steps: int) -> MfaDevice:
    return replace(device, used=(*device.used, *steps))


def device_of(account: Account, owner: str, serial: str) -> MfaDevice | None:
    """That device, if it is enabled for this unique id."""
    found = account.devices.get(serial)
    return found if found and found.owner == owner else None


def opens(account: Account, devices: Iterable[MfaDevice], given: str, at: datetime) -> Account | None:
    """The account after the first of these devices whose code this is; None if it is nobody's."""
    return next((spent for device in devices if (spent := spend(account, device, given, at))), None)
