"""The question of a finding fits the finding, and can be answered from what is on the screen."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.advice import finding_aspect
from coffeeshop.lessons.grading.hints import FINDING_QUESTIONS, HINT_LADDERS
from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from tests.lessons.folder import policy
from tests.tables import each_row
from tests.views.plays import graded, scenario

ORDERS = "arn:aws:sqs:us-east-1:111122223333:online-orders"


def consumer(*extra: str) -> str:
    """The solution of 14 with more actions on the queue, each by its name."""
    takes = policy("sqs:ReceiveMessage", *extra, on=ORDERS)
    more = f"aws iam put-group-policy --group-name Staff --policy-name takes --policy-document '{takes}'\n"
    return scenario("14").text("solution.sh") + more


def test_whoever_names_an_action_too_many_is_not_asked_about_lists_and_stars():
    found = graded("14", consumer("sqs:GetQueueUrl")).findings
    assert [finding.key for finding in found] == ["excess:casey"]
    assert [finding.people for finding in found] == [("casey", "robin")]
    assert {finding.ask for finding in found} == {FINDING_QUESTIONS["excess:action"]}
    assert {finding.hints for finding in found} == {HINT_LADDERS["excess:action"]}


def test_a_consumer_may_delete_the_messages_that_it_takes():
    assert graded("14", consumer("sqs:DeleteMessage")).stars == 3


@each_row((rule,) for rule in RULES)
def test_each_practice_rule_has_a_question_and_hints_of_its_own(rule: str):
    others = [each for each in RULES if each != rule]
    assert FINDING_QUESTIONS[f"practice:{rule}"] not in [
        FINDING_QUESTIONS[f"practice:{each}"] for each in others
    ]
    assert HINT_LADDERS[f"practice:{rule}"] not in [
        HINT_LADDERS[f"practice:{each}"] for each in others
    ]


def test_a_broken_rule_is_asked_about_by_itself():
    wrong = next(
        wrong
        for wrong in scenario("29").wrongs
        if any("practice:" in key for key in wrong.findings)
    )
    for finding in graded("29", scenario("29").text(wrong.script)).findings:
        assert finding.ask == FINDING_QUESTIONS[finding.key]


def test_a_leak_that_no_statement_lets_in_is_asked_about_its_credential():
    leaks = [
        finding
        for finding in graded("01", "aws iam list-users").findings
        if finding.kind is FindingKind.LEAK
    ]
    assert {finding_aspect(scenario("01"), finding) for finding in leaks} == {"credential"}


@each_row((key,) for key in FINDING_QUESTIONS)
def test_each_question_of_the_library_asks(key: str):
    assert FINDING_QUESTIONS[key].endswith("?")
    assert HINT_LADDERS.get(key, HINT_LADDERS[key.partition(":")[0]])[0].endswith("?")


@pytest.mark.parametrize("id", headings())
def test_each_question_of_a_scenario_asks(id: str):
    for tell in load(find(id)).tells:
        assert tell.text[0].endswith("?"), tell.on
