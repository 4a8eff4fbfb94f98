"""Predict questions: what is asked, and what the engine says to it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from coffeeshop.lessons.model import Quiz
from coffeeshop.lessons.play.quiz import predict_answer
from coffeeshop.shop.mark import Mark
from coffeeshop.views.quiz import (
    CHOICE_LETTERS,
    answer_rows,
    asker_text,
    asks,
    caller_and_request,
)
from coffeeshop.views.rows import lines
from tests.views.plays import played, scenario


def caller_of(number: str, quiz: Quiz) -> str:
    return caller_and_request(predict_answer(scenario(number), quiz).ticket)[0].text


def test_a_question_says_who_asks_what_and_with_which_badge() -> None:
    (quiz,) = scenario("20").quizzes
    assert lines(asks(quiz, played("20"))) == (
        "Sam, signed in with a password, runs:\n  $ aws s3api list-objects-v2 --bucket coffeeshop-receipts\n"
        "What will AWS decide in the shop, as it is now?"
    )


def test_a_question_about_a_session_says_for_how_long_it_was_worn() -> None:
    before, after = scenario("17").quizzes
    assert caller_of("17", before) == "Bo, in the role Inventory, runs:"
    assert caller_of("17", after) == "Bo, in the role Cashier for 35 minutes, runs:"


@pytest.mark.parametrize("id", ["01", "03", "10", "17"])
def test_once_anything_was_done_every_question_says_that_it_is_about_the_shop_before_that(
    id: str,
) -> None:
    untouched, touched = played(id), played(id, "aws sts get-caller-identity")
    for quiz in untouched.scenario.quizzes:
        assert (
            asks(quiz, untouched)[-1].text
            == "What will AWS decide in the shop, as it is now?"
        )
        said = "What will AWS decide in the shop, as it was at the start?"
        assert asks(quiz, touched)[-1].text == said


def test_somebody_of_another_account_is_called_by_role_and_account() -> None:
    (quiz,) = scenario("25").quizzes
    assert (
        caller_of("25", quiz)
        == "Courier in account 444455556666, with permission there, runs:"
    )
    anybody = replace(quiz, want=replace(quiz.want, who="account/444455556666"))
    assert (
        asker_text(predict_answer(scenario("25"), anybody).ticket)
        == "Someone in account 444455556666, with permission there"
    )


def test_what_an_account_of_the_story_allows_is_asked_there_and_not_taken_for_granted() -> (
    None
):
    (quiz,) = scenario("37").quizzes
    said = asker_text(predict_answer(scenario("37"), quiz).ticket)
    assert said == "Cashier in account 222233334444"


@pytest.mark.parametrize("letter", CHOICE_LETTERS)
def test_the_answer_is_the_engines_whatever_was_said(letter: str) -> None:
    (quiz,) = scenario("05").quizzes
    said = CHOICE_LETTERS[letter]
    rows = answer_rows(predict_answer(scenario("05"), quiz), said)
    decided = next(row for row in rows if row.word.endswith("AWS decides"))
    assert predict_answer(scenario("05"), quiz).answer == "implicitDeny"
    assert (decided.mark, decided.text) == (Mark.OK, "implicit deny: nothing says yes")
    assert rows[-1].text == quiz.why


def test_another_prediction_is_crossed_out_above_the_answer() -> None:
    (quiz,) = scenario("05").quizzes
    assert lines(
        answer_rows(predict_answer(scenario("05"), quiz), "explicitDeny")[:2]
    ).splitlines() == [
        "✗ You said: explicit deny: a statement says no",
        "✓ AWS decides: implicit deny: nothing says yes",
    ]
    assert (
        answer_rows(predict_answer(scenario("05"), quiz), "implicitDeny")[0].word
        == "You are right. AWS decides"
    )


def test_a_key_is_spoken_of_only_where_the_author_names_it() -> None:
    said = {caller_of(id, quiz) for id in ("03", "04") for quiz in scenario(id).quizzes}
    assert "Till, with an access key, runs:" in said
    assert {"Casey runs:", "Robin runs:"} <= said


def test_who_shows_no_badge_is_not_said_to_show_a_key() -> None:
    *_, after = scenario("01").quizzes
    assert caller_of("01", after) == "Someone without credentials runs:"
