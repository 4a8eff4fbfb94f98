"""Stars that were once earned by the letter: by what a rule did not name, by who somebody was, by what nobody tried."""

from __future__ import annotations

import pytest

from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.grading.test_nobody_escapes import document
from tests.lessons.grading.test_undeserved_stars import earned

ROOT_IN = "console sign-in --root-email owner@coffeeshop.example --password House-blend-1"


# ------------------------------------------------------------------ what somebody else holds
@pytest.mark.parametrize(("id", "at"), [("27-the-leaked-key", "09:40"), ("C3-franchise", "12:30")])
@pytest.mark.parametrize(("action", "result"), [("s3:ListBucket", (1, ["excess:session/robin"])), ("s3:*", (3, []))])
def test_a_lost_session_needs_nothing_that_its_taker_needs(
    id: str, at: str, action: str, result: tuple[int, list[str]]
):
    older = {"DateLessThan": {"aws:TokenIssueTime": f"2026-03-02T{at}:00Z"}}
    revoked = document({"Effect": "Deny", "Action": action, "Resource": "*", "Condition": older})
    assert earned(id, course(id).solution.replace("file://policies/revoke.json", f"'{revoked}'")) == result


# ------------------------------------------------------------------ an account that is no more
@pytest.mark.parametrize("id", ["15-three-workstations", "26-the-back-door"])
def test_a_closed_account_is_judged_and_nobody_works_there(id: str):
    closed = f"{ROOT_IN}\nconsole close-account --profile root@console\n"
    assert earned(id, course(id).solution + closed)[0] == 0


# ------------------------------------------------------------------ who is called after somebody
def swapped(one: str, other: str, out: str, into: str) -> str:
    """Two people under each other's name, the groups as they would be for those names."""
    return f"""
aws iam update-user --user-name {one} --new-user-name tmp
aws iam update-user --user-name {other} --new-user-name {one}
aws iam update-user --user-name tmp --new-user-name {other}
aws iam remove-user-from-group --group-name {out} --user-name {other}
aws iam add-user-to-group --group-name {into} --user-name {one}
"""


@pytest.mark.parametrize(
    ("id", "swap", "key"),
    [
        ("15-three-workstations", swapped("bo", "casey", "Baristas", "Baristas"), "no-user:till@bo"),
        ("11-casey-moves", swapped("casey", "robin", "InventorySpecialists", "InventorySpecialists"), "no-user:look@casey"),
    ],
)  # fmt: skip
def test_nobody_does_a_job_by_taking_the_name_of_whoever_has_it(id: str, swap: str, key: str):
    stars, found = earned(id, course(id).solution + swap)
    assert stars == 0
    assert key in found


# ------------------------------------------------------------------ what others may be given
COUNTING = [
    {"Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-receipts"},
    {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/*"},
]
HIRED = (
    "aws iam create-user --user-name kim --path /staff/"
    " --permissions-boundary arn:aws:iam::111122223333:policy/StaffBoundary\n"
)


@pytest.mark.parametrize(
    ("id", "more", "whose"),
    [
        ("22-the-delegated-manager", [{"Action": "dynamodb:Scan", "Resource": "*"}], ["excess:robin"]),
        ("C3-franchise", [{"Action": "sqs:PurgeQueue", "Resource": "*"}], ["excess:sam", "excess:kim"]),
        ("22-the-delegated-manager", [], []),
        ("C3-franchise", [], []),
    ],
)
def test_a_ceiling_that_somebody_hires_below_reaches_no_further_than_it_did(
    id: str, more: list[dict[str, object]], whose: list[str]
):
    raised = (
        "aws iam create-policy-version --policy-arn arn:aws:iam::111122223333:policy/StaffBoundary --set-as-default"
        f" --policy-document '{document(*COUNTING, *more)}'\n"
    )
    hired = HIRED if id.startswith("C3") else ""
    assert earned(id, course(id).solution + hired + raised) == ((1, whose) if whose else (3, []))


def test_whoever_gives_policies_in_a_line_of_a_job_needs_it_below_the_boundary_alone():
    robin = {"Action": "iam:AttachUserPolicy", "Resource": "arn:aws:iam::111122223333:user/staff/robin"}
    id = "22-the-delegated-manager"
    more = f"aws iam put-group-policy --group-name Managers --policy-name more --policy-document '{document(robin)}'\n"
    assert earned(id, course(id).solution + more) == (1, ["excess:mina"])
