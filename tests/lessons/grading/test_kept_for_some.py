"""Stars that were once earned though a rule was kept for some: by one administrator's name, by a role behind a role, by what
AWS wrote, by a session that outlives what opened it.
"""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.scenario.find import find
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import played
from tests.lessons.grading.test_hollow_stars import group
from tests.lessons.grading.test_neglected_stars import (
    EVERYTHING,
    HIRES,
    KEY,
    LISTS,
    NO_KEY,
    OPENS,
    PHONE,
    SESSION,
    boss,
)
from tests.lessons.grading.test_nobody_escapes import ROOT, document, role, trust
from tests.lessons.grading.test_overlooked_stars import beside
from tests.lessons.grading.test_undeserved_stars import earned

pytestmark = pytest.mark.slow

BY_ADA = " --profile ada@console\n"
ADA = "arn:aws:iam::111122223333:user/ada"
BOSS = "arn:aws:iam::111122223333:role/Boss"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def instead(number: str, *swaps: tuple[str, str]) -> tuple[int, list[str]]:
    """What the solution earns with other text in the place of some of its own."""
    id = find(number).name
    text = course(id).solution
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new)
    return earned(id, text)


# ------------------------------------------------------------------ sessions of those who can do everything
WEARS = f"aws sts assume-role --role-arn {BOSS} --role-session-name ada --profile ada"


@pytest.mark.parametrize(
    ("opened", "found"),
    [
        (f"{KEY}{WEARS}\n{NO_KEY}", ["new-badge:ada"]),
        (f"{KEY}{SESSION}{WEARS}+key\n{NO_KEY}", ["new-badge:ada"]),
        (
            f"console sign-in --user-name ada --password Latte-art-at-7 --mfa-code @phone\n{WEARS}@console\n",
            [],
        ),
    ],
)
def test_no_session_in_a_role_outlives_the_key_that_opened_it(
    opened: str, found: list[str]
):
    assert beside("00", boss("user/ada") + opened) == (1 if found else 3, found)


def test_a_key_of_a_new_administrator_leaves_no_session_behind():
    lines = (
        KEY.strip(),
        "aws sts get-session-token --duration-seconds 129600 --profile ada",
        NO_KEY.strip(),
    )
    key, session, no_key = lines
    assert beside("02", f"{key}{BY_ADA}{session}\n{no_key}{BY_ADA}") == (
        1,
        ["new-badge:ada"],
    )


TILL = "arn:aws:iam::111122223333:role/Cashier"
BOS = f"aws iam create-access-key --user-name bo{BY_ADA}"
WORN = f"aws sts assume-role --role-arn {TILL} --role-session-name bo --profile bo\n"
NO_BOS = f"aws iam delete-access-key --user-name bo --access-key-id @key{BY_ADA}"


@pytest.mark.parametrize(
    ("wait", "result"),
    [("", (1, ["excess:session/bo"])), ("#@ +2h\naws iam list-roles" + BY_ADA, (3, []))],
)
def test_no_role_is_worn_on_by_a_key_since_before_a_code_was_asked_for(
    wait: str, result: tuple[int, list[str]]
):
    asks = f"aws iam attach-group-policy --group-name Baristas --policy-arn arn:aws:iam::111122223333:policy/Code{BY_ADA}"
    assert (
        instead(
            "C1",
            (asks, ""),
            ("# The machine uses", f"{BOS}{WORN}{NO_BOS}{asks}{wait}# The machine uses"),
        )
        == result
    )


# ------------------------------------------------------------------ how an administrator comes by it
A = "arn:aws:iam::111122223333:role/A"
WEAR_BOSS = {"Action": "sts:AssumeRole", "Resource": BOSS}
TO_BOSS = role("A", {"Principal": {"AWS": ROOT}}, holds=document(WEAR_BOSS)) + boss(
    "role/A"
)
OWN = f"aws iam put-user-policy --user-name ada --policy-name boss --policy-document '{document(WEAR_BOSS)}'\n"
LATE = "aws s3api list-buckets\n"


def hires_and(*more: str) -> tuple[int, list[str]]:
    """What Ada's group earns that lets her hire only, with something beside it that leads her to everything."""
    id = "02-the-first-administrator"
    text = course(id).solution.replace(EVERYTHING, group("Admins", "hire", *HIRES))
    for who in (
        "casey",
        "robin",
    ):  # as root, who is not to be asked any more once she can do everything
        text = text.replace(
            f"create-user --user-name {who} --profile ada@console",
            f"create-user --user-name {who}",
        )
    return earned(id, text + "".join(more))


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        ((boss("root"), OWN), ["admin-in-group"]),
        ((TO_BOSS, trust("A", {"Principal": {"AWS": ADA}})), ["admin-in-group"]),
        ((role("Boss", {"Principal": {"AWS": "*"}, "Condition": {"ArnEquals": {"aws:PrincipalArn": ADA}}}),), ["admin-in-group"]),
        ((TO_BOSS, group("Admins", "a", {"Action": "sts:AssumeRole", "Resource": A})), []),
        ((TO_BOSS, group("Admins", "a", {"Action": "sts:AssumeRole", "Resource": A}), LATE), ["root-unused"]),
    ],
)  # fmt: skip
def test_an_administrator_by_roles_is_one_and_is_one_by_a_group(
    more: tuple[str, ...], rules: list[str]
):
    assert hires_and(*more) == (2 if rules else 3, [f"practice:{rule}" for rule in rules])


# ------------------------------------------------------------------ whoever is hired beside them
ATTACHED = "aws iam attach-group-policy --group-name Admins --policy-arn arn:aws:iam::111122223333:policy/Code"


def code(**condition: object) -> str:
    """The policy that asks for a code, of those alone whom a condition more names."""
    rule = json.loads(course("C1-opening-week").text("policies/code.json"))
    rule["Statement"][1]["Condition"] |= condition
    return json.dumps(rule)


@pytest.mark.parametrize(
    ("line", "stars"),
    [
        (f"put-group-policy --group-name Admins --policy-name code --policy-document '{code()}'", 3),
        (f"put-group-policy --group-name Admins --policy-name code --policy-document '{code(StringEquals={'aws:username': 'ada'})}'", 2),
        (f"put-user-policy --user-name ada --policy-name code --policy-document '{code()}'", 2),
    ],
)  # fmt: skip
def test_a_code_is_asked_of_the_next_administrator_too(line: str, stars: int):
    assert instead("C1", (ATTACHED, f"aws iam {line}")) == (
        stars,
        ["practice:admin-mfa"] if stars == 2 else [],
    )


STAFF = "aws iam put-group-policy --group-name Staff --policy-name NoShredding --policy-document file://policies/no-shredding.json"  # fmt: skip
OFF = "aws iam delete-group-policy --group-name Staff --policy-name NoShredding\n"
OUTSIDE = {
    "Effect": "Deny",
    "Action": "s3:DeleteObject",
    "NotResource": "arn:aws:s3:::coffeeshop-receipts/voided/*",
}
THREE = ("casey", "robin", "mina")
NAMED = {**OUTSIDE, "Condition": {"StringEquals": {"aws:username": list(THREE)}}}
EACH = "".join(
    f"aws iam put-user-policy --user-name {who} --policy-name no --policy-document '{document(OUTSIDE)}'\n"
    for who in THREE
)
ON_BUCKET = f"aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{document({**OUTSIDE, 'Principal': '*'})}'\n"  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "stars"),
    [(group("Staff", "NoShredding", NAMED), 2), (OFF + EACH, 2), (OFF + ON_BUCKET, 3)],
)
def test_what_must_never_happen_is_denied_in_words_to_whoever_joins_the_group(
    lines: str, stars: int
):
    assert instead("13", (STAFF, lines)) == (
        stars,
        ["practice:explicit-no"] if stars == 2 else [],
    )


NORTH = "aws iam put-group-policy --group-name NorthTill --policy-name receipts --policy-document file://policies/north.json\n"


@pytest.mark.parametrize(
    "joins",
    [
        "",
        "aws iam create-user --user-name zoe\naws iam add-user-to-group --group-name NorthTill --user-name zoe\n",
        f"{EVERYTHING.replace('group', 'user').replace('Admins', 'ada')}aws iam remove-user-from-group --group-name Admins"
        " --user-name ada\naws iam add-user-to-group --group-name NorthTill --user-name ada\n",
    ],
)
def test_what_a_group_gave_is_no_excuse_by_those_who_came_into_it_since(joins: str):
    ours = below(
        "casey",
        *json.loads(course(find("09").name).text("policies/north.json"))["Statement"],
    )
    none = below("zoe", {"Action": "sts:GetCallerIdentity", "Resource": "*"}).replace(
        "Below", "None"
    )
    assert instead("09", (NORTH, ours + joins + (none if "zoe" in joins else ""))) == (
        1,
        ["excess:newcomer"],
    )


# ------------------------------------------------------------------ whoever wrote it, wherever it hangs
LOGS = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/espresso-api:*"
TAKEN_BACK = {"Effect": "Deny", "Action": "logs:*", "Resource": "*"}
SIX = {
    "Effect": "Deny",
    "Action": ["s3:GetObject", "iam:ListUsers", "ec2:StopInstances"],
    "Resource": "*",
}


def on_role(name: str, called: str, *statements: dict[str, object]) -> str:
    text = document(*statements)
    return f"aws iam put-role-policy --role-name {name} --policy-name {called} --policy-document '{text}'\n"


def below(who: str, *statements: dict[str, object]) -> str:
    """A boundary for somebody."""
    return (
        f"aws iam create-policy --policy-name Below --policy-document '{document(*statements)}'\n"
        f"aws iam put-user-permissions-boundary --user-name {who}"
        " --permissions-boundary arn:aws:iam::111122223333:policy/Below\n"
    )


@pytest.mark.parametrize(
    ("number", "more", "rule"),
    [
        ("17", f"aws iam attach-group-policy --group-name Baristas --policy-arn {BASIC}\n" + group("Baristas", "no", TAKEN_BACK), "no-idle-grants"),
        ("05", on_role("espresso-role", "logs", {"Action": ["logs:CreateLogStrea?", "logs:PutLogEvent?"], "Resource": LOGS}), "no-wildcard-action"),
        ("05", on_role("espresso-role", "logs", {"Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:PutLog"], "Resource": LOGS}), "no-unknown-actions"),
        ("15", trust("Manager", {"Principal": {"AWS": ROOT}, "Action": "sts:AssumeRol?"}), "no-wildcard-action"),
        ("15", trust("Manager", {"Principal": {"AWS": ROOT}}), ""),
        ("04", below("casey", {"Action": "*", "Resource": "*"}, SIX), "no-blanket-deny"),
        ("10", group("Cashiers", "receipts", LISTS, OPENS), ""),
        ("04", below("casey", {"Action": "*", "Resource": "*"}), ""),
    ],
)  # fmt: skip
def test_a_rule_is_kept_by_what_aws_wrote_and_on_whatever_was_changed(
    number: str, more: str, rule: str
):
    assert beside(number, more) == ((2, [f"practice:{rule}"]) if rule else (3, []))


# ------------------------------------------------------------------ and nobody is blamed for asking for codes anew
def older(than: int) -> dict[str, object]:
    """Nothing is done any more with a code that was given so many seconds ago."""
    old = {"NumericGreaterThan": {"aws:MultiFactorAuthAge": str(than)}}
    return {
        "Effect": "Deny",
        "Action": ["s3:*", "iam:*", "cloudtrail:*"],
        "Resource": "*",
        "Condition": old,
    }


@pytest.mark.parametrize(
    ("number", "name", "key"),
    [
        ("20", "Staff", "job-narrow:list@casey"),
        ("21", "Managers", "job-narrow:void@mina"),
        ("29", "Admins", "job-narrow:badges@ada"),
        ("10", "Admins", "locked-out:ada"),
    ],
)
def test_whoever_works_with_a_code_does_so_for_as_long_as_a_phone_shows_it(
    number: str, name: str, key: str
):
    for than in (0, 5, 29):
        stars, found = beside(number, group(name, "old", older(than)))
        assert (stars, key in found) == (0, True)
    for than in (30, 3600):
        assert beside(number, group(name, "old", older(than))) == (3, [])


def test_a_job_that_a_code_does_not_open_for_long_is_told_so():
    lesson = course(find("21").name)
    report = grade(played(lesson, lesson.solution + group("Managers", "old", older(5))))
    (void,) = (found for found in report.findings if found.key == "job-narrow:void@mina")
    assert (
        "The job's example call works, but the job also needs a similar call 6 seconds after the MFA code."
        in void.why
    )


def test_a_job_that_a_fresh_code_opens_for_one_thing_alone_is_told_of_the_others():
    fresh = {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
    one = "arn:aws:s3:::coffeeshop-receipts/voided/0398.json"
    shreds = {
        "Effect": "Allow",
        "Action": "s3:DeleteObject",
        "Resource": one,
        "Condition": fresh,
    }
    lesson = course(find("21").name)
    report = grade(played(lesson, lesson.solution + group("Managers", "shredding", shreds)))
    (void,) = (found for found in report.findings if found.key == "job-narrow:void@mina")
    assert (
        "The job's example call works, but the job also needs other calls like it."
        in void.why
    )


OLD = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}}  # fmt: skip


def test_whoever_is_asked_for_a_new_code_each_hour_has_lost_nothing():
    assert beside("05", group("Admins", "age", OLD)) == (3, [])
    younger = {
        "Principal": {"AWS": ROOT},
        "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
    }
    assert beside("15", trust("Manager", younger) + PHONE) == (3, [])


# ------------------------------------------------------------------ what opens something, in a machine's settings
@pytest.mark.parametrize(
    ("word", "kept"),
    [("Latte-art-at-7", False), ("House-blend-1", False), ("Latte-art", True)],
)
def test_no_machine_carries_a_password(word: str, kept: bool):
    id = find("C1").name
    told = "--environment Variables={}"
    answer = course(id).solution.replace(told, f"--environment Variables={{OPENS={word}}}")
    checks = {check.id: check.passed for check in grade(played(course(id), answer)).checks}
    assert checks["practice:no-machine-users"] is kept


# ------------------------------------------------------------------ whoever is called so tomorrow
@pytest.mark.parametrize(
    ("condition", "stars"),
    [
        ({"StringLike": {"aws:username": "z*"}}, 2),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/z*"}}, 2),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:*/z*"}}, 2),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/guests/*"}}, 3),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/z*"}}, 3),
        ({"Null": {"aws:username": "true"}}, 3),
        ({"StringEquals": {"aws:username": "ada"}}, 3),
    ],
)
def test_a_group_s_policy_is_for_whoever_is_in_it_whatever_they_are_called(
    condition: dict[str, object], stars: int
):
    no = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    found = ["practice:no-direct-user-policies"] if stars == 2 else []
    assert beside("10", group("Cashiers", "no", no)) == (stars, found)


# ------------------------------------------------------------------ what only the owner can do
@pytest.mark.parametrize(
    ("line", "stars"),
    [
        ("console activate-billing-access --profile root@console", 2),
        ("console sign-out --profile root@console", 3),
    ],
)
def test_the_owner_s_badge_comes_out_of_the_safe_for_what_is_done_to_it_alone(
    line: str, stars: int
):
    found = ["practice:root-unused"] if stars == 2 else []
    assert beside("29", f"{line}\n") == (stars, found)
