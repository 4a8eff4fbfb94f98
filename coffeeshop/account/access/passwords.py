"""Console passwords: whether one is right, and whether the account's policy allows a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.credentials import LoginProfile, PasswordPolicy
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account

REUSED = "Password does not conform to the account password policy."  # AWS's words for one used before (uncertain)


def password_matches(
    account: Account, owner: str, login: LoginProfile | None, password: str
) -> bool:
    """Tells whether that is the present password of a unique id (the account's id: root)."""
    return login is not None and login.history[0] == ids.password_digest(
        account.seed, owner, password
    )


def is_expired(account: Account, login: LoginProfile, at: datetime) -> bool:
    """Tells whether the password policy's maximum age is over."""
    rules = account.password_policy
    return (
        rules is not None
        and rules.max_age > 0
        and login.changed + timedelta(days=rules.max_age) <= at
    )


def is_hard_expired(account: Account, login: LoginProfile, at: datetime) -> bool:
    """Tells whether it is over for good: whoever let it expire cannot set another one, and waits for an administrator.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
    """
    return (
        is_expired(account, login, at)
        and account.password_policy is not None
        and account.password_policy.hard_expiry
    )


def with_password(
    account: Account, user: User, password: str, at: datetime, reset: bool = False
) -> User:
    """Returns the user with that password, which the account's policy must allow: PasswordPolicyViolation otherwise."""
    check_password(account, password, account.password_policy)
    digest = ids.password_digest(account.seed, user.id, password)
    rules = account.password_policy
    old = user.login
    if old and rules and digest in old.history[: rules.reuse]:
        raise errors.service_error("PasswordPolicyViolation", REUSED)
    history = (digest, *(old.history if old else ()))[:25]
    return replace(
        user,
        login=LoginProfile(
            old.created if old else at, at, history, reset, old.used if old else None
        ),
    )


KINDS: dict[str, Callable[[str], bool]] = {
    "uppercase letter": lambda c: c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "lowercase letter": lambda c: c in "abcdefghijklmnopqrstuvwxyz",
    "number": lambda c: c in "0123456789",
    "symbol": lambda c: c in "!@#$%^&*()_+-=[]{}|'",
}


LEAST = 8  # characters, where no policy was set


def describe_requirements(rules: PasswordPolicy | None) -> str:
    """Tells what a password must have: by a custom policy, or (None) by the default one that `check` holds it to."""
    if rules is None:
        return f"{LEAST} characters or more, of three of these kinds: {', '.join(KINDS)}"
    wanted = "".join(f", one {kind} at least" for kind in KINDS if _required(rules, kind))
    return f"{rules.minimum_length} characters or more{wanted}"


def check_password(account: Account, password: str, rules: PasswordPolicy | None) -> None:
    """Raises PasswordPolicyViolation unless a custom policy allows the password, or (None: the root user's too) the default:
    8 to 128 characters, three of four kinds, not the account's name or e-mail.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
    https://docs.aws.amazon.com/accounts/latest/reference/root-user-password.html
    """
    lacking = [kind for kind, holds in KINDS.items() if not any(map(holds, password))]
    least = rules.minimum_length if rules else LEAST
    if len(password) < least:
        raise _violation(f"Password should have a minimum length of {least}")
    if rules is not None:
        wanted = [kind for kind in lacking if _required(rules, kind)]
        if wanted:
            raise _violation(f"Password should have at least one {', '.join(wanted)}")
    elif len(lacking) > 1:
        faults = ", ".join(f"Password should have at least one {kind}" for kind in lacking)
        raise _violation(
            f"Password should meet {len(lacking) - 1} more of the following requirements: {faults}"
        )
    elif password in {account.name, account.email}:
        raise _violation(
            "Password should not be the account name or e-mail address"
        )  # uncertain


def _required(rules: PasswordPolicy, kind: str) -> bool:
    asked = {
        "uppercase letter": rules.uppercase,
        "lowercase letter": rules.lowercase,
        "number": rules.numbers,
        "symbol": rules.symbols,
    }
    return asked[kind]


def _violation(text: str) -> Exception:
    return errors.service_error("PasswordPolicyViolation", text)
