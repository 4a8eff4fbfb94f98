"""Answer the word `predict`: ask what AWS will decide, one question at a time. It is never scored."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.play.quiz import DECISION_CHOICES
from coffeeshop.lessons.sitting.answers import Predicted
from coffeeshop.lessons.teaching.bookmark import passed_over
from coffeeshop.plain.asking import full_step, step_cause
from coffeeshop.plain.next_step import next_step_rows
from coffeeshop.plain.nothing import which_question
from coffeeshop.plain.shell import Shell, current_wall_time, expect_answer
from coffeeshop.policy.simulation.simulate import EvalDecision
from coffeeshop.views.quiz import CHOICE_LETTERS, answer_rows, asks
from coffeeshop.views.rows import Row


def unanswered_questions(shell: Shell) -> list[int]:
    """Return the numbers of the unanswered questions.

    The questions before the play come first. Once the scenario is mastered, those after it do.
    """
    sitting = shell.sitting
    unanswered = [number for number in sitting.questions if number not in sitting.predicted]
    questions_before = [n for n in unanswered if sitting.questions[n].when == "before"]
    questions_after = [n for n in unanswered if sitting.questions[n].when != "before"]
    if sitting.mastered:
        return questions_after + questions_before
    return questions_before + questions_after


def asks_first(shell: Shell) -> bool:
    """Return whether an unanswered question comes before the first act, and the learner didn't skip it."""
    sitting = shell.sitting
    has_question_before = any(
        sitting.questions[number].when == "before" for number in unanswered_questions(shell)
    )
    return (
        has_question_before
        and not passed_over(shell.player.progress, sitting.scenario.id)
        and not sitting.play.outcomes
    )


def after_question(shell: Shell) -> int:
    """Return the number of an unanswered question that comes after three stars. 0: there is none."""
    questions = shell.sitting.questions
    for number in unanswered_questions(shell):
        if questions[number].when == "after":
            return number
    return 0


def onward(shell: Shell, rest: str) -> Iterator[Row]:
    """Yield the next step, in full, or why it is needed."""
    match rest:
        case "full":
            yield from full_step(shell)
        case "why":
            yield from step_cause(shell)
        case _:
            yield from next_step_rows(shell)


def predict(shell: Shell, rest: str) -> Iterator[Row]:
    """Ask a question: the one of a number, or else the first that isn't answered yet.

    With a letter after the number, yield AWS's decision.
    """
    may = shell.sitting.questions
    if not may:
        yield Row("There is nothing to predict here.")
        return
    first, letter, *_ = *rest.lower().split(), "", ""  # "" if not typed
    number = next((number for number in may if first == str(number)), 0)
    if first.isdecimal() and not number:
        yield Row(which_question(tuple(may)))
        return
    if number and letter in CHOICE_LETTERS:
        yield from _predict_rows(shell, number, CHOICE_LETTERS[letter])
        return
    number = number or next(iter(unanswered_questions(shell)), 0)
    if not number:
        again = (
            "`predict 1` asks it again"
            if len(may) == 1
            else "`predict 1` asks the first again"
        )
        yield Row(f"You have answered every question here. {again}.")
        return
    if len(may) > 1:
        yield Row(f"Question {number} of {len(may)}", role="muted")
    yield from asks(may[number], shell.sitting.play)
    yield from (
        Row(DECISION_CHOICES[answer], word=letter, indent=1)
        for letter, answer in CHOICE_LETTERS.items()
    )
    yield Row(expect_answer(shell, f"predict {number}"))


def _predict_rows(shell: Shell, number: int, eval_decision: EvalDecision) -> Iterator[Row]:
    """Yield AWS's decision on a question, and what comes next."""
    predicted = shell.player.predict(number, eval_decision, current_wall_time())
    if not isinstance(predicted, Predicted):
        return
    unnamed = shell.sitting.unnamed_statements
    yield from answer_rows(predicted.asked, eval_decision, unnamed)
    if unanswered_questions(shell):
        yield Row("`predict` asks the next question.")
    elif not shell.sitting.play.outcomes:
        yield from next_step_rows(shell)
