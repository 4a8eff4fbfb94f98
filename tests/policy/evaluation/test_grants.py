"""What would allow a request, and what takes it away: laws over every policy, and a case for each layer."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from coffeeshop.policy.evaluation.authorize import (
    GRANTING_KINDS,
    UNDENIABLE_ACTIONS,
    authorize,
)
from coffeeshop.policy.evaluation.grants import Grant, Hold, request_grants
from coffeeshop.policy.model import Allowed, Kind, Layer, Policy, Request, Standing
from tests.policy.arbitrary import requests, standings
from tests.policy.standings import CASEY, IN_TILL, TILL, Written, allow, deny, layer, when

READ = Request("s3:GetObject", "arn:aws:s3:::receipts/monday.csv")
ASSUME = Request("sts:AssumeRole", TILL)


def grants(*layers: Layer, request: Request = READ) -> tuple[Grant, ...]:
    return request_grants(Standing(CASEY, layers), request)


def only_hold(*layers: Layer, request: Request = READ) -> Hold:
    (grant,) = grants(*layers, request=request)
    (hold,) = grant.holds
    return hold


OWN = layer(Kind.IDENTITY, allow())


@given(standings(), requests())
def test_a_request_is_allowed_exactly_if_one_of_its_grants_is_not_held_back(
    standing: Standing, request: Request
) -> None:
    if standing.principal.kind == "root" or request.action.lower() in UNDENIABLE_ACTIONS:
        return
    is_granted = any(grant.is_effective for grant in request_grants(standing, request))
    assert is_granted is isinstance(authorize(standing, request), Allowed)


@given(standings(), requests())
def test_without_all_that_holds_a_grant_back_the_request_is_allowed(
    standing: Standing, request: Request
) -> None:
    for grant in request_grants(standing, request):
        if all(hold.layer and not hold.unmet for hold in grant.holds):
            freed = without(standing, grant)
            assert isinstance(authorize(freed, request), Allowed)


def without(standing: Standing, grant: Grant) -> Standing:
    """The standing without the statements that deny, and without the caps that don't allow."""
    denied = [matched.statement for hold in grant.holds for matched in hold.denies]
    silent = [hold.layer for hold in grant.holds if not hold.denies]
    return replace(
        standing,
        layers=tuple(
            replace(each, policies=tuple(kept(p, denied) for p in each.policies))
            for each in standing.layers
            if not any(each is held for held in silent)
        ),
    )


def kept(policy: Policy, dropped: list[object]) -> Policy:
    statements = tuple(
        each for each in policy.statements if not any(each is gone for gone in dropped)
    )
    return replace(policy, statements=statements)


def test_each_layer_that_takes_a_permission_away_is_named() -> None:
    caps = (
        layer(Kind.BOUNDARY, allow("sqs:*", "*")),
        layer(Kind.SCP, allow("*", "*"), deny()),
    )
    (grant,) = grants(OWN, *caps)
    assert [(hold.kind, bool(hold.denies)) for hold in grant.holds] == [
        (Kind.BOUNDARY, False),
        (Kind.SCP, True),
    ]


def test_a_layer_that_allows_the_request_holds_nothing_back() -> None:
    (grant,) = grants(OWN, layer(Kind.BOUNDARY, allow()), layer(Kind.SCP, allow("*", "*")))
    assert grant.is_effective


def test_a_deny_about_another_request_holds_nothing_back() -> None:
    (grant,) = grants(OWN, layer(Kind.SCP, allow("*", "*"), deny("s3:DeleteObject")))
    assert grant.is_effective


def test_of_two_levels_of_control_policies_the_one_that_is_silent_is_named() -> None:
    silent = layer(Kind.SCP, allow("sqs:*", "*"))
    assert only_hold(OWN, layer(Kind.SCP, allow("*", "*")), silent).layer is silent


def test_a_condition_that_the_request_does_not_meet_is_named_by_its_key() -> None:
    conditional = allow() | when(Bool={"aws:MultiFactorAuthPresent": "true"})
    assert only_hold(layer(Kind.IDENTITY, conditional)).unmet == (
        "aws:MultiFactorAuthPresent",
    )


def trust(principal: str) -> Layer:
    statement: Written = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "sts:AssumeRole",
    }
    return layer(Kind.TRUST, statement, on=TILL)


def test_a_policy_that_allows_a_role_needs_the_roles_trust_policy() -> None:
    may_assume = layer(Kind.IDENTITY, allow("sts:AssumeRole", TILL))
    (grant,) = grants(may_assume, trust("111122223333"), request=ASSUME)
    assert grant.is_effective
    assert [matched.layer.kind for matched in grant.needs] == [Kind.TRUST]
    assert only_hold(may_assume, trust(IN_TILL.arn), request=ASSUME).kind is Kind.TRUST


def test_a_trust_policy_that_delegates_needs_an_identity_policy() -> None:
    assert only_hold(trust("111122223333"), request=ASSUME).kind is Kind.IDENTITY


def test_a_trust_policy_that_names_the_user_grants_by_itself() -> None:
    (grant,) = grants(trust(CASEY.arn), request=ASSUME)
    assert grant.is_effective
    assert grant.by.layer.kind in GRANTING_KINDS
    assert not grant.needs
