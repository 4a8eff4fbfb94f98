"""An organization in the grade: who joins it tomorrow is judged, and what binds all alike nobody gets round."""

import json
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from msgspec.structs import replace

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.credentials import Session
from coffeeshop.account.door import handle
from coffeeshop.account.model import Act, Call
from coffeeshop.lessons.authoring.policy_slots import standing_so
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.member_accounts import has_outside_session
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.load import load
from tests.account.shop import Shop, allow, role, user
from tests.account.shop import trust as trust_policy
from tests.examples import pairs

FOLDER = Path(__file__).parents[3] / "scenarios" / "24-franchise-rules"
FRANCHISE = load(FOLDER)
UNIT = "--target-id @unit:Shops\n"


def solved(scenario: Scenario, more: str = "") -> Play:
    return run_play(scenario, scenario.solution + more)


def with_bucket_policy(
    play: Play, condition: dict[str, object], principal: object = "*"
) -> Play:
    """The play, with any member of the organization, or whoever else fits the condition, let into the receipts."""
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::coffeeshop-receipts/*",
        "Condition": condition,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    account, root = mint_credential(play.account, play.account.root_arn, "key", play.now)
    call = Call("s3", "PutBucketPolicy", {"Bucket": "coffeeshop-receipts", "Policy": text})
    return standing_so(play, handle(account, Act(play.now, root, call)).account)


def test_a_bucket_that_is_open_to_the_organization_is_open_to_whoever_joins_it_tomorrow():
    play = solved(FRANCHISE)
    above = play.account.joined_organization
    assert above is not None
    report = grade(
        with_bucket_policy(play, {"StringEquals": {"aws:PrincipalOrgID": above.id}})
    )
    failed = {check.id for check in report.checks if check.passed is False}
    assert {
        "only:account/tomorrow",
        "only:account/333344445555",
        "only:account/222233334444",
    } <= failed
    assert "only:account/stranger" not in failed


def test_a_bucket_that_is_open_to_one_role_of_an_account_is_open_to_that_account():
    partner = "arn:aws:iam::999988887777"
    condition = {"ArnLike": {"aws:PrincipalArn": f"{partner}:role/Deploy"}}
    play = with_bucket_policy(solved(FRANCHISE), condition, {"AWS": f"{partner}:root"})
    failed = {check.id for check in grade(play).checks if check.passed is False}
    assert "only:account/999988887777" in failed


def test_a_bucket_that_is_open_to_another_organization_is_open_to_strangers_and_not_to_sisters():
    report = grade(
        with_bucket_policy(
            solved(FRANCHISE), {"StringEquals": {"aws:PrincipalOrgID": "o-elsewhere12"}}
        )
    )
    failed = {check.id for check in report.checks if check.passed is False}
    assert "only:account/stranger" in failed
    assert "only:account/tomorrow" not in failed


RULES = "aws organizations create-policy --name More --description d --type SERVICE_CONTROL_POLICY --content '{}'\n"


@pytest.mark.parametrize(
    ("more", "stars"),
    [
        (
            "aws organizations create-organizational-unit --parent-id @unit:Shops --name City\n",
            3,
        ),
        (
            "aws organizations tag-resource --resource-id 111122223333 --tags Key=kind,Value=shop\n",
            3,
        ),
        (
            "aws organizations create-account --email east@shop.example --account-name East\n",
            3,
        ),
        ("aws organizations detach-policy --policy-id @policy:ShopRules " + UNIT, 0),
        (
            "aws organizations disable-policy-type --root-id @root --policy-type SERVICE_CONTROL_POLICY\n",
            0,
        ),
        (
            "aws organizations remove-account-from-organization --account-id 111122223333\n",
            0,
        ),
        (
            "aws organizations move-account --account-id 111122223333 --source-parent-id @unit:Shops "
            "--destination-parent-id @unit:Suppliers\n",
            0,
        ),
    ],
)
def test_what_takes_the_rules_off_a_shop_costs_the_stars_and_what_does_not_costs_none(
    more: str, stars: int
):
    assert grade(solved(FRANCHISE, more)).stars == stars


def test_rules_as_a_list_of_all_but_these_are_a_right_answer_too():
    spared = [
        "organizations:LeaveOrganization",
        "cloudtrail:StopLogging",
        "cloudtrail:DeleteTrail",
    ]
    statement = {"Effect": "Allow", "NotAction": spared, "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    lines = RULES.replace("{}", text) + (
        f"aws organizations attach-policy --policy-id @policy:More {UNIT}"
        f"aws organizations detach-policy --policy-id p-FullAWSAccess {UNIT}"
    )
    assert grade(run_play(FRANCHISE, lines)).stars == 3


@pytest.mark.parametrize(
    ("spared", "who"),
    [
        ([], "arn:aws:iam::*:root"),
        (["iam:*"], "arn:aws:iam::*:root"),
        ([], "arn:aws:iam::*:role/Suppliers*"),
    ],
)
def test_a_rule_over_some_beside_one_over_all_alike_is_a_right_answer_too(
    spared: list[str], who: str
):
    asked = {"ArnLike": {"aws:PrincipalArn": who}}
    said = {"NotAction": spared} if spared else {"Action": "*"}
    statement = {"Effect": "Deny", **said, "Resource": "*", "Condition": asked}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    lines = (
        RULES.replace("{}", text)
        + f"aws organizations attach-policy --policy-id @policy:More {UNIT}"
    )
    assert grade(solved(FRANCHISE, lines)).stars == 3


OTTO = """
aws iam create-user --user-name otto --profile franchise
aws iam put-user-policy --user-name otto --policy-name own --policy-document '{own}' --profile franchise
aws iam create-role --role-name Audit --assume-role-policy-document '{ours}' --profile franchise
aws iam attach-role-policy --role-name Audit --policy-arn arn:aws:iam::aws:policy/AdministratorAccess --profile franchise
aws iam create-role --role-name Tax --assume-role-policy-document '{theirs}' --profile franchise
"""


def document(**statement: object) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", **statement}}
    )


def trust(account: str) -> str:
    return document(
        Principal={"AWS": f"arn:aws:iam::{account}:root"}, Action="sts:AssumeRole"
    )


READS, ALL = (document(Action=action, Resource="*") for action in ("s3:List*", "*"))


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", None),
        (f"aws iam put-user-policy --user-name otto --policy-name more --policy-document '{READS}'\n", None),
        ("aws iam update-user --user-name otto --new-user-name otto2\n", None),
        (f"aws iam put-user-policy --user-name otto --policy-name own --policy-document '{ALL}'\n", "user/otto"),
        ("aws iam add-user-to-group --group-name Owners --user-name otto\n", "user/otto"),
        (f"aws iam put-role-policy --role-name Audit --policy-name more --policy-document '{ALL}'\n", None),
        (f"aws iam update-assume-role-policy --role-name Audit --policy-document '{trust('444455556666')}'\n", "role/Audit"),
        (f"aws iam put-role-policy --role-name Tax --policy-name more --policy-document '{ALL}'\n", "role/Tax"),
    ],
)  # fmt: skip
def test_who_was_in_a_sister_account_keeps_what_they_had_and_gains_nothing(
    more: str, found: str | None, tmp_path: Path
):
    there = tmp_path / "24-franchise-rules"
    copytree(FOLDER, there)
    world = there / "world.sh"
    hired = OTTO.format(
        own=document(Action="s3:*", Resource="*"),
        ours=trust("222233334444"),
        theirs=trust("444455556666"),
    )
    world.write_text(world.read_text() + hired)
    report = grade(solved(load(there), more))
    failed = [check.id for check in report.checks if check.passed is False]
    assert failed == ([f"only:account/222233334444/{found}"] if found else [])


MORE = {
    "another policy of AWS's": "aws iam attach-user-policy --user-name noor --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess",
    "a policy of one's own": f"aws iam put-user-policy --user-name noor --policy-name own --policy-document '{READS}'",
    "everything once more": f"aws iam put-user-policy --user-name noor --policy-name own --policy-document '{ALL}'",
}


@pytest.mark.parametrize(
    ("id", "more"), pairs(["24-franchise-rules", "C3-franchise"], MORE)
)
def test_who_may_do_everything_in_a_sister_account_gains_nothing_by_more(
    id: str, more: str
):
    report = grade(
        solved(load(FOLDER.parent / id), f"{MORE[more]} --profile noor@console\n")
    )
    said = {check.id: check.say for check in report.checks if check.passed}
    noor = "only:account/222233334444/user/noor"
    assert (report.stars, said[noor]) == (
        3,
        "The user noor in account 222233334444 can do nothing more",
    )


def test_a_role_is_held_from_outside_while_a_session_of_another_accounts_principal_lasts():
    shop = Shop()
    shop("iam create-user --user-name casey")
    shop(
        f"iam create-role --role-name Till --assume-role-policy-document '{trust_policy(user('casey'))}'"
    )
    shop(
        f"iam put-user-policy --user-name casey --policy-name all --policy-document '{allow('*')}'"
    )
    shop("iam create-access-key --user-name casey")
    shop(f"sts assume-role --role-arn {role('Till')} --role-session-name till", by="casey")
    account, till = shop.account, shop.account.roles["till"]
    (session,) = (
        each for each in account.credentials.values() if isinstance(each, Session)
    )
    assert not has_outside_session(account, till, shop.at)
    other = replace(session, taker="AIDAOTHEROTHEROTHERO")
    account = replace(account, credentials=account.credentials.put(other.id, other))
    assert has_outside_session(account, till, other.expires - timedelta(seconds=1))
    assert not has_outside_session(account, till, other.expires)


BY_NOOR = " --user-name noor --profile noor@console\n"


@pytest.mark.parametrize(
    ("more", "found"),
    [
        (
            f"aws iam create-access-key{BY_NOOR}",
            ["new-badge:account/222233334444/user/noor"],
        ),
        (
            f"aws iam create-access-key{BY_NOOR}aws iam delete-access-key --access-key-id @key{BY_NOOR}",
            [],
        ),
        ("aws iam create-user --user-name nora --profile noor@console\n", []),
        (f"aws iam update-login-profile --password Ristretto-1-2-3{BY_NOOR}", []),
    ],
)
def test_no_new_badge_shows_who_administers_another_account_of_the_organization(
    more: str, found: list[str]
):
    report = grade(solved(FRANCHISE, more))
    assert [finding.key for finding in report.findings] == found
    assert len({check.id for check in report.checks}) == len(report.checks)


def test_whose_badge_it_is_stands_within_the_sentence():
    (finding,) = grade(solved(FRANCHISE, f"aws iam create-access-key{BY_NOOR}")).findings
    assert (
        finding.what
        == "Anyone with a working access key can act as the user noor in account 222233334444."
    )


NEW = "aws organizations create-account --email east@shop.example --account-name East --profile noor@console\n"


@pytest.mark.parametrize("named", [True, False])
def test_an_account_that_came_to_the_organization_in_play_is_judged_like_those_of_before(
    named: bool,
):
    play = solved(FRANCHISE, NEW)
    above, known = play.account.joined_organization, FRANCHISE.opening.joined_organization
    assert above is not None
    assert known is not None
    (new,) = above.members.keys() - known.members.keys()
    condition = {
        "StringEquals": {"aws:PrincipalAccount": new}
        if named
        else {"aws:PrincipalOrgID": above.id}
    }
    failed = {
        check.id
        for check in grade(with_bucket_policy(play, condition)).checks
        if check.passed is False
    }
    assert f"only:account/{new}" in failed


SHARED = load(FOLDER.with_name("37-two-shops-one-drawer"))


@pytest.mark.parametrize(
    ("before", "after", "stars", "failed"),
    [
        ("", "", 3, set[str]()),
        (
            "file://policies/baker.json",
            "file://policies/every-file.json",
            1,
            {"only:account/222233334444/role/Baker"},
        ),
    ],
    ids=["right", "too wide in the other account"],
)
def test_a_job_of_an_account_that_joins_tomorrow_and_of_a_sisters_role_are_judged_as_those_of_others(
    before: str, after: str, stars: int, failed: set[str]
):
    report = grade(run_play(SHARED, SHARED.solution.replace(before, after)))
    assert report.stars == stars
    assert {
        check.id for check in report.checks if check.passed is False and check.star == 2
    } == failed
    assert [finding.ask for finding in report.findings] == [
        "Which resources does the job need this for, and which others does the ARN cover?"
        for _ in failed
    ]


WALL = load(FOLDER.parent / "44-the-whole-wall")
LATER: dict[str, object] = {"DateGreaterThan": {"aws:CurrentTime": "2031-01-01T00:00:00Z"}}
BY_ACL: dict[str, object] = {"Null": {"s3:x-amz-acl": "false"}}


@pytest.mark.parametrize("condition", [LATER, BY_ACL])
@pytest.mark.parametrize(
    ("name", "file", "principal"),
    [
        ("ShopWork", "shop-work.json", {}),
        ("OwnPeople", "own-people.json", {"Principal": "*"}),
    ],
)
def test_each_of_several_control_policies_must_let_every_request_of_a_job_through(
    name: str, file: str, principal: dict[str, str], condition: dict[str, object]
):
    document = json.loads((FOLDER.parent / WALL.id / "policies" / file).read_text())
    deny = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    document["Statement"].append({**deny, **principal, "Condition": condition})
    line = (
        f"aws organizations update-policy --policy-id @policy:{name}"
        f" --content '{json.dumps(document)}' --profile noor@console\n"
    )
    assert grade(solved(WALL, line)).stars == 0
