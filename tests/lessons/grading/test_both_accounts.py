"""Both sides of an access across accounts are one question: what our policies allow, and what the partner's own do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.authoring.verdict import JudgedPlay
from coffeeshop.lessons.model import Finding, Scenario
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import serve
from tests.lessons.folder import (
    FILES,
    RECEIPTS,
    SCENARIO,
    folder,
    graded,
    keys,
    played,
    scenario,
)
from tests.lessons.grading.test_nobody_escapes import document
from tests.tables import each_row

KIM = "account/444455556666/user/kim"
HEAD = (
    SCENARIO.partition("[[job]]")[0]
    .replace('graded = ["casey"]\n', "")
    .replace("[people]", 'desk = ["ada", "boss"]\n\n[people]')
)
JOBS = f"""
[[job]]
id = "read"
as = "{KIM}"
do = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json out.json PROFILE"
covers = "arn:aws:s3:::coffeeshop-receipts/*"
say = "Kim can open any receipt"

[[refuse]]
id = "shred"
as = "{KIM}"
do = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json"
say = "Kim shreds a receipt"
"""
WORLD = """
#@ account 444455556666 partner
aws iam create-user --user-name casey
aws iam create-user --user-name kim --profile partner
aws iam create-user --user-name boss --profile partner
aws iam attach-user-policy --user-name boss --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --profile partner
aws iam create-login-profile --user-name boss --password 'Cold-brew-at-5' --profile partner
"""
OPENS = {"Action": "s3:GetObject", "Resource": f"{RECEIPTS}/*"}
ONE = {"Resource": f"{RECEIPTS}/2026/03/0412.json"}
HOUR = {"Condition": {"DateLessThan": {"aws:CurrentTime": "2026-03-02T09:00:00Z"}}}


def ours(**statement: object) -> str:
    kim = {"Principal": {"AWS": "arn:aws:iam::444455556666:user/kim"}}
    rows = document({**kim, **OPENS, **statement})
    return f"aws s3api put-bucket-policy --bucket coffeeshop-receipts --policy '{rows}'\n"


def theirs(**statement: object) -> str:
    rows = document({**OPENS, **statement})
    return (
        "aws iam put-user-policy --user-name kim --policy-name partner "
        f"--policy-document '{rows}' --profile boss@console\n"
    )


@pytest.fixture(scope="module", params=["", " --profile kim"], ids=["plain", "profile"])
def lesson(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    jobs = JOBS.replace(" PROFILE", request.param)
    files = {**FILES, "scenario.toml": HEAD + jobs, "world.sh": WORLD}
    return scenario(folder(tmp_path_factory.mktemp("partner"), files))


RIGHT = {
    "both": ours() + theirs(),
    "in other letters": ours(Action="s3:getobject") + theirs(Action="S3:GETOBJECT"),
    "theirs with a wildcard": ours() + theirs(Action="s3:Get*"),
    "theirs on any receipt that begins with 2": ours() + theirs(Action="s3:*"),
}
NARROW = {
    "ours one object": ours(**ONE) + theirs(),
    "ours for an hour": ours(**HOUR) + theirs(),
    "theirs one object": ours() + theirs(**ONE),
    "theirs for an hour": ours() + theirs(**HOUR),
}


@pytest.mark.parametrize("how", RIGHT)
def test_what_both_accounts_allow_earns_its_stars(lesson: Scenario, how: str):
    report = graded(lesson, RIGHT[how])
    assert (report.stars, keys(report)) == (3, [])


@pytest.mark.parametrize("how", NARROW)
def test_a_side_that_allows_less_is_found(lesson: Scenario, how: str):
    report = graded(lesson, NARROW[how])
    assert (report.stars, keys(report)) == (0, [f"job-narrow:read@{KIM}"])


def finding(lesson: Scenario, text: str) -> Finding:
    report = graded(lesson, text)
    assert report.stars == 0
    (found,) = report.findings
    return found


def test_the_partners_side_is_named_where_it_is_missing(lesson: Scenario):
    found = finding(lesson, ours())
    assert found.key == f"job-denied:read@{KIM}:partner"
    assert "the account 444455556666" in found.why
    assert "no policy of kim there allows it" in found.why
    assert found.by is None or "bucket policy" not in found.by.policy.name


def test_our_side_is_named_where_it_is_missing(lesson: Scenario):
    found = finding(lesson, theirs())
    assert found.key == f"job-denied:read@{KIM}:resource-policy"
    assert "The account 444455556666 allows it" in found.why


def test_more_than_needed_in_the_partners_account_is_found(lesson: Scenario):
    report = graded(lesson, ours() + theirs(Action="s3:*", Resource="*"))
    assert (report.stars, keys(report)) == (1, [f"excess:{KIM}"])


def test_more_than_needed_of_ours_is_found(lesson: Scenario):
    report = graded(lesson, ours(Action="s3:Get*") + theirs(Action="s3:Get*"))
    assert (report.stars, keys(report)) == (1, [f"excess:{KIM}"])


def test_a_partner_whose_account_we_cannot_see_is_taken_to_be_allowed(tmp_path: Path):
    world = WORLD.replace(
        "#@ account 444455556666 partner", "#@ account 555566667777 partner"
    )
    files = {
        **FILES,
        "scenario.toml": HEAD + JOBS.replace(" PROFILE", ""),
        "world.sh": world,
    }
    report = graded(scenario(folder(tmp_path, files)), ours())
    assert (report.stars, keys(report)) == (3, [])


# ------------------------------------------------------------------ a role of the partner
COURIER = "account/444455556666/role/Courier"
COURIER_ARN = "arn:aws:iam::444455556666:role/Courier"
TRUST = document(
    {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
        "Action": "sts:AssumeRole",
    }
)


@pytest.mark.parametrize(
    ("statement", "stars", "ends"),
    [
        ({}, 3, None),
        ({"Action": "s3:Get*"}, 3, None),
        (ONE, 0, f"job-narrow:read@{COURIER}"),
        (None, 0, f"job-denied:read@{COURIER}:partner"),
    ],
)
def test_a_role_of_the_partner_needs_its_own_policy_too(
    tmp_path: Path, statement: dict[str, object] | None, stars: int, ends: str | None
):
    jobs = JOBS.replace(" PROFILE", "").replace(KIM, COURIER)
    world = f"{WORLD}aws iam create-role --role-name Courier --assume-role-policy-document '{TRUST}' --profile partner\n"
    files = {**FILES, "scenario.toml": HEAD + jobs, "world.sh": world}
    text = ours(Principal={"AWS": COURIER_ARN})
    if statement is not None:
        rows = document({**OPENS, **statement})
        text += f"aws iam put-role-policy --role-name Courier --policy-name own --policy-document '{rows}' --profile boss@console\n"
    report = graded(scenario(folder(tmp_path, files)), text)
    assert (report.stars, keys(report)) == (stars, [ends] if ends else [])


VIA = f"""
[[job]]
id = "read"
as = "{KIM}"
via = "Guest"
do = "aws s3api get-object --bucket coffeeshop-receipts --key 2026/03/0412.json out.json"
covers = "arn:aws:s3:::coffeeshop-receipts/*"
say = "Kim can open any receipt as Guest"
"""
GUEST = (
    "aws iam create-role --role-name Guest --assume-role-policy-document '"
    + TRUST.replace(":root", ":user/kim")
    + "'\naws iam put-role-policy --role-name Guest --policy-name receipts --policy-document '"
    + document(OPENS)
    + "'\n"
)
TAKES = theirs(Action="sts:AssumeRole", Resource="arn:aws:iam::111122223333:role/Guest")


def test_taking_our_role_needs_both_sides(tmp_path: Path):
    files = {**FILES, "scenario.toml": HEAD + VIA, "world.sh": WORLD}
    lesson = scenario(folder(tmp_path, files))
    report = graded(lesson, GUEST + TAKES)
    assert (report.stars, keys(report)) == (3, [])
    (found,) = graded(lesson, GUEST).findings
    assert found.key == f"no-session:read@{KIM}:permission"
    assert "in the account 444455556666, no policy of kim there allows it" in found.why
    (ours_missing,) = graded(
        lesson, GUEST.replace("user/kim", "user/boss") + TAKES
    ).findings
    assert "The account 444455556666 allows it" in ours_missing.why


# ------------------------------------------------------------------ mutants
def test_a_mutant_of_the_partners_side_is_a_change(tmp_path: Path):
    text = HEAD + JOBS.replace(" PROFILE", "")
    files = {**FILES, "scenario.toml": text, "world.sh": WORLD}
    files["solution.sh"] = ours() + theirs()
    lesson = scenario(folder(tmp_path, files))
    solved = JudgedPlay(played(lesson, lesson.solution))
    without = JudgedPlay(played(lesson, ours()))
    assert [*without.changed_people(solved)] == [KIM]
    assert not without.is_harmless_beside(solved)


def test_a_question_about_another_accounts_user_counts_the_policies_of_both_accounts(
    lesson: Scenario,
):
    question = replace(lesson.wants[0], mode=Mode.MAY)
    for answer, is_allowed in ((ours(), False), (ours() + theirs(), True)):
        play = played(lesson, answer)
        assert serve(play.account, question, play.now).has_succeeded is is_allowed


# ------------------------------------------------------------- a job of a whole account
SHOPS = load(find("37"))
MENU = "arn:aws:s3:::coffeeshop-recipes/menu/*"
HARBOUR = "arn:aws:iam::222233334444"
ANYBODY_THERE = (
    ("its users alone", {"StringNotEquals": {"aws:PrincipalType": "User"}}),
    ("its roles", {"ArnLike": {"aws:PrincipalArn": f"{HARBOUR}:role/*"}}),
    ("one person", {"ArnEquals": {"aws:PrincipalArn": f"{HARBOUR}:user/lena"}}),
    ("one name", {"StringLike": {"aws:username": "a*"}}),
    ("its sessions", {"Null": {"aws:TokenIssueTime": "false"}}),
    ("sessions of a name", {"StringLike": {"aws:userid": "*:night"}}),
    ("whoever has a tag", {"Null": {"aws:PrincipalTag/team": "false"}}),
    ("an MFA code", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ("another address", {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
    ("a VPC endpoint", {"Null": {"aws:SourceVpce": "false"}}),
    ("a newcomer's name", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/a*"}}),
)


def menu_refused(condition: dict[str, dict[str, str]]) -> tuple[int, list[str]]:
    """The stars and findings of 37's solution with a Deny of the menu under a condition."""
    text = SHOPS.text("policies/bucket.json").rstrip().removesuffix("]\n}")
    deny = {"Action": "s3:GetObject", "Resource": MENU, "Condition": condition}
    (row,) = json.loads(document({"Effect": "Deny", "Principal": "*", **deny}))["Statement"]
    policy = f"'{text}, {json.dumps(row)}]}}'"
    report = graded(SHOPS, SHOPS.solution.replace("file://policies/bucket.json", policy))
    return report.stars, keys(report)


@each_row(ANYBODY_THERE)
def test_a_job_of_an_account_is_that_of_anybody_there(
    whom: str, condition: dict[str, dict[str, str]]
):
    stars, findings = menu_refused(condition)
    assert stars == 0
    assert all(key.startswith("job-narrow:menu") for key in findings)


@each_row(
    (
        ("a stranger", {"StringNotEquals": {"aws:PrincipalOrgID": "o-37r73leim3"}}),
        ("no such account", {"StringEquals": {"aws:PrincipalAccount": "777788889999"}}),
        ("plain HTTP", {"Bool": {"aws:SecureTransport": "false"}}),
        ("a user here", {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/ada"}}),
    )
)  # fmt: skip
def test_whoever_is_not_of_that_account_may_be_refused(
    whom: str, condition: dict[str, dict[str, str]]
):
    assert menu_refused(condition) == (3, [])


# ------------------------------------------------------------- who gets into a role there
BAKER = f"{HARBOUR}:role/Baker"


def let_in(who: str, role: str = "Baker") -> str:
    """Lena lets somebody assume a role of her account."""
    trust = {"Principal": {"AWS": who}, "Action": "sts:AssumeRole"}
    rows = document(trust)
    return f"aws iam update-assume-role-policy --role-name {role} --policy-document '{rows}' --profile lena@console\n"


def lends(role: str) -> str:
    rows = document({"Action": "sts:AssumeRole", "Resource": BAKER})
    return f"aws iam put-role-policy --role-name {role} --policy-name more --policy-document '{rows}' --profile lena@console\n"


@each_row(
    (
        ("arn:aws:iam::777788889999:root", "excess:account/777788889999"),
        ("*", "excess:account/stranger"),
        ("222233334444", ""),
        (f"{HARBOUR}:user/lena", ""),
    )
)
def test_a_role_with_a_job_lets_no_other_account_in(who: str, first: str):
    report = graded(SHOPS, SHOPS.solution + let_in(who))
    assert (report.stars, keys(report)[:1]) == ((1, [first]) if first else (3, []))


def test_a_role_that_a_refusal_names_may_not_assume_the_one_with_the_job():
    report = graded(SHOPS, SHOPS.solution + lends("Cashier"))
    assert (report.stars, keys(report)) == (1, ["excess:account/222233334444/role/Cashier"])


def test_a_leak_that_only_the_other_account_refuses_says_so():
    lesson = scenario(find("37"))
    opened = lesson.text("policies/bucket.json").replace("role/Baker", "root")
    refuses = document(
        {
            "Effect": "Deny",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::coffeeshop-recipes/shared/*",
        }
    )
    put_bucket_policy = f"aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy '{' '.join(opened.split())}'\n"
    deny_at_home = f"aws iam put-role-policy --role-name Cashier --policy-name no --policy-document '{refuses}' --profile lena@console\n"
    told = "A policy in account 222233334444 refuses it now. That account can change it at any time."
    for more, is_told in (
        (put_bucket_policy, False),
        (put_bucket_policy + deny_at_home, True),
    ):
        report = graded(lesson, lesson.solution + more)
        assert keys(report) == ["leak:cashier@cashier"]
        assert (told in report.findings[0].why) is is_told


EVERY_USERID = {"Null": {"aws:userid": "true"}}


@pytest.mark.parametrize(
    ("condition", "stars"),
    [
        (EVERY_USERID, 3),
        ({"StringNotLike": {"aws:userid": "*"}}, 3),
        ({"StringLike": {"aws:userid": "AROA*:*"}}, 0),
        ({"StringLike": {"aws:userid": "222233334444"}}, 0),
    ],
)
def test_a_principal_of_another_account_has_a_userid(
    condition: dict[str, object], stars: int
):
    lesson = scenario(find("37"))
    bucket_policy = json.loads(lesson.text("policies/bucket.json"))
    denial = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::coffeeshop-recipes/*",
        "Condition": condition,
    }
    bucket_policy["Statement"].append(denial)
    line = f"aws s3api put-bucket-policy --bucket coffeeshop-recipes --policy '{json.dumps(bucket_policy)}'\n"
    assert graded(lesson, lesson.solution + line).stars == stars
