"""The sitting: one learner at one play."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.model import Call, Caller, Nobody
from coffeeshop.lessons.model import Play, Quiz, Report, Scenario
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.quiz import questions
from coffeeshop.lessons.play.recall import question_subject
from coffeeshop.lessons.sitting.assessment import Assessment, assessment_of
from coffeeshop.lessons.sitting.badges import in_hand
from coffeeshop.lessons.sitting.folder import Folder
from coffeeshop.lessons.sitting.opening import Opening, read
from coffeeshop.shop.want import Ticket

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.access_table import Access


class Sitting(Struct, frozen=True):
    """Holds a play and what belongs to the learner at it, not to the account.

    `profile` is the badge in hand; `rungs` how many hints were read, by the key of the finding; `drafts` the files that
    the learner wrote; `predicted` the numbers of the questions that were answered; `mastered` tells whether the scenario
    was solved with three stars, now or before; `judged` holds what the play comes to; `day` is the day at the shop that is
    open, `closed` the last one that a shop of one's own was open. The play's clock is never before theirs, whatever was
    taken back.
    """

    play: Play
    judged: Assessment
    profile: str
    rungs: Mapping[str, int] = {}
    drafts: Mapping[str, bytes] = {}
    predicted: frozenset[int] = frozenset()
    mastered: bool = False
    day: Opening | None = None
    closed: Opening | None = None

    @property
    def scenario(self) -> Scenario:
        """Returns the scenario that is played."""
        return self.play.scenario

    @property
    def play_with_wants(self) -> Play:
        """Returns the play with what is asked for: in a shop of one's own, what it wants on the day that the clock shows."""
        return replace(self.play, scenario=self.judged.play.scenario)

    @property
    def now(self) -> datetime:
        """Tells when the next act happens: the one clock of all that is shown."""
        return self.play.now

    @property
    def caller(self) -> Caller:
        """Returns the credential in hand."""
        return self.caller_of(self.profile)

    def caller_of(self, profile: str) -> Caller:
        """Returns the newest credential of a profile, of this account; Nobody if there is none."""
        return find_caller(self.play.account, profile)

    def asks(self, call: Call, profile: str) -> Caller:
        """Returns by which credential somebody with that badge in hand makes a call: whoever signs in shows none."""
        if (call.service, call.operation) == ("console", "SignIn"):
            return Nobody()
        return self.caller_of(profile)

    @property
    def files(self) -> Mapping[str, bytes]:
        """Returns the scenario's files, with what the learner wrote laid over them."""
        return {**self.scenario.files, **self.drafts}

    @property
    def folder(self) -> Folder:
        """Returns the files as a line of the learner's meets them, anew for each line."""
        return Folder(self.scenario, self.drafts)

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """Returns every job and refusal as it stands now, run on a copy."""
        return self.judged.tickets_at(self.now)

    @property
    def report(self) -> Report | None:
        """Returns the grade of this very play; None while nobody has worked it out."""
        return self.judged.report

    @property
    def access(self) -> Access | None:
        """Tells who can reach what in this very play; None while nobody has worked it out."""
        return self.judged.reached

    @property
    def questions(self) -> Mapping[int, Quiz]:
        """Returns the questions that may be asked now, by number from 1: those that come after only of whoever had
        three stars.
        """
        may = enumerate(questions(self.scenario), 1)
        return {
            number: quiz for number, quiz in may if self.mastered or quiz.when == "before"
        }


def taken_up(
    play: Play, known_assessments: list[Assessment], progress: Progress
) -> Sitting:
    """Returns the sitting at a play as it was left, but for what was waited: with the badge that was in hand, the day that
    was open, the hints that were read and the questions that were answered.
    """
    scenario = play.scenario
    met = {met.subject for met in progress.meetings()}
    asked_range = range(1, len(questions(scenario)) + 1)
    best = progress.best().get(scenario.id)
    day = read(progress.day(scenario))
    over = day is not None and day.is_over
    play = replace(play, waited=timedelta())
    play = play.at(day.clock) if day else play
    return Sitting(
        play,
        assessment_of(play, known_assessments),
        profile=in_hand(play, progress.profile(scenario)),
        rungs=progress.hints(scenario),
        drafts=progress.drafts(scenario),
        predicted=frozenset(
            number for number in asked_range if question_subject(scenario.id, number) in met
        ),
        mastered=best is not None and best.stars == 3,
        day=None if over else day,
        closed=day if over else None,
    )
