"""Who can reach what: everybody who can make a request, by everything there is, by AWS's
access levels.

The principals, their sessions and what is permitted come from the grade's own tables. What
they can do is asked of the policy engine, under the context of an ordinary request. An
allowed request is in excess if it is neither needed nor was allowed before the play. Proofs
of the grade come first, so that an excess is shown by the same request as in the report. An
account without checks is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice, product
from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account.access.object_keys import refused_key_request
from coffeeshop.account.access.request_context import sent_region, usual_context
from coffeeshop.account.access.resource_keys import with_resource_keys
from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Nobody, Outcome
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.access_table import (
    Access,
    Level,
    Reason,
    add_reason,
    call_reason,
    confirms_proof,
    is_shown,
    new_reasons,
    reason_order,
    requests_elsewhere,
    sparse_row,
    untried_remark,
)
from coffeeshop.lessons.grading.circumstances import (
    describe_circumstances,
    missing_credential_sentence,
)
from coffeeshop.lessons.grading.detours import calls_needed_first
from coffeeshop.lessons.grading.excesses import need_phrase
from coffeeshop.lessons.grading.needed import caller_and_badge
from coffeeshop.lessons.grading.permitted import permitted_access
from coffeeshop.lessons.grading.principal_classes import PRINCIPAL_CLASSES, PrincipalClass
from coffeeshop.lessons.grading.request_space import keys_read
from coffeeshop.lessons.grading.sessions import HeldSession, role_standing
from coffeeshop.lessons.grading.slack import ALWAYS_ALLOWED
from coffeeshop.lessons.grading.subjects import Session, Subject, subject_of
from coffeeshop.lessons.grading.trial import Trial
from coffeeshop.lessons.grading.workload_claims import WORKLOAD_PREFIX
from coffeeshop.lessons.model import Check, Escalation, Play, Proof, Report
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Decision, Request, Standing, Undecided
from coffeeshop.shop.chosen_contexts import is_chosen
from coffeeshop.shop.decision_outcome import decision_outcome
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.serve import (
    usable_credentials,
    user_named,
    want_name,
)
from coffeeshop.shop.things import UNKNOWN_THING, Place, Places, Thing, access_level_of
from coffeeshop.shop.want import Ticket

RequestKey: TypeAlias = tuple[str, str, Thing]  # who asks for which action on which thing
MAX_SESSIONS = 1_000  # at most so many sessions are looked at, judged ones first
MAX_RESOURCES = 20_000  # at most so many resources are tried for one session
ALL_TRIES = 60_000  # at most so many requests are decided for all sessions together
# A class that is `beside` others would only repeat what their rows show.
TABLE_CLASSES = tuple(row for row in PRINCIPAL_CLASSES if not row.beside)


def survey_access(play: Play, report: Report | None = None) -> Access:
    """Return the table of who can reach which resources in the account of a play.

    With the play's grade (`report`) each cell is also marked: permitted, too much, missing or
    leaking. Without one nothing is judged.
    """
    return _Survey(play, report).build_table()


class _Survey:
    """Builds the access table: for each principal and thing one example request for each access
    level and mark.

    The first example that is found stays.
    """

    def __init__(self, play: Play, report: Report | None) -> None:
        """Begin without cells. With the grade (`report`), requests are judged."""
        self.trial = Trial(play)
        self.report = report
        self.places = Places(play.account)
        self.found: dict[Subject, dict[Thing, dict[Level, Reason]]] = {}
        self.remarks: dict[str, None] = {}
        self.spent: dict[str, None] = {}
        self.tries = ALL_TRIES
        self.job_calls = self._find_job_calls() if report else {}
        self.context = usual_context(play.now)

    def build_table(self) -> Access:
        """Return the finished table.

        What the grade proved is entered first. The first example of a cell stays, so the table
        shows the same request as the report. Outsiders who can do nothing get a row only if a job
        or refusal names them.
        """
        subjects = dict.fromkeys(
            session.subject
            for session in self.sessions
            if self._is_user_or_function(session.member.who) and not session.supposing
        )
        if len(self.sessions) < MAX_SESSIONS:
            users = self.trial.play.account.users.values()
            without_sessions = {want_name(user.name) for user in users}
            without_sessions -= {subject.who for subject in subjects}
            subjects |= dict.fromkeys(map(Subject, sorted(without_sessions)))
        for check in self.report.checks if self.report else ():
            self._add_check(check)
        for session in (*self.sessions, *self._root_sessions()):
            self._look_at_session(session)
        self._look_elsewhere()
        for supposed in [subject for subject in self.found if subject.supposing]:
            self._keep_new_cells(supposed)
        subjects |= dict.fromkeys(self.found)
        named = {want.who for want in self.trial.wants}
        callers = (session.member.who for session in self.sessions)
        subjects |= dict.fromkeys(Subject(who) for who in callers if who in named)
        if self.spent:
            self.remarks[untried_remark(tuple(self.spent))] = None
        if self.places.is_incomplete:
            self.remarks["there are more things than are shown"] = None
        things = self._ordered_things()
        rows = {subject: self._table_row(subject, things) for subject in self.found}
        return Access(
            tuple(subjects),
            tuple(things),
            rows,
            self.report is not None,
            tuple(self.remarks),
            frozenset(self.spent),
        )

    def _ordered_things(self) -> dict[Thing, int]:
        """Return every thing with the number of its column: judged things first, then those that only some
        principals reach.
        """
        rows = self.found.values()
        all_things = dict.fromkeys((*self.places.things, *chain.from_iterable(rows)))
        cells = chain.from_iterable(row.items() for row in rows)
        judged_things = {
            thing
            for thing, cell in cells
            if any(mark is not Mark.QUIET for _, mark in cell)
        }
        sparse_things = {
            *chain.from_iterable(sparse_row(row, len(all_things)) for row in rows)
        }
        ordered = sorted(
            all_things,
            key=lambda thing: (
                thing not in judged_things,
                thing == UNKNOWN_THING,
                thing not in sparse_things,
            ),
        )
        return {thing: number for number, thing in enumerate(ordered)}

    def _table_row(
        self, subject: Subject, things: Mapping[Thing, int]
    ) -> dict[Thing, tuple[Reason, ...]]:
        """Return a subject's cells in the order of the columns, each with its gravest reasons
        first.
        """
        cells = self.found[subject]
        ordered = sorted(cells, key=things.__getitem__)
        return {
            thing: tuple(sorted(cells[thing].values(), key=reason_order))
            for thing in ordered
        }

    def _keep_new_cells(self, supposed: Subject) -> None:
        """Reduce a supposed subject's row to what the supposition adds to their own row.

        Such a subject is a principal as if they were given a credential or a tag.
        """
        row = self.found.pop(supposed)
        former_row = self.found.get(replace(supposed, supposing=""), {})
        cells = {
            thing: new_reasons(cell, former_row.get(thing, {}))
            for thing, cell in row.items()
        }
        if new_cells := {thing: cell for thing, cell in cells.items() if cell}:
            self.found[supposed] = new_cells

    def _find_job_calls(self) -> dict[RequestKey, list[Outcome]]:
        """Return the calls of all jobs by who asks for which action on which thing, whatever their circumstances."""
        calls: dict[RequestKey, list[Outcome]] = {}
        for ticket in self.trial.jobs:
            for outcome in ticket.outcomes:
                if outcome.decisions:
                    request = outcome.main_decisions[0].request
                    key = self._request_key(ticket.want.who, request)
                    calls.setdefault(key, []).append(outcome)
        return calls

    def _unusual_circumstances(self, subject: Subject, reason: Reason) -> str:
        """Return the circumstances that make a request too much, such as "without an MFA
        code". "": they don't matter.

        A job may make the same request in other circumstances. Then the learner has to know
        what differs.
        """
        jobs = self.job_calls.get(
            self._request_key(subject.who, reason.decision.request), []
        )
        keys = {
            key
            for job in jobs
            for key in job.main_decisions[0].request.context
            if is_chosen(key)
        }
        phrase, *job_circumstances = (
            describe_circumstances(outcome, keys) for outcome in (reason.outcome, *jobs)
        )
        if not job_circumstances or phrase in job_circumstances:
            return ""
        lacking = missing_credential_sentence(reason.outcome, self.trial.play.account)
        if lacking:
            return f"{phrase} ({lacking.rstrip('.')})"
        return phrase

    def _request_key(self, subject_name: str, request: Request) -> RequestKey:
        """Return what makes two requests the same: who asks for which action on which thing."""
        return (
            subject_name.lower(),
            request.action.lower(),
            self.places.thing(request.resource),
        )

    def _is_user_or_function(self, subject_name: str) -> bool:
        """Tell whether this is a user of the account or a function: those always have a row."""
        user = user_named(self.trial.play.account, subject_name)
        return user is not None or subject_name.startswith("function/")

    def _note_reason(self, subject: Subject, reason: Reason) -> None:
        """Enter an example request into its cell, unless the cell has one of that level and mark."""
        thing = self.places.thing(reason.decision.request.resource)
        is_drawn = thing.name in self.trial.names.values()
        if not thing.exists and (reason.mark is not Mark.MISS or is_drawn):
            # The name is made up: only jobs name things that don't exist yet.
            thing = UNKNOWN_THING
        if reason.mark in (Mark.EXTRA, Mark.LEAK):
            reason = replace(reason, under=self._unusual_circumstances(subject, reason))
        add_reason(self.found.setdefault(subject, {}).setdefault(thing, {}), reason)

    # --------------------------------------------------------------------- who there is
    @cached_property
    def sessions(self) -> tuple[Session, ...]:
        """Return every session to look at, at most MAX_SESSIONS of them."""
        sessions = tuple(islice(self._all_sessions(), MAX_SESSIONS + 1))
        if len(sessions) > MAX_SESSIONS:
            self.remarks[
                f"more than {MAX_SESSIONS} people and sessions: the others were not looked at"
            ] = None
        return sessions[:MAX_SESSIONS]

    def _all_sessions(self) -> Iterator[Session]:
        """Yield every session to look at.

        Where there are checks: the members of each principal class, and the administrators
        in all their roles. Elsewhere: each user directly, and each role once. The role's
        column says who can assume it.
        """
        trial = self.trial
        users = trial.play.account.users
        if self.report:
            for row in TABLE_CLASSES:
                for member in row.members(trial):
                    yield self._judged_session(row, member)
            for name in trial.play.scenario.people.admins:
                user = users.get(name.lower())
                for member in trial.sessions_of(want_name(user.name)) if user else ():
                    yield Session(member, member.standing)
            yield from self._workload_sessions()
            return
        for user in users.values():
            yield from self._direct_sessions(want_name(user.name))
        for role in trial.play.account.roles.values():
            name = f"role/{role.name}"
            allowed = role_standing(trial.account, role, trial.play.now)
            member = HeldSession(name, name, trial.account, Nobody(), allowed)
            yield Session(member, allowed)
        yield from self._workload_sessions()
        yield from self._stranger_sessions()

    def _workload_sessions(self) -> Iterator[Session]:
        """Yield what each workload outside AWS can do with its token, and in each role that lets it in."""
        for name in self.trial.account.workloads:
            for member in self.trial.sessions_of(f"{WORKLOAD_PREFIX}{name}"):
                yield Session(member, member.standing)

    def _root_sessions(self) -> Iterator[Session]:
        """Yield the root user's session, with a minted password, if a check is about root and nothing about it
        was proved.
        """
        wants = self.trial.wants if self.report else ()
        if Subject("root") not in self.found and all(want.who != "root" for want in wants):
            return
        at = self.trial.play.now
        want = replace(self.trial.credential_want("root", "password"), minted=True)
        for account, caller in usable_credentials(self.trial.account, want, at):
            allowed = build_standing(account, caller, at)
            if isinstance(allowed, Standing):
                member = HeldSession("root", want.badge, account, caller, allowed)
                yield Session(member, allowed)

    def _stranger_sessions(self) -> Iterator[Session]:
        """Yield the sessions of all principals that aren't users, service roles or functions of the
        account. They aren't judged.
        """
        for row in TABLE_CLASSES:
            if row.kind not in ("user", "role of a service", "function"):
                for member in row.members(self.trial):
                    yield Session(
                        member, row.open_standing(self.trial, member), None, row.supposing
                    )

    def _direct_sessions(self, subject_name: str) -> Iterator[Session]:
        """Yield a user's session with a key, and one with an MFA code if its policies ask for MFA: it may be
        allowed more.
        """
        for badge in ("key", "code"):
            want = self.trial.credential_want(subject_name, badge)
            at = self.trial.play.now
            for account, caller in usable_credentials(self.trial.account, want, at):
                allowed = build_standing(account, caller, at)
                if not isinstance(allowed, Standing):
                    continue
                member = HeldSession(subject_name, badge, account, caller, allowed)
                yield Session(member, allowed)
                keys = keys_read(allowed)
                if not any(key.startswith("aws:multifactor") for key in keys):
                    return

    def _judged_session(self, row: PrincipalClass, member: HeldSession) -> Session:
        """Return a member's session with what is permitted in it, by which the table marks its
        requests.

        A session that is allowed just what it was before the play isn't judged: the learner didn't
        change it.
        """
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
        """Enter what a check of the grade proved: refused jobs, leaks and excesses."""
        for evidence in check.evidence:
            match evidence:
                case Ticket() if check.kind is CheckKind.JOB:
                    self._add_allowed_calls(evidence)
                    if check.passed is not True:
                        self._add_refused_job(evidence)
                case Ticket() if (
                    check.kind is CheckKind.REFUSAL
                    and evidence.mark is Mark.LEAK
                    and evidence.outcomes
                ):
                    self._add_last_call(evidence, evidence.outcomes[-1], Mark.LEAK)
                case Proof():
                    self._add_proof(check, evidence)
                case Escalation(who=who, unneeded=Outcome() as unneeded):
                    self._note_reason(
                        subject_of(who, "key"), call_reason(Mark.EXTRA, unneeded)
                    )
                case _:
                    pass

    def _add_allowed_calls(self, ticket: Ticket) -> None:
        """Enter the allowed calls of a partner's or workload's job: no search tells what they are permitted."""
        if ticket.want.who.startswith(("account/", WORKLOAD_PREFIX)):
            for outcome in ticket.outcomes:
                if outcome.has_succeeded:
                    self._add_last_call(ticket, outcome, Mark.OK)

    def _add_refused_job(self, ticket: Ticket) -> None:
        """Enter the call that a policy refused to a job, as MISS.

        What else the job lacks, such as a user, fits no cell, so it becomes a remark.
        """
        if ticket.missing:
            self.remarks[f"{ticket.want.say}: {ticket.missing}"] = None
        if (stopping_call := ticket.stopping_call) is None:
            return
        last_decision = stopping_call.main_decisions[0] if stopping_call.decisions else None
        if not isinstance(last_decision, Allowed):
            self._add_last_call(ticket, stopping_call, Mark.MISS)

    def _add_last_call(self, ticket: Ticket, outcome: Outcome, mark: Mark) -> None:
        """Enter the last call of a ticket (one run of a job or refusal), in the row of
        whoever makes it: a role's session perhaps.
        """
        if outcome.decisions:
            subject_name, badge = caller_and_badge(ticket, outcome)
            if subject_name == self.trial.names["newcomer"]:
                subject_name = "newcomer"
            reason = call_reason(mark, outcome, badge, ticket.want.say)
            reason = replace(reason, detour=calls_needed_first(self.trial, ticket, outcome))
            self._note_reason(subject_of(subject_name, badge), reason)

    def _add_proof(self, check: Check, proof: Proof) -> None:
        """Enter the example requests of a check's proof, each in a session that decides it as the proof
        says.

        A proof tells only who asks and with which credential, and they can have several such
        sessions.
        """
        mark = Mark.EXTRA if check.kind is CheckKind.EXCESS else Mark.MISS
        proven_sessions = [
            session
            for session in self.sessions
            if (session.member.who, session.member.badge) == (proof.who, proof.badge)
        ]
        for excess in proof.found:
            if isinstance(excess, Undecided):
                self.remarks[f"not proven of {proof.who}: {excess.reason}"] = None
                continue
            for session in proven_sessions:
                if confirms_proof(session, excess, mark):
                    decision = authorize(session.allowed, excess.witness)
                    say = (
                        need_phrase(self.trial.play, check.subject, excess)
                        if mark is Mark.EXTRA
                        else check.say
                    )
                    reason = self._session_reason(session, decision, mark, say)
                    self._note_reason(session.subject, reason)
                    break

    def _session_reason(
        self, session: Session, decision: Decision, mark: Mark, say: str = ""
    ) -> Reason:
        """Return a session's decision as a reason for a cell."""
        member = session.member
        outcome = decision_outcome(
            decision, member.account, member.caller, self.trial.play.now
        )
        return call_reason(mark, outcome, member.badge, say)

    # ----------------------------------------------------------------- what is allowed
    def _look_at_session(self, session: Session) -> None:
        """Find an allowed request for each thing and access level, and where the session is judged
        one that is too much.

        Only actions that an Allow of the session mentions are tried, and only MAX_RESOURCES requests: a
        wide policy allows millions.
        """
        tries_left = min(MAX_RESOURCES, self.tries)
        for action, places in self.places.actions_by_resources(session.holdings):
            tries_left -= self._try_action(session, action, places[: max(tries_left, 0)])
            if tries_left <= 0:
                self.spent[session.member.who] = None
                return

    def _look_elsewhere(self) -> None:
        """Try the requests on other resources with every session, so that all rows answer the same.

        A pattern such as `*` matches resources that exist, so for those who have it no other was tried.
        A request of each access level is added, for those who are allowed more than the others.
        """
        reasons = (
            reason
            for row in self.found.values()
            for reason in row.get(UNKNOWN_THING, {}).values()
        )
        asked_requests = dict.fromkeys(
            (reason.decision.request.action, reason.decision.request.resource)
            for reason in reasons
        )
        if asked_requests:
            asked_requests |= dict.fromkeys(requests_elsewhere(self.trial.account.id))
        for session, (action, arn) in product(self.sessions, asked_requests):
            known_reasons = self.found.get(session.subject, {}).get(UNKNOWN_THING, {})
            known_levels = {level for level, _ in known_reasons}
            if access_level_of(action) not in known_levels:
                self._try_action(session, action, (Place(arn, arn, UNKNOWN_THING),))

    def _try_action(self, session: Session, action: str, places: Sequence[Place]) -> int:
        """Try an action on one resource after the other. Return how many resources were tried.

        All `places` are resources of one thing. The search stops at the first request with the mark that
        matters most: EXTRA (allowed, but not permitted) in a judged session. Where nothing is judged, that
        is QUIET. If the cell has such a request already, at most one more is tried, for a better example.
        """
        if not places or action in ALWAYS_ALLOWED.actions:
            return 0
        known_reasons = self.found.get(session.subject, {}).get(places[0].thing, {})
        sought_level = (
            access_level_of(action),
            Mark.QUIET if session.permitted is None else Mark.EXTRA,
        )
        if is_shown(known_reasons, sought_level, places[0].arn):
            return 0
        if sought_level in known_reasons:
            places = places[:1]
        for tries, place in enumerate(places, 1):
            for decision in self._allowing_decisions(session, action, place):
                mark = session.mark_request(decision.request)
                self._note_reason(
                    session.subject, self._session_reason(session, decision, mark)
                )
                if mark is sought_level[1]:
                    return tries
        return len(places)

    def _allowing_decisions(
        self, session: Session, action: str, place: Place
    ) -> Iterator[Decision]:
        """Yield the decisions that allow an action on a resource in this session.

        A condition can keep an ordinary request from matching an Allow. So requests with
        other context are tried as well: values that the policies mention and the session's
        holder can choose. No one chooses the tags or the boundary of the resource: they are those that it has.
        """
        account = self.trial.account
        at = self.trial.play.now
        region = sent_region(account, place.arn)
        usual = self.context | region | session.own_context
        for request_context in session.contexts:
            if request_context.fits(action):
                self.tries -= 1
                chosen = request_context.context
                sent = with_resource_keys(account, action, place.arn, chosen)
                request = Request(action, place.arn, usual | sent, account.id)
                decision = authorize(session.holdings.standing_for(place.arn), request)
                if not isinstance(decision, Allowed):
                    continue
                if not refused_key_request(account, session.allowed, request, at):
                    yield decision
