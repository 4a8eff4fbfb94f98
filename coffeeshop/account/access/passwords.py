"""Console passwords: whether a password is right, and whether the password policy allows a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.credentials import LoginProfile, PasswordPolicy
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account

# AWS's text for a password that was used before (uncertain).
PASSWORD_REUSED = "Password does not conform to the account password policy."


def password_matches(
    account: Account, owner: str, login: LoginProfile | None, password: str
) -> bool:
    """Return whether this is the present password of a unique id (the account's id for root)."""
    if login is None:
        return False
    return login.history[0] == ids.password_digest(account.seed, owner, password)


def is_expired(account: Account, login: LoginProfile, at: datetime) -> bool:
    """Return whether the password is older than the password policy allows."""
    rules = account.password_policy
    if rules is None or rules.max_age == 0:
        return False
    return login.changed + timedelta(days=rules.max_age) <= at


def is_hard_expired(account: Account, login: LoginProfile, at: datetime) -> bool:
    """Return whether the user can't set a new password after the old one expired: an administrator must do it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
    """
    rules = account.password_policy
    return rules is not None and rules.hard_expiry and is_expired(account, login, at)


def with_password(
    account: Account, user: User, password: str, at: datetime, reset: bool = False
) -> User:
    """Return the user with a new password. Raise PasswordPolicyViolation if the password policy doesn't allow it."""
    rules = account.password_policy
    check_password(account, password, rules)
    digest = ids.password_digest(account.seed, user.id, password)
    old = user.login
    if old and rules and digest in old.history[: rules.reuse]:
        raise errors.service_error("PasswordPolicyViolation", PASSWORD_REUSED)
    if old is None:
        login = LoginProfile(at, at, (digest,), reset)
    else:
        # A password policy can forbid the reuse of the last 24 passwords, so older ones aren't kept.
        history = (digest, *old.history)[:25]
        login = LoginProfile(old.created, at, history, reset, old.used)
    return replace(user, login=login)


CHARACTER_KINDS: dict[str, Callable[[str], bool]] = {
    "uppercase letter": lambda c: c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "lowercase letter": lambda c: c in "abcdefghijklmnopqrstuvwxyz",
    "number": lambda c: c in "0123456789",
    "symbol": lambda c: c in "!@#$%^&*()_+-=[]{}|'",
}


DEFAULT_LENGTH = 8  # the least characters of a password where the account has no policy


def describe_requirements(rules: PasswordPolicy | None) -> str:
    """Return the requirements of a password policy in words. None stands for AWS's default policy."""
    if rules is None:
        kinds = ", ".join(CHARACTER_KINDS)
        return f"{DEFAULT_LENGTH} characters or more, of three of these kinds: {kinds}"
    required_kinds = [kind for kind in CHARACTER_KINDS if _is_required(rules, kind)]
    kinds = "".join(f", one {kind} at least" for kind in required_kinds)
    return f"{rules.minimum_length} characters or more{kinds}"


def check_password(account: Account, password: str, rules: PasswordPolicy | None) -> None:
    """Raise PasswordPolicyViolation unless the custom policy, or the default one (None), allows the password.

    The default policy, which also binds the root user, asks for 8 to 128 characters of three of four kinds, and not for
    the account's name or e-mail address.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
    https://docs.aws.amazon.com/accounts/latest/reference/root-user-password.html
    """
    missing_kinds = [
        kind
        for kind, is_of_kind in CHARACTER_KINDS.items()
        if not any(map(is_of_kind, password))
    ]
    if rules:
        least_length = rules.minimum_length
    else:
        least_length = DEFAULT_LENGTH
    if len(password) < least_length:
        raise _violation(f"Password should have a minimum length of {least_length}")
    if rules is not None:
        required_kinds = [kind for kind in missing_kinds if _is_required(rules, kind)]
        if required_kinds:
            kinds = ", ".join(required_kinds)
            raise _violation(f"Password should have at least one {kinds}")
    elif len(missing_kinds) > 1:
        faults = ", ".join(
            f"Password should have at least one {kind}" for kind in missing_kinds
        )
        raise _violation(
            f"Password should meet {len(missing_kinds) - 1} more of the following requirements: {faults}"
        )
    elif password in {account.name, account.email}:
        # The text is uncertain.
        raise _violation("Password should not be the account name or e-mail address")


def _is_required(rules: PasswordPolicy, kind: str) -> bool:
    """Return whether a custom policy requires a character of this kind."""
    requirements = {
        "uppercase letter": rules.uppercase,
        "lowercase letter": rules.lowercase,
        "number": rules.numbers,
        "symbol": rules.symbols,
    }
    return requirements[kind]


def _violation(text: str) -> Exception:
    """Return AWS's PasswordPolicyViolation with this text."""
    return errors.service_error("PasswordPolicyViolation", text)
