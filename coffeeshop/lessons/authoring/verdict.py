"""A play with everything that is asked and compared about it: its trial, its grade, whom it touches, computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from coffeeshop.account.access.standing import build_standing
from coffeeshop.lessons.grading.findings import make_findings
from coffeeshop.lessons.grading.grade import iterate_checks, make_report, untouched_checks
from coffeeshop.lessons.grading.newcomers import newcomers_in_groups
from coffeeshop.lessons.grading.permitted import permitted_access
from coffeeshop.lessons.grading.principal_classes import IN_A_GROUP
from coffeeshop.lessons.grading.sessions import HeldSession
from coffeeshop.lessons.grading.trial import SHOWN, Trial
from coffeeshop.lessons.model import Check, Finding, Play, Proof, Report
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Request, Standing

# How those begin whom a check can name though they are no users.
BESIDE = ("function/", "root", "account/", "anyone")
HIRED = "newcomer"  # as findings call whoever is hired tomorrow


class Judged:
    """A play with everything that is compared about it, each thing when it is asked for, and once; `shown` is how many
    excesses of one session are looked for at most.
    """

    def __init__(self, play: Play, shown_limit: int = SHOWN) -> None:
        self.play = play
        self._most = shown_limit
        if play.outcomes:
            self._judging = iterate_checks(self.trial)
        else:
            self._judging = iter(untouched_checks(play.scenario))
        self._judged: list[Check] = []
        self._moved: dict[tuple[Judged, str], bool] = {}

    @cached_property
    def trial(self) -> Trial:
        """Returns its judging."""
        return Trial(self.play, self._most)

    @cached_property
    def lost(self) -> Check | None:
        """Returns the first check that fails, which costs a star; nothing after it is judged for that."""
        return next((check for check in self._checks() if check.passed is False), None)

    @cached_property
    def report(self) -> Report:
        """Returns its grade."""
        return make_report(self.play, tuple(self._checks()))

    def _checks(self) -> Iterator[Check]:
        """Yields its checks, each judged when it is asked for, and once."""
        yield from self._judged
        for check in self._judging:
            self._judged.append(check)
            yield check

    @cached_property
    def first(self) -> Finding | None:
        """Returns the finding of the first check that fails, by itself: in the report, others of the same cause may
        have joined it.
        """
        if self.lost:
            return next(iter(make_findings(self.play, self._judged)), None)
        return None

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Return everybody whose sessions count: administrators, too, those whom a check names beside the users, and whoever
        is hired into the groups of somebody. A boundary may keep a member from what the group gives, and not the colleague.
        """
        cast = self.play.scenario.people
        users = (user.name for user in self.play.account.users.values())
        asked_people = (
            want.who for want in self.play.scenario.wants if want.who.startswith(BESIDE)
        )
        return tuple(
            dict.fromkeys(
                (*cast.graded, *cast.bystanders, *cast.admins, *users, *asked_people, HIRED)
            )
        )

    def sessions(self, person: str) -> tuple[HeldSession, ...]:
        """Return every session that somebody could hold. Of HIRED these are several with one credential: one for the groups
        of each user.
        """
        if person == HIRED:
            return self._newcomer_sessions
        return self.trial.all_possible_sessions(person)

    @cached_property
    def _newcomer_sessions(self) -> tuple[HeldSession, ...]:
        return tuple(newcomers_in_groups(self.trial))

    def everybody(self, other_judged: Judged) -> Iterator[str]:
        """Yields everybody of either play, whomever the first finding speaks of before all others."""
        people = tuple(dict.fromkeys((*self.people, *other_judged.people)))
        named = (person for person in people if self.first and is_about(self.first, person))
        return iter(dict.fromkeys((*named, *people)))

    def changed_people(self, other_judged: Judged) -> Iterator[str]:
        """Yields who can do something here that they cannot there, or the reverse."""
        return (
            person
            for person in self.everybody(other_judged)
            if self.has_changed_for(other_judged, person)
        )

    def has_changed_for(self, other_judged: Judged, person: str) -> bool:
        """Tells whether somebody can do something here that they cannot there, or the reverse."""
        if (other_judged, person) not in self._moved:
            self._moved[other_judged, person] = self._can_otherwise(other_judged, person)
        return self._moved[other_judged, person]

    def _can_otherwise(self, other_judged: Judged, person: str) -> bool:
        if person == HIRED:
            return not (
                self._hires_within(other_judged) and other_judged._hires_within(self)
            )
        own_standings = {
            session.badge: session.standing for session in self.sessions(person)
        }
        other_standings = {
            session.badge: session.standing for session in other_judged.sessions(person)
        }
        existence = {
            person.lower() in judged.play.account.users for judged in (self, other_judged)
        }
        shown_requests = {
            frozenset(session.badge for session in judged.trial.sessions_of(person))
            for judged in (self, other_judged)
        }
        if (
            own_standings.keys() != other_standings.keys()
            or len(existence) > 1
            or len(shown_requests) > 1
        ):
            return True
        return any(
            self._exceeds(
                own_standings[badge],
                other_standings[badge],
                self._shown_requests(person, badge),
            )
            or first_excesses(
                other_standings[badge], own_standings[badge], self.trial.domain
            )
            for badge in own_standings
            if own_standings[badge] != other_standings[badge]
        )

    def _hires_within(self, other_judged: Judged) -> bool:
        """Tell whether each colleague who can be hired here could be hired there, with no less."""
        other_sessions = other_judged.sessions(HIRED)
        return all(
            any(
                not self._exceeds(session.standing, other_session.standing, ())
                for other_session in other_sessions
                if other_session.badge == session.badge
            )
            for session in self.sessions(HIRED)
        )

    def _exceeds(
        self, own_standing: Standing, bound: Standing, shown_requests: Iterable[Request]
    ) -> bool:
        """Tells whether a session allows anything that a bound does not; one of these requests may show it at once."""
        if own_standing == bound:
            return False
        exceeds_bound = any(
            _allows(own_standing, request) and not _allows(bound, request)
            for request in shown_requests
        )
        return exceeds_bound or bool(first_excesses(own_standing, bound, self.trial.domain))

    def _shown_requests(self, person: str, badge: str) -> Iterator[Request]:
        """Yields the requests by which a check showed so far that a session allows too much."""
        own_checks = (check for check in self._judged if check.subject == person)
        proofs = (
            proof
            for check in own_checks
            for proof in check.pieces(Proof)
            if proof.badge == badge
        )
        return (excess.witness for proof in proofs for excess in proof.excesses)

    def differs(self, other_judged: Judged) -> bool:
        """Tells whether anybody's sessions, a credential in strange hands, or any practice rule's answer are others."""
        return (
            any(self.changed_people(other_judged))
            or self.alive != other_judged.alive
            or self.practice != other_judged.practice
        )

    @property
    def alive(self) -> tuple[bool, ...]:
        """Tells of each credential that somebody else still holds whether it works."""
        held_callers = (
            want.held for want in self.play.scenario.wants if want.held is not None
        )
        return tuple(
            isinstance(build_standing(self.play.account, caller, self.play.now), Standing)
            for caller in held_callers
        )

    @property
    def practice(self) -> tuple[bool, ...]:
        """Tells which of the scenario's practice rules hold."""
        return tuple(
            check.passed is True for check in self.report.checks if check.kind == "practice"
        )

    def harmless(self, other_judged: Judged) -> bool:
        """Tells whether everybody still holds no more than needed and slack, and every job works as it did."""
        if self.lost and self.lost.star == 1:
            return False
        fine = all(
            self._is_within(session, other_judged)
            for person in self.everybody(other_judged)
            if person in self.people and person not in self.play.scenario.people.admins
            for session in self.sessions(person)
        )
        return fine and self.practice == other_judged.practice

    def _is_within(self, session: HeldSession, other_judged: Judged) -> bool:
        shown_requests = tuple(self._shown_requests(session.who, session.badge))
        return not all(
            self._exceeds(session.standing, bound, shown_requests)
            for bound in self._bounds(session, other_judged)
        )

    def _bounds(self, session: HeldSession, other_judged: Judged) -> Iterator[Standing]:
        """Tells what a session may hold at most: what it held before, or what is needed."""
        yield from (
            earlier_session.standing
            for earlier_session in other_judged.sessions(session.who)
            if earlier_session.badge == session.badge
        )
        if session.who == HIRED:
            yield permitted_access(
                self.trial, IN_A_GROUP, session
            ).needed  # what their colleagues need of what is their own
        else:
            yield self.trial.needed_access(session.who, session.badge)


def is_about(finding: Finding, person: str) -> bool:
    """Tells whether a finding is about somebody: it is theirs, or its check speaks of them."""
    return person in finding.people or person in finding.key


def _allows(standing: Standing, request: Request) -> bool:
    return isinstance(authorize(standing, request), Allowed)
