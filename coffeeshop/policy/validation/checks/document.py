"""Check a policy as a whole: its size, and statements without effect, which `policy.comparison.compare` finds
exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from coffeeshop.policy.comparison.budgets import Steps
from coffeeshop.policy.model import Element, Kind, Policy, Standing, Statement
from coffeeshop.policy.validation.checks.context import (
    CheckedStatement,
    Occurrence,
    is_all_stars,
    issue_at,
)

# Characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
SIZE_QUOTAS: Final = {
    Kind.IDENTITY: ("identity", 6144),
    Kind.BOUNDARY: ("identity", 6144),
    Kind.SESSION: ("identity", 2048),
    Kind.TRUST: ("resource", 2048),
    Kind.RESOURCE: ("resource", 20480),
    Kind.SCP: ("scp", 5120),
    Kind.RCP: ("scp", 5120),
}
_ALLOW_EVERYTHING: Final = Statement("Allow", Element(("*",)), Element(("*",)))
_MAX_COMPARED_STATEMENTS: Final = (
    40  # statements of one document that are compared, each with the rest
)
_MAX_COMPARED_VALUES: Final = 400  # values in those statements, at most
# Steps of all these comparisons together. An issue that isn't proven by then is not reported.
_MAX_COMPARISON_STEPS: Final = 1_000_000
# The largest quota of any policy: a larger document is not checked further.
MAX_DOCUMENT_LENGTH: Final = 20480


def check_size(checked_statements: Sequence[CheckedStatement]) -> Iterator[Occurrence]:
    """Yield a document that is over its quota, or near it."""
    for first in checked_statements[:1]:
        name, quota = SIZE_QUOTAS[first.kind]
        count = document_length(first.policy)
        if count > quota:
            yield issue_at(f"size-exceeds-{name}-quota", "", size=count, quota=quota)
        elif count * 10 > quota * 9:
            yield issue_at("size-near-quota", "", size=count, quota=quota)


def document_length(policy: Policy) -> int:
    """Return the number of characters without white space, as AWS counts."""
    return len(re.sub(r"\s", "", policy.text))


def check_everything_statements(
    checked_statements: Sequence[CheckedStatement],
) -> Iterator[Occurrence]:
    """Yield statements that allow everything or deny everything."""
    for checked in checked_statements:
        statement, resources = checked.statement, checked.statement.resources
        has_everything = any(map(is_all_stars, statement.actions.values)) and (
            resources is None or any(map(is_all_stars, resources.values))
        )
        plain = (
            not statement.conditions
            and not statement.actions.negated
            and not (resources and resources.negated)
        )
        if has_everything and plain and checked.kind in (Kind.IDENTITY, Kind.SESSION):
            yield issue_at(
                "admin-access" if checked.allows else "blanket-deny", checked.path
            )


def check_idle_statements(
    checked_statements: Sequence[CheckedStatement],
) -> Iterator[Occurrence]:
    """Yield statements that have no effect: no request matches them, a Deny overrides them,
    or the others cover them.

    Only statements about the same principals are compared with one another.
    """
    audience = sorted(
        checked_statements, key=lambda checked: repr(checked.statement.principals)
    )
    for _, group in groupby(audience, key=lambda checked: checked.statement.principals):
        members = sorted(group, key=lambda checked: checked.path)
        if (
            len(members) <= _MAX_COMPARED_STATEMENTS
            and sum(_count_values(checked.statement) for checked in members)
            <= _MAX_COMPARED_VALUES
        ):
            yield from _idle_statements(members)


def _count_values(statement: Statement) -> int:
    """Return how many actions, resources and condition values a statement lists."""
    if statement.resources:
        resources = len(statement.resources.values)
    else:
        resources = 0
    return (
        len(statement.actions.values)
        + resources
        + sum(len(condition.values) for condition in statement.conditions)
    )


def _idle_statements(statements: list[CheckedStatement]) -> Iterator[Occurrence]:
    """Yield an issue for each statement that changes nothing beside the others, from the last to the first.

    So of two equal statements, the later is the redundant one.
    """
    remaining = [_without_principals(checked.statement) for checked in statements]
    steps = Steps(_MAX_COMPARISON_STEPS)
    for number, checked in reversed(list(enumerate(statements))):
        statement = remaining[number]
        rest = remaining[:number] + remaining[number + 1 :]
        # Each statement that is still to be compared may use the same share of the steps.
        with steps.at_most(steps.remaining // (number + 1)):
            issue_code = _idle_issue_code(statement, rest, checked.policy.version, steps)
        if issue_code:
            yield issue_at(issue_code, checked.path)
            remaining = rest


def _without_principals(statement: Statement) -> Statement:
    """Return the statement as one of an identity policy."""
    return replace(
        statement, principals=None, resources=statement.resources or Element(("*",))
    )


def _idle_issue_code(
    statement: Statement, rest: list[Statement], version: str, steps: Steps
) -> str:
    """Return the issue of a statement that has no effect beside the others, or "" if none is proven."""
    # Once something is compared, and not before.
    from coffeeshop.policy.comparison.compare import excesses
    from coffeeshop.policy.comparison.domain import Domain

    def is_included(new: Sequence[Statement], old: Sequence[Statement]) -> bool:
        """Return whether a comparison proves that `old` allows everything that `new` allows."""
        differences = excesses(
            _standing_of(new, version),
            _standing_of(old, version),
            Domain.open_domain(),
            steps,
        )
        return next(differences, None) is None

    denies = [
        statement_of_rest
        for statement_of_rest in rest
        if statement_of_rest.effect == "Deny"
    ]
    if statement.effect == "Deny":
        if is_included([_ALLOW_EVERYTHING], [_ALLOW_EVERYTHING, statement]):
            return "dead-statement"
        if is_included(
            [_ALLOW_EVERYTHING, *denies], [_ALLOW_EVERYTHING, *denies, statement]
        ):
            return "redundant-statement"
        return ""
    if is_included([statement], []):
        return "dead-statement"
    if is_included([statement, *denies], []):
        return "shadowed-statement"
    if is_included([*rest, statement], rest):
        return "redundant-statement"
    return ""


def _standing_of(statements: Sequence[Statement], version: str) -> Standing:
    """Return a standing whose only policy has these statements, to compare them."""
    return Standing.of(Policy(tuple(statements), version=version))


CHECKS: Final = (check_everything_statements, check_idle_statements)
