import gc
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Standing
from coffeeshop.policy.simulation.request import SimulationError
from coffeeshop.policy.simulation.simulate import answer_lines, evaluate_action, simulate
from tests.tables import each_row

ACCOUNT, PARTNER = "111122223333", "444455556666"
CASEY, CASHIER = (
    f"arn:aws:iam::{ACCOUNT}:user/casey",
    f"arn:aws:iam::{ACCOUNT}:role/Cashier",
)
OBJECT = "arn:aws:s3:::receipts/1"


def policy(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


ALL = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
S3 = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
DENY = policy({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
DOOR = policy(
    {"Effect": "Allow", "Principal": {"AWS": CASEY}, "Action": "s3:*", "Resource": "*"}
)


def asked(
    *policies: str, action: str = "s3:GetObject", resource: str = OBJECT, **rest: object
) -> dict[str, object]:
    return {
        "PolicyInputList": list(policies),
        "ActionNames": [action],
        "ResourceArns": [resource],
        **rest,
    }


def answer(document: Mapping[str, object]) -> Any:
    return simulate(document)


def result(document: Mapping[str, object]) -> Any:
    (only,) = answer(document)["EvaluationResults"]
    return only


def outcome(document: Mapping[str, object]) -> str:
    return result(document)["EvalDecision"]


def key(name: str, *values: str, kind: str = "string") -> dict[str, object]:
    return {
        "ContextKeyName": name,
        "ContextKeyValues": list(values),
        "ContextKeyType": kind,
    }


def test_the_example_of_the_command_line_reference() -> None:
    """https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html

    EvalDecisionDetails isn't in it, and is in every recorded answer.
    """
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*",'
        '"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}'
    )
    context = [key("aws:CurrentTime", "2019-04-25T11:00:00Z", kind="date")]
    document = {
        "PolicyInputList": [text],
        "ActionNames": ["dynamodb:CreateBackup"],
        "ContextEntries": context,
    }
    assert simulate(document) == {
        "EvaluationResults": [
            {
                "EvalActionName": "dynamodb:CreateBackup",
                "EvalResourceName": "*",
                "EvalDecision": "allowed",
                "MatchedStatements": [
                    {
                        "SourcePolicyId": "PolicyInputList.1",
                        "SourcePolicyType": "IAM Policy",
                        "StartPosition": {"Line": 1, "Column": 38},
                        "EndPosition": {"Line": 1, "Column": 167},
                    }
                ],
                "MissingContextValues": [],
                "EvalDecisionDetails": {},
            }
        ]
    }
    early = {
        **document,
        "ContextEntries": [key("aws:CurrentTime", "2014-04-25T11:00:00Z", kind="date")],
    }
    assert (outcome(early), result(early)["MatchedStatements"]) == ("implicitDeny", [])


def test_a_statement_starts_behind_what_precedes_it_as_recorded_answers_have_it() -> None:
    """AdministratorAccess: line 3, column 17 to line 8, column 6."""
    administrator = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    },
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
  ]
}"""
    first, second = result(asked(administrator))["MatchedStatements"]
    assert (first["StartPosition"], first["EndPosition"]) == (
        {"Line": 3, "Column": 17},
        {"Line": 8, "Column": 6},
    )
    assert (second["StartPosition"], second["EndPosition"]["Line"]) == (
        {"Line": 8, "Column": 6},
        9,
    )


def test_nothing_is_filled_into_the_context() -> None:
    own = policy(
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:username": "casey"}},
        }
    )
    silent = result(asked(own, CallerArn=CASEY))
    assert (silent["EvalDecision"], silent["MissingContextValues"]) == (
        "implicitDeny",
        ["aws:username"],
    )
    assert (
        outcome(asked(own, CallerArn=CASEY, ContextEntries=[key("aws:username", "casey")]))
        == "allowed"
    )


def test_lists_are_multivalued_keys() -> None:
    some = policy(
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "b"}},
        }
    )
    assert (
        outcome(
            asked(some, ContextEntries=[key("aws:TagKeys", "a", "b", kind="stringList")])
        )
        == "allowed"
    )
    assert (
        outcome(
            asked(some, ContextEntries=[key("aws:TagKeys", "a", "c", kind="stringList")])
        )
        == "implicitDeny"
    )


def test_an_explicit_deny_shows_the_deny_alone() -> None:
    found = result(asked(ALL, DENY))
    assert [matched["SourcePolicyId"] for matched in found["MatchedStatements"]] == [
        "PolicyInputList.2"
    ]
    assert found["EvalDecision"] == "explicitDeny"


def test_a_boundary_is_told_apart() -> None:
    allowed, silent = (
        result(asked(S3, PermissionsBoundaryPolicyInputList=[ALL])),
        result(asked(ALL, PermissionsBoundaryPolicyInputList=[DENY])),
    )
    assert (allowed["EvalDecision"], allowed["PermissionsBoundaryDecisionDetail"]) == (
        "allowed",
        {"AllowedByPermissionsBoundary": True},
    )
    assert (silent["EvalDecision"], silent["PermissionsBoundaryDecisionDetail"]) == (
        "explicitDeny",
        {"AllowedByPermissionsBoundary": False},
    )
    assert silent["MatchedStatements"] == []
    assert "PermissionsBoundaryDecisionDetail" not in result(asked(S3))


@pytest.mark.parametrize("caller", [CASEY, CASHIER])
@pytest.mark.parametrize(
    "named",
    [{}, {"Condition": {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:*"}}}],
)
def test_a_boundary_does_not_limit_what_a_resource_opens_to_everybody(
    caller: str, named: Mapping[str, object]
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html"""
    door = policy(
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", **named}
    )
    queues = policy({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    bound = {
        "PermissionsBoundaryPolicyInputList": [queues],
        "CallerArn": caller,
        "ResourcePolicy": door,
    }
    context = [key("aws:PrincipalArn", caller)]
    assert outcome(asked(queues, ContextEntries=context, **bound)) == "allowed"
    assert outcome(asked(DENY, ContextEntries=context, **bound)) == "explicitDeny"


def test_an_incomplete_arn_means_all_that_it_leaves_open() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
    short = policy(
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*"}
    )
    table = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/Menu"
    assert outcome(asked(short, action="dynamodb:GetItem", resource=table)) == "allowed"
    assert (
        outcome(asked(short, action="dynamodb:GetItem", resource=OBJECT)) == "implicitDeny"
    )


def test_every_level_of_the_organization_must_allow() -> None:
    levels = [
        {"ServiceControlPolicyInputList": [ALL]},
        {
            "ServiceControlPolicyInputList": [
                policy({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}),
                S3,
            ]
        },
    ]
    allowed = result(asked(ALL, OrderedOrganizationPolicyInputList=levels))
    assert (allowed["EvalDecision"], allowed["OrganizationsDecisionDetail"]) == (
        "allowed",
        {"AllowedByOrganizations": True},
    )
    denied = result(
        asked(
            ALL,
            action="iam:ListUsers",
            resource="*",
            OrderedOrganizationPolicyInputList=levels,
        )
    )
    assert (denied["EvalDecision"], denied["OrganizationsDecisionDetail"]) == (
        "implicitDeny",
        {"AllowedByOrganizations": False},
    )


def test_a_key_that_only_an_scp_asks_for_is_not_missing() -> None:
    limited = policy(
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
        }
    )
    found = result(
        asked(
            ALL,
            OrderedOrganizationPolicyInputList=[
                {"ServiceControlPolicyInputList": [limited]}
            ],
        )
    )
    assert (found["EvalDecision"], found["MissingContextValues"]) == ("implicitDeny", [])


def test_a_resource_policy_grants_to_its_caller() -> None:
    found = result(
        asked(
            policy({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}),
            ResourcePolicy=DOOR,
            CallerArn=CASEY,
        )
    )
    (matched,) = found["MatchedStatements"]
    assert (
        found["EvalDecision"],
        matched["SourcePolicyId"],
        matched["SourcePolicyType"],
    ) == (
        "allowed",
        "ResourcePolicy",
        "Resource Policy",
    )


def test_a_resource_of_another_owner_needs_both_sides() -> None:
    owner = f"arn:aws:iam::{PARTNER}:root"
    silent = policy({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    assert (
        outcome(asked(S3, ResourcePolicy=DOOR, CallerArn=CASEY, ResourceOwner=owner))
        == "allowed"
    )
    assert (
        outcome(asked(silent, ResourcePolicy=DOOR, CallerArn=CASEY, ResourceOwner=owner))
        == "implicitDeny"
    )
    assert outcome(asked(S3, CallerArn=CASEY, ResourceOwner=owner)) == "implicitDeny"
    assert (
        outcome(
            asked(
                ALL,
                action="sqs:SendMessage",
                resource=f"arn:aws:sqs:us-east-1:{PARTNER}:q",
                CallerArn=CASEY,
            )
        )
        == "implicitDeny"
    )
    assert (
        outcome(
            asked(
                ALL, action="sqs:SendMessage", resource=f"arn:aws:sqs:us-east-1:{PARTNER}:q"
            )
        )
        == "allowed"
    )
    assert outcome(asked(S3, ResourceOwner=owner)) == "allowed"


def test_a_role_and_root_may_call() -> None:
    role = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": CASHIER},
            "Action": "s3:*",
            "Resource": "*",
        }
    )
    nothing = policy({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    assert outcome(asked(nothing, ResourcePolicy=role, CallerArn=CASHIER)) == "allowed"
    assert (
        outcome(
            asked(
                nothing,
                ResourcePolicy=role,
                CallerArn=CASHIER,
                PermissionsBoundaryPolicyInputList=[nothing],
            )
        )
        == "implicitDeny"
    )
    assert outcome(asked(nothing, CallerArn=f"arn:aws:iam::{ACCOUNT}:root")) == "allowed"
    assert (
        outcome(asked(nothing, CallerArn=f"arn:aws:iam::{ACCOUNT}:group/Cashiers"))
        == "implicitDeny"
    )


def test_several_resources_are_answered_one_by_one_and_together() -> None:
    some = policy(
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": OBJECT,
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        }
    )
    document = {
        **asked(some, ContextEntries=[key("aws:SecureTransport", "true", kind="boolean")]),
        "ResourceArns": [OBJECT, "arn:aws:s3:::payroll/1"],
    }
    found = result(document)
    assert found["EvalResourceName"] == "arn:${Partition}:s3:::${BucketName}/${ObjectName}"
    assert (
        result({**document, "ResourceArns": ["arn:aws:s3:::a", "arn:aws:s3:::b"]})[
            "EvalResourceName"
        ]
        == "*"
    )
    assert (found["EvalDecision"], found["MatchedStatements"]) == ("implicitDeny", [])
    each = found["ResourceSpecificResults"]
    assert [(one["EvalResourceName"], one["EvalResourceDecision"]) for one in each] == [
        (OBJECT, "allowed"),
        ("arn:aws:s3:::payroll/1", "implicitDeny"),
    ]
    assert [one["MissingContextValues"] for one in each] == [[], []]


def test_an_action_without_resource_types_is_named_by_a_star() -> None:
    document = {**asked(ALL, action="s3:ListAllMyBuckets"), "ResourceArns": ["*", "*"]}
    assert result(document)["EvalResourceName"] == "*"
    assert result({**document, "ActionNames": ["shop:Open"]})["EvalResourceName"] == "*"


def test_missing_keys_of_several_resources_are_told_once() -> None:
    some = policy(
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        }
    )
    assert result({**asked(some), "ResourceArns": [OBJECT, "arn:aws:s3:::payroll/1"]})[
        "MissingContextValues"
    ] == ["aws:SecureTransport"]


def test_a_standing_that_is_no_document_can_be_evaluated_too() -> None:
    standing = Standing.of(parse(ALL, name="AdministratorAccess"))
    found: Any = evaluate_action(
        standing, "s3:GetObject", (OBJECT,), {}, lambda resource: ""
    )
    assert [matched["SourcePolicyId"] for matched in found["MatchedStatements"]] == [
        "AdministratorAccess"
    ]


# --------------------------------------------------------------------- bad input
@each_row([
        ({"ActionNames": ["s3:GetObject"]}, "ValidationError", "PolicyInputList is missing"),
        ({"PolicyInputList": [], "ActionNames": ["s3:GetObject"]}, "ValidationError", "PolicyInputList is empty"),
        ({"PolicyInputList": [ALL]}, "ValidationError", "ActionNames is missing"),
        ({"PolicyInputList": ALL, "ActionNames": ["s3:GetObject"]}, "ValidationError", "PolicyInputList is no list"),
        ({"PolicyInputList": [1], "ActionNames": ["s3:GetObject"]}, "ValidationError", "PolicyInputList holds something that is no text"),
        (asked("{}"), "InvalidInput", "PolicyInputList.1: line 1, column 1: there is no `Statement`"),
        (asked(ALL, "{"), "InvalidInput", "PolicyInputList.2: line 1, column 2"),
        (asked(" " * 131_073), "ValidationError", "at most 131072 characters"),
        (asked(ALL, action="s3:*"), "InvalidInput", "`s3:*` is no action"),
        (asked(ALL, action="GetObject"), "InvalidInput", "`GetObject` is no action"),
        (asked(ALL, PermissionsBoundaryPolicyInputList=[ALL, ALL]), "InvalidInput", "takes one policy"),
        (asked(ALL, OrderedOrganizationPolicyInputList=[{}] * 8), "InvalidInput", "takes 7 levels"),
        (asked(ALL, OrderedOrganizationPolicyInputList=["a"]), "ValidationError", "OrderedOrganizationPolicyInputList.1 is no object"),
        (asked(ALL, ResourcePolicy=DOOR), "InvalidInput", "ResourcePolicy needs CallerArn"),
        (asked(ALL, ResourcePolicy=ALL, CallerArn=CASEY), "InvalidInput", "ResourcePolicy: line 1"),
        (asked(ALL, CallerArn=3), "ValidationError", "CallerArn is no text"),
        (asked(ALL, CallerArn="casey"), "InvalidInput", "CallerArn `casey` is not the ARN"),
        (asked(ALL, CallerArn=f"arn:aws:sts::{ACCOUNT}:assumed-role/R/s"), "InvalidInput", "is not the ARN of an IAM user"),
        (asked(ALL, ResourceOwner="me", CallerArn=CASEY), "InvalidInput", "ResourceOwner `me` is not the ARN of an account"),
        (asked(ALL, ContextEntries=[key("", "a")]), "InvalidInput", "ContextEntries.1 needs a ContextKeyName"),
        (asked(ALL, ContextEntries=[key("aws:a", "a", kind="text")]), "InvalidInput", "ContextEntries.1 needs a ContextKeyName and a ContextKeyType of binary"),
        (asked(ALL, ContextEntries=["a"]), "ValidationError", "ContextEntries.1 is no object"),
    ])  # fmt: skip
def test_what_aws_refuses_is_refused_with_its_reason(
    document: dict[str, object], code: str, says: str
) -> None:
    with pytest.raises(SimulationError) as wrong:
        simulate(document)
    assert (wrong.value.code, says in wrong.value.message) == (code, True)


def test_a_bad_line_is_answered_on_its_own_line_and_the_stream_goes_on() -> None:
    good = json.dumps(asked(ALL))
    bad: list[str | bytes] = [
        "{",
        "[]",
        b"\xff",
        "[" * 100_000,
        "1" * 5_000,
        json.dumps(asked("{")),
    ]
    answers = [
        json.loads(answer)
        for answer in answer_lines([good, *bad, "", "  \n", good.encode()])
    ]
    assert [list(answer) for answer in answers] == [
        ["EvaluationResults"],
        *[["Error"]] * 6,
        ["EvaluationResults"],
    ]
    assert [answer["Error"]["Code"] for answer in answers[1:-1]] == [
        *["MalformedInput"] * 5,
        "InvalidInput",
    ]


@pytest.mark.slow
def test_a_long_stream_does_not_grow_in_memory() -> None:
    def documents() -> Iterator[str]:
        for number in range(5_000):
            one = policy(
                {
                    "Effect": "Allow",
                    "Action": "s3:*",
                    "Resource": f"arn:aws:s3:::receipts-{number}/*",
                }
            )
            yield json.dumps(
                asked(
                    one if number % 10 == 0 else S3,
                    resource=f"arn:aws:s3:::receipts-{number}/1",
                )
            )

    answers = answer_lines(documents())
    for _ in range(2_000):
        next(answers)
    before = held()
    rest = sum(1 for _ in answers)
    assert rest == 3_000
    assert held() - before < 20_000


def held() -> int:
    """How many blocks of memory are in use, those aside that the collector has not come to yet."""
    gc.collect()
    return sys.getallocatedblocks()
