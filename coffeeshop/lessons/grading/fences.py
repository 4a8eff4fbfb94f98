"""Denies of requests that can't be sent.

A fence is a layer of Denies for requests that can't be sent: requests of yesterday,
sessions that began before the play ended. It is added to a standing so that comparisons
don't find what can't happen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from coffeeshop.account.access.sessions import LONGEST_SESSION
from coffeeshop.account.instants import format_instant
from coffeeshop.account.same import Same
from coffeeshop.lessons.grading.request_space import (
    CLOCK_KEYS,
    ISSUED_KEY,
    KEYS_OF_EVERY_REQUEST,
    MFA_AGE_KEY,
    NOW_KEYS,
    keys_read,
)
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import (
    PRESENT,
    Condition,
    Element,
    Kind,
    Layer,
    Policy,
    Standing,
    Statement,
)

ALLOW_ANYTHING = Statement("Allow", Element(("*",)), Element(("*",)))
LOWER_CLOCK_KEYS = frozenset(key.lower() for key in CLOCK_KEYS)


def deny_when(*conditions: Condition) -> Statement:
    """Return a Deny of every request under these conditions."""
    return Statement("Deny", Element(("*",)), Element(("*",)), conditions=conditions)


DENY_LACKING = tuple(
    deny_when(Condition("Null", key, ("true",))) for key in KEYS_OF_EVERY_REQUEST
)


def with_fence(standing: Standing, statements: Iterable[Statement]) -> Standing:
    """Return the standing with one more layer: these Denies, and an Allow of everything
    else.

    A comparison then finds no request that nobody can send, or that the question isn't
    about.
    """
    fence = tuple(statements)
    if not fence:
        return standing
    return dataclasses.replace(standing, layers=(*standing.layers, _fence_layer(fence)))


def _fence_layer(fence: tuple[Statement, ...]) -> Layer:
    """Return a layer that denies by these statements, and allows everything else."""
    return Layer(
        Kind.RCP, (shared_policy((ALLOW_ANYTHING, *fence), "what cannot be sent"),)
    )


def statements_about(
    fence: Iterable[Statement], keys: Collection[str]
) -> Iterator[Statement]:
    """Yield the statements of a fence that are about these context keys (in lower case) alone."""
    return (
        statement
        for statement in fence
        if all(condition.key.lower() in keys for condition in statement.conditions)
    )


def without_needed(allowed: Standing, needed: Standing) -> Standing:
    """Return the allowed standing with a Deny of everything needed, so that a comparison
    finds only the rest. `needed` has only Allows.
    """
    fences = (
        _denying_layer(Same(policy))
        for layer in needed.layers
        for policy in layer.policies
        if policy.statements
    )
    return dataclasses.replace(allowed, layers=(*allowed.layers, *fences))


@lru_cache(maxsize=256)  # what is needed is the same in many comparisons
def _denying_layer(needed: Same[Policy]) -> Layer:
    """Return a layer that denies all that a policy of Allows allows."""
    return _fence_layer(
        tuple(
            dataclasses.replace(statement, effect="Deny")
            for statement in needed.value.statements
        )
    )


def from_now_on(
    new: Standing,
    old: Standing,
    earliest: datetime,
    until: datetime | None = None,
    began: datetime | None = None,
) -> Standing:
    """Return the standing `new`, limited to moments from `earliest` on, if it or `old`
    reads the clock.

    Otherwise a comparison of the two would find requests of yesterday. `until` is when the
    session of `new` ends. `began` is the earliest moment at which it can have begun (None:
    `earliest`).
    """
    clocks = related_clocks(clocks_read(new) | clocks_read(old))
    if not clocks:
        return new
    fence = _deny_impossible_times(new, clocks, earliest, until, began or earliest)
    return with_fence(new, fence)


def related_clocks(read: frozenset[str]) -> frozenset[str]:
    """Return the clock keys that are read, and those that they depend on.

    The age of an MFA code depends on the time of the request and of its session, so with it come
    those as well.
    """
    if MFA_AGE_KEY.lower() in read:
        return read | {NOW_KEYS[0].lower(), ISSUED_KEY.lower()}
    return read


def _deny_impossible_times(
    new: Standing,
    read: Collection[str],
    earliest: datetime,
    until: datetime | None,
    began: datetime,
) -> Iterator[Statement]:
    """Yield Denies of times that can't be.

    These are times before `earliest` or after `until`, the end of the session (None: it has none), a
    time of issue before `began`, and an MFA code from the future or older than any session. `read` are
    the clock keys that the policies read, in lower case.
    """
    fixed = {key.lower(): value for key, value in new.fixed.items()}
    for key in (*NOW_KEYS, ISSUED_KEY):
        if key.lower() not in read:
            continue
        # The session's own time of issue, where it is known, needs no limit.
        if key == ISSUED_KEY and fixed.get(key.lower(), PRESENT) is not PRESENT:
            continue
        first = began if key == ISSUED_KEY else earliest
        yield deny_when(Condition("DateLessThan", key, (format_instant(first),)))
        if until is not None and key in NOW_KEYS:
            yield deny_when(Condition("DateGreaterThan", key, (format_instant(until),)))
    if MFA_AGE_KEY.lower() in read:
        yield deny_when(Condition("NumericLessThan", MFA_AGE_KEY, ("0",)))
        yield deny_when(
            Condition(
                "NumericGreaterThan",
                MFA_AGE_KEY,
                (str(int(LONGEST_SESSION.total_seconds())),),
            )
        )


def clocks_read(standing: Standing) -> frozenset[str]:
    """Return the clock keys (lower case) that the policies read."""
    return LOWER_CLOCK_KEYS.intersection(keys_read(standing))


def all_conditions(standing: Standing) -> Iterator[Condition]:
    """Yield every condition of the policies in a standing."""
    for layer in standing.layers:
        for policy in layer.policies:
            for statement in policy.statements:
                yield from statement.conditions
