"""What a witness says to people."""

from typing import Any

import pytest

from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.comparison.witness import sentence
from coffeeshop.policy.model import Excess, Kind, Standing
from tests.policy.standings import BUCKET, OBJECTS, OPEN, TYPED, Written, allow, bare, deny, when


def said(new: Standing, old: Standing | None = None, domain: Domain = OPEN, **more: Any) -> list[str]:
    return [
        sentence(one, **more)
        for one in excesses(new, old or Standing.of(), domain)
        if isinstance(one, Excess)
    ]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (allow("s3:DeleteObject", OBJECTS), "Casey may also s3:DeleteObject x in receipts."),
        (allow("s3:DeleteObject", f"{BUCKET}/2026/*"), "Casey may also s3:DeleteObject 2026/x in receipts."),
        (allow("s3:ListBucket", BUCKET), "Casey may also s3:ListBucket receipts."),
        (allow("s3:ListAllMyBuckets", "*"), "Casey may also s3:ListAllMyBuckets."),
        (
            allow("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111122223333:table/Menu"),
            "Casey may also dynamodb:GetItem table/Menu.",
        ),
        (
            allow(**when(Bool={"aws:SecureTransport": "false"})),
            "Casey may also s3:GetObject x in receipts, when aws:SecureTransport is false.",
        ),
        (
            allow("s3:ListBucket", BUCKET, **when(StringEquals={"s3:prefix": ""})),
            "Casey may also s3:ListBucket receipts, when aws:SecureTransport is true and s3:prefix is empty.",
        ),
    ],
)
def test_a_witness_is_a_sentence(statement: Written, words: str):
    old = bare(deny("iam:*", "*", **when(Bool={"aws:SecureTransport": "false"})))
    assert said(bare(statement), old, TYPED, who="Casey")[0] == words.replace(
        "aws:SecureTransport is true and ", ""
    )


def test_absence_is_said():
    new, old = bare(allow()), bare(allow(**when(Bool={"aws:MultiFactorAuthPresent": "true"})))
    assert said(new, old) == [
        "One may also s3:GetObject x in receipts, when aws:MultiFactorAuthPresent is not in the request."
    ]
    assert said(new, old, settled={"aws:multifactorauthpresent"}) == [
        "One may also s3:GetObject x in receipts."
    ]


def test_a_resource_that_is_no_arn_is_shown_as_it_is():
    assert said(bare(allow("s3:GetObject", "*"))) == ["One may also s3:GetObject x."]


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        ({"AWS": "*"}, "arn:aws:iam::999999999999:user/someone may also"),
        (
            {"AWS": "arn:aws:iam::444455556666:user/partner"},
            "arn:aws:iam::444455556666:user/partner may also",
        ),
        ({"Service": "sns.amazonaws.com"}, "The service sns.amazonaws.com may also"),
        ({"Federated": "accounts.google.com"}, "Somebody signed in by accounts.google.com may also"),
    ],
)
def test_a_stranger_is_named(principal: object, words: str):
    (found,) = said(bare(allow() | {"Principal": principal}, kind=Kind.RESOURCE))
    assert found.startswith(words)
