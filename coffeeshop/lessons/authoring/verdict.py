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

    def __init__(self, play: Play, shown: int = SHOWN) -> None:
        self.play = play
        self._most = shown
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
        asked = (
            want.who for want in self.play.scenario.wants if want.who.startswith(BESIDE)
        )
        return tuple(
            dict.fromkeys(
                (*cast.graded, *cast.bystanders, *cast.admins, *users, *asked, HIRED)
            )
        )

    def sessions(self, who: str) -> tuple[HeldSession, ...]:
        """Return every session that somebody could hold. Of HIRED these are several with one credential: one for the groups
        of each user.
        """
        if who == HIRED:
            return self._hired
        return self.trial.all_possible_sessions(who)

    @cached_property
    def _hired(self) -> tuple[HeldSession, ...]:
        return tuple(newcomers_in_groups(self.trial))

    def everybody(self, other: Judged) -> Iterator[str]:
        """Yields everybody of either play, whomever the first finding speaks of before all others."""
        people = tuple(dict.fromkeys((*self.people, *other.people)))
        named = (who for who in people if self.first and is_about(self.first, who))
        return iter(dict.fromkeys((*named, *people)))

    def touched(self, other: Judged) -> Iterator[str]:
        """Yields who can do something here that they cannot there, or the reverse."""
        return (who for who in self.everybody(other) if self.moved(other, who))

    def moved(self, other: Judged, who: str) -> bool:
        """Tells whether somebody can do something here that they cannot there, or the reverse."""
        if (other, who) not in self._moved:
            self._moved[other, who] = self._can_otherwise(other, who)
        return self._moved[other, who]

    def _can_otherwise(self, other: Judged, who: str) -> bool:
        if who == HIRED:
            return not (self._hires_within(other) and other._hires_within(self))
        mine = {held.badge: held.standing for held in self.sessions(who)}
        theirs = {held.badge: held.standing for held in other.sessions(who)}
        there = {who.lower() in judged.play.account.users for judged in (self, other)}
        shown = {
            frozenset(held.badge for held in judged.trial.sessions_of(who))
            for judged in (self, other)
        }
        if mine.keys() != theirs.keys() or len(there) > 1 or len(shown) > 1:
            return True
        return any(
            self._exceeds(mine[badge], theirs[badge], self._shown(who, badge))
            or first_excesses(theirs[badge], mine[badge], self.trial.domain)
            for badge in mine
            if mine[badge] != theirs[badge]
        )

    def _hires_within(self, other: Judged) -> bool:
        """Tell whether each colleague who can be hired here could be hired there, with no less."""
        there = other.sessions(HIRED)
        return all(
            any(
                not self._exceeds(held.standing, was.standing, ())
                for was in there
                if was.badge == held.badge
            )
            for held in self.sessions(HIRED)
        )

    def _exceeds(self, held: Standing, bound: Standing, shown: Iterable[Request]) -> bool:
        """Tells whether a session allows anything that a bound does not; one of these requests may show it at once."""
        if held == bound:
            return False
        found = any(
            _allows(held, request) and not _allows(bound, request) for request in shown
        )
        return found or bool(first_excesses(held, bound, self.trial.domain))

    def _shown(self, who: str, badge: str) -> Iterator[Request]:
        """Yields the requests by which a check showed so far that a session allows too much."""
        theirs = (check for check in self._judged if check.subject == who)
        proofs = (
            proof
            for check in theirs
            for proof in check.pieces(Proof)
            if proof.badge == badge
        )
        return (excess.witness for proof in proofs for excess in proof.excesses)

    def differs(self, other: Judged) -> bool:
        """Tells whether anybody's sessions, a credential in strange hands, or any practice rule's answer are others."""
        return (
            any(self.touched(other))
            or self.alive != other.alive
            or self.practice != other.practice
        )

    @property
    def alive(self) -> tuple[bool, ...]:
        """Tells of each credential that somebody else still holds whether it works."""
        held = (want.held for want in self.play.scenario.wants if want.held is not None)
        return tuple(
            isinstance(build_standing(self.play.account, one, self.play.now), Standing)
            for one in held
        )

    @property
    def practice(self) -> tuple[bool, ...]:
        """Tells which of the scenario's practice rules hold."""
        return tuple(
            check.passed is True for check in self.report.checks if check.kind == "practice"
        )

    def harmless(self, other: Judged) -> bool:
        """Tells whether everybody still holds no more than needed and slack, and every job works as it did."""
        if self.lost and self.lost.star == 1:
            return False
        fine = all(
            self._is_within(held, other)
            for who in self.everybody(other)
            if who in self.people and who not in self.play.scenario.people.admins
            for held in self.sessions(who)
        )
        return fine and self.practice == other.practice

    def _is_within(self, held: HeldSession, other: Judged) -> bool:
        shown = tuple(self._shown(held.who, held.badge))
        return not all(
            self._exceeds(held.standing, bound, shown)
            for bound in self._bounds(held, other)
        )

    def _bounds(self, held: HeldSession, other: Judged) -> Iterator[Standing]:
        """Tells what a session may hold at most: what it held before, or what is needed."""
        yield from (
            was.standing for was in other.sessions(held.who) if was.badge == held.badge
        )
        if held.who == HIRED:
            yield permitted_access(
                self.trial, IN_A_GROUP, held
            ).needed  # what their colleagues need of what is their own
        else:
            yield self.trial.needed_access(held.who, held.badge)


def is_about(finding: Finding, who: str) -> bool:
    """Tells whether a finding is about somebody: it is theirs, or its check speaks of them."""
    return who in finding.people or who in finding.key


def _allows(standing: Standing, request: Request) -> bool:
    return isinstance(authorize(standing, request), Allowed)
