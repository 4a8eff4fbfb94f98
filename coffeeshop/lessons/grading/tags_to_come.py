"""Tags that users and roles may be given: what is allowed under a tag that nobody carries is allowed to whoever gets it tomorrow.

What a tag opens that somebody carries is seen with them.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_iam-tags.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.moments import is_of_thing, keys_read, never
from coffeeshop.lessons.grading.sessions import TAG, Held, fence, freed
from coffeeshop.policy.language.variables import variable_names
from coffeeshop.policy.model import Condition, Element, Layer, Standing, Statement, Values

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def tagged(trial: Trial) -> Iterator[Held]:
    """Yields each session of each user, as if they had the tags that policies ask for and nobody carries."""
    for who in trial.users:
        yield from tagged_of(trial, who)


def tagged_of(trial: Trial, who: str) -> Iterator[Held]:
    """Yields those sessions of one user."""
    for held in trial.could_hold(who):
        yield from given_tags(held)


def given_tags(held: Held) -> Iterator[Held]:
    """Yields a session, if tags open anything in it, as if it had those that policies ask for and nobody carries."""
    if not _tags(held.standing):
        return
    layers = tuple(map(_of_no_thing_s, held.standing.layers))
    plain = dataclasses.replace(held.standing, layers=layers)
    if keys := _tags(plain):
        yield replace(held, standing=freed(plain, keys))


def _tags(held: Standing) -> set[str]:
    """The keys of tags that these policies read, in lower case."""
    return {key for key in keys_read(held) if key.startswith(TAG)}


def with_tags(was: Standing, member: Held) -> Standing:
    """Returns what was held before the play with the same tags left open."""
    said = {key.lower() for key in member.standing.fixed}
    return freed(
        was,
        {
            key
            for key in map(str.lower, was.fixed)
            if key.startswith(TAG) and key not in said
        },
    )


def fence_of_tags(trial: Trial, held: Held) -> Iterator[Statement]:
    """Yields what nobody so tagged sends: what no session like theirs does, nor a value that somebody carries."""
    yield from fence(held)
    carried = _carried(trial.account)
    for key in dict.fromkeys(key for key in keys_read(held.standing) if key in carried):
        yield never(Condition("Null", key, ("true",)))
        yield never(Condition("StringEquals", key, tuple(sorted(carried[key]))))


def _carried(account: Account) -> Mapping[str, set[str]]:
    """The tags of people and roles, by key as a condition asks for it, in lower case."""
    found: dict[str, set[str]] = {}
    for entity in chain(account.users.values(), account.roles.values()):
        for key, value in entity.tags.items():
            found.setdefault(f"{TAG}{key.lower()}", set()).add(value)
    return found


def _of_no_thing_s(layer: Layer) -> Layer:
    """The layer without what it lets through where a tag is that of a thing, or stands in its name: who is given a new one
    opens new things, as was meant.
    """
    policies = tuple(
        dataclasses.replace(policy, statements=tuple(map(_plainly, policy.statements)))
        for policy in layer.policies
    )
    return dataclasses.replace(layer, policies=policies)


def _plainly(statement: Statement) -> Statement:
    """The statement, where it compares: a Deny whatever the tag, an Allow of nobody's, since everybody is of some type."""
    resources = statement.resources
    conditions = statement.conditions
    if resources is not None and _compares(resources.values):
        resources = Element(("*",))
    plain = tuple(condition for condition in conditions if not _is_of_both(condition))
    if resources is statement.resources and plain == conditions:
        return statement
    if statement.effect == "Deny":
        nobody = ()
    else:
        nobody = (Condition("Null", "aws:PrincipalType", ("true",)),)
    return dataclasses.replace(statement, resources=resources, conditions=(*plain, *nobody))


def _is_of_both(condition: Condition) -> bool:
    """Whether a condition compares a tag of whoever asks with one of the thing, whichever it names first."""
    if not condition.key.lower().startswith(TAG):
        return _compares(condition.values)
    return any(
        is_of_thing(key.lower())
        for text in condition.values
        for key in variable_names(text)
    )


def _compares(texts: Values) -> bool:
    """Whether a text holds a tag of whoever asks."""
    return any(
        key.lower().startswith(TAG) for text in texts for key in variable_names(text)
    )
