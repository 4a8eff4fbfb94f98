"""What learners name as the cause of a case, no screen tells them before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.grading.diagnosis import (
    diagnoses_of,
    judge_named,
    unnamed_statements,
)
from coffeeshop.lessons.model import NamedCause, Play
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.lessons.sitting.days import day_of, next_opening
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Request
from coffeeshop.views.access.words import access_rows, explain_cell
from coffeeshop.views.concealed import REASON_WITHHELD, reason_text
from coffeeshop.views.day.hours import happening_rows
from coffeeshop.views.grant.here import focus_of_result
from coffeeshop.views.grant.pictures import draw_grant
from coffeeshop.views.report import report
from coffeeshop.views.tickets import explain_ticket
from tests.views.plays import scenario

DIAGNOSES = [id for id, heading in headings().items() if heading.form == "diagnosis"]


def told_texts(sitting: Sitting) -> Iterator[str]:
    """What the screens say unasked: of each check, of the access table, of drawings, and in the grade."""
    unnamed = sitting.unnamed_statements
    sitting.assessment.grade()
    graded = sitting.report
    rows = [*report(graded)] if graded else []
    for ticket in sitting.tickets:
        rows += explain_ticket(ticket, unnamed)
        if focus := focus_of_result(ticket):
            yield from draw_grant(sitting.play, focus, (), unnamed).remarks
    access = sitting.assessment.access()
    for subject in access.subjects:
        rows += access_rows(access, subject.who, unnamed)
        for thing in access.things:
            rows += explain_cell(access, subject, thing, unnamed)
    yield from (row.text for row in rows)


def cause_labels(sitting: Sitting) -> set[str]:
    """What the reasons call the statements that are causes."""
    labels = set[str]()
    for diagnosis in sitting.diagnoses:
        for cause in (each for each in diagnosis.causes if each.statement):
            policies = diagnosis.policies_of(cause.layer)
            policy = next(each.policy for each in policies if each.location == cause.policy)
            statement = policy.statements[cause.statement - 1]
            if not statement.sid:
                name = cause.policy.rpartition("/")[2]
                labels.add(f"statement {cause.statement} of policy “{name}”".lower())
            else:
                labels.add(f"statement “{statement.sid}” of ".lower())
    return labels


@pytest.mark.parametrize("id", DIAGNOSES)
def test_no_screen_tells_a_cause_before_it_is_named(id: str, tmp_path: Path) -> None:
    player = Player(Progress(tmp_path / "ana.sqlite3"))
    player.open(id)
    sitting = player.playing
    labels = cause_labels(sitting)
    texts = list(told_texts(sitting))
    leaks = [text for text in texts for label in labels if label in text.lower()]
    named = tuple(
        NamedCause(diagnosis.case.id, cause)
        for diagnosis in sitting.diagnoses
        for cause in diagnosis.causes[:1]
    )
    later_texts = "\n".join(told_texts(replace(sitting, named_causes=named)))
    assert leaks == []
    assert REASON_WITHHELD not in later_texts
    assert any(label in later_texts.lower() for label in labels) == bool(labels)
    assert any(text == REASON_WITHHELD for text in texts) == bool(labels)
    in_exam = replace(sitting, named_causes=named, in_exam=True)
    assert in_exam.unnamed_statements == sitting.unnamed_statements


@pytest.mark.parametrize("name", ["20", "26", "43"])
def test_a_day_withholds_no_reason_of_calls_that_were_refused(name: str) -> None:
    play = Play(scenario(name))
    diagnoses = diagnoses_of(play.scenario)
    unnamed = unnamed_statements(diagnoses, judge_named(diagnoses, ()))
    day = day_of(play, next_opening(play.scenario, play.now))
    told = [*happening_rows(day, unnamed=unnamed)]
    before_withheld = [
        row for row, after in pairwise(told) if after.text == REASON_WITHHELD
    ]
    assert "refused" not in "".join(row.word for row in before_withheld)
    if name == "20":
        assert any("refused: 4 calls" in f"{row.word}: {row.text}" for row in told)
        assert any("allowed, but no job needs it" in row.word for row in before_withheld)


def test_that_nothing_allows_a_request_is_told_in_a_diagnosis_too() -> None:
    play = Play(scenario("20"))
    diagnoses = diagnoses_of(play.scenario)
    unnamed = unnamed_statements(diagnoses, judge_named(diagnoses, ()))
    asked = diagnoses[0].decision
    assert asked is not None
    for action, reason in (
        (
            "s3:ListAllMyBuckets",
            "nothing allows this s3:ListAllMyBuckets request (implicit deny)",
        ),
        ("s3:ListBucket", REASON_WITHHELD),
    ):
        resource = "arn:aws:s3:::coffeeshop-receipts" if reason == REASON_WITHHELD else "*"
        decision = authorize(asked.standing, Request(action, resource))
        assert reason_text(decision, unnamed) == reason
