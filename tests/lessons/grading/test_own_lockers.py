"""Everybody's own place, by a policy variable: what is right is proven, also of those who come tomorrow."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.model import Scenario
from tests.lessons.folder import (
    FILES,
    RECEIPTS,
    SCENARIO,
    folder,
    graded,
    keys,
    scenario,
)
from tests.lessons.grading.test_hollow_stars import group
from tests.lessons.grading.test_nobody_escapes import document

JOBS = """
[[job]]
id = "store"
as = ["casey", "robin"]
do = "aws s3api put-object --bucket coffeeshop-receipts --key lockers/{who}/a.txt"
covers = "arn:aws:s3:::coffeeshop-receipts/lockers/{who}/*"
say = "{Who} stores anything in a locker"

[[job]]
id = "list"
as = ["casey", "robin"]
do = "aws s3api list-objects-v2 --bucket coffeeshop-receipts --prefix lockers/{who}/"
within = { resource = "arn:aws:s3:::coffeeshop-receipts", condition = { StringLike = { "s3:prefix" = "lockers/{who}/*" } } }
say = "{Who} lists a locker"
"""
NEWCOMER = """
[[job]]
id = "new"
as = "{newcomer}"
do = ["aws iam add-user-to-group --group-name Staff --user-name {newcomer} --profile ada", "aws s3api put-object --bucket coffeeshop-receipts --key lockers/{newcomer}/a.txt"]
covers = "arn:aws:s3:::coffeeshop-receipts/lockers/{newcomer}/*"
say = "A newcomer stores anything in a locker"

[[job]]
id = "newlist"
as = "{newcomer}"
do = ["aws iam add-user-to-group --group-name Staff --user-name {newcomer} --profile ada", "aws s3api list-objects-v2 --bucket coffeeshop-receipts --prefix lockers/{newcomer}/"]
within = { resource = "arn:aws:s3:::coffeeshop-receipts", condition = { StringLike = { "s3:prefix" = "lockers/{newcomer}/*" } } }
say = "A newcomer lists a locker"
"""
HEAD = SCENARIO.partition("[[job]]")[0].replace(
    'graded = ["casey"]', 'graded = ["casey", "robin"]'
)
WORLD = (
    "aws iam create-user --user-name casey\n"
    "aws iam create-user --user-name robin\n"
    "aws iam create-group --group-name Staff\n"
    "aws iam add-user-to-group --group-name Staff --user-name casey\n"
    "aws iam add-user-to-group --group-name Staff --user-name robin\n"
)
OWN = f"{RECEIPTS}/lockers/${{aws:username}}/*"
STORES = {"Action": "s3:PutObject", "Resource": OWN}
LISTS = {"Action": "s3:ListBucket", "Resource": RECEIPTS}


def prefix(operator: str, value: str) -> dict[str, object]:
    return {"Condition": {operator: {"s3:prefix": value}}}


@pytest.fixture(scope="module", params=["", NEWCOMER], ids=["alone", "with a newcomer"])
def lesson(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    root: Path = tmp_path_factory.mktemp("lockers")
    files = {**FILES, "scenario.toml": HEAD + JOBS + request.param, "world.sh": WORLD}
    return scenario(folder(root, files))


@pytest.mark.parametrize(
    "statements",
    [
        [STORES, {**LISTS, **prefix("StringEquals", "lockers/${aws:username}/")}],
        [STORES, {**LISTS, **prefix("StringLike", "lockers/${aws:username}/*")}],
        [
            STORES,
            {**LISTS, **prefix("StringLike", "lockers/*")},
            {**LISTS, "Effect": "Deny", **prefix("StringNotLike", "lockers/${aws:username}/*")},
        ],
        [
            {"Action": "s3:PutObject", "Resource": f"{RECEIPTS}/lockers/*"},
            {"Effect": "Deny", "Action": "s3:PutObject", "NotResource": OWN},
            {**LISTS, **prefix("StringLike", "lockers/${aws:username}/*")},
        ],
        [
            {**STORES, "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/${aws:username}"}}},
            {**LISTS, **prefix("StringLike", "lockers/${aws:username}/*")},
        ],
        [
            {**STORES, "Condition": {"StringLike": {"aws:userid": "AIDA*"}}},
            {**LISTS, **prefix("StringLike", "lockers/${aws:username}/*")},
        ],
    ],
)  # fmt: skip
def test_a_locker_by_the_name_of_whoever_asks_earns_its_stars(
    lesson: Scenario, statements: list[dict[str, object]]
):
    report = graded(lesson, group("Staff", "lockers", *statements))
    assert (report.stars, keys(report)) == (3, [])


def test_the_lockers_of_others_are_too_much(lesson: Scenario):
    wide = group("Staff", "lockers", STORES, {**LISTS, **prefix("StringLike", "lockers/*")})
    assert graded(lesson, wide).stars == 1


def test_who_is_in_no_group_and_has_a_locker_is_found_and_not_left_unproven(
    tmp_path: Path,
):
    files = {**FILES, "scenario.toml": HEAD + JOBS, "world.sh": WORLD}
    anybody = document(
        {
            **STORES,
            "Principal": {"AWS": "*"},
            "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
        }
    )
    text = group(
        "Staff", "l", {**LISTS, **prefix("StringLike", "lockers/${aws:username}/*")}
    )
    report = graded(
        scenario(folder(tmp_path, files)),
        f"{text}aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{anybody}'\n",
    )
    assert (report.stars, keys(report)) == (1, ["excess:newcomer"])
