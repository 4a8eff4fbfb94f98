"""Ask the comparison engine which statements of a resource-based policy let in somebody from outside.

https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from coffeeshop.account import errors
from coffeeshop.account.access.public_access import FIXES_PRINCIPALS
from coffeeshop.policy.comparison.compare import excesses, with_principal
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.comparison.representatives import OTHER_ACCOUNT, OWNER_ACCOUNT
from coffeeshop.policy.model import (
    Condition,
    Element,
    Excess,
    Fixed,
    Policy,
    Principal,
    Principals,
    Standing,
    Statement,
    Undecided,
    Values,
)

MOST_ANSWERS = 100  # differences that one answer looks at
ANYONE = Principals((("AWS", "*"),))
ANY_VALUE = Element(("*",))
POSITIVE_OPERATORS = {  # operator -> the operator that a request meets which has one of the values
    "StringEquals": "StringEquals",
    "StringEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringLike": "StringLike",
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnEquals": "ArnEquals",
    "ArnLike": "ArnLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "IpAddress": "IpAddress",
    "NotIpAddress": "IpAddress",
}


def strangers() -> tuple[Principal, ...]:
    """Return a user of an account that no policy names, and an anonymous caller."""
    user = Principal(
        f"arn:aws:iam::{OTHER_ACCOUNT}:user/someone", OTHER_ACCOUNT, "AIDACKCEVSQ6C2EXAMPLE"
    )
    return user, Principal("anonymous", "", "anonymous", "anonymous")


def denied_with(*conditions: Condition) -> Statement:
    """Return a Deny of everything to everyone under these conditions."""
    return Statement("Deny", ANY_VALUE, ANY_VALUE, ANYONE, conditions)


# A service isn't somebody from outside. Every signed request has this key.
NO_SERVICE: Mapping[str, Fixed] = {"aws:PrincipalIsAWSService": ("false",)}


def fixed_value_denies(policy: Policy) -> Iterator[Statement]:
    """Yield a Deny for each value by which the policy knows somebody, such as an organization's id.

    What is still allowed is public: it's open to somebody who has none of these values.
    """
    for statement in policy.statements:
        for condition in statement.conditions:
            is_fixed = FIXES_PRINCIPALS.get(condition.key.lower())
            operator = POSITIVE_OPERATORS.get(condition.operator)
            if is_fixed is None or operator is None:
                continue
            values = tuple(filter(is_fixed, condition.values))
            if values:
                yield denied_with(Condition(operator, condition.key, values))


def granted_differences(
    policies: Collection[Policy],
    fence: Iterable[Statement],
    principal: Principal,
    actions: Values = (),
) -> Iterator[Excess | Undecided]:
    """Yield what resource-based policies allow a principal outside of a fence. With `actions`, only these count."""
    shut = Policy(tuple(fence), name="the zone of trust")
    other_actions = Policy(())
    if actions:
        allow_all = Statement("Allow", ANY_VALUE, ANY_VALUE, ANYONE)
        deny_these = Statement("Deny", Element(actions), ANY_VALUE, ANYONE)
        other_actions = Policy((allow_all, deny_these))
    domain = replace(Domain.open_domain(), owner=OWNER_ACCOUNT, asked=actions)
    yield from excesses(
        _standing_of(principal, *policies, shut),
        _standing_of(principal, other_actions),
        domain,
    )


def _standing_of(principal: Principal, *policies: Policy) -> Standing:
    """Return the standing of a principal under resource-based policies."""
    standing = replace(Standing.of(*policies), fixed=NO_SERVICE)
    return with_principal(standing, principal)


def public_statements(policy: Policy) -> set[int]:
    """Return the numbers of the statements that let anyone in. Raise UnprocessableEntityException
    if that can't be decided.
    """
    fence = tuple(fixed_value_denies(policy))
    numbers = set[int]()
    for principal in strangers():
        answers = granted_differences((policy,), fence, principal)
        numbers |= statement_numbers(policy, answers)
    return numbers


def statement_numbers(policy: Policy, answers: Iterable[Excess | Undecided]) -> set[int]:
    """Return the numbers of the statements that differences are about. Raise
    UnprocessableEntityException if there is only doubt.
    """
    first_answers = list(islice(answers, MOST_ANSWERS))
    proven = [each for each in first_answers if isinstance(each, Excess)]
    if first_answers and not proven:
        raise too_complex()
    return {policy.statements.index(excess.by.statement) for excess in proven}


def too_complex() -> errors.ServiceError:
    """Return the refusal of policies that are too complex to compare."""
    text = "The policies are too complex to be compared."  # uncertain
    return errors.ServiceError("UnprocessableEntityException", text, 422)
