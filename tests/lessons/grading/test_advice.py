"""What a finding is told with fits what is the matter: the element that is too wide, the detour, the name that is invented."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.advice import finding_aspect
from coffeeshop.lessons.grading.hints import FINDING_QUESTIONS, HINT_LADDERS
from coffeeshop.lessons.model import Finding, Scenario
from coffeeshop.lessons.scenario.find import find
from tests.lessons.folder import RECEIPTS, folder, graded, policy, put, scenario
from tests.views.plays import graded as bundled
from tests.views.plays import scenario as bundled_scenario

TWO = [f"{RECEIPTS}/*", f"{RECEIPTS}-of-old/*"]
PAYROLL = policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-payroll/march.csv")
WIDE = {
    "action": put(policy("s3:GetObject", "s3:PutObject")),
    "resource": put(policy("s3:GetObject", on=TWO)),
    "none": put(policy("s3:GetObject"))
    + "aws iam create-user --user-name kim\n"
    + put(PAYROLL, "kim"),
}


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    return scenario(folder(tmp_path))


def excess(small: Scenario, script: str) -> Finding:
    (found,) = graded(small, script).findings
    return found


@pytest.mark.parametrize("element", WIDE)
def test_an_excess_is_asked_about_the_element_that_is_too_wide(
    small: Scenario, element: str
):
    found = excess(small, WIDE[element])
    assert finding_aspect(small, found) == element
    assert found.ask == FINDING_QUESTIONS[f"excess:{element}"]
    assert found.hints == HINT_LADDERS[f"excess:{element}"]


def test_a_job_that_has_a_condition_is_asked_about_the_condition(tmp_path: Path):
    within = '[job.within]\nresource = "arn:aws:s3:::coffeeshop-receipts/*"\ncondition = { Bool = { "aws:SecureTransport" = "true" } }\n'
    covers = 'covers = "arn:aws:s3:::coffeeshop-receipts/*"\nsay = "Casey can open any receipt"\n'
    encrypted = scenario(
        folder(tmp_path, change=(covers, f'say = "Casey can open any receipt"\n{within}'))
    )
    assert (
        finding_aspect(encrypted, excess(encrypted, put(policy("s3:GetObject"))))
        == "condition"
    )


def test_whoever_has_a_job_is_not_asked_who_has_one(small: Scenario):
    buckets = policy("s3:ListAllMyBuckets", on="*")
    found = excess(small, put(policy("s3:GetObject")) + put(buckets, name="buckets"))
    assert (finding_aspect(small, found), found.ask) == (
        "action",
        FINDING_QUESTIONS["excess:action"],
    )


def test_what_is_done_in_a_role_is_asked_about_where_it_is_held_without_one():
    lesson = scenario(find("15"))
    sales = policy(
        "dynamodb:PutItem", on="arn:aws:dynamodb:us-east-1:111122223333:table/Inventory"
    )
    bare = f"aws iam put-group-policy --group-name Baristas --policy-name bare --policy-document '{sales}'\n"
    found = excess(lesson, lesson.solution + bare)
    assert (finding_aspect(lesson, found), found.ask) == (
        "session",
        FINDING_QUESTIONS["excess:session"],
    )


def test_a_partner_who_needs_no_role_is_asked_about_the_role_and_not_the_action():
    lesson = scenario(find("25"))
    document = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::444455556666:role/Courier"},
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::coffeeshop-orders-export/*",
            },
        }
    )
    opened = f"aws s3api put-bucket-policy --bucket coffeeshop-orders-export --policy '{document}'\n"
    found = excess(lesson, lesson.solution + opened)
    assert (finding_aspect(lesson, found), found.ask) == (
        "session",
        FINDING_QUESTIONS["excess:session"],
    )


@pytest.mark.parametrize(
    ("tells", "said"),
    [
        ([("excess:casey:resource", "On what?")], "On what?"),
        ([("excess:casey:action", "Which?")], FINDING_QUESTIONS["excess:resource"]),
        ([("excess:casey", "What?")], "What?"),
        ([("excess:casey", "What?"), ("excess:*:resource", "On what?")], "On what?"),
        ([("excess:casey", "What?"), ("excess:*", "Anything?")], "What?"),
    ],
    ids=[
        "of the element",
        "of another element",
        "of the key",
        "the closer one",
        "a star names no element",
    ],
)
def test_a_scenario_asks_as_closely_as_it_speaks(
    tmp_path: Path, tells: list[tuple[str, str]], said: str
):
    written = "".join(f'[[tell]]\non = "{on}"\ntext = "{text}"\n\n' for on, text in tells)
    asking = scenario(folder(tmp_path, change=("[[quiz]]", f"{written}[[quiz]]")))
    assert excess(asking, WIDE["resource"]).ask == said


def test_a_leak_by_a_detour_is_told_of_its_first_step(tmp_path: Path):
    """Whoever writes the bucket's policy lets themselves shred."""
    plain = scenario(
        folder(tmp_path, change=('on = "leak:shred@casey"', 'on = "excess:casey"'))
    )
    bucket = policy("s3:GetObject", "s3:PutBucketPolicy", on=[RECEIPTS, f"{RECEIPTS}/*"])
    found = excess(plain, put(bucket))
    assert (found.key, found.ask) == ("leak:shred@casey", FINDING_QUESTIONS["leak:detour"])
    assert found.hints == HINT_LADDERS["leak:detour"]


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (
            f"{RECEIPTS}-of-old/*",
            " “x” is a made-up name. It stands for any name that fits.",
        ),
        ("arn:aws:s3:::coffeeshop-payroll/march.csv", ""),
    ],
)
def test_a_name_that_nothing_has_is_said_to_be_made_up(small: Scenario, on: str, said: str):
    found = excess(small, put(policy("s3:GetObject", on=[f"{RECEIPTS}/*", on])))
    assert (
        found.why
        == f"Statement 1 of policy “receipts” allows it, and no job asks for it.{said}"
    )


@pytest.mark.parametrize(
    "do",
    ["aws iam create-user --user-name {newname}", "aws iam create-user --user-name robin"],
)
def test_a_name_that_the_grade_drew_is_said_to_be_made_up(tmp_path: Path, do: str):
    hires = f'as = "casey"\ndo = "{do}"\nid = "hire"\nsay = "Casey hires someone"\n\n[[refuse]]\nid = "shred"'
    report = graded(
        scenario(folder(tmp_path, change=('id = "shred"', hires))),
        put(policy("iam:CreateUser", on="*")),
    )
    found = next(finding for finding in report.findings if finding.kind is FindingKind.LEAK)
    assert ("is a made-up name. It stands for any new name." in found.why) is (
        "{newname}" in do
    )


def test_a_sibling_that_is_refused_is_said_to_be_made_up(small: Scenario):
    (found,) = graded(small, put(policy("s3:GetObject", on=f"{RECEIPTS}/2026/*"))).findings
    assert found.kind == "job-narrow"
    assert ("is a made-up name" in found.why) is ("voided/0398.json" not in found.why)


ADMIN = "aws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"


@pytest.mark.parametrize(
    "right", ["", put(policy("s3:GetObject"))], ids=["alone", "beside the right one"]
)
def test_a_policy_that_aws_wrote_is_asked_about_itself_and_not_about_ones_own(
    small: Scenario, right: str
):
    found = graded(small, right + ADMIN).findings[0]
    assert found.kind == "leak"
    assert found.ask == FINDING_QUESTIONS["leak:managed"]
    assert found.hints == HINT_LADDERS["leak:managed"]


def test_of_a_policy_that_aws_wrote_a_scenario_may_speak_itself(tmp_path: Path):
    written = '[[tell]]\non = "leak:shred@casey:managed"\ntext = "Whose?"\n\n'
    asking = scenario(folder(tmp_path, change=("[[quiz]]", f"{written}[[quiz]]")))
    assert graded(asking, ADMIN).findings[0].ask == "Whose?"


def test_a_policy_that_hangs_there_and_misses_by_more_than_one_word_is_asked_about(
    small: Scenario,
):
    """Whoever has attached a policy is not told that one is needed; who carries none, or the world's alone, is."""
    missing = put(policy("s3:ListBucket", on="arn:aws:s3:::coffeeshop-payroll"))
    for script, asked, which in (
        (missing, "job-denied:written", "written"),
        ("", "job-denied", ""),
    ):
        found = graded(small, script).findings[0]
        assert found.key.endswith(":none")
        assert (found.ask, found.aspect) == (FINDING_QUESTIONS[asked], which)


TRUSTED = "aws iam create-role --role-name OrdersExport --assume-role-policy-document file://policies/trust.json\n"
WRONG_BUCKET = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::coffeeshop-orders/*",
        },
    }
)


@pytest.mark.parametrize(
    "more",
    [
        "",
        f"aws iam put-role-policy --role-name OrdersExport --policy-name export --policy-document '{WRONG_BUCKET}'\n",
    ],
    ids=["no policy", "wrong bucket"],
)
def test_a_job_that_gets_into_its_role_is_led_to_the_policies_of_the_role(more: str):
    finding = bundled("25", TRUSTED + more).findings[0]
    assert finding.aspect == "role-policy"
    assert finding.ask == (
        "The trust policy lets them into the role. Which policy on the role should allow this?"
    )
    assert "create-role" not in " ".join(finding.hints)


def test_a_job_that_gets_into_no_role_is_led_to_the_trust_policy():
    finding = bundled("25").findings[0]
    assert finding.aspect != "role-policy"
    assert (
        finding.hints[0]
        == "Which role in our account can let Courier in, and which of its policies does that?"
    )


def test_the_hint_about_a_deny_that_changes_nothing_fits_wherever_it_is_attached() -> None:
    deny = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::coffeeshop-payroll"}}'
    joins = "aws iam add-user-to-group --group-name Cashiers --user-name casey\n"
    put_policy = f"aws iam put-user-policy --user-name robin --policy-name worry --policy-document '{deny}'"
    (found,) = bundled("04", joins + put_policy).findings
    assert found.key.startswith("practice:no-blanket-deny")
    assert "Casey" not in found.ask
    assert "nothing-else" not in found.hints[-1]
    assert "delete-user-policy" in found.hints[-1]


def test_whoever_still_has_a_session_is_told_that_it_is_the_last() -> None:
    found = bundled(
        "10",
        bundled_scenario("10").solution + "\naws iam delete-login-profile --user-name ada",
    ).findings
    locked = next(each for each in found if each.key.startswith("locked-out:"))
    assert locked.what == "Ada can no longer administer the account."


def test_whoever_closes_the_policy_of_a_resource_is_told_of_that_policy() -> None:
    wrong = bundled_scenario("32").text("wrong/only-baker.sh")
    locked = bundled("32", wrong).findings[0]
    assert locked.what.endswith(" has a policy that no administrator can change.")
    assert locked.source == "locked-out:policy"
    said = " ".join((locked.what, locked.why, locked.ask, *locked.hints))
    assert "password" not in said
    assert "owner" not in said


def test_the_authors_hint_is_given_where_a_job_lacks_an_action() -> None:
    policy = "--policy-name p --policy-document file://policies/stations-no-tagging.json"
    finding = bundled(
        "40", f"aws iam put-group-policy --group-name Stations {policy}"
    ).findings[0]
    assert finding.key == "job-denied:open-oven@noor:action"
    assert finding.hints[0] == "Which two actions do you need to create a queue with a tag?"


def test_what_a_grant_allows_is_no_statement_and_needs_no_condition():
    grant = (
        "aws kms create-grant --key-id @alias/recipes --operations Decrypt"
        " --grantee-principal arn:aws:iam::111122223333:user/kim\n"
    )
    script = (find("32") / "solution.sh").read_text() + grant
    (finding,) = graded(bundled_scenario("32"), script).findings
    assert finding.key == "excess:kim"
    assert finding.ask == FINDING_QUESTIONS["excess:grant"]
    assert finding.hints == HINT_LADDERS["excess:grant"]
