"""Policy -> JSON text, in one canonical form; and an operator as policies write it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json

from coffeeshop.policy.model import Condition, Policy, Principals, Statement, Values


def dumps(policy: Policy) -> str:
    """Return the policy as canonical JSON: elements in AWS's order, a single value without
    a list.
    """
    document = {
        "Version": policy.version,
        "Statement": [_statement_document(statement) for statement in policy.statements],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _statement_document(statement: Statement) -> dict[str, object]:
    principals = statement.principals
    resources = statement.resources
    printed: dict[str, object] = {"Sid": statement.sid} if statement.sid else {}
    printed["Effect"] = statement.effect
    if principals is not None:
        printed["NotPrincipal" if principals.negated else "Principal"] = (
            _principals_document(principals)
        )
    printed["NotAction" if statement.actions.negated else "Action"] = _one_or_list(
        statement.actions.values
    )
    if resources is not None:
        printed["NotResource" if resources.negated else "Resource"] = _one_or_list(
            resources.values
        )
    conditions: dict[str, dict[str, object]] = {}
    for condition in statement.conditions:
        conditions.setdefault(operator_text(condition), {})[condition.key] = _one_or_list(
            condition.values
        )
    if conditions:
        return {**printed, "Condition": conditions}
    return printed


def operator_text(condition: Condition) -> str:
    """Return the operator as policies write it: `ForAnyValue:StringLikeIfExists`."""
    colon = ":" if condition.quantifier else ""
    return f"{condition.quantifier}{colon}{condition.operator}{'IfExists' if condition.if_exists else ''}"


def _one_or_list(values: Values) -> str | list[str]:
    """Return a single value as it is, several as a list."""
    return values[0] if len(values) == 1 else list(values)


def _principals_document(principals: Principals) -> object:
    if principals.entries == (("AWS", "*"),):
        return "*"
    grouped: dict[str, list[str]] = {}
    for kind, value in principals.entries:
        grouped.setdefault(kind, []).append(value)
    return {kind: _one_or_list(tuple(values)) for kind, values in grouped.items()}
