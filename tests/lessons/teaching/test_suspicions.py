"""What a learner may believe follows from their guesses, answers and findings, and from nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.teaching.suspicions import (
    ALLOWED,
    GUESSED,
    SeenExample,
    best_question,
    most_telling,
    seen_examples,
    still_fitting,
    suspicions,
)
from tools.write_refutations import refutation_text

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
QUESTIONS = [each for each in seen_examples() if each.kind in ("guess", "question")]
ASKED = sorted({id for question in QUESTIONS for id in question.predicted})
LETTERS = {allowed: letter for letter, allowed in GUESSED.items()}


def letters(id: str = "") -> dict[str, dict[int, str]]:
    """Every guess of somebody with a misconception, or of somebody with none."""
    guesses: dict[str, dict[int, str]] = {}
    for example in seen_examples():
        if example.kind == "guess":
            letter = LETTERS[example.prediction(id) == ALLOWED]
            guesses.setdefault(example.scenario, {})[example.number] = letter
    return guesses


def answers(id: str = "") -> list[Met]:
    """Every answer to a question before a play of somebody with a misconception, or with none."""
    return [
        Met(AT + timedelta(minutes=n), each.subject, each.prediction(id) == each.answer)
        for n, each in enumerate(seen_examples())
        if each.subject
    ]


def test_the_table_is_what_the_engine_computes():
    from coffeeshop.lessons.scenario.find import course

    assert (course() / "refutations.json").read_text("utf-8") == refutation_text()


def test_a_learner_without_any_misconception_is_told_of_none():
    assert suspicions({}, ()) == ()
    assert suspicions(letters(), answers()) == ()


@pytest.mark.parametrize("id", ASKED)
def test_a_learner_who_answers_by_a_misconception_is_told_of_it_with_an_example(id: str):
    told = {each.misconception.id: each for each in suspicions(letters(id), answers(id))}
    two_ways = any(
        (each.predicted[id] == ALLOWED) != (each.answer == ALLOWED) or each.subject
        for each in QUESTIONS
        if id in each.predicted
    )
    if two_ways:
        assert id in told
        example = told[id].example
        assert example is not None
        assert id in example.predicted


def test_what_the_grade_found_is_suspected_until_an_answer_speaks_against_it():
    wrong = Met(AT, "M08", right=False)
    (told,) = suspicions({}, [wrong])
    assert told.misconception.id == "M08"
    right = Met(AT + timedelta(days=1), "M08", right=True)
    assert suspicions({}, [right, wrong]) == ()


def test_a_planted_misconception_is_recovered_within_six_questions_in_95_of_100_cases():
    recovered = 0
    for planted in ASKED:
        first = next(question for question in QUESTIONS if planted in question.predicted)
        candidates = still_fitting(ASKED, first, first.prediction(planted))
        for _ in range(6):
            question = best_question(candidates, QUESTIONS)
            if question is None:
                break
            candidates = still_fitting(candidates, question, question.prediction(planted))
        recovered += candidates == (planted,)
    assert recovered >= 0.95 * len(ASKED)


def test_no_question_is_best_where_none_tells_the_candidates_apart():
    question = SeenExample("00-x", "", 1, "question", ALLOWED, {"M01": "explicitDeny"})
    assert best_question(["M02", "M03"], [question]) is None
    assert best_question(["M01", "M02"], [question]) == question


def test_the_question_that_tells_candidates_apart_is_asked_first():
    (first, *_) = [
        each.subject for each in seen_examples() if "M33" in each.predicted and each.subject
    ]
    assert most_telling(["M55", first], ["M33", "M55", "M56", "M57"])[0] in (first, "M55")
    assert most_telling(["M56", first], ["M33", "M55"]) == (first, "M56")
    assert most_telling(["M56", "M57"], []) == ("M56", "M57")
