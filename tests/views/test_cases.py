"""The cases of a diagnosis, and a statement of a policy in one line."""

from __future__ import annotations

import json

import pytest

from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Kind
from coffeeshop.views.cases import statement_text


@pytest.mark.parametrize(
    ("elements", "text"),
    [
        ({"Action": "s3:GetObject", "Resource": "*"}, "Allow s3:GetObject on *"),
        (
            {"Action": ["s3:Get*", "s3:Put*", "s3:List*", "sqs:*"], "Resource": "*"},
            "Allow s3:Get*, s3:Put* and 2 more on *",
        ),
        (
            {
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::beans/*",
                "Condition": {
                    "Bool": {"aws:MultiFactorAuthPresent": "true"},
                    "StringEquals": {"aws:username": "ada"},
                },
            },
            "Allow s3:GetObject on arn:aws:s3:::beans/* if aws:MultiFactorAuthPresent, aws:username",
        ),
    ],
)
def test_a_statement_is_told_with_the_keys_of_its_condition(
    elements: dict[str, object], text: str
):
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", **elements}}
    (statement,) = parse(json.dumps(document), Kind.IDENTITY).statements
    assert statement_text(statement) == text
