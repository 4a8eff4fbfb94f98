"""Remembers what a play comes to: its grade and who can reach what, each worked out once, whoever asks and in which thread;
and its tickets, as they stood at the instant that was asked about last.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.lessons.model import Play, Report
from coffeeshop.lessons.scenario.growth import FILE as GROWTH
from coffeeshop.lessons.sitting.answers import Refused, refuse_for
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket

if TYPE_CHECKING:
    from coffeeshop.account.escalation.survey import Surveyed
    from coffeeshop.lessons.grading.access_table import Access


class Assessment:
    """Holds a play's tickets and its grade. `report` is None until the grade is there, `reached` until who can reach
    what is; `counted` tells whether the grade was kept as a result.
    """

    def __init__(self, play: Play) -> None:
        # What was done is judged, by what is asked for on this day.
        self.play = replace(play, waited=timedelta())
        self.last = play.last
        self.report: Report | None = None
        self.reached: Access | None = None
        self.counted = False
        self.surveyed: tuple[Surveyed, ...] | None = None
        self._tickets: tuple[datetime, tuple[Ticket, ...]] | None = None
        self._grading, self._reaching, self._surveying = Lock(), Lock(), Lock()

    def tickets_at(self, clock: datetime) -> tuple[Ticket, ...]:
        """Returns every job and refusal, run on a copy of the account at an instant, of which the last is remembered."""
        # Nobody needs it in whose account nothing is asked.
        from coffeeshop.lessons.grading.trial import run_all_wants

        known_items = self._tickets
        if known_items is None or known_items[0] != clock:
            known_items = self._tickets = clock, run_all_wants(self.play.at(clock))
        return known_items[1]

    def grade(self) -> Report:
        """Returns the report. Of several threads that ask, the first works it out and the others wait for it."""
        from coffeeshop.lessons.grading.grade import (
            grade,
        )  # nobody needs it who is still at work

        with self._grading:
            if self.report is None:
                self.report = grade(self.play)
            return self.report

    def access(self) -> Access:
        """Returns who can reach what, marked by the grade, which is worked out first where anything is asked."""
        from coffeeshop.lessons.grading.access import survey_access

        with self._reaching:
            if self.reached is None:
                asks = any(want.mode is not Mode.MAY for want in self.play.scenario.wants)
                self.reached = survey_access(self.play, self.grade() if asks else None)
            return self.reached

    def survey(self, person: str = "") -> tuple[Surveyed, ...] | Refused:
        """Returns who could become what, by which calls: everybody, or the user or role of that name or ARN; Refused where
        there is none.
        """
        from coffeeshop.account.escalation.survey import starting_entities, survey
        from coffeeshop.policy.language.spelling import suggest_name

        account = self.play.account
        if not person:
            return self._of_everybody()
        if rows_found := starting_entities(account, person):
            return tuple(survey(account, self.play.now, rows_found))
        names = [entity.name for entity in starting_entities(account)]
        mend = suggest_name(person, names, "leave it out: everybody is looked at")
        return refuse_for("no-identity", f"there is no user or role {person[:64]!a}", mend)

    def _of_everybody(self) -> tuple[Surveyed, ...]:
        from coffeeshop.account.escalation.survey import starting_entities, survey

        with self._surveying:
            if self.surveyed is None:
                account = self.play.account
                self.surveyed = tuple(
                    survey(account, self.play.now, starting_entities(account))
                )
            return self.surveyed


REMEMBERED = (
    8  # plays whose tickets and grade are remembered: undo and redo come back to them
)


def assessment_of(play: Play, known_assessments: list[Assessment]) -> Assessment:
    """Return the assessment of these very acts, whatever was undone beyond them: the one that is known, else a new one,
    which is known then; of many the oldest is forgotten.
    """
    asked_play = _as_asked(play)
    last = play.last
    scenario = asked_play.scenario
    assessment = next(
        (
            each_assessment
            for each_assessment in known_assessments
            if each_assessment.last is last and each_assessment.play.scenario is scenario
        ),
        None,
    )
    if assessment is None:
        assessment = Assessment(asked_play)
        known_assessments.append(assessment)
        del known_assessments[:-REMEMBERED]
    return assessment


def _as_asked(play: Play) -> Play:
    """Return the play with what a shop of one's own asks for so far; any other play as it is."""
    if GROWTH not in play.scenario.files:
        return play
    from coffeeshop.lessons.sitting.days import (
        as_asked,
    )  # with the day, which most play without

    return as_asked(play)
