"""Checks of KMS key policies: everybody locked out, a key for everyone, and more than the use of a key.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from coffeeshop.policy.language.conditions import OPERATORS
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Condition, Kind
from coffeeshop.policy.validation.checks.conditions import is_carried_key
from coffeeshop.policy.validation.checks.context import (
    CheckedStatement,
    Occurrence,
    is_all_stars,
    issue_at,
)

_CHANGE_ACTION: Final = "kms:putkeypolicy"
_DELETE_ACTION: Final = "kms:schedulekeydeletion"
_ANYONE: Final = ("AWS", "*")


def is_key_policy(checked_statements: Sequence[CheckedStatement]) -> bool:
    """Return whether a resource-based policy seems to be a KMS key's: each action is of KMS, and it names every resource.

    A key policy is attached to one key, so its Resource is `*`.
    """
    return bool(checked_statements) and all(map(_is_about_own_key, checked_statements))


def _is_about_own_key(checked: CheckedStatement) -> bool:
    """Return whether a statement is about actions of KMS on the resource that has the policy."""
    statement = checked.statement
    resources = statement.resources
    return (
        checked.kind is Kind.RESOURCE
        and not statement.actions.negated
        and all(value.lower().startswith("kms:") for value in statement.actions.values)
        and resources is not None
        and not resources.negated
        and all(map(is_all_stars, resources.values))
    )


def check_lockout(checked_statements: Sequence[CheckedStatement]) -> Iterator[Occurrence]:
    """Yield a key policy that lets nobody change it again.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    if not is_key_policy(checked_statements):
        return
    changing = [each for each in checked_statements if _is_about(each, _CHANGE_ACTION)]
    for checked in changing:
        is_for_all = _names_anyone(checked) and not checked.statement.conditions
        if not checked.allows and is_for_all:
            yield issue_at("key-policy-lockout", checked.path)
            return
    if not any(checked.allows and _can_be_met(checked) for checked in changing):
        yield issue_at("key-policy-lockout", checked_statements[0].path)


def check_wide_access(
    checked_statements: Sequence[CheckedStatement],
) -> Iterator[Occurrence]:
    """Yield a key for everyone, and every action for somebody else than the account.

    https://docs.aws.amazon.com/kms/latest/developerguide/least-privilege.html
    """
    if not is_key_policy(checked_statements):
        return
    for checked in checked_statements:
        if not checked.allows:
            continue
        is_open = _names_anyone(checked) and not checked.statement.conditions
        if is_open:
            yield issue_at("key-policy-public", checked.path)
        elif _is_about(checked, _DELETE_ACTION) and not _is_delegation(checked):
            for action, path in checked.actions_with_paths():
                if is_all_stars(action.partition(":")[2]):
                    yield issue_at("key-policy-full-access", path, action=action)


def _is_about(checked: CheckedStatement, action: str) -> bool:
    """Return whether a statement's actions include one (in lower case)."""
    actions = checked.statement.actions.values
    return any(glob(value.lower())(action) for value in actions)


def _names_anyone(checked: CheckedStatement) -> bool:
    """Return whether a statement is for everyone."""
    principals = checked.statement.principals
    return principals is not None and (principals.negated or _ANYONE in principals.entries)


def _is_delegation(checked: CheckedStatement) -> bool:
    """Return whether a statement only lets an account's own policies decide."""
    principals = checked.statement.principals
    if principals is None or principals.negated:
        return False
    names = [value for _, value in principals.entries]
    return all(value.endswith(":root") or value.isdigit() for value in names)


def is_key_delegation(checked: CheckedStatement) -> bool:
    """Return whether a statement lets an account's policies decide who changes a KMS key.

    AWS puts one into each new key's policy. Without any, nobody may be able to change it.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    is_about_policy = _is_about_own_key(checked) and _is_about(checked, _CHANGE_ACTION)
    return checked.allows and is_about_policy and _is_delegation(checked)


def _can_be_met(checked: CheckedStatement) -> bool:
    """Return whether a request to change the key policy carries each key that the conditions need."""
    return all(
        is_carried_key(condition.key, _CHANGE_ACTION)
        for condition in checked.statement.conditions
        if _needs_key(condition)
    )


def _needs_key(condition: Condition) -> bool:
    """Return whether a condition fails for a request that lacks its key."""
    if condition.operator == "Null":
        return "false" in condition.values
    fits_missing_key = condition.if_exists or condition.quantifier == "ForAllValues"
    is_negated = OPERATORS[condition.operator].negated
    return not fits_missing_key and not (is_negated and not condition.quantifier)


CHECKS: Final = (check_lockout, check_wide_access)
