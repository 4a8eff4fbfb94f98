"""Only what doesn't exist is said to be made up."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.made_up_names import (
    is_known,
    known_arns,
    resource_name,
    searched_names,
)
from tests.views.plays import played

ANY = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "%s"}}'
PUT = "aws iam put-user-policy --user-name casey --policy-name"


@pytest.mark.parametrize(
    "line",
    [
        "aws iam create-user --user-name my-canary",
        "aws iam create-group --group-name my-canary",
        "aws s3api create-bucket --bucket my-canary",
        "aws sqs create-queue --queue-name my-canary",
        f"{PUT} my-canary --policy-document '{ANY % '*'}'",
        f"{PUT} list --policy-document '{ANY % 'arn:aws:s3:::my-canary'}'",
        "aws iam create-virtual-mfa-device --virtual-mfa-device-name my-canary --outfile x.png --bootstrap-method QRCodePNG",
    ],
)
def test_a_name_that_the_account_has_or_a_policy_names_was_not_made_up(line: str) -> None:
    text = "AWS allows it on my-canary, my-canary-2 and arn:aws:s3:::canary."
    before = played("20").account
    assert searched_names(text, before) == ("my-canary", "my-canary-2", "canary")
    play = played("20", line)
    assert play.outcomes[-1].has_succeeded
    assert searched_names(text, play.account) == ("my-canary-2", "canary")


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("20", "arn:aws:iam::111122223333:mfa/ada"),
        ("20", "arn:aws:iam::111122223333:root"),
        ("20", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("20", "arn:aws:sqs:eu-west-1:111122223333:online-orders"),
        (
            "34",
            "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
        ),
    ],
)
def test_whatever_has_an_arn_exists(name: str, arn: str) -> None:
    arns = known_arns(played(name).account)
    assert is_known(arn, arns), sorted(arns)
    assert (
        not is_known(f"{arn.replace(':aws:', ':111122223333:')}-x", arns) or "::aws:" in arn
    )


def test_a_made_up_role_is_told_from_a_user_of_the_same_name() -> None:
    arns = known_arns(played("20").account)
    assert resource_name("arn:aws:iam::111122223333:role/ada", arns) == "role/ada"
    assert resource_name("arn:aws:iam::111122223333:role/x", arns) == "x"


def test_a_very_long_name_is_searched_once() -> None:
    name = "a-" * 50_000
    assert searched_names(f"{name} and canary", played("20").account) == ("canary",)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:s3:us-east-1:111122223333:access-grants/default", ""),
        ("arn:aws:securityhub:us-east-1:111122223333:hub/default", ""),
        ("arn:aws:apigateway:us-east-1::/account", ""),
        ("arn:aws:glue:us-east-1:111122223333:catalog", ""),
        ("arn:aws:apigateway:us-east-1::/apis/x/routes", "x"),
        ("arn:aws:mobiletargeting:us-east-1:111122223333:apps/x/verify-otp", "x"),
        ("arn:aws:s3:us-east-1:111122223333:accesspoint/default", "default"),
        ("arn:aws:s3:::x/default", "default"),
    ],
)
def test_the_fixed_words_of_an_arn_format_are_no_made_up_name(arn: str, name: str) -> None:
    arns = known_arns(played("20").account)
    assert is_known(arn, arns) is (not name)
    assert not name or resource_name(arn, arns) == name
