"""A KMS key has its own aliases and properties, and a policy may limit access by them."""

from __future__ import annotations

import json
from functools import cache

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Report, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load

ANY_KEY = "arn:aws:kms:us-east-1:111122223333:key/*"
Conditions = dict[str, dict[str, str | list[str]]]


@cache
def recipe_book() -> Scenario:
    return load(find("31"))


def report(resource: str, condition: Conditions) -> Report:
    """The grade of 31, whose bakers may decrypt under a condition."""
    statement = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": resource,
        "Condition": condition,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    call = "aws iam put-group-policy --group-name Bakers --policy-name unlock"
    return grade(run_play(recipe_book(), f"{call} --policy-document '{document}'\n"))


@pytest.mark.parametrize("resource", ["*", ANY_KEY])
@pytest.mark.parametrize(
    "condition",
    [
        {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/recipes"}},
        {
            "ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/recipes"},
            "StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"},
        },
    ],
)
def test_a_key_may_be_named_by_its_alias_in_a_condition(
    resource: str, condition: Conditions
) -> None:
    assert report(resource, condition).stars == 3


@pytest.mark.parametrize(
    "condition",
    [
        {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/*"}},
        {
            "ForAnyValue:StringEquals": {
                "kms:ResourceAliases": ["alias/recipes", "alias/payroll"]
            }
        },
        {"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}},
        {"StringEquals": {"kms:KeyUsage": "ENCRYPT_DECRYPT", "kms:KeyOrigin": "AWS_KMS"}},
        {"Bool": {"kms:MultiRegion": "false"}},
    ],
)
def test_a_condition_that_another_key_meets_allows_too_much(condition: Conditions) -> None:
    assert report("*", condition).stars == 1


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"kms:KeyUsage": "SIGN_VERIFY"}},
        {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/payroll"}},
    ],
)
def test_a_condition_that_the_key_does_not_meet_opens_nothing(
    condition: Conditions,
) -> None:
    assert report("*", condition).stars == 0
