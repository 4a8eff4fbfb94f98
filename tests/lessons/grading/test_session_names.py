"""A job in a role works under every name that its session can have."""

from __future__ import annotations

import json

import pytest

from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.grading.test_nobody_escapes import document, trust
from tests.lessons.grading.test_undeserved_stars import earned

SHOP = "arn:aws:iam::111122223333"
TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/Register"
CLOSERS = {"AWS": [f"{SHOP}:user/bo", f"{SHOP}:user/mina"]}
NARROW = ["job-narrow:close@bo", "job-narrow:close@mina"]
AS_ME: dict[str, object] = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
AS_M: dict[str, object] = {"StringLike": {"sts:RoleSessionName": ["bo*", "m*"]}}


def closing(condition: dict[str, object], trusting: dict[str, object]) -> list[str]:
    """The findings of 43, with a condition on the sale in the role, and one in its trust."""
    sale = {"Action": "dynamodb:PutItem", "Resource": TABLE}
    text = document({**sale, "Condition": condition})
    id = "43-behind-the-session"
    _, findings = earned(
        id,
        trust("Closer", {"Principal": CLOSERS, "Condition": trusting})
        + f"aws iam put-role-policy --role-name Closer --policy-name closing --policy-document '{text}'\n",
    )
    return findings


@pytest.mark.parametrize(
    ("operator", "names", "trusting", "findings"),
    [
        ("StringLike", ["*:bo", "*:mina"], {}, NARROW),
        ("StringLike", ["*:bo", "*:mina"], AS_ME, []),
        ("StringLike", ["*:bo", "*:mina"], AS_M, NARROW),
        ("StringLike", ["*:bo*", "*:m*"], AS_M, []),
        ("StringNotLike", ["*:morning"], {}, NARROW),
        ("StringNotLike", ["*:morning"], AS_ME, []),
        ("StringNotLike", ["AROAX:*"], {}, []),
    ],
)
def test_a_job_in_a_role_works_under_each_name_that_the_trust_allows(
    operator: str, names: list[str], trusting: dict[str, object], findings: list[str]
):
    assert closing({operator: {"aws:userid": names}}, trusting) == findings


@pytest.mark.parametrize(
    ("named", "findings"),
    [
        ("role/Baker", []),
        ("assumed-role/Baker/kim", ["job-narrow:open@kim"]),
    ],
)
def test_a_permission_for_the_session_of_one_name_is_none_for_the_role(
    named: str, findings: list[str]
):
    lesson = course("32-the-keeper-of-the-key")
    key = json.loads(lesson.text("policies/key.json"))
    service = "sts" if named.startswith("assumed") else "iam"
    key["Statement"][1]["Principal"] = {"AWS": f"arn:aws:{service}::111122223333:{named}"}
    line = lesson.solution.replace("file://policies/key.json", f"'{json.dumps(key)}'")
    assert earned(lesson.id, line)[1] == findings


def test_a_token_s_session_works_under_each_name_too():
    lesson = course("33-the-bakerys-robot")
    menu = json.loads(lesson.text("policies/menu.json"))
    menu["Statement"][0]["Condition"] = {"StringLike": {"aws:userid": "*:menu"}}
    line = lesson.solution.replace("file://policies/menu.json", f"'{json.dumps(menu)}'")
    assert earned(lesson.id, line)[1] == ["job-narrow:deploy@robot"]


@pytest.mark.parametrize(
    ("condition", "findings"),
    [
        ({"StringLike": {"aws:userid": "*:night"}}, ["job-narrow:shared@baker"]),
        ({"StringLike": {"aws:userid": "AROAX:*"}}, []),
        ({"Null": {"aws:userid": "true"}}, []),
    ],
)
def test_a_role_of_another_account_does_its_job_in_a_session_of_any_name(
    condition: dict[str, object], findings: list[str]
):
    lesson = course("37-two-shops-one-drawer")
    bucket = json.loads(lesson.text("policies/bucket.json"))
    deny = {**bucket["Statement"][0], "Effect": "Deny", "Principal": "*"}
    bucket["Statement"].append({**deny, "Sid": "Names", "Condition": condition})
    text = lesson.solution.replace("file://policies/bucket.json", f"'{json.dumps(bucket)}'")
    assert earned(lesson.id, text)[1] == findings


def test_a_workflow_can_name_its_session_as_a_policy_names_one():
    lesson = course("33-the-bakerys-robot")
    payroll = "arn:aws:s3:::coffeeshop-payroll"
    session = {"AWS": "arn:aws:sts::111122223333:assumed-role/MenuDeploy/night"}
    text = document(
        {"Principal": session, "Action": "s3:GetObject", "Resource": f"{payroll}/a.csv"}
    )
    more = f"aws s3api put-bucket-policy --bucket coffeeshop-payroll --policy '{text}'\n"
    assert earned(lesson.id, lesson.solution + more) == (1, ["excess:role/MenuDeploy"])
