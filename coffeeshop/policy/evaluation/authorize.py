"""Decide one request for one standing, by AWS's policy evaluation logic.

These are the rules in order, each with its page of AWS's documentation:

1.  Nothing can deny sts:GetCallerIdentity and sts:GetSessionToken. [sts]
2.  A layer must *apply* to the request. A resource's policy applies to the resource and its contents. A trust policy applies
    to assuming its role. [trust]
3.  The root user's own policies never limit it, and it needs none in its own account. [root]
4.  An explicit deny in any layer decides. It is reported as such even if nothing allows. [logic]
5.  Otherwise every layer that *caps* must allow: boundary, session policy, each level of SCPs and RCPs. None of them
    grants. [logic]
6.  Within one account an identity policy or a resource policy grants. [logic]
7.  Across accounts both must allow: the principal's identity policy and the resource's policy. [cross]
8.  An entry for the account (its number, or `:root`) only delegates: the identity policy must allow as well. In a Deny
    it means every principal of the account. [principal]
9.  An entry for the role of a session, or for the user of a federated one, grants without an identity policy. Boundary
    and session policy still cap. [single]
10. An entry for the exact user or session grants, even if boundary, session and identity policies don't allow. So does an
    entry for everyone. [single] states this for `*` with a condition on aws:PrincipalArn. The cases of iam-simulate show it
    for `*` alone, and no page contradicts. ([principal]: IAM role principals)
11. To assume a role always needs its trust policy, even within the account. To use a KMS key always needs its key policy
    or a grant, even for the root user. An entry for the account delegates. Nobody changes an alias of AWS's. [trust] [key]
12. Principals without identity policies (services, strangers, federated identities) need an entry. [principal]
13. If several kinds of layers deny, or fail to allow, the first of `LAYER_ORDER` is named. [denied]

https://docs.aws.amazon.com/IAM/latest/UserGuide/...
[logic] reference_policies_evaluation-logic.html
[cross] reference_policies_evaluation-logic-cross-account.html
[single] reference_policies_evaluation-logic_policy-eval-basics.html
[principal] reference_policies_elements_principal.html
[root] id_root-user.html, [trust] id_roles.html, [denied] troubleshoot_access-denied.html
[key] https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
[sts] https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from coffeeshop.policy.evaluation.match import Clause, PreparedRequest, compiled_policy
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

LAYER_ORDER: Final = (
    Kind.RCP,
    Kind.SCP,
    Kind.RESOURCE,
    Kind.TRUST,
    Kind.IDENTITY,
    Kind.BOUNDARY,
    Kind.SESSION,
)
# Where several layers deny or are silent, the first of these is named.
LAYER_RANKS: Final = {kind: rank for rank, kind in enumerate(LAYER_ORDER)}
CHANGING_ALIASES: Final = frozenset(
    {"kms:createalias", "kms:updatealias", "kms:deletealias"}
)
UNDENIABLE_ACTIONS: Final = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
RESOURCE_KINDS: Final = frozenset({Kind.RESOURCE, Kind.TRUST})
GRANTING_KINDS: Final = RESOURCE_KINDS | {Kind.IDENTITY}  # all others only cap
# Kinds that never limit the root user.
KINDS_WITHOUT_ROOT: Final = frozenset({Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION})


class LayerMatches(NamedTuple):
    """The statements of one layer that match a request: its Denies and its Allows."""

    layer: Layer
    denies: Sequence[Clause]
    allows: Sequence[Clause]


def authorize(standing: Standing, request: Request) -> Decision:
    """Decide one request. Never raises on policies that `parse` has read.

    >>> from coffeeshop.policy import Request, Standing, parse
    >>> may = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}'
    >>> casey = Standing.of(parse(may))
    >>> type(authorize(casey, Request("s3:GetObject", "arn:aws:s3:::receipts/monday"))).__name__
    'Allowed'
    >>> type(authorize(casey, Request("s3:PutObject", "arn:aws:s3:::receipts/monday"))).__name__
    'ImplicitlyDenied'
    """
    prepared = PreparedRequest(standing, request)
    if prepared.action in UNDENIABLE_ACTIONS:
        return Allowed(standing, request, ())
    layers = [match_layer(layer, prepared) for layer in applicable_layers(prepared)]
    denying_layers = [matches for matches in layers if matches.denies]
    if denying_layers:  # an explicit Deny wins over every Allow, whichever layer says it
        reported = min(denying_layers, key=lambda matches: LAYER_RANKS[matches.layer.kind])
        return ExplicitlyDenied(
            standing,
            request,
            tuple(clause.cited_statement(reported.layer) for clause in reported.denies),
        )
    silent, by = combine_layers(prepared, layers)
    if silent:
        return ImplicitlyDenied(standing, request, min(silent, key=LAYER_RANKS.__getitem__))
    return Allowed(standing, request, by)


def silent_kinds(decision: ImplicitlyDenied) -> frozenset[Kind]:
    """Return every kind of layer that doesn't allow a refused request. The decision names the first of them."""
    prepared = PreparedRequest(decision.standing, decision.request)
    layers = [match_layer(layer, prepared) for layer in applicable_layers(prepared)]
    silent, _ = combine_layers(prepared, layers)
    return frozenset(silent)


def applicable_layers(prepared: PreparedRequest) -> Iterator[Layer]:
    """Yield the layers that apply to a request (rules 2 and 3)."""
    root = prepared.principal.kind == "root"
    for layer in prepared.standing.layers:
        kind = layer.kind
        on = layer.on
        if kind is Kind.TRUST and not prepared.action.startswith("sts:"):
            continue
        if root and kind in KINDS_WITHOUT_ROOT:
            continue
        if (
            on == "*"
            or on == prepared.resource
            or (kind is Kind.RESOURCE and prepared.resource.startswith(f"{on}/"))
        ):
            yield layer


def match_layer(layer: Layer, prepared: PreparedRequest) -> LayerMatches:
    """Return the statements of one layer that match the request."""
    denying: list[Clause] = []
    allowing: list[Clause] = []
    for policy in layer.policies:
        denies, allows = compiled_policy(policy).clauses_about(prepared.action)
        denying += [clause for clause in denies if clause.matches_rest(prepared)]
        allowing += [clause for clause in allows if clause.matches_rest(prepared)]
    return LayerMatches(layer, denying, allowing)


def combine_layers(
    prepared: PreparedRequest, layers: Sequence[LayerMatches]
) -> tuple[set[Kind], tuple[Matched, ...]]:
    """Return the kinds of layer whose silence denies the request, and the Allows that grant it.

    `layers` apply to the request, and none of them denies it. A kind is silent if AWS needs an Allow
    from it and none matches. If no kind is silent, the request is allowed. Otherwise ignore the
    Allows. Here are rules 5 to 12 of the module. An *entry* is a principal in a resource's policy or
    a trust policy.
    """
    principal = prepared.principal
    has_identity_allow = False
    closest = Naming.NOT
    # None: an Allow of an identity policy, which has no Principal.
    allows_by_naming: list[tuple[Naming | None, Matched]] = []
    for layer, _, allows in layers:
        if layer.kind not in GRANTING_KINDS:
            continue
        for clause in allows:
            if layer.kind is Kind.IDENTITY:
                has_identity_allow = True
                naming = None
            else:
                naming = clause.naming_of(prepared.standing)
                closest = max(closest, naming)
            allows_by_naming.append((naming, clause.cited_statement(layer)))
    cross_account = is_cross_account(prepared)
    has_trust_policy = any(matches.layer.kind is Kind.TRUST for matches in layers)
    has_key_policy = prepared.action.startswith("kms:") and any(
        is_key_layer(matches.layer) for matches in layers
    )
    decides_alone = has_trust_policy or has_key_policy

    # Rule 5: every layer that caps must allow.
    silent = {
        matches.layer.kind for matches in layers if not matches.allows
    } - GRANTING_KINDS
    # Rules 7, 11 and 12: some requests need an entry in the resource's or the trust policy.
    needs_entry = cross_account or decides_alone or lacks_identity_policies(principal)
    if needs_entry and not closest:
        silent.add(Kind.TRUST if has_trust_policy else Kind.RESOURCE)
    # Rules 3, 6, 8 and 9: root and close entries at home need no identity policy.
    granted_by_entry = closest >= Naming.ISSUER and not cross_account
    is_root = principal.kind == "root"
    if not (has_identity_allow or granted_by_entry or is_root):
        silent.add(Kind.IDENTITY)
    # Rule 10: an entry for the very user or session doesn't need the principal's own policies.
    if closest is Naming.VERY and not cross_account:
        silent -= KINDS_WITHOUT_ROOT
    # Rule 11: no policy lets anyone change an alias that AWS keeps for itself.
    if prepared.action in CHANGING_ALIASES and ":alias/aws/" in prepared.resource:
        silent.add(Kind.IDENTITY)
    needs_delegation = has_key_policy and not granted_by_entry
    if cross_account or has_trust_policy or needs_delegation:
        grants_from = Naming.ACCOUNT
    else:
        grants_from = Naming.ISSUER
    # Rule 11: without an entry for the account, its own identity policies give nothing on a key.
    is_delegated = any(naming is Naming.ACCOUNT for naming, _ in allows_by_naming)
    has_identity_effect = cross_account or not has_key_policy or is_delegated
    return silent, tuple(
        matched
        for naming, matched in allows_by_naming
        if (has_identity_effect if naming is None else naming >= grants_from)
    )


def is_key_layer(layer: Layer) -> bool:
    """Return whether a layer can be the key policy of a KMS key. A policy of any resource can. An alias has none."""
    if layer.kind is not Kind.RESOURCE:
        return False
    is_of_kms = layer.on.split(":", 3)[2:3] == ["kms"]
    return layer.on == "*" or (is_of_kms and ":alias/" not in layer.on)


def is_cross_account(prepared: PreparedRequest) -> bool:
    """Return whether the resource belongs to another account than the principal.

    A resource without an account counts as the principal's own.
    """
    resource_account = prepared.request.account
    caller_account = prepared.principal.account
    return bool(resource_account and caller_account) and resource_account != caller_account


def lacks_identity_policies(principal: Principal) -> bool:
    """Return whether the principal can't have identity policies.

    Services, anonymous callers and identities of an outside provider have none.
    """
    return principal.kind in ("service", "anonymous") or (
        principal.kind == "federated" and not principal.account
    )
