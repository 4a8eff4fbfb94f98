"""Measure the diagnosis with simulated learners: whether it recovers the misconceptions that were planted in them.

A simulated learner answers by a misconception that they have, wherever it predicts a wrong answer, and else rightly.
Each planted one shows once. Then the diagnosis asks what tells it most.

A broad misconception can hide a narrow one. Take a learner who believes that AWS allows whatever no policy denies. They give
the same answers whether or not they also believe that a tag gives access. So both diagnoses count as right.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.scenario.dice import Dice
from coffeeshop.lessons.teaching.belief_chances import (
    Answer,
    BeliefChances,
    weigh_answers,
)
from coffeeshop.lessons.teaching.suspicions import (
    ASKING_KINDS,
    SeenExample,
    best_question,
    seen_examples,
    told_suspicions,
)

QUESTION_COUNT = 6


class Recovery(Struct, frozen=True):
    """What the diagnosis made of simulated learners: how many there were, and where it told something else."""

    learners: int
    missed: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()

    @property
    def share(self) -> float:
        """Return the share of learners who were told their own misconceptions, or a set that answers alike."""
        return 1 - len(self.missed) / self.learners


def asked_examples() -> tuple[SeenExample, ...]:
    """Return the questions of the course and of check-ups that a misconception answers wrongly."""
    return tuple(
        each for each in seen_examples() if each.kind in ASKING_KINDS and each.predicted
    )


def simulated_answer(planted: frozenset[str], question: SeenExample, dice: Dice) -> str:
    """Return the answer of somebody with these misconceptions: a wrong one that they predict, or the right one."""
    wrong = [
        answer
        for id in sorted(planted & question.predicted.keys())
        for answer in question.answers_of(id)
    ]
    return wrong[dice.below(len(wrong))] if wrong else question.answer


def diagnose_learner(
    planted: frozenset[str], questions: Sequence[SeenExample], dice: Dice
) -> BeliefChances:
    """Return what the diagnosis makes of a simulated learner, after six questions of its choice."""
    answers = [*_first_answers(planted, questions, dice)]
    remaining = [*questions]
    for _ in range(QUESTION_COUNT):
        question = best_question(weigh_answers(answers), remaining)
        if question is None:
            break
        remaining.remove(question)
        answers.append(question.as_answer(simulated_answer(planted, question, dice)))
    return weigh_answers(answers)


def _first_answers(
    planted: frozenset[str], questions: Sequence[SeenExample], dice: Dice
) -> list[Answer]:
    """Return the answers in which each planted misconception shows for the first time.

    One that no question asks for is seen in what the learner does: the grade's finding names it.
    """
    answers = list[Answer]()
    for id in sorted(planted):
        asking = [each for each in questions if id in each.predicted]
        if asking:
            question = asking[dice.below(len(asking))]
            answers.append(question.as_answer(question.answers_of(id)[0]))
        else:
            answers.append(Answer(False, frozenset((id,)), frozenset((id,))))
    return answers


def measure_recovery(learners: int, planted_count: int, seed: int = 0) -> Recovery:
    """Return how often the diagnosis tells a simulated learner their own misconceptions, or a set that answers alike."""
    questions = asked_examples()
    ids = [*misconceptions()]
    missed = list[tuple[frozenset[str], frozenset[str]]]()
    for number in range(learners):
        dice = Dice(f"recovery {seed} {planted_count} {number}")
        planted = frozenset(dice.some(ids, planted_count))
        told = _told_ids(diagnose_learner(planted, questions, dice))
        if not answers_alike(told, planted, questions):
            missed.append((planted, told))
    return Recovery(learners, tuple(missed))


def answers_alike(
    some: frozenset[str], others: frozenset[str], questions: Sequence[SeenExample]
) -> bool:
    """Return whether learners with two sets of misconceptions give the same answers to all questions.

    Some misconceptions are in no question, and show only in what a learner does. The sets must have the same of these.
    """
    asked_ids = frozenset(id for question in questions for id in question.predicted)
    return some - asked_ids == others - asked_ids and all(
        _wrong_answers(some, question) == _wrong_answers(others, question)
        for question in questions
    )


def _wrong_answers(ids: frozenset[str], question: SeenExample) -> frozenset[str]:
    """Return the wrong answers to a question that misconceptions predict."""
    return frozenset(
        answer
        for id in ids & question.predicted.keys()
        for answer in question.answers_of(id)
    )


def _told_ids(chances: BeliefChances) -> frozenset[str]:
    """Return the misconceptions that the program names to a learner."""
    return frozenset(told.misconception.id for told in told_suspicions(chances))
