"""Lists, when nobody says who asks, the principals that the policies can tell apart, one of each kind.

A resource-based policy compared by itself is about everybody. Yet its Principal elements hold no wildcards, only names;
so whoever it does not name, under any of the names they go by, is like any other stranger of the same sort.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from coffeeshop.policy.language.principals import naming_test
from coffeeshop.policy.model import (
    Effect,
    Element,
    Kind,
    Layer,
    Policy,
    Principal,
    Principals,
    Standing,
    Statement,
)

OWNER = "000000000000"  # the account of every resource, in which none of the principals is
ELSEWHERE = "999999999999"
ANY_ACCOUNT = "????????????"  # whichever account a policy could tell from others
NUMBERS = tuple(
    f"{digit}{'?' * 11}" for digit in range(10)
)  # account ids, all of them, and nothing else
ANYBODY = Principal("*").arn
_NAME = re.compile(
    r"arn:(?P<partition>[^:]+):(?P<service>iam|sts)::(?P<account>\d{12}):(?P<kind>[^/:]+)/?(?P<name>.*)"
)
_EVERYTHING = Policy(
    (Statement("Allow", Element(("*",)), Element(("*",))),),
    name="whatever their account allows",
)


def distinct_principals(*standings: Standing) -> tuple[Principal, ...]:
    """Returns one principal of each kind that the statements tell apart, strangers first; none if none speaks of principals."""
    spoken: list[tuple[Principals, Effect]] = [
        (statement.principals, statement.effect)
        for standing in standings
        for layer in standing.layers
        for policy in layer.policies
        for statement in policy.statements
        if statement.principals
    ]
    named = dict.fromkeys(entry for one, _ in spoken for entry in one.entries)
    found: dict[tuple[int, ...], Principal] = {}
    for who in (
        (*_unnamed(), *(who for entry in named for who in _bearers(*entry)))
        if spoken
        else ()
    ):
        alone = Standing(who, ())
        found.setdefault(
            tuple(naming_test(one, effect)(alone) for one, effect in spoken), who
        )
    return tuple(found.values())


def with_principal(standing: Standing, who: Principal) -> Standing:
    """Returns a bare standing with somebody in it: whatever their own account allows, in front of these policies."""
    if standing.principal.arn != ANYBODY:
        return standing
    layers = (
        Layer(Kind.RESOURCE, layer.policies) if layer.kind is Kind.IDENTITY else layer
        for layer in standing.layers
    )
    return replace(
        standing, principal=who, layers=(Layer(Kind.IDENTITY, (_EVERYTHING,)), *layers)
    )


def _unnamed() -> Iterator[Principal]:
    yield _user(ELSEWHERE)
    yield Principal("anonymous", "", "anonymous", "anonymous")
    yield Principal("example.amazonaws.com", "", "example.amazonaws.com", "service")
    yield Principal("example.com", "", "example.com", "federated")


def _user(
    account: str, name: str = "someone", id: str = "AIDACKCEVSQ6C2EXAMPLE"
) -> Principal:
    return Principal(f"arn:aws:iam::{account}:user/{name}", account, id)


def _session(
    account: str, arn: str, name: str, id: str = "AROADBQP57FF2AEXAMPLE"
) -> Principal:
    role = arn.rsplit("/", 1)[-1]
    return Principal(
        f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        account,
        f"{id}:{name}",
        "role",
        arn,
        id,
    )


def _bearers(type: str, value: str) -> Iterator[Principal]:
    """Yields whoever goes by a name; and for a user's or role's, somebody else of their account."""
    if type != "AWS":
        yield Principal(value, "", value, "service" if type == "Service" else "federated")
        return
    found = _NAME.fullmatch(value)
    if found:
        yield _user(found["account"])
        yield from _of_account(value, found["account"], found["kind"], found["name"])
    elif value.isdecimal():
        yield _user(value)
    elif value.startswith("AROA"):
        yield replace(
            _session(ELSEWHERE, f"arn:aws:iam::{ELSEWHERE}:role/deleted", "session", value),
            role_id=value,
        )
    elif value != "*":
        yield _user(ELSEWHERE, "deleted", value)


def _of_account(arn: str, account: str, kind: str, name: str) -> Iterator[Principal]:
    """Yields whoever has this ARN: a user, a session of this role, this very session; of an account's root nobody more."""
    match kind:
        case "role":
            yield _session(account, arn, "session")
        case "assumed-role":
            role, _, session = name.partition("/")
            yield _session(account, f"arn:aws:iam::{account}:role/{role}", session)
        case "root":
            return
        case _:
            yield Principal(arn, account, arn)
