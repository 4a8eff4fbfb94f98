"""Every witness is a request that its principal could send: its keys have their form and agree with one another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.policy.comparison.compare import excesses, with_principal
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Allowed, Excess, Kind, Policy, Standing
from tests.policy.comparison.plausibility import implausible
from tests.tables import each_row

OURS, PARTNER = "111122223333", "444455556666"
DOMAINS = {"open": Domain.open_domain(), "typed": Domain.typed_domain((OURS,))}
# Keys, and values that a policy would name; a few with wildcards.
VALUES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "aws:SourceAccount": (("StringEquals", "StringNotEquals", "StringLike"), (OURS, PARTNER)),
    "aws:SourceArn": (("ArnLike", "ArnNotLike", "ArnEquals"), (f"arn:aws:sns:us-east-1:{OURS}:menu", "arn:aws:s3:::menus", f"arn:aws:sns:*:{PARTNER}:*")),
    "aws:PrincipalAccount": (("StringEquals", "StringNotEquals"), (OURS, PARTNER)),
    "aws:PrincipalArn": (("ArnLike", "ArnNotLike", "StringNotLike"), (f"arn:aws:iam::{OURS}:role/Till", f"arn:aws:iam::{PARTNER}:*")),
    "aws:PrincipalOrgID": (("StringEquals", "StringNotEquals"), ("o-a1b2c3d4e5",)),
    "aws:username": (("StringEquals", "StringNotLike", "StringLike"), ("casey", "c*")),
    "aws:userid": (("StringLike", "StringNotLike"), ("AROADBQP57FF2AEXAMPLE:*", "*:boss")),
    "aws:SourceIp": (("IpAddress", "NotIpAddress"), ("203.0.113.0/24", "10.0.0.0/8")),
    "aws:CurrentTime": (("DateGreaterThan", "DateLessThan"), ("2026-03-02T08:00:00Z", "2027-01-01T00:00:00Z")),
    "aws:RequestedRegion": (("StringEquals", "StringNotEquals"), ("us-east-1", "eu-west-1")),
    "iam:PassedToService": (("StringEquals", "StringNotEquals"), ("lambda.amazonaws.com",)),
    "aws:SourceVpc": (("StringEquals", "StringNotEquals"), ("vpc-0a1b2c3d",)),
    "aws:MultiFactorAuthPresent": (("Bool", "BoolIfExists"), ("true", "false")),
    "sts:ExternalId": (("StringEquals", "StringNotEquals", "StringLike"), ("shop-7f3a", "s*")),
    "iam:PermissionsBoundary": (("ArnLike", "StringLike", "ArnNotEquals"), (f"arn:aws:iam::{OURS}:policy/Limit", "arn:aws:iam::*:*")),
    "iam:PolicyARN": (("ArnLike", "ArnNotLike"), ("arn:aws:iam::aws:policy/*", "arn:aws:iam::aws:policy/ReadOnlyAccess")),
    "iam:AWSServiceName": (("StringEquals", "StringNotEquals", "StringLike"), ("sqs.amazonaws.com", "*")),
    "kms:ViaService": (("StringNotEquals", "StringLike"), ("s3.us-east-1.amazonaws.com", "s3.*")),
    "kms:CallerAccount": (("StringEquals", "StringNotEquals"), (OURS,)),
    "s3:x-amz-acl": (("StringEquals", "StringNotEquals", "StringLike"), ("private", "public-*")),
    "s3:x-amz-server-side-encryption": (("StringNotEquals", "StringLike"), ("AES256", "aws:kms*")),
    "s3:x-amz-storage-class": (("StringNotEquals", "StringLike"), ("STANDARD", "*")),
    "lambda:FunctionUrlAuthType": (("StringNotEquals", "StringEquals"), ("AWS_IAM",)),
}  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, dict[str, str]] = {}
    for key in draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=3, unique=True)):
        operators, values = VALUES[key]
        found.setdefault(draw(st.sampled_from(operators)), {})[key] = draw(
            st.sampled_from(values)
        )
    return {"Condition": found} if found else {}


def identity(*more: dict[str, Any]) -> Policy:
    said = [
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", **one}
        for one in more
    ]
    return parse(json.dumps({"Version": "2012-10-17", "Statement": said}))


def witnesses(new: Policy, old: Policy, domain: Domain) -> list[Excess]:
    found = excesses(Standing.of(new), Standing.of(old), domain)
    return [one for one in found if isinstance(one, Excess)]


@given(
    st.lists(conditions(), min_size=1, max_size=2),
    st.lists(conditions(), min_size=1, max_size=2),
    st.sampled_from(sorted(DOMAINS)),
)
def test_the_keys_of_every_witness_have_their_form_and_agree(
    new: list[dict[str, Any]], old: list[dict[str, Any]], domain: str
):
    one, other = identity(*new), identity(*old)
    for found in witnesses(one, other, DOMAINS[domain]):
        forms = [
            wrong
            for wrong in implausible(found.witness)
            if " is not of " not in wrong and " has the " not in wrong
        ]
        assert forms == []
        assert isinstance(authorize(Standing.of(one), found.witness), Allowed)
        assert not isinstance(authorize(Standing.of(other), found.witness), Allowed)


@each_row((key,) for key in sorted(VALUES))
def test_whatever_a_policy_asks_of_a_key_a_plausible_value_is_found(key: str):
    operators, values = VALUES[key]
    for operator in operators:
        narrow = {"Condition": {operator: {key: values[0]}}}
        wide = {"Condition": {"Null": {key: "false"}}}
        found = witnesses(identity(wide), identity(narrow), DOMAINS["open"])
        assert found or operator == "BoolIfExists"
        assert [list(implausible(one.witness)) for one in found] == [[]] * len(found)


def test_a_source_s_account_and_arn_agree():
    asked = {
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{PARTNER}:*"},
            "StringNotEquals": {"aws:SourceAccount": OURS},
            "Null": {"aws:SourceAccount": "false"},
        }
    }
    (found,) = witnesses(
        identity(asked), identity({"Resource": "arn:aws:iam::*:user/x"}), DOMAINS["open"]
    )
    assert list(implausible(found.witness)) == []
    assert found.witness.context["aws:SourceAccount"] == (PARTNER,)


def test_nobody_of_one_account_has_an_arn_of_another():
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": PARTNER},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::b/*",
    }
    named = {
        **trust,
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/Courier"}
        },
    }

    def bucket(said: dict[str, Any]) -> Standing:
        text = json.dumps({"Version": "2012-10-17", "Statement": [said]})
        return Standing.of(parse(text, Kind.RESOURCE))

    new, old = bucket(trust), bucket(named)
    found = [
        one for one in excesses(new, old, Domain.open_domain()) if isinstance(one, Excess)
    ]
    assert found
    for one in found:
        assert one.principal is not None
        assert list(implausible(one.witness, one.principal)) == []
        assert isinstance(
            authorize(with_principal(new, one.principal), one.witness), Allowed
        )


@pytest.mark.parametrize(
    ("key", "pattern", "value"),
    [
        ("iam:PermissionsBoundary", "arn:aws:iam::*:*", f"arn:aws:iam::{OURS}:policy/x"),
        ("iam:PolicyARN", "*", "arn:aws:iam::"),
        ("iam:AWSServiceName", "*", "lambda.amazonaws.com"),
        ("kms:ViaService", "sqs.*", "sqs.us-east-1.amazonaws.com"),
        ("s3:x-amz-acl", "public-*", "public-read"),
        ("s3:x-amz-storage-class", "?*", "STANDARD"),
        ("s3:LocationConstraint", "eu-*", "eu-west-1"),
    ],
)
def test_a_key_with_listed_values_is_shown_with_one_of_them(
    key: str, pattern: str, value: str
):
    test = {"StringLike": {key: pattern}, "Null": {key: "false"}}
    asked = {
        "Effect": "Allow",
        "Action": ACTIONS[key.partition(":")[0]],
        "Resource": "*",
        "Condition": test,
    }
    granted = parse(
        json.dumps({"Version": "2012-10-17", "Statement": asked}), Kind.IDENTITY
    )
    found = excesses(Standing.of(granted), Standing.of(), DOMAINS["typed"])
    shown = [one.witness for one in found if isinstance(one, Excess)]
    assert shown
    for witness in shown:
        assert witness.context[key][0].startswith(value)
        assert not list(implausible(witness))


ACTIONS = {
    "iam": ["iam:AttachUserPolicy", "iam:CreateUser", "iam:CreateServiceLinkedRole"],
    "kms": ["kms:Decrypt"],
    "s3": ["s3:PutObject", "s3:CreateBucket"],
}
