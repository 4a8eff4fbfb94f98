"""One judging of a play: what each session holds and needs, on a copy of the account with strangers in it.

*Allowed* is a session's standing; *needed* is the standing that has exactly what the jobs ask for, and the slack. What
is in excess is what `policy.excesses` finds between the two. What costs is computed once and kept for the judging.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from coffeeshop.account.model import Account, Caller
from coffeeshop.lessons.grading.canaries import draw_canaries, with_canaries
from coffeeshop.lessons.grading.detours import Way, find_detour, unneeded_ways
from coffeeshop.lessons.grading.existing import thing_arns
from coffeeshop.lessons.grading.moments import request_time
from coffeeshop.lessons.grading.needed import DIRECT, Need, allowed_slack, needs_of_jobs
from coffeeshop.lessons.grading.refusals import find_other_leak
from coffeeshop.lessons.grading.serving import (
    former_name,
    serve_want,
    tickets_under_other_names,
)
from coffeeshop.lessons.grading.sessions import HeldSession, find_sessions, under_any_name
from coffeeshop.lessons.grading.unasked import required_access
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.comparison.budgets import COMPARED, JUDGING, BudgetError, Steps
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.model import Excess, Policy, Standing, Undecided
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import outcome_of, person, serve, user_named
from coffeeshop.shop.want import Ticket, Want, named

if TYPE_CHECKING:
    from coffeeshop.policy.comparison.domain import Domain

SHOWN = 10  # excesses of one session, for a report
# What is refused of a job, and what its person holds as they ask for it.
Sibling: TypeAlias = tuple[Excess | Undecided, Standing]


class Trial:
    """The judging of one play. `account` is a copy in which the canaries exist, whom no hand-in can have named; `shown` is
    how many excesses of one session are looked for at most.
    """

    def __init__(self, play: Play, most_shown: int = SHOWN) -> None:
        self.play = play
        self.shown = most_shown
        self.names = draw_canaries(play)
        self.account = with_canaries(play, self.names)
        self.wants = tuple(named(want, self.names) for want in play.scenario.wants)
        self.steps = Steps(JUDGING)
        self._sessions: dict[tuple[str, bool], tuple[HeldSession | Undecided, ...]] = {}
        self._unfinished: dict[str, list[Undecided]] = {}
        self._paths: dict[tuple[str, str, Caller | None], tuple[Way, ...]] = {}
        self._needed: dict[tuple[str, str], Standing] = {}
        self._hired_before: dict[tuple[str, ...], Mapping[str, Standing]] = {}
        self._siblings: dict[str, Sibling | None] = {}
        self._tickets: dict[tuple[Mode, str], Ticket] = {}
        self._told: dict[tuple[Mode, str], Ticket] = {}

    def ticket_for(self, want: Want) -> Ticket:
        """Returns one run of a want, made when it is asked for, and once."""
        key = want.mode, want.id
        if key not in self._tickets:
            ticket = serve_want(self.play, self.account, want)
            renamed_tickets = tickets_under_other_names(
                self.play, self.account, ticket, self.names
            )
            self._tickets[key] = next(
                (renamed for renamed in renamed_tickets if not renamed.allowed), ticket
            )
        return self._tickets[key]

    @cached_property
    def tickets(self) -> tuple[Ticket, ...]:
        """Returns every job and refusal as it was run, in the order of the brief."""
        return tuple(map(self.ticket_for, self.wants))

    @cached_property
    def jobs(self) -> tuple[Ticket, ...]:
        """Returns every job as it was run, and no refusal."""
        return tuple(self.ticket_for(want) for want in self.wants if want.mode is Mode.MUST)

    @cached_property
    def domain(self) -> Domain:
        """Returns what counts as a request in this account."""
        # Asked for when something is compared, and not before.
        from coffeeshop.policy.comparison.domain import Domain

        return Domain.typed_domain((self.account.id,), tuple(thing_arns(self.account)))

    def domain_of(self, account: str) -> Domain:
        """Returns what counts as a request of somebody of an account: on the shop's things, or on those of a sister that is theirs."""
        if account == self.account.id:
            return self.domain
        return dataclasses.replace(
            self.domain, accounts=(account,), seeds=(), owner=account
        )

    # ------------------------------------------------------------ what it may take
    def quarter_budget(self) -> AbstractContextManager[None]:
        """Returns a part of the judging, which may use up a quarter of the steps that are left: a decoy costs its own branch."""
        return self.steps.at_most(self.steps.remaining // 4)

    def find_excesses(
        self,
        new: Standing,
        old: Standing,
        domain: Domain | None = None,
        most: int | None = None,
    ) -> tuple[Excess | Undecided, ...]:
        """Returns what new allows and old does not, cheapest first, at most so many; as one branch of the judging."""
        with self.quarter_budget():
            try:
                self.steps.take(COMPARED)
                return first_excesses(
                    new, old, domain or self.domain, most or self.shown, self.steps
                )
            except BudgetError as error:
                return (Undecided(str(error)),)

    def note_unproven(self, subject: str, reason: str) -> None:
        """Keeps in mind what was left out of a search for somebody."""
        self._unfinished.setdefault(subject, []).append(Undecided(reason))

    @cached_property
    def uses_minted_credentials(self) -> bool:
        """Tells whether people show badges minted for the trial, not those they really have."""
        return all(want.minted for want in self.play.scenario.wants)

    @cached_property
    def ordinary_users(self) -> tuple[str, ...]:
        """Returns everybody of the account but its administrators: those who are graded first, then bystanders, then all others."""
        people = self.play.scenario.people
        existing = [person(user.name) for user in self.play.account.users.values()]
        names_by_lower = {name.lower(): name for name in existing}
        cast = (
            names_by_lower.get(person(name).lower(), name)
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
        """Returns those who may do everything: the administrators, and the owner."""
        return (*self.play.scenario.people.admins, "root")

    def genuine_names(self, names: Iterable[str]) -> frozenset[str]:
        """Returns those of the story's people, in lower case, whom their names stand for: not who was called otherwise before the
        play, since another name makes nobody an administrator, or a bystander.
        """
        return frozenset(
            name.lower() for name in map(person, names) if not former_name(self.play, name)
        )

    def is_graded(self, subject: str) -> bool:
        """Tells whether the scenario judges this user by name."""
        return subject.lower() in {
            person(name).lower() for name in self.play.scenario.people.graded
        }

    def credential_want(self, subject: str, badge: str = "any") -> Want:
        """Returns somebody about to show a badge, and to ask for nothing yet; whoever is hired tomorrow may be given any."""
        minted = self.uses_minted_credentials or subject == self.names["newcomer"]
        return Want(subject, Mode.MAY, subject, "", badge=badge, minted=minted)  # pyright: ignore[reportArgumentType]  # of DIRECT

    # ------------------------------------------------------------ what they hold
    def sessions_of(self, subject: str) -> tuple[HeldSession, ...]:
        """Returns every session that somebody can hold: each kind of badge they can show, and each role they can wear."""
        return tuple(
            session
            for session in self._find_sessions(subject)
            if isinstance(session, HeldSession)
        )

    def newcomer_sessions_after_jobs(self) -> Iterator[HeldSession]:
        """Yields the sessions of whoever is hired tomorrow, in the account as each of their jobs leaves it."""
        newcomer_jobs = (
            ticket
            for ticket in self.jobs
            if ticket.want.who == self.names["newcomer"] and ticket.outcomes
        )
        for ticket in newcomer_jobs:
            yield from self.newcomer_sessions(ticket.outcomes[-1].account)

    def newcomer_sessions(self, account: Account) -> Iterator[HeldSession]:
        """Yields the sessions of whoever is hired tomorrow, in an account as it is then."""
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
                yield under_any_name(session)
            else:
                self.note_unproven("newcomer", session.reason)

    def newcomer_allowed_before(self, groups: tuple[str, ...]) -> Mapping[str, Standing]:
        """Returns what a colleague hired into these groups, as far as they were there, would have held before the play, by badge."""
        if groups not in self._hired_before:
            opening = self.play.scenario.opening
            newcomer = self.account.users[self.names["newcomer"]]
            account_before = opening.put(
                replace(
                    newcomer, groups=tuple(id for id in groups if opening.entity_by_id(id))
                )
            )
            sessions = tuple(
                find_sessions(
                    account_before,
                    self.credential_want,
                    newcomer.name,
                    self.play.scenario.now,
                    self.steps,
                )
            )
            self._hired_before[groups] = {
                session.badge: session.standing
                for session in reversed(sessions)
                if isinstance(session, HeldSession)
            }
        return self._hired_before[groups]

    @property
    def unproven_subjects(self) -> tuple[str, ...]:
        """Returns those for whom a search left something out so far."""
        return tuple(self._unfinished)

    def unproven_reasons(self, subject: str) -> tuple[Undecided, ...]:
        """Tells why somebody may hold more sessions, or come to more, than was found: which budget was spent."""
        undecided = (
            result
            for result in self._find_sessions(subject)
            if isinstance(result, Undecided)
        )
        return tuple(dict.fromkeys((*undecided, *self._unfinished.get(subject, ()))))

    def _find_sessions(
        self, subject: str, *, if_given: bool = False
    ) -> tuple[HeldSession | Undecided, ...]:
        """What somebody can hold; or would, were they given a badge."""
        if (subject, if_given) not in self._sessions:
            make_want = _minted_want if if_given else self.credential_want
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
        """Returns every session that somebody would hold with badges that they have not; none where these are minted anyway."""
        if self.uses_minted_credentials or user_named(self.account, subject) is None:
            return ()
        badges = {session.badge for session in self.sessions_of(subject)}
        sessions = (
            session
            for session in self._find_sessions(subject, if_given=True)
            if isinstance(session, HeldSession)
        )
        return tuple(session for session in sessions if session.badge not in badges)

    def all_possible_sessions(self, subject: str) -> tuple[HeldSession, ...]:
        """Returns every session of somebody, with those of badges that they could be given."""
        return (*self.sessions_of(subject), *self.sessions_if_given_badges(subject))

    def allowed_before(
        self, subject: str, *, minted: bool = False
    ) -> Mapping[str, Standing]:
        """Returns what somebody could do in the untouched world, by badge; with those that they had, unless some are minted."""
        return _allowed_before(
            self.play.scenario, subject, minted or self.uses_minted_credentials
        )

    def unneeded_paths(self, want: Want) -> Iterator[Way]:
        """Yields what the person of a want can come to by ways that no job of theirs needs, and the calls that lead there."""
        for badge in DIRECT if want.badge == "any" else (want.badge,):
            key = want.who, badge, want.held
            if key not in self._paths:
                with self.quarter_budget():
                    self._paths[key] = tuple(
                        unneeded_ways(self, replace(want, badge=badge))
                    )
            yield from self._paths[key]

    # -------------------------------------------------------------- what is told
    def reported_ticket(self, ticket: Ticket) -> Ticket:
        """Returns the ticket as every surface tells it: a job that works only in part, with what is refused of it; a
        refusal that a detour gets round, with the calls of the detour first.
        """
        key = ticket.want.mode, ticket.want.id
        if key not in self._told:
            self._told[key] = self._make_reported_ticket(ticket)
        return self._told[key]

    def _make_reported_ticket(self, ticket: Ticket) -> Ticket:
        if ticket.want.mode is Mode.MUST:
            return self._partial_ticket(ticket) or ticket
        if ticket.want.mode is not Mode.NEVER or not ticket.holds:
            return ticket
        return find_other_leak(self, ticket) or find_detour(self, ticket) or ticket

    # ---------------------------------------------------------------------- jobs
    def refused_part(self, ticket: Ticket) -> Sibling | None:
        """Returns what is refused of a job that works: a request that it covers, or one of its own at another moment."""
        if not ticket.allowed:
            return None
        if ticket.want.id not in self._siblings:
            self._siblings[ticket.want.id] = next(self._find_refused_parts(ticket), None)
        return self._siblings[ticket.want.id]

    def _find_refused_parts(self, ticket: Ticket) -> Iterator[Sibling]:
        for required, allowed in required_access(self, ticket):
            yield from (
                (excess, allowed)
                for excess in self.find_excesses(required, allowed, most=1)
            )

    def later_failure(self, ticket: Ticket) -> Ticket | None:
        """Returns a job that works now, tried at the moment at which it no longer does; None where that is not what it lacks."""
        excess, _ = self.refused_part(ticket) or (None, None)
        at = request_time(excess.witness) if isinstance(excess, Excess) else None
        if at and at >= self.play.now:
            later = serve(self.account, ticket.want, at)
        else:
            later = ticket
        return None if later.allowed else later

    def _partial_ticket(self, ticket: Ticket) -> Ticket | None:
        """A job that works only for a while, or not for all that it covers, with the request that is refused."""
        if (part := self.refused_part(ticket)) is None:
            return None
        if later := self.later_failure(ticket):
            return later
        excess, allowed = part
        if isinstance(excess, Undecided):
            return replace(
                ticket, missing=f"nobody could prove that all of it works: {excess.reason}"
            )
        last = ticket.outcomes[-1]
        also = outcome_of(
            authorize(allowed, excess.witness), last.account, last.act.caller, last.act.at
        )
        return replace(ticket, outcomes=(*ticket.outcomes, also))

    # ------------------------------------------------------------ what they need
    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Returns every call of the jobs, with whose session makes it."""
        return tuple(needs_of_jobs(self.jobs, self.names))

    @cached_property
    def needed_by_anybody(self) -> Standing:
        """Returns what the jobs ask for, whoever does them."""
        return Standing.of(
            shared_policy(
                tuple(statement for need in self.needs for statement in need.statements)
            )
        )

    @cached_property
    def needed_keys(self) -> frozenset[str]:
        """Returns the keys, in lower case, that what is needed asks for."""
        return frozenset(
            c.key.lower() for want in self.play.scenario.wants for c in want.conditions
        )

    def needed_access(self, subject: str, badge: str) -> Standing:
        """Returns what the jobs of `who` ask for in a session of that badge, and the slack: the upper bound of what is fine."""
        if (subject, badge) not in self._needed:
            people = self.play.scenario.people
            idle = allowed_slack(self.play.scenario.slack, people.graded, subject, badge)
            self._needed[subject, badge] = Standing.of(
                shared_policy(
                    (*self.job_policy(subject, badge).statements, *idle), "needed"
                )
            )
        return self._needed[subject, badge]

    def job_policy(self, subject: str, badge: str) -> Policy:
        """Returns what the jobs of `who` ask for in a session of that badge, and nothing else."""
        needs = (need for need in self.needs if need.applies_to(subject, badge))
        return shared_policy(
            tuple(statement for need in needs for statement in need.statements), "asked"
        )


def run_all_wants(play: Play) -> tuple[Ticket, ...]:
    """Returns every job and refusal on a copy of the account, in the order of the brief; a refusal with the detour that gets
    round it, if one does.
    """
    trial = Trial(play)
    return tuple(map(trial.reported_ticket, trial.tickets))


def _minted_want(subject: str, badge: str) -> Want:
    return Want(subject, Mode.MAY, subject, "", badge=badge, minted=True)  # pyright: ignore[reportArgumentType]  # of DIRECT


@lru_cache(maxsize=256)
def _allowed_before(
    scenario: Scenario, subject: str, minted: bool
) -> Mapping[str, Standing]:
    """The sessions of somebody in the untouched world, which never changes."""

    def asking(subject: str, badge: str) -> Want:
        return replace(_minted_want(subject, badge), minted=minted)

    sessions = find_sessions(
        scenario.opening, asking, subject, scenario.now, Steps(JUDGING)
    )
    return {
        session.badge: session.standing
        for session in sessions
        if isinstance(session, HeldSession)
    }
