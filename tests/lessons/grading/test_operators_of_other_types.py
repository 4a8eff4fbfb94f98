"""Conditions that AWS reads otherwise than one expects: addresses as text, ARNs as dates, keys that don't exist."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import keys, played
from tests.lessons.grading.fresh_answers import (
    IDS,
    SHOP,
    Conditions,
    Statement,
    attach,
    bucket,
    denial,
    document,
)

RECIPES = "arn:aws:s3:::coffeeshop-recipes"
RECEIPTS = "arn:aws:s3:::coffeeshop-receipts"


UNKNOWN_KEYS = ("aws:Foo", "aws:SourceIPAddress", "s3:Foo", "foo:bar")


def stars(number: str, more: str = "", *replaced: tuple[str, str]) -> int:
    lesson = course(IDS[number])
    text = lesson.solution
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    report = grade(played(lesson, f"{text}\n{more}"))
    # Such a key costs the third star, where a rule asks for it.
    assert report.stars != 2 or keys(report) == ["practice:no-unknown-actions"]
    return report.stars


def with_rule(number: str, file: str, rule: Statement) -> tuple[str, str]:
    """The answer's policy of that file with one more statement."""
    policy = json.loads(course(IDS[number]).files[f"policies/{file}.json"])
    policy["Statement"].append(rule)
    return (f"file://policies/{file}.json", f"'{json.dumps(policy)}'")


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"StringNotLike": {"aws:SourceIp": "203.0.113.*"}}, 3),
        ({"StringNotLikeIfExists": {"aws:SourceIp": "203.0.113.*"}}, 3),
        ({"StringNotLike": {"aws:SourceIp": "203.0.*"}}, 1),
        ({"StringNotLike": {"aws:SourceIp": "203.0.113.1*"}}, 0),
        ({"StringNotEquals": {"aws:SourceIp": "203.0.113.10"}}, 0),
    ],
)
def test_a_network_can_be_written_as_text(conditions: Conditions, expected: int):
    rule = denial(conditions, "s3:ListBucket", Principal="*", Resource=RECEIPTS)
    policy = ("file://policies/receipts.json", f"'{document(rule)}'")
    assert stars("C4", "", policy) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"StringLike": {"aws:SourceIp": ["10.*", "192.168.*"]}}, 3),
        ({"StringEquals": {"aws:SourceIp": "10.0.0.7"}}, 3),
        ({"NumericGreaterThan": {"aws:SourceIp": "5"}}, 3),
        ({"StringLike": {"aws:SourceIp": "172.1?.*"}}, 0),
    ],
)
def test_a_partner_calls_from_no_private_network(conditions: Conditions, expected: int):
    assert stars("25", attach("role", "OrdersExport", denial(conditions))) == expected


@pytest.mark.parametrize("operator", ["DateGreaterThan", "NumericLessThan", "IpAddress"])
def test_the_arn_of_nobody_hired_tomorrow_is_a_date_a_number_or_an_address(operator: str):
    never: Conditions = {
        operator: {"aws:PrincipalArn": "0.0.0.0/0" if operator == "IpAddress" else "2027"}
    }
    rule = denial(never, "s3:GetObject")
    assert stars("23", attach("group", "Cashiers", rule)) == 3
    everyone = denial(never, "s3:ListBucket", Principal="*", Resource=RECEIPTS)
    assert stars("22", bucket("coffeeshop-receipts", everyone)) == 3


@pytest.mark.parametrize(
    ("number", "file"), [("24", "shop-rules"), ("44", "shop-work"), ("C4", "shop-rules")]
)
def test_an_scp_on_a_key_that_aws_does_not_have_refuses_nothing(number: str, file: str):
    for key in UNKNOWN_KEYS:
        for conditions in ({"StringLike": {key: "*"}}, {"Null": {key: "false"}}):
            rule = with_rule(number, file, denial(conditions))
            assert stars(number, "", rule) >= 2, conditions


@pytest.mark.parametrize(
    ("number", "file"), [("24", "shop-rules"), ("44", "shop-work"), ("C4", "shop-rules")]
)
def test_an_scp_for_requests_without_a_key_that_aws_does_not_have_refuses_all(
    number: str, file: str
):
    for key in UNKNOWN_KEYS:
        for conditions in ({"StringNotLike": {key: "x"}}, {"Null": {key: "true"}}):
            rule = with_rule(number, file, denial(conditions))
            assert stars(number, "", rule) == 0, conditions


@pytest.mark.parametrize(
    "conditions",
    [
        {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:*::*:*"}},
        {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{SHOP}:*"}},
        {"StringNotLike": {"aws:userid": ["AIDA*", "AROA*"]}},
        {"StringEquals": {"aws:username": "kim"}},
    ],
)
def test_a_new_member_of_a_group_is_a_user_of_the_account(conditions: Conditions):
    rule = denial(conditions, "s3:GetObject", Principal="*", Resource=f"{RECIPES}/*")
    assert stars("32", bucket("coffeeshop-recipes", rule)) == 3


@pytest.mark.parametrize(
    "conditions",
    [
        {"StringLike": {"aws:userid": "AIDA*"}},
        {"StringLike": {"aws:username": "a*"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/a*"}},
    ],
)
def test_a_new_member_of_a_group_can_have_any_name(conditions: Conditions):
    rule = denial(conditions, "s3:GetObject", Principal="*", Resource=f"{RECIPES}/*")
    assert stars("32", bucket("coffeeshop-recipes", rule)) == 0
