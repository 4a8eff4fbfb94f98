"""What is allowed under a tag that nobody carries is allowed to whoever is given it tomorrow."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.scenario.find import find
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import FILES, folder, keys, played, policy, scenario
from tests.lessons.folder import put as put_document
from tests.lessons.grading.test_nobody_escapes import EVERYBODY, bucket, document, put, role

RIGHT = put_document(policy("s3:GetObject"))
OUR_OWN = {"aws:PrincipalAccount": "111122223333"}
SHREDS = {"Action": "s3:DeleteObject", "Resource": "*"}
LINK = "aws:PrincipalTag/branch"


def on_cashiers(*statements: dict[str, object]) -> str:
    return f"aws iam put-group-policy --group-name Cashiers --policy-name more --policy-document '{document(*statements)}'\n"


def beside(number: str, more: str) -> list[str]:
    """What is found when lines come after the solution of a scenario."""
    id = find(number).name
    return keys(grade(played(course(id), course(id).solution + more)))


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {LINK: "west"}},
        {"StringLike": {LINK: "w*"}},
        {"StringNotEquals": {LINK: "west"}, "Null": {LINK: "false"}},
        {"Null": {LINK: "false"}},
        {"Bool": {"aws:PrincipalTag/lead": "true"}},
        {"StringEquals": {LINK: "west", "aws:PrincipalTag/lead": "yes"}},
    ],
)
def test_a_grant_for_a_tag_that_nobody_carries_is_one_to_whoever_gets_it(
    condition: dict[str, object],
):
    assert beside("10", on_cashiers({**SHREDS, "Condition": condition}))[:1] == [
        "excess:casey"
    ]


def test_so_is_one_of_a_bucket_and_one_of_a_role_s_trust():
    here = {
        "Action": "s3:DeleteObject",
        **EVERYBODY,
        "Condition": {"StringEquals": {LINK: "west", **OUR_OWN}},
    }
    assert beside("10", bucket(here, name="coffeeshop-receipts"))[:1] == ["excess:casey"]
    casey = {"Principal": {"AWS": "arn:aws:iam::111122223333:user/casey"}}
    trusted = role(
        "Lead",
        {**casey, "Condition": {"StringEquals": {LINK: "west"}}},
        holds=document(SHREDS),
    )
    assert beside("10", trusted) == ["excess:casey"]


@pytest.mark.parametrize(
    ("number", "name", "worn"),
    [("26", "ReportRole", "report-daily"), ("19", "espresso-role", "espresso-api"), ("10", "espresso-role", "espresso-api")],
)  # fmt: skip
def test_so_is_one_to_a_role_that_a_function_wears(number: str, name: str, worn: str):
    opens = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-payroll/*"}
    line = (
        "aws iam put-role-policy --role-name {} --policy-name more --policy-document '{}'\n"
    )
    tagged = document({**opens, "Condition": {"StringEquals": {LINK: "west"}}})
    found = [f"excess:function/{worn}"]  # and of the role, for the same reason
    assert beside(number, line.format(name, tagged)) == found
    if number == "26":
        assert (
            beside(number, line.format("AdminMachine", tagged)) == []
        )  # which can do everything


def test_so_is_one_to_a_role_that_a_partner_wears():
    opens = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-recipes/*"}
    tagged = document({**opens, "Condition": {"StringEquals": {LINK: "west"}}})
    line = "aws iam put-role-policy --role-name OrdersExport --policy-name more --policy-document '{}'\n"
    assert beside("25", line.format(tagged)) == ["excess:account/444455556666/role/Courier"]


def test_so_is_a_deny_that_spares_whoever_has_it():
    spared = {**SHREDS, "Effect": "Deny", "Condition": {"StringNotEquals": {LINK: "west"}}}
    assert beside("10", on_cashiers(SHREDS, spared))[:1] == ["excess:casey"]


def test_a_value_that_nobody_has_beside_others_that_people_have():
    west = {**SHREDS, "Condition": {"StringEquals": {LINK: "west"}}}
    assert beside("23", on_cashiers(west))[:1] == ["excess:casey"]


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", **SHREDS, "Condition": {"StringEquals": {LINK: "west"}}},
        {
            "Effect": "Deny",
            **SHREDS,
            "Condition": {"StringNotEquals": {LINK: ["north", "south"]}},
        },
        {
            "Action": "sts:GetCallerIdentity",
            "Resource": "*",
            "Condition": {"StringEquals": {LINK: "west"}},
        },
    ],
)
def test_a_tag_that_opens_nothing_more_costs_nothing(statement: dict[str, object]):
    assert beside("23", on_cashiers(statement)) == []


def test_the_things_of_a_tag_that_people_have_are_theirs_alone():
    assert beside("23", "") == []
    named = "aws iam tag-user --user-name indra --tags Key=floor,Value=first\n"
    denied = {
        "Effect": "Deny",
        **SHREDS,
        "Condition": {"StringEquals": {"aws:PrincipalTag/floor": "first"}},
    }
    assert beside("23", named + on_cashiers(denied)) == []


def test_a_deny_that_compares_the_tag_with_a_thing_s_spares_whoever_is_given_a_new_one():
    id, read = (
        find("23").name,
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-receipts/*"},
    )
    other = {
        "StringNotEquals": {"s3:ExistingObjectTag/branch": "${aws:PrincipalTag/branch}"}
    }
    text = document(read, {**read, "Effect": "Deny", "Condition": other})
    answer = course(id).solution.replace("file://policies/own-branch.json", f"'{text}'")
    assert keys(grade(played(course(id), answer))) == []


def test_what_a_tag_opens_is_no_excuse_for_whoever_is_judged_and_the_bystander_s_to_keep(
    tmp_path: Path,
):
    more = [
        put(who, {**SHREDS, "Condition": {"StringEquals": {LINK: "west"}}})
        for who in ("casey", "zoe")
    ]
    zoe = "aws iam create-user --user-name zoe\n"
    for name, world, found in (
        ("a", zoe + more[0], ["excess:casey"]),
        ("b", zoe + more[1], []),
        ("c", zoe, ["excess:zoe"]),
    ):
        files = {**FILES, "world.sh": FILES["world.sh"] + world}
        there = scenario(
            folder(
                tmp_path / name,
                files,
                people=("[people]", '[people]\nbystanders = ["zoe"]'),
            )
        )
        assert keys(grade(played(there, RIGHT + (more[1] if name == "c" else "")))) == found


def test_what_somebody_did_before_is_no_excuse_for_a_grant_that_waits_for_a_tag(
    tmp_path: Path,
):
    files = {**FILES, "world.sh": FILES["world.sh"] + put("casey", SHREDS, name="old")}
    answer = RIGHT + put(
        "casey", {**SHREDS, "Condition": {"StringEquals": {LINK: "west"}}}, name="old"
    )
    assert keys(grade(played(scenario(folder(tmp_path, files)), answer))) == [
        "excess:casey"
    ]


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringLikeIfExists": {LINK: "*"}},
        {"StringNotEquals": {LINK: "west"}},
        {"Null": {LINK: "true"}},
    ],
)
def test_an_idle_user_keeps_what_a_harmless_condition_on_a_tag_leaves_them(
    tmp_path: Path, condition: dict[str, object]
):
    """The user lost the only credential, so what they keep is what a new credential would give them."""
    files = {
        **FILES,
        "world.sh": FILES["world.sh"]
        + "aws iam create-user --user-name zoe\n"
        + "aws iam create-group --group-name Desk\n"
        + "aws iam add-user-to-group --group-name Desk --user-name zoe\n"
        + "aws iam create-access-key --user-name casey\n"
        + "aws iam create-access-key --user-name zoe\n"
        + desk({"Action": ["s3:GetObject", "s3:DeleteObject"], "Resource": "*"}),
    }
    there = scenario(
        folder(tmp_path, files, badges=("[people]", '[people]\nbadges = "real"'))
    )
    narrowed = {"Action": "s3:GetObject", "Resource": "*", "Condition": condition}
    answer = f"aws iam delete-access-key --user-name zoe --access-key-id @key\n{RIGHT}"
    assert keys(grade(played(there, answer + desk(narrowed)))) == []
    widened = {**SHREDS, "Action": "dynamodb:*", "Condition": condition}
    assert keys(grade(played(there, answer + desk(narrowed, widened)))) == ["excess:zoe"]


def desk(*statements: dict[str, object]) -> str:
    return f"aws iam put-group-policy --group-name Desk --policy-name work --policy-document '{document(*statements)}'\n"


def test_it_is_told_under_which_tag(tmp_path: Path):
    more = put("casey", {**SHREDS, "Condition": {"StringEquals": {LINK: "west"}}})
    (finding,) = grade(played(scenario(folder(tmp_path)), RIGHT + more)).findings
    assert finding.what.endswith(", when aws:PrincipalTag/branch is west.")
    assert finding.why.startswith(
        "Statement 1 of policy “more” allows it, and no job asks for it."
    )


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::coffeeshop-payroll/${aws:PrincipalTag/home}/*"},
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:PrincipalTag/home}/*"},
        {"Action": "sqs:PurgeQueue", "Resource": "arn:aws:sqs:us-east-1:111122223333:${aws:PrincipalTag/home}"},
        {"Action": "s3:ListBucket", "Resource": "*", "Condition": {"StringEquals": {"s3:prefix": "${aws:PrincipalTag/home}"}}},
        {"Action": "sqs:PurgeQueue", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/home": "${aws:PrincipalTag/home}"}}},
    ],
)  # fmt: skip
def test_a_grant_on_what_is_named_by_a_tag_that_nobody_has_is_one_to_whoever_gets_it(
    statement: dict[str, object],
):
    assert beside("10", on_cashiers(statement))[:1] == ["excess:casey"]


@pytest.mark.parametrize(
    "hiding",
    [
        {"Resource": "arn:aws:s3:::${aws:PrincipalTag/home}/nothing"},
        {"Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/home": "${aws:PrincipalTag/home}"}}},
    ],
)  # fmt: skip
def test_a_deny_about_a_tag_that_nobody_has_hides_no_grant(hiding: dict[str, object]):
    grant = {**SHREDS, "Condition": {"StringEquals": {LINK: "west"}}}
    denial = {"Effect": "Deny", "Action": "s3:DeleteObject", **hiding}
    assert beside("10", on_cashiers(grant, denial))[:1] == ["excess:casey"]
    assert beside("10", on_cashiers(denial)) == []
