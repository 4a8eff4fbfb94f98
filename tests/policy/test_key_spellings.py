"""A service's own spelling of a global key is that key, wherever a policy is read."""

from __future__ import annotations

import pytest

from coffeeshop.policy import catalog
from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.comparison.domain import Domain
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Allowed, Excess, Request, Standing
from coffeeshop.policy.validation.validate import validate

ACCOUNT = "111122223333"
DOMAIN = Domain.typed_domain((ACCOUNT,))


def standing(
    action: str, key: str, operator: str = "StringEquals", effect: str = "Allow"
) -> Standing:
    more = (
        '{"Effect": "Allow", "Action": "*", "Resource": "*"}, ' if effect == "Deny" else ""
    )
    return Standing.of(
        parse(
            f'{{"Version": "2012-10-17", "Statement": [{more}{{"Effect": "{effect}", "Action": "{action}", '
            f'"Resource": "*", "Condition": {{"{operator}": {{"{key}": "north"}}}}}}]}}'
        )
    )


SPELLINGS = [
    ("ec2:StopInstances", "ec2:ResourceTag/branch"),
    ("ec2:*", "EC2:resourcetag/branch"),
    ("secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/branch"),
    ("iam:DeleteUser", "iam:ResourceTag/branch"),
    ("ssm:GetParameter", "ssm:resourceTag/branch"),
    ("ecr:BatchGetImage", "ecr:ResourceTag/branch"),
    ("sagemaker:DescribeModel", "sagemaker:ResourceTag/branch"),
]


@pytest.mark.parametrize(("action", "key"), SPELLINGS)
@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "StringLike"])
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_both_spellings_allow_the_same(action: str, key: str, operator: str, effect: str):
    own = standing(action, key, operator, effect)
    as_global = standing(action, "aws:ResourceTag/branch", operator, effect)
    assert list(excesses(own, as_global, DOMAIN)) == []
    assert list(excesses(as_global, own, DOMAIN)) == []


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("s3:GetObject", "s3:ExistingObjectTag/branch"),  # an object's, not a bucket's
        ("iotanalytics:DescribeChannel", "iotanalytics:ResourceTag/branch"),
    ],
)
def test_another_key_is_no_spelling(action: str, key: str):
    assert catalog.global_spelling(key) == ""
    own, as_global = standing(action, key), standing(action, "aws:ResourceTag/branch")
    assert any(isinstance(found, Excess) for found in excesses(own, as_global, DOMAIN)) or (
        any(isinstance(found, Excess) for found in excesses(as_global, own, DOMAIN))
    )


def test_the_account_of_a_bucket_has_two_spellings():
    assert catalog.global_spelling("s3:ResourceAccount") == "aws:ResourceAccount"
    assert catalog.global_spelling("aws:ResourceAccount") == ""


@pytest.mark.parametrize("carried", ["aws:ResourceTag/branch", "ec2:ResourceTag/branch"])
@pytest.mark.parametrize("read", ["aws:ResourceTag/branch", "ec2:ResourceTag/branch"])
def test_a_request_that_carries_one_spelling_carries_the_other(carried: str, read: str):
    request = Request(
        "ec2:StopInstances",
        f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1",
        {carried: ("north",)},
    )
    assert isinstance(authorize(standing("ec2:*", read), request), Allowed)


def test_a_request_of_another_service_does_not_carry_the_spelling():
    request = Request(
        "sqs:SendMessage",
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:q",
        {"aws:ResourceTag/branch": ("north",)},
    )
    decision = authorize(standing("*", "ec2:ResourceTag/branch"), request)
    assert not isinstance(decision, Allowed)
    assert "the request has no such key" in explain_decision(decision)


def test_a_check_of_a_policy_knows_the_spelling():
    document = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", '
        f'"Resource": "arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:till-abcdef", '
        '"Condition": {"StringEquals": {"secretsmanager:ResourceTag/branch": "north"}}}]}'
    )
    assert [str(found) for found in validate(document) if "carr" in str(found)] == []
