"""Conditions whose operator is of another type than the key: addresses compared as text, ARNs compared as dates."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.grade import grade
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import keys, played
from tests.lessons.grading.fresh_answers import (
    IDS,
    Conditions,
    attach,
    bucket,
    denial,
    document,
)

RECEIPTS = "arn:aws:s3:::coffeeshop-receipts"


def stars(number: str, more: str = "", *replaced: tuple[str, str]) -> int:
    lesson = course(IDS[number])
    text = lesson.solution
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    report = grade(played(lesson, f"{text}\n{more}"))
    assert report.stars in (0, 1, 3), keys(report)
    return report.stars


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
