"""Find the actions and resources of a statement that don't fit together, such as s3:ListBucket on a bucket's objects."""

from __future__ import annotations

from typing import NamedTuple

from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.arn_formats import fits_format
from coffeeshop.policy.model import Statement, Values


class UnfitWords(NamedTuple):
    """The words of a statement without effect.

    `actions` act on none of the resources. `resources` are those on which no action acts, unless
    no resource has one.
    """

    actions: Values
    resources: Values


def unfit_words(statement: Statement) -> UnfitWords:
    """Return the actions and the resources of a statement that don't fit together.

    An unknown action counts as the one that was probably meant. It isn't unfit itself.
    """
    resources = statement.resources
    actions = statement.actions
    if resources is None or resources.negated or actions.negated:
        return UnfitWords((), ())
    if any(not action.strip("*") for action in actions.values):
        return UnfitWords((), ())
    unfit_actions: list[str] = []
    idle_resources = set(resources.values)
    for action in actions.values:
        names = catalog.expand_pattern(action)
        fit_resources = resources_acted_on(action, resources.values)
        idle_resources -= fit_resources
        if names and not fit_resources:
            unfit_actions.append(action)
    if len(idle_resources) == len({*resources.values}):
        return UnfitWords(tuple(unfit_actions), ())
    return UnfitWords(
        tuple(unfit_actions),
        tuple(resource for resource in resources.values if resource in idle_resources),
    )


def resources_acted_on(action: str, resources: Values) -> frozenset[str]:
    """Return the resources of a statement on which an action, or one that its pattern matches, can act."""
    names = catalog.expand_pattern(action) or (catalog.suggest_action(action),)
    formats = frozenset[str]().union(*map(catalog.resource_arn_formats, names))
    return frozenset(
        resource
        for resource in resources
        if not resource.strip("*") or any(fits_format(resource, arn) for arn in formats)
    )
