"""Say which choice of a check-up's question somebody with a misconception takes.

Under their rule, another request may work. So they take another decision, another call or another statement for right.
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.lessons.misconceptions.predict import (
    expects_success,
    predicted_answer,
    seen_call_of_ticket,
)
from coffeeshop.lessons.misconceptions.table import Misconception, misconceptions
from coffeeshop.lessons.play.quiz import DECISION_CHOICES
from coffeeshop.lessons.scenario.dice import Dice
from coffeeshop.lessons.teaching.check_up import (
    CALL_OUTCOMES,
    CheckQuestion,
    Trial,
    drawn_rows,
    make_question,
)
from coffeeshop.lessons.teaching.suspicions import (
    CHECK_UP_KIND,
    DECISION_QUESTION,
    SeenExample,
)


def check_up_examples() -> Iterator[SeenExample]:
    """Yield each draw of a check-up's question that a misconception answers wrongly."""
    for draws in drawn_rows():
        for drawn in draws:
            question = make_question(drawn, Dice(f"predictions {drawn.key}"))
            predicted = {
                misconception.id: " ".join(str(question.order[each]) for each in choices)
                for misconception in misconceptions().values()
                if misconception.rule
                and (choices := wrong_choices(question, misconception))
            }
            right = str(question.order[question.right])
            page = question.page
            number = DECISION_QUESTION if is_decision(question) else 0
            yield SeenExample(drawn.key, page, number, CHECK_UP_KIND, right, predicted)


def is_decision(question: CheckQuestion) -> bool:
    """Return whether a question asks what AWS decides."""
    return question.choices == tuple(DECISION_CHOICES.values())


def wrong_choices(question: CheckQuestion, misconception: Misconception) -> tuple[int, ...]:
    """Return the choices that somebody with a misconception takes for right. Empty: they see the right one."""
    if not question.trials:
        return ()
    if is_decision(question):
        seen = seen_call_of_ticket(question.ticket, question.trials[0].past)
        answer = predicted_answer(misconception, seen) if seen else ""
        choices = [[*DECISION_CHOICES].index(answer)] if answer in DECISION_CHOICES else []
    elif question.choices == CALL_OUTCOMES:
        choices = [int(not _seems_fixed(question.trials[0], misconception))]
    else:
        choices = [
            number
            for number, trial in enumerate(question.trials)
            if _seems_fixed(trial, misconception)
        ]
    return () if question.right in choices else tuple(choices)


def _seems_fixed(trial: Trial, misconception: Misconception) -> bool:
    """Return whether somebody with a misconception expects the first request to work, and the others not to."""
    ticket, *kept_tickets = trial.tickets
    return expects_success(misconception, ticket, trial.past) and not any(
        expects_success(misconception, kept, trial.past) for kept in kept_tickets
    )
