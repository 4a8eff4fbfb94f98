"""Filters of findings: a criterion for each property.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-filter-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.services.access_analyzer.lookups import validation_exception
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Values

FILTER_PROPERTIES = {
    *("id", "resource", "resourceType", "resourceOwnerAccount", "status", "error"),
    *("isPublic", "action", "findingType", "createdAt", "updatedAt", "analyzedAt"),
    *("principal.AWS", "principal.Federated", "resourceControlPolicyRestriction"),
}
CONDITION_PREFIX = "condition."
FILTER_OPERATORS = ("eq", "neq", "contains", "exists")


def check_criteria(criteria: Mapping[str, Json]) -> None:
    """Raise ValidationException unless every criterion is about a property, with an operator."""
    for name, criterion in criteria.items():
        if name not in FILTER_PROPERTIES and not name.startswith(CONDITION_PREFIX):
            raise validation_exception(f"Invalid filter criteria: {name}")  # uncertain
        if not isinstance(criterion, Mapping) or not criterion:
            raise validation_exception(f"No operator for {name}")  # uncertain


def meets_criteria(properties: Mapping[str, Values], criteria: Mapping[str, Json]) -> bool:
    """Return whether a finding meets every criterion. Of several values, one is enough."""
    return all(
        _meets_criterion(properties.get(name, ()), criterion)
        for name, criterion in criteria.items()
    )


def _meets_criterion(values: Values, criterion: Json) -> bool:
    """Return whether the values of a property meet a criterion."""
    if not isinstance(criterion, Mapping):
        return False
    wanted = {name: _texts(criterion[name]) for name in criterion}
    if "exists" in criterion and bool(values) != criterion["exists"]:
        return False
    if "eq" in wanted and not set(values) & set(wanted["eq"]):
        return False
    if "neq" in wanted and set(values) & set(wanted["neq"]):
        return False
    return "contains" not in wanted or any(
        text in value for value in values for text in wanted["contains"]
    )


def _texts(value: Json) -> Values:
    """Return a criterion's values, none for `exists`."""
    return tuple(map(str, value)) if isinstance(value, tuple) else ()
