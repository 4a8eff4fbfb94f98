"""What the shop says of several jobs that change at once."""

import pytest

from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.play.script import run_play
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket, Want
from coffeeshop.views.reactions import changed_jobs, reaction_line, reaction_text
from tests.views.plays import scenario


def stopped(says: str) -> Ticket:
    """A job of Indra's, who has no credential."""
    want = Want(says, Mode.MUST, "indra", says)
    return Ticket(want, missing="indra has no password and no active access key")


def test_two_jobs_that_stop_for_the_same_reason_are_named_once_each():
    said = reaction_line([stopped("Indra looks up stock"), stopped("Indra updates stock")])
    assert said == (
        "Indra is turned away: indra has no password and no active access key. This stops "
        "2 jobs: “Indra looks up stock” and “Indra updates stock”."
    )


def test_a_condition_that_is_not_met_is_told_apart_from_no_permission():
    lesson = scenario("05")
    policy = """aws iam put-user-policy --user-name casey --policy-name p --policy-document '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"%s}}'"""
    condition = ', "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}'
    before = run_all_wants(run_play(lesson, policy % ""))
    after = run_all_wants(run_play(lesson, policy % condition))
    said = reaction_line(changed_jobs(before, after))
    assert "a policy allows s3:ListBucket under a condition that is not met" in said


def test_the_setting_that_keeps_others_out_of_a_public_bucket_is_named_and_not_called_a_policy():
    lesson = scenario("38")
    wall = "BlockPublicPolicy=true,RestrictPublicBuckets=true"
    blocks = f"aws s3api put-public-access-block --bucket coffeeshop-recipes --public-access-block-configuration {wall}"
    before = run_all_wants(run_play(lesson, ""))
    changed = changed_jobs(before, run_all_wants(run_play(lesson, blocks)))
    setting = "the setting RestrictPublicBuckets of Block Public Access"
    assert f"Screen is turned away: {setting} denies s3:GetObject" in reaction_line(changed)
    assert changed[0].decision is not None
    assert explain_decision(changed[0].decision) == (
        f"{setting} denies this s3:GetObject request while the bucket policy is public"
    )


@pytest.mark.parametrize(
    ("element", "denial"),
    [
        (
            '"Resource": "arn:aws:s3:::another-bucket"',
            "no policy allows s3:ListBucket on AWSDOC-EXAMPLE-BUCKET",
        ),
        ('"Resource": "arn:aws:s3:::another-bucket/*"', "no policy allows s3:ListBucket"),
    ],
)
def test_an_action_that_is_allowed_elsewhere_is_told_with_the_resource_where_it_is_not(
    element: str, denial: str
):
    lesson = scenario("05")
    line = (
        "aws iam put-user-policy --user-name casey --policy-name p --policy-document"
        ' \'{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", %s}}\''
    )
    before = run_all_wants(run_play(lesson, line % '"Resource": "*"'))
    changed = changed_jobs(before, run_all_wants(run_play(lesson, line % element)))
    assert f"Casey is turned away: {denial}" in reaction_line(changed)


def test_a_trust_policy_that_names_somebody_else_is_told_as_such():
    lesson = scenario("16")
    trust = lesson.files["policies/trust-bo.json"].decode()
    set_trust = "aws iam update-assume-role-policy --role-name Inventory --policy-document"
    tickets = run_all_wants(run_play(lesson, f"{set_trust} '{trust}'"))
    assert (
        "777788889999 is turned away: a role trust policy allows sts:AssumeRole only to others."
        in map(reaction_text, tickets)
    )
