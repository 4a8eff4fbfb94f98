"""What a scenario's words mean: each job is needed in the session that does it, by everybody whom it is about, and by
nobody else.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.needed import needs_of_jobs
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.shop.serve import serve
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import (
    FILES,
    RECEIPTS,
    folder,
    graded,
    keys,
    played,
    policy,
    problems,
    put,
    scenario,
)
from tests.lessons.grading.test_grade import ROOT, job, lesson, refuse, role
from tests.lessons.grading.test_nobody_escapes import bucket, document

READ = policy("s3:GetObject")
RIGHT = put(READ)
HIRED = "aws iam create-user --user-name robin\naws iam create-user --user-name machine\n"
LIST = "aws s3api list-objects-v2 --bucket coffeeshop-receipts"
LOGS = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/"
ORDERS = "arn:aws:sqs:us-east-1:111122223333:online-orders"
RECEIVE = "aws sqs receive-message --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders"
LISTING = policy("s3:ListBucket", on=RECEIPTS)
PEOPLE = ('admins = ["ada"]', 'admins = ["ada"]\nbystanders = ["robin"]')


def put_role(name: str, text: str) -> str:
    return f"aws iam put-role-policy --role-name {name} --policy-name p --policy-document '{text}'\n"


def test_a_bystander_may_do_a_job_and_keep_what_they_had(tmp_path: Path):
    had = put(policy("sqs:ListQueues", on="*"), "robin", "had")
    fine = lesson(
        tmp_path, job("list", LIST, **{"as": "robin"}), HIRED + had, people=PEOPLE
    )
    assert keys(graded(fine, RIGHT + put(LISTING, "robin"))) == []
    more = put(policy("s3:*", on="*"), "robin")
    assert keys(graded(fine, RIGHT + more)) == ["excess:robin"]


def test_slack_of_a_function_without_a_job_is_slack(tmp_path: Path):
    slack = '\n[slack]\nlogs = { as = ["function/espresso-api"], action = ["logs:PutLogEvents"], resource = ["*"] }\n'
    writes = put_role("espresso-role", policy("logs:PutLogEvents", on="*"))
    fine = lesson(tmp_path, slack)
    assert keys(graded(fine, RIGHT + writes)) == []


@pytest.mark.parametrize(
    ("group", "excess"), [("espresso-api", []), ("*", ["function/espresso-api"])]
)
def test_a_function_with_a_job_may_write_its_own_logs_and_no_others(
    tmp_path: Path, group: str, excess: list[str]
):
    takes = lesson(tmp_path, job("take", RECEIVE, **{"as": "function/espresso-api"}))
    orders = put_role("espresso-role", policy("sqs:ReceiveMessage", on=ORDERS))
    logs = put_role("espresso-role", policy("logs:PutLogEvents", on=f"{LOGS}{group}:*"))
    writes = logs.replace("--policy-name p ", "--policy-name logs ")
    findings = keys(graded(takes, RIGHT + orders + writes))
    assert [key for key in findings if "espresso-api" in key] == [
        f"excess:{each}" for each in excess
    ]


def test_slack_that_names_nobody_is_for_whoever_is_graded(tmp_path: Path):
    slack = '\n[slack]\nlooking = { action = ["s3:ListAllMyBuckets"] }\n'
    fine = lesson(tmp_path, slack, HIRED)
    looks = policy("s3:ListAllMyBuckets", on="*")
    assert keys(graded(fine, RIGHT + put(looks, name="looks"))) == []
    assert keys(graded(fine, RIGHT + put(looks, "robin"))) == ["excess:robin"]


def test_a_job_of_a_colleague_whom_nobody_knows_yet_can_be_earned(tmp_path: Path):
    every = document(
        {"Principal": {"AWS": ROOT}, "Action": "s3:ListBucket", "Resource": RECEIPTS}
    )
    everyone = bucket(
        {
            "Principal": "*",
            "Action": "s3:ListBucket",
            "Resource": RECEIPTS,
            "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
        },
        name="coffeeshop-receipts",
    )
    assert every
    jobs = (
        job("list", LIST, **{"as": "{newcomer}", "say": "Whoever is hired lists"})
        + job("casey-too", LIST, **{"as": "casey"})
        + job("api", LIST, **{"as": "function/espresso-api"})
        + job("ada-too", LIST, **{"as": "ada", "badge": "code"})
    )
    fine = lesson(tmp_path, jobs)
    report = graded(fine, RIGHT + everyone)
    assert "job:list@newcomer" in {check.id for check in report.checks if check.passed}, (
        keys(report)
    )
    assert not any("newcomer" in key for key in keys(report)), keys(report)


def test_a_job_of_a_whole_account_can_be_earned(tmp_path: Path):
    jobs = job("list", LIST, **{"as": "account/444455556666"})
    fine = lesson(tmp_path, jobs)
    open_ = bucket(
        {
            "Principal": {"AWS": "444455556666"},
            "Action": "s3:ListBucket",
            "Resource": RECEIPTS,
        },
        name="coffeeshop-receipts",
    )
    assert keys(graded(fine, RIGHT + open_)) == []


def test_what_anybody_may_is_needed_by_everybody(tmp_path: Path):
    jobs = job("list", LIST, **{"as": "anyone"})
    fine = lesson(tmp_path, jobs, HIRED + role("Till"))
    open_ = bucket(
        {"Principal": "*", "Action": "s3:ListBucket", "Resource": RECEIPTS},
        name="coffeeshop-receipts",
    )
    assert keys(graded(fine, RIGHT + open_)) == []


def test_each_line_of_a_job_is_needed_in_the_session_that_makes_it(tmp_path: Path):
    arn = "arn:aws:iam::111122223333:role/Till"
    lines = f'do = ["aws sts assume-role --role-arn {arn} --role-session-name till", "{LIST} --profile till"]\n'
    jobs = f'\n[[job]]\nid = "tills"\nas = "casey"\nsay = "Casey lists as Till"\n{lines}'
    fine = lesson(tmp_path, jobs)
    made = role("Till") + put_role("Till", LISTING)
    wears = put(policy("sts:AssumeRole", on=arn), name="wears")
    assert keys(graded(fine, RIGHT + made + wears)) == []
    assert keys(graded(fine, RIGHT + made + wears + put(LISTING, name="lists"))) == [
        "excess:casey"
    ]


def test_a_new_name_in_an_earlier_line_stands_for_any_name(tmp_path: Path):
    lines = 'do = ["aws iam create-user --user-name {newname}", "aws iam get-user --user-name {newname}"]\n'
    jobs = f'\n[[job]]\nid = "hires"\nas = "casey"\nsay = "Casey hires"\n{lines}'
    fine = lesson(tmp_path, jobs)
    hires = put(
        policy("iam:CreateUser", "iam:GetUser", on="arn:aws:iam::111122223333:user/*"),
        name="hires",
    )
    assert keys(graded(fine, RIGHT + hires)) == []


def test_what_an_outsider_holds_in_a_role_of_ours_is_judged(tmp_path: Path):
    courier = "arn:aws:iam::444455556666:role/Courier"
    jobs = job("fetch", LIST, **{"as": "account/444455556666/role/Courier", "via": "Guest"})
    closed = refuse(
        "payroll",
        "aws s3api get-object --bucket coffeeshop-payroll --key march.csv x",
        **{"as": "account/444455556666/role/Courier"},
    )
    fine = lesson(tmp_path, jobs + closed)
    guest = role("Guest", courier) + put_role("Guest", LISTING)
    assert keys(graded(fine, RIGHT + guest)) == []
    wide = (
        guest
        + "aws iam attach-role-policy --role-name Guest --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"
    )
    assert keys(graded(fine, RIGHT + wide)) == ["excess:account/444455556666/role/Courier"]
    some = role("Guest", courier) + put_role(
        "Guest", policy("s3:ListBucket", "s3:GetBucketTagging", on=RECEIPTS)
    )
    assert keys(graded(fine, RIGHT + some)) == ["excess:account/444455556666/role/Courier"]


def test_the_boundary_of_a_role_that_a_service_wears_may_not_be_lifted(tmp_path: Path):
    bound = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    lambda_ = json.dumps(
        {
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
            "Version": "2012-10-17",
        }
    )
    world = (
        f"aws iam create-role --role-name Box --assume-role-policy-document '{lambda_}' --permissions-boundary {bound}\n"
        "aws iam attach-role-policy --role-name Box --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"
    )
    fine = lesson(tmp_path, "", world)
    assert keys(graded(fine, RIGHT)) == []
    lifted = "aws iam delete-role-permissions-boundary --role-name Box\n"
    assert keys(graded(fine, RIGHT + lifted)) == ["excess:role/Box"]


def test_covers_is_for_every_object_whatever_its_tags(tmp_path: Path):
    fine = scenario(folder(tmp_path))
    tagged = policy(
        "s3:GetObject", Condition={"Null": {"s3:ExistingObjectTag/secret": "true"}}
    )
    assert keys(graded(fine, put(tagged))) == ["job-narrow:read@casey"]


MISREAD = {
    "covers that do not fit": (
        'covers = "arn:aws:s3:::coffeeshop-receipts/*"',
        'covers = "arn:aws:s3:::coffeeshop-recipes/*"',
        "covers",
    ),
    "an unknown check in after": (
        'say = "Casey can open any receipt"',
        'say = "Casey can open any receipt"\nafter = ["job:sing@casey"]',
        "job:sing@casey",
    ),
    "used without via": (
        'say = "Casey can open any receipt"',
        'say = "Casey can open any receipt"\nused = "1h"',
        "via",
    ),
    "a person who does not exist": (
        'as = "casey"\ndo = "aws s3api delete-object',
        'as = "casie"\ndo = "aws s3api delete-object',
        "casie",
    ),
    "graded and a bystander": (
        'admins = ["ada"]',
        'admins = ["ada"]\nbystanders = ["casey"]',
        "bystander",
    ),
    "an hour and a half": (
        'rule = "no-wildcard-action"',
        'rule = "session-fits-shift"\nrole = "Till"\nhours = 1.5',
        "hours",
    ),
}


@pytest.mark.parametrize("name", MISREAD)
def test_a_folder_that_would_be_misread_is_told_so(tmp_path: Path, name: str):
    old, new, word = MISREAD[name]
    said = problems(folder(tmp_path, FILES, change=(old, new)))
    assert any(word in problem for problem in said), said


COURIER = "arn:aws:iam::444455556666:role/Courier"
FETCHES = f"""
[[job]]
id = "fetch"
as = "account/444455556666/role/Courier"
say = "Courier lists as Export"
do = ["aws sts assume-role --role-arn arn:aws:iam::111122223333:role/Export --role-session-name courier --external-id shop-1", "{LIST} --profile courier"]
"""
FOR_US = {"StringEquals": {"sts:ExternalId": "shop-1"}}
ITSELF = {**FOR_US, "ArnEquals": {"aws:PrincipalArn": COURIER}}
TAKEN = {
    "for us": (role("Export", COURIER, Condition=FOR_US), []),
    "by whoever of that account is the one role": (
        role("Export", "444455556666", Condition=ITSELF),
        [],
    ),
    "for anyone": (
        role("Export", COURIER),
        [f"excess:account/{COURIER.partition('::')[2].replace(':', '/', 1)}"],
    ),
    "by anyone of that account": (
        role("Export", "444455556666", Condition=FOR_US),
        ["excess:account/444455556666"],
    ),
}


@pytest.mark.parametrize("how", TAKEN)
def test_a_role_is_needed_by_whom_and_for_whom_a_job_takes_it(how: str, tmp_path: Path):
    made, found = TAKEN[how]
    report = graded(lesson(tmp_path, FETCHES), RIGHT + made + put_role("Export", LISTING))
    assert keys(report) == found
    # What their account says decides nothing.
    assert "everything" not in "".join(finding.why for finding in report.findings)


# ------------------------------------------------------------------ whoever was hired in play
NADIA = """aws iam create-user --user-name nadia
aws iam tag-user --user-name nadia --tags Key=branch,Value=west
aws iam add-user-to-group --group-name Cashiers --user-name nadia
"""
WEST = (
    "aws iam put-user-policy --user-name nadia --policy-name more --policy-document '%s'\n"
)


def of_branch(name: str) -> str:
    condition = {"StringEquals": {"s3:ExistingObjectTag/branch": name}}
    return WEST % policy(
        "s3:GetObject", on="arn:aws:s3:::coffeeshop-receipts/*", Condition=condition
    )


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", []),
        ("aws iam create-access-key --user-name nadia\n", []),
        (
            WEST % policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-receipts/*"),
            ["excess:nadia"],
        ),
        (of_branch("north"), ["excess:nadia"]),
    ],
)
def test_whoever_was_hired_in_play_as_a_job_says_of_newcomers_needs_what_they_need(
    more: str, found: list[str]
):
    there = course("23-coloured-badges")
    assert [
        key
        for key in keys(grade(played(there, there.solution + NADIA + more)))
        if "practice" not in key
    ] == found


def test_a_job_for_any_credential_needs_no_more_than_a_key_from_whoever_joins() -> None:
    play = played(
        course("10-the-cashiers"),
        "aws iam create-login-profile --user-name casey --password Sixteen-char-9!",
    )
    any_job = next(want for want in play.scenario.wants if want.id == "list@casey")
    ticket = serve(play.account, replace(any_job, badge="any", minted=False), play.now)
    assert {need.badge for need in needs_of_jobs([ticket], Trial(play).names)} == {"key"}
