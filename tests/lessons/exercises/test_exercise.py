"""Exercises: drawn by a seed, of the scenarios' own format, proved by the scenarios' own checks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.lessons.exercises import exercise as exercises
from coffeeshop.lessons.exercises.choice import ANY, LEVELS, TOPICS, Choice, parse_choice
from coffeeshop.lessons.exercises.exercise import draft, exercise, scenario_of_files
from coffeeshop.lessons.exercises.ideas import IDEAS
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.play.variants import LAST_VARIANT
from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.teaching.misconceptions import misconceptions
from coffeeshop.policy.problem import Level, Place, Problem, Problems

CHOICES = st.builds(
    Choice,
    st.sampled_from((ANY, *IDEAS)),
    st.integers(1, LEVELS),
    st.integers(0, LAST_VARIANT),
)


@given(CHOICES)
def test_an_id_names_its_exercise(choice: Choice):
    assert parse_choice(choice.id) == choice


@pytest.mark.parametrize(
    "id",
    [
        "practice-groups-0-1",
        "practice-groups-5-1",
        "practice-tea-1-1",
        "practice-groups-1-01",
        "05",
        "practice-any-1-9999999999",
    ],
)
def test_what_names_no_exercise_is_told_from_what_does(id: str):
    assert parse_choice(id) is None


@given(CHOICES)
def test_the_same_seed_is_the_same_exercise_and_another_is_another(choice: Choice):
    other = Choice(choice.topic, choice.level, (choice.seed + 1) % LAST_VARIANT)
    assert draft(choice, 0) == draft(choice, 0)
    assert draft(choice, 0) != draft(other, 0)


@pytest.mark.parametrize("topic", IDEAS)
def test_the_reference_earns_three_stars_and_each_tempting_answer_what_it_declares(
    topic: str,
):
    choice = Choice(topic, 1, 5)
    scenario = scenario_of_files(choice, draft(choice, 0))
    assert grade(run_play(scenario, scenario.solution)).stars == 3
    assert len(scenario.wrongs) >= 3
    for wrong in scenario.wrongs:
        report = grade(run_play(scenario, scenario.text(wrong.script)))
        assert (report.stars, {finding.key for finding in report.findings}) == (
            wrong.stars,
            wrong.findings,
        )
        assert wrong.misconception in misconceptions()


def test_an_exercise_holds_by_all_that_an_author_proves():
    found = exercise(Choice("resources", 1, 1))
    assert found.refused == ()
    assert found.files == draft(found.choice, 0)


def test_ideas_that_meet_keep_to_themselves():
    choice = Choice(ANY, 3, 1)
    scenario = scenario_of_files(choice, draft(choice, 0))
    assert scenario.objective.count("; ") == 2
    assert grade(run_play(scenario, scenario.solution)).stars == 3
    wrong = scenario.wrongs[-1]
    report = grade(run_play(scenario, scenario.text(wrong.script)))
    assert {finding.key for finding in report.findings} == wrong.findings


def test_a_draft_that_does_not_hold_is_refused_and_counted(monkeypatch: pytest.MonkeyPatch):
    proved = list[object]()

    def faults(choice: Choice, files: object) -> tuple[Problem, ...]:
        proved.append(files)
        return (
            (Problem(Level.ERROR, "wrong", Place(), "it does not hold", ""),)
            if len(proved) < 3
            else ()
        )

    monkeypatch.setattr(exercises, "faults", faults)
    choice = Choice("groups", 1, 424_242)
    found = exercise(choice)
    assert len(found.refused) == 2
    assert found.files == draft(choice, 2)
    assert len({str(files) for files in proved}) == 3


def test_where_no_draft_holds_that_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        exercises,
        "faults",
        lambda *_: (Problem(Level.ERROR, "wrong", Place(), "it does not hold", ""),),
    )
    with pytest.raises(Problems, match="take another seed"):
        exercise(Choice("groups", 1, 424_243))


def test_every_idea_belongs_to_a_chapter():
    assert {idea.chapter for idea in IDEAS.values()} <= chapters().keys()


def test_every_topic_has_its_idea():
    assert (*IDEAS,) == TOPICS
