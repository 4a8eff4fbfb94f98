"""Stars that were once earned by an excuse: by what a badge would have opened that somebody had not, by what was open to
everybody, or by a job for which nobody needs a real one.
"""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import keys, played
from tests.lessons.grading.test_hollow_stars import ADA_IN, BY_ADA, group
from tests.lessons.grading.test_nobody_escapes import document
from tests.lessons.grading.test_overlooked_stars import beside
from tests.lessons.grading.test_undeserved_stars import earned

pytestmark = pytest.mark.slow

CODED = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
SHREDS = {"Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/*"}
HIRES = {"Action": ["iam:CreateUser", "iam:CreateAccessKey"], "Resource": "*"}
OUT = "aws iam remove-user-from-group --group-name StandIns --user-name robin\n"


# ------------------------------------------------------------------ badges to come
@pytest.mark.parametrize("number", ["27", "C3"])
def test_who_works_with_a_key_keeps_nothing_of_before_for_the_day_they_have_a_code(
    number: str,
):
    id = find(number).name
    lax = group("StandIns", "hiring", {**HIRES, **CODED})
    assert earned(id, course(id).solution.replace(OUT, lax)) == (1, ["excess:robin"])


def test_what_a_thief_opened_to_everybody_is_not_to_be_left_to_those_with_a_code():
    assert beside("27", group("Cashiers", "shred", {**SHREDS, **CODED})) == (
        1,
        ["excess:robin"],
    )


@pytest.mark.parametrize(
    ("number", "people"), [("27", ["casey", "robin"]), ("C3", ["robin"])]
)
def test_what_a_thief_gave_a_group_is_not_to_be_left_to_those_who_come_into_it(
    number: str, people: list[str]
):
    later = {**SHREDS, "Condition": {"StringNotEquals": {"aws:username": people}}}
    assert beside(number, group("Cashiers", "later", later)) == (1, ["excess:newcomer"])


@pytest.mark.parametrize(
    ("number", "rule"), [("19", "no-machine-users"), ("28", "leavers-gone")]
)
def test_of_whoever_has_no_badge_left_what_hangs_on_them_is_a_matter_of_its_rule(
    number: str, rule: str
):
    id = find(number).name
    kept = (
        "delete-user",
        "delete-user-policy",
        "remove-user-from-group",
        "deactivate-mfa",
        "delete-virtual",
    )
    lines = [
        line
        for line in course(id).solution.splitlines()
        if not line.startswith(tuple(f"aws iam {one} " for one in kept))
    ]
    assert earned(id, "\n".join([*lines, ""])) == (2, [f"practice:{rule}"])


# ------------------------------------------------------------------ what was open to everybody
NO_FAIR = "aws lambda remove-permission --function-name espresso-api --statement-id fair\n"
FAIR = "aws lambda add-permission --function-name espresso-api --statement-id fair --action lambda:InvokeFunction --principal "
CLOSED = """'{"Policy": ""}'"""
ORDERS = {
    "Action": "sqs:SendMessage",
    "Resource": "arn:aws:sqs:us-east-1:111122223333:online-orders",
}


def to_order(principal: dict[str, str]) -> str:
    return f"'{json.dumps({'Policy': document({'Principal': principal, **ORDERS})})}'"


@pytest.mark.parametrize(
    ("mend", "instead", "who"),
    [
        (NO_FAIR, f"{NO_FAIR}{FAIR}events.amazonaws.com\n", "service/events.amazonaws.com"),
        (NO_FAIR, f"{NO_FAIR}{FAIR}111122223333\n", ""),
        (CLOSED, to_order({"Service": "sns.amazonaws.com"}), "service/sns.amazonaws.com"),
        (
            CLOSED,
            to_order({"Federated": "accounts.google.com"}),
            "federated/accounts.google.com",
        ),
    ],
)
def test_what_was_open_to_everybody_is_left_to_nobody(mend: str, instead: str, who: str):
    id = find("C2").name
    answer = course(id).solution
    assert mend in answer
    assert earned(id, answer.replace(mend, instead)) == (
        (1, [f"excess:{who}"]) if who else (3, [])
    )


def test_it_was_open_to_everybody_whoever_is_named_beside_them(tmp_path: Path):
    folder = Path(copytree(find("C2"), tmp_path / find("C2").name))
    queue = folder / "faults" / "open-queue" / "attributes.json"
    them = ("*", {"AWS": ["*", "arn:aws:iam::111122223333:root"]})
    whoever, named = (json.dumps(json.dumps(who))[1:-1] for who in them)
    queue.write_text(queue.read_text().replace(whoever, named, 1))
    assert named in queue.read_text()
    lesson = load(folder)
    answer = lesson.solution.replace(CLOSED, to_order({"Service": "sns.amazonaws.com"}))
    report = grade(played(lesson, answer))
    assert (report.stars, keys(report)) == (1, ["excess:service/sns.amazonaws.com"])


# ------------------------------------------------------------------ badges that are minted
KEY = f"aws iam create-access-key --user-name ada{BY_ADA}"
SESSION = "aws sts get-session-token --profile ada\n"
NO_KEY = f"aws iam delete-access-key --user-name ada --access-key-id @key{BY_ADA}"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (KEY, ["new-badge:ada"]),
        (KEY + SESSION + NO_KEY, ["new-badge:ada"]),
        (KEY + NO_KEY, []),
    ],
)
def test_a_job_that_is_tried_with_a_minted_key_is_no_reason_to_make_one(
    lines: str, found: list[str]
):
    assert beside("24", ADA_IN + lines) == (1 if found else 3, found)


@pytest.mark.parametrize(
    "lines",
    [
        "aws iam update-login-profile --user-name sam --password Steam-wand-9\n",
        "aws iam delete-login-profile --user-name sam\n"
        "aws iam create-login-profile --user-name sam --password Steam-wand-9\n",
    ],
)
def test_whoever_was_given_another_password_has_not_changed_it(lines: str):
    changed = "aws iam change-password --old-password {} --new-password Steam-wand-5 --profile sam@console\n"
    sam_in = "console sign-in --user-name sam --password {}\n"
    assert beside("20", lines) == (0, ["no-user:password@sam"])
    assert beside("20", lines.replace("Steam-wand-9", "Steam-wand-4")) == (3, [])
    own = sam_in.format("Steam-wand-4") + changed.format("Steam-wand-4")
    assert beside("20", own) == (3, [])
    assert beside(
        "20", lines + sam_in.format("Steam-wand-9") + changed.format("Steam-wand-9")
    ) == (3, [])
