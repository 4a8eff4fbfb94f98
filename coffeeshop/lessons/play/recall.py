"""When a belief that turned out wrong comes again: a day later, then after ever longer pauses, sooner after a miss.

What is kept are the meetings alone (`Met`): of each, when, with what, and whether it was right. All else is derived.
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
)  # days after a miss, and after each right answer in a row; then the belief is settled


class Met(Struct, frozen=True):
    """A learner met a `subject` at an instant of the wall's clock: a misconception, by its id, or a question of a
    scenario, as `question_subject` names it.
    """

    at: datetime
    subject: str
    right: bool


def question_subject(id: str, number: int) -> str:
    """Returns the subject of a scenario's own question."""
    return f"{id}{QUESTION}{number}"


class Belief(Struct, frozen=True):
    """What a learner once got wrong: when it was last met, and how many right answers, each on a day of its own,
    followed.
    """

    subject: str
    last: date
    rights: int = 0

    @property
    def is_settled(self) -> bool:
        """Tells whether it need not come again."""
        return self.rights >= len(PAUSES)

    @property
    def due(self) -> date:
        """Returns the first day on which it comes again."""
        return self.last + timedelta(days=PAUSES[min(self.rights, len(PAUSES) - 1)])

    def met(self, day: date, right: bool) -> Belief:
        """Returns the belief after one meeting more; a second right answer on one day tells nothing."""
        if not right:
            return Belief(self.subject, day)
        if day <= self.last:
            return self
        return Belief(self.subject, day, self.rights + 1)


def beliefs(meetings: Iterable[Met]) -> Mapping[str, Belief]:
    """Returns what was once got wrong, by subject; what was right from the first is no belief."""
    beliefs_by_subject: dict[str, Belief] = {}
    for met in meetings:
        day = met.at.date()
        if met.subject in beliefs_by_subject:
            beliefs_by_subject[met.subject] = beliefs_by_subject[met.subject].met(
                day, met.right
            )
        elif not met.right:
            beliefs_by_subject[met.subject] = Belief(met.subject, day)
    return beliefs_by_subject


def due(meetings: Iterable[Met], today: date) -> tuple[str, ...]:
    """Returns the subjects that are due on a day, the longest overdue first, without those that were met that day."""
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
    """Returns how many of the subjects that were due on a day were met that day."""
    meetings = tuple(meetings)
    before = (met for met in meetings if met.at.date() < today)
    return len({*due(before, today)} - {*due(meetings, today)})
