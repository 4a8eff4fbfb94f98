"""Schedule the repetition of wrong answers: a day later, then after longer pauses, and sooner after an error.

FSRS says how long a pause is: it estimates when the learner will have forgotten. Whoever remembered after a long pause
needs it again later than somebody who forgot twice.

A *meeting* (`Met`) is one answer on a subject. Only meetings are stored: the time, the
subject and whether the answer was right. A *repetition* is what they say about a subject that
the learner once got wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct

# In a subject: between a scenario's id and the number of its question.
QUESTION_SEPARATOR = " question "
CHECK_UP = "check-up "  # begins the subjects of a check-up, which no morning asks again
TARGET_RETENTION = (
    0.9  # the chance that a learner still knows it, at which it is asked again
)
# A question isn't asked again if the learner will remember it for so long.
SETTLED_PAUSE = timedelta(days=30)


class Met(Struct, frozen=True):
    """A learner answered on a subject at a time of the wall clock.

    The subject is a misconception's id, a scenario's question (`question_subject`), or a question of a check-up.
    """

    at: datetime
    subject: str
    right: bool


def question_subject(id: str, number: int) -> str:
    """Return the subject of a scenario's question."""
    return f"{id}{QUESTION_SEPARATOR}{number}"


class Repetition(Struct, frozen=True):
    """A subject that the learner once got wrong.

    `last_answer` is the day of the last answer, and `due` the first day on which to ask again. `days_right` counts
    the days with a right answer since the last error.
    """

    subject: str
    last_answer: date
    due: date
    days_right: int = 0

    @property
    def is_settled(self) -> bool:
        """Return whether the learner will remember it so long that the question needn't come back."""
        return self.due - self.last_answer >= SETTLED_PAUSE


def repetitions(meetings: Iterable[Met]) -> Mapping[str, Repetition]:
    """Return a repetition for each subject that the learner ever got wrong, by subject."""
    answers = dict[str, list[Met]]()
    for met in meetings:
        is_known = met.subject in answers
        if not met.subject.startswith(CHECK_UP) and (is_known or not met.right):
            answers.setdefault(met.subject, []).append(met)
    return {subject: _repetition(subject, rows) for subject, rows in answers.items()}


def _repetition(subject: str, answers: Sequence[Met]) -> Repetition:
    """Return what follows from the answers on a subject, of which the first is wrong.

    A second right answer on one day doesn't count, because it proves no memory. FSRS counts from midnight, so that
    a question that is due comes in the morning.
    """
    # Imported when a learner got something wrong, because the shelf doesn't need it before.
    from fsrs import Card, Rating, Scheduler

    scheduler = Scheduler(
        desired_retention=TARGET_RETENTION,
        learning_steps=(),
        relearning_steps=(),
        enable_fuzzing=False,
    )
    card = Card(card_id=1)
    last_day = date.min
    days_right = 0
    for met in answers:
        day = met.at.date()
        if met.right and day <= last_day:
            continue
        rating = Rating.Good if met.right else Rating.Again
        midnight = datetime.combine(max(day, last_day), time(), UTC)
        card, _ = scheduler.review_card(card, rating, midnight)
        days_right = days_right + 1 if met.right else 0
        last_day = max(day, last_day)
    return Repetition(subject, last_day, card.due.date(), days_right)


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
    """Return how many of the subjects that were due today the learner has answered."""
    meetings = tuple(meetings)
    before = (met for met in meetings if met.at.date() < today)
    return len({*due_subjects(before, today)} - {*due_subjects(meetings, today)})
