"""The open shop in rows: what AWS decided in a word, whether the shop wanted it in a mark."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.policy.model import Request
from coffeeshop.shop.mark import Mark, Mode, mark_of
from coffeeshop.views.rows import lines
from coffeeshop.views.tickets import (
    DECISION_WORDS,
    explain_ticket,
    later_command_rows,
    outcome_rows,
    tally_text,
    tickets,
    unlisted_text,
)
from tests.lessons.folder import FILES, SCENARIO, folder, played, policy, put, scenario
from tests.views.plays import opened
from tests.views.plays import played as course

PAY = """
[[refuse]]
id = "pay"
as = "casey"
do = "aws s3api get-object --bucket coffeeshop-payroll --key march.csv o"
say = "Casey reads the payroll"
"""


def test_each_job_and_refusal_is_a_row_in_the_order_of_the_brief():
    rows = tickets(opened("10"))
    assert [row.text for row in rows][:3] == [
        "Casey lists the receipts",
        "Robin lists the receipts",
        "Bo lists the receipts",
    ]
    assert {(row.mark, row.word) for row in rows} == {
        (Mark.OK, "works"),
        (Mark.MISS, "doesn't work"),
        (Mark.LEAK, "allowed, but must be refused"),
    }


def test_what_holds_is_counted():
    assert tally_text(opened("10")) == "6 of 8 jobs work, the refusal doesn't hold yet"
    assert tally_text(opened("10", "solution")) == "8 of 8 jobs work, the refusal holds"


def test_a_refusal_that_fails_for_another_reason_is_no_protection(tmp_path: Path):
    lesson = scenario(folder(tmp_path, {**FILES, "scenario.toml": SCENARIO + PAY}))
    books = put(
        policy("s3:GetObject", on="arn:aws:s3:::coffeeshop-payroll/*"), name="books"
    )
    gone = "aws s3api delete-object --bucket coffeeshop-payroll --key march.csv\naws s3api delete-bucket --bucket coffeeshop-payroll\n"
    found = run_all_wants(played(lesson, lesson.solution + books + gone))
    row = tickets(found)[-1]
    assert (row.mark, row.word) == (
        Mark.MISS,
        "fails, but no policy refuses it, so it isn't protected",
    )
    assert tally_text(found) == "the job works, 1 of 2 refusals holds"


def test_a_refusal_whose_user_is_gone_is_not_tried_and_counted_apart(tmp_path: Path):
    lesson = scenario(folder(tmp_path, {**FILES, "scenario.toml": SCENARIO + PAY}))
    found = run_all_wants(played(lesson, "aws iam delete-user --user-name casey"))
    words = {row.word for row in tickets(found)}
    assert words == {"doesn't work", "not tried, because the caller doesn't exist"}
    assert tally_text(found) == "the job doesn't work yet, 2 refusals weren't tried"


def test_why_tells_each_call_its_decisions_and_awss_refusal():
    assert lines(explain_ticket(opened("05")[0])).splitlines() == [
        "✗ doesn't work: Casey lists the receipts",
        "  $ aws s3api list-objects-v2 --bucket AWSDOC-EXAMPLE-BUCKET",
        "    s3:ListBucket on arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET: denied",
        "    nothing allows it (implicit deny).",
        "    aws: [ERROR]: An error occurred (AccessDenied) when calling the ListObjectsV2 operation: User: "
        "arn:aws:iam::111122223333:user/casey is not authorized to perform: s3:ListBucket on resource: "
        '"arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET" because no identity-based policy allows the s3:ListBucket action',
    ]


def test_why_of_an_allowed_call_names_the_statement():
    said = lines(explain_ticket(opened("05", "solution")[0]))
    assert "s3:ListBucket on arn:aws:s3:::AWSDOC-EXAMPLE-BUCKET: allowed" in said
    assert "statement “Receipts” of policy “Receipts” allows it" in said
    assert "An error occurred" not in said


def test_why_of_somebody_who_is_not_there_says_so(tmp_path: Path):
    lesson = scenario(
        folder(
            tmp_path,
            a=('fixed = ["bucket/coffeeshop-receipts", "user/casey"]', "fixed = []"),
        )
    )
    fired = run_all_wants(played(lesson, "aws iam delete-user --user-name casey\n"))
    assert (
        lines(explain_ticket(fired[0]))
        == "✗ doesn't work: Casey can open any receipt\n  There is no user casey."
    )


def test_what_was_typed_is_shown_as_text_and_never_as_marks():
    play = course("05", "aws iam create-user --user-name 'a[/]b'\n")
    assert "a[/]b" in lines(outcome_rows(play.outcomes[0]))


def test_what_was_not_reached_says_the_call_and_what_it_would_ask():
    said = lines(
        explain_ticket(
            next(ticket for ticket in opened("15") if ticket.want.id == "till@bo")
        )
    ).splitlines()
    assert said[-2:] == [
        """Not reached: $ aws dynamodb put-item --table-name Register --item '{"sale": {"S": "0413"}}'""",
        "  it requests dynamodb:PutItem on arn:aws:dynamodb:us-east-1:111122223333:table/Register",
    ]


def test_where_the_last_call_was_made_nothing_was_left_unreached():
    assert all(
        "Not reached" not in lines(explain_ticket(ticket))
        for name in ("05", "10")
        for ticket in opened(name)
    )
    assert all(
        "Not reached" not in lines(explain_ticket(ticket))
        for ticket in opened("15", "solution")
        if ticket.has_succeeded
    )


def test_a_bare_request_that_was_not_reached_is_named_too():
    ticket = next(ticket for ticket in opened("15") if ticket.want.id == "till@bo")
    bare = replace(
        ticket.want,
        request=Request("s3:GetObject", "arn:aws:s3:::coffeeshop-payroll/march.csv"),
        do=(),
    )
    assert lines(later_command_rows(replace(ticket, want=bare))) == (
        "Not reached: it would request: s3:GetObject on arn:aws:s3:::coffeeshop-payroll/march.csv"
    )


def test_a_call_with_a_document_of_many_lines_is_shown_in_one():
    outcome = next(
        done
        for done in course("05", "solution").outcomes
        if "PolicyDocument" in done.act.call.parameters
    )
    assert "\n" in outcome.act.call.text("PolicyDocument")
    command = next(iter(outcome_rows(outcome))).text
    assert command.startswith("$ aws iam create-policy ")
    assert '\'{ "Version": "2012-10-17", "Statement": [ {' in command


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("allowed", [True, False])
def test_every_answer_to_every_wish_has_a_word(mode: Mode, allowed: bool):
    assert DECISION_WORDS[mode, mark_of(mode, allowed)]


def test_what_a_diagnosis_does_not_list_is_counted_in_a_sentence():
    found = opened("20")
    amiss = [ticket for ticket in found if ticket.mark is not Mark.OK]
    assert unlisted_text(found, amiss) == "6 jobs worked at the start and still work."
    assert unlisted_text(found, found) == ""
