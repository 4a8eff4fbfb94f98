"""List one principal of each kind that the policies can distinguish, for policies without a principal.

A resource-based policy compared by itself concerns every principal. Principal elements have no wildcards. So every principal
that isn't named, under any of its names, is like any other stranger of the same sort.
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

OWNER_ACCOUNT = (
    "000000000000"  # the account of every resource, in which none of the principals is
)
OTHER_ACCOUNT = "999999999999"
ANY_ACCOUNT = "????????????"  # whichever account a policy could tell from others
# Account ids, all of them, and nothing else.
ACCOUNT_PATTERNS = tuple(f"{digit}{'?' * 11}" for digit in range(10))
ANYONE_ARN = Principal("*").arn
_ENTITY_ARN_PATTERN = re.compile(
    r"arn:(?P<partition>[^:]+):(?P<service>iam|sts)::(?P<account>\d{12}):(?P<kind>[^/:]+)/?(?P<name>.*)"
)
_ALLOW_EVERYTHING = Policy(
    (Statement("Allow", Element(("*",)), Element(("*",))),),
    name="whatever their account allows",
)


def distinct_principals(*standings: Standing) -> tuple[Principal, ...]:
    """Return one principal of each kind that the Principal elements distinguish.

    Two principals are of one kind if the same elements name them, in the same way. The comparison has the
    same result for both. Principals that no policy names come first. Return () if no statement has a
    Principal element.
    """
    elements: list[tuple[Principals, Effect]] = [
        (statement.principals, statement.effect)
        for standing in standings
        for layer in standing.layers
        for policy in layer.policies
        for statement in policy.statements
        if statement.principals
    ]
    named = dict.fromkeys(
        entry for principals_element, _ in elements for entry in principals_element.entries
    )
    by_naming: dict[tuple[int, ...], Principal] = {}
    for principal in (
        (
            *_unnamed_principals(),
            *(principal for entry in named for principal in _principals_named(*entry)),
        )
        if elements
        else ()
    ):
        bare_standing = Standing(principal, ())
        by_naming.setdefault(
            tuple(
                naming_test(principals_element, effect)(bare_standing)
                for principals_element, effect in elements
            ),
            principal,
        )
    return tuple(by_naming.values())


def with_principal(standing: Standing, principal: Principal) -> Standing:
    """Return a standing without a principal as that of `principal`. One that has its
    principal is returned as it is.

    Its policies become resource policies. The principal's own account allows everything, so
    that they alone decide.
    """
    if standing.principal.arn != ANYONE_ARN:
        return standing
    layers = (
        Layer(Kind.RESOURCE, layer.policies) if layer.kind is Kind.IDENTITY else layer
        for layer in standing.layers
    )
    return replace(
        standing,
        principal=principal,
        layers=(Layer(Kind.IDENTITY, (_ALLOW_EVERYTHING,)), *layers),
    )


def _unnamed_principals() -> Iterator[Principal]:
    """Yield principals that no policy names: a user, an anonymous caller, a service and a
    provider's.
    """
    yield _example_user(OTHER_ACCOUNT)
    yield Principal("anonymous", "", "anonymous", "anonymous")
    yield Principal("example.amazonaws.com", "", "example.amazonaws.com", "service")
    yield Principal("example.com", "", "example.com", "federated")


def _example_user(
    account: str, name: str = "someone", id: str = "AIDACKCEVSQ6C2EXAMPLE"
) -> Principal:
    """Return an IAM user of this account, by default with AWS's example id."""
    return Principal(f"arn:aws:iam::{account}:user/{name}", account, id)


def _example_session(
    account: str, arn: str, name: str, id: str = "AROADBQP57FF2AEXAMPLE"
) -> Principal:
    """Return a session with this name of the role `arn`, as a principal."""
    role = arn.rsplit("/", 1)[-1]
    return Principal(
        f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        account,
        f"{id}:{name}",
        "role",
        arn,
        id,
    )


def _principals_named(type: str, value: str) -> Iterator[Principal]:
    """Yield the principals to try for an entry of a Principal element, such as ("AWS", an ARN).

    For a user or role, another user of its account is tried as well, because entries can
    name a whole account. A value that begins with AROA is a deleted role, whose ARN AWS has
    replaced with its id.
    """
    if type != "AWS":
        yield Principal(value, "", value, "service" if type == "Service" else "federated")
        return
    arn = _ENTITY_ARN_PATTERN.fullmatch(value)
    if arn:
        yield _example_user(arn["account"])
        yield from _principals_of_arn(value, arn["account"], arn["kind"], arn["name"])
    elif value.isdecimal():
        yield _example_user(value)
    elif value.startswith("AROA"):
        yield replace(
            _example_session(
                OTHER_ACCOUNT,
                f"arn:aws:iam::{OTHER_ACCOUNT}:role/deleted",
                "session",
                value,
            ),
            role_id=value,
        )
    elif value != "*":
        yield _example_user(OTHER_ACCOUNT, "deleted", value)


def _principals_of_arn(arn: str, account: str, kind: str, name: str) -> Iterator[Principal]:
    """Yield the principal with this ARN: a user, a session of the role, or that very
    session.
    """
    match kind:
        case "role":
            yield _example_session(account, arn, "session")
        case "assumed-role":
            role, _, session = name.partition("/")
            yield _example_session(account, f"arn:aws:iam::{account}:role/{role}", session)
        case "root":
            return
        case _:
            yield Principal(arn, account, arn)
