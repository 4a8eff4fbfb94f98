"""A user of Identity Center is judged as whoever can sign in to the roles of their permission sets."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load

PEOPLE = load(find("35"))
BAKERY = load(find("36"))
SET = "--instance-arn @instance --permission-set-arn @permission-set:Receipts"
TO = "--target-id 111122223333 --target-type AWS_ACCOUNT"
STORE = "--identity-store-id @identity-store"
FULL = "--managed-policy-arn arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"


def judged(*lines: str, before: str = "") -> tuple[int, list[str]]:
    """The stars and findings of 35's solution with further lines after it, or with one before it."""
    text = "\n".join((before, PEOPLE.solution, *lines))
    report = grade(run_play(PEOPLE, text, files=PEOPLE.files))
    return report.stars, [finding.key for finding in report.findings]


def test_a_job_is_done_through_the_permission_set_of_a_group():
    assert judged() == (3, [])


def test_what_no_job_needs_is_an_excess_of_everybody_who_has_the_permission_set():
    stars, findings = judged(
        f"aws sso-admin attach-managed-policy-to-permission-set {SET} {FULL}",
        f"aws sso-admin provision-permission-set {SET} --target-type ALL_PROVISIONED_ACCOUNTS",
    )
    assert stars == 1
    assert findings
    assert all(key.startswith("excess:workforce/") for key in findings)


def test_a_change_that_is_not_provisioned_changes_no_access_and_will_not_last():
    line = f"aws sso-admin attach-managed-policy-to-permission-set {SET} {FULL}"
    assert judged(line) == (2, ["practice:provisioned"])


def test_somebody_else_with_the_permission_set_has_an_excess():
    mo = "--user-name mo --display-name Mo --name GivenName=Mo,FamilyName=Lee"
    to_mo = f"{TO} --principal-type USER --principal-id @user:mo"
    found = judged(
        f"aws identitystore create-user {STORE} {mo}",
        f"aws sso-admin create-account-assignment {SET} {to_mo}",
    )
    assert found == (1, ["excess:workforce/mo"])


def test_a_permission_set_of_an_empty_group_is_an_excess_of_its_role():
    to_group = f"{TO} --principal-type GROUP --principal-id @group:Nobody"
    own_set = SET.replace("Receipts", "Spare")
    stars, (finding,) = judged(
        f"aws identitystore create-group {STORE} --display-name Nobody",
        "aws sso-admin create-permission-set --instance-arn @instance --name Spare",
        f"aws sso-admin attach-managed-policy-to-permission-set {own_set} {FULL}",
        f"aws sso-admin create-account-assignment {own_set} {to_group}",
    )
    assert stars == 1
    assert finding.startswith("excess:role/AWSReservedSSO_Spare_")


@pytest.mark.parametrize("name", ["casey", "sam"])
def test_a_session_from_the_portal_that_can_be_opened_again_costs_no_star(name: str):
    line = f"console portal-sign-in --user-name {name} --permission-set-name Receipts"
    assert judged(line) == (3, [])


def test_a_session_that_robin_opened_before_she_lost_the_permission_set_still_counts():
    line = "console portal-sign-in --user-name robin --permission-set-name Bakery"
    text = f"{line}\n{BAKERY.solution}"
    report = grade(run_play(BAKERY, text, files=BAKERY.files))
    assert [finding.key for finding in report.findings] == ["excess:workforce/robin"]


def test_people_without_a_permission_set_are_told_that_they_cannot_sign_in():
    report = grade(run_play(PEOPLE, "", files=PEOPLE.files))
    first = report.findings[0]
    assert first.key == "no-user:read@workforce/casey"
    assert "can't sign in to the account yet" in first.what


MEMBERS = f"aws identitystore create-group-membership {STORE} --group-id @group:{{}} --member-id UserId=@user:{{}}"


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ((), []),
        (
            (("GROUP --principal-id @group:Cashiers", "USER --principal-id @user:casey"),),
            ["casey: no permission set is assigned to it"],
        ),
        (
            (
                ("--group-id @group:Cashiers", "--group-id @group:Readers"),
                ("--principal-id @group:Cashiers", "--principal-id @group:Readers"),
            ),
            ["casey: no permission set is assigned to it", "sam: sam isn't in it"],
        ),
    ],
)
def test_a_permission_set_is_assigned_to_the_group_that_the_brief_names(
    changes: tuple[tuple[str, str], ...], reasons: list[str]
):
    text = PEOPLE.solution
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    readers = f"aws identitystore create-group {STORE} --display-name Readers\n"
    joins = MEMBERS.format("Readers", "casey")
    play = run_play(PEOPLE, f"{readers}{text}\n{joins}", files=PEOPLE.files)
    offences = [*RULES["given-by"].offences(Trial(play), {})]
    told = [
        f"{each.who.partition('/')[2]}: {each.text.rpartition(': ')[2]}"
        for each in offences
    ]
    assert told == reasons


def test_whoever_leaves_a_permission_set_cannot_sign_in_to_it():
    deny = '{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:userid": "*:robin"}}}'
    allow = BAKERY.text("policies/recipes.json")
    statement = json.dumps(json.loads(allow)["Statement"])
    policy = f'{{"Version": "2012-10-17", "Statement": [{statement}, {deny}]}}'
    lines = BAKERY.solution.replace("file://policies/recipes.json", f"'{policy}'")
    kept = "\n".join(line for line in lines.splitlines() if "delete-account" not in line)
    report = grade(run_play(BAKERY, kept))
    assert [finding.key for finding in report.findings] == ["leak:signs-in@workforce/robin"]
