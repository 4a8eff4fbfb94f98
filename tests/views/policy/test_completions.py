"""What F9 leaves out: a name that stands in the element already."""

from __future__ import annotations

import json

import pytest

from coffeeshop.views.policy.completions import unwritten_proposals

TEXT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": "arn:aws:s3:::b/*",
            },
            {
                "Effect": "Allow",
                "Principal": {"AWS": "111122223333"},
                "Action": "s3:PutObject",
                "Resource": "*",
            },
        ],
    }
)


@pytest.mark.parametrize(
    ("element", "within", "there"),
    [
        ("Action", "s3:GetObject", {"s3:GetObject", "s3:ListBucket"}),
        ("Action", "s3:PutObject", {"s3:PutObject"}),
        ("Resource", "b/*", {"arn:aws:s3:::b/*"}),
        ("AWS", "1111", {"111122223333"}),
    ],
)
def test_what_stands_in_an_element_is_not_proposed_for_it_again(
    element: str, within: str, there: set[str]
) -> None:
    proposals = (
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
        "arn:aws:s3:::b/*",
        "111122223333",
        "x",
    )
    assert {*proposals} - {
        *unwritten_proposals(proposals, element, TEXT, TEXT.index(within))
    } == there


def test_in_a_text_that_cannot_be_read_everything_is_proposed() -> None:
    assert unwritten_proposals(
        ("s3:GetObject",), "Action", '{"Action": "s3:GetObject"', 5
    ) == ("s3:GetObject",)
