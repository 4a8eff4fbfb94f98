"""Who can reach what: everybody who can make a request here beside everything there is, by AWS's access levels.

Who there is, in which sessions, and what is fine for them is asked of the grade's own tables; what they may do is asked
of the policy engine, under the context of an ordinary request. Excess, gaps and leaks are marked as the grade marks them:
a request is in excess if it is allowed, and neither needed nor of before. What the grade proved comes first, so that the
request which shows an excess here is the one that the report speaks of. An account without checks is not judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.instants import format_instant
from coffeeshop.account.model import Nobody, Origin, Outcome
from coffeeshop.lessons.grading.canaries import STANDS_FOR, made_up_note
from coffeeshop.lessons.grading.circumstances import (
    describe_circumstances,
    missing_credential_sentence,
)
from coffeeshop.lessons.grading.moments import keys_read
from coffeeshop.lessons.grading.needed import caller_and_badge
from coffeeshop.lessons.grading.permitted import permitted_access
from coffeeshop.lessons.grading.principal_classes import CLASSES, PrincipalClass
from coffeeshop.lessons.grading.sessions import HeldSession, role_standing
from coffeeshop.lessons.grading.slack import ALWAYS
from coffeeshop.lessons.grading.subjects import Session, Subject, subject_of
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.model import Check, Escalation, Play, Proof, Report
from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Decision, Excess, Request, Standing, Undecided
from coffeeshop.shop.chosen_contexts import is_chosen
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.serve import outcome_of, person, present, user_named
from coffeeshop.shop.things import ELSEWHERE, LEVELS, Place, Places, Thing, level_of
from coffeeshop.shop.want import Ticket

T = TypeVar("T")
Asked: TypeAlias = tuple[str, str, Thing]  # who asks for which action on which thing
Level: TypeAlias = tuple[AccessLevel, Mark]
MEMBERS = 1_000  # sessions that are looked at, those who are graded first
TRIES = 20_000  # requests that are decided for one session, and
ALL_TRIES = 50_000  # for all of them
ALONE = tuple(
    row for row in CLASSES if not row.beside
)  # who is told as one of others is not told once more
GRAVEST = (Mark.LEAK, Mark.MISS, Mark.EXTRA, Mark.OK, Mark.QUIET)


class Reason(Struct, frozen=True):
    """Why a cell says what it says at one level: a request with its decision, and what the grade holds of it.

    `mark` is OK (needed, or fine), EXTRA (allowed and not needed), MISS (needed and refused), LEAK (allowed, and must be
    refused) or QUIET (allowed, and nobody's to judge); `badge` is the weakest badge that will do, key, password or code;
    `say` is the job or refusal that asks for it, "" where none does; `under` the circumstances of a request that a job
    makes under others.
    """

    level: AccessLevel
    mark: Mark
    outcome: Outcome
    badge: str = ""
    say: str = ""
    under: str = ""

    @property
    def decision(self) -> Decision:
        """Returns what the policy engine decided."""
        return self.outcome.decisions[-1]

    @property
    def is_allowed(self) -> bool:
        """Tells whether it is allowed."""
        return self.mark is not Mark.MISS


class Access(Struct, frozen=True, dict=True):
    """The table: a row for each subject, in which a thing's cell holds a reason for each level and mark; a cell that is
    not there says that nothing is allowed. `judged` tells whether anything is marked at all, `remarks` what was left out
    and why. Those things come first, in each row too, of which the grade has something to say, or that not only some
    reach who may do everything.
    """

    subjects: tuple[Subject, ...]
    things: tuple[Thing, ...]
    rows: Mapping[Subject, Mapping[Thing, tuple[Reason, ...]]]
    judged: bool = False
    remarks: tuple[str, ...] = ()

    def row(self, subject: Subject) -> Mapping[Thing, tuple[Reason, ...]]:
        """Returns somebody's cells that are not empty."""
        return self.rows.get(subject, {})

    def cell(self, subject: Subject, thing: Thing) -> tuple[Reason, ...]:
        """Returns the reasons of a cell, in the order of the levels, the gravest of each first."""
        return self.row(subject).get(thing, ())

    def sparse_row(self, subject: Subject) -> Mapping[Thing, tuple[Reason, ...]]:
        """Returns somebody's cells, unless they are more than half of all."""
        return _sparse_row(self.row(subject), len(self.things))

    @cached_property
    def distinct_cells(self) -> tuple[tuple[Reason, ...], ...]:
        """Returns one cell of each look: of all that say the same levels and marks."""
        cells = (cell for row in self.rows.values() for cell in row.values())
        return (
            *{
                tuple((reason.level, reason.mark) for reason in cell): cell
                for cell in cells
            }.values(),
        )


def survey_access(play: Play, report: Report | None = None) -> Access:
    """Returns who can reach what in the account of a play; `report` is its grade, None where nothing is asked."""
    return _Survey(play, report).build_table()


class _Survey:
    """The table being filled: the first reason that is found for a level and a mark stays."""

    def __init__(self, play: Play, report: Report | None) -> None:
        self.trial = Trial(play)
        self.report = report
        self.places = Places(play.account)
        self.found: dict[Subject, dict[Thing, dict[Level, Reason]]] = {}
        self.remarks: dict[str, None] = {}
        self.spent: dict[str, None] = {}
        self.tries = ALL_TRIES
        self.asked = self._find_job_calls() if report else {}
        self.context = {
            "aws:CurrentTime": (format_instant(play.now),),
            "aws:SecureTransport": ("true",),
            "aws:SourceIp": (Origin().ip,),
        }

    def build_table(self) -> Access:
        """Fills the table, first with what the grade says. Strangers of whom nothing was found are left out."""
        subjects = dict.fromkeys(
            session.subject
            for session in self.sessions
            if self._is_user_or_function(session.held.who) and not session.supposing
        )
        for check in self.report.checks if self.report else ():
            self._add_check(check)
        for session in self.sessions:
            self._look_at_session(session)
        for supposed in [subject for subject in self.found if subject.supposing]:
            self._keep_new_cells(supposed)
        subjects |= dict.fromkeys(self.found)
        if self.spent:
            names = ", ".join([*self.spent][:5])
            hidden_count = len(self.spent) - 5
            more_note = f" and {hidden_count} more" if hidden_count > 0 else ""
            self.remarks[
                f"so much is allowed that not all of it was tried: {names}{more_note}"
            ] = None
        if self.places.cut:
            self.remarks["there are more things than are shown"] = None
        self._explain_made_up_names(subjects)
        things = self._ordered_things()
        rows = {subject: self._table_row(subject, things) for subject in self.found}
        return Access(
            tuple(subjects),
            tuple(things),
            rows,
            self.report is not None,
            tuple(self.remarks),
        )

    def _ordered_things(self) -> dict[Thing, int]:
        """Every thing, numbered in the order of the table."""
        rows = self.found.values()
        all_things = dict.fromkeys((*self.places.things, *chain.from_iterable(rows)))
        cells = chain.from_iterable(row.items() for row in rows)
        judged_things = {
            thing
            for thing, cell in cells
            if any(mark is not Mark.QUIET for _, mark in cell)
        }
        sparse_things = {
            *chain.from_iterable(_sparse_row(row, len(all_things)) for row in rows)
        }
        ordered = sorted(
            all_things,
            key=lambda thing: (thing not in judged_things, thing not in sparse_things),
        )
        return {thing: number for number, thing in enumerate(ordered)}

    def _table_row(
        self, subject: Subject, things: Mapping[Thing, int]
    ) -> dict[Thing, tuple[Reason, ...]]:
        cells = self.found[subject]
        ordered = sorted(cells, key=things.__getitem__)
        return {
            thing: tuple(sorted(cells[thing].values(), key=_reason_order))
            for thing in ordered
        }

    def _explain_made_up_names(self, subjects: Iterable[Subject]) -> None:
        names_shown = " ".join(
            f"{subject.who} {subject.role}" for subject in subjects if subject.role
        )
        for kind, stands_for in STANDS_FOR.items():
            if (drawn := self.trial.names[kind]) in names_shown:
                self.remarks[made_up_note(drawn, stands_for)] = None

    def _keep_new_cells(self, supposed: Subject) -> None:
        """Keep of what somebody could be given only what they can't do already."""
        row = self.found.pop(supposed)
        former_row = self.found.get(replace(supposed, supposing=""), {})
        cells = {
            thing: _new_reasons(cell, former_row.get(thing, {}))
            for thing, cell in row.items()
        }
        if new_cells := {thing: cell for thing, cell in cells.items() if cell}:
            self.found[supposed] = new_cells

    def _find_job_calls(self) -> dict[Asked, list[Outcome]]:
        """Return the calls by which jobs ask for something, in whatever circumstances."""
        calls: dict[Asked, list[Outcome]] = {}
        for ticket in self.trial.jobs:
            for outcome in ticket.outcomes:
                for decision in outcome.decisions[-1:]:
                    calls.setdefault(
                        self._request_key(ticket.want.who, decision.request), []
                    ).append(outcome)
        return calls

    def _unusual_circumstances(self, subject: Subject, reason: Reason) -> str:
        """Return the circumstances of a request that jobs make too, if none of them makes it in these; else ""."""
        jobs = self.asked.get(self._request_key(subject.who, reason.decision.request), [])
        keys = {
            key
            for job in jobs
            for key in job.decisions[-1].request.context
            if is_chosen(key)
        }
        phrase, *job_circumstances = (
            describe_circumstances(outcome, keys) for outcome in (reason.outcome, *jobs)
        )
        if not job_circumstances or phrase in job_circumstances:
            return ""
        lacking = missing_credential_sentence(reason.outcome, self.trial.play.account)
        return f"{phrase} ({lacking.rstrip('.')})" if lacking else phrase

    def _request_key(self, subject_name: str, request: Request) -> Asked:
        return (
            subject_name.lower(),
            request.action.lower(),
            self.places.thing(request.resource),
        )

    def _is_user_or_function(self, subject_name: str) -> bool:
        return user_named(
            self.trial.play.account, subject_name
        ) is not None or subject_name.startswith("function/")

    def _note_reason(self, subject: Subject, reason: Reason) -> None:
        thing = self.places.thing(reason.decision.request.resource)
        if not thing.there and (
            reason.mark is not Mark.MISS or thing.name in self.trial.names.values()
        ):
            thing = ELSEWHERE  # its name was made up: only a job names what is to be made
        if reason.mark in (Mark.EXTRA, Mark.LEAK):
            reason = replace(reason, under=self._unusual_circumstances(subject, reason))
        row = self.found.setdefault(subject, {})
        row.setdefault(thing, {}).setdefault((reason.level, reason.mark), reason)

    # --------------------------------------------------------------------- who there is
    @cached_property
    def sessions(self) -> tuple[Session, ...]:
        """Returns every session, of every class of principals; then the administrators', whom nobody judges."""
        sessions = tuple(islice(self._all_sessions(), MEMBERS + 1))
        if len(sessions) > MEMBERS:
            self.remarks[
                f"more than {MEMBERS} people and sessions: the others were not looked at"
            ] = None
        return sessions[:MEMBERS]

    def _all_sessions(self) -> Iterator[Session]:
        """Where anything is asked, those whom the grade judges, and its administrators in all their roles. Elsewhere
        everybody as themselves, and each role once, whoever wears it: who may, its column tells.
        """
        trial, users = self.trial, self.trial.play.account.users
        if self.report:
            admins = (users.get(name.lower()) for name in trial.play.scenario.people.admins)
            for row in ALONE:
                yield from (
                    self._judged_session(row, member) for member in row.members(trial)
                )
            for session in (
                session
                for user in admins
                if user
                for session in trial.sessions_of(person(user.name))
            ):
                yield Session(session, session.standing)
            return
        for subject_name in map(person, (user.name for user in users.values())):
            yield from self._direct_sessions(subject_name)
        for role in trial.play.account.roles.values():
            subject_name = f"role/{role.name}"
            session = role_standing(trial.account, role, trial.play.now)
            yield Session(
                HeldSession(subject_name, subject_name, trial.account, Nobody(), session),
                session,
            )
        yield from self._stranger_sessions()

    def _stranger_sessions(self) -> Iterator[Session]:
        for row in ALONE:
            if row.kind not in ("user", "role of a service", "function"):
                for member in row.members(self.trial):
                    yield Session(
                        member, row.open_standing(self.trial, member), None, row.supposing
                    )

    def _direct_sessions(self, subject_name: str) -> Iterator[Session]:
        """Somebody with a key; and signed in with a code, where a policy asks for one."""
        for badge in ("key", "code"):
            for account, caller in present(
                self.trial.account,
                self.trial.credential_want(subject_name, badge),
                self.trial.play.now,
            ):
                allowed = build_standing(account, caller, self.trial.play.now)
                if isinstance(allowed, Standing):
                    yield Session(
                        HeldSession(subject_name, badge, account, caller, allowed), allowed
                    )
                    if not any(
                        key.startswith("aws:multifactor") for key in keys_read(allowed)
                    ):
                        return

    def _judged_session(self, row: PrincipalClass, member: HeldSession) -> Session:
        permitted = permitted_access(self.trial, row, member)
        allowed = row.open_standing(self.trial, member)
        return Session(
            member,
            allowed,
            None if permitted.before == allowed else permitted,
            row.supposing,
        )

    # ---------------------------------------------------------------- what the grade says
    def _add_check(self, check: Check) -> None:
        """Keep what the grade found: jobs that are refused, refusals that leak, and every proof of more."""
        for evidence in check.evidence:
            match evidence:
                case Ticket() if check.kind == "job" and check.passed is not True:
                    self._add_refused_job(evidence)
                case Ticket() if (
                    check.kind == "refuse"
                    and evidence.mark is Mark.LEAK
                    and evidence.outcomes
                ):
                    self._add_last_call(evidence, evidence.outcomes[-1], Mark.LEAK)
                case Proof():
                    mark = Mark.EXTRA if check.kind == "only" else Mark.MISS
                    self._add_proof(evidence, mark, "" if mark is Mark.EXTRA else check.say)
                case Escalation(who=who, outcomes=outcomes):
                    first = next(
                        (outcome for outcome in outcomes if outcome.decisions), None
                    )
                    if first:
                        self._note_reason(
                            subject_of(who, "key"), _call_reason(Mark.EXTRA, first)
                        )
                case _:
                    pass

    def _add_refused_job(self, ticket: Ticket) -> None:
        if ticket.missing:
            self.remarks[f"{ticket.want.say}: {ticket.missing}"] = None
        if ticket.stopped and not isinstance(
            next(iter(ticket.stopped.decisions[-1:]), None), Allowed
        ):
            self._add_last_call(ticket, ticket.stopped, Mark.MISS)

    def _add_last_call(self, ticket: Ticket, outcome: Outcome, mark: Mark) -> None:
        """Note a ticket's last call, at the session that makes it."""
        if outcome.decisions:
            subject_name, badge = caller_and_badge(ticket, outcome)
            subject_name = (
                "newcomer" if subject_name == self.trial.names["newcomer"] else subject_name
            )
            self._note_reason(
                subject_of(subject_name, badge),
                _call_reason(mark, outcome, badge, ticket.want.say),
            )

    def _add_proof(self, proof: Proof, mark: Mark, say: str) -> None:
        """Note the requests of a proof, each decided once more for whoever can send it."""
        proven_sessions = [
            session
            for session in self.sessions
            if (session.held.who, session.held.badge) == (proof.who, proof.badge)
        ]
        for excess in proof.found:
            if isinstance(excess, Undecided):
                self.remarks[f"not proven of {proof.who}: {excess.reason}"] = None
            elif session := next(
                (
                    candidate
                    for candidate in proven_sessions
                    if _confirms_proof(candidate, excess, mark)
                ),
                None,
            ):
                self._note_reason(
                    session.subject,
                    self._session_reason(
                        session, authorize(session.holds, excess.witness), mark, say
                    ),
                )

    def _session_reason(
        self, session: Session, decision: Decision, mark: Mark, say: str = ""
    ) -> Reason:
        member = session.held
        outcome = outcome_of(decision, member.account, member.caller, self.trial.play.now)
        return _call_reason(mark, outcome, member.badge, say)

    # ----------------------------------------------------------------- what is allowed
    def _look_at_session(self, session: Session) -> None:
        """Find, for each thing and level, a request that is allowed, and of those who are judged one that is in excess.
        What the Allows of the session do not speak of is not tried.
        """
        tries_left = min(TRIES, self.tries)
        for action, places in self.places.spoken(session.holdings):
            tries_left -= self._try_action(session, action, places[: max(tries_left, 0)])
            if tries_left <= 0:
                self.spent[session.held.who] = None
                return

    def _try_action(self, session: Session, action: str, places: Sequence[Place]) -> int:
        """Decide the action on one of these resources of a thing after the other, until nothing more can be learned of
        its level; returns how many were decided.
        """
        if places:
            known_reasons = self.found.get(session.subject, {}).get(places[0].thing, {})
        else:
            known_reasons = {}
        sought_level = level_of(action), Mark.QUIET if session.fine is None else Mark.EXTRA
        if not places or sought_level in known_reasons or action in ALWAYS.actions:
            return 0
        for tries, place in enumerate(places, 1):
            for decision in self._allowed_decisions(session, action, place):
                mark = session.mark_request(decision.request)
                self._note_reason(
                    session.subject, self._session_reason(session, decision, mark)
                )
                if mark is sought_level[1]:
                    return tries
        return len(places)

    def _allowed_decisions(
        self, session: Session, action: str, place: Place
    ) -> Iterator[Decision]:
        """Yield the requests for one resource that are allowed: an ordinary one, and those that say what a policy asks for."""
        for chosen in session.contexts:
            if chosen.fits(action):
                self.tries -= 1
                request = Request(
                    action,
                    place.arn,
                    {**self.context, **chosen.context},
                    self.trial.account.id,
                )
                decision = authorize(session.holdings.towards(place.arn), request)
                if isinstance(decision, Allowed):
                    yield decision


def _call_reason(mark: Mark, outcome: Outcome, badge: str = "key", say: str = "") -> Reason:
    return Reason(level_of(outcome.decisions[-1].request.action), mark, outcome, badge, say)


def _confirms_proof(session: Session, excess: Excess, mark: Mark) -> bool:
    """Tells whether a request is decided so in this session that it shows what the grade says of it."""
    return isinstance(authorize(session.holds, excess.witness), Allowed) is (
        mark is Mark.EXTRA
    )


def _reason_order(reason: Reason) -> tuple[int, int]:
    return LEVELS.index(reason.level), GRAVEST.index(reason.mark)


def _new_reasons(
    cell: Mapping[Level, Reason], former_cell: Mapping[Level, Reason]
) -> dict[Level, Reason]:
    levels = {level for level, mark in former_cell if mark is not Mark.MISS}
    fine = (Mark.OK, Mark.QUIET)
    unusual = (
        (key, reason)
        for key, reason in cell.items()
        if reason.level not in levels or reason.mark not in fine
    )
    return {key: reason for key, reason in unusual if key not in former_cell}


def _sparse_row(row: Mapping[Thing, T], of: int) -> Mapping[Thing, T]:
    return row if 2 * len(row) <= of else {}
