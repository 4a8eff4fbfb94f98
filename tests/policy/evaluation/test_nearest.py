"""Denies that almost refuse a request that is allowed: which they are, on what they miss, and which miss by a slip."""

from __future__ import annotations

import pytest

from coffeeshop.policy.evaluation.explain import NearDeny, near_denies, near_sentence
from coffeeshop.policy.evaluation.nearest import ABSENT_KEY
from coffeeshop.policy.model import Decision, Kind
from tests.policy.evaluation.test_explain import ALL, BUCKET, OBJECT, QUEUE, decide, layer
from tests.tables import each_row

CODE = "aws:MultiFactorAuthPresent"


def deny(**more: object) -> dict[str, object]:
    return {
        "Sid": "No",
        "Effect": "Deny",
        "Action": "s3:GetObject",
        "Resource": f"{BUCKET}/*",
        **more,
    }


def near(
    said: dict[str, object], kind: Kind = Kind.IDENTITY, on: str = "*", **context: str
) -> tuple[NearDeny, ...]:
    caps = (
        (ALL, said)
        if kind in (Kind.SCP, Kind.RCP, Kind.BOUNDARY, Kind.SESSION)
        else (said,)
    )
    return near_denies(
        decide(
            "s3:GetObject",
            OBJECT,
            layer(Kind.IDENTITY, ALL),
            layer(kind, *caps, name="guard", on=on),
            **context,
        )
    )


def condition(operator: str, key: str, value: str) -> dict[str, object]:
    return {"Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    ("more", "context", "said"),
    [
        (condition("Bool", CODE, "false"), {}, f"the request has no {CODE}"),
        (
            condition("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
            {},
            "the request has no aws:SourceIp",
        ),
        ({"Resource": BUCKET}, {}, f"it is about {BUCKET}, not about {OBJECT}"),
        (
            {"Resource": "arn:aws:s3:::Receipts/*"},
            {},
            f"it is about arn:aws:s3:::Receipts/*, not about {OBJECT}",
        ),
        (
            {"Action": "s3:GetObjects"},
            {},
            "it says s3:GetObjects, which isn't an IAM action (did you mean s3:GetObject?)",
        ),
        (
            condition("StringEquals", "aws:UserAgent", "curl*"),
            {"aws_UserAgent": "curl/8"},
            "its condition requires StringEquals aws:UserAgent curl*, and the request has curl/8",
        ),
    ],
    ids=[
        "no code",
        "no address",
        "bucket",
        "case",
        "typing error",
        "wildcard",
    ],
)
def test_a_slip_in_one_element_is_named_with_what_the_request_has(
    more: dict[str, object], context: dict[str, str], said: str
):
    (found,) = near(deny(**more), **context)
    assert (
        near_sentence(found)
        == f"statement “No” of policy “guard” would deny this, but {said}"
    )
    assert found.is_slip


@each_row(
    [
        ({"Resource": "arn:aws:s3:::payroll/*"}, {}),
        ({"Action": "s3:PutObject"}, {}),
        ({"Action": ["s3:GetObjectAcl"]}, {}),
        (condition("StringEquals", "aws:PrincipalTag/team", "guests"), {}),
        (condition("StringEquals", "aws:username", "bo"), {"aws_username": "casey"}),
        (
            condition("Bool", "aws:SecureTransport", "false"),
            {"aws_SecureTransport": "true"},
        ),
        (condition("Null", CODE, "false"), {}),
        ({"Action": "s3:*", "NotResource": OBJECT, "Resource": None}, {}),
    ]
)
def test_a_deny_of_something_else_is_near_and_no_slip(
    more: dict[str, object], context: dict[str, str]
):
    said = {name: value for name, value in deny(**more).items() if value is not None}
    (found,) = near(said, **context)
    assert len(found.misses) == 1
    assert not found.is_slip


@pytest.mark.parametrize(
    "kind", [Kind.IDENTITY, Kind.RESOURCE, Kind.SCP, Kind.RCP, Kind.SESSION]
)
def test_a_near_deny_may_stand_in_any_policy_that_bears_on_the_request(kind: Kind):
    on = BUCKET if kind is Kind.RESOURCE else "*"
    (found,) = near(deny(**condition("Bool", CODE, "false")), kind, on)
    assert found.matched.layer.kind is kind


def test_a_boundary_s_deny_and_one_that_bears_on_another_resource_are_not_near():
    said = deny(**condition("Bool", CODE, "false"))
    assert near(said, Kind.BOUNDARY) == ()
    assert near(said, Kind.RESOURCE, on=QUEUE) == ()


def test_every_element_that_misses_is_named_and_the_nearest_deny_comes_first():
    two = {**deny(Resource=BUCKET, **condition("Bool", CODE, "false")), "Sid": "Two"}
    other = deny(Resource="arn:aws:s3:::payroll/*", Sid="Other")
    one = deny(Sid="One", **condition("Bool", CODE, "false"))
    found = near_denies(
        decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, ALL, two, other, one))
    )
    assert [deny.matched.statement.sid for deny in found] == ["One", "Other", "Two"]
    assert near_sentence(found[-1]).endswith(
        f"but it is about {BUCKET}, not about {OBJECT} and the request has no {CODE}"
    )
    assert [miss.asked for miss in found[-1].misses] == [OBJECT, ABSENT_KEY]


def test_a_deny_of_another_service_and_one_that_misses_on_much_are_not_near():
    assert near(deny(Action="sqs:SendMessage", Resource="*")) == ()
    assert near(deny(Action="s3:PutObject", Resource="arn:aws:s3:::payroll/*")) == ()


def test_what_is_refused_has_no_near_deny():
    said = deny()
    assert (
        near_denies(decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, ALL, said))) == ()
    )
    assert (
        near_denies(
            decide("s3:GetObject", OBJECT, layer(Kind.IDENTITY, deny(Resource=BUCKET)))
        )
        == ()
    )


def same(one: Decision, other: Decision) -> bool:
    (found,) = near_denies(one)
    return found.would_refuse_both(one, other)


def test_a_mended_deny_would_refuse_whatever_is_alike_in_what_it_misses():
    guard = layer(
        Kind.IDENTITY, ALL, deny(Action="s3:*", **condition("Bool", CODE, "false"))
    )
    leak = decide("s3:GetObject", OBJECT, guard)
    assert same(leak, decide("s3:PutObject", OBJECT, guard))
    assert not same(
        leak, decide("s3:PutObject", OBJECT, guard, aws_MultiFactorAuthPresent="true")
    )
    assert not same(leak, decide("s3:PutObject", "arn:aws:s3:::payroll/1", guard))
    assert not same(leak, decide("s3:PutObject", OBJECT, layer(Kind.IDENTITY, ALL)))


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        (["s3:PutObject", "s3:DeleteObject"], "s3:PutObject and s3:DeleteObject"),
        (
            [
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:ListBucket",
                "s3:PutObjectAcl",
                "s3:GetBucketAcl",
            ],
            "s3:GetBucketAcl, s3:PutObject, s3:DeleteObject and 2 more",
        ),
    ],
    ids=["few", "many"],
)
def test_a_deny_of_several_actions_is_said_to_be_about_all_of_them(
    actions: list[str], said: str
):
    (found,) = near(deny(Action=actions))
    assert near_sentence(found).endswith(f"but it is about {said}, not about s3:GetObject")
