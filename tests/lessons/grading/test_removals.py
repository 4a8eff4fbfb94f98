"""A hint's command names what the learner made, where they put it."""

from __future__ import annotations

import json

import pytest

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.script import run_play
from tests.views.plays import scenario


def document(*actions: str, effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": "*"}
    return f"'{json.dumps({'Version': '2012-10-17', 'Statement': statement})}'"


JOINS = "aws iam add-user-to-group --group-name Cashiers --user-name casey\n"
WIDE = document("s3:*")
READ = "arn:aws:iam::aws:policy/AmazonS3FullAccess"


@pytest.mark.parametrize(
    ("line", "removal"),
    [
        (
            f"aws iam put-user-policy --user-name casey --policy-name mine --policy-document {WIDE}",
            "aws iam delete-user-policy --user-name casey --policy-name mine",
        ),
        (
            "aws iam add-user-to-group --group-name Admins --user-name casey",
            "aws iam remove-user-from-group --group-name Admins --user-name casey",
        ),
        (
            f"aws iam put-group-policy --group-name Cashiers --policy-name wide --policy-document {WIDE}",
            "aws iam delete-group-policy --group-name Cashiers --policy-name wide",
        ),
    ],
)
def test_the_command_of_a_hint_takes_away_what_the_learner_made(
    line: str, removal: str
) -> None:
    play = run_play(scenario("04"), JOINS + line)
    finding = grade(play).findings[0]
    assert finding.kind in ("leak", "excess", "practice"), finding.key
    assert finding.hints[-1].endswith(removal), finding.hints


def test_a_policy_of_one_person_is_named_as_it_is_called() -> None:
    allows = scenario("10").text("policies/receipts.json")
    line = f"aws iam put-user-policy --user-name sam --policy-name mine --policy-document '{allows}'"
    play = run_play(scenario("10"), f"{scenario('10').solution}\n{line}")
    (finding,) = grade(play).findings
    assert finding.key == "practice:no-direct-user-policies"
    assert (
        "aws iam delete-user-policy --user-name sam --policy-name mine" in finding.hints[-1]
    )


def test_no_hint_shows_its_blank() -> None:
    play = run_play(scenario("04"), "")
    hints = [hint for finding in grade(play).findings for hint in finding.hints]
    assert hints
    assert not any("{removal}" in hint for hint in hints)
