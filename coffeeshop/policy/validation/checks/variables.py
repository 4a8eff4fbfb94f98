"""Checks of policy variables: `${aws:username}` where it may stand, spelled as it must be, of a key that has one value.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from coffeeshop.policy import catalog
from coffeeshop.policy.evaluation.match import VARIABLES_SINCE
from coffeeshop.policy.language.arn import arn_segments
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.language.variables import variable_names
from coffeeshop.policy.validation.checks.context import (
    CheckedStatement,
    Occurrence,
    ValueAndPath,
    issue_at,
)

_VARIABLE_PATTERN: Final = re.compile(r"\$\{(?![*?$]\})([^}]*)(\}?)")
_DEFAULT_VALUE_PATTERN: Final = re.compile(r"[^,]*(,\s*'[^']*'\s*)?")


def check_variables(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield what is wrong with the policy variables of the statement."""
    places = [
        *_values_without_variables(checked),
        *_resource_values(checked),
        *_condition_values(checked),
    ]
    for (value, path), fault in places:
        if "${" not in value:
            continue
        if checked.policy.version < VARIABLES_SINCE:
            yield issue_at("variable-in-old-version", path, value=value)
        elif fault:
            yield issue_at(fault, path, value=value)
        else:
            yield from _check_spelling(value, path)


def _values_without_variables(
    checked: CheckedStatement,
) -> Iterator[tuple[ValueAndPath, str]]:
    """Yield the values in which variables aren't allowed, with the issue if they have one."""
    principals = checked.statement.principals
    element = f"{checked.path}.Principal"
    if principals and principals.negated:
        element = f"{checked.path}.NotPrincipal"
    named = (
        (value, f"{element}.{type_}")
        for type_, value in (principals.entries if principals else ())
    )
    for at in (*checked.actions_with_paths(), *named):
        yield at, "variable-misplaced"


def _resource_values(checked: CheckedStatement) -> Iterator[tuple[ValueAndPath, str]]:
    """Yield the resources, with an issue if a variable is outside of the sixth part."""
    for value, path in checked.resources_with_paths():
        early = any("${" in part for part in arn_segments(value)[:5])
        yield (value, path), "variable-misplaced" if early else ""


def _condition_values(checked: CheckedStatement) -> Iterator[tuple[ValueAndPath, str]]:
    """Yield the condition values. The grammar refuses variables in all but strings and
    ARNs.
    """
    for condition in checked.statement.conditions:
        for at in checked.values_with_paths(condition):
            yield at, ""


def _check_spelling(value: str, path: str) -> Iterator[Occurrence]:
    """Yield what is wrong with the spelling of each variable in a value."""
    for inner, closed in (match.groups() for match in _VARIABLE_PATTERN.finditer(value)):
        name = inner.partition(",")[0]
        if not closed:
            yield issue_at("variable-brace", path, value=value)
        elif not name.strip():
            yield issue_at("variable-empty", path, value=value)
        elif not _DEFAULT_VALUE_PATTERN.fullmatch(inner):
            yield issue_at("variable-quote", path, value=value)
        elif name != name.strip() or " " in name:
            yield issue_at("variable-space", path, value=value)
        else:
            yield from _check_key(name, value, path)


def _check_key(name: str, value: str, path: str) -> Iterator[Occurrence]:
    """Yield a variable whose key has several values or doesn't exist."""
    catalog_key = catalog.find_condition_key(name)
    if catalog_key and catalog_key.is_multivalued:
        yield issue_at("multivalued-variable", path, key=name, value=value)
    elif not catalog_key and name in variable_names(value):
        near = nearest_name(name, catalog.key_names(name.partition(":")[0]), 3)
        yield issue_at(
            "unknown-variable",
            path,
            key=name,
            value=value,
            mend=f"did you mean `${{{near}}}`?" if near else "",
        )


CHECKS: Final = (check_variables,)
