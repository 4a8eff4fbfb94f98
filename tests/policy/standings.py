"""Short ways to write policies and standings down, and to say what a comparison found."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import (
    Allowed,
    Excess,
    Kind,
    Layer,
    Policy,
    Principal,
    Standing,
    Undecided,
)

HOME = "111122223333"
BUCKET = "arn:aws:s3:::receipts"
OBJECTS = f"{BUCKET}/*"
OPEN, TYPED = Domain.open_domain(), Domain.typed_domain((HOME,))
CASEY = Principal(f"arn:aws:iam::{HOME}:user/casey", HOME, "AIDACKCEVSQ6C2EXAMPLE")
TILL = f"arn:aws:iam::{HOME}:role/Till"
IN_TILL = Principal(
    f"arn:aws:sts::{HOME}:assumed-role/Till/casey",
    HOME,
    "AROADBQP57FF2AEXAMPLE:casey",
    "role",
    TILL,
    "AROADBQP57FF2AEXAMPLE",
)
PARTNER = Principal(
    "arn:aws:iam::444455556666:user/partner", "444455556666", "AIDAPARTNEREXAMPLE"
)


Written: TypeAlias = dict[str, object]
Said: TypeAlias = list[
    Any
]  # witnesses as tuples that a test takes apart, and what is undecided


def allow(
    action: object = "s3:GetObject", resource: object = OBJECTS, **more: object
) -> Written:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | more


def deny(
    action: object = "s3:GetObject", resource: object = OBJECTS, **more: object
) -> Written:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def when(**operators: object) -> Written:
    """A condition: `when(StringLike={"s3:prefix": "a*"})`, a colon of a set operator as two underscores."""
    return {
        "Condition": {
            operator.replace("__", ":"): block for operator, block in operators.items()
        }
    }


def policy(
    *statements: Mapping[str, object],
    kind: Kind = Kind.IDENTITY,
    version: str = "2012-10-17",
) -> Policy:
    return parse(json.dumps({"Version": version, "Statement": list(statements)}), kind)


def bare(*statements: Mapping[str, object], **more: Any) -> Standing:
    return Standing.of(policy(*statements, **more))


def casey(*layers: Layer, who: Principal = CASEY, **fixed: Any) -> Standing:
    return Standing(
        who, layers, {key.replace("_", ":", 1): value for key, value in fixed.items()}
    )


def layer(kind: Kind, *statements: Mapping[str, object], on: str = "*") -> Layer:
    return Layer(kind, (policy(*statements, kind=kind),), on)


def said(found: Iterable[Excess | Undecided]) -> Said:
    """Witnesses as (action, resource, context)."""
    return [
        (one.witness.action, one.witness.resource, dict(one.witness.context))
        if isinstance(one, Excess)
        else one
        for one in found
    ]


def differences(new: Standing, old: Standing, domain: Domain = OPEN) -> Said:
    """What the comparison says, after every witness was put to the engine once more."""
    found = list(excesses(new, old, domain))
    for one in found:
        if isinstance(one, Excess) and one.principal is None:
            assert isinstance(authorize(new, one.witness), Allowed)
            assert not isinstance(authorize(old, one.witness), Allowed)
    return said(found)
