"""What a grade tells is so, and names the mend: whoever follows it word for word comes nearer, and breaks nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coffeeshop.lessons.grading.hints import FINDING_QUESTIONS, HINT_LADDERS
from coffeeshop.lessons.grading.reasons import service_step_sentence
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Finding, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from tests.lessons.folder import RECEIPTS, folder, graded, policy, put, scenario
from tests.lessons.grading.test_kept_for_some import EACH, OFF, STAFF
from tests.lessons.grading.test_nobody_escapes import bucket

OURS = "arn:aws:iam::111122223333"
RIGHT = put(policy("s3:GetObject"))


@pytest.fixture
def small(tmp_path: Path) -> Scenario:
    return scenario(folder(tmp_path))


def only(lesson: Scenario, script: str) -> Finding:
    found = graded(lesson, script).findings
    assert len(found) == 1, [finding.key for finding in found]
    return found[0]


def group(name: str, document: str) -> str:
    return f"aws iam put-group-policy --group-name {name} --policy-name more --policy-document '{document}'\n"


def test_what_is_allowed_in_another_region_is_said_to_be_there_and_nothing_is_made_up():
    stock = policy("dynamodb:GetItem", on="arn:aws:dynamodb:*:111122223333:table/Inventory")
    lesson = scenario(find("11"))
    found = graded(lesson, lesson.solution + group("InventorySpecialists", stock)).findings[
        0
    ]
    assert found.what.endswith(
        "can also call dynamodb:GetItem on table/Inventory in the Region eu-west-1, and 1 more check fails for the same reason: “Indra can do nothing else”."
    )
    assert "made up" not in found.why


def test_a_deny_that_takes_a_part_of_a_job_is_named_and_asked_about(small: Scenario):
    never = put(
        policy("s3:GetObject", on=f"{RECEIPTS}/voided/*", effect="Deny"), name="never"
    )
    found = only(small, RIGHT + never)
    assert found.key == "job-narrow:read@casey"
    assert "statement 1 of policy “never” denies it" in found.why
    assert (found.ask, found.hints) == (
        FINDING_QUESTIONS["job-narrow:explicit"],
        HINT_LADDERS["job-narrow:explicit"],
    )


@pytest.mark.parametrize(
    ("why", "more"),
    [
        ("explicit", put(policy("s3:GetObject", effect="Deny"), name="never")),
        ("condition", put(policy("s3:GetObject", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))),
        ("boundary", f"aws iam put-user-permissions-boundary --user-name casey --permissions-boundary {OURS}:policy/Low\n"),
    ],
)  # fmt: skip
def test_whoever_is_refused_is_asked_about_what_refuses_them(
    small: Scenario, why: str, more: str
):
    low = f"aws iam create-policy --policy-name Low --policy-document '{policy('s3:ListBucket', on=RECEIPTS)}'\n"
    found = only(small, RIGHT + low + more)
    assert found.key == f"job-denied:read@casey:{why}"
    assert (found.ask, found.hints) == (
        FINDING_QUESTIONS[f"job-denied:{why}"],
        HINT_LADDERS[f"job-denied:{why}"],
    )


def test_a_text_without_a_letter_is_shown_in_its_quotes(small: Scenario):
    nothing = policy(
        "s3:GetObject", Condition={"StringEquals": {"aws:UserAgent": ["", "none"]}}
    )
    assert (
        "requires StringEquals aws:UserAgent “”, none, and" in only(small, put(nothing)).why
    )


def test_a_role_that_anybody_could_take_is_told_without_the_hour_and_the_address(
    small: Scenario,
):
    trust = f'{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{OURS}:user/casey"}}, "Action": "sts:AssumeRole"}}}}'
    made = (
        f"aws iam create-role --role-name Reader --assume-role-policy-document '{trust}'\n"
    )
    held = f"aws iam put-role-policy --role-name Reader --policy-name r --policy-document '{policy('s3:GetObject')}'\n"
    found = only(small, RIGHT + made + held)
    assert found.what == "Casey can also assume the role Reader, which no job needs."


def test_a_way_through_a_service_is_told_in_words_where_there_is_no_line_for_it():
    lesson = scenario(find("26"))
    code = policy(
        "lambda:UpdateFunctionCode",
        on="arn:aws:lambda:us-east-1:111122223333:function:report-*",
    )
    found = only(lesson, lesson.solution + group("Developers", code))
    assert found.path == (
        "lambda:UpdateFunctionCode on report-daily",
        f"lambda.amazonaws.com assumes {OURS}:role/ReportRole, and runs their code with it",
    )


def test_a_request_that_a_service_makes_as_itself_assumes_no_role():
    lesson = scenario(find("38"))
    ticket = next(
        ticket
        for ticket in run_all_wants(run_play(lesson, ""))
        if ticket.want.id == "other-trail@cloudtrail"
    )
    assert [service_step_sentence(outcome.act) for outcome in ticket.outcomes] == [""]


def test_a_role_under_a_path_that_nobody_asked_for_is_said_to_lie_elsewhere():
    lesson = scenario(find("25"))
    found = only(lesson, lesson.solution.replace("--role-name OrdersExport --assume", "--role-name OrdersExport --path /partners/ --assume"))  # fmt: skip
    assert found.why.endswith(
        f"No role has that ARN. The ARN of OrdersExport is {OURS}:role/partners/OrdersExport."
    )


def test_what_is_done_in_a_role_is_no_excess_before_the_role_can_be_put_on():
    lesson = scenario(find("15"))
    coded = '"Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}'
    trust = f'{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{OURS}:root"}}, {coded}}}}}'
    report = graded(
        lesson, lesson.solution.replace("file://policies/trust.json", f"'{trust}'")
    )
    assert {check.id: check.passed for check in report.checks if check.id.endswith(":bo")}[
        "only:bo"
    ] is None


def test_a_key_that_came_for_an_idle_one_is_not_said_to_be_old():
    lesson = scenario(find("29"))
    found = only(lesson, lesson.solution + "aws iam create-access-key --user-name robin\n")
    assert found.why.startswith("robin's key AKIA")
    assert found.why.endswith("is new, in the place of one that no one used for 150 days.")


def test_what_became_of_a_thing_that_was_to_stay_is_said():
    lesson = scenario(find("21"))
    tried = "aws s3api copy-object --bucket coffeeshop-receipts --key test.json --copy-source coffeeshop-payroll/march.csv\n"
    gone = "aws s3api delete-object --bucket coffeeshop-receipts --key 2026/03/0412.json\n"
    found = only(lesson, lesson.solution + tried + gone)
    assert found.why.startswith("2026/03/0412.json is gone and test.json was added. ")


def test_of_a_role_that_lasts_no_longer_it_is_said_how_long_it_does():
    lesson = scenario(find("18"))
    short = "aws iam update-role --role-name OnlineOrders --max-session-duration 3600\n"
    assert only(lesson, lesson.solution + short).why.startswith(
        "a session lasts at most 1 h, not 8. "
    )


def test_a_deny_on_people_is_said_to_reach_nobody_who_joins_them():
    lesson = scenario(find("13"))
    found = only(lesson, lesson.solution.replace(STAFF, OFF + EACH))
    assert (
        found.why.count("is denied explicitly, but not for new members of the same groups")
        == 3
    )


def test_what_is_lost_is_told_without_what_does_not_matter_to_it():
    lesson = scenario(find("15"))
    coded = bucket(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [
                "arn:aws:s3:::coffeeshop-payroll",
                "arn:aws:s3:::coffeeshop-payroll/*",
            ],
            "Condition": {"Null": {"aws:MultiFactorAuthAge": "true"}},
        },
        name="coffeeshop-payroll",
    )
    assert (
        only(lesson, lesson.solution + coded).what
        == "Mina can no longer call s3:ListBucket on coffeeshop-payroll."
    )


def test_what_a_job_stores_under_any_name_was_put_there_by_a_job():
    lesson = scenario(find("23"))
    put_there = (
        "aws s3api put-object --bucket coffeeshop-receipts --tagging branch=west --key "
    )
    checks = graded(lesson, f"{lesson.solution}{put_there}west/1.json\n").checks
    assert {c.id: c.passed for c in checks}["fixture:bucket/coffeeshop-receipts"] is True
    (found,) = graded(lesson, f"{lesson.solution}{put_there}2026/03/0411.json\n").findings
    assert found.why.startswith("2026/03/0411.json was changed. ")


def test_a_version_of_a_function_is_not_told_by_its_number_alone():
    lesson = scenario(find("26"))
    look = policy(
        "lambda:GetFunction", on="arn:aws:lambda:us-east-1:111122223333:function:report-*"
    )
    found = only(lesson, lesson.solution + group("Developers", look))
    assert "Also, for example: lambda:GetFunction on report-:x." in found.why


def test_what_root_asks_for_is_said_once() -> None:
    report = graded(scenario(find("01")), "")
    whys = [found.why for found in report.findings if "Root calls" in found.why]
    assert len(whys) == 2
    for why in whys:
        assert why.startswith(
            "Root calls iam:GetAccountSummary. Root needs no policy that allows it."
        )
        assert why.count("iam:GetAccountSummary") == 1


def test_what_other_accounts_would_allow_is_no_reason_beside_a_statement_here():
    lesson = scenario(find("10"))
    rows = {
        "for the same reason": ["*"],
        "partly for this reason": ["*", "arn:aws:s3:::coffeeshop-payroll/*"],
    }
    for reason, resources in rows.items():
        allow = {"Effect": "Allow", "Action": "s3:GetObject"}
        listing = json.loads(policy("s3:ListBucket", on="arn:aws:s3:::coffeeshop-receipts"))
        reading = [{**allow, "Resource": resource} for resource in resources]
        statements = [*listing["Statement"], *reading]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        script = lesson.solution.replace("file://policies/receipts.json", f"'{document}'")
        found = only(lesson, script)
        assert f"3 more checks fail {reason}" in found.what


def test_a_check_that_has_another_reason_too_is_said_to_fail_in_part_for_one():
    lesson = scenario(find("17"))
    script = lesson.solution
    wide = policy("dynamodb:*", on="*")
    script += (
        "aws iam put-role-policy --role-name Cashier --policy-name more "
        f"--policy-document '{wide}'\n"
    )
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "sts:AssumeRole",
            },
        }
    )
    open_trust = (
        "aws iam update-assume-role-policy --role-name Cashier "
        f"--policy-document '{trust}'\n"
    )
    closed = [finding.what for finding in graded(lesson, script).findings]
    opened = [finding.what for finding in graded(lesson, script + open_trust).findings]
    assert not any("partly for this reason" in what for what in closed)
    assert any("partly for this reason" in what for what in opened)


def test_what_breaks_a_practice_rule_is_told_in_a_sentence_for_each():
    lesson = scenario(find("10"))
    script = "".join(
        line
        for line in lesson.solution.splitlines(True)
        if "delete-user-policy" not in line or "robin" in line
    )
    assert only(lesson, script).why.startswith(
        "the user casey has a policy of their own, “receipts”; the user bo has a policy of their own, “receipts”."
    )


def test_a_group_is_said_to_be_enough_only_if_joining_it_allows_the_request(
    small: Scenario,
):
    readers = "aws iam create-group --group-name Readers\n" + group(
        "Readers", policy("s3:GetObject")
    )
    assert "The group Readers would" in only(small, readers).why
    bound = "aws iam create-policy --policy-name b --policy-document '{}'\n".format(
        policy("s3:ListBucket", on=RECEIPTS)
    )
    bound += f"aws iam put-user-permissions-boundary --user-name casey --permissions-boundary {OURS}:policy/b\n"
    assert "The group" not in only(small, readers + bound).why
    # Kim works in a role, which has none of her groups. The key policy decides.
    keeper = scenario(find("32"))
    assert "The group" not in graded(keeper, "").findings[0].why
