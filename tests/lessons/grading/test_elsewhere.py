"""Whoever works elsewhere, whoever is known by an id or a grant, and sessions under other names."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import keys, played
from tests.lessons.grading.fresh_answers import (
    CANONICAL,
    IDS,
    SHOP,
    Answer,
    Conditions,
    Q,
    Statement,
    allow,
    attach,
    bucket,
    denial,
    document,
    everybody,
    objects_of,
    refuse,
)
from tests.lessons.grading.test_fresh_answers import misjudged
from tests.lessons.grading.test_undeserved_stars import earned

KMS_KEY = "ed159e09-3fd2-f284-8e08-10d8587606b4"
COUNTS = "arn:aws:s3:::coffeeshop-stock/counts/*"
SESSION = f"arn:aws:sts::{SHOP}:assumed-role/Counter/count"
COURIER: Statement = {
    "Principal": {"AWS": "arn:aws:iam::444455556666:role/Courier"},
    **allow("s3:GetObject", COUNTS),
}


def replaced(number: str, file: str, *statements: Statement) -> str:
    """The solution of a scenario with other statements in place of a file."""
    solution = course(IDS[number]).solution
    old = f"file://policies/{file}.json"
    assert old in solution
    return solution.replace(old, f"'{document(*statements)}'")


# By scenario: the role of a function, a workflow and a partner.
ROLES = {"19": "espresso-role", "33": "MenuDeploy", "C3": "OrdersExport"}


@pytest.mark.parametrize(("number", "role"), ROLES.items())
def test_a_function_a_workflow_and_a_partner_work_from_any_address(number: str, role: str):
    tried = "198.51.100.0/24"  # from there the grade tries their jobs
    answers = (
        Answer(
            f"only from {tried}", number, attach("role", role, denial(conditions)), False
        )
        for conditions in (
            {"NotIpAddress": {"aws:SourceIp": tried}},
            {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
            {"StringLike": {"aws:SourceIp": "203.*"}},
        )
    )
    assert list(misjudged(answers)) == []


@pytest.mark.parametrize(("number", "role"), ROLES.items())
def test_a_network_from_which_nobody_calls_aws_can_be_left_out(number: str, role: str):
    reserved = {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "10.0.0.0/8"]}}
    answer = Answer("reserved", number, attach("role", role, denial(reserved)), True)
    assert list(misjudged([answer])) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:RequestedRegion": "cn-north-1"}},
        {"Null": {"aws:RequestedRegion": "true"}},
    ],
)
def test_a_rule_that_names_a_region_takes_nothing_else_from_other_shops(
    condition: Conditions,
):
    stays = ["organizations:LeaveOrganization", "cloudtrail:StopLogging"]
    rules = (
        refuse([*stays, "cloudtrail:DeleteTrail"], "*"),
        denial(condition, stays[0]),
    )
    assert earned(IDS["C3"], replaced("C3", "shop-rules", *rules)) == (3, [])


@pytest.mark.parametrize("key", ["aws:ResourceAccount", "s3:ResourceAccount"])
def test_a_rule_for_what_the_shop_owns_is_for_all_that_it_owns(key: str):
    shop_only = {
        "NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"},
        "StringEquals": {key: SHOP},
    }
    arns = objects_of("coffeeshop-receipts")
    rule = everybody(shop_only, "s3:*", arns)
    assert earned(IDS["C4"], replaced("C4", "receipts", rule))[0] >= 2


@pytest.mark.parametrize(
    ("owners", "stars"), [((SHOP, "aws"), 3), (("*",), 3), ((SHOP,), 0)]
)
def test_any_policy_is_one_of_the_account_or_of_aws(owners: tuple[str, ...], stars: int):
    boundary = {"iam:PermissionsBoundary": f"arn:aws:iam::{SHOP}:policy/StaffBoundary"}
    policies = {"iam:PolicyARN": [f"arn:aws:iam::{owner}:policy/*" for owner in owners]}
    staff = f"arn:aws:iam::{SHOP}:user/staff/*"
    hire = allow("iam:CreateUser", staff, StringEquals=boundary)
    grant = allow("iam:AttachUserPolicy", staff, StringEquals=boundary, ArnLike=policies)
    assert earned(IDS["C3"], replaced("C3", "hiring", hire, grant))[0] == stars


def test_what_another_account_asks_of_the_shop_belongs_to_the_shop():
    ours = [SHOP, "222233334444", "444455556666"]
    only_ours = {
        "StringNotEquals": {"aws:PrincipalAccount": ours},
        "StringEquals": {"aws:ResourceAccount": SHOP},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    rule = denial(only_ours, "s3:*", Principal="*")
    assert earned(IDS["44"], replaced("44", "own-people", rule)) == (3, [])


def test_a_canonical_user_may_be_of_an_account_that_a_rule_spares():
    row = {**COURIER, "Principal": {"CanonicalUser": CANONICAL}}
    answer = Answer("canonical", "44", bucket("coffeeshop-stock", COURIER, row), False)
    assert list(misjudged([answer])) == []


def test_a_key_policy_for_callers_of_some_accounts_is_an_excess():
    keepers = {
        "Principal": {"AWS": f"arn:aws:iam::{SHOP}:user/ada"},
        **allow("kms:PutKeyPolicy", "*"),
    }
    bakers = {
        "Principal": {"AWS": f"arn:aws:iam::{SHOP}:role/Baker"},
        **allow("kms:Decrypt", "*"),
    }
    some = allow("kms:Decrypt", "*", StringLike={"kms:CallerAccount": "7777*"})
    policy = replaced("32", "key", keepers, bakers, {"Principal": {"AWS": "*"}, **some})
    assert earned(IDS["32"], policy) == (1, ["excess:account/stranger"])


@pytest.mark.parametrize(
    "grantee",
    [
        "arn:aws:iam::444455556666:role/Any",
        "arn:aws:iam::777788889999:root",
        "arn:aws:iam::777788889999:user/any",
    ],
)
def test_a_grant_to_somebody_of_another_account_is_an_excess(grantee: str):
    grant = f"aws kms create-grant --key-id {KMS_KEY} --operations Decrypt --grantee-principal {grantee}\n"
    assert list(misjudged([Answer(grantee, "31", grant, False)])) == []


def test_a_refusal_in_a_role_holds_under_every_session_name():
    sale = allow("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-1:{SHOP}:table/Register")
    purge = allow("sqs:PurgeQueue", Q, StringLike={"aws:userid": "*:boss"})
    assert earned(IDS["43"], replaced("43", "sales", sale, purge)) == (
        0,
        ["leak:purge@mina"],
    )
    delete = {"Principal": {"AWS": SESSION}, **allow("s3:DeleteObject", COUNTS)}
    answer = course(IDS["44"]).solution + bucket("coffeeshop-stock", COURIER, delete)
    assert earned(IDS["44"], answer) == (0, ["leak:delete@toni"])


@pytest.mark.parametrize(
    ("conditions", "is_right"),
    [
        ({"StringEquals": {"aws:PrincipalTag/away": "yes"}}, False),
        ({"StringLike": {"aws:PrincipalTag/away": "*", "aws:userid": "*:x*"}}, False),
        ({"Null": {"aws:PrincipalTag/away": "false"}, "StringEquals": {"aws:PrincipalAccount": "111122223333"}}, True),
    ],
)  # fmt: skip
def test_a_partner_can_give_any_tag_to_a_role_that_the_world_does_not_have(
    conditions: dict[str, object], is_right: bool
):
    lesson = course("44-the-whole-wall")
    policy = json.loads(lesson.files["policies/own-people.json"])
    rule = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    policy["Statement"] = [*policy["Statement"], {**rule, "Condition": conditions}]
    script = lesson.solution.replace(
        "file://policies/own-people.json", f"'{json.dumps(policy)}'"
    )
    report = grade(played(lesson, script))
    assert keys(report) == ([] if is_right else ["job-narrow:roastery@courier"])
