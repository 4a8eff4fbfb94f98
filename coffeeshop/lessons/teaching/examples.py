"""List the examples of a scenario, and say which misconceptions each of them refutes.

An example is a call whose outcome the learner sees: a guess, a picture of who can do what, a
demonstration, and a question before the play. Some misconceptions predict no answer. A page refutes
these in words, and its heading names them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from coffeeshop.account.access.callers import is_root
from coffeeshop.account.model import Outcome
from coffeeshop.lessons.misconceptions.predict import (
    SeenCall,
    is_about_answer,
    refuted_misconceptions,
    seen_call_of_ticket,
)
from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.quiz import Prediction, predict_answer, questions
from coffeeshop.lessons.teaching.lesson import Demonstration, Reach, has_lesson, lesson
from coffeeshop.lessons.teaching.markdown import Marks
from coffeeshop.shop.want import Ticket

NO_MARKS = Marks()
ExampleKind: TypeAlias = Literal["guess", "picture", "demonstration", "question", "words"]


class Example(Struct, frozen=True):
    """An example: its scenario, the page it is on, its kind, its calls, and what it refutes.

    `page` is the title of a lesson's page, or "" for a question before the play. `number` is that of the page
    or of the question, from 1. `refutes` has the ids of
    misconceptions that predict another outcome than AWS's for one of the calls.
    """

    scenario: str
    page: str
    kind: ExampleKind
    calls: tuple[SeenCall, ...]
    refutes: frozenset[str]
    marks: Marks = NO_MARKS
    number: int = 0

    @property
    def place(self) -> str:
        """Return the place of the example in the course: its scenario and its page."""
        return (
            f"{self.scenario[:2]} {self.page or 'question before the play'} ({self.kind})"
        )


def lesson_examples(scenario: Scenario) -> Iterator[Example]:
    """Yield the examples of a scenario's lesson, in the order of its pages. Raise Problems."""
    if not has_lesson(scenario):
        return
    past: tuple[Outcome, ...] = ()
    for number, page in enumerate(lesson(scenario).pages, 1):
        if page.marks.refutes:
            refuted = frozenset(page.marks.refutes)
            yield Example(scenario.id, page.title, "words", (), refuted, page.marks, number)
        for part in page.parts:
            kind: ExampleKind
            match part:
                case Demonstration():
                    kind = "demonstration"
                    calls = tuple(_demonstrated_calls(part, past, scenario))
                    past += tuple(call.outcome for call in part.calls)
                case Prediction():
                    kind = "guess"
                    calls = _tried_calls((part.ticket,), past)
                case Reach():
                    kind = "picture"
                    tickets = tuple(ticket for row in part.tickets for ticket in row)
                    calls = _tried_calls(tickets, past)
                case _:
                    continue
            if calls:
                yield make_example(scenario.id, page.title, kind, calls, page.marks, number)


def question_examples(scenario: Scenario) -> Iterator[Example]:
    """Yield the questions that the learner answers before the play."""
    for number, quiz in enumerate(questions(scenario), 1):
        if quiz.when == "before":
            ticket = predict_answer(scenario, quiz).ticket
            if calls := _tried_calls((ticket,), ()):
                yield make_example(scenario.id, "", "question", calls, number=number)


def scenario_examples(scenario: Scenario) -> Iterator[Example]:
    """Yield what the learner sees before the first act: the lesson's examples, then the questions."""
    yield from lesson_examples(scenario)
    yield from question_examples(scenario)


def make_example(
    scenario: str,
    page: str,
    kind: ExampleKind,
    calls: tuple[SeenCall, ...],
    marks: Marks = NO_MARKS,
    number: int = 0,
) -> Example:
    """Return an example with the misconceptions that it refutes."""
    refuted = frozenset[str]().union(*map(refuted_misconceptions, calls))
    return Example(scenario, page, kind, calls, refuted, marks, number)


def _tried_calls(
    tickets: tuple[Ticket, ...], past: tuple[Outcome, ...]
) -> tuple[SeenCall, ...]:
    """Return the last call of each ticket."""
    calls = (seen_call_of_ticket(ticket, past) for ticket in tickets)
    return tuple(call for call in calls if call is not None)


def _demonstrated_calls(
    shown: Demonstration, past: tuple[Outcome, ...], scenario: Scenario
) -> Iterator[SeenCall]:
    """Yield the calls of a demonstration, with those before them.

    A call that the owner makes shows nothing about policies. It counts if it is about what a call answers.
    """
    account = past[-1].account if past else scenario.opening
    for call in shown.calls:
        seen = SeenCall(call.outcome, account, past)
        if is_about_answer(seen) or not is_root(account, call.outcome.act.caller):
            yield seen
        account = call.outcome.account
        past = (*past, call.outcome)
