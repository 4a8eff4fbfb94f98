"""Handing a role to a service that runs code: seen by a refusal that asks about every way, though no service is simulated."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.account.escalation.run_as_role import RUN_ACTIONS
from coffeeshop.lessons.grading.access import survey_access
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.shop.mark import Mark
from coffeeshop.views.access.words import access_rows
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import FILES, played, policy, put
from tests.lessons.grading.fresh_answers import attach, bucket
from tests.lessons.grading.test_grade import graded, keys, lesson, refuse
from tests.lessons.grading.test_nobody_escapes import role
from tests.lessons.grading.test_undeserved_stars import earned

RIGHT = FILES["solution.sh"]
PAYROLL = refuse(
    "payroll", "aws s3api get-object --bucket coffeeshop-payroll --key march.csv x"
)
READS = policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-payroll/*")
PASSES = put(policy("iam:PassRole", on="*"), name="passes")


@pytest.mark.parametrize(
    ("service", "actions"),
    [(name, one) for name, sets in RUN_ACTIONS.items() for one in sets],
)
def test_a_role_that_a_service_would_wear_for_one_s_code_is_a_way_to_what_it_holds(
    tmp_path: Path, service: str, actions: tuple[str, ...]
):
    world = role("Machine", {"Principal": {"Service": service}}, holds=READS)
    fine = lesson(tmp_path, PAYROLL, world)
    assert keys(graded(fine, RIGHT)) == []
    runs = put(policy(*actions, on="*"), name="runs")
    assert "leak:payroll@casey" in keys(graded(fine, RIGHT + PASSES + runs))
    assert "leak:payroll@casey" not in keys(graded(fine, RIGHT + PASSES))


def test_code_for_a_function_that_somebody_else_runs_is_a_way_to_what_its_role_holds(
    tmp_path: Path,
):
    reads = f"aws iam put-role-policy --role-name espresso-role --policy-name p --policy-document '{READS}'\n"
    fine = lesson(tmp_path, PAYROLL, reads)
    codes = put(policy("lambda:UpdateFunctionCode", on="*"), name="codes")
    assert "leak:payroll@casey" in keys(graded(fine, RIGHT + codes))


def test_a_role_that_the_service_may_not_wear_is_no_way(tmp_path: Path):
    world = role("Machine", {"Principal": {"Service": "glue.amazonaws.com"}}, holds=READS)
    fine = lesson(tmp_path, PAYROLL, world)
    runs = put(policy("ec2:RunInstances", on="*"), name="runs")
    assert "leak:payroll@casey" not in keys(graded(fine, RIGHT + PASSES + runs))


# ------------------------------------------------------------ ways that jobs need
BACK_DOOR = "26-the-back-door"
PAYROLL_READS = {
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::coffeeshop-payroll/*",
}
REPORT_ROLE = {"AWS": "arn:aws:iam::111122223333:role/ReportRole"}
LATER = {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}
NAMED = {"StringLike": {"aws:userid": "*:report-*"}}


@pytest.mark.parametrize(
    ("more", "key"),
    [
        (attach("role", "ReportRole", PAYROLL_READS), "leak:payroll@indra"),
        (
            attach("role", "ReportRole", {**PAYROLL_READS, "Condition": LATER}),
            "leak:payroll@indra",
        ),
        (
            attach("role", "ReportRole", {**PAYROLL_READS, "Condition": NAMED}),
            "leak:payroll@indra",
        ),
        (
            bucket(
                "coffeeshop-payroll", {"Principal": REPORT_ROLE, "Action": "s3:GetObject"}
            ),
            "leak:payroll@indra",
        ),
        (
            attach(
                "role", "ReportRole", {"Action": "iam:CreateAccessKey", "Resource": "*"}
            ),
            "leak:badges@indra",
        ),
        (
            attach("role", "ReportRole", {"Action": "s3:PutBucketPolicy", "Resource": "*"}),
            "leak:payroll@indra",
        ),
    ],
)
def test_a_refusal_in_any_way_also_holds_in_roles_that_a_job_hands_over(
    more: str, key: str
):
    assert earned(BACK_DOOR, course(BACK_DOOR).solution + more) == (0, [key])


def test_a_leak_by_a_way_that_jobs_need_names_what_the_role_may():
    more = attach("role", "ReportRole", PAYROLL_READS)
    report = grade(played(course(BACK_DOOR), course(BACK_DOOR).solution + more))
    by = report.findings[0].by
    assert by is not None
    assert by.policy.display_name == "extra"
    assert report.findings[0].why.startswith("It takes 4 steps. The last is GetObject.")


def test_what_a_job_needs_in_a_role_that_is_handed_over_is_no_leak():
    # The function itself reads the orders' export, so a refusal of what it reads would contradict the job.
    more = attach(
        "role",
        "ReportRole",
        {
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::coffeeshop-orders-export/day.csv",
        },
    )
    assert earned(BACK_DOOR, course(BACK_DOOR).solution + more)[0] == 3


def test_a_refusal_without_a_role_is_not_about_the_role_that_a_job_assumes():
    one_apron = course("17-one-apron")
    report = grade(played(one_apron, one_apron.text("wrong/two-pockets.sh")))
    assert keys(report) == ["leak:inventory-till@bo"]


def test_a_way_is_blamed_for_the_request_in_it_that_no_job_needs():
    back_door = course(BACK_DOOR)
    more = attach("user", "indra", {"Action": "lambda:*", "Resource": "*"})
    play = played(back_door, back_door.solution + more)
    report = grade(play)
    assert keys(report) == ["reach:indra:pass"]
    assert "lambda:UpdateFunctionCode" in report.findings[0].why
    (passes,) = (
        row
        for row in access_rows(survey_access(play, report), "indra")
        if row.text.startswith("iam:PassRole")
    )
    assert passes.mark is Mark.OK


def test_the_way_of_a_job_under_another_name_is_an_excess_and_no_way_to_more():
    back_door = course(BACK_DOOR)
    deploys = ["lambda:CreateFunction", "lambda:InvokeFunction"]
    functions = "arn:aws:lambda:us-east-1:111122223333:function:r*"
    more = attach("user", "indra", {"Action": deploys, "Resource": functions})
    report = grade(played(back_door, back_door.solution + more))
    assert keys(report) == ["excess:indra"]
    assert "can also call lambda:CreateFunction" in report.findings[0].what
