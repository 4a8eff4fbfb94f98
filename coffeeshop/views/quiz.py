"""A predict question as rows: what is asked before anybody knows, and what the engine said to it. Never scored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from coffeeshop.lessons.model import Play, Quiz
from coffeeshop.lessons.play.quiz import CHOICES, Prediction
from coffeeshop.policy.evaluation.explain import explain_decision
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import Want
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital

if TYPE_CHECKING:
    from coffeeshop.policy.simulation.simulate import EvalDecision

LETTERS: dict[str, EvalDecision] = dict(zip("abc", CHOICES, strict=True))
SHOWN = {
    "password": "signed in with a password",
    "code": "signed in with a code",
}  # by the badge


def asks(quiz: Quiz, play: Play) -> tuple[Row, ...]:
    """Tells who asks for what, and the question, which is about the shop before anything was done in it; the choices are
    `LETTERS`, in the words of `CHOICES`.
    """
    if play.outcomes:
        moment = "found it, before you did anything"
    else:
        moment = "find it"
    return (
        *asking(quiz.want),
        Row(f"What will AWS decide, in the shop as you {moment}?", role="name"),
    )


def asking(want: Want) -> tuple[Row, ...]:
    """Tells who asks for what."""
    return (
        Row(asker(want)),
        *(Row(f"$ {line}", role="code", indent=1) for line in want.do),
    )


def asker(want: Want) -> str:
    """Tells who asks, before what they ask: “Casey asks:”, “Bo, signed in with a code, asks:”."""
    person = asker_text(want)
    return f"{person}{',' if ',' in person else ''} asks:"


def asker_text(want: Want) -> str:
    """Tells who asks, and with what: Bo, wearing the role Inventory for 35 minutes; Courier of another account."""
    kind, _, rest = want.who.partition("/")
    if kind == "account":
        id, _, principal = rest.partition("/")
        return f"{principal.rpartition('/')[2] or 'Somebody'} of the account {id}, whom that account lets ask"
    if kind == "anyone":
        return "Somebody who shows no badge at all"
    if want.who == "root":
        name = "The root user"
    else:
        name = kind.capitalize()
    if want.untold and not want.via:
        return name
    if want.via:
        worn = f"wearing the role {want.via}"
    else:
        worn = SHOWN.get(want.badge, "with an access key")
    minutes = int(want.used.total_seconds() // 60)
    return f"{name}, {worn}{f' for {minutes} minutes' if minutes else ''}"


def answer_rows(
    asked_prediction: Prediction, eval_decision: EvalDecision
) -> tuple[Row, ...]:
    """Tells what AWS decides, below what was said where that is another, and why."""
    return tuple(_answer_row_parts(asked_prediction, eval_decision))


def _answer_row_parts(
    asked_prediction: Prediction, eval_decision: EvalDecision
) -> Iterator[Row]:
    answer = asked_prediction.answer
    decision = asked_prediction.ticket.decision
    if eval_decision != answer:
        yield Row(CHOICES[eval_decision], Mark.MISS, "You said")
    yield Row(
        CHOICES[answer],
        Mark.OK,
        "AWS decides" if eval_decision != answer else "As you said, AWS decides",
    )
    if decision is not None:
        yield Row(f"{capital(explain_decision(decision)).rstrip('.')}.", indent=1)
    yield Row(asked_prediction.why, indent=1)
