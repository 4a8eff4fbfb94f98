"""Find the actions and resources of a statement that don't fit together, such as s3:ListBucket on a bucket's objects."""

from __future__ import annotations

from typing import NamedTuple

from coffeeshop.policy import catalog
from coffeeshop.policy.catalog import ResourceType
from coffeeshop.policy.catalog.arn_formats import (
    action_resource_types,
    acts_on,
    fits_format,
)
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


class IdlePart(NamedTuple):
    """The actions of a pattern that act on none of a statement's resources.

    `example` is one of them that readers are likely to know. The pattern matches `total` actions. `kind` is what the example acts on.
    """

    names: frozenset[str]
    example: str
    kind: ResourceType
    total: int


def idle_part(
    action: str, statement: Statement, also_covered: frozenset[str] = frozenset()
) -> IdlePart | None:
    """Return the actions of a pattern that act on none of a statement's resources.

    Return None if they are too few to matter. A wildcard always matches some actions on other things.
    So idle actions matter only if they are at least half of the pattern's actions, or if at least a
    fifth act on a type of resource that contains a named one or is in it (a bucket and its objects).
    For that, actions on no particular resource aren't counted, though they are returned: they need
    the resource "*". Actions in `also_covered`, which another statement covers, aren't returned.
    """
    resources = statement.resources
    is_open = not action.partition(":")[0].strip("*?") or "*" in action.partition(":")[0]
    if resources is None or resources.negated or statement.actions.negated or is_open:
        return None
    names = catalog.expand_pattern(action)
    kinds_by_name = {name: action_resource_types(name) for name in names}
    placed_names = [name for name, kinds in kinds_by_name.items() if kinds]
    idle_names = [
        name
        for name in placed_names
        if not any(acts_on(name, resource) for resource in resources.values)
    ]
    named_kinds = {
        kind
        for name in placed_names
        for kind in kinds_by_name[name]
        if any(fits_format(resource, kind.arn) for resource in resources.values)
    }
    near_names = [
        name
        for name in idle_names
        if any(
            _is_within(kind, named_kind)
            for kind in kinds_by_name[name]
            for named_kind in named_kinds
        )
    ]
    shown_names = [name for name in near_names or idle_names if name not in also_covered]
    matters = 2 * len(idle_names) >= len(placed_names) or 5 * len(near_names) >= len(
        placed_names
    )
    if not named_kinds or not shown_names or not matters:
        return None
    example = min(
        shown_names, key=lambda name: (not catalog.describe_action(name), len(name), name)
    )
    example_kinds = kinds_by_name[example]
    kind = next(
        (
            kind
            for kind in example_kinds
            if any(_is_within(kind, named_kind) for named_kind in named_kinds)
        ),
        example_kinds[0],
    )
    unplaced_names = [name for name, kinds in kinds_by_name.items() if not kinds]
    names_without_effect = frozenset((*idle_names, *unplaced_names)) - also_covered
    return IdlePart(names_without_effect, example, kind, len(names))


def _is_within(first: ResourceType, second: ResourceType) -> bool:
    """Tell whether one type of resource is in the other, as an object is in a bucket."""
    shorter, longer = sorted((first.arn, second.arn), key=len)
    return longer.startswith((f"{shorter}/", f"{shorter}:"))
