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
from coffeeshop.lessons.grading.moments import deny_when, is_resource_tag_key, keys_read
from coffeeshop.lessons.grading.sessions import TAG, HeldSession, free_keys, session_fence
from coffeeshop.policy.language.variables import variable_names
from coffeeshop.policy.model import Condition, Element, Layer, Standing, Statement, Values

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def tagged_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yields each session of each user, as if they had the tags that policies ask for and nobody carries."""
    for subject in trial.ordinary_users:
        yield from tagged_sessions_of(trial, subject)


def tagged_sessions_of(trial: Trial, subject: str) -> Iterator[HeldSession]:
    """Yields those sessions of one user."""
    for session in trial.all_possible_sessions(subject):
        yield from session_with_tags(session)


def session_with_tags(session: HeldSession) -> Iterator[HeldSession]:
    """Yields a session, if tags open anything in it, as if it had those that policies ask for and nobody carries."""
    if not _tag_keys_read(session.standing):
        return
    layers = tuple(map(_without_tag_matches, session.standing.layers))
    plain = dataclasses.replace(session.standing, layers=layers)
    if keys := _tag_keys_read(plain):
        yield replace(session, standing=free_keys(plain, keys))


def _tag_keys_read(allowed: Standing) -> set[str]:
    """The keys of tags that these policies read, in lower case."""
    return {key for key in keys_read(allowed) if key.startswith(TAG)}


def with_open_tags(allowed_before: Standing, member: HeldSession) -> Standing:
    """Returns what was held before the play with the same tags left open."""
    member_keys = {key.lower() for key in member.standing.fixed}
    return free_keys(
        allowed_before,
        {
            key
            for key in map(str.lower, allowed_before.fixed)
            if key.startswith(TAG) and key not in member_keys
        },
    )


def fence_of_tags(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yields what nobody so tagged sends: what no session like theirs does, nor a value that somebody carries."""
    yield from session_fence(member)
    carried = _carried_tags(trial.account)
    for key in dict.fromkeys(key for key in keys_read(member.standing) if key in carried):
        yield deny_when(Condition("Null", key, ("true",)))
        yield deny_when(Condition("StringEquals", key, tuple(sorted(carried[key]))))


def _carried_tags(account: Account) -> Mapping[str, set[str]]:
    """The tags of people and roles, by key as a condition asks for it, in lower case."""
    values_by_key: dict[str, set[str]] = {}
    for entity in chain(account.users.values(), account.roles.values()):
        for key, value in entity.tags.items():
            values_by_key.setdefault(f"{TAG}{key.lower()}", set()).add(value)
    return values_by_key


def _without_tag_matches(layer: Layer) -> Layer:
    """The layer without what it lets through where a tag is that of a thing, or stands in its name: who is given a new one
    opens new things, as was meant.
    """
    policies = tuple(
        dataclasses.replace(
            policy, statements=tuple(map(_without_tag_match, policy.statements))
        )
        for policy in layer.policies
    )
    return dataclasses.replace(layer, policies=policies)


def _without_tag_match(statement: Statement) -> Statement:
    """The statement, where it compares: a Deny whatever the tag, an Allow of nobody's, since everybody is of some type."""
    resources = statement.resources
    conditions = statement.conditions
    if resources is not None and _mentions_tag(resources.values):
        resources = Element(("*",))
    plain = tuple(
        condition for condition in conditions if not _compares_two_tags(condition)
    )
    if resources is statement.resources and plain == conditions:
        return statement
    if statement.effect == "Deny":
        nobody = ()
    else:
        nobody = (Condition("Null", "aws:PrincipalType", ("true",)),)
    return dataclasses.replace(statement, resources=resources, conditions=(*plain, *nobody))


def _compares_two_tags(condition: Condition) -> bool:
    """Whether a condition compares a tag of whoever asks with one of the thing, whichever it names first."""
    if not condition.key.lower().startswith(TAG):
        return _mentions_tag(condition.values)
    return any(
        is_resource_tag_key(key.lower())
        for text in condition.values
        for key in variable_names(text)
    )


def _mentions_tag(texts: Values) -> bool:
    """Whether a text holds a tag of whoever asks."""
    return any(
        key.lower().startswith(TAG) for text in texts for key in variable_names(text)
    )
