"""Judge a play and compare it with another. Every result is computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import structs

from coffeeshop.account.access.standing import build_standing
from coffeeshop.account.model import Key, ServiceError
from coffeeshop.lessons.check_kinds import CheckKind
from coffeeshop.lessons.grading.findings import make_findings
from coffeeshop.lessons.grading.grade import iterate_checks, make_report, untouched_checks
from coffeeshop.lessons.grading.member_accounts import member_account_sessions
from coffeeshop.lessons.grading.newcomers import newcomer_sessions, newcomers_in_groups
from coffeeshop.lessons.grading.permitted import permitted_access
from coffeeshop.lessons.grading.principal_classes import FEDERATED_CLASS, IN_A_GROUP
from coffeeshop.lessons.grading.sessions import HeldSession, role_standing
from coffeeshop.lessons.grading.trial import MAX_EXCESSES, Trial
from coffeeshop.lessons.grading.workload_claims import WORKLOAD_PREFIX, audience_key
from coffeeshop.lessons.model import Check, Finding, Play, Proof, Report
from coffeeshop.policy.comparison.answers import first_excesses
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Kind, Layer, Request, Standing
from coffeeshop.shop.mark import Mode

# Prefixes of the principals in checks that are no users.
NON_USER_PREFIXES = (
    "function/",
    "root",
    "account/",
    "service/",
    "workload/",
    "workforce/",
    "anyone",
)
# How the badges begin in sessions of another account's users, whose own policies count.
OWN_SIDE = "own/"
# How those begin who have a token of a provider.
TOKEN_PREFIX = "federated/"
ABOUT_TOKENS = ("excess:role/", "excess:federated/", "excess:anyone")
HIRED_USER = "newcomer"  # the name in findings for a user who is hired later


class JudgedPlay:
    """A play with its trial, its grade and its comparison with others, each computed once on demand.

    `shown_limit` is how many excesses are looked for in one session.
    """

    def __init__(self, play: Play, shown_limit: int = MAX_EXCESSES) -> None:
        """Prepare to judge a play. No check runs until its result is needed."""
        self.play = play
        self._shown_limit = shown_limit
        if play.outcomes:
            self._remaining_checks = iterate_checks(self.trial)
        else:
            self._remaining_checks = iter(untouched_checks(play.scenario))
        self._finished_checks: list[Check] = []
        # By the other play and the person: whether the person's access differs.
        self._known_changes: dict[tuple[JudgedPlay, str], bool] = {}

    @cached_property
    def trial(self) -> Trial:
        """Return the trial of the play."""
        return Trial(self.play, self._shown_limit)

    @cached_property
    def first_failed_check(self) -> Check | None:
        """Return the first check that fails and so costs a star. Later checks are not run for it."""
        return next((check for check in self._checks() if check.passed is False), None)

    @cached_property
    def report(self) -> Report:
        """Return the grade of the play."""
        return make_report(self.play, tuple(self._checks()), self.play.scenario)

    def _checks(self) -> Iterator[Check]:
        """Yield the checks. Each is run once, on demand."""
        yield from self._finished_checks
        for check in self._remaining_checks:
            self._finished_checks.append(check)
            yield check

    @cached_property
    def first_finding(self) -> Finding | None:
        """Return the finding of the first failed check alone. In the report, checks with the same cause can join it."""
        if self.first_failed_check:
            return next(iter(make_findings(self.play, self._finished_checks)), None)
        return None

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Return everybody whose sessions are compared.

        These are users, administrators, other principals in checks, and HIRED_USER. A permissions boundary can
        limit a member of a group, but not a new colleague in the same group.
        """
        cast = self.play.scenario.people
        users = (user.name for user in self.play.account.users.values())
        asked_people = (
            want.who
            for want in self.play.scenario.wants
            if want.who.startswith(NON_USER_PREFIXES)
        )
        return tuple(
            dict.fromkeys(
                (
                    *cast.graded,
                    *cast.bystanders,
                    *cast.admins,
                    *users,
                    *asked_people,
                    *self._token_sessions,
                    HIRED_USER,
                )
            )
        )

    def sessions(self, person: str) -> tuple[HeldSession, ...]:
        """Return every session that a person could have. HIRED_USER has one for the groups of each user."""
        if person == HIRED_USER:
            return self._newcomer_sessions
        if person.startswith(TOKEN_PREFIX):
            return tuple(filter(None, (self._token_sessions.get(person),)))
        return (*self.trial.all_possible_sessions(person), *self._partner_sessions(person))

    def _partner_sessions(self, person: str) -> Iterator[HeldSession]:
        """Yield what a user or role of another account may do here by the policies of both accounts."""
        trial = self.trial
        for session in member_account_sessions(trial):
            if session.who == person:
                allowed = self._standing_toward_us(session)
                if isinstance(allowed, Standing):
                    yield structs.replace(
                        session, badge=f"{OWN_SIDE}{session.badge}", standing=allowed
                    )

    def _standing_toward_us(self, session: HeldSession) -> Standing | ServiceError:
        """Return what a session of another account's user or role is allowed on our resources."""
        ours = self.trial.account.id
        at = self.trial.play.now
        if isinstance(session.caller, Key):
            return build_standing(session.account, session.caller, at, ours)
        role = session.account.roles[session.who.rpartition("/")[2].lower()]
        return role_standing(session.account, role, at, owner=ours)

    @cached_property
    def _newcomer_sessions(self) -> tuple[HeldSession, ...]:
        """Return the sessions of a new colleague in the groups of each user."""
        return tuple(newcomers_in_groups(self.trial))

    @cached_property
    def _token_sessions(self) -> Mapping[str, HeldSession]:
        """Return a session with any token for each provider that a policy names, by its name in checks.

        An account without workloads needs none.
        """
        if not self.play.account.workloads:
            return {}
        return {
            member.who: structs.replace(
                member,
                standing=FEDERATED_CLASS.open_standing(
                    self.trial, member, (audience_key(member),)
                ),
            )
            for member in FEDERATED_CLASS.members(self.trial)
        }

    def everybody(self, compared: JudgedPlay) -> Iterator[str]:
        """Yield the people of both plays, those of the first finding first."""
        people = tuple(dict.fromkeys((*self.people, *compared.people)))
        named = (
            person
            for person in people
            if self.first_finding and is_about(self.first_finding, person)
        )
        return iter(dict.fromkeys((*named, *people)))

    def changed_people(self, compared: JudgedPlay) -> Iterator[str]:
        """Yield the people whose access differs between the plays."""
        return (
            person
            for person in self.everybody(compared)
            if self.has_changed_for(compared, person)
        )

    def has_changed_for(self, compared: JudgedPlay, person: str) -> bool:
        """Return whether a person's access differs between the plays."""
        question = (compared, person)
        if question not in self._known_changes:
            self._known_changes[question] = self._compute_change_for(compared, person)
        return self._known_changes[question]

    def _compute_change_for(self, compared: JudgedPlay, person: str) -> bool:
        """Compute whether a person's access differs between the plays."""
        if person == HIRED_USER:
            return not (self._hires_within(compared) and compared._hires_within(self))
        own_standings = {
            session.badge: session.standing for session in self.sessions(person)
        }
        other_standings = {
            session.badge: session.standing for session in compared.sessions(person)
        }
        existence = {
            person.lower() in judged_play.play.account.users
            for judged_play in (self, compared)
        }
        shown_requests = {
            frozenset(session.badge for session in judged_play.trial.sessions_of(person))
            for judged_play in (self, compared)
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

    def _hires_within(self, compared: JudgedPlay) -> bool:
        """Return whether each new colleague here has at most the access of a new colleague there."""
        other_sessions = tuple(compared._colleague_sessions())
        return all(
            any(
                not self._exceeds(session.standing, other_session.standing, ())
                for other_session in other_sessions
                if other_session.badge == session.badge
            )
            for session in self._colleague_sessions()
        )

    def _colleague_sessions(self) -> Iterator[HeldSession]:
        """Yield the sessions of a new colleague who is in no group, and those of one in the groups of each user."""
        yield from newcomer_sessions(self.trial)
        yield from self._newcomer_sessions

    def _exceeds(
        self, own_standing: Standing, bound: Standing, shown_requests: Iterable[Request]
    ) -> bool:
        """Return whether a session allows a request that the bound denies.

        `shown_requests` are tried first because they are quick.
        """
        if own_standing == bound:
            return False
        exceeds_bound = any(
            _allows(own_standing, request) and not _allows(bound, request)
            for request in shown_requests
        )
        return exceeds_bound or bool(first_excesses(own_standing, bound, self.trial.domain))

    def _shown_requests(self, person: str, badge: str) -> Iterator[Request]:
        """Yield the witnesses of excess in a session that the checks so far have found."""
        own_checks = (check for check in self._finished_checks if check.subject == person)
        proofs = (
            proof
            for check in own_checks
            for proof in check.pieces(Proof)
            if proof.badge == badge
        )
        return (excess.witness for proof in proofs for excess in proof.excesses)

    def differs_from(self, compared: JudgedPlay) -> bool:
        """Return whether anybody's access, a refusal's, a leaked credential's or a practice rule's result differs
        between the plays, or a session policy of a job.
        """
        return (
            any(self.changed_people(compared))
            or self.session_policies != compared.session_policies
            or self.allowed_refusals != compared.allowed_refusals
            or self.working_credentials != compared.working_credentials
            or self.practice_results != compared.practice_results
        )

    @property
    def session_policies(self) -> tuple[Layer, ...]:
        """Return the session policies that jobs pass. They are in no session that a person is compared with."""
        return tuple(
            layer
            for ticket in self.trial.jobs
            for outcome in ticket.outcomes
            for decision in outcome.decisions
            for layer in decision.standing.layers
            if layer.kind is Kind.SESSION
        )

    @property
    def working_credentials(self) -> tuple[bool, ...]:
        """Return for each leaked credential whether it works."""
        held_callers = (
            want.opening_credential
            for want in self.play.scenario.wants
            if want.opening_credential is not None
        )
        return tuple(
            isinstance(build_standing(self.play.account, caller, self.play.now), Standing)
            for caller in held_callers
        )

    @property
    def practice_results(self) -> tuple[bool, ...]:
        """Return for each practice rule whether it holds."""
        return tuple(
            check.passed is True
            for check in self.report.checks
            if check.kind is CheckKind.PRACTICE
        )

    def is_harmless_beside(self, compared: JudgedPlay) -> bool:
        """Return whether everybody's access is within needed and slack, every job works, every request that must be
        refused is refused, and the practice rules hold as before.

        What root and administrators can do is compared with nothing, as in the grade.
        """
        if self.first_failed_check and self.first_failed_check.star == 1:
            return False
        uncompared_people = {"root", *self.play.scenario.people.admins}
        fine = all(
            self._is_within(session, compared)
            for person in self.everybody(compared)
            if person in self.people and person not in uncompared_people
            for session in self.sessions(person)
        )
        has_same_practice = self.practice_results == compared.practice_results
        return fine and has_same_practice and not self.allowed_refusals

    @cached_property
    def allowed_refusals(self) -> tuple[str, ...]:
        """Return the ids of the refusals whose request AWS allows as it is written.

        A thing that lost its tag can bring one within what a job needs.
        """
        return tuple(
            ticket.want.id
            for ticket in self.trial.tickets
            if ticket.want.mode is Mode.NEVER and ticket.has_succeeded
        )

    def _is_within(self, session: HeldSession, compared: JudgedPlay) -> bool:
        """Return whether a session stays within one of its bounds."""
        shown_requests = tuple(self._shown_requests(session.who, session.badge))
        return not all(
            self._exceeds(session.standing, bound, shown_requests)
            for bound in self._bounds(session, compared)
        )

    def _bounds(self, session: HeldSession, compared: JudgedPlay) -> Iterator[Standing]:
        """Yield the bounds of a session: its access in the other play, and the needed access."""
        yield from (
            earlier_session.standing
            for earlier_session in compared.sessions(session.who)
            if earlier_session.badge == session.badge
        )
        if session.who == HIRED_USER:
            # The needed access of their colleagues to their own things.
            yield permitted_access(self.trial, IN_A_GROUP, session).needed
        else:
            yield self.trial.needed_access(session.who, session.badge)


def is_about(finding: Finding, person: str) -> bool:
    """Return whether a finding names a person, or the key of its check does.

    A workload has no name in AWS. So a finding about it names a role that it can open, its provider, or anyone.
    """
    if person.startswith((WORKLOAD_PREFIX, TOKEN_PREFIX)) and finding.key.startswith(
        ABOUT_TOKENS
    ):
        return True
    return person in finding.people or person in finding.key


def _allows(standing: Standing, request: Request) -> bool:
    return isinstance(authorize(standing, request), Allowed)
