"""A standing and a request make a decision, by AWS's policy evaluation logic.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
An explicit deny in any layer decides. Otherwise something must *grant* (identity and resource policies, joined by whose
account it is and by how the resource policy names the principal) and every layer that *caps* must allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from coffeeshop.policy.evaluation.match import Asked, Clause, compiled
from coffeeshop.policy.language.principals import Naming
from coffeeshop.policy.model import (
    Allowed,
    Decision,
    ExplicitlyDenied,
    ImplicitlyDenied,
    Kind,
    Layer,
    Matched,
    Principal,
    Request,
    Standing,
)

ORDER: Final = (Kind.RCP, Kind.SCP, Kind.RESOURCE, Kind.TRUST, Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION)
RANK: Final = {kind: rank for rank, kind in enumerate(ORDER)}  # of several that deny or are silent, the first is named
UNDENIABLE: Final = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
JOINED: Final = frozenset({Kind.RESOURCE, Kind.TRUST})
GRANTS: Final = JOINED | {Kind.IDENTITY}  # all others only cap
OWN: Final = frozenset({Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION})  # what never binds the root user


class Heard(NamedTuple):
    """What one layer has to say about a request."""

    layer: Layer
    denies: Sequence[Clause]
    allows: Sequence[Clause]


def authorize(standing: Standing, request: Request) -> Decision:
    """Decides one request. Never raises on policies that `parse` has read.

    >>> from coffeeshop.policy import Request, Standing, parse
    >>> may = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'
    >>> casey = Standing.of(parse(may))
    >>> type(authorize(casey, Request("s3:GetObject", "arn:aws:s3:::receipts/monday"))).__name__
    'Allowed'
    >>> type(authorize(casey, Request("s3:PutObject", "arn:aws:s3:::receipts/monday"))).__name__
    'ImplicitlyDenied'
    """
    asked = Asked(standing, request)
    if asked.action in UNDENIABLE:
        return Allowed(standing, request, ())
    heard = [hear(layer, asked) for layer in bearing(asked)]
    denying = [one for one in heard if one.denies]
    if denying:
        named = min(denying, key=lambda one: RANK[one.layer.kind])
        return ExplicitlyDenied(standing, request, tuple(clause.matched(named.layer) for clause in named.denies))
    silent, by = _join(asked, heard)
    return (
        ImplicitlyDenied(standing, request, min(silent, key=RANK.__getitem__))
        if silent
        else Allowed(standing, request, by)
    )


def bearing(asked: Asked) -> Iterator[Layer]:
    """The layers that bear on this request: a resource's policy on what it hangs on and on what lies in it, a trust
    policy on taking its role; and nothing of its own binds the root user."""
    root = asked.principal.kind == "root"
    for layer in asked.standing.layers:
        kind, on = layer.kind, layer.on
        if kind is Kind.TRUST and not asked.action.startswith("sts:"):
            continue
        if root and kind in OWN:
            continue
        if on == "*" or on == asked.resource or (kind is Kind.RESOURCE and asked.resource.startswith(f"{on}/")):
            yield layer


def hear(layer: Layer, asked: Asked) -> Heard:
    """The statements of one layer that speak of the request."""
    denying: list[Clause] = []
    allowing: list[Clause] = []
    for policy in layer.policies:
        denies, allows = compiled(policy).speaking(asked.action)
        denying += [clause for clause in denies if clause.speaks(asked)]
        allowing += [clause for clause in allows if clause.speaks(asked)]
    return Heard(layer, denying, allowing)


def _join(asked: Asked, heard: Sequence[Heard]) -> tuple[set[Kind], tuple[Matched, ...]]:
    """Which kinds of layer should allow and do not; and the statements that grant.

    In the account of the resource one side may do: an account's name in a resource policy only delegates, "*" or the
    session's role spares the identity policies, the very user or session spares boundary and session policies as well.
    Across accounts both sides must allow, and taking a role always needs its trust policy.
    """
    principal, kinds = asked.principal, {one.layer.kind for one in heard}
    silent = {one.layer.kind for one in heard if not one.allows} - GRANTS
    own = tuple(clause.matched(one.layer) for one in heard if one.layer.kind is Kind.IDENTITY for clause in one.allows)
    joined = [
        (clause.naming(principal), clause.matched(one.layer))
        for one in heard
        if one.layer.kind in JOINED
        for clause in one.allows
    ]
    best = max((naming for naming, _ in joined), default=Naming.NOT)
    across, trust = foreign(asked), Kind.TRUST in kinds
    if not best and (across or trust or alone(principal)):
        silent.add(Kind.TRUST if trust else Kind.RESOURCE)
    spared = (best >= Naming.OPEN and not across) or principal.kind == "root"
    if not own and not spared:
        silent.add(Kind.IDENTITY)
    if best is Naming.VERY and not across:
        silent -= OWN
    least = Naming.ACCOUNT if across or trust else Naming.OPEN
    return silent, own + tuple(matched for naming, matched in joined if naming >= least)


def foreign(asked: Asked) -> bool:
    """Whether the resource belongs to another account than whoever asks; to one of no account, none is another."""
    theirs, ours = asked.request.account, asked.principal.account
    return bool(theirs and ours) and theirs != ours


def alone(principal: Principal) -> bool:
    """Whether no identity policy can speak for whoever asks: services, strangers, identities of an outside provider."""
    return principal.kind in ("service", "anonymous") or (principal.kind == "federated" and not principal.account)
