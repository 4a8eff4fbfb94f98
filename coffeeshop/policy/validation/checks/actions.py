"""Checks of Action and NotAction: names that mean nothing, and names that mean too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from coffeeshop.policy import catalog
from coffeeshop.policy.catalog.arn_formats import acts_on, types
from coffeeshop.policy.evaluation.authorize import UNDENIABLE
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.language.spelling import nearest
from coffeeshop.policy.validation.checks.context import Occurrence, Seen, found, stars, wild
from coffeeshop.policy.validation.granting import granting

_WIDE: Final = 200  # patterns of one list that are tried on all others
_LOOK_UP: Final = "look it up in the Service Authorization Reference"


def unknown(seen: Seen) -> Iterator[Occurrence]:
    """Yields services and actions that AWS does not have, with the one that was probably meant."""
    for value, path in seen.actions():
        prefix = value.partition(":")[0]
        if stars(prefix):
            continue
        if not catalog.service(prefix):
            meant = catalog.suggest(value)
            yield found(
                "unknown-service",
                path,
                service=prefix,
                mend=f"did you mean `{meant}`?" if meant else _LOOK_UP,
            )
        elif wild(value) and not catalog.expand(value):
            yield found("idle-pattern", path, action=value)
        elif not wild(value) and not catalog.action(value):
            yield found("unknown-action", path, action=value, mend=_meant(value, seen))


def _meant(value: str, seen: Seen) -> str:
    """The action that was meant, why it goes by another name, and what it acts on."""
    meant = catalog.suggest(value)
    if not meant:
        return _LOOK_UP
    says = [f"did you mean `{meant}`?"]
    operation = _operation(value, meant)
    if operation:
        says.append(f"It is what the API operation {operation} asks for.")
    what = catalog.aws_words(meant)
    if what:
        says.append(f"It lets one {what}.")
    return " ".join(filter(None, (*says, _acts(meant, seen))))


def _operation(value: str, meant: str) -> str:
    service = catalog.service(meant.partition(":")[0])
    if service:
        operations = [
            name for name, action in service.api.items() if meant.endswith(f":{action}")
        ]
    else:
        operations = []
    return nearest(value.partition(":")[2], operations, 2)


def _acts(meant: str, seen: Seen) -> str:
    """What the action acts on: the statement's own resource where it fits, else its resource types by AWS's names; nothing
    while that is still a blank.
    """
    kinds = types(meant)
    if not kinds:
        return 'It acts on no particular resource, so its resource is "*"'
    for resource, _ in seen.resources():
        for kind in kinds if acts_on(meant, resource) else ():
            if not stars(resource) and kind.name in _THEMSELVES:
                return (
                    f"It acts on {_THEMSELVES[kind.name]}, so its resource is `{resource}`"
                )
    if not any(seen.resources()):
        return ""
    itself = next(
        (_THEMSELVES[kind.name] for kind in kinds if kind.name in _THEMSELVES), ""
    )
    named = " or ".join(dict.fromkeys(f"`{kind.name}`" for kind in kinds))
    return f"It acts on {itself or f'a resource of the type {named}'}"


_THEMSELVES: Final = {
    "bucket": "the bucket itself, not on the objects in it",
    "object": "the objects, not on the bucket",
}


def too_wide(seen: Seen) -> Iterator[Occurrence]:
    """Yields an Allow with NotAction, and wildcards in what is granted."""
    if seen.allows and seen.statement.actions.negated:
        yield found("allow-not-action", seen.action_element)
        return
    for value, path in seen.actions() if seen.grants else ():
        if wild(value) and not value.startswith("*"):
            names = catalog.expand(value)
        else:
            names = ()
        if names:
            yield found(
                "wildcard-action",
                path,
                action=value,
                count=len(names),
                levels=_levels(names),
            )


def _levels(names: tuple[str, ...]) -> str:
    levels = Counter(action.level for name in names if (action := catalog.action(name)))
    if len(levels) == 1 and len(names) > 1:
        return f"all of them {next(iter(levels))}"
    return ", ".join(
        f"{levels[level]} {level}" for level in catalog.AccessLevel if levels[level]
    )


def redundant(seen: Seen) -> Iterator[Occurrence]:
    """Names that another name of the list covers."""
    written = seen.statement.actions.values
    covers = coverings([value.lower() for value in written])
    for number, (value, path) in enumerate(seen.actions()):
        if number in covers:
            yield found(
                "redundant-action", path, action=value, cover=written[covers[number]]
            )


def coverings(values: Sequence[str]) -> dict[int, int]:
    """Tells which patterns another pattern of the list covers, by number; of two equal ones the later."""
    first = {value: number for number, value in reversed(list(enumerate(values)))}
    wide = [(number, value) for value, number in first.items() if wild(value)][:_WIDE]
    found: dict[int, int] = {}
    for number, value in enumerate(values):
        if first[value] < number:
            found[number] = first[value]
        elif (
            cover := next(
                (
                    other
                    for other, pattern in wide
                    if pattern != value and _covers(pattern, value)
                ),
                None,
            )
        ) is not None:
            found[number] = cover
    return found


def _covers(wide: str, narrow: str) -> bool:
    """Whether every text of one pattern is one of the other, tried with its runs empty and with its runs very long."""
    matches = glob(wide)
    long = "\0" * (len(wide) + 1)
    return all(matches(narrow.replace("?", "\0").replace("*", run)) for run in ("", long))


def power(seen: Seen) -> Iterator[Occurrence]:
    """Yields actions by which a holder comes to hold more: passing roles, editing permissions."""
    for value, path in (
        seen.actions() if seen.grants and not seen.statement.actions.negated else ()
    ):
        if stars(value):
            continue
        names = frozenset(catalog.expand(value))
        if "iam:PassRole" in names:
            yield from _pass_role(seen, value, path)
        if "iam:CreateServiceLinkedRole" in names and not wild(value):
            yield from _service_linked(seen, path)
        yield from _grants_more(seen, value, path)


def _grants_more(seen: Seen, value: str, path: str) -> Iterator[Occurrence]:
    """Granting itself or others more: any permission, or at least what these resources hold."""
    ways = {name: way for name in catalog.expand(value) if (way := granting(name))}
    anything = any(way.anything for way in ways.values())
    if anything and seen.everywhere and not seen.statement.conditions:
        yield found("escalation", path, action=value, resource=seen.everywhere)
        return
    left = [
        name
        for name, way in ways.items()
        if not (way.own and _on_oneself(seen)) and _acts_here(name, seen)
    ]
    if (
        left
        and value.strip("*:")
        and not seen.asks("iam:permissionsboundary", "iam:policyarn")
    ):
        first = left[0]
        others = len(left) - 1
        more = f" and {others} more" if others else ""
        if wild(value):
            said = f"`{value}` includes `{first}`{more}, which"
        else:
            said = f"`{value}`"
        yield found("grants-more", path, action=said, how=ways[first].how)


def _acts_here(name: str, seen: Seen) -> bool:
    """Whether the action can act on some resource of the statement; who writes NotResource leaves most of them."""
    here = [value for value, _ in seen.resources()]
    return seen.resource_element.endswith("NotResource") or any(
        acts_on(name, value) for value in here
    )


def _on_oneself(seen: Seen) -> bool:
    """Whether every resource is the caller's own by name: `arn:aws:iam::*:user/${aws:username}`."""
    return all("${aws:username}" in value.lower() for value, _ in seen.resources())


def _pass_role(seen: Seen, value: str, path: str) -> Iterator[Occurrence]:
    if seen.resource_element.endswith("NotResource"):
        yield found("pass-role-not-resource", path, action=value)
    elif seen.everywhere and not seen.asks(
        "iam:passedtoservice", "iam:associatedresourcearn"
    ):
        yield found(
            "pass-role-wildcard" if wild(value) else "pass-role-star",
            path,
            action=value,
            resource=seen.everywhere,
        )


def _service_linked(seen: Seen, path: str) -> Iterator[Occurrence]:
    if seen.resource_element.endswith("NotResource"):
        yield found("create-slr-not-resource", path)
    elif seen.everywhere and not seen.asks("iam:awsservicename"):
        yield found("create-slr-star", path, resource=seen.everywhere)


def undeniable(seen: Seen) -> Iterator[Occurrence]:
    """Yields a Deny of what no policy can deny."""
    for value, path in (
        seen.actions() if not seen.allows and not seen.statement.actions.negated else ()
    ):
        if value.lower() in UNDENIABLE:
            yield found("undeniable-action", path, action=value)


CHECKS: Final = (unknown, too_wide, redundant, power, undeniable)
