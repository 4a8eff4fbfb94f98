"""Read a document that AWS has accepted, even if our grammar would refuse it.

AWS's grammar has changed over the years, AWS's managed policies don't follow it, and tools that imitate AWS check little. A
statement that can't be understood is never dropped. It stays in its place, names the unclear part, and counts on the safe
side, so that no access is reported that AWS may deny:

- An Allow allows nothing.
- A Deny, or a statement that may be one, denies as much as possible. An element that can't be read is everything. Conditions
  that can't be read are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from coffeeshop.policy.language.parse import GRAMMARS, MalformedPolicy, attempt_parse
from coffeeshop.policy.model import (
    Element,
    Kind,
    Level,
    Place,
    Policy,
    Principals,
    Problem,
    Statement,
)

# Faults that AWS refuses in a new document, although the meaning of the statement is clear.
FORM_ISSUES: Final = frozenset(
    """
    bad-sid duplicate-sid iam-path iam-region bad-partition bad-resource-vendor trust-action rcp-principal
    """.split()  # noqa: SIM905  a list of quoted words reads worse
)
_STATEMENT_PATTERN: Final = re.compile(r"Statement\[(\d+)\]")
ANY_VALUE: Final = Element(("*",))
EVERYBODY: Final = Principals((("AWS", "*"),))


def parse_stored(
    text: str | bytes, kind: Kind = Kind.IDENTITY, name: str = ""
) -> tuple[Policy, tuple[Problem, ...]]:
    """Return the policy, and every problem that leaves something of it unclear, in the order of the text.

    >>> document = '{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Odd": {"a": "b"}}}}'
    >>> policy, problems = parse_stored(document)
    >>> policy.statements[0].conditions, policy.statements[0].unclear
    ((), 'unknown operator `Odd`')
    """
    policy, problems = attempt_parse(text, kind, name)
    faults = [
        problem
        for problem in problems
        if problem.level is Level.ERROR and problem.code not in FORM_ISSUES
    ]
    if policy is None:
        if isinstance(text, str):
            written = text
        else:
            written = text.decode(errors="replace")
        return Policy((_deny_everything(kind, faults[0]),), written, name), tuple(faults)
    faults_by_statement: dict[int | None, list[Problem]] = {}
    for fault in faults:
        faults_by_statement.setdefault(statement_number(fault), []).append(fault)
    around = faults_by_statement.get(None, [])
    statements = (
        _safe_statement(s, [*faults_by_statement.get(number, ()), *around])
        for number, s in enumerate(policy.statements)
    )
    return replace(policy, statements=tuple(statements)), tuple(faults)


def parse_comparable(
    text: str | bytes, kind: Kind = Kind.IDENTITY, name: str = ""
) -> Policy:
    """Return a policy that AWS's policy checks accept, even if IAM would refuse to store it.

    They accept a Region in the ARN of an IAM resource, and `"Federated": "*"`. Raise MalformedPolicy for other errors.
    Source: aws-samples/iam-access-analyzer-custom-policy-check-samples, where Access Analyzer answers for both.
    """
    policy, problems = attempt_parse(text, kind, name)
    errors = [
        problem
        for problem in problems
        if problem.level is Level.ERROR and not _is_comparable(problem)
    ]
    if policy is None or errors:
        raise MalformedPolicy(errors)
    return policy


def _is_comparable(problem: Problem) -> bool:
    """Tell whether a fault leaves the meaning of a policy clear."""
    if problem.code == "bad-principal":
        return problem.text.startswith("`*` isn't a Federated")
    return problem.code in FORM_ISSUES


def statement_number(fault: Problem) -> int | None:
    """Return the number of the statement with a problem, from 0, or None if the problem is outside of statements."""
    match = _STATEMENT_PATTERN.match(fault.place.path)
    return int(match[1]) if match else None


def unclear_statements(problems: Iterable[Problem]) -> set[int | None]:
    """Return the numbers of the statements whose meaning an error leaves unclear.

    None stands for an error outside the statements.
    """
    return {
        statement_number(problem)
        for problem in problems
        if problem.level is Level.ERROR and problem.code not in FORM_ISSUES
    }


def _deny_everything(kind: Kind, fault: Problem) -> Statement:
    """Return the Deny that replaces a text that can't be read at all."""
    principal, resource = GRAMMARS[kind]
    principals = EVERYBODY if principal else None
    resources = ANY_VALUE if resource else None
    return Statement(
        "Deny", ANY_VALUE, resources, principals, place=Place(), unclear=fault.text
    )


def _safe_statement(statement: Statement, faults: Sequence[Problem]) -> Statement:
    """Return the statement without its faults, so that it allows no more than was meant.

    An Allow with a fault allows nothing. A Deny denies at least what was meant: an element with a fault
    matches everything, and conditions with a fault are left out.
    """
    if not faults:
        return statement
    if statement.effect == "Allow":
        return replace(statement, actions=Element(()), unclear=faults[0].text)

    def is_faulty(element: str) -> bool:
        heads = tuple(f"{statement.place.path}.{no}{element}" for no in ("", "Not"))
        return any(fault.place.path.startswith(heads) for fault in faults)

    actions = statement.actions
    if not actions.values or is_faulty("Action"):
        actions = ANY_VALUE
    resources = statement.resources
    if resources is not None and (not resources.values or is_faulty("Resource")):
        resources = ANY_VALUE
    principals = statement.principals
    if principals is not None and (not principals.entries or is_faulty("Principal")):
        principals = EVERYBODY
    conditions = statement.conditions
    if is_faulty("Condition"):
        conditions = ()
    return replace(
        statement,
        actions=actions,
        resources=resources,
        principals=principals,
        conditions=conditions,
        unclear=faults[0].text,
    )
