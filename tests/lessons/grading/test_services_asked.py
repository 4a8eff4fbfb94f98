"""An AWS service in a check: what it may do depends on whom it works for."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.script import run_play
from tests.lessons.folder import graded, keys
from tests.lessons.grading.test_nobody_escapes import document
from tests.tables import each_row
from tests.views.plays import scenario

BLOCK = "BlockPublicPolicy=true"


@pytest.mark.parametrize(
    ("before", "after", "findings"),
    [
        ("", "", []),
        ("trail.json", "trail-folder.json", ["leak:our-folder@cloudtrail"]),
        ("trail.json", "trail-account.json", []),
        (BLOCK, "BlockPublicPolicy=false", ["leak:public@ada"]),
    ],
    ids=["right", "anyone's trail", "our account's trails", "nothing blocks a policy"],
)
def test_a_service_is_refused_for_others_and_a_setting_refuses_whoever_has_permission(
    before: str, after: str, findings: list[str]
):
    lesson = scenario("38")
    report = grade(run_play(lesson, lesson.solution.replace(before, after)))
    assert [finding.key for finding in report.findings] == findings
    assert report.stars == (0 if findings else 3)


# ------------------------------------------------------------- a service that has a job
TRAIL = scenario("38")
WRITE = "arn:aws:s3:::coffeeshop-trail/AWSLogs/111122223333/*"
OURS_ALONE = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
CLOUDTRAIL = {"Service": "cloudtrail.amazonaws.com"}
MENU_ALLOW = {
    "Principal": {"Service": "cloudfront.amazonaws.com"},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::coffeeshop-recipes/menu/*",
    "Condition": OURS_ALONE,
}


def written(condition: dict[str, dict[str, str]], *more: object) -> tuple[int, list[str]]:
    """The stars and findings of 38's solution if CloudTrail writes under a condition."""
    writes = {"Principal": CLOUDTRAIL, "Action": "s3:PutObject", "Resource": WRITE}
    looks = {"Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::coffeeshop-trail"}
    policy = document(
        {"Principal": CLOUDTRAIL, **looks, "Condition": OURS_ALONE},
        {**writes, "Condition": condition},
    )
    report = graded(
        TRAIL, TRAIL.solution.replace("file://policies/trail.json", f"'{policy}'")
    )
    return report.stars, keys(report)


@each_row(
    (
        ("SourceAccount", OURS_ALONE),
        ("SourceArn", {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:111122223333:trail/*"}}),
    )
)  # fmt: skip
def test_a_service_with_a_job_may_act_for_every_resource_of_ours(
    whom: str, condition: dict[str, dict[str, str]]
):
    assert written(condition) == (3, [])


@each_row(
    (
        ("some accounts", {"StringLike": {"aws:SourceAccount": "1*"}}),
        ("no resource", {"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}),
        ("a trail of that name", {"StringLike": {"aws:SourceArn": "*:1*:trail/coffeeshop-trail"}}),
    )
)  # fmt: skip
def test_a_service_with_a_job_keeps_nothing_that_the_job_does_not_need(
    whom: str, condition: dict[str, dict[str, str]]
):
    assert written(condition) == (1, ["excess:service/cloudtrail.amazonaws.com"])


def test_a_service_does_not_keep_what_everybody_had():
    (row,) = json.loads(document(MENU_ALLOW))["Statement"]
    text = TRAIL.text("policies/menu.json").rstrip().removesuffix("]\n}")
    policy = f"'{text}, {json.dumps(row)}]}}'"
    report = graded(TRAIL, TRAIL.solution.replace("file://policies/menu.json", policy))
    assert (report.stars, keys(report)) == (1, ["excess:service/cloudfront.amazonaws.com"])
