"""Schedule the repetition of wrong answers: a day later, then after longer pauses, and from
the start after an error.

A *meeting* (`Met`) is one answer on a subject. Only meetings are stored: the time, the
subject and whether the answer was right. A *repetition* is what they say about a subject that
the learner once got wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct

QUESTION = (
    " question "  # in a subject: between a scenario's id and the number of its question
)
CHECK_UP = "check-up "  # begins the subjects of a check-up, which no morning asks again
PAUSES_IN_DAYS = (
    1,
    3,
    7,
    21,
)  # days after an error, then after each right answer in a row. After the last one the repetition is settled


class Met(Struct, frozen=True):
    """A learner answered on a subject at a time of the wall clock.

    The subject is a misconception's id, a scenario's question (`question_subject`), or a question of a check-up.
    """

    at: datetime
    subject: str
    right: bool


def question_subject(id: str, number: int) -> str:
    """Return the subject of a scenario's question."""
    return f"{id}{QUESTION}{number}"


class Repetition(Struct, frozen=True):
    """A subject that the learner once got wrong.

    `last_answer` is the day of the last answer. `days_right` counts the days with a right
    answer since the last error.
    """

    subject: str
    last_answer: date
    days_right: int = 0

    @property
    def is_settled(self) -> bool:
        """Return whether the learner was right often enough that the question needn't come back."""
        return self.days_right >= len(PAUSES_IN_DAYS)

    @property
    def due(self) -> date:
        """Return the first day on which to ask again."""
        return self.last_answer + timedelta(
            days=PAUSES_IN_DAYS[min(self.days_right, len(PAUSES_IN_DAYS) - 1)]
        )

    def after_answer(self, day: date, right: bool) -> Repetition:
        """Return what is known after an answer on a day.

        A wrong one starts the repetition again. A second right one on the same day doesn't
        count, because it proves no memory.
        """
        if not right:
            return Repetition(self.subject, day)
        if day <= self.last_answer:
            return self
        return Repetition(self.subject, day, self.days_right + 1)


def repetitions(meetings: Iterable[Met]) -> Mapping[str, Repetition]:
    """Return a repetition for each subject that the learner ever got wrong, by subject."""
    repetitions_by_subject: dict[str, Repetition] = {}
    for met in meetings:
        if met.subject.startswith(CHECK_UP):
            continue
        day = met.at.date()
        if met.subject in repetitions_by_subject:
            repetitions_by_subject[met.subject] = repetitions_by_subject[
                met.subject
            ].after_answer(day, met.right)
        elif not met.right:
            repetitions_by_subject[met.subject] = Repetition(met.subject, day)
    return repetitions_by_subject


def due_subjects(meetings: Iterable[Met], today: date) -> tuple[str, ...]:
    """Return the subjects to ask about today, the longest overdue first.

    They were due by today, and haven't been answered today yet.
    """
    meetings = tuple(meetings)
    before = repetitions(met for met in meetings if met.at.date() < today).values()
    met_today = {met.subject for met in meetings if met.at.date() >= today}
    waiting = sorted(
        (repetition.due, repetition.subject)
        for repetition in before
        if not repetition.is_settled and repetition.due <= today
    )
    return tuple(subject for _, subject in waiting if subject not in met_today)


def count_answered(meetings: Iterable[Met], today: date) -> int:
    """Return how many of today's due subjects the learner has answered today."""
    meetings = tuple(meetings)
    before = (met for met in meetings if met.at.date() < today)
    return len({*due_subjects(before, today)} - {*due_subjects(meetings, today)})
