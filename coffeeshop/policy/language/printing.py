"""Write a policy as JSON in one canonical form, and an operator as policies write it.

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
    """Return a statement as JSON, with its elements in the order of AWS's guide."""
    principals = statement.principals
    actions = statement.actions
    resources = statement.resources
    printed: dict[str, object] = {}
    if statement.sid:
        printed["Sid"] = statement.sid
    printed["Effect"] = statement.effect
    if principals is not None:
        name = _element_name("Principal", principals.negated)
        printed[name] = _principals_document(principals)
    printed[_element_name("Action", actions.negated)] = _one_or_list(actions.values)
    if resources is not None:
        name = _element_name("Resource", resources.negated)
        printed[name] = _one_or_list(resources.values)
    conditions: dict[str, dict[str, object]] = {}
    for condition in statement.conditions:
        block = conditions.setdefault(operator_text(condition), {})
        block[condition.key] = _one_or_list(condition.values)
    if conditions:
        printed["Condition"] = conditions
    return printed


def _element_name(name: str, negated: bool) -> str:
    """Return the name under which an element is printed, with Not before it if it is negated."""
    if negated:
        return f"Not{name}"
    return name


def operator_text(condition: Condition) -> str:
    """Return the operator as policies write it: `ForAnyValue:StringLikeIfExists`."""
    text = condition.operator
    if condition.quantifier:
        text = f"{condition.quantifier}:{text}"
    if condition.if_exists:
        text = f"{text}IfExists"
    return text


def _one_or_list(values: Values) -> str | list[str]:
    """Return a single value as it is, several as a list."""
    if len(values) == 1:
        return values[0]
    return list(values)


def _principals_document(principals: Principals) -> object:
    """Return the JSON of a Principal element: "*", or the values by type."""
    if principals.entries == (("AWS", "*"),):
        return "*"
    grouped: dict[str, list[str]] = {}
    for kind, value in principals.entries:
        grouped.setdefault(kind, []).append(value)
    return {kind: _one_or_list(tuple(values)) for kind, values in grouped.items()}
