"""A predict question as rows: the question, then the engine's answer. It is never scored."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from coffeeshop.account.model import Outsider
from coffeeshop.lessons.model import Play, Quiz
from coffeeshop.lessons.play.quiz import DECISION_CHOICES, Prediction, predict_answer
from coffeeshop.policy.model import Statement
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import Ticket
from coffeeshop.views.concealed import is_concealed, reason_text
from coffeeshop.views.rows import Row
from coffeeshop.views.text import capital

if TYPE_CHECKING:
    from coffeeshop.policy.simulation.simulate import EvalDecision

CHOICE_LETTERS: dict[str, EvalDecision] = dict(zip("abc", DECISION_CHOICES, strict=True))
# By kind of credential.
SIGN_IN_TEXTS = {"password": "signed in with a password", "code": "signed in with MFA"}


def asks(quiz: Quiz, play: Play) -> tuple[Row, ...]:
    """Return the caller, the request and the question. It is about the shop before any act of the learner's.

    The choices are `CHOICE_LETTERS`, in the words of `DECISION_CHOICES`.
    """
    if play.outcomes:
        moment = "as it was at the start"
    else:
        moment = "as it is now"
    return (
        *caller_and_request(predict_answer(play.scenario, quiz).ticket),
        Row(f"What will AWS decide in the shop, {moment}?", role="name"),
    )


def caller_and_request(ticket: Ticket) -> tuple[Row, ...]:
    """Return the caller and the request."""
    return (
        Row(caller_phrase(ticket)),
        *(Row(f"$ {line.text}", role="code", indent=1) for line in ticket.want.do),
    )


def caller_phrase(ticket: Ticket) -> str:
    """Return the caller as the beginning of a sentence: “Casey runs:”, “Bo, signed in with MFA, runs:”."""
    person = asker_text(ticket)
    return f"{person}{',' if ',' in person else ''} runs:"


def asker_text(ticket: Ticket) -> str:
    """Return the caller with the credential: "Bo, in the role Inventory for 35 minutes".

    A caller of an account that isn't simulated is taken to be allowed by that account.
    """
    want = ticket.want
    kind, _, rest = want.who.partition("/")
    if kind == "account":
        id, _, principal = rest.partition("/")
        name = f"{principal.rpartition('/')[2] or 'Someone'} in account {id}"
        is_assumed = any(
            isinstance(outcome.act.caller, Outsider) for outcome in ticket.outcomes
        )
        return f"{name}, with permission there" if is_assumed else name
    if kind == "workload":
        return f"The workload {rest}, with its token"
    if kind == "workforce":
        return f"{rest.capitalize()}, signed in through Identity Center"
    if kind == "service":
        return f"The service {rest}"
    if kind == "anyone":
        return "Someone without credentials"
    if kind == "function":
        return f"The function {rest}"
    if want.who == "root":
        name = "The root user"
    else:
        name = kind.capitalize()
    if want.untold and not want.via:
        return name
    if want.via:
        credential_text = f"in the role {want.via}"
    else:
        credential_text = SIGN_IN_TEXTS.get(want.badge, "with an access key")
    minutes = int(want.used.total_seconds() // 60)
    return f"{name}, {credential_text}{f' for {minutes} minutes' if minutes else ''}"


def answer_rows(
    asked_prediction: Prediction,
    eval_decision: EvalDecision,
    unnamed: Collection[Statement] = (),
) -> tuple[Row, ...]:
    """Return AWS's decision and its reason, below a wrong guess.

    `unnamed` are the statements that aren't told, since the learner names them.
    """
    return tuple(_answer_row_parts(asked_prediction, eval_decision, unnamed))


def _answer_row_parts(
    asked_prediction: Prediction,
    eval_decision: EvalDecision,
    unnamed: Collection[Statement],
) -> Iterator[Row]:
    """Yield the rows of `answer_rows`."""
    answer = asked_prediction.answer
    decision = asked_prediction.ticket.decision
    if eval_decision != answer:
        yield Row(DECISION_CHOICES[eval_decision], Mark.MISS, "You said")
    yield Row(
        DECISION_CHOICES[answer],
        Mark.OK,
        "AWS decides" if eval_decision != answer else "You are right. AWS decides",
    )
    if decision is not None:
        reason = reason_text(decision, unnamed)
        yield Row(f"{capital(reason).rstrip('.')}.", indent=1)
    if decision is None or not is_concealed(decision, unnamed):
        yield Row(asked_prediction.why, indent=1)
