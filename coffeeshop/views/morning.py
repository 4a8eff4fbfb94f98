"""A morning question as rows: the earlier commands, the question, and the answer with the misconception."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.play.quiz import Prediction
from coffeeshop.lessons.sitting.policy_text import grammar_of
from coffeeshop.lessons.teaching.morning import MorningQuestion
from coffeeshop.policy.simulation.simulate import EvalDecision
from coffeeshop.views.policy.policy_text import policy_in_words
from coffeeshop.views.quiz import answer_rows, caller_and_request
from coffeeshop.views.rows import Row


def rows_before(question: MorningQuestion) -> Iterator[Row]:
    """Yield the situation: the commands that came before the question, and the meaning of their documents."""
    if question.told:
        yield Row(question.told)
        for name, text in question.documents.items():
            yield Row(f"{name}: {text}", role="code", indent=1)
        yield Row("No other policy applies.")
        return
    if question.lines:
        yield Row(f"In “{question.title}”, with other names, someone typed:")
        yield from (Row(f"$ {line}", role="code", indent=1) for line in question.lines)
    for name, text in question.documents.items():
        yield Row(f"{name} says:")
        yield from policy_in_words(text, grammar_of(text))


def question_rows(question: MorningQuestion) -> tuple[Row, ...]:
    """Return the caller, the request and the question as rows."""
    if question.told:
        rest = ""
    elif question.lines:
        rest = ", after that"
    else:
        rest = f", in the shop of “{question.title}” as it was at first"
    return (
        *caller_and_request(question.prediction.ticket),
        Row(f"What will AWS decide{rest}?", role="name"),
    )


def morning_answer_rows(
    question: MorningQuestion, eval_decision: EvalDecision
) -> Iterator[Row]:
    """Yield AWS's decision with its reason, and the misconception that the question tests."""
    asked_prediction = question.prediction
    misconception = misconceptions().get(question.subject)
    if misconception is None:
        yield from answer_rows(asked_prediction, eval_decision)
        return
    yield from answer_rows(
        Prediction(
            asked_prediction.ticket, f"Some people believe: {misconception.believed}"
        ),
        eval_decision,
    )
    yield Row(f"In fact: {misconception.holds}", indent=1)
