"""One judging of a play: each session's allowed and needed requests, on a copy of the
account with strangers in it.

*Allowed* is a session's standing. *Needed* is the standing with exactly what the jobs ask
for, and the slack. An excess is what `policy.comparison` finds between the two. What is
costly is computed once and kept.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from coffeeshop.account.model import Account, Caller
from coffeeshop.lessons.grading.canaries import draw_canaries, with_canaries
from coffeeshop.lessons.grading.detours import Way, find_detour, ways_to_more
from coffeeshop.lessons.grading.existing import thing_arns
from coffeeshop.lessons.grading.needed import (
    USER_BADGES,
    Need,
    allowed_slack,
    needs_of_jobs,
)
from coffeeshop.lessons.grading.refusals import find_other_leak
from coffeeshop.lessons.grading.request_space import request_time
from coffeeshop.lessons.grading.sentences import TOMORROW
from coffeeshop.lessons.grading.serving import (
    former_name,
    serve_want,
    tickets_under_other_names,
)
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    find_sessions,
    session_under_any_name,
)
from coffeeshop.lessons.model import Play, Scenario, Slack
from coffeeshop.policy.comparison.budgets import COMPARING, GRADE_STEPS, BudgetError, Steps
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import Excess, Policy, Standing, Undecided
from coffeeshop.shop.decision_outcome import decision_outcome
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import serve, user_named, want_name
from coffeeshop.shop.want import Ticket, Want, fill_names, with_names

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.answers import KnownAnswers
    from coffeeshop.policy.comparison.domain import Domain

MAX_EXCESSES = 10  # excesses of one session, for a report
# The refused part of a job, and its person's credentials then.
RefusedPart: TypeAlias = tuple[Excess | Undecided, Standing]


class Trial:
    """The judging of one play: runs its jobs and refusals, and tells who needs and may do what.

    `account` is a copy with the canaries in it: people and things that no hand-in can have named. At most
    `most_shown` excesses of one session are looked for.
    """

    def __init__(self, play: Play, most_shown: int = MAX_EXCESSES) -> None:
        """Prepare to judge a play. `most_shown` is how many excesses a proof shows."""
        self.play = play
        self.shown = most_shown
        self.names = draw_canaries(play)
        self.account = with_canaries(play, self.names)
        self.wants = tuple(with_names(want, self.names) for want in play.scenario.wants)
        self.slack = tuple(_with_names(slack, self.names) for slack in play.scenario.slack)
        self.steps = Steps(GRADE_STEPS)
        self._known_answers: KnownAnswers = {}
        self._sessions: dict[tuple[str, bool], tuple[HeldSession | Undecided, ...]] = {}
        self._unproven: dict[str, list[Undecided]] = {}
        self._paths: dict[tuple[str, str, Caller | None], tuple[Way, ...]] = {}
        self._needed: dict[tuple[str, str], Standing] = {}
        self._newcomers_before: dict[tuple[str, ...], Mapping[str, Standing]] = {}
        self._refused_parts: dict[str, RefusedPart | None] = {}
        self._tickets: dict[tuple[Mode, str], Ticket] = {}
        self._reported: dict[tuple[Mode, str], Ticket] = {}

    def ticket_for(self, want: Want) -> Ticket:
        """Return the ticket of a want (a job or refusal): one run of it on a copy of the
        account. It is run only once.

        If a job on a drawn name fails under another name, the ticket is that of the failing
        run.
        """
        key = want.mode, want.id
        if key not in self._tickets:
            ticket = serve_want(self.play, self.account, want)
            renamed_tickets = tickets_under_other_names(
                self.play, self.account, ticket, self.names
            )
            self._tickets[key] = next(
                (renamed for renamed in renamed_tickets if not renamed.has_succeeded),
                ticket,
            )
        return self._tickets[key]

    @cached_property
    def tickets(self) -> tuple[Ticket, ...]:
        """Return the run of every job and refusal, in the order of the brief."""
        return tuple(map(self.ticket_for, self.wants))

    @cached_property
    def jobs(self) -> tuple[Ticket, ...]:
        """Return the run of every job."""
        return tuple(self.ticket_for(want) for want in self.wants if want.mode is Mode.MUST)

    @cached_property
    def domain(self) -> Domain:
        """Return the requests among which comparisons search: those on resources of this account."""
        # Asked for when something is compared, and not before.
        from coffeeshop.policy.comparison.domain import Domain

        return Domain.typed_domain((self.account.id,), tuple(thing_arns(self.account)))

    def domain_of(self, account: str) -> Domain:
        """Return the requests among which to search for an account: on the shop's resources, or on that
        account's own.
        """
        if account == self.account.id:
            return self.domain
        return dataclasses.replace(
            self.domain, accounts=(account,), seeds=(), owner=account
        )

    # ------------------------------------------------------------ what it may take
    def quarter_budget(self) -> AbstractContextManager[None]:
        """Return a context that may use a quarter of the remaining steps."""
        return self.steps.at_most(self.steps.remaining // 4)

    def find_excesses(
        self,
        new: Standing,
        old: Standing,
        domain: Domain | None = None,
        most: int | None = None,
    ) -> tuple[Excess | Undecided, ...]:
        """Return example requests that `new` allows and `old` doesn't, cheapest first, at most `most`.

        If a quarter of the remaining steps doesn't suffice, an Undecided says why the search gave up.
        """
        from coffeeshop.policy.comparison.answers import first_excesses

        question = new, old, domain or self.domain, most or self.shown
        with self.quarter_budget():
            try:
                self.steps.take(COMPARING)
                return first_excesses(*question, self.steps, self._known_answers)
            except BudgetError as error:
                return (Undecided(str(error)),)

    def note_unproven(self, subject: str, reason: str) -> None:
        """Note why a search about a subject was left open. Its excess check then fails: nothing is passed
        unproven.
        """
        name = self.stable_name(subject)
        self._unproven.setdefault(name, []).append(Undecided(reason))

    def stable_name(self, subject: str) -> str:
        """Return a subject's name in keys of findings, the same in every play."""
        above = self.account.joined_organization
        joins = above is not None and self.names["newshop"] in above.members
        drawn_names = {
            self.names["newcomer"]: "newcomer",
            f"account/{self.names['stranger']}": "account/stranger",
            f"account/{self.names['newshop']}": TOMORROW if joins else "account/stranger",
        }
        return drawn_names.get(subject, subject)

    @cached_property
    def uses_minted_credentials(self) -> bool:
        """Tell whether people show credentials minted for the trial, not those they really
        have.
        """
        return all(want.minted for want in self.play.scenario.wants)

    @cached_property
    def ordinary_users(self) -> tuple[str, ...]:
        """Return every user but the administrators: judged ones first, bystanders, all others."""
        people = self.play.scenario.people
        existing = [want_name(user.name) for user in self.play.account.users.values()]
        names_by_lower = {name.lower(): name for name in existing}
        cast = (
            names_by_lower.get(want_name(name).lower(), name)
            for name in (*people.graded, *people.bystanders)
        )
        administrators = self.genuine_names(people.admins)
        return tuple(
            name
            for name in dict.fromkeys((*cast, *existing))
            if name.lower() not in administrators
        )

    @property
    def administrators_and_root(self) -> tuple[str, ...]:
        """Return those who may do everything."""
        return (*self.play.scenario.people.admins, "root")

    def genuine_names(self, names: Iterable[str]) -> frozenset[str]:
        """Return those names, in lower case, whose users had no other name before the play.

        So a user who is renamed to an administrator's name isn't taken for one.
        """
        return frozenset(
            name.lower()
            for name in map(want_name, names)
            if not former_name(self.play, name)
        )

    def is_graded(self, subject: str) -> bool:
        """Tell whether the scenario judges this user by name."""
        return subject.lower() in {
            want_name(name).lower() for name in self.play.scenario.people.graded
        }

    def credential_want(self, subject: str, badge: str = "any") -> Want:
        """Return a want without commands, which only stands for a subject's credentials of the kind `badge`.

        `find_sessions` starts from these credentials. They are minted (made for the trial, on a copy of
        the account) if all wants of the scenario are minted, or if the subject is the newcomer, to whom
        any credential could be given. Otherwise they are those that the subject really has.
        """
        minted = self.uses_minted_credentials or subject == self.names["newcomer"]
        return Want(subject, Mode.MAY, subject, "", badge=badge, minted=minted)  # pyright: ignore[reportArgumentType]  # of USER_BADGES

    # ------------------------------------------------------------ what they hold
    def sessions_of(self, subject: str) -> tuple[HeldSession, ...]:
        """Return every session that a subject can have, directly and in roles."""
        return tuple(
            session
            for session in self._find_sessions(subject)
            if isinstance(session, HeldSession)
        )

    def newcomer_sessions_after_jobs(self) -> Iterator[HeldSession]:
        """Yield a newcomer's sessions in the account as each of their jobs leaves it: it may have given them
        a tag or a device.
        """
        newcomer_jobs = (
            ticket
            for ticket in self.jobs
            if ticket.want.who == self.names["newcomer"] and ticket.outcomes
        )
        for ticket in newcomer_jobs:
            yield from self.newcomer_sessions(ticket.outcomes[-1].account)

    def newcomer_sessions(self, account: Account) -> Iterator[HeldSession]:
        """Yield a newcomer's sessions in an account."""
        with self.quarter_budget():
            sessions = tuple(
                find_sessions(
                    account,
                    self.credential_want,
                    self.names["newcomer"],
                    self.play.now,
                    self.steps,
                )
            )
        for session in sessions:
            if isinstance(session, HeldSession):
                yield session_under_any_name(session)
            else:
                self.note_unproven("newcomer", session.reason)

    def newcomer_allowed_before(self, groups: tuple[str, ...]) -> Mapping[str, Standing]:
        """Return by badge what a newcomer in these groups would have been allowed before the play.

        It holds the access from the groups, without the members' other access.
        """
        if groups not in self._newcomers_before:
            opening = self.play.scenario.opening
            newcomer = self.account.users[self.names["newcomer"]]
            former_groups = tuple(id for id in groups if opening.entity_by_id(id))
            account_before = opening.put(replace(newcomer, groups=former_groups))
            sessions = tuple(
                find_sessions(
                    account_before,
                    self.credential_want,
                    newcomer.name,
                    self.play.scenario.now,
                    self.steps,
                )
            )
            self._newcomers_before[groups] = {
                session.badge: session.standing
                for session in reversed(sessions)
                if isinstance(session, HeldSession)
            }
        return self._newcomers_before[groups]

    @property
    def unproven_subjects(self) -> tuple[str, ...]:
        """Return the subjects about whom a search was left open."""
        return tuple(self._unproven)

    def unproven_reasons(self, subject: str) -> tuple[Undecided, ...]:
        """Return why a subject may have more sessions, or come to more, than was found."""
        undecided = (
            result
            for result in self._find_sessions(subject)
            if isinstance(result, Undecided)
        )
        return tuple(dict.fromkeys((*undecided, *self._unproven.get(subject, ()))))

    def _find_sessions(
        self, subject: str, *, if_given: bool = False
    ) -> tuple[HeldSession | Undecided, ...]:
        """Return the possible sessions of a subject. With `if_given`, assume every kind of
        credential.
        """
        if (subject, if_given) not in self._sessions:
            if if_given:
                make_want = _minted_want
            else:
                make_want = self.credential_want
            with self.quarter_budget():
                sessions = tuple(
                    find_sessions(
                        self.account, make_want, subject, self.play.now, self.steps
                    )
                )
            self._sessions[subject, if_given] = sessions
            for result in sessions if if_given else ():
                if isinstance(result, Undecided):
                    self.note_unproven(subject, result.reason)
        return self._sessions[subject, if_given]

    def sessions_if_given_badges(self, subject: str) -> tuple[HeldSession, ...]:
        """Return the sessions that a user would have with kinds of credential that they don't have.

        There are none if all wants are minted, since users then have every kind already.
        """
        if self.uses_minted_credentials or user_named(self.account, subject) is None:
            return ()
        badges = {session.badge for session in self.sessions_of(subject)}
        sessions = (
            session
            for session in self._find_sessions(subject, if_given=True)
            if isinstance(session, HeldSession)
        )
        return tuple(session for session in sessions if session.badge not in badges)

    def badges_to_be_given(self, subject: str) -> set[str]:
        """Return the badges of the sessions that a user would have with other kinds of credential."""
        return {session.badge for session in self.sessions_if_given_badges(subject)}

    def all_possible_sessions(self, subject: str) -> tuple[HeldSession, ...]:
        """Return every session of a subject, also with credentials that they could be given."""
        return (*self.sessions_of(subject), *self.sessions_if_given_badges(subject))

    def allowed_before(
        self, subject: str, *, minted: bool = False
    ) -> Mapping[str, Standing]:
        """Return by badge what a subject was allowed in the untouched world."""
        return _allowed_before(
            self.play.scenario, subject, minted or self.uses_minted_credentials
        )

    def ways_to_more(self, want: Want) -> Iterator[Way]:
        """Yield each way to more access that a want's subject has, with its calls.

        `detours` finds them for each kind of credential, once.
        """
        badges = USER_BADGES if want.badge == "any" else (want.badge,)
        for badge in badges:
            key = want.who, badge, want.opening_credential
            if key not in self._paths:
                with self.quarter_budget():
                    self._paths[key] = tuple(ways_to_more(self, replace(want, badge=badge)))
            yield from self._paths[key]

    # -------------------------------------------------------------- what is told
    def reported_ticket(self, ticket: Ticket) -> Ticket:
        """Return the ticket as reports show it, with the call that is wrong.

        A job that works only in part has the refused call at its end. A refusal that a
        detour gets round begins with the detour's calls.
        """
        key = ticket.want.mode, ticket.want.id
        if key not in self._reported:
            self._reported[key] = self._make_reported_ticket(ticket)
        return self._reported[key]

    def _make_reported_ticket(self, ticket: Ticket) -> Ticket:
        """Return the ticket as it is shown: see `reported_ticket`."""
        if ticket.want.mode is Mode.MUST:
            return self._partial_ticket(ticket) or ticket
        if ticket.want.mode is not Mode.NEVER or not ticket.is_really_refused:
            return ticket
        return find_other_leak(self, ticket) or find_detour(self, ticket) or ticket

    # ---------------------------------------------------------------------- jobs
    def refused_part(self, ticket: Ticket) -> RefusedPart | None:
        """Return the first request that a working job must be allowed and isn't.

        None: there is none.
        """
        if not ticket.has_succeeded:
            return None
        if ticket.want.id not in self._refused_parts:
            self._refused_parts[ticket.want.id] = next(
                self._find_refused_parts(ticket), None
            )
        return self._refused_parts[ticket.want.id]

    def _find_refused_parts(self, ticket: Ticket) -> Iterator[RefusedPart]:
        """Yield requests that a job must be allowed and isn't, each with the standing that refuses it."""
        from coffeeshop.lessons.grading.unasked import required_access

        for required, allowed in required_access(self, ticket):
            yield from (
                (excess, allowed)
                for excess in self.find_excesses(required, allowed, most=1)
            )

    def later_failure(self, ticket: Ticket) -> Ticket | None:
        """Return the run of a working job at a later moment at which it fails, or None."""
        excess, _ = self.refused_part(ticket) or (None, None)
        later = ticket
        if isinstance(excess, Excess):
            at = request_time(excess.witness)
            if at and at >= self.play.now:
                later = serve(self.account, ticket.want, at)
        return None if later.has_succeeded else later

    def _partial_ticket(self, ticket: Ticket) -> Ticket | None:
        """Return the ticket of a job that works only for a while or in part, with the refused call at its
        end; else None.
        """
        if (part := self.refused_part(ticket)) is None:
            return None
        if later := self.later_failure(ticket):
            return later
        excess, allowed = part
        if isinstance(excess, Undecided):
            return replace(
                ticket,
                missing=f"the proof that all of it works ended early: {excess.reason}",
            )
        last = ticket.outcomes[-1]
        also = decision_outcome(
            authorize(allowed, excess.witness), last.account, last.act.caller, last.act.at
        )
        return replace(ticket, outcomes=(*ticket.outcomes, also))

    # ------------------------------------------------------------ what they need
    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Return what every call of the jobs needs, and in whose session."""
        return tuple(needs_of_jobs(map(self.retry_with_credential, self.jobs), self.names))

    def retry_with_credential(self, ticket: Ticket) -> Ticket:
        """Return the ticket. If its principal has no credential, run its want again with one made for the trial.

        A practice rule asks whether a job needs a permission, or whether a Deny matches.
        That doesn't depend on whether somebody made an access key yet.
        """
        if ticket.outcomes or not ticket.missing:
            return ticket
        return serve(self.account, replace(ticket.want, minted=True), self.play.now)

    @cached_property
    def needed_by_anybody(self) -> Standing:
        """Return the needs of all jobs together."""
        return Standing.of(
            shared_policy(
                tuple(statement for need in self.needs for statement in need.statements)
            )
        )

    @cached_property
    def needed_keys(self) -> frozenset[str]:
        """Return the keys, in lower case, of the conditions on what is needed."""
        return frozenset(
            c.key.lower() for want in self.play.scenario.wants for c in want.conditions
        )

    def needed_access(self, subject: str, badge: str) -> Standing:
        """Return what a subject needs in a session of that badge, slack included."""
        if (subject, badge) not in self._needed:
            people = self.play.scenario.people
            slack = allowed_slack(self.slack, people.graded, subject, badge)
            statements = (*self.job_policy(subject, badge).statements, *slack)
            self._needed[subject, badge] = Standing.of(shared_policy(statements, "needed"))
        return self._needed[subject, badge]

    def needed_with_any_badge(self, subject: str) -> Standing:
        """Return what a subject's jobs need altogether, whatever credential each of them asks for."""
        needs = (need for need in self.needs if need.applies_to(subject, need.badge))
        statements = tuple(statement for need in needs for statement in need.statements)
        return Standing.of(shared_policy(statements, "asked"))

    def job_policy(self, subject: str, badge: str) -> Policy:
        """Return as a policy what a subject's jobs need in a session of that badge, without slack."""
        needs = (need for need in self.needs if need.applies_to(subject, badge))
        return shared_policy(
            tuple(statement for need in needs for statement in need.statements), "asked"
        )


def run_all_wants(play: Play) -> tuple[Ticket, ...]:
    """Return the run of each job and refusal on a copy, as shown, in the order of the brief."""
    trial = Trial(play)
    return tuple(map(trial.reported_ticket, trial.tickets))


def _with_names(slack: Slack, names: Mapping[str, str]) -> Slack:
    """Return a set of slack calls with drawn names in place of blanks such as `{newcomer}`."""
    fill = partial(fill_names, names=names)
    return replace(
        slack,
        who=tuple(map(fill, slack.who)),
        resources=tuple(map(fill, slack.resources)),
    )


def _minted_want(subject: str, badge: str) -> Want:
    """Return a want that asks for nothing, and shows a credential made only for the grade
    (minted).
    """
    return Want(subject, Mode.MAY, subject, "", badge=badge, minted=True)  # pyright: ignore[reportArgumentType]  # of USER_BADGES


@lru_cache(maxsize=256)
def _allowed_before(
    scenario: Scenario, subject: str, minted: bool
) -> Mapping[str, Standing]:
    """Return by badge what a subject was allowed in the untouched world. It is remembered, since that never
    changes.
    """

    def asking(subject: str, badge: str) -> Want:
        return replace(_minted_want(subject, badge), minted=minted)

    sessions = find_sessions(
        scenario.opening, asking, subject, scenario.now, Steps(GRADE_STEPS)
    )
    return {
        session.badge: session.standing
        for session in sessions
        if isinstance(session, HeldSession)
    }
