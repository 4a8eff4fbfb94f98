"""Find the one user or role that a statement names: as its principal, by a session's name, or by a
condition on the caller.

A policy that names one person has to be changed when someone else takes over their job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.practice.in_force import is_administrator
from coffeeshop.lessons.model import Play
from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.model import Condition, Statement

Asker: TypeAlias = User | Role


def user_named_by(play: Play, statement: Statement) -> str:
    """Return the name of the user that a statement favours by name, or "" if there is none.

    An Allow favours whom its Principal or a condition names. A Deny favours whom its NotPrincipal or
    a negated condition exempts. Administrators don't count, because they have full access anyway.
    """
    account = play.account
    is_deny = statement.effect == "Deny"
    principals = statement.principals
    ordinary_users = [
        user for user in account.users.values() if not is_administrator(play, user)
    ]
    ordinary_users.sort(key=lambda user: user.created)
    # The principals of a Deny are refused; those of a NotPrincipal are exempt.
    if principals and (principals.negated or not is_deny):
        for _, value in principals.entries:
            for user in ordinary_users:
                if value in (user.id, account.arn(user)):
                    return user.name
    for condition, value in asker_conditions(statement):
        is_negated = OPERATORS[condition.operator].negated
        if is_negated is not is_deny:
            continue
        for user in ordinary_users:
            if singles_out(condition, value, account, user):
                return user.name
    return ""


def future_name_in(account: Account, statement: Statement) -> str:
    """Return a user name that a condition asks for and no user has yet, or "".

    A group's policy that depends on such a name is a policy for one person.
    """
    users = tuple(account.users.values())
    for condition, value in asker_conditions(statement) if users else ():
        key = condition.key.lower()
        fits = OPERATORS[condition.operator].test
        matches_somebody = any(
            fits(_asker_keys(account, user)[key], value) for user in users
        )
        if "$" in value or matches_somebody:
            continue
        if singles_out(condition, value, account, _user_matching(users[0], value)):
            return value.rpartition("/")[2].rpartition(":")[2]
    return ""


def _user_matching(user: User, pattern: str) -> User:
    """Return the user as if they had a name and path that the pattern matches, with a letter for
    each wildcard.
    """
    above, _, name = pattern.replace("*", "x").replace("?", "x").rpartition("/")
    return replace(user, name=name, path=f"{above.partition(':user')[2]}/")


def names_asker(statement: Statement, account: Account, asker: Asker) -> bool:
    """Tell whether an Allow is for this user or role by name."""
    if is_principal(statement, account, asker):
        return True
    return any(
        not OPERATORS[condition.operator].negated
        and singles_out(condition, value, account, asker)
        for condition, value in asker_conditions(statement)
    )


def is_principal(statement: Statement, account: Account, asker: Asker) -> bool:
    """Tell whether a statement's principal is this user or role, or a session in the role."""
    if statement.principals and not statement.principals.negated:
        entries = statement.principals.entries
    else:
        entries = ()
    if isinstance(asker, Role):
        session = ids.arn(account, "assumed-role", f"{asker.name}/")
    else:
        session = ""
    themselves = (asker.id, account.arn(asker))
    return any(
        value in themselves or (session and value.startswith(session))
        for _, value in entries
    )


def singles_out(condition: Condition, value: str, account: Account, user: Asker) -> bool:
    """Tell whether a value of a condition matches this user or role by name.

    To find out, the value is also tried on the same entity under an impossible name ("=").
    If it matches that too, such as a whole path, it names nobody.
    """
    nameless = replace(user, name="=", id=f"{user.id[:4]}=")
    key = condition.key.lower()
    fits = OPERATORS[condition.operator].test
    own_value = _asker_keys(account, user)[key]
    nameless_value = _asker_keys(account, nameless)[key]
    return fits(own_value, value) and not fits(nameless_value, value)


# Who asks is known by these keys: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
CALLER_KEYS = ("aws:username", "aws:userid", "aws:principalarn")


def _asker_keys(account: Account, asker: Asker) -> Mapping[str, str]:
    """Return the values of the context keys that tell who asks, for a user or a role.

    A role has no user name, and its id is only the start of a session's id.
    """
    user = isinstance(asker, User)
    if user:
        name_and_id = (asker.name, asker.id)
    else:
        name_and_id = ("", f"{asker.id}:")
    return dict(zip(CALLER_KEYS, (*name_and_id, account.arn(asker)), strict=True))


def asker_conditions(statement: Statement) -> Iterator[tuple[Condition, str]]:
    """Yield the conditions on who asks, with each of their values."""
    for condition in statement.conditions:
        if condition.key.lower() in CALLER_KEYS:
            yield from ((condition, value) for value in condition.values)


def named_sessions(statement: Statement) -> Iterator[tuple[str, str]]:
    """Yield the values that name a role session, each with that name, which may have
    wildcards.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    principals = statement.principals
    resources = statement.resources
    if principals:
        named = [value for _, value in principals.entries]
    else:
        named = []
    named += resources.values if resources else ()
    for condition in statement.conditions:
        named += condition.values
        key = condition.key.lower().rpartition(":")[2]
        for value in condition.values:
            if key == "rolesessionname":
                yield value, value
            elif key == "userid" and ":" in value:
                yield value, value.rpartition(":")[2]
    for value in named:
        role, _, session = value.partition(":assumed-role/")[2].rpartition("/")
        if role:
            yield value, session
