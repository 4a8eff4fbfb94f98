"""Stars that were once earned below a ceiling: what a job lets others give is given below the boundary that it names."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.policy.model import Kind
from tests.examples import pairs
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import played
from tests.lessons.grading.test_hollow_stars import COUNTING
from tests.lessons.grading.test_nobody_escapes import ADMINISTRATOR, document
from tests.lessons.grading.test_undeserved_stars import earned

MANAGER, FRANCHISE = "22-the-delegated-manager", "C3-franchise"
OURS = "arn:aws:iam::111122223333:policy/"


def hired(who: str, boundary: str) -> str:
    return f"aws iam create-user --user-name {who} --path /staff/ --permissions-boundary {OURS}{boundary}\n"


def given(who: str, policy: str = ADMINISTRATOR) -> str:
    return f"aws iam attach-user-policy --user-name {who} --policy-arn {policy}\n"


def of_the_thief() -> str:
    """Till stays as the thief left it, and the cashiers get what it said before by another name."""
    lines = course(FRANCHISE).solution.splitlines()
    kept = [line for line in lines if "policy/Till --version" not in line]
    old = document(
        {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-receipts"},
        *COUNTING[1:],
    )
    swapped = (
        f"aws iam create-policy --policy-name Till2 --policy-document '{old}'\n"
        f"aws iam attach-group-policy --group-name Cashiers --policy-arn {OURS}Till2\n"
        f"aws iam detach-group-policy --group-name Cashiers --policy-arn {OURS}Till\n"
    )
    return "\n".join([*kept, swapped])


@pytest.mark.parametrize(
    ("id", "text", "key"),
    [
        (MANAGER, hired("pat", "CashierPolicy") + given("pat"), "excess:pat"),
        (
            MANAGER,
            f"aws iam put-user-permissions-boundary --user-name sam --permissions-boundary {OURS}CashierPolicy\n"
            + given("sam"),
            "excess:sam",
        ),
        (FRANCHISE, hired("pat", "CashierPolicy") + given("pat"), "excess:pat"),
        (MANAGER, hired("pat", "StaffBoundary") + given("pat"), ""),
        (FRANCHISE, hired("pat", "StaffBoundary") + given("pat"), ""),
    ],
)
def test_only_below_the_boundary_that_a_job_names_may_whatever_be_given(
    id: str, text: str, key: str
):
    assert earned(id, course(id).solution + text) == ((1, [key]) if key else (3, []))


def test_a_policy_that_was_there_before_is_no_ceiling_whoever_wrote_it():
    assert earned(FRANCHISE, of_the_thief() + hired("pat", "Till") + given("pat")) == (
        1,
        ["excess:pat"],
    )


@pytest.mark.parametrize(
    ("more", "result"),
    [
        (given("robin"), (3, [])),
        (given("robin", "arn:aws:iam::aws:policy/AmazonS3FullAccess"), (3, [])),
        (
            "aws iam put-user-policy --user-name robin --policy-name own --policy-document "
            f"'{document({'Action': 's3:*', 'Resource': '*'})}'\n",
            (2, ["practice:no-wildcard-action"]),
        ),
        (
            f"aws iam create-policy --policy-name Wide --policy-document '{document({'Action': 's3:Get*', 'Resource': '*'})}'\n"
            + given("robin", f"{OURS}Wide"),
            (2, ["practice:no-wildcard-action"]),
        ),
    ],
)
def test_a_star_that_somebody_here_wrote_is_theirs_below_a_ceiling_too(
    more: str, result: tuple[int, list[str]]
):
    assert earned(MANAGER, course(MANAGER).solution + more) == result


RAISED = (
    f"aws iam create-policy-version --policy-arn {OURS}StaffBoundary --set-as-default --policy-document "
    f"'{document(*COUNTING, {'Action': 's3:GetObject', 'Resource': 'arn:aws:s3:::coffeeshop-recipes/*'})}'\n"
)


@pytest.mark.parametrize(
    ("id", "more"),
    pairs([MANAGER, FRANCHISE], ["", given("pat"), given("pat", f"{OURS}CashierPolicy")]),
)
def test_what_a_raised_ceiling_lets_through_is_the_boundary_s_doing(id: str, more: str):
    report = grade(
        played(
            course(id), course(id).solution + hired("pat", "StaffBoundary") + more + RAISED
        )
    )
    (found,) = (finding for finding in report.findings if "pat" in finding.people)
    assert found.why.startswith(
        "Statement 3 of policy “StaffBoundary” allows it, and no job asks for it."
    )
    assert found.by
    assert found.by.layer.kind is Kind.BOUNDARY


def test_whom_a_bucket_lets_in_past_the_ceiling_the_bucket_lets_in():
    pat = {
        "Principal": {"AWS": "arn:aws:iam::111122223333:user/staff/pat"},
        "Action": "s3:GetObject",
    }
    opened = document({**pat, "Resource": "arn:aws:s3:::coffeeshop-payroll/*"})
    bucket = (
        f"aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{opened}'\n"
    )
    text = course(MANAGER).solution + hired("pat", "StaffBoundary") + bucket
    (found,) = grade(played(course(MANAGER), text)).findings
    assert found.why.startswith("Statement 1 of the bucket policy allows it")
