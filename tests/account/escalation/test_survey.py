"""Who could become what, held against the account that BishopFox's iam-vulnerable makes: every path, and no other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from coffeeshop.account.door import replay
from coffeeshop.account.escalation import survey as module
from coffeeshop.account.escalation.survey import (
    Ascent,
    Surveyed,
    starting_entities,
    survey,
    with_credential,
)
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.account.records.authorization_details import import_details
from coffeeshop.policy.comparison.budgets import CALL_COST
from tests.account.escalation.iam_vulnerable import (
    HARMLESS,
    HIGH,
    IAM,
    MISSED,
    PATHS,
    details,
    named,
)
from tests.account.shop import AT, Shop

pytestmark = pytest.mark.slow
ACCOUNT = import_details(json.dumps(details()), b"", AT)[0]
SUPPOSED = {  # what the role of high privilege would have to be worn by: of that a details file tells nothing
    "17-EditExistingLambdaFunctionWithRole": "a Lambda function",
    "19-UpdateExistingGlueDevEndpoint": "a development endpoint of Glue",
    "-CloudFormationUpdateStack": "a stack of CloudFormation",
    "-ec2InstanceConnect": "an EC2 instance",
    "-sageMakerCreatePresignedNotebookURL": "a notebook of SageMaker",
    "-ssmSendCommand": "an EC2 instance",
    "-ssmStartSession": "an EC2 instance",
}
NEEDLESS = {  # what goes nowhere as terraform builds it, and why
    "2-SetExistingDefaultPolicyVersion": ("user", "role"),  # there is one version only
    "6-UpdateLoginProfile": ("user", "role"),  # terraform makes no password
    # A role is no user.
    **dict.fromkeys(
        ("7-AttachUserPolicy", "8-AttachGroupPolicy", "10-PutUserPolicy"), ("role",)
    ),
    **dict.fromkeys(("11-PutGroupPolicy", "13-AddUserToGroup"), ("role",)),
    **dict.fromkeys(
        ("9-AttachRolePolicy", "12-PutRolePolicy"), ("user",)
    ),  # the user can take no role
    "fn3-exploitableConditionConstraint": ("user",),  # a key has no time of issue
}
SERVED = {"3-CreateEC2WithExistingInstanceProfile", "16-PassRoleToNewLambdaThenTriggerWithNewDynamo", "18-PassExistingRoleToNewGlueDevEndpoint",
          "20-PassExistingRoleToCloudFormation", "21-PassExistingRoleToNewDataPipeline", "-codeBuildCreateProjectPassRole", "fn1-privesc3-partial",
          "-sageMakerCreateNotebookPassRole", "-sageMakerCreateProcessingJobPassRole", "-sageMakerCreateTrainingJobPassRole"}  # fmt: skip


def found(path: str, kind: str, account: Account = ACCOUNT) -> Surveyed:
    return next(
        survey(account, AT, [getattr(account, f"{kind}s")[f"{named(path)}-{kind}".lower()]])
    )


def best(surveyed: Surveyed) -> Ascent | None:
    """The first way to everything."""
    return next((ascent for ascent in surveyed.ascents if ascent.everything), None)


ALIKE = {
    "4-CreateAccessKey",
    "5-CreateLoginProfile",
}  # long searches, of a role as of a user


@pytest.mark.parametrize(("path", "kind"), [
    (path, kind) for path in (*PATHS, *MISSED) for kind in ("user", "role") if kind == "user" or path not in ALIKE
])  # fmt: skip
def test_each_path_is_found_or_goes_nowhere_as_it_is_built(path: str, kind: str):
    ascent = best(found(path, kind))
    if kind in NEEDLESS.get(path, ()):
        assert ascent is None
        return
    assert ascent, path
    assert ascent.supposing == (f"{thing} has it" if (thing := SUPPOSED.get(path)) else "")
    assert bool(ascent.service) is (path in SERVED or path in SUPPOSED)
    assert (ascent.becomes == f"{IAM}:role/{HIGH}") is (
        bool(ascent.service) or path.startswith("15-") or path[:3] == "fn4"
    )


@pytest.mark.parametrize("kind", ["user", "role"])
@pytest.mark.parametrize("path", HARMLESS)
def test_what_other_tools_wrongly_warn_of_is_silent(path: str, kind: str):
    assert found(path, kind) == Surveyed(f"{IAM}:{kind}/{named(path)}-{kind}")


def test_a_chain_of_roles_is_followed():
    [surveyed] = survey(ACCOUNT, AT, [ACCOUNT.roles["privesc-assumerole-starting-role"]])
    ascent = best(surveyed)
    assert ascent
    assert ascent.becomes == f"{IAM}:role/privesc-AssumeRole-ending-role"
    assert [act.call.operation for act in ascent.acts] == ["AssumeRole", "AssumeRole"]


def test_whoever_may_do_everything_already_is_told_so():
    [surveyed] = survey(ACCOUNT, AT, [ACCOUNT.users["terraform"]])
    assert surveyed == Surveyed(f"{IAM}:user/terraform", everything=True)


@pytest.mark.parametrize(("path", "change"), [
    ("2-SetExistingDefaultPolicyVersion", "version"), ("6-UpdateLoginProfile", "report"),
])  # fmt: skip
def test_what_goes_nowhere_is_a_path_once_what_it_needs_is_there(path: str, change: str):
    whole: Any = details()
    if change == "version":
        policy = next(p for p in whole["Policies"] if p["PolicyName"] == named(path))
        strong = next(p for p in whole["Policies"] if p["PolicyName"] == "high")[
            "PolicyVersionList"
        ][0]["Document"]
        policy["PolicyVersionList"].append({"VersionId": "v2", "Document": strong})
    account, _ = import_details(
        json.dumps(whole), b"", AT, reported() if change == "report" else None
    )
    assert best(found(path, "user", account))


def reported() -> str:
    """A credential report in which terraform has a password."""
    from coffeeshop.account.services.iam.reports import REPORT_COLUMNS

    row = dict.fromkeys(REPORT_COLUMNS, "N/A") | {
        "user": "terraform",
        "arn": f"{IAM}:user/terraform",
        "password_enabled": "true",
    }
    return "\n".join((",".join(REPORT_COLUMNS), ",".join(row.values())))


def test_a_played_way_is_a_play_that_succeeds():
    account, _ = with_credential(ACCOUNT, ACCOUNT.users["privesc10-putuserpolicy-user"], AT)
    ascent = best(found("10-PutUserPolicy", "user"))
    assert ascent
    assert all(outcome.has_succeeded for outcome in replay(account, ascent.acts))


def test_where_the_moves_of_all_searches_end_it_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_SURVEY_STEPS", module.SEARCH_COST + 5 * CALL_COST)
    first, second = survey(
        ACCOUNT,
        AT,
        [
            ACCOUNT.users[f"{named(path)}-user".lower()]
            for path in ("4-CreateAccessKey", "10-PutUserPolicy")
        ],
    )
    assert first.ascents
    assert first.unfinished
    assert not second.ascents
    assert second.unfinished


def test_hundreds_who_can_do_nothing_hide_nobody_who_can():
    many = ACCOUNT
    for number in range(400):
        many = many.put(User(f"AIDA{number:017}", f"visitor{number}", "/", AT))
    visitors = [one for one in starting_entities(many) if one.name.startswith("visitor")]
    *idle, last = survey(many, AT, [*visitors, many.users["privesc10-putuserpolicy-user"]])
    assert not any(one.unfinished for one in idle)
    assert last.ascents


@pytest.mark.parametrize(
    ("policy", "gains"),
    [
        ("AmazonS3FullAccess", False),
        ("AmazonSQSFullAccess", False),
        ("IAMFullAccess", True),
    ],
)
def test_a_policy_of_a_resource_gives_nothing_to_whoever_has_it_all(
    policy: str, gains: bool
):
    shop = Shop()
    shop("s3api create-bucket --bucket receipts")
    shop("sqs create-queue --queue-name orders")
    shop("iam create-user --user-name sam")
    arn = f"arn:aws:iam::aws:policy/{policy}"
    shop(f"iam attach-user-policy --user-name sam --policy-arn {arn}")
    (found,) = survey(shop.account, AT, [shop.account.users["sam"]])
    assert bool(found.ascents) is gains


@pytest.mark.parametrize(
    ("actions", "gains"), [("s3:*", False), ("s3:PutBucketPolicy", True)]
)
def test_a_way_counts_only_if_it_ends_in_more_access_than_before(actions: str, gains: bool):
    shop = Shop()
    shop("s3api create-bucket --bucket receipts")
    shop("iam create-user --user-name sam")
    bucket = "arn:aws:s3:::receipts"
    allow = {"Effect": "Allow", "Action": actions, "Resource": [bucket, f"{bucket}/*"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    put = "iam put-user-policy --user-name sam --policy-name s3 --policy-document"
    shop(f"{put} '{document}'")
    (found,) = survey(shop.account, AT, [shop.account.users["sam"]])
    assert bool(found.ascents) is gains


def test_a_way_repeats_no_grant_of_a_key():
    shop = Shop()
    shop("iam create-user --user-name sam")
    key = shop("kms create-key")["KeyMetadata"]["Arn"]
    allow = {"Effect": "Allow", "Action": "kms:CreateGrant", "Resource": key}
    document = json.dumps({"Version": "2012-10-17", "Statement": allow})
    put = "iam put-user-policy --user-name sam --policy-name kms --policy-document"
    shop(f"{put} '{document}'")
    (found,) = survey(shop.account, AT, [shop.account.users["sam"]])
    (ascent,) = found.ascents
    assert [act.call.operation for act in ascent.acts] == ["CreateGrant"]
    assert not found.unfinished


@pytest.mark.parametrize(
    ("key", "told"), [("aws:ResourceTag/station", True), ("aws:SourceIp", False)]
)
def test_who_may_tag_what_a_policy_compares_is_not_said_to_gain_nothing(
    key: str, told: bool
):
    shop = Shop()
    shop("sqs create-queue --queue-name oven")
    shop("iam create-user --user-name sam")
    receive = {
        "Effect": "Allow",
        "Action": "sqs:ReceiveMessage",
        "Resource": "*",
        "Condition": {"StringEquals": {key: "waffles"}},
    }
    tag = {"Effect": "Allow", "Action": "sqs:TagQueue", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [receive, tag]})
    put = "iam put-user-policy --user-name sam --policy-name q --policy-document"
    shop(f"{put} '{document}'")
    (found,) = survey(shop.account, AT, [shop.account.users["sam"]])
    assert (module.UNTRIED_TAGS in found.unfinished) is told
