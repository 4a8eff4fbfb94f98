"""Short names for the principals of a policy. Another account has its number, and its name if known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coffeeshop.account.model import Account
from coffeeshop.policy.language.arn import Arn
from coffeeshop.policy.model import Policy, Principals

ACCOUNT_NUMBER = re.compile(r"\d{12}")


def trusted_names(account: Account, trust: Policy) -> tuple[str, ...]:
    """Return the principals that the Allow statements of a trust policy name, in order, without duplicates."""
    allowing = (
        statement.principals
        for statement in trust.statements
        if statement.effect == "Allow"
    )
    names = (
        name
        for principals in allowing
        if principals
        for name in _names(account, principals)
    )
    return tuple(dict.fromkeys(names)) or ("nobody",)


def _names(account: Account, principals: Principals) -> Iterator[str]:
    """Yield the names of a Principal element. NotPrincipal yields "everyone except …"."""
    named = [principal_name(account, value) for _, value in principals.entries]
    if principals.negated:
        yield f"everyone except {', '.join(named)}"
    else:
        yield from named


def principal_name(account: Account, value: str) -> str:
    """Return a short name for a value of a Principal element, as seen from `account`."""
    if value == "*":
        return "everyone"
    if ACCOUNT_NUMBER.fullmatch(value):
        return account_name(account, value)
    arn = Arn.read(value)
    if arn is None:
        return value
    if arn.resource == "root":
        return account_name(account, arn.account)
    name = arn.resource.removeprefix("oidc-provider/")  # the issuer's address is enough
    if arn.account in ("", account.id):
        return name
    return f"{name} in {account_name(account, arn.account)}"


def account_name(account: Account, number: str) -> str:
    """Return "this account" for `account` itself, otherwise the number and the organization's name for it."""
    if number == account.id:
        return "this account"
    if account.joined_organization:
        member = account.joined_organization.members.get(number)
    else:
        member = None
    if member:
        return f"account {number} ({member.name})"
    return f"account {number}"
