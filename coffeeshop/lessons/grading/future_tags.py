"""Tags that users and roles could be given: what an absent tag opens, it opens to whoever
gets that tag tomorrow.

What a tag opens that somebody has is found with them.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_iam-tags.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.moments import deny_when
from coffeeshop.lessons.grading.request_space import is_resource_tag_key, keys_read
from coffeeshop.lessons.grading.sessions import TAG, HeldSession, free_keys, session_fence
from coffeeshop.policy.language.variables import variable_names
from coffeeshop.policy.model import Condition, Element, Layer, Standing, Statement, Values

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def tagged_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions of every user, as if they had tags that policies ask for and
    nobody has.
    """
    for subject in trial.ordinary_users:
        yield from tagged_sessions_of(trial, subject)


def tagged_sessions_of(trial: Trial, subject: str) -> Iterator[HeldSession]:
    """Yield one user's sessions, as if they had such tags."""
    for session in trial.all_possible_sessions(subject):
        yield from session_with_tags(session)


def session_with_tags(session: HeldSession) -> Iterator[HeldSession]:
    """Yield the session with the tags free that policies ask for, if a tag opens anything
    in it.
    """
    if not _tag_keys_read(session.standing):
        return
    layers = tuple(map(_without_tag_matches, session.standing.layers))
    plain = dataclasses.replace(session.standing, layers=layers)
    if keys := _tag_keys_read(plain):
        yield replace(session, standing=free_keys(plain, keys))


def _tag_keys_read(allowed: Standing) -> set[str]:
    """Return the principal tag keys that these policies read, in lower case."""
    return {key for key in keys_read(allowed) if key.startswith(TAG)}


def with_open_tags(allowed_before: Standing, member: HeldSession) -> Standing:
    """Return what was allowed before the play, with the same tags free as the member's."""
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
    """Yield Denies of what such a session can't send: what no session like it sends, and
    tag values that somebody has.
    """
    yield from session_fence(member)
    carried = _carried_tags(trial.account)
    for key in dict.fromkeys(key for key in keys_read(member.standing) if key in carried):
        yield deny_when(Condition("Null", key, ("true",)))
        yield deny_when(Condition("StringEquals", key, tuple(sorted(carried[key]))))


def _carried_tags(account: Account) -> Mapping[str, set[str]]:
    """Return the tag values of users and roles by key, in lower case, as a condition reads
    it.
    """
    values_by_key: dict[str, set[str]] = {}
    for entity in chain(account.users.values(), account.roles.values()):
        for key, value in entity.tags.items():
            values_by_key.setdefault(f"{TAG}{key.lower()}", set()).add(value)
    return values_by_key


def _without_tag_matches(layer: Layer) -> Layer:
    """Return the layer without what it allows by comparing a principal's tag with the
    resource.

    Whoever gets a new tag should reach new resources: that is what such a statement is for.
    """
    policies = tuple(
        dataclasses.replace(
            policy, statements=tuple(map(_without_tag_match, policy.statements))
        )
        for policy in layer.policies
    )
    return dataclasses.replace(layer, policies=policies)


def _without_tag_match(statement: Statement) -> Statement:
    """Return the statement; if it makes that comparison, a Deny without it, and an Allow
    for nobody.
    """
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
    """Tell whether a condition compares a tag of the principal with one of the resource."""
    if not condition.key.lower().startswith(TAG):
        return _mentions_tag(condition.values)
    return any(
        is_resource_tag_key(key.lower())
        for text in condition.values
        for key in variable_names(text)
    )


def _mentions_tag(texts: Values) -> bool:
    """Tell whether a text has a variable for a tag of the principal."""
    return any(
        key.lower().startswith(TAG) for text in texts for key in variable_names(text)
    )
