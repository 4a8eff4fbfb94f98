"""Morning questions: from what this learner once got wrong, asked by the engine in scenarios that were solved."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import pytest

from coffeeshop.lessons.play.check_up_rows import MORNING_PREFIX, CheckUp
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import Met, question_subject
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.morning import (
    EACH_DAY,
    make_question,
    next_question,
    record_answer,
    subjects_due_today,
)
from coffeeshop.lessons.teaching.suspicions import belief_chances, check_up_table
from tests.views.plays import graded, scenario

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
EVERY_BUCKET = "M15"  # what the wrong answer of 05 that names every bucket comes of


@pytest.fixture
def player() -> Generator[Player]:
    progress = Progress(None)
    yield Player(progress)
    progress.close()


def solve(player: Player, *names: str) -> None:
    for name in names:
        player.progress.record_result(scenario(name), graded(name, "solution"), MONDAY)


def grade_wrong(player: Player, name: str, script: str) -> None:
    player.open(name)
    for act in run_play(player.playing.scenario, player.playing.scenario.text(script)).acts:
        player.do(act.call)
    player.grade(MONDAY)


def test_a_belief_of_the_grade_is_asked_about_the_next_morning_in_a_scenario_that_was_solved(
    player: Player,
):
    grade_wrong(player, "05", "wrong/every-bucket.sh")
    assert (
        next_question(player.progress, TUESDAY) is None
    )  # nothing is solved yet: the answer would be told
    solve(player, "05")
    assert next_question(player.progress, MONDAY) is None
    asked = next_question(player.progress, TUESDAY)
    assert asked is not None
    assert asked.subject == EVERY_BUCKET
    assert asked.prediction.answer == "allowed"
    assert any("file://" in line for line in asked.lines)
    assert asked.documents


def test_a_right_answer_lets_it_rest_and_a_wrong_one_brings_it_back_tomorrow(
    player: Player,
):
    solve(player, "05")
    player.progress.record_meetings(Met(MONDAY, EVERY_BUCKET, right=False))
    asked = next_question(player.progress, TUESDAY)
    assert asked is not None
    record_answer(player.progress, asked, "implicitDeny", TUESDAY)
    assert subjects_due_today(player.progress, TUESDAY.date()) == ()
    again = next_question(player.progress, TUESDAY + timedelta(days=1))
    assert again is not None
    record_answer(
        player.progress, again, again.prediction.answer, TUESDAY + timedelta(days=1)
    )
    assert subjects_due_today(player.progress, (TUESDAY + timedelta(days=1)).date()) == ()
    assert subjects_due_today(player.progress, (TUESDAY + timedelta(days=4)).date()) == (
        EVERY_BUCKET,
    )


def test_it_comes_under_other_names_each_time(player: Player):
    solve(player, "10")
    subject = scenario("10").wrongs[0].misconception
    first = make_question(player.progress, subject)
    player.progress.record_meetings(
        Met(MONDAY, subject, right=False), Met(TUESDAY, subject, right=False)
    )
    third = make_question(player.progress, subject)
    assert first is not None
    assert third is not None
    assert first.lines != third.lines


def test_three_are_asked_a_day(player: Player):
    solve(player, "05", "10", "15", "20")
    subjects = sorted(
        {
            wrong.misconception
            for name in ("05", "10", "15", "20")
            for wrong in scenario(name).wrongs
            if wrong.misconception
        }
    )
    player.progress.record_meetings(
        *(Met(MONDAY, subject, right=False) for subject in subjects)
    )
    asked = 0
    while found := next_question(player.progress, TUESDAY):
        record_answer(player.progress, found, found.prediction.answer, TUESDAY)
        asked += 1
    assert asked == EACH_DAY < len(subjects)


def test_a_prediction_that_missed_is_asked_again_as_it_was(player: Player):
    player.open("05")
    player.predict(1, "allowed", MONDAY)
    solve(player, "05")
    asked = next_question(player.progress, TUESDAY)
    assert asked is not None
    assert asked.subject == question_subject("05-receipts-drawer", 1)
    assert (asked.prediction.answer, asked.lines) == ("implicitDeny", ())


def test_what_was_predicted_rightly_is_not_asked_again(player: Player):
    player.open("05")
    player.predict(1, "implicitDeny", MONDAY)
    solve(player, "05")
    assert subjects_due_today(player.progress, TUESDAY.date()) == ()


def test_a_subject_that_no_scenario_knows_any_more_asks_nothing(player: Player):
    solve(player, "05")
    lost = (
        Met(MONDAY, subject, right=False)
        for subject in ("M99", "gone question 1", "05-receipts-drawer question 99")
    )
    player.progress.record_meetings(*lost)
    assert next_question(player.progress, TUESDAY) is None


def test_a_doubt_is_settled_by_a_question_that_tells_the_explanations_apart(player: Player):
    tied = check_up_table()["exact-deny.0.0"]
    assert len(tied.predicted) > 1
    missed = CheckUp(4, 7).subject_of(f"{tied.scenario}.{tied.answers_of('M41')[0]}")
    player.progress.record_meetings(Met(MONDAY, missed, right=False))
    assert subjects_due_today(player.progress, MONDAY.date()) == ()
    asked = next_question(player.progress, TUESDAY)
    assert asked is not None
    assert asked.told
    assert asked.subject.startswith(MORNING_PREFIX)
    record_answer(player.progress, asked, asked.prediction.answer, TUESDAY)
    assert subjects_due_today(player.progress, TUESDAY.date()) == (), "one a day"
    before, after = (
        belief_chances({}, meetings).suspected
        for meetings in (player.progress.meetings()[:1], player.progress.meetings())
    )
    assert len(after) < len(before)
