"""What a scenario.toml says is read as it is meant, or refused with a Problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.grading.trial import Trial
from tests.lessons.folder import (
    ALL,
    FILES,
    RECEIPTS,
    folder,
    graded,
    keys,
    played,
    policy,
    put,
    scenario,
)
from tests.lessons.grading.test_nobody_escapes import document

RIGHT = put(policy("s3:GetObject"))
PRACTICE = "[[practice]]\nrule"


def idle(lesson_root: Path, text: str) -> list[str]:
    trial = Trial(played(scenario(lesson_root), text))
    return [offence.text for offence in RULES["no-idle-grants"].offences(trial, {})]


# ------------------------------------------------------------------ slack
SELF = put(
    policy(
        "iam:ChangePassword",
        "iam:GetUser",
        "iam:CreateAccessKey",
        on="arn:aws:iam::111122223333:user/${aws:username}",
    ),
    name="self",
)
LISTS = put(policy("s3:ListBucket", on=RECEIPTS), name="lists")
OTHER = put(policy("s3:ListBucket", on="arn:aws:s3:::coffeeshop-recipes"), name="other")
SLACK = f'[slack]\nown-badge = ["casey"]\n\n[slack.look]\naction = "s3:ListBucket"\nresource = "{RECEIPTS}"\n\n{PRACTICE}'


def test_a_permission_that_the_brief_leaves_open_is_not_idle(tmp_path: Path):
    root = folder(tmp_path, FILES, slack=(PRACTICE, SLACK))
    assert idle(root, RIGHT + SELF + LISTS) == []
    (found,) = idle(root, RIGHT + OTHER)
    assert found == "no job uses statement 1 of policy “other” (casey)"
    bare = folder(tmp_path / "bare", FILES)
    assert len(idle(bare, RIGHT + SELF)) == 1


def test_slack_of_a_newcomer_is_theirs(tmp_path: Path):
    look = f'[slack.look]\naction = "s3:ListBucket"\nresource = "{RECEIPTS}"\nas = ["{{newcomer}}"]\n\n{PRACTICE}'
    everybody = document(
        {
            "Principal": {"AWS": "*"},
            "Action": "s3:ListBucket",
            "Resource": RECEIPTS,
            "Condition": {
                "StringEquals": {"aws:PrincipalAccount": "111122223333"},
                "StringNotEquals": {"aws:username": "casey"},
            },
        }
    )
    world = FILES["world.sh"]
    text = f"{RIGHT}aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{everybody}'\n"
    with_slack = folder(
        tmp_path / "a", {**FILES, "world.sh": world}, slack=(PRACTICE, look)
    )
    without = folder(tmp_path / "b", FILES)
    blamed = {
        who for found in graded(scenario(without), text).findings for who in found.people
    }
    assert "newcomer" in blamed
    excused = {
        who for found in graded(scenario(with_slack), text).findings for who in found.people
    }
    assert "newcomer" not in excused


OUTSIDE = (
    'admins = ["ada"]',
    'admins = ["ada"]\noutside = { courier = "account/444455556666/role/Courier" }',
)


def test_slack_of_a_short_name_is_that_principals(tmp_path: Path):
    look = f'[slack.look]\naction = "s3:ListBucket"\nresource = "{RECEIPTS}"\nas = ["courier"]\n\n{PRACTICE}'
    courier = document(
        {
            "Principal": {"AWS": "arn:aws:iam::444455556666:role/Courier"},
            "Action": "s3:ListBucket",
            "Resource": RECEIPTS,
        }
    )
    text = f"{RIGHT}aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{courier}'\n"
    root = folder(tmp_path / "a", FILES, slack=(PRACTICE, look), outside=OUTSIDE)
    assert keys(graded(scenario(root), text)) == []
    bare = folder(tmp_path / "b", FILES, outside=OUTSIDE)
    assert keys(graded(scenario(bare), text)) == [
        "excess:account/444455556666/role/Courier"
    ]


# ------------------------------------------------------------------ a function's role
def test_the_trust_of_a_functions_role_is_used_by_its_job(tmp_path: Path):
    job = (
        '[[job]]\nid = "take"\nas = "function/espresso-api"\n'
        'do = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json out.json"\n'
        'say = "The machine opens a receipt"\n\n[[refuse]]'
    )
    root = folder(tmp_path, FILES, job=("[[refuse]]", job))
    opens = policy("s3:GetObject", on=f"{RECEIPTS}/2026/03/0412.json")
    text = (
        RIGHT
        + "aws iam delete-role-policy --role-name espresso-role --policy-name logs\n"
        + f"aws iam put-role-policy --role-name espresso-role --policy-name opens --policy-document '{opens}'\n"
    )
    assert idle(root, text) == []


# ------------------------------------------------------------------ several lines
LINES = (
    'do = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json out.json"\ncovers',
    'do = ["aws s3api put-object --bucket coffeeshop-receipts --key 2026/03/0999.json", "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0999.json out.json"]\ncovers',
)


@pytest.mark.parametrize(
    ("stores_on", "stars", "found"),
    [
        (ALL, 3, []),
        (f"{RECEIPTS}/2026/03/0999.json", 0, ["job-narrow:read@casey"]),
        (f"{RECEIPTS}/2026/*", 0, ["job-narrow:read@casey"]),
        ("arn:aws:s3:::coffeeshop-*/*", 1, ["excess:casey"]),
    ],
)
def test_covers_is_about_each_line_of_a_job_that_has_its_resource(
    tmp_path: Path, stores_on: str, stars: int, found: list[str]
):
    lesson = scenario(folder(tmp_path, FILES, lines=LINES))
    text = RIGHT + put(policy("s3:PutObject", on=stores_on), name="stores")
    report = graded(lesson, text)
    assert (report.stars, keys(report)) == (stars, found)


# ------------------------------------------------------------------ who is judged by name
def test_a_refusal_alone_makes_nobody_judged_by_name(tmp_path: Path):
    row = (
        '[[refuse]]\nid = "machine"\nas = "function/espresso-api"\n'
        'do = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json"\n'
        'say = "The machine shreds a receipt"\n\n[[practice]]\nrule'
    )
    root = folder(tmp_path, FILES, row=(PRACTICE, row))
    # What its role held before the play, it may keep.
    report = graded(scenario(root), RIGHT)
    assert (report.stars, keys(report)) == (3, [])
