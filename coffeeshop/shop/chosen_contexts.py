"""List the request values that callers can choose, as the policies that apply to them ask.

A caller chooses the boundary of a new user, the tags on a request, or a prefix. A caller can't choose the time, the
MFA code or the tags of a principal or a resource.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from msgspec import Struct

from coffeeshop.policy.catalog.asked_together import key_template, sent_keys
from coffeeshop.policy.language.patterns import has_wildcard
from coffeeshop.policy.language.variables import resolve_variables
from coffeeshop.policy.model import Condition, Standing, Values

MAX_CONTEXTS = 8  # at most this many contexts of one standing are tried
CALLER_CHOSEN_KEYS = re.compile(
    r"iam:(permissionsboundary|policyarn|passedtoservice|awsservicename)$"
    r"|aws:(requesttag/.*|tagkeys)$"
    r"|s3:(prefix|delimiter|max-keys|requestobjecttag/.*|x-amz-(acl|server-side-encryption|storage-class))$"
    r"|dynamodb:(leadingkeys|attributes|select)$",
    re.IGNORECASE,
)
REQUEST_TAG_PREFIX = "aws:requesttag/"


EXTERNAL_ID = "sts:externalid"  # whoever knows it can send it
SESSION_CLAIMS = (EXTERNAL_ID, "sts:rolesessionname", "sts:sourceidentity")


def is_chosen(key: str) -> bool:
    """Return whether callers choose the value of a condition key themselves, such as a request tag.

    An external id counts, because a caller who knows it can send it.
    """
    return bool(CALLER_CHOSEN_KEYS.match(key)) or key.lower() == EXTERNAL_ID


class ChosenContext(Struct, frozen=True):
    """The values that a caller sends for condition keys."""

    context: Mapping[str, Values]

    def fits(self, action: str) -> bool:
        """Return whether AWS sends all these condition keys with an action. Otherwise the values can't be chosen for it."""
        if not self.context:
            return True
        carried = {*map(key_template, sent_keys(action))}
        return all(key_template(key) in carried for key in self.context)


NO_CHOSEN_VALUES = ChosenContext({})


def chosen_contexts(
    standing: Standing, knows_external_ids: bool = False, makes_claims: bool = False
) -> tuple[ChosenContext, ...]:
    """Return the combinations of caller-chosen values that a standing's Allow statements ask for, or its Deny statements exempt.

    At most MAX_CONTEXTS are returned, each once. `knows_external_ids`: the caller sends the external ID that a trust
    policy asks for. `makes_claims`: the caller chooses a session's name and source identity, and an external ID where
    a pattern with a wildcard accepts many.
    """
    claimed_keys = {*SESSION_CLAIMS} if makes_claims else set[str]()
    if knows_external_ids:
        claimed_keys.add(EXTERNAL_ID)
    combinations: dict[tuple[tuple[str, Values], ...], None] = {}
    for conditions in _met_conditions(standing):
        if not knows_external_ids:
            conditions = tuple(map(_without_exact_ids, conditions))
        values_by_name = dict(_chosen_values(conditions, standing, claimed_keys))
        if values_by_name:
            combinations[tuple(values_by_name.items())] = None
    return tuple(ChosenContext(dict(items)) for items in list(combinations)[:MAX_CONTEXTS])


def _met_conditions(standing: Standing) -> Iterator[tuple[Condition, ...]]:
    """Yield the conditions that a caller meets to be allowed: of an Allow, what a Deny exempts, and both together."""
    allowing = tuple(_conditions(standing))
    exempting = [
        exemption
        for denied in _conditions(standing, "Deny")
        if (exemption := _exemption(denied))
    ]
    yield from (*allowing, *exempting)
    yield from (
        (*conditions, *exemption) for conditions in allowing for exemption in exempting
    )


def _exemption(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Return the conditions by which a request escapes a Deny of all other values: what is denied `StringNotEquals` is chosen."""
    return tuple(
        replace(condition, operator=condition.operator.replace("Not", "", 1))
        for condition in conditions
        if "Not" in condition.operator and CALLER_CHOSEN_KEYS.match(condition.key)
    )


def _without_exact_ids(condition: Condition) -> Condition:
    """Return a condition on external IDs with only the patterns that someone who knows no ID can match."""
    if condition.key.lower() != EXTERNAL_ID:
        return condition
    return replace(condition, values=tuple(filter(has_wildcard, condition.values)))


def names_one_external_id(standing: Standing) -> bool:
    """Return whether the Allow statements of a standing accept just one external ID."""
    id_conditions = [
        condition
        for conditions in _conditions(standing)
        for condition in conditions
        if condition.key.lower() == EXTERNAL_ID
    ]
    values = {value for condition in id_conditions for value in condition.values}
    is_exact = all(
        condition.operator == "StringEquals"
        or (
            condition.operator == "StringLike"
            and not any(map(has_wildcard, condition.values))
        )
        for condition in id_conditions
    )
    return is_exact and len(values) == 1


def _conditions(
    standing: Standing, effect: str = "Allow"
) -> Iterator[tuple[Condition, ...]]:
    """Yield the conditions of each statement of an effect that has conditions."""
    for layer in standing.layers:
        for policy in layer.policies:
            yield from (
                s.conditions
                for s in policy.statements
                if s.effect == effect and s.conditions
            )


def _chosen_values(
    conditions: tuple[Condition, ...], standing: Standing, claimed_keys: Container[str]
) -> Iterator[tuple[str, Values]]:
    """Yield each caller-chosen key with a value that meets its condition. Request tags also give `aws:TagKeys`.

    Wildcards in the condition's value become "x". Negated operators are left out, as a caller meets
    them by sending nothing.
    """
    fixed = {
        key.lower(): values
        for key, values in standing.fixed.items()
        if isinstance(values, tuple)
    }
    tags: list[str] = []
    for condition in conditions:
        is_claim = condition.key.lower() in claimed_keys and bool(condition.values)
        if (
            (is_claim or CALLER_CHOSEN_KEYS.match(condition.key))
            and condition.operator != "Null"
            and "Not" not in condition.operator
        ):
            if condition.values:
                pattern = resolve_variables(condition.values[0], fixed)
            else:
                pattern = None
            value = (pattern or "").replace("*", "x").replace("?", "x")
            yield condition.key, (value,)
            if condition.key.lower().startswith(REQUEST_TAG_PREFIX):
                tags.append(condition.key[len(REQUEST_TAG_PREFIX) :])
    if tags:
        yield "aws:TagKeys", tuple(tags)
