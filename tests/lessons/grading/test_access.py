"""Who can reach what says of everybody what the grade says, and nothing that the engine does not decide so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random  # noqa: TID251  # its seed is an argument
from tempfile import mkdtemp

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading import access as module
from coffeeshop.lessons.grading.access import Subject, survey_access
from coffeeshop.lessons.grading.access_table import Access, Reason
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.model import Escalation, Evidence, People, Play, Proof, Scenario
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.model import Allowed, Excess
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.things import ACCESS_LEVELS, Thing, access_level_of
from tests.examples import examples
from tests.lessons.grading import arbitrary_answers
from tests.tables import each_row
from tests.views.plays import graded, played, scenario

RECEIPTS = Thing("bucket", "coffeeshop-receipts")


def policy(*actions: str, on: str = "*", effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": on}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def put(who: str, document: str) -> str:
    return f"aws iam put-user-policy --user-name {who} --policy-name more --policy-document '{document}'\n"


@cache
def reached(name: str, script: str = "") -> Access:
    return survey_access(played(name, script), graded(name, script))


def marks(
    found: Access, who: str, thing: Thing, role: str = ""
) -> set[tuple[AccessLevel, Mark]]:
    return {(reason.level, reason.mark) for reason in found.cell(Subject(who, role), thing)}


PLAYS = [
    ("05", ""),
    ("10", ""),
    ("10", "solution"),
    ("15", "wrong/one-policy-on-all.sh"),
    ("15", "wrong/everything-on-baristas.sh"),
    ("26", ""),
    ("10", put("bo", policy("iam:*"))),
    ("10", put("bo", policy("s3:Get*", "dynamodb:CreateTable", on="arn:aws:*:::another*"))),
]


def script(name: str, text: str) -> str:
    return scenario(name).text(text) if text.startswith("wrong/") else text


def every_reason(found: Access) -> Iterator[Reason]:
    for row in found.rows.values():
        yield from chain.from_iterable(row.values())


def can_do_more(found: Access) -> set[str]:
    """Whose row holds more than is needed."""
    return {
        subject.who
        for subject, row in found.rows.items()
        if any(reason.mark is Mark.EXTRA for reason in chain.from_iterable(row.values()))
    }


@pytest.mark.parametrize(("name", "text"), PLAYS)
def test_whoever_can_do_more_by_the_grade_and_nobody_else_is_marked(
    name: str, text: str
) -> None:
    lines = script(name, text)
    failed = {
        check.subject
        for check in graded(name, lines).checks
        if check.kind is CheckKind.EXCESS and check.evidence
    }
    assert can_do_more(reached(name, lines)) == failed


@each_row(PLAYS)
def test_every_reason_is_decided_as_its_mark_says_and_is_of_its_level_and_thing(
    name: str, text: str
) -> None:
    found = reached(name, script(name, text))
    for reason in every_reason(found):
        assert isinstance(reason.decision, Allowed) is reason.is_allowed, reason
        assert reason.level is access_level_of(reason.decision.request.action)
        assert not reason.say or reason.mark in (Mark.LEAK, Mark.MISS, Mark.EXTRA)


@cache
def lesson() -> Scenario:
    return arbitrary_answers.lesson(Path(mkdtemp()))


@examples(10)
@given(st.integers(0, 2**32))
def test_of_any_answer_whoever_can_do_more_by_the_grade_and_nobody_else_is_marked(
    seed: int,
) -> None:
    play = arbitrary_answers.answer(lesson(), Random(seed))
    report = grade(play)
    evidence = {
        check.subject: check.evidence
        for check in report.checks
        if check.kind is CheckKind.EXCESS
    }
    shown = {who for who, found in evidence.items() if any(map(_shows_more, found))}
    assert can_do_more(survey_access(play, report)) == shown


def _shows_more(evidence: Evidence) -> bool:
    """Whether it is shown, not only not proven."""
    found = evidence.found if isinstance(evidence, Proof) else ()
    return isinstance(evidence, Escalation) or any(
        isinstance(each, Excess) for each in found
    )


def test_a_need_a_gap_a_leak_and_more_stand_where_they_are() -> None:
    found = reached("10")
    read = {(AccessLevel.LIST, Mark.OK), (AccessLevel.READ, Mark.OK)}
    assert marks(found, "casey", RECEIPTS) == read
    assert marks(found, "robin", RECEIPTS) == {
        *read,
        (AccessLevel.WRITE, Mark.LEAK),
        (AccessLevel.WRITE, Mark.EXTRA),
    }
    assert marks(found, "sam", RECEIPTS) == {
        (AccessLevel.LIST, Mark.MISS),
        (AccessLevel.READ, Mark.MISS),
    }


def test_what_is_done_in_a_role_stands_with_the_role_that_is_worn() -> None:
    found = reached("15", "solution")
    assert marks(found, "bo", Thing("role", "Cashier")) == {(AccessLevel.WRITE, Mark.OK)}
    assert marks(found, "bo", Thing("table", "Register"), "Cashier") == {
        (AccessLevel.WRITE, Mark.OK)
    }
    assert not found.cell(Subject("bo"), Thing("table", "Register"))


def test_administrators_are_nobodys_to_judge() -> None:
    found = reached("10")
    assert {mark for _, mark in marks(found, "ada", RECEIPTS)} == {Mark.QUIET}
    assert [
        level
        for level in ACCESS_LEVELS
        if (level, Mark.QUIET) in marks(found, "ada", RECEIPTS)
    ] == list(ACCESS_LEVELS)


def test_tagging_is_a_level_of_its_own_as_with_aws() -> None:
    found = reached(
        "10", put("bo", policy("s3:PutObjectTagging", on=f"{_arn(RECEIPTS)}/*"))
    )
    assert (AccessLevel.TAGGING, Mark.EXTRA) in marks(found, "bo", RECEIPTS)
    assert (AccessLevel.WRITE, Mark.EXTRA) not in marks(found, "bo", RECEIPTS)


def test_a_policy_that_speaks_of_what_is_not_there_shows_as_that() -> None:
    found = reached("10", put("bo", policy("s3:GetObject", on="arn:aws:s3:::another/*")))
    assert marks(found, "bo", Thing("elsewhere", exists=False)) == {
        (AccessLevel.READ, Mark.EXTRA)
    }


def test_a_name_that_the_grade_made_up_is_nowhere_in_the_table_and_one_that_a_job_asks_for_is() -> (
    None
):
    wide = put(
        "bo", policy("sts:AssumeRole", "iam:GetRole", on="arn:aws:iam::111122223333:role/*")
    )
    for text, names in ((wide, {""}), ("", {"", "Cashier", "Inventory", "OnlineOrders"})):
        found = reached("15", text)
        assert {
            thing.name for row in found.rows.values() for thing in row if not thing.exists
        } == names


def test_a_deny_takes_away_what_an_allow_gives() -> None:
    shut = put("bo", policy("s3:GetObject", effect="Deny"))
    assert marks(reached("10", shut), "bo", RECEIPTS) == {
        (AccessLevel.LIST, Mark.OK),
        (AccessLevel.READ, Mark.MISS),
    }


def test_an_account_in_which_nothing_is_asked_has_levels_and_no_marks() -> None:
    asked = scenario("10")
    free = replace(asked, wants=(), practice=(), people=People((), (), ()))
    found = survey_access(Play(free))
    assert not found.judged
    assert {reason.mark for reason in every_reason(found)} == {Mark.QUIET}
    assert (AccessLevel.WRITE, Mark.QUIET) in marks(found, "robin", RECEIPTS)
    assert (AccessLevel.READ, Mark.QUIET) in marks(found, "casey", RECEIPTS)


def test_who_holds_so_much_that_not_all_of_it_is_tried_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_RESOURCES", 1)
    found = survey_access(played("10"), graded("10"))
    assert found.remarks[-1].startswith(
        "so much is allowed that not all of it was tried: casey, "
    )
    assert found.remarks[-1].endswith(" more")
    assert found.is_untried(Subject("casey"))


@pytest.mark.parametrize("name", ["44", "C4"])
def test_what_an_scp_allows_uses_up_no_tries_of_those_whom_other_policies_allow(
    name: str,
) -> None:
    table = reached(name)
    assert not table.untried
    assert table.row(Subject("ada"))


def test_a_resource_is_tried_with_the_tags_that_it_has() -> None:
    row = reached("40", "solution").row(Subject("kim"))
    assert {
        thing.name: {reason.level for reason in cell} for thing, cell in row.items()
    } == {"waffle-orders": {AccessLevel.READ}}


def test_of_a_crowd_those_who_are_graded_are_looked_at_and_that_there_are_more_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_SESSIONS", 4)
    found = survey_access(played("10"), graded("10"))
    assert found.subjects[0] == Subject("casey")
    assert any(remark.startswith("more than 4 people") for remark in found.remarks)


def _arn(thing: Thing) -> str:
    return f"arn:aws:s3:::{thing.name}"


USERS = Thing("user")
GIVEN = "given more policies"


def test_what_could_be_given_below_a_boundary_is_told_apart_from_what_is_had() -> None:
    found = reached("22")
    assert Subject("robin") in found.subjects
    assert not found.row(Subject("robin"))
    assert RECEIPTS in found.row(Subject("robin", supposing=GIVEN))


def test_what_somebody_can_do_already_is_no_part_of_what_they_could_be_given() -> None:
    read = policy("s3:GetObject", on=f"{_arn(RECEIPTS)}/*")
    found = reached("22", put("robin", read))
    assert AccessLevel.READ in {level for level, _ in marks(found, "robin", RECEIPTS)}
    supposed = found.cell(Subject("robin", supposing=GIVEN), RECEIPTS)
    assert [reason.level for reason in supposed] == [AccessLevel.LIST]


def test_whoever_can_meet_a_condition_by_what_they_ask_for_has_access() -> None:
    found = reached("22", "solution")
    levels = {AccessLevel.WRITE, AccessLevel.PERMISSIONS}
    assert marks(found, "mina", USERS) == {(level, Mark.OK) for level in levels}


def test_a_request_that_no_job_makes_without_a_code_tells_that_it_has_none() -> None:
    cell = reached("20").cell(Subject("casey"), RECEIPTS)
    listing = next(
        one for one in cell if (one.level, one.mark) == (AccessLevel.LIST, Mark.EXTRA)
    )
    assert listing.under == (
        "with an access key and without an MFA code (Casey has no active access key)"
    )


def test_a_request_that_no_job_makes_at_all_tells_no_circumstances() -> None:
    cell = reached("26").cell(Subject("indra"), Thing("role", "AdminMachine"))
    assert [reason.under for reason in cell] == [""]


def test_a_function_whose_policy_writes_logs_has_a_row_that_says_so() -> None:
    found = reached("20", "")
    assert marks(found, "function/espresso-api", Thing("elsewhere", exists=False)) == {
        (AccessLevel.WRITE, Mark.QUIET)
    }


def test_an_administrator_reaches_other_resources_on_every_level_whatever_others_do() -> (
    None
):
    outside = Thing("elsewhere", exists=False)
    read_only = (
        "aws iam create-group --group-name Cashiers\n"
        "aws iam add-user-to-group --group-name Cashiers --user-name casey\n"
        "aws iam attach-group-policy --group-name Cashiers"
        " --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\n"
    )
    for found in (reached("20", ""), reached("10", read_only)):
        ada = {reason.level for reason in found.cell(Subject("ada"), outside)}
        assert ada == set(ACCESS_LEVELS)
    casey = {reason.level for reason in found.cell(Subject("casey"), outside)}
    assert casey == {AccessLevel.LIST, AccessLevel.READ}


def test_an_object_is_not_read_fine_while_its_kms_key_refuses_the_caller() -> None:
    recipes = Thing("bucket", "coffeeshop-recipes")
    kim = Subject("kim")
    locked = survey_access(played("31"), graded("31"))
    assert locked.cell(kim, recipes) == ()
    unlocked = survey_access(played("31", "solution"), graded("31", "solution"))
    assert [reason.mark for reason in unlocked.cell(kim, recipes)] == [Mark.OK]


def test_what_is_allowed_is_shown_where_the_jobs_depend_on_a_region() -> None:
    for name, queue in (("robin", "espresso-orders"), ("noor", "oven-orders")):
        for answer in ("", "solution"):
            shown = marks(reached("39", answer), name, Thing("queue", queue))
            assert shown == {(AccessLevel.READ, Mark.OK)}
    sent = marks(
        reached("39", "solution"), "function/order-board", Thing("queue", "oven-orders")
    )
    assert sent == {(AccessLevel.WRITE, Mark.OK)}


def test_no_thing_is_said_to_be_open_that_only_another_tag_would_open() -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "sqs:ReceiveMessage",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/station": ["oven", "waffles"]}},
        },
    }
    line = (
        "aws sqs tag-queue --queue-url https://sqs.us-east-1.amazonaws.com/111122223333/online-orders --tags station=web\n"
        "aws iam put-group-policy --group-name Stations --policy-name stations --policy-document '"
        f"{json.dumps(document)}'\n"
    )
    found = reached("40", line)
    assert marks(found, "kim", Thing("queue", "online-orders")) == set()
    assert (AccessLevel.READ, Mark.LEAK) in marks(
        found, "kim", Thing("queue", "oven-orders")
    )


def test_what_earlier_calls_of_the_refusal_itself_allow_names_them_as_needed_first() -> (
    None
):
    everything = policy("*")
    boundary = "arn:aws:iam::111122223333:policy/StaffBoundary"
    widened = f"{scenario('22').solution}\naws iam create-policy-version --policy-arn {boundary} --set-as-default --policy-document '{everything}'\n"
    cell = reached("22", widened).cell(
        Subject("robin"), Thing("bucket", "coffeeshop-payroll")
    )
    (leak,) = (reason for reason in cell if reason.mark is Mark.LEAK)
    assert [call.act.call.operation for call in leak.detour] == ["AttachUserPolicy"]
    given = f"{widened}aws iam attach-user-policy --user-name robin --policy-arn arn:aws:iam::aws:policy/AdministratorAccess\n"
    cell = reached("22", given).cell(
        Subject("robin"), Thing("bucket", "coffeeshop-payroll")
    )
    assert [reason.detour for reason in cell if reason.mark is Mark.LEAK] == [()]
