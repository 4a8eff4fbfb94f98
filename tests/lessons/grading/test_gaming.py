"""Ways to look solved without being so, each of which once earned three stars: the second star has to see them."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Report
from coffeeshop.lessons.play.script import run_play
from tests.examples import pairs
from tests.lessons.authoring.test_mutants import scenario

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
KNOWN = ["111122223333", "444455556666", "777788889999"]
ELSEWHERE = {
    "StringNotEquals": {"aws:PrincipalAccount": KNOWN},
    "Null": {"aws:PrincipalAccount": "false"},
}
ONE_ACCOUNT = {"StringEquals": {"aws:PrincipalAccount": "999988887777"}}
NEWCOMERS = {
    "StringNotLike": {"aws:username": ["ada", "casey", "colleague-*"]},
    "Null": {"aws:username": "false"},
}
TAGGED = {"StringEquals": {"aws:PrincipalTag/x": "y"}}
ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-abcdef1234"}}


def document(**statement: object) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}}
    )


def administrator(trust: str) -> str:
    return (
        f"aws iam create-role --role-name zz --assume-role-policy-document '{trust}'\n"
        f"aws iam attach-role-policy --role-name zz --policy-arn {ADMINISTRATOR}\n"
    )


def open_payroll(condition: dict[str, object]) -> str:
    text = document(
        Principal="*",
        Action="s3:GetObject",
        Resource="arn:aws:s3:::coffeeshop-payroll/*",
        Condition=condition,
    )
    unblocked = "aws s3api delete-public-access-block --bucket coffeeshop-payroll\n"
    return f"{unblocked}aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{text}'\n"


def trusting(condition: dict[str, object]) -> str:
    return administrator(
        document(Principal={"AWS": "*"}, Action="sts:AssumeRole", Condition=condition)
    )


def graded(id: str, text: str) -> Report:
    play = run_play(scenario(id), text, "script.sh")
    assert all(outcome.has_succeeded for outcome in play.outcomes)
    return grade(play)


@pytest.mark.parametrize(
    ("condition", "how"),
    pairs(
        [ELSEWHERE, ONE_ACCOUNT, NEWCOMERS, TAGGED, ORGANIZATION], [trusting, open_payroll]
    ),
)
def test_a_door_left_open_to_strangers_by_a_condition_is_seen(
    how: object, condition: dict[str, object]
):
    solved = scenario("05-receipts-drawer").solution
    report = graded("05-receipts-drawer", solved + how(condition))  # pyright: ignore[reportCallIssue]
    assert report.stars <= 1
    assert report.findings


def test_power_given_to_a_machine_that_nobody_asked_about_is_seen():
    solved = scenario("05-receipts-drawer").solution
    report = graded(
        "05-receipts-drawer",
        f"{solved}aws iam attach-role-policy --role-name espresso-role --policy-arn {ADMINISTRATOR}\n",
    )
    (found,) = report.findings
    assert found.key == "excess:function/espresso-api"
    assert found.people == ("function/espresso-api", "role/espresso-role")


def test_a_role_for_somebody_signed_in_elsewhere_is_seen():
    web = document(
        Principal={"Federated": "accounts.google.com"},
        Action="sts:AssumeRoleWithWebIdentity",
    )
    report = graded(
        "05-receipts-drawer", scenario("05-receipts-drawer").solution + administrator(web)
    )
    assert [finding.key for finding in report.findings] == [
        "excess:role/zz",
        "excess:federated/accounts.google.com",
    ]
    assert report.findings[0].what.startswith("The role zz")


@pytest.mark.parametrize(
    "condition",
    [
        {"DateLessThan": {"aws:CurrentTime": "2026-03-02T09:00:00Z"}},
        {"DateEquals": {"aws:CurrentTime": "2026-03-02T08:01:00Z"}},
    ],
)
def test_a_job_that_works_for_a_while_only_does_not_work(condition: dict[str, object]):
    text = document(
        Action="s3:ListBucket",
        Resource="arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET",
        Condition=condition,
    )
    line = f"aws iam put-user-policy --user-name casey --policy-name r --policy-document '{text}'"
    report = graded("05-receipts-drawer", line)
    assert [finding.key for finding in report.findings] == ["job-narrow:list@casey"]
    assert report.findings[0].why.startswith("It works now, but not on ")


def test_a_trust_that_is_spelled_with_escapes_leads_as_far_as_any():
    trust = document(Principal={"Service": "LAMBDA"}, Action="sts:AssumeRole").replace(
        "LAMBDA", "lambd\\u0061.amazonaws.com"
    )
    roles = ("AdminMachine", "ReportPayroll")
    lines = "".join(
        f"aws iam update-assume-role-policy --role-name {r} --policy-document '{trust}'\n"
        for r in roles
    )
    report = graded(
        "26-the-back-door",
        scenario("26-the-back-door").files["wrong/denies-on-indra.sh"].decode() + lines,
    )
    assert [finding.key for finding in report.findings] == ["leak:badges@indra"]
