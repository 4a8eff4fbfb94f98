"""Define the sitting: one learner at one play."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller, is_unsigned
from coffeeshop.account.model import Call, Caller, Nobody, Outcome
from coffeeshop.lessons.grading.diagnosis import (
    Diagnosis,
    diagnoses_of,
    is_concealed,
    judge_named,
    unnamed_statements,
)
from coffeeshop.lessons.model import (
    CaseResult,
    NamedCause,
    Play,
    Quiz,
    Report,
    Scenario,
)
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.quiz import questions
from coffeeshop.lessons.play.recall import question_subject
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.lessons.sitting.assessment import (
    Assessment,
    assessment_of,
    listed_tickets,
)
from coffeeshop.lessons.sitting.badges import usable_profile
from coffeeshop.lessons.sitting.folder import Folder
from coffeeshop.lessons.sitting.opening import Opening, parse_opening
from coffeeshop.policy.model import Statement
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket, UntriedTicket

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.access_table import Access


ROLES_CHAPTER = 5  # of scenarios/chapters.toml


class Sitting(Struct, frozen=True):
    """A play, and the learner's state that doesn't belong to the account.

    `assessment` is the play's assessment. `profile` is of the credential in use. `hints_read` counts the hints read,
    by the finding's ladder. `drafts` are the learner's files. `predicted` are the numbers of the answered
    questions. `mastered` tells whether the scenario ever had three stars, and `knows_roles` whether one of the chapter
    on roles ever had. `day` is the open day, and `closed`
    the last day of a shop that grows. The play's clock is never before theirs, even after an undo. `diagnoses` are those
    of the scenario's cases, and `named_causes` what the learner named for them, in order. `in_exam`: an
    exam about this scenario is open, and no result is shown.
    """

    play: Play
    assessment: Assessment
    profile: str
    hints_read: Mapping[str, int] = {}
    drafts: Mapping[str, bytes] = {}
    predicted: frozenset[int] = frozenset()
    mastered: bool = False
    knows_roles: bool = False
    day: Opening | None = None
    closed: Opening | None = None
    diagnoses: tuple[Diagnosis, ...] = ()
    named_causes: tuple[NamedCause, ...] = ()
    in_exam: bool = False

    @property
    def scenario(self) -> Scenario:
        return self.play.scenario

    @property
    def play_with_wants(self) -> Play:
        """Return the play with its wants. A shop that grows has those of the day of its clock."""
        return replace(self.play, scenario=self.assessment.play.scenario)

    @property
    def now(self) -> datetime:
        """Return the time of the next act. Every view uses this clock."""
        return self.play.now

    @property
    def caller(self) -> Caller:
        """Return the credential in use."""
        return self.caller_of(self.profile)

    def caller_of(self, profile: str) -> Caller:
        """Return the newest credential of a profile in this account. Nobody() where there is none."""
        return find_caller(self.play.account, profile)

    def caller_for(self, call: Call, profile: str) -> Caller:
        """Return the credential by which a profile makes a call. A call that isn't signed has none: Nobody()."""
        if is_unsigned(call):
            return Nobody()
        return self.caller_of(profile)

    @property
    def files(self) -> Mapping[str, bytes]:
        """Return the scenario's files, with the learner's drafts in place of those of the same name."""
        return {**self.scenario.files, **self.drafts}

    @property
    def folder(self) -> Folder:
        """Return a new view of the files for one line of the AWS CLI."""
        return Folder(self.scenario, self.drafts)

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Return the ticket of every job and refusal now, run on a copy of the account. In an exam none is run."""
        if self.in_exam:
            wants = self.play_with_wants.scenario.wants
            return tuple(UntriedTicket(want) for want in wants if want.mode is not Mode.MAY)
        return self.assessment.tickets_at(self.now)

    @property
    def listed_tickets(self) -> tuple[Ticket, ...]:
        """Return the tickets that lists show. A diagnosis doesn't list what works at its opening and still does."""
        return listed_tickets(self.scenario, self.tickets)

    @property
    def report(self) -> Report | None:
        """Return the grade of this play. None until it is computed, and in an exam."""
        if self.in_exam or self.assessment.report is None:
            return None
        return self.assessment.report_with_cases(self.diagnoses, self.named_causes)

    @property
    def case_results(self) -> tuple[CaseResult, ...]:
        """Return what the learner named for each case."""
        return judge_named(self.diagnoses, self.named_causes)

    @property
    def unnamed_statements(self) -> frozenset[Statement]:
        """Return the statements that are the cause of a case and not named yet. In an exam those of all cases."""
        named_causes = () if self.in_exam else self.named_causes
        results = judge_named(self.diagnoses, named_causes)
        return unnamed_statements(self.diagnoses, results)

    def names_cause(self, outcomes: Iterable[Outcome]) -> bool:
        """Return whether the reasons of these outcomes name a cause that the learner has yet to name."""
        unnamed = self.unnamed_statements
        decisions = (each for outcome in outcomes for each in outcome.decisions)
        return any(is_concealed(decision, unnamed) for decision in decisions)

    @property
    def access(self) -> Access | None:
        """Return the access table of this play. None until it is computed."""
        return self.assessment.reached

    @property
    def offers_day(self) -> bool:
        """Return whether a day is proposed. Its incidents need what the chapter on roles teaches."""
        return self.knows_roles or self.scenario.chapter >= ROLES_CHAPTER

    @property
    def questions(self) -> Mapping[int, Quiz]:
        """Return the open questions by number from 1. Those after the play are open once the scenario had three stars.

        An exam asks none, since their answers teach.
        """
        if self.in_exam:
            return {}
        may = enumerate(questions(self.scenario), 1)
        return {
            number: quiz for number, quiz in may if self.mastered or quiz.when == "before"
        }

    @property
    def questions_before(self) -> list[tuple[int, Quiz]]:
        """Return the questions that come before the first act, with their numbers."""
        return [
            (number, quiz)
            for number, quiz in self.questions.items()
            if quiz.when == "before"
        ]


def resume_sitting(
    play: Play, known_assessments: list[Assessment], progress: Progress
) -> Sitting:
    """Return the sitting at a resumed play, without the time waited.

    The profile, the day, the hints and the answers are those of last time.
    """
    scenario = play.scenario
    met = {met.subject for met in progress.meetings()}
    question_numbers = range(1, len(questions(scenario)) + 1)
    best = progress.best_results().get(scenario.id)
    day = parse_opening(progress.day(scenario))
    is_over = day is not None and day.is_over
    play = replace(play, waited=timedelta())
    play = play.at(day.clock) if day else play
    return Sitting(
        play,
        assessment_of(play, known_assessments),
        profile=usable_profile(play, progress.profile(scenario)),
        hints_read=progress.hints_read(scenario),
        drafts=progress.drafts(scenario),
        predicted=frozenset(
            number
            for number in question_numbers
            if question_subject(scenario.id, number) in met
        ),
        mastered=best is not None and best.stars == 3,
        knows_roles=_knows_roles(progress),
        day=None if is_over else day,
        closed=day if is_over else None,
        diagnoses=diagnoses_of(scenario),
        named_causes=progress.named_causes(name_of(scenario)),
    )


def _knows_roles(progress: Progress) -> bool:
    """Return whether the learner ever had three stars in the chapter on roles, or in a later one."""
    best = progress.best_results()
    won = {id for id, result in best.items() if result.stars == 3}
    forms = headings() if won else {}
    return any(forms[id].chapter >= ROLES_CHAPTER for id in won & forms.keys())
