"""Who can reach what: everybody who can make a request here beside everything there is, by AWS's access levels.

Who there is, in which sessions, and what is fine for them is asked of the grade's own tables; what they may do is asked
of the policy engine, under the context of an ordinary request. Excess, gaps and leaks are marked as the grade marks them:
a request is in excess if it is allowed, and neither needed nor of before. What the grade proved comes first, so that the
request which shows an excess here is the one that the report speaks of. An account without checks is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice

from msgspec import Struct

from coffeeshop.account.access.standing import instant
from coffeeshop.account.model import Origin, Outcome
from coffeeshop.lessons.grading.fine import Fine, fine_for
from coffeeshop.lessons.grading.needed import asker
from coffeeshop.lessons.grading.principal_classes import CLASSES
from coffeeshop.lessons.grading.sessions import Held
from coffeeshop.lessons.grading.slack import ALWAYS
from coffeeshop.lessons.grading.things import LEVELS, Place, Places, Thing, level_of
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Check, Escalation, Play, Proof, Report
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Decision, Excess, Request, Standing, Undecided
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.serve import outcome_of, person, user_named
from coffeeshop.shop.want import Ticket

MEMBERS = 300  # sessions that are looked at, those who are graded first
TRIES = 20_000  # requests that are decided for one session, and
ALL_TRIES = 200_000  # for all of them
GRAVEST = (Mark.LEAK, Mark.MISS, Mark.EXTRA, Mark.OK, Mark.QUIET)


class Subject(Struct, frozen=True):
    """Somebody who can ask: a user, a function, a class of strangers; in a role of theirs, or ("") as themselves."""

    who: str
    role: str = ""


class Reason(Struct, frozen=True):
    """Why a cell says what it says at one level: a request with its decision, and what the grade holds of it.

    `mark` is OK (needed, or fine), EXTRA (allowed and not needed), MISS (needed and refused), LEAK (allowed, and must be
    refused) or QUIET (allowed, and nobody's to judge); `badge` is the weakest badge that will do, key, password or code;
    `say` is the job or refusal that asks for it, "" where none does.
    """

    level: AccessLevel
    mark: Mark
    outcome: Outcome
    badge: str = ""
    say: str = ""

    @property
    def decision(self) -> Decision:
        """What the policy engine decided."""
        return self.outcome.decisions[-1]

    @property
    def held(self) -> bool:
        """Whether it is allowed."""
        return self.mark is not Mark.MISS


class Access(Struct, frozen=True):
    """The table: a cell of a subject and a thing holds a reason for each level and mark; a cell that is not there says
    that nothing is allowed. `judged` tells whether anything is marked at all, `remarks` what was left out and why.
    """

    subjects: tuple[Subject, ...]
    things: tuple[Thing, ...]
    cells: Mapping[tuple[Subject, Thing], tuple[Reason, ...]]
    judged: bool = False
    remarks: tuple[str, ...] = ()

    def cell(self, subject: Subject, thing: Thing) -> tuple[Reason, ...]:
        """Returns the reasons of a cell, in the order of the levels, the gravest of each first."""
        return self.cells.get((subject, thing), ())


def access(play: Play, report: Report | None = None) -> Access:
    """Returns who can reach what in the account of a play; `report` is its grade, None where nothing is asked."""
    return _Survey(play, report).table()


class _Session(Struct, frozen=True):
    """One session: what it holds, with what is its own to choose left free, and what is fine for it; None: anything."""

    held: Held
    holds: Standing
    fine: Fine | None = None

    @property
    def subject(self) -> Subject:
        """Whose session it is."""
        return _subject(self.held.who, self.held.badge)

    def is_fine(self, request: Request) -> bool:
        """Tells whether this may be allowed: it is needed, or was there before."""
        old = self.fine and self.fine.before
        return self.fine is None or any(
            isinstance(authorize(one, request), Allowed) for one in (self.fine.needed, old) if one
        )


def _subject(who: str, badge: str) -> Subject:
    kind, _, role = badge.partition("/")
    return Subject(who, role if kind == "role" and badge != who else "")


class _Survey:
    """The table being filled: the first reason that is found for a level and a mark stays."""

    def __init__(self, play: Play, report: Report | None) -> None:
        self.trial, self.report = Trial(play), report
        self.places = Places(play.account)
        self.found: dict[tuple[Subject, Thing], dict[tuple[AccessLevel, Mark], Reason]] = {}
        self.remarks: dict[str, None] = {}
        self.tries = ALL_TRIES

    def table(self) -> Access:
        """Fill it, first with what the grade says. Strangers of whom nothing was found are left out."""
        subjects = dict.fromkeys(session.subject for session in self.sessions if self._is_ours(session.held.who))
        for check in self.report.checks if self.report else ():
            self._take_over(check)
        for session in self.sessions:
            self._look(session)
        subjects |= dict.fromkeys(subject for subject, _ in self.found)
        things = dict.fromkeys((*self.places.things, *(thing for _, thing in self.found)))
        if self.places.cut:
            self.remarks["there are more things than are shown"] = None
        cells = {key: tuple(sorted(reasons.values(), key=_gravest)) for key, reasons in self.found.items()}
        return Access(tuple(subjects), tuple(things), cells, self.report is not None, tuple(self.remarks))

    def _is_ours(self, who: str) -> bool:
        return user_named(self.trial.play.account, who) is not None or who.startswith("function/")

    def _note(self, subject: Subject, reason: Reason) -> None:
        thing = self.places.thing(reason.decision.request.resource)
        self.found.setdefault((subject, thing), {}).setdefault((reason.level, reason.mark), reason)

    # --------------------------------------------------------------------- who there is
    @cached_property
    def sessions(self) -> tuple[_Session, ...]:
        """Every session, of every class of principals; then the administrators', whom nobody judges."""
        found = tuple(islice(self._every_session(), MEMBERS + 1))
        if len(found) > MEMBERS:
            self.remarks[f"more than {MEMBERS} people and sessions: the others were not looked at"] = None
        return found[:MEMBERS]

    def _every_session(self) -> Iterator[_Session]:
        for row in CLASSES:
            for held in row.members(self.trial):
                fine = fine_for(self.trial, row, held) if self.report else None
                holds = row.opened(self.trial, held)
                yield _Session(held, holds, None if fine and fine.before == holds else fine)
        users = self.trial.play.account.users
        for name in self.trial.play.scenario.people.admins:
            if user := users.get(name.lower()):
                yield from (_Session(held, held.standing) for held in self.trial.sessions(person(user.name)))

    # ---------------------------------------------------------------- what the grade says
    def _take_over(self, check: Check) -> None:
        """Keep what the grade found: jobs that are refused, refusals that leak, and every proof of more."""
        for one in check.evidence:
            match one:
                case Ticket() if check.kind == "job" and check.passed is not True:
                    self._missing(one)
                case Ticket() if check.kind == "refuse" and one.mark is Mark.LEAK and one.outcomes:
                    self._asked(one, one.outcomes[-1], Mark.LEAK)
                case Proof():
                    mark = Mark.EXTRA if check.kind == "only" else Mark.MISS
                    self._proven(one, mark, "" if mark is Mark.EXTRA else check.say)
                case Escalation(who=who, outcomes=outcomes):
                    first = next((outcome for outcome in outcomes if outcome.decisions), None)
                    if first:
                        self._note(_subject(who, "key"), _reason(Mark.EXTRA, first))
                case _:
                    pass

    def _missing(self, ticket: Ticket) -> None:
        if ticket.missing:
            self.remarks[f"{ticket.want.say}: {ticket.missing}"] = None
        if ticket.stopped and not isinstance(next(iter(ticket.stopped.decisions[-1:]), None), Allowed):
            self._asked(ticket, ticket.stopped, Mark.MISS)

    def _asked(self, ticket: Ticket, outcome: Outcome, mark: Mark) -> None:
        """Note a ticket's last call, at the session that makes it."""
        if outcome.decisions:
            who, badge = asker(ticket, outcome)
            who = "newcomer" if who == self.trial.names["newcomer"] else who
            self._note(_subject(who, badge), _reason(mark, outcome, badge, ticket.want.say))

    def _proven(self, proof: Proof, mark: Mark, say: str) -> None:
        """Note the requests of a proof, each decided once more for whoever can send it."""
        mine = [one for one in self.sessions if (one.held.who, one.held.badge) == (proof.who, proof.badge)]
        for each in proof.found:
            if isinstance(each, Undecided):
                self.remarks[f"not proven of {proof.who}: {each.reason}"] = None
            elif session := next((one for one in mine if _bears_out(one, each, mark)), None):
                self._note(session.subject, self._of(session, authorize(session.holds, each.witness), mark, say))

    def _of(self, session: _Session, decision: Decision, mark: Mark, say: str = "") -> Reason:
        held = session.held
        outcome = outcome_of(decision, held.account, held.caller, self.trial.play.now)
        return _reason(mark, outcome, held.badge, say)

    # ----------------------------------------------------------------- what is allowed
    def _look(self, session: _Session) -> None:
        """Find, for each thing and level, a request that is allowed, and one that is in excess."""
        left = min(TRIES, self.tries)
        context = {
            "aws:CurrentTime": (instant(self.trial.play.now),),
            "aws:SecureTransport": ("true",),
            "aws:SourceIp": (Origin().ip,),
        }
        for action, place in self._candidates(session):
            if self._is_known(session, action, place):
                continue
            if left <= 0:
                self.remarks[f"{session.held.who}: so much is allowed that not all of it was tried"] = None
                break
            left -= 1
            self.tries -= 1
            request = Request(action, place.arn, context, self.trial.account.id)
            decision = authorize(session.holds, request)
            if isinstance(decision, Allowed):
                self._note(session.subject, self._of(session, decision, self._judged(session, request)))

    def _judged(self, session: _Session, request: Request) -> Mark:
        if session.fine is None:
            return Mark.QUIET
        return Mark.OK if session.is_fine(request) else Mark.EXTRA

    def _is_known(self, session: _Session, action: str, place: Place) -> bool:
        """Tells whether nothing more can be learned of this level here: whoever is judged may hold something in excess."""
        known = self.found.get((session.subject, place.thing), {})
        sought = (Mark.QUIET,) if session.fine is None else (Mark.EXTRA,)
        return any((level_of(action), mark) in known for mark in sought)

    def _candidates(self, session: _Session) -> Iterator[tuple[str, Place]]:
        """Yield what the Allows of a session speak of: an action, and a resource that it can be asked on."""
        seen = set[tuple[str, str]]()
        for layer in session.holds.layers:
            for statement in (s for policy in layer.policies for s in policy.statements if s.effect == "Allow"):
                for place in self.places.spoken_of(layer, statement):
                    for action in self.places.askable(statement.actions, place):
                        if (action, place.arn) not in seen and action not in ALWAYS.actions:
                            seen.add((action, place.arn))
                            yield action, place


def _reason(mark: Mark, outcome: Outcome, badge: str = "key", say: str = "") -> Reason:
    return Reason(level_of(outcome.decisions[-1].request.action), mark, outcome, badge, say)


def _bears_out(session: _Session, excess: Excess, mark: Mark) -> bool:
    """Tells whether a request is decided so in this session that it shows what the grade says of it."""
    return isinstance(authorize(session.holds, excess.witness), Allowed) is (mark is Mark.EXTRA)


def _gravest(reason: Reason) -> tuple[int, int]:
    return LEVELS.index(reason.level), GRAVEST.index(reason.mark)
