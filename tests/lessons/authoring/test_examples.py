"""Lessons refute what their scenarios need refuted, and wrong answers come from the misconceptions that they name."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.authoring.assertions import examples
from coffeeshop.lessons.authoring.learners import Habits, simulate
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.teaching.refutations import (
    course_examples,
    kept_examples,
    refutations,
)
from tests.lessons.folder import FILES, folder, scenario
from tests.tables import check_rows

CERTAIN = Habits(begin=100, attend=100, learn_by_grades=False)


def test_every_misconception_that_the_course_needs_refuted_is_refuted_before_its_first_act():
    assert [
        row.misconception.id for row in refutations(course_examples()) if row.is_hole
    ] == []


def test_an_example_of_the_course_refutes_each_misconception_and_the_engine_decides_it():
    words_alone = {row.id for row in misconceptions().values() if not row.rule}
    kinds = {
        row.misconception.id: {example.kind for example in row.examples}
        for row in refutations(course_examples())
    }
    assert {id for id, each in kinds.items() if not each} == set()
    assert {id for id, each in kinds.items() if each == {"words"}} == words_alone


def test_every_guess_and_picture_refutes_something_new_or_says_why_it_stays():
    idle = [each for each in kept_examples(course_examples()) if not each.new]
    assert [each.example.place for each in idle if not each.reason] == []


def test_a_need_that_no_example_refutes_is_a_problem_with_its_file_and_fix(tmp_path: Path):
    lesson = scenario(
        folder(
            tmp_path,
            early=(
                'id = "90-a-small-one"',
                'id = "90-a-small-one"\nafter = ["00-the-first-morning"]',
            ),
            change=('misconception = "M03"', 'misconception = "M37"'),
        )
    )
    (problem,) = map(str, examples.needs_are_refuted(lesson))
    assert "lesson.md: no example refutes M37 before the first act" in problem
    assert "show a call whose result it predicts wrongly" in problem


def test_a_wrong_answer_that_another_misconception_leads_to_is_a_problem(tmp_path: Path):
    lesson = scenario(
        folder(tmp_path, change=('misconception = "M03"', 'misconception = "M24"'))
    )
    (problem,) = map(str, examples.wrong_answers_fit(lesson))
    assert (
        "wrong/the-drawer.sh: even someone who believes M24 would see job-denied:read@casey:resource"
        in problem
    )


def test_an_example_of_the_course_without_a_use_is_a_problem():
    lesson = load(find("08"))
    text = lesson.text("lesson.md").replace(
        ' {kept="half of a contrast: a star, and names"}', ""
    )
    spoiled = replace(lesson, files={**lesson.files, "lesson.md": text.encode()})
    problems = [*map(str, examples.examples_have_uses(spoiled))]
    assert problems
    assert all("refutes nothing new" in problem for problem in problems)


@pytest.mark.parametrize(
    ("mark", "said"), [("M99", "there is no"), ("M03", "a text alone can't refute it")]
)
def test_words_refute_only_what_predicts_no_answer(tmp_path: Path, mark: str, said: str):
    lesson = f'# One {{refutes="{mark}"}}\n\nA page.\n\n# Two\n\nAnother.\n'
    spoiled = scenario(folder(tmp_path, {**FILES, "lesson.md": lesson}))
    (problem,) = map(str, examples.marks_are_sound(spoiled))
    assert said in problem


def test_simulated_learners_all_reach_the_end_and_the_same_seed_gives_the_same():
    first = simulate(course_examples(), 200, 7)
    assert first == simulate(course_examples(), 200, 7)
    assert first.stuck_learners == 0
    taught = {
        row.misconception.id for row in refutations(course_examples()) if row.needed_in
    }
    assert not taught & set(
        simulate(course_examples(), 200, 7, habits=Habits(attend=100)).alive
    )


def test_without_a_lesson_exactly_its_misconceptions_stay_alive():
    rows = refutations(course_examples())
    never = {row.misconception.id for row in rows if not row.examples}

    def check_lesson(lesson: str) -> None:
        only_there = {
            row.misconception.id
            for row in rows
            if {example.scenario for example in row.examples} == {lesson}
        }
        alive = simulate(course_examples(), 1, without=lesson, habits=CERTAIN).alive
        assert set(alive) == only_there | never
        assert never | only_there <= set(misconceptions())

    check_rows(check_lesson, ((part.id,) for part in course_examples() if part.examples))
