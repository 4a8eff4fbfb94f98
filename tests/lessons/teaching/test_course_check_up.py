"""The check-up before and after the course: other questions each time, equally hard, and what was gained."""

from __future__ import annotations

from datetime import UTC, datetime
from statistics import mean

import pytest

from coffeeshop.lessons.authoring.recovery import simulated_answer
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.play.check_up_rows import (
    AFTER_COURSE,
    BEFORE_COURSE,
    COURSE_COUNT,
    CourseCheckUp,
    current_course_check_up,
    last_complete,
)
from coffeeshop.lessons.play.membership import Assignment, Membership
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.recall import Met, repetitions
from coffeeshop.lessons.scenario.dice import Dice
from coffeeshop.lessons.teaching.course_check_up import (
    BELIEF_CHANCE,
    begun_check_up,
    believed_after,
    form_difficulty,
    judge_chosen,
    next_question,
    question_keys,
)
from coffeeshop.lessons.teaching.gain import MIN_SAMPLE, gain_of_answers, gain_of_pairs
from coffeeshop.lessons.teaching.suspicions import check_up_table, told_suspicions
from coffeeshop.views.course_check_up import course_result_rows

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
SEEDS = range(40)


def take(
    moment: str, seed: int, planted: frozenset[str] = frozenset(), dice: Dice | None = None
) -> CourseCheckUp:
    """The check-up of a simulated learner with these misconceptions."""
    check_up = CourseCheckUp(moment, seed)
    for key in question_keys(moment, seed):
        question = check_up_table()[key]
        answer = simulated_answer(planted, question, dice or Dice(key))
        is_right = answer == question.answer
        check_up = check_up.after_answer(f"{key}.{answer}", is_right)
    return check_up


def meetings_of(*check_ups: CourseCheckUp) -> list[Met]:
    """What a save keeps of check-ups."""
    return [
        Met(
            AT,
            CourseCheckUp(each.moment, each.seed, each.answers[:at]).subject_of(key),
            each.answers[at],
        )
        for each in check_ups
        for at, key in enumerate(each.chosen)
    ]


def test_the_questions_before_and_after_are_on_the_same_skills_and_none_comes_twice():
    asked = [question_keys(moment, 7) for moment in (BEFORE_COURSE, AFTER_COURSE)]
    before, after = ({key.partition(".")[0] for key in keys} for keys in asked)
    assert before == after
    assert len(before) == COURSE_COUNT
    assert not {*asked[0]} & {*asked[1]}
    assert asked[0] == question_keys(BEFORE_COURSE, 7) != question_keys(BEFORE_COURSE, 8)


def test_a_question_is_asked_as_the_table_judges_it():
    check_up = CourseCheckUp(BEFORE_COURSE, 3)
    for _ in range(COURSE_COUNT):
        question = next_question(check_up)
        check_up = check_up.after_answer(question.answer_key(question.right), True)
    assert all(answer.is_right for answer in judge_chosen(check_up))


def test_every_check_up_is_equally_hard_for_simulated_learners():
    hard = [
        form_difficulty(moment, seed)
        for moment in (BEFORE_COURSE, AFTER_COURSE)
        for seed in SEEDS
    ]
    assert max(hard) - min(hard) < 0.5, "less than half a question of ten"
    ids = [*misconceptions()]
    differences = list[int]()
    for seed in range(200):
        dice = Dice(f"calibration {seed}")
        planted = frozenset(id for id in ids if dice.below(100) < 100 * BELIEF_CHANCE)
        before, after = (
            take(moment, seed, planted, dice) for moment in (BEFORE_COURSE, AFTER_COURSE)
        )
        differences.append(after.right_count - before.right_count)
    assert abs(mean(differences)) < 0.35, "nobody has learned anything"


def test_a_pack_without_the_lessons_asks_and_tells_the_result_too(
    monkeypatch: pytest.MonkeyPatch,
):
    for module in ("lessons.teaching.check_up", "views.course_check_up"):
        monkeypatch.setattr(f"coffeeshop.{module}.pages_by_skill", dict)
    assert next_question(CourseCheckUp(AFTER_COURSE, 5)).choices
    check_up = take(BEFORE_COURSE, 7, frozenset({"M16"}))
    rows = [row.text for row in course_result_rows(check_up, ())]
    assert "Limit which roles someone can pass." in rows


def test_answers_to_other_questions_are_refused():
    with pytest.raises(ValueError, match="other questions"):
        judge_chosen(
            CourseCheckUp(BEFORE_COURSE, 9, (True,), take(BEFORE_COURSE, 7).chosen[:1])
        )


def test_the_answers_of_a_learner_without_a_misconception_tell_of_none_and_others_tell_of_theirs():
    assert told_suspicions(believed_after(take(BEFORE_COURSE, 7).chosen)) == ()
    told = told_suspicions(
        believed_after(take(BEFORE_COURSE, 7, frozenset({"M16"})).chosen)
    )
    assert told[0].misconception.id == "M16"


def test_a_check_up_that_was_left_goes_on_and_the_one_after_belongs_to_the_one_before():
    before = take(BEFORE_COURSE, 7)
    begun = meetings_of(before)[:4]
    assert current_course_check_up(begun, BEFORE_COURSE).chosen == before.chosen[:4]
    done = meetings_of(before)
    assert last_complete(done, BEFORE_COURSE) == before
    assert current_course_check_up(done, AFTER_COURSE) == CourseCheckUp(AFTER_COURSE, 7)
    assert current_course_check_up(done, BEFORE_COURSE).answers == ()
    assert repetitions(done) == {}, "no morning asks it again"


def test_a_class_asks_each_learner_their_own_questions_once():
    progress = Progress(None)
    progress.join_class(
        Membership("IAM-101", 4000, 4000, 1, (Assignment("check-up-before"),))
    )
    assert begun_check_up(progress, BEFORE_COURSE).seed == 4000
    progress.record_meetings(*meetings_of(take(BEFORE_COURSE, 4000)))
    assert begun_check_up(progress, BEFORE_COURSE).is_complete
    progress.close()


def test_a_gain_has_limits_and_fewer_than_twelve_show_none():
    assert gain_of_pairs([(0, 1)] * (MIN_SAMPLE - 1)) is None
    some_gain = gain_of_pairs([(0, 1)] * MIN_SAMPLE)
    assert some_gain is not None
    assert some_gain.difference == 1
    assert 0 < some_gain.low < some_gain.high == 1, "equal changes are no certainty"
    even = gain_of_pairs([(0, 1), (1, 0)] * MIN_SAMPLE)
    assert even is not None
    assert even.low < 0 < even.high
    assert not even.is_certain
    assert gain_of_answers([True] * 5, [True] * 6) is None
    alone = gain_of_answers([False] * 10, [True] * 10)
    assert alone is not None
    assert alone.is_certain
