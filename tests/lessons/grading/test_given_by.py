"""What a brief asks to be built is asked for: a permission comes from where the brief says."""

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
    played,
    policy,
    problems,
    put,
    scenario,
)
from tests.lessons.grading.test_nobody_escapes import document
from tests.lessons.grading.test_overlooked_stars import beside
from tests.lessons.grading.test_undeserved_stars import earned

CASHIERS = ("casey", "robin", "bo", "sam")
COPIES_GONE = "".join(
    f"aws iam delete-user-policy --user-name {name} --policy-name receipts\n"
    for name in CASHIERS[:3]
)
TAGGED = {
    "StringEquals": {
        "aws:PrincipalTag/work": "cashier",
        "aws:PrincipalAccount": "111122223333",
    }
}
READ = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json out.json"


def bucket_policy(*statements: dict[str, object]) -> str:
    rows = document(*({"Principal": {"AWS": "*"}, **row} for row in statements))
    return f"aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{rows}'\n"


def members(group: str, *names: str) -> str:
    return "".join(
        f"aws iam add-user-to-group --group-name {group} --user-name {name}\n"
        for name in names
    )


def group(name: str, *people: str) -> str:
    receipts = document(
        {"Action": "s3:ListBucket", "Resource": RECEIPTS},
        {"Action": "s3:GetObject", "Resource": ALL},
    )
    return (
        f"aws iam create-group --group-name {name}\n"
        f"aws iam put-group-policy --group-name {name} --policy-name work --policy-document '{receipts}'\n"
        + members(name, *people)
    )


# ------------------------------------------------------------------ 10, the cashiers
def test_the_cashiers_hold_their_permission_by_the_group_and_by_no_bucket_policy():
    tags = "".join(
        f"aws iam tag-user --user-name {name} --tags Key=work,Value=cashier\n"
        for name in CASHIERS
    )
    by_tags = bucket_policy(
        {"Action": "s3:ListBucket", "Resource": RECEIPTS, "Condition": TAGGED},
        {"Action": "s3:GetObject", "Resource": ALL, "Condition": TAGGED},
    )
    id = "10-the-cashiers"
    assert earned(id, tags + COPIES_GONE + by_tags) == (2, ["practice:given-by"])


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        (group("Cashiers", *CASHIERS) + COPIES_GONE, 3),
        (group("cashiers", *CASHIERS) + COPIES_GONE, 3),
        (group("Tills", *CASHIERS) + COPIES_GONE, 2),
        (group("Cashiers", *CASHIERS[:2]) + group("Others", *CASHIERS[2:]) + COPIES_GONE, 2),
    ],
)  # fmt: skip
def test_the_cashiers_are_all_in_the_group_cashiers(text: str, stars: int):
    assert earned("10-the-cashiers", text)[0] == stars


def test_a_managed_policy_of_the_group_is_the_groups():
    receipts = document(
        {"Action": "s3:ListBucket", "Resource": RECEIPTS},
        {"Action": "s3:GetObject", "Resource": ALL},
    )
    text = (
        f"aws iam create-policy --policy-name Receipts --policy-document '{receipts}'\n"
        "aws iam create-group --group-name Cashiers\n"
        "aws iam attach-group-policy --group-name Cashiers --policy-arn arn:aws:iam::111122223333:policy/Receipts\n"
        + members("Cashiers", *CASHIERS)
        + COPIES_GONE
    )
    assert earned("10-the-cashiers", text) == (3, [])


# ------------------------------------------------------------------ 00, the first morning
def test_casey_is_put_into_the_group_that_the_brief_names():
    id = "00-the-first-morning"
    hired = "aws iam create-user --user-name casey\n"
    lists = document({"Action": "s3:ListBucket", "Resource": RECEIPTS})
    beside_it = (
        "aws iam create-group --group-name Others\n"
        f"aws iam put-group-policy --group-name Others --policy-name work --policy-document '{lists}'\n"
        + members("Others", "casey")
    )
    assert earned(id, hired + beside_it) == (2, ["practice:given-by"])
    assert beside("00", "") == (3, [])


# ------------------------------------------------------------------ the key
def lesson_by(below: Path, *things: str):
    named = ", ".join(f'"{thing}"' for thing in things)
    return folder(
        below,
        FILES,
        by=('id = "read"\n', f'id = "read"\nby = [{named}]\n'),
        rule=('rule = "no-wildcard-action"', 'rule = "no-wildcard-action"\n\n[[practice]]\nrule = "given-by"'),
    )  # fmt: skip


OPENS = policy("s3:GetObject")
MANAGED = (
    f"aws iam create-policy --policy-name Opens --policy-document '{OPENS}'\n"
    "aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::111122223333:policy/Opens\n"
)
NAMED = bucket_policy(
    {
        "Action": "s3:GetObject",
        "Resource": ALL,
        "Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"},
    }
)
TILLS = (
    "aws iam create-group --group-name Tills\n"
    f"aws iam put-group-policy --group-name Tills --policy-name receipts --policy-document '{OPENS}'\n"
)
GIVEN = {
    "user/casey": put(OPENS),
    "policy/Opens": MANAGED,
    "bucket/coffeeshop-receipts": NAMED,
    "group/Tills": TILLS + members("Tills", "casey"),
}


@pytest.mark.parametrize("thing", GIVEN)
def test_a_permission_is_told_by_what_gives_it(tmp_path: Path, thing: str):
    lesson = scenario(lesson_by(tmp_path, thing))
    for giver, text in GIVEN.items():
        offences = [*RULES["given-by"].offences(Trial(played(lesson, text)), {})]
        by_policy = thing == "user/casey" and giver == "policy/Opens"  # it is on her, too
        assert (offences == []) == (giver == thing or by_policy), (giver, offences)


def test_a_group_gives_nothing_to_who_is_not_in_it(tmp_path: Path):
    lesson = scenario(lesson_by(tmp_path, "group/Tills"))
    copied = put(OPENS)  # under the same name as the group's
    (offence,) = RULES["given-by"].offences(Trial(played(lesson, TILLS + copied)), {})
    assert (
        offence.text
        == "“Casey can open any receipt” doesn't work through the group Tills: casey isn't in it"
    )
    (absent,) = RULES["given-by"].offences(Trial(played(lesson, copied)), {})
    assert (
        absent.text
        == "“Casey can open any receipt” doesn't work through the group Tills: there is no such group"
    )
    empty = "aws iam create-group --group-name Tills\n" + members("Tills", "casey") + copied
    (idle,) = RULES["given-by"].offences(Trial(played(lesson, empty)), {})
    assert (
        idle.text == "“Casey can open any receipt” works, but not through the group Tills"
    )


def test_several_givers_give_together(tmp_path: Path):
    lesson = scenario(lesson_by(tmp_path, "user/casey", "bucket/coffeeshop-receipts"))
    for text in (put(OPENS), NAMED):
        assert [*RULES["given-by"].offences(Trial(played(lesson, text)), {})] == []


def test_all_that_a_job_covers_is_asked_of_the_giver(tmp_path: Path):
    lesson = scenario(lesson_by(tmp_path, "user/casey"))
    some = put(policy("s3:GetObject", on=f"{RECEIPTS}/2026/*")) + NAMED
    (offence,) = RULES["given-by"].offences(Trial(played(lesson, some)), {})
    assert "works, but not through the user casey" in offence.text


# ------------------------------------------------------------------ what is refused
def test_a_key_that_nothing_reads_is_a_problem(tmp_path: Path):
    row, by = 'id = "read"\n', 'id = "read"\nby = "{}"\n'
    (unread,) = problems(folder(tmp_path / "a", FILES, by=(row, by.format("group/Tills"))))
    assert "given-by" in unread
    rule = ('rule = "no-wildcard-action"', 'rule = "no-wildcard-action"\n\n[[practice]]\nrule = "given-by"')  # fmt: skip
    (idle,) = problems(folder(tmp_path / "b", FILES, rule=rule))
    assert "the rule needs a job with `by`, and no job has one" in idle
    (unknown,) = problems(
        folder(tmp_path / "c", FILES, by=(row, by.format("grupo/Tills")), rule=rule)
    )
    assert "grupo" in unknown
    assert "did you mean group" in unknown
