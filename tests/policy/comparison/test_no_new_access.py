import json

import pytest

from coffeeshop.policy.catalog.arn_formats import acts_on
from coffeeshop.policy.comparison.no_new_access import check_no_new_access, verdict_lines
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.language.stored_document import parse_comparable
from coffeeshop.policy.model import Kind, Policy

BEANS = "arn:aws:s3:::beans/*"


def policy(
    resource: str = BEANS,
    action: str = "s3:GetObject",
    sid: str = "",
    **condition: dict[str, str],
) -> Policy:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    }
    return parse(json.dumps({"Version": "2012-10-17", "Statement": statement}))


def test_a_policy_grants_nothing_that_it_grants_itself():
    assert check_no_new_access(policy(), policy(), "open") == {
        "result": "PASS",
        "message": "The updated permissions do not grant new access compared to your existing policy.",
        "reasons": [],
        "witness": None,
    }


def test_new_access_comes_with_its_statement_and_a_request_in_which_absence_is_said():
    new = policy(sid="Casey", StringEquals={"aws:username": "casey"})
    old = policy(Bool={"aws:MultiFactorAuthPresent": "true"})
    assert check_no_new_access(new, old, "open") == {
        "result": "FAIL",
        "message": "The modified permissions grant new access compared to your existing policy. For example: s3:GetObject on "
        "arn:aws:s3:::beans/x, when aws:username is casey and aws:MultiFactorAuthPresent is not in the request.",
        "reasons": [
            {
                "description": "New access in the statement with sid: Casey.",
                "statementIndex": 0,
                "statementId": "Casey",
            }
        ],
        "witness": {
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::beans/x",
            "context": {"aws:username": ["casey"]},
        },
    }


def test_an_empty_value_is_said_to_be_empty():
    new = policy("arn:aws:s3:::beans", "s3:ListBucket", StringEquals={"s3:prefix": ""})
    found = check_no_new_access(new, policy(), "typed")
    assert str(found["message"]).endswith(
        "s3:ListBucket on arn:aws:s3:::beans, when s3:prefix is empty."
    )


def test_new_access_that_is_near_nothing_is_an_example_all_the_same():
    found = check_no_new_access(
        policy(), policy("arn:aws:sqs:*:*:*", "sqs:SendMessage"), "open"
    )
    assert str(found["message"]).endswith(
        "For example: s3:GetObject on arn:aws:s3:::beans/x."
    )
    assert found["reasons"] == [
        {"description": "New access in the statement with index: 0.", "statementIndex": 0}
    ]


def test_what_cannot_be_decided_is_said_with_its_reason():
    found = check_no_new_access(
        policy("arn:aws:s3:::b/${aws:username}"), policy("arn:aws:s3:::b/?*"), "open"
    )
    assert found["result"] == "UNDECIDED"
    assert "the policy variable ${aws:username} may hold anything" in str(found["message"])


@pytest.mark.parametrize("account", ["222233334444", "*"])
def test_the_typed_domain_lives_in_the_accounts_that_the_policies_name(account: str):
    new = policy(f"arn:aws:sqs:eu-west-1:{account}:orders", "sqs:SendMessage")
    found = check_no_new_access(new, policy(), "typed")
    shown = "111122223333" if account == "*" else account
    assert found["witness"] == {
        "action": "sqs:SendMessage",
        "resource": f"arn:aws:sqs:eu-west-1:{shown}:orders",
        "context": {},
    }
    assert (
        check_no_new_access(policy(action="s3:Brew"), policy("arn:aws:s3:::tea"), "typed")[
            "result"
        ]
        == "PASS"
    )


def test_lines_are_answered_one_by_one_and_a_bad_one_by_an_error():
    text = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'
    documents = [
        json.dumps({"new": text, "reference": json.loads(text)}),
        b"\xff",
        " ",
        json.dumps({"new": text}),
        json.dumps({"new": text, "reference": "{}"}),
        "[" * 100_000,
    ]
    found = [json.loads(line) for line in verdict_lines(documents, Kind.IDENTITY, "open")]
    assert [one.get("result") or one["Error"]["Code"] for one in found] == [
        "PASS",
        "MalformedInput",
        "MalformedInput",
        "MalformedPolicyDocument",
        "MalformedInput",
    ]
    assert (
        found[2]["Error"]["Message"]
        == 'the line is no object with a policy under "reference"'
    )


def test_a_resource_policy_that_lets_somebody_in_says_whom():
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "444455556666"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::tea/*",
    }
    let_in, nobody = (
        parse(json.dumps({"Version": "2012-10-17", "Statement": one}), Kind.RESOURCE)
        for one in (statement, statement | {"Effect": "Deny"})
    )
    found = check_no_new_access(let_in, nobody, "open")
    assert found["witness"] == {
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::tea/x",
        "context": {},
        "principal": "arn:aws:iam::444455556666:user/someone",
    }
    assert str(found["message"]).endswith(
        "s3:GetObject on arn:aws:s3:::tea/x by arn:aws:iam::444455556666:user/someone."
    )


def _trusting(provider: str) -> str:
    """A trust policy for the users of an identity provider."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


PROVIDER = "arn:aws:iam::111111111111:oidc-provider/MyProvider"


@pytest.mark.parametrize(
    ("new", "reference", "result"),
    [("*", PROVIDER, "FAIL"), (PROVIDER, "*", "PASS"), ("*", "*", "PASS")],
)
def test_every_identity_provider_is_more_than_one(new: str, reference: str, result: str):
    """Access Analyzer answers for a trust policy that IAM doesn't take: aws-samples' custom policy checks."""
    new_policy, reference_policy = (
        parse_comparable(_trusting(each), Kind.TRUST) for each in (new, reference)
    )
    assert check_no_new_access(new_policy, reference_policy, "open")["result"] == result


def test_a_region_in_the_arn_of_an_iam_resource_is_compared_as_it_matches():
    """A star in the Region's place matches no Region, too: aws-samples' custom policy checks, iam-role.md."""
    new, reference = (
        parse_comparable(_allowing(arn))
        for arn in ("arn:aws:iam:*:*:role/*Sensitive*", "arn:aws:iam::*:role/Other")
    )
    assert check_no_new_access(new, reference, "open")["result"] == "FAIL"
    assert (
        check_no_new_access(
            reference, parse_comparable(_allowing("arn:aws:iam:*:*:role/*")), "open"
        )["result"]
        == "PASS"
    )


def _allowing(resource: str) -> str:
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


BUCKET = "arn:aws:s3:::beans"


@pytest.mark.parametrize(
    ("action", "resource", "reference", "possible"),
    [
        ("s3:*", BUCKET, "s3:GetObject", True),
        ("s3:*", BEANS, "s3:ListBucket", True),
        ("dynamodb:*", "arn:aws:dynamodb:us-east-1:111122223333:table/a", "s3:*", True),
        ("coffee:Brew", "*", "s3:GetObject", False),
        ("s3:GetObject", BUCKET, "s3:ListBucket", False),
    ],
)
def test_a_witness_is_a_request_that_aws_can_receive_if_there_is_one(
    action: str, resource: str, reference: str, possible: bool
):
    answer = check_no_new_access(policy(resource, action), policy("*", reference), "open")
    witness = answer["witness"]
    assert answer["result"] == "FAIL"
    assert isinstance(witness, dict)
    if possible:
        assert acts_on(witness["action"], witness["resource"])
    assert ("AWS receives no such request" in str(answer["message"])) != possible
