"""A learner's own call that failed is told beside what does not work: where nothing made it good, and never alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.scenario.find import find
from tests.lessons.folder import FILES, folder, graded, keys, policy, put, scenario

ATTACH = "aws iam attach-user-policy --user-name {} --policy-arn arn:aws:iam::111122223333:policy/{}\n"
RECEIPTS = f"aws iam create-policy --policy-name Receipts --policy-document '{policy('s3:GetObject')}'\n"
DENIED = "job-denied:read@casey:none"


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    robin = "aws iam create-user --user-name robin\n"
    key = "aws iam create-access-key --user-name casey\n"
    return scenario(
        folder(tmp_path, {**FILES, "world.sh": FILES["world.sh"] + robin + key})
    )


def test_a_refused_call_accompanies_the_job_that_it_may_explain(small: Scenario):
    report = graded(small, RECEIPTS + ATTACH.format("casey", "Recipts"))
    assert keys(report) == [DENIED, "error:AttachUserPolicy:NoSuchEntity"]
    denied, slip = report.findings
    assert (slip.kind, slip.checks, slip.people) == ("error", denied.checks, ("ada",))
    assert (
        slip.what
        == "AttachUserPolicy on casey failed (NoSuchEntity). It hasn't succeeded since."
    )
    assert slip.why.startswith(
        "AWS answered NoSuchEntity: Policy arn:aws:iam::111122223333:policy/Recipts does not exist"
    )
    assert slip.meaning.startswith("This costs no star")
    assert slip.ask == "What does AWS's error say isn't there?"
    assert len(slip.hints) == 3


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (ATTACH.format("casey", "Recipts") + ATTACH.format("casey", "Receipts"), []),
        (ATTACH.format("casey", "Recipts") + ATTACH.format("robin", "Receipts"), [DENIED, "error:AttachUserPolicy:NoSuchEntity"]),
        (ATTACH.format("casey", "Receipts") + ATTACH.format("casey", "Recipts"), []),
        (ATTACH.format("casey", "Recipts") * 2, [DENIED, "error:AttachUserPolicy:NoSuchEntity"]),
    ],
    ids=["made good", "only for someone else", "never alone", "told once"],
)  # fmt: skip
def test_a_later_success_about_the_same_makes_it_good(
    small: Scenario, lines: str, found: list[str]
):
    assert [
        key
        for key in keys(graded(small, RECEIPTS + lines))
        if not key.startswith("excess:robin")
    ] == found


@pytest.mark.parametrize(
    "done",
    [
        "iam create-user --user-name bo",
        "iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/IAMReadOnlyAccess",
        "iam create-open-id-connect-provider --url https://token.actions.githubusercontent.com",
        "iam delete-user --user-name robin",
    ],
)
def test_a_call_that_an_earlier_one_had_done_is_not_said_to_have_failed_ever_since(
    small: Scenario, done: str
):
    again = f"{done} --path /staff/" if "create-user --user-name bo" in done else done
    report = graded(small, f"aws {done}\naws {again}\n")
    assert not [key for key in keys(report) if key.startswith("error:")]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("casy", "casey"), []),
        (("casey", "casy"), ["error:PutUserPolicy:NoSuchEntity"]),
        (("casy", "robn"), ["error:PutUserPolicy:NoSuchEntity"]),
    ],
    ids=["under its right name", "before", "never"],
)
def test_a_misspelt_target_is_made_good_by_the_same_call_on_another(
    small: Scenario, lines: tuple[str, ...], told: list[str]
):
    document = policy("s3:ListAllMyBuckets")
    calls = [
        f"aws iam put-user-policy --user-name {name} --policy-name look --policy-document '{document}'\n"
        for name in lines
    ]
    found = keys(graded(small, "".join(calls)))
    assert [key for key in found if key.startswith("error:")] == told


def test_what_was_to_be_made_is_made_good_under_any_name(small: Scenario):
    taken = "aws iam create-user --user-name robin\n"
    assert keys(graded(small, taken)) == [DENIED, "error:CreateUser:EntityAlreadyExists"]
    assert keys(graded(small, taken + "aws iam create-user --user-name sam\n")) == [DENIED]


@pytest.mark.parametrize(
    "line",
    [
        "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json --profile casey\n",
        "aws iam get-user --user-name nobody\n",
        "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json --no-sign-request\n",
        "console sign-in --user-name casey --password Wrong-1\n",
    ],
    ids=["tried as Casey", "a look", "by no one", "no call of AWS's"],
)
def test_trying_and_looking_are_no_slips(small: Scenario, line: str):
    assert keys(graded(small, line)) == [DENIED]


def test_root_at_the_desk_slips_too():
    found = find("02-the-first-administrator")
    report = graded(
        scenario(found), "aws iam add-user-to-group --group-name Admins --user-name ada\n"
    )
    slip = report.findings[-1]
    assert (slip.key, slip.people) == ("error:AddUserToGroup:NoSuchEntity", ("root",))


def test_where_something_is_gone_that_alone_is_told(small: Scenario):
    gone = "aws iam delete-access-key --user-name casey --access-key-id @key --profile ada@console\n"
    lines = (
        f"{gone}aws iam delete-user --user-name casey\n{ATTACH.format('robin', 'Recipts')}"
    )
    assert keys(graded(small, lines)) == ["tampered:user/casey"]


def test_a_slip_costs_nothing(small: Scenario):
    without, with_it = (
        graded(small, put(policy("s3:PutObject"))),
        graded(small, put(policy("s3:PutObject")) + ATTACH.format("casey", "x")),
    )
    assert (with_it.stars, with_it.score) == (without.stars, without.score)
    assert keys(with_it) == [*keys(without), "error:AttachUserPolicy:NoSuchEntity"]


def test_what_was_to_be_made_and_is_changed_later_is_there(small: Scenario):
    taken = "aws iam create-user --user-name robin\n"
    tagged = "aws iam tag-user --user-name robin --tags Key=team,Value=till\n"
    assert keys(graded(small, taken + tagged)) == [DENIED]
    assert keys(graded(small, taken + tagged.replace("robin", "casey"))) == [
        DENIED,
        "error:CreateUser:EntityAlreadyExists",
    ]


def test_a_policy_on_another_bucket_makes_nothing_good(small: Scenario):
    deny = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::coffeeshop-recipes"}}'
    on = "aws s3api put-bucket-policy --bucket coffeeshop-"
    assert keys(
        graded(small, f"{on}payroll --policy '{deny}'\n{on}recipes --policy '{deny}'\n")
    ) == [
        DENIED,
        "error:PutBucketPolicy:MalformedPolicy",
    ]
