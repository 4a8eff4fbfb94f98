"""Remember the assessment of a play: its grade, its access table and its tickets.

The grade and the table are computed once, in whichever thread asks first. The tickets are remembered for one
time.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.lessons.grading.diagnosis import Diagnosis, with_cases
from coffeeshop.lessons.model import NamedCause, Play, Report, Scenario
from coffeeshop.lessons.scenario.growth import GROWTH_FILE as GROWTH
from coffeeshop.lessons.sitting.answers import Refused, refusal_for
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket, hides_caller

if TYPE_CHECKING:
    from coffeeshop.account.escalation.survey import Surveyed
    from coffeeshop.lessons.grading.access_table import Access


NOT_JUDGED = (
    "access is listed, but not judged, until you have found out who did it and ended it"
)


class Assessment:
    """A play's tickets, grade and access table.

    `report` is None until the grade is computed, `reached` until the access table is. `counted` tells whether
    the grade is in the save as a result.
    """

    def __init__(self, play: Play) -> None:
        """Begin the assessment of a play. Nothing is computed until it is asked for."""
        self.play = play
        self.last = play.last
        self.report: Report | None = None
        self.reached: Access | None = None
        self.counted = False
        self.surveyed: tuple[Surveyed, ...] | None = None
        self._case_report: tuple[tuple[NamedCause, ...], Report] | None = None
        self._tickets: tuple[datetime, tuple[Ticket, ...]] | None = None
        self._grading, self._reaching, self._surveying = Lock(), Lock(), Lock()

    def tickets_at(self, clock: datetime) -> tuple[Ticket, ...]:
        """Return the ticket of every job and refusal, run on a copy of the account at a time.

        The last answer is remembered.
        """
        # imported here because plays without wants don't need it
        from coffeeshop.lessons.grading.trial import run_all_wants

        known_items = self._tickets
        if known_items is None or known_items[0] != clock:
            known_items = self._tickets = clock, run_all_wants(self.play.at(clock))
        return known_items[1]

    def grade(self) -> Report:
        """Return the report. The first thread that asks computes it, and the others wait."""
        # Imported with the first grading.
        from coffeeshop.lessons.grading.grade import grade

        with self._grading:
            if self.report is None:
                self.report = grade(self.play)
            return self.report

    def report_with_cases(
        self, diagnoses: tuple[Diagnosis, ...], named_causes: tuple[NamedCause, ...]
    ) -> Report:
        """Return the report with what was named for the cases. The last answer is remembered."""
        report = self.grade()
        known_items = self._case_report
        if known_items is None or known_items[0] is not named_causes:
            graded = with_cases(report, diagnoses, named_causes)
            known_items = self._case_report = named_causes, graded
        return known_items[1]

    def access(self) -> Access:
        """Return the access table, marked by the grade. Grade first where the scenario asks for anything.

        As long as the learner has to find out who did something, nothing is marked, since the marks would tell.
        """
        from coffeeshop.lessons.grading.access import survey_access

        with self._reaching:
            if self.reached is None:
                asks = any(want.mode is not Mode.MAY for want in self.play.scenario.wants)
                hides = hides_caller(self.tickets_at(self.play.now))
                table = survey_access(
                    self.play, self.grade() if asks and not hides else None
                )
                remarks = (*table.remarks, NOT_JUDGED) if hides else table.remarks
                self.reached = replace(table, remarks=remarks)
            return self.reached

    def survey(self, person: str = "") -> tuple[Surveyed, ...] | Refused:
        """Return the principals that a user or role could become, with the calls.

        `person` is a name or an ARN, and "" stands for everybody. Return Refused where there is no such user
        or role.
        """
        from coffeeshop.account.escalation.survey import starting_entities, survey
        from coffeeshop.policy.language.spelling import suggest_name

        account = self.play.account
        if not person:
            return self._full_survey()
        if starts := starting_entities(account, person):
            return tuple(survey(account, self.play.now, starts))
        names = [entity.name for entity in starting_entities(account)]
        mend = suggest_name(person, names, "leave the name out to look at everyone")
        return refusal_for(
            "no-identity", f"the account has no user or role {person[:64]!a}", mend
        )

    def _full_survey(self) -> tuple[Surveyed, ...]:
        """Return the survey of all users and roles, computed once."""
        from coffeeshop.account.escalation.survey import starting_entities, survey

        with self._surveying:
            if self.surveyed is None:
                account = self.play.account
                self.surveyed = tuple(
                    survey(account, self.play.now, starting_entities(account))
                )
            return self.surveyed


def listed_tickets(scenario: Scenario, tickets: tuple[Ticket, ...]) -> tuple[Ticket, ...]:
    """Return the tickets that are shown. A diagnosis shows the faults of its opening, and
    the present ones."""
    if not scenario.cases:
        return tickets
    amiss = _amiss_at_opening(scenario)
    return tuple(
        ticket
        for ticket in tickets
        if ticket.want.id in amiss or ticket.mark is not Mark.OK
    )


@lru_cache(maxsize=2)  # every act asks again
def _amiss_at_opening(scenario: Scenario) -> frozenset[str]:
    """Return the ids of the jobs that fail at the opening, and of the refusals that don't hold."""
    from coffeeshop.lessons.grading.trial import run_all_wants

    tickets = run_all_wants(Play(scenario))
    return frozenset(ticket.want.id for ticket in tickets if ticket.mark is not Mark.OK)


MAX_CACHED_ASSESSMENTS = 8  # assessments, so that undo and redo find theirs again


def assessment_of(play: Play, known_assessments: list[Assessment]) -> Assessment:
    """Return the known assessment of a play at its clock, or a new one.

    A policy can depend on the time, so what was waited counts. A new one is added to `known_assessments`, and the oldest ones are removed.
    """
    day_play = _with_wants_of_day(play)
    last = play.last
    scenario = day_play.scenario
    for known in known_assessments:
        is_same_time = known.last is last and known.play.waited == play.waited
        if is_same_time and known.play.scenario is scenario:
            return known
    assessment = Assessment(day_play)
    known_assessments.append(assessment)
    del known_assessments[:-MAX_CACHED_ASSESSMENTS]
    return assessment


def _with_wants_of_day(play: Play) -> Play:
    """Return the play with the wants of its day where the scenario is a shop that grows.

    Return any other play unchanged.
    """
    if GROWTH not in play.scenario.files:
        return play
    # Imported only for a shop that grows.
    from coffeeshop.lessons.sitting.days import with_wants_of_day

    return with_wants_of_day(play)
