"""Tags that users and roles could be given: a policy that asks for a tag nobody has allows it to
whoever gets that tag.

Access by a tag that a person already has is found in that person's own sessions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_iam-tags.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.fences import deny_when
from coffeeshop.lessons.grading.request_space import is_resource_tag_key, keys_read
from coffeeshop.lessons.grading.sessions import (
    PRINCIPAL_TAG_PREFIX,
    HeldSession,
    free_keys,
    session_fence,
)
from coffeeshop.policy.language.variables import variable_names
from coffeeshop.policy.model import Condition, Element, Layer, Standing, Statement, Values

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def tagged_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions of every user, as if they were given the tags that policies ask for and
    nobody has.
    """
    for subject in trial.ordinary_users:
        yield from tagged_sessions_of(trial, subject)


def tagged_sessions_of(trial: Trial, subject: str) -> Iterator[HeldSession]:
    """Yield one user's sessions, as if they were given the tags that policies ask for and nobody
    has.
    """
    for session in trial.all_possible_sessions(subject):
        yield from session_with_tags(session)


def session_with_tags(session: HeldSession) -> Iterator[HeldSession]:
    """Yield the session as if its principal could have any value of the tags that its policies ask
    for.

    Nothing is yielded if they ask for none, apart from comparing a tag that somebody has with a tag or name of the
    resource.
    """
    if not _tag_keys_read(session.standing):
        return
    carried_keys = _carried_tags(session.account).keys()
    layers = tuple(
        _without_tag_matches(layer, carried_keys) for layer in session.standing.layers
    )
    plain = dataclasses.replace(session.standing, layers=layers)
    if keys := _tag_keys_read(plain):
        yield replace(session, standing=free_keys(plain, keys))


def _tag_keys_read(allowed: Standing) -> set[str]:
    """Return the principal tag keys that these policies read, in lower case."""
    return {key for key in keys_read(allowed) if key.startswith(PRINCIPAL_TAG_PREFIX)}


def with_open_tags(allowed_before: Standing, member: HeldSession) -> Standing:
    """Return what was allowed before the play, with each principal tag open that the member's session leaves open.

    Otherwise a comparison would blame the learner for access that only such a tag gives.
    """
    member_keys = {key.lower() for key in member.standing.fixed}
    return free_keys(
        allowed_before,
        {
            key
            for key in map(str.lower, allowed_before.fixed)
            if key.startswith(PRINCIPAL_TAG_PREFIX) and key not in member_keys
        },
    )


def fence_of_tags(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield Denies of requests that a session with a new tag can't send, which keep them
    out of the comparison.

    A tag value that somebody has already is among them: what it allows is judged in their
    own sessions.
    """
    yield from session_fence(member)
    carried = _carried_tags(trial.account)
    for key in dict.fromkeys(key for key in keys_read(member.standing) if key in carried):
        yield deny_when(Condition("Null", key, ("true",)))
        yield deny_when(Condition("StringEquals", key, tuple(sorted(carried[key]))))


def _carried_tags(account: Account) -> Mapping[str, set[str]]:
    """Return the tag values that users and roles have, by the condition key that reads them, in
    lower case.
    """
    values_by_key: dict[str, set[str]] = {}
    for entity in chain(account.users.values(), account.roles.values()):
        for key, value in entity.tags.items():
            values_by_key.setdefault(f"{PRINCIPAL_TAG_PREFIX}{key.lower()}", set()).add(
                value
            )
    return values_by_key


def _without_tag_matches(layer: Layer, carried_keys: Collection[str]) -> Layer:
    """Return the layer without Allows that compare the principal's tag with the resource's.

    Such a statement is meant to let whoever gets a new tag reach new resources, so it is no excess. But nobody means so
    by a tag that nobody has: `carried_keys` are the keys of the others.
    """
    policies = tuple(
        dataclasses.replace(
            policy,
            statements=tuple(
                _without_tag_match(statement, carried_keys)
                for statement in policy.statements
            ),
        )
        for policy in layer.policies
    )
    return dataclasses.replace(layer, policies=policies)


def _without_tag_match(statement: Statement, carried_keys: Collection[str]) -> Statement:
    """Return the statement as it decides without a comparison of the two tags, on the safe side.

    A Deny that compares them loses the comparison, so it denies more. An Allow that does allows nobody.
    Other statements stay as they are.
    """
    resources = statement.resources
    conditions = statement.conditions
    if resources is not None and _mentions_tag(resources.values, carried_keys):
        resources = Element(("*",))
    kept_conditions = tuple(
        condition
        for condition in conditions
        if not _compares_two_tags(condition, carried_keys)
    )
    if resources is statement.resources and kept_conditions == conditions:
        return statement
    if statement.effect == "Deny":
        nobody = ()
    else:
        nobody = (Condition("Null", "aws:PrincipalType", ("true",)),)
    return dataclasses.replace(
        statement, resources=resources, conditions=(*kept_conditions, *nobody)
    )


def _compares_two_tags(condition: Condition, carried_keys: Collection[str]) -> bool:
    """Tell whether a condition compares one of these tags of principals with one of the resource."""
    key_name = condition.key.lower()
    if not key_name.startswith(PRINCIPAL_TAG_PREFIX):
        return _mentions_tag(condition.values, carried_keys)
    return key_name in carried_keys and any(
        is_resource_tag_key(key.lower())
        for text in condition.values
        for key in variable_names(text)
    )


def _mentions_tag(texts: Values, carried_keys: Collection[str]) -> bool:
    """Tell whether a text has a variable for one of these tags of the principal."""
    return any(
        key.lower() in carried_keys for text in texts for key in variable_names(text)
    )
