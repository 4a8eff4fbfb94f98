"""Schedule the repetition of wrong beliefs: a day later, then after longer pauses, and from the start after an error.

Only the meetings (`Met`) are stored: the time, the subject and whether the answer was right. Everything else
is derived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct

QUESTION = (
    " question "  # in a subject: between a scenario's id and the number of its question
)
PAUSES = (
    1,
    3,
    7,
    21,
)  # days after an error, then after each right answer in a row. After the last one the belief is settled


class Met(Struct, frozen=True):
    """A learner answered on a subject at a time of the wall clock.

    The subject is a misconception's id or a scenario's question (`question_subject`).
    """

    at: datetime
    subject: str
    right: bool


def question_subject(id: str, number: int) -> str:
    """Return the subject of a scenario's question."""
    return f"{id}{QUESTION}{number}"


class Belief(Struct, frozen=True):
    """A subject that the learner once got wrong.

    `last` is the day of the last answer. `rights` counts the days with a right answer since the error.
    """

    subject: str
    last: date
    rights: int = 0

    @property
    def is_settled(self) -> bool:
        """Return whether the subject needs no repetition."""
        return self.rights >= len(PAUSES)

    @property
    def due(self) -> date:
        """Return the first day on which to repeat the subject."""
        return self.last + timedelta(days=PAUSES[min(self.rights, len(PAUSES) - 1)])

    def after_answer(self, day: date, right: bool) -> Belief:
        """Return the belief after one more answer. A second right answer on one day doesn't count."""
        if not right:
            return Belief(self.subject, day)
        if day <= self.last:
            return self
        return Belief(self.subject, day, self.rights + 1)


def beliefs(meetings: Iterable[Met]) -> Mapping[str, Belief]:
    """Return the beliefs by subject. A subject that the learner never got wrong has none."""
    beliefs_by_subject: dict[str, Belief] = {}
    for met in meetings:
        day = met.at.date()
        if met.subject in beliefs_by_subject:
            beliefs_by_subject[met.subject] = beliefs_by_subject[met.subject].after_answer(
                day, met.right
            )
        elif not met.right:
            beliefs_by_subject[met.subject] = Belief(met.subject, day)
    return beliefs_by_subject


def due_subjects(meetings: Iterable[Met], today: date) -> tuple[str, ...]:
    """Return the subjects that are due on a day and were not answered on it, the longest overdue first."""
    meetings = tuple(meetings)
    before = beliefs(met for met in meetings if met.at.date() < today).values()
    met_today = {met.subject for met in meetings if met.at.date() >= today}
    waiting = sorted(
        (belief.due, belief.subject)
        for belief in before
        if not belief.is_settled and belief.due <= today
    )
    return tuple(subject for _, subject in waiting if subject not in met_today)


def count_answered(meetings: Iterable[Met], today: date) -> int:
    """Return how many of the subjects that were due on a day were answered on it."""
    meetings = tuple(meetings)
    before = (met for met in meetings if met.at.date() < today)
    return len({*due_subjects(before, today)} - {*due_subjects(meetings, today)})
