"""Checks of Action and NotAction: names that mean nothing, and names that mean too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.arn_formats import action_resource_types, acts_on
from coffeeshop.policy.evaluation.authorize import UNDENIABLE_ACTIONS
from coffeeshop.policy.language.patterns import glob, has_wildcard
from coffeeshop.policy.language.spelling import nearest_name
from coffeeshop.policy.validation.checks.context import (
    CheckedStatement,
    Occurrence,
    is_all_stars,
    issue_at,
)
from coffeeshop.policy.validation.checks.keys import is_key_delegation
from coffeeshop.policy.validation.granting import Way, escalation_way

_MAX_PATTERNS: Final = 200  # patterns of one list that are tried on all others
_LOOK_UP: Final = "look it up in the Service Authorization Reference"


def check_unknown_actions(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield services and actions that AWS doesn't have, with a suggestion."""
    for value, path in checked.actions_with_paths():
        prefix = value.partition(":")[0]
        if is_all_stars(prefix):
            continue
        if not catalog.find_service(prefix):
            suggestion = catalog.suggest_action(value)
            yield issue_at(
                "unknown-service",
                path,
                service=prefix,
                mend=f"did you mean `{suggestion}`?" if suggestion else _LOOK_UP,
            )
        elif has_wildcard(value) and not catalog.expand_pattern(value):
            yield issue_at("idle-pattern", path, action=value)
        elif not has_wildcard(value) and not catalog.find_action(value):
            yield issue_at(
                "unknown-action", path, action=value, mend=_suggestion_words(value, checked)
            )


def _suggestion_words(value: str, checked: CheckedStatement) -> str:
    """Return advice about an unknown action: the likely one, why it has another name, and what it acts on."""
    suggestion = catalog.suggest_action(value)
    if not suggestion:
        return _LOOK_UP
    says = [f"did you mean `{suggestion}`?"]
    operation = _matching_operation(value, suggestion)
    if operation:
        says.append(f"It is what the API operation {operation} asks for.")
    description = catalog.aws_description(suggestion)
    if description:
        says.append(f"It lets someone {description}.")
    return " ".join(filter(None, (*says, _resource_advice(suggestion, checked))))


def _matching_operation(value: str, action: str) -> str:
    """Return the API operation that needs this action and is spelled like the value, or ""."""
    service = catalog.find_service(action.partition(":")[0])
    if service:
        operations = [
            name
            for name, action_name in service.api.items()
            if action.endswith(f":{action_name}")
        ]
    else:
        operations = []
    return nearest_name(value.partition(":")[2], operations, 2)


def _resource_advice(action: str, checked: CheckedStatement) -> str:
    """Return the resource that an action acts on: the statement's if it fits, or else its resource types.

    Return "" if the statement's resource is still a blank.
    """
    kinds = action_resource_types(action)
    if not kinds:
        return 'It acts on no particular resource, so its resource is "*"'
    for resource, _ in checked.resources_with_paths():
        for kind in kinds if acts_on(action, resource) else ():
            if not is_all_stars(resource) and kind.name in _RESOURCE_NOTES:
                return f"It acts on {_RESOURCE_NOTES[kind.name]}, so its resource is `{resource}`"
    if not any(checked.resources_with_paths()):
        return ""
    itself = next(
        (_RESOURCE_NOTES[kind.name] for kind in kinds if kind.name in _RESOURCE_NOTES), ""
    )
    if itself:
        return f"It acts on {itself}"
    names = [*dict.fromkeys(f"`{kind.name}`" for kind in kinds)]
    if len(names) == 1:
        return f"It acts on a resource of the type {names[0]}"
    return f"It acts on a resource of one of these types: {', '.join(names)}"


_RESOURCE_NOTES: Final = {
    "bucket": "the bucket itself, not on the objects in it",
    "object": "the objects, not on the bucket",
}


def check_wide_actions(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield an Allow with NotAction, and wildcards in an Allow that grants something."""
    if checked.allows and checked.statement.actions.negated:
        yield issue_at("allow-not-action", checked.action_element)
        return
    is_usual = not checked.grants or is_key_delegation(checked)
    for value, path in () if is_usual else checked.actions_with_paths():
        if has_wildcard(value) and not value.startswith("*"):
            names = catalog.expand_pattern(value)
        else:
            names = ()
        if names:
            yield issue_at(
                "wildcard-action",
                path,
                action=value,
                count=len(names),
                levels=_level_counts(names),
            )


def _level_counts(names: tuple[str, ...]) -> str:
    """Return how many of the actions have each access level, in words."""
    actions = map(catalog.find_action, names)
    levels = Counter(action.level for action in actions if action)
    if len(levels) == 1 and len(names) > 1:
        return f"all with the access level {next(iter(levels))}"
    return ", ".join(
        f"{levels[level]} {level}" for level in catalog.AccessLevel if levels[level]
    )


def check_redundant_actions(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield actions that another action of the list covers."""
    written = checked.statement.actions.values
    covers = covering_patterns([value.lower() for value in written])
    for number, (value, path) in enumerate(checked.actions_with_paths()):
        if number in covers:
            yield issue_at(
                "redundant-action", path, action=value, cover=written[covers[number]]
            )


def covering_patterns(values: Sequence[str]) -> dict[int, int]:
    """Return a map from the number of each covered pattern to the number of one that covers it.

    Of two equal patterns, the earlier covers the later.
    """
    first = {value: number for number, value in reversed(list(enumerate(values)))}
    wide = [(number, value) for value, number in first.items() if has_wildcard(value)][
        :_MAX_PATTERNS
    ]
    covers: dict[int, int] = {}
    for number, value in enumerate(values):
        if first[value] < number:
            covers[number] = first[value]
        elif (
            cover := next(
                (
                    other_number
                    for other_number, pattern in wide
                    if pattern != value and _covers_pattern(pattern, value)
                ),
                None,
            )
        ) is not None:
            covers[number] = cover
    return covers


def _covers_pattern(wide: str, narrow: str) -> bool:
    """Return whether every text of one pattern matches the other.

    It is tried with empty runs and with very long ones, of a character that no pattern
    contains.
    """
    matches = glob(wide)
    long = "\0" * (len(wide) + 1)
    return all(matches(narrow.replace("?", "\0").replace("*", run)) for run in ("", long))


# Keys that limit how much an action grants.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
LIMITING_KEYS: Final = ("iam:PermissionsBoundary", "iam:PolicyARN")


def check_escalation(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield actions by which the holder can gain more access: passing roles, changing
    permissions.
    """
    for value, path in (
        checked.actions_with_paths()
        if checked.grants and not checked.statement.actions.negated
        else ()
    ):
        if is_all_stars(value):
            continue
        names = frozenset(catalog.expand_pattern(value))
        if "iam:PassRole" in names:
            yield from _check_pass_role(checked, value, path)
        if "iam:CreateServiceLinkedRole" in names and not has_wildcard(value):
            yield from _check_service_linked_role(checked, path)
        if not is_key_delegation(checked):
            yield from _check_granting_more(checked, value, path)


def _check_granting_more(
    checked: CheckedStatement, value: str, path: str
) -> Iterator[Occurrence]:
    """Yield an action by which the holder can grant themselves or others more.

    It is an escalation if it can grant anything, on any resource, without conditions. An
    action is left out if it is harmless on the holder's own user and the statement covers
    no other.
    """
    ways: dict[str, Way] = {}
    for name in catalog.expand_pattern(value):
        way = escalation_way(name)
        if way:
            ways[name] = way
    unlimited_names = [name for name, way in ways.items() if way.anything]
    if unlimited_names and checked.unlimited_resource and not checked.statement.conditions:
        yield issue_at(
            "escalation",
            path,
            action=value,
            resource=checked.unlimited_resource,
            gain=_gain_text(unlimited_names),
            key=_limiting_key_text(unlimited_names),
        )
        return
    granting_names = [
        name
        for name, way in ways.items()
        if not (way.own and _is_own_user(checked)) and _acts_on_resources(name, checked)
    ]
    if (
        granting_names
        and value.strip("*:")
        and not checked.has_condition_on("iam:permissionsboundary", "iam:policyarn")
    ):
        first = granting_names[0]
        other_count = len(granting_names) - 1
        if not has_wildcard(value):
            action_words = f"`{value}`"
        elif other_count:
            # Not AWS's level Permissions management, which `wildcard-action` counts.
            count_text = f"by Coffeeshop's list, `{value}` includes {len(granting_names)} such actions"
            action_words = f"{count_text}. `{first}`, for example,"
        else:
            action_words = f"`{value}` includes `{first}`, which"
        yield issue_at("grants-more", path, action=action_words, how=ways[first].how)


def _gain_text(names: Sequence[str]) -> str:
    """Return what the holder of these actions gains. Without a boundary, they have what their policies allow."""
    if all(name.endswith("PermissionsBoundary") for name in names):
        return "lift the limit of any permissions boundary"
    return "give themselves any permission"


def _limiting_key_text(names: Sequence[str]) -> str:
    """Return the condition key by which AWS limits all of these actions, after "a condition". "": there is none."""
    keys = (
        key
        for key in LIMITING_KEYS
        if all(key in catalog.carried_keys(name) for name in names)
    )
    key = next(keys, "")
    return key and f" on {key}"


def _acts_on_resources(name: str, checked: CheckedStatement) -> bool:
    """Return whether an action can act on a resource of the statement. NotResource always counts."""
    values = [value for value, _ in checked.resources_with_paths()]
    return checked.resource_element.endswith("NotResource") or any(
        acts_on(name, value) for value in values
    )


def _is_own_user(checked: CheckedStatement) -> bool:
    """Return whether every resource is the holder's own user:
    `arn:aws:iam::*:user/${aws:username}`.
    """
    return all(
        "${aws:username}" in value.lower() for value, _ in checked.resources_with_paths()
    )


def _check_pass_role(
    checked: CheckedStatement, value: str, path: str
) -> Iterator[Occurrence]:
    """Yield iam:PassRole of any role to any service."""
    if checked.resource_element.endswith("NotResource"):
        yield issue_at("pass-role-not-resource", path, action=value)
    elif checked.unlimited_resource and not checked.has_condition_on(
        "iam:passedtoservice", "iam:associatedresourcearn"
    ):
        yield issue_at(
            "pass-role-wildcard" if has_wildcard(value) else "pass-role-star",
            path,
            action=value,
            resource=checked.unlimited_resource,
        )


def _check_service_linked_role(
    checked: CheckedStatement, path: str
) -> Iterator[Occurrence]:
    """Yield the creation of a service-linked role for any service."""
    if checked.resource_element.endswith("NotResource"):
        yield issue_at("create-slr-not-resource", path)
    elif checked.unlimited_resource and not checked.has_condition_on("iam:awsservicename"):
        yield issue_at("create-slr-star", path, resource=checked.unlimited_resource)


def check_undeniable_actions(checked: CheckedStatement) -> Iterator[Occurrence]:
    """Yield a Deny of an action that no policy can deny."""
    for value, path in (
        checked.actions_with_paths()
        if not checked.allows and not checked.statement.actions.negated
        else ()
    ):
        if value.lower() in UNDENIABLE_ACTIONS:
            yield issue_at("undeniable-action", path, action=value)


CHECKS: Final = (
    check_unknown_actions,
    check_wide_actions,
    check_redundant_actions,
    check_escalation,
    check_undeniable_actions,
)
