"""What a learner may believe follows from their guesses, answers and findings, and from nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coffeeshop.lessons.authoring.recovery import (
    answers_alike,
    asked_examples,
    measure_recovery,
)
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.play.check_up_rows import CheckUp
from coffeeshop.lessons.play.recall import Met
from coffeeshop.lessons.teaching.belief_chances import (
    Answer,
    BeliefChances,
    weigh_answers,
)
from coffeeshop.lessons.teaching.suspicions import (
    ALLOWED_CHOICE,
    ASKING_KINDS,
    GUESS_LETTERS,
    SeenExample,
    belief_chances,
    best_question,
    check_up_table,
    most_telling,
    refuting_example,
    seen_examples,
    suspicions,
)
from tests.examples import choose_cases
from tests.tables import check_rows, each_row
from tools.write_refutations import refutation_text

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
QUESTIONS = [each for each in seen_examples() if each.kind in ("guess", "question")]
ASKED = sorted({id for question in QUESTIONS for id in question.predicted})
LETTERS = {allowed: letter for letter, allowed in GUESS_LETTERS.items()}


def letters(id: str = "") -> dict[str, dict[int, str]]:
    """Every guess of somebody with a misconception, or of somebody with none."""
    guesses: dict[str, dict[int, str]] = {}
    for example in seen_examples():
        if example.kind == "guess":
            letter = LETTERS[example.prediction(id) == ALLOWED_CHOICE]
            guesses.setdefault(example.scenario, {})[example.number] = letter
    return guesses


def answers(id: str = "") -> list[Met]:
    """Every answer to a question before a play of somebody with a misconception, or with none."""
    return [
        Met(AT + timedelta(minutes=n), each.subject, each.prediction(id) == each.answer)
        for n, each in enumerate(seen_examples())
        if each.subject
    ]


def test_each_misconception_that_predicts_an_answer_is_asked_about():
    asked = {
        id for each in seen_examples() if each.kind in ASKING_KINDS for id in each.predicted
    }
    assert asked == {row.id for row in misconceptions().values() if row.rule}


def test_questions_tell_apart_misconceptions_that_are_near_each_other():
    """Each row: a question, a misconception that predicts a wrong answer to it, and one that doesn't."""
    rows = (
        ("create-key.0.0", "M62", "M18"),  # the older key works: no call deleted it
        ("exact-deny.5.0", "M37", "M40"),
        ("session-length.0.0", "M07", "M49"),
        ("session-length.0.1", "M49", "M07"),
        ("session-policy.0.0", "M42", "M75"),
        ("session-policy.1.0", "M75", "M42"),
        ("condition.2.0", "M56", "M02"),  # where AWS allows, only a Deny can be believed
        ("bucket-or-objects.2.1", "M28", "M02"),
    )

    def check(key: str, predicting: str, agreeing: str) -> None:
        predicted = check_up_table()[key].predicted
        assert predicting in predicted
        assert agreeing not in predicted

    check_rows(check, rows)


def test_the_table_is_what_the_engine_computes():
    from coffeeshop.lessons.scenario.find import course

    assert (course() / "refutations.json").read_text("utf-8") == refutation_text()


def test_a_learner_without_any_misconception_is_told_of_none():
    assert suspicions({}, ()) == ()
    assert suspicions(letters(), answers()) == ()


@each_row((id,) for id in ASKED)
def test_a_learner_who_answers_by_a_misconception_is_told_of_it_with_an_example(id: str):
    told = {each.misconception.id: each for each in suspicions(letters(id), answers(id))}
    two_ways = any(
        (each.predicted[id] == ALLOWED_CHOICE) != (each.answer == ALLOWED_CHOICE)
        or each.subject
        for each in QUESTIONS
        if id in each.predicted
    )
    if two_ways:
        assert id in told
        example = told[id].example
        assert example is not None
        assert id in example.predicted or misconceptions()[id].shown


def test_what_the_grade_found_is_suspected_until_an_answer_speaks_against_it():
    wrong = Met(AT, "M08", right=False)
    (told,) = suspicions({}, [wrong])
    assert told.misconception.id == "M08"
    right = Met(AT + timedelta(days=1), "M08", right=True)
    assert suspicions({}, [right, wrong]) == ()


@pytest.mark.parametrize(("planted_count", "few"), [(1, 12), (2, 40), (3, 40)])
def test_planted_misconceptions_are_recovered_within_six_questions(
    planted_count: int, few: int
):
    (learners,) = choose_cases([few], [1000])
    assert measure_recovery(learners, planted_count).share >= 0.95


def test_sets_of_misconceptions_answer_alike_if_no_question_tells_them_apart():
    questions = asked_examples()
    broad, hidden, other = "M02", "M23", "M09"
    assert answers_alike(frozenset({broad}), frozenset({broad, hidden}), questions)
    assert not answers_alike(frozenset({hidden}), frozenset({broad, hidden}), questions)
    assert not answers_alike(frozenset({broad}), frozenset({broad, other}), questions)
    (unasked, *_) = (id for id in misconceptions() if id not in ASKED)
    assert not answers_alike(frozenset({broad}), frozenset({broad, unasked}), questions)


def test_a_wrong_answer_does_not_end_a_misconception_that_predicts_another_wrong_answer():
    known = weigh_answers([Answer(False, frozenset({"M33"}), frozenset({"M33"}))])
    later = Answer(False, frozenset({"M55"}), frozenset({"M33", "M55"}))
    both = weigh_answers([Answer(False, frozenset({"M33"}), frozenset({"M33"})), later])
    assert both.chance("M33") == known.chance("M33")


def test_a_simulated_learner_without_any_misconception_is_told_of_none():
    (learners,) = choose_cases([2], [1000])
    assert measure_recovery(learners, 0).share == 1


def test_no_question_is_best_where_there_is_none():
    chances = belief_chances({}, [Met(AT, "M01", right=False)])
    telling = SeenExample(
        "00-x", "", 1, "question", ALLOWED_CHOICE, {"M01": "explicitDeny"}
    )
    idle = SeenExample("00-x", "", 2, "question", ALLOWED_CHOICE, {"M02": "explicitDeny"})
    assert best_question(chances, []) is None
    assert best_question(chances, [idle, telling]) == telling


def test_the_question_that_tells_candidates_apart_is_asked_first():
    (first, *_) = [
        each.subject for each in seen_examples() if "M33" in each.predicted and each.subject
    ]
    tied = frozenset({"M33", "M55"})
    chances = weigh_answers([Answer(False, tied, tied)])
    assert most_telling(["M56", first], chances) == (first, "M56")
    assert most_telling(["M56", "M57"], BeliefChances()) == ("M56", "M57")


def test_two_explanations_of_one_answer_share_its_weight_and_a_second_answer_tells_them_apart():
    tied = frozenset({"M33", "M55"})
    doubtful = weigh_answers([Answer(False, tied, tied)])
    assert doubtful.chance("M33") == doubtful.chance("M55") < 0.5
    alone = frozenset({"M33"})
    settled = weigh_answers([Answer(False, tied, tied), Answer(True, frozenset(), alone)])
    assert settled.chance("M55") > 0.6
    assert "M33" not in settled.suspected


def test_an_answer_in_a_check_up_speaks_for_what_predicts_that_choice():
    key, question = next(
        (key, each) for key, each in check_up_table().items() if len(each.predicted) == 1
    )
    (id,) = question.predicted
    subject = CheckUp(3, 7).subject_of(f"{key}.{question.answers_of(id)[0]}")
    (told,) = suspicions({}, [Met(AT, subject, right=False)])
    assert told.misconception.id == id


def test_every_page_that_a_misconception_names_has_an_example() -> None:
    for id, misconception in misconceptions().items():
        example = refuting_example(id)
        if misconception.shown:
            assert example is not None
            assert f"{example.scenario}, {example.page}" == misconception.shown
