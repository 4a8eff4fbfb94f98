"""A play with everything that is asked and compared about it: its trial, its grade, whom it touches, computed once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.practice import RULES
from coffeeshop.lessons.grading.sessions import Held
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Play, Report
from coffeeshop.policy.comparison.compare import excesses
from coffeeshop.policy.model import Standing


class Judged:
    """A play with everything that is compared about it, computed once."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.trial = Trial(play)

    @cached_property
    def report(self) -> Report:
        """Its grade."""
        return grade(self.play)

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Everybody whose sessions count, administrators too, and those of other accounts whom a check names."""
        cast = self.play.scenario.people
        users = (user.name for user in self.play.account.users.values())
        asked = (
            want.who for want in self.play.scenario.wants if want.who.startswith(("function/", "root", "account/"))
        )
        return tuple(dict.fromkeys((*cast.graded, *cast.bystanders, *cast.admins, *users, *asked)))

    def touched(self, other: Judged) -> tuple[str, ...]:
        """Tells who can do something here that they cannot there, or the reverse."""
        return tuple(who for who in dict.fromkeys((*self.people, *other.people)) if self._moved(other, who))

    def _moved(self, other: Judged, who: str) -> bool:
        mine = {held.badge: held.standing for held in self.trial.sessions(who)}
        theirs = {held.badge: held.standing for held in other.trial.sessions(who)}
        there = {who.lower() in judged.play.account.users for judged in (self, other)}
        if mine.keys() != theirs.keys() or len(there) > 1:
            return True
        return any(
            any(excesses(a, b, self.trial.domain))
            for badge in mine
            if mine[badge] != theirs[badge]
            for a, b in ((mine[badge], theirs[badge]), (theirs[badge], mine[badge]))
        )

    def differs(self, other: Judged) -> bool:
        """Tells whether anybody's sessions, or any practice rule's answer, are others."""
        return self.practice != other.practice or bool(self.touched(other))

    @cached_property
    def practice(self) -> tuple[bool, ...]:
        """Tells which of the scenario's practice rules hold."""
        rows = self.play.scenario.practice
        return tuple(not any(RULES[row.rule].offences(self.trial, row.options)) for row in rows)

    def harmless(self, other: Judged) -> bool:
        """Tells whether everybody still holds no more than needed and slack, and every job works as it did."""
        if self.practice != other.practice:
            return False
        fine = all(
            any(not any(excesses(held.standing, bound, self.trial.domain)) for bound in self._bounds(held, other))
            for who in self.people
            if who not in self.play.scenario.people.admins
            for held in self.trial.sessions(who)
        )
        works = all(check.passed for check in self.report.checks if check.star == 1)
        return fine and works

    def _bounds(self, held: Held, other: Judged) -> Iterator[Standing]:
        """Tells what a session may hold at most: what it held before, or what is needed."""
        yield from (was.standing for was in other.trial.sessions(held.who) if was.badge == held.badge)
        yield self.trial.needed(held.who, held.badge)
