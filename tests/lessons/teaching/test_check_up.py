"""The check-up: questions that the engine answers, the same for the same seed, and chapters that are shown by them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coffeeshop.lessons.play.check_up_rows import (
    COUNT,
    ENOUGH,
    CheckUp,
    current_check_up,
    last_check_ups,
    skip_subject,
    skipped_chapters,
)
from coffeeshop.lessons.play.quiz import CHOICES
from coffeeshop.lessons.play.recall import Met, beliefs
from coffeeshop.lessons.teaching.check_up import (
    CheckQuestion,
    checked_chapters,
    draw_questions,
    questions_of,
)
from coffeeshop.lessons.teaching.teaching_pages import skills_by_chapter
from coffeeshop.policy.simulation.simulate import decision_name
from tests.examples import examples

AT = datetime(2026, 12, 1, 8, tzinfo=UTC)
CHAPTERS = (*checked_chapters(),)
SEEDS = st.integers(0, 999_999_999)
ALL_SKILLS = [id for ids in checked_chapters().values() for id in ids]


def text_of(question: CheckQuestion) -> str:
    """All that a learner sees of a question."""
    lines = [line.text for line in question.ticket.want.do]
    return "\n".join(
        (question.told, *question.policies.values(), *lines, *question.choices)
    )


def test_every_chapter_before_the_capstones_has_a_check_up():
    assert tuple(range(1, 9)) == CHAPTERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_check_up_asks_six_different_questions_on_skills_of_its_chapter(chapter: int):
    asked = questions_of(CheckUp(chapter, 7))
    assert len({text_of(question) for question in asked}) == COUNT
    assert {question.skill for question in asked} <= {*skills_by_chapter()[chapter]}


@examples(8)
@given(st.sampled_from(CHAPTERS), SEEDS)
def test_the_same_seed_asks_the_same_and_another_seed_asks_something_else(
    chapter: int, seed: int
):
    ids = checked_chapters()[chapter]
    first = [text_of(question) for question in draw_questions(ids, seed)]
    assert first == [text_of(question) for question in draw_questions(ids, seed)]
    assert first != [text_of(question) for question in draw_questions(ids, seed + 1)]


@pytest.mark.parametrize("seed", range(2))
def test_every_row_has_one_right_choice_among_different_ones_and_its_request_is_decided(
    seed: int,
):
    asked = draw_questions(ALL_SKILLS, seed, count=130)
    assert len(asked) > 100
    for question in asked:
        assert 2 <= len({*question.choices}) == len(question.choices) <= 4
        decision = question.ticket.decision
        assert decision is not None
        if question.choices == tuple(CHOICES.values()):
            assert [*CHOICES][question.right] == decision_name(decision)
        assert "<" not in text_of(question)
        assert question.why.count(". ") == 1, "two sentences explain it"


def test_the_right_choice_has_no_favourite_place():
    asked = draw_questions(ALL_SKILLS, 3, count=130)
    fixes = [question for question in asked if question.choices[0][0] in "a{"]
    places = {q.right for q in fixes if q.choices != tuple(CHOICES.values())}
    assert len(places) >= 3


# --------------------------------------------------------------------------- answers
def answered(chapter: int, seed: int, *answers: bool) -> list[Met]:
    """The meetings of a check-up with these answers."""
    return [
        Met(AT, CheckUp(chapter, seed, answers[:number]).next_subject, right)
        for number, right in enumerate(answers)
    ]


def test_five_of_six_right_answers_are_enough():
    good = [True] * ENOUGH
    assert last_check_ups(answered(3, 7, *good, False))[3].is_enough
    assert not last_check_ups(answered(3, 7, *good[1:], False, False))[3].is_enough
    assert not last_check_ups(answered(3, 7, *good))[3].is_enough, "one is missing"


def test_a_check_up_that_was_left_goes_on_and_a_complete_one_is_followed_by_another():
    begun = answered(3, 7, True, False)
    assert current_check_up(begun, 3) == CheckUp(3, 7, (True, False))
    assert current_check_up(begun, 4).answers == ()
    done = answered(3, 7, *[True] * COUNT)
    assert current_check_up(done, 3, seed=8) == CheckUp(3, 8)


def test_only_the_last_check_up_of_a_chapter_counts():
    meetings = [*answered(3, 7, *[True] * COUNT), *answered(3, 8, *[False] * COUNT)]
    assert last_check_ups(meetings)[3] == CheckUp(3, 8, (False,) * COUNT)


def test_a_chapter_is_skipped_until_that_is_taken_back():
    skipped = [Met(AT, skip_subject(3), True)]
    assert skipped_chapters(skipped) == {3}
    assert skipped_chapters([*skipped, Met(AT, skip_subject(3), False)]) == frozenset()


def test_no_morning_asks_what_a_check_up_has_asked():
    assert beliefs(answered(3, 7, False, False)) == {}
