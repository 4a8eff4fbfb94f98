"""Another statement: a blank one after the one under the cursor, and the text stays JSON."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.scenario.find import OWN_SHOP
from coffeeshop.lessons.sitting.policy_text import examine_text
from coffeeshop.policy.model import Kind, Level, Place, Problem
from coffeeshop.shop.mark import Mark
from coffeeshop.views.policy.editor import (
    RefusalRow,
    added_statement_edit,
    editor_step,
    rows_if_saved,
    step_at_problem,
)
from coffeeshop.views.policy.templates import BLANK_STATEMENTS
from tests.views.plays import played

ONE = '{"Version": "2012-10-17", "Statement": {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
TWO = """{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*" },
    { "Sid": "B", "Effect": "Deny", "Action": "s3:*", "Resource": "*" }
  ]
}
"""


def edited(text: str, at: int, grammar: Kind = Kind.IDENTITY) -> str:
    found = added_statement_edit(text, BLANK_STATEMENTS[grammar], at)
    assert found is not None
    start, end, new = found
    return text[:start] + new + text[end:]


def sids(text: str) -> list[str]:
    return [statement.get("Sid", "") for statement in json.loads(text)["Statement"]]


@pytest.mark.parametrize(
    ("at", "order"),
    [(0, ["A", "", "B"]), (TWO.index('"A"'), ["A", "", "B"]), (len(TWO), ["A", "B", ""])],
)
def test_it_stands_after_the_statement_under_the_cursor(at: int, order: list[str]) -> None:
    assert sids(edited(TWO, at)) == order


def test_a_statement_that_stood_alone_becomes_the_first_of_a_list() -> None:
    assert sids(edited(ONE, 0)) == ["A", ""]


@pytest.mark.parametrize("grammar", BLANK_STATEMENTS)
def test_each_kind_of_policy_takes_a_blank_of_its_own_kind(grammar: Kind) -> None:
    text = edited(BLANK_STATEMENTS[grammar], len(BLANK_STATEMENTS[grammar]) // 2, grammar)
    first, second = json.loads(text)["Statement"]
    assert first == second
    assert edited(text, 0, grammar).count('"Effect": ') == 3


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"Statement": [', '{"Version": "2012-10-17"}', '{"Statement": []}', "[1]"],
)
def test_a_text_without_a_readable_statement_is_left_as_it_is(text: str) -> None:
    assert added_statement_edit(text, BLANK_STATEMENTS[Kind.IDENTITY], 0) is None


REFUSED_ROW = RefusalRow(
    "The trust policy must evaluate …", Mark.MISS, "MalformedPolicyDocument"
)
SHARED = Problem(
    Level.SECURITY, "shared-provider-anyone", Place(), "`x` serves many", "add"
)


def test_next_never_says_that_aws_takes_a_text_that_it_would_refuse() -> None:
    step = editor_step((SHARED,), tab=False, saved=(REFUSED_ROW,))
    assert step.text == "AWS would refuse this text (see “If saved”):"
    assert step.key == "F8"
    assert editor_step((), tab=False, saved=(REFUSED_ROW,)).text.startswith(
        "AWS would refuse"
    )
    for problems in ((), (SHARED,)):
        for tab in (True, False):
            unasked = editor_step(problems, tab=tab).text
            assert "AWS takes" not in unasked
            assert "AWS accepts" not in unasked


def test_next_at_a_problem_names_f8_only_if_there_is_another_problem() -> None:
    _, problems = examine_text('{"Statement": [}', Kind.IDENTITY)
    step = editor_step(problems, tab=False)
    alone = step_at_problem(step, problems[0], names=None, is_others=False)
    of_two = step_at_problem(step, problems[0], names=None, is_others=True)
    assert (alone.key, of_two.key) == ("", "F8")
    assert "at the cursor" in of_two.text


def test_next_names_f9_for_a_blank_only_where_f9_proposes_values() -> None:
    _, blanks = examine_text(BLANK_STATEMENTS[Kind.IDENTITY], Kind.IDENTITY)
    assert editor_step(blanks, tab=True).key == "F9"
    typed = editor_step(blanks, tab=True, names=None)
    assert (typed.text, typed.key) == ("Type a value in the quotes:", "tab")


def test_where_nobody_has_a_job_nothing_is_marked_as_not_needed():
    play = played(OWN_SHOP, "aws iam create-user --user-name lee")
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
    line = f"aws iam put-user-policy --user-name lee --policy-name w --policy-document '{text}'"
    after = played(OWN_SHOP, f"aws iam create-user --user-name lee\n{line}")
    assert not grade(after).findings
    rows = rows_if_saved(play, run_all_wants(play), after.acts[-1])
    assert [row.text for row in rows] == [
        "There are no jobs here to compare this policy with."
    ]
    assert editor_step((), False, rows).deed.key == "F2"
