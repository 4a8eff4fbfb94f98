"""The word `check-up`: six questions in a row, their explanations, and the chapter that is skipped afterwards."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.lessons.play.check_up_rows import COURSE_COUNT, QUESTION_COUNT
from coffeeshop.lessons.teaching.course_check_up import next_question
from coffeeshop.plain.shell import Shell
from coffeeshop.views.check_up import CHOICE_LETTERS, right_letter
from tests.plain.session import Session, session
from tests.plain.test_empty import said
from tools.gallery import prepare


def right_answer(shell: Shell) -> str:
    """The letter that is right for the question at hand."""
    current = shell.check_up
    assert current is not None
    return right_letter(next_question(current))


def answer_all(plain: Session, wrong: int = 0) -> str:
    """Answer chapter 2's questions, the first ones wrongly. Return the last answer."""
    said(plain, "check-up 2")
    answer = ""
    for number in range(QUESTION_COUNT):
        right = right_answer(plain.shell)
        letter = (
            next(each for each in CHOICE_LETTERS if each != right)
            if number < wrong
            else right
        )
        answer = said(plain, letter)
    return answer


def test_check_up_alone_lists_the_chapters_with_their_last_result(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        assert "2 Receipts and policies: not yet" in said(plain, "check-up")
        answer_all(plain, wrong=2)
        assert "2 Receipts and policies: 4 of 6 right" in said(plain, "check-up")


def test_a_bare_letter_answers_and_a_wrong_one_is_explained(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        assert "Question 1 of 6" in said(plain, "check-up 2")
        right = right_answer(plain.shell)
        wrong = next(letter for letter in CHOICE_LETTERS if letter != right)
        answer = said(plain, wrong)
        assert "✗ You said" in answer
        assert "teaches it" in answer
        assert "Question 2 of 6" in answer
        assert "✓ You are right" in said(plain, right_answer(plain.shell))


def test_enough_right_answers_offer_to_skip_and_next_scenario_goes_past_the_chapter(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite") as plain:
        prepare(plain.shell.player.progress, "04", graded=True)
        assert "`play 05-" in said(plain, "list")
        assert "`check-up 2 skip` skips the chapter." in answer_all(plain, wrong=1)
        assert "suggested first" in said(plain, "check-up 2 skip")
        assert "shown by check-up" in said(plain, "check-up")
        assert "2 Receipts and policies, shown by check-up" in said(plain, "progress")
        assert "`play 10-" in said(plain, "list")
        assert "in its place again" in said(plain, "check-up 2 keep")
        assert "`play 05-" in said(plain, "list")


def test_too_few_right_answers_skip_nothing(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        assert "skip a chapter" in answer_all(plain, wrong=2)
        assert "Not skipped" in said(plain, "check-up 2 skip")
        assert "takes the number of a chapter" in said(plain, "check-up 77")


def test_a_check_up_that_was_left_goes_on_in_the_next_session(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        said(plain, "check-up 2")
        said(plain, right_answer(plain.shell))
    with session(tmp_path / "ana.sqlite") as plain:
        assert "1 of 6 answered" in said(plain, "check-up")
        assert "Question 2 of 6" in said(plain, "check-up 2")


def test_a_word_that_is_no_answer_begins_no_check_up(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        answer = said(plain, "check-up 7 unskip")
        assert "“unskip” isn't an answer" in answer
        assert "`keep`" in answer
        assert "Question" not in answer
        assert plain.shell.check_up is None


def test_a_letter_out_of_range_says_which_choices_there_are(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        said(plain, "check-up 6")  # each of its questions has three choices
        current = plain.shell.check_up
        answer = said(plain, "d")
        assert "d isn't a choice here. The choices are a, b, c." in answer
        assert "Question 1 of 6" in answer
        assert plain.shell.check_up == current


def test_a_letter_answers_no_question_that_was_not_shown(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        answer = said(plain, "check-up 2 a")
        assert "This check-up is new." in answer
        assert "Question 1 of 6" in answer
        assert "Question 2 of 6" in said(plain, "check-up 2 a")


def test_the_result_names_no_word_that_the_shell_lacks(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        answer = answer_all(plain)
        assert "all other scenarios are suggested first" in answer.replace("\n", " ")
        assert "Next scenario" not in answer


def test_a_check_up_is_said_to_be_kept_from_the_first_answer_on(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        begun = said(plain, "check-up 2")
        assert "none of it is saved" in begun
        assert "later, `check-up 2" not in begun
        assert "later, `check-up 2 a`" in said(plain, right_answer(plain.shell))


def test_the_check_ups_before_and_after_tell_nothing_until_the_end_and_then_what_was_gained(
    tmp_path: Path,
):
    with session(tmp_path / "ana.sqlite") as plain:
        assert "This check-up is new." in said(plain, "check-up before b")
        answers = [said(plain, "a") for _ in range(COURSE_COUNT)]
        assert not any("You are right" in answer for answer in answers)
        assert f"Question {COURSE_COUNT} of {COURSE_COUNT}" in answers[-2]
        assert f" of {COURSE_COUNT} right." in answers[-1]
        assert "teaches it." in answers[-1]
        assert "before the course: " in said(plain, "check-up")
        answer = said(plain, "check-up after")
        for _ in range(COURSE_COUNT):
            answer = said(plain, right_answer(plain.shell))
        assert "From before to after" in answer
        assert "10 of 10 right" in answer
        assert "You may believe" not in answer
        assert "In 95 of 100 such cases" in answer
