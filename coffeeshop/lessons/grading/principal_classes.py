"""Everybody who can make a request to an account. AWS knows few kinds of principal, and
each is a row.

A row lists its members and says which context keys are *theirs*: a key that a member can
choose, or can come to have, is free in the comparison; a key that their requests never
carry is absent. Its fence denies what lies between: another account may have any ARN,
except one of ours. Names aren't kinds: a user may be called `root`.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Nobody
from coffeeshop.lessons.grading.boundaries import (
    newcomers_below_boundary,
    sessions_below_boundary,
)
from coffeeshop.lessons.grading.chosen_names import session_names
from coffeeshop.lessons.grading.fences import (
    DENY_LACKING,
    deny_when,
    statements_about,
    with_fence,
)
from coffeeshop.lessons.grading.future_tags import (
    fence_of_tags,
    session_with_tags,
    tagged_sessions,
    tagged_sessions_of,
)
from coffeeshop.lessons.grading.kms_fence import kms_fence
from coffeeshop.lessons.grading.live_sessions import jobs_ask_other_badge, live_sessions
from coffeeshop.lessons.grading.member_accounts import member_account_sessions
from coffeeshop.lessons.grading.newcomers import (
    fence_of_future_role,
    fence_of_group_newcomer,
    fence_of_newcomer,
    future_role_sessions,
    newcomer_sessions,
    newcomers_in_groups,
)
from coffeeshop.lessons.grading.outsiders import (
    anonymous_sessions,
    federated_sessions,
    fence_of_accounts,
    fence_of_services,
    guest_sessions,
    other_account_sessions,
    service_sessions,
    sessions_by_id,
)
from coffeeshop.lessons.grading.provider_sessions import provider_role_sessions
from coffeeshop.lessons.grading.request_space import (
    BY_SERVICES,
    NOT_OF_SERVICES,
    OF_ANYBODY,
    OF_PRINCIPALS,
    OF_SERVICES,
    OF_SIGNATURES,
    PRINCIPAL_TAG_PREFIX,
    keys_read,
)
from coffeeshop.lessons.grading.resource_fences import owner_fence, region_fence
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    role_standing,
    session_fence,
    trusted_principals,
)
from coffeeshop.lessons.grading.taking import could_assume
from coffeeshop.lessons.grading.unsigned_calls import fence_of_unsigned_calls
from coffeeshop.lessons.grading.workforce import (
    WORKFORCE_PREFIX,
    has_users,
    workforce_subjects,
)
from coffeeshop.lessons.grading.workload_claims import WORKLOAD_PREFIX, audience_key
from coffeeshop.policy.model import PRESENT, Condition, Fixed, Standing, Statement, Values

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def _no_fence(_: Trial, __: HeldSession) -> Iterator[Statement]:
    """Yield nothing: the members of this class can send every request that their keys allow."""
    return iter(())


class PrincipalClass(Struct, frozen=True):
    """One kind of principal: its `members` in a trial's account, and `of_user`, those of
    them who are one user.

    Keys that are `free` may be absent or have any value; keys that are `there` have any
    value; keys that members `lack` are absent. The `fence` yields Denies of what no member
    can send. A class that is `beside` others is compared only if nobody judged by name has
    an excess: it would repeat theirs. `supposing` names the access that members would need
    first. It is "" if they are allowed this now.
    """

    kind: str
    members: Callable[[Trial], Iterator[HeldSession]]
    of_user: Callable[[Trial, str], Iterable[HeldSession]] | None = None
    free: Values = ()
    there: Values = ()
    lack: Values = (*OF_SERVICES, *BY_SERVICES)
    fence: Callable[[Trial, HeldSession], Iterator[Statement]] = _no_fence
    beside: bool = False
    supposing: str = ""

    def open_standing(
        self, trial: Trial, member: HeldSession, also_read: Iterable[str] = ()
    ) -> Standing:
        """Return what a member is allowed, with every context key open that they can choose
        or come to have.

        A comparison then looks at all values of these keys, and the class's fence denies
        those that nobody can send. `also_read` are keys, in lower case, that the other side
        of the comparison reads; the fence is about them as well.
        """
        fixed: dict[str, Fixed] = {**dict.fromkeys(self.lack), **member.standing.fixed}
        closed = {key: value for key, value in fixed.items() if not self.leaves_open(key)}
        opened = {**closed, **dict.fromkeys(self.there, PRESENT)}
        layers = (*member.standing.layers, *member.bounds)
        unsigned = fence_of_unsigned_calls(member.account, member.standing.principal)
        bound = dataclasses.replace(member.standing, fixed=opened, layers=layers)
        read = {*keys_read(bound), *trial.needed_keys, *also_read}
        if not read:  # the fence is about keys
            return with_fence(bound, unsigned)
        fence = statements_about((*self.fence(trial, member), *DENY_LACKING), read)
        by_key = (
            *kms_fence(member.account, read),
            *owner_fence(member.account, read),
            *region_fence(bound, read),
        )
        return with_fence(bound, (*unsigned, *fence, *by_key))

    def leaves_open(self, key: str) -> bool:
        """Tell whether the member can choose this context key, or could come to have it."""
        if not (self.free or self.there):
            return False
        free = {key_name.lower() for key_name in (*self.free, *self.there)}
        return key.lower() in free or (
            PRINCIPAL_TAG_PREFIX in free and key.lower().startswith(PRINCIPAL_TAG_PREFIX)
        )


def _user_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions of each user, directly and in each role that they can assume."""
    for subject in trial.ordinary_users:
        yield from trial.sessions_of(subject)


def _sessions_of_user(trial: Trial, subject: str) -> Iterable[HeldSession]:
    """Return one user's sessions, directly and in roles."""
    return trial.sessions_of(subject)


def _sessions_if_given_badges(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions that users would have with kinds of credential that they don't
    have.

    A credential is quickly given, so a policy should permit no more with it than the jobs
    need. Nothing is yielded if the scenario makes all credentials for the grade.
    """
    for subject in trial.ordinary_users:
        yield from trial.sessions_if_given_badges(subject)


def _user_sessions_if_given(trial: Trial, subject: str) -> Iterable[HeldSession]:
    """Return the sessions that one user would have with kinds of credential that they don't have."""
    return trial.sessions_if_given_badges(subject)


def _user_sessions_below(trial: Trial, subject: str) -> Iterable[HeldSession]:
    """Return one user's sessions as if every policy below their permissions boundary were attached."""
    return (session for session in sessions_below_boundary(trial) if session.who == subject)


def _function_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield the session of each function, in its role."""
    for name in trial.account.functions:
        yield from trial.sessions_of(f"function/{name}")


def _service_role_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session in each role that a service can assume; and one for each session name that a policy
    singles out.
    """
    for role in trial.account.roles.values():
        if trusted_principals(role).keys() - {"AWS", "Federated"} or _admits_services(
            trial, role
        ):
            subject = f"role/{role.name}"
            account = trial.account
            began = trial.play.now
            allowed = role_standing(account, role, began)
            yield HeldSession(subject, subject, account, Nobody(), allowed)
            for name in session_names(account, role, allowed):
                yield HeldSession(
                    subject,
                    subject,
                    account,
                    Nobody(),
                    role_standing(account, role, began, name),
                )


def _tagged_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions of users, functions, service roles and guests, as if they were
    given tags.
    """
    yield from tagged_sessions(trial)
    for session in chain(
        _function_sessions(trial), _service_role_sessions(trial), guest_sessions(trial)
    ):
        yield from session_with_tags(session)


def _admits_services(trial: Trial, role: Role) -> bool:
    """Tell whether some service can assume a role whose trust policy names everybody."""
    allowed_principals = [
        s.principals
        for s in role.trust.policy.statements
        if s.effect == "Allow" and s.principals
    ]
    if not any(
        principals.negated or ("AWS", "*") in principals.entries
        for principals in allowed_principals
    ):
        return False
    askers = (
        SERVICE_CLASS.open_standing(trial, service) for service in service_sessions(trial)
    )
    return any(could_assume(asker, trial.account, role, trial.steps) for asker in askers)


def _provider_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield a session in each role that an identity of a SAML or web identity provider can assume."""
    for role in trial.account.roles.values():
        if has_users(trial.account, role):
            continue  # they are judged by name
        with trial.quarter_budget():
            sessions = tuple(
                provider_role_sessions(trial.account, role, trial.play.now, trial.steps)
            )
        yield from sessions


def _workforce_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield the sessions of each user of Identity Center, except those with an administrator's name."""
    administrators = trial.genuine_names(trial.play.scenario.people.admins)
    for subject in workforce_subjects(trial.account):
        if subject.removeprefix(WORKFORCE_PREFIX).lower() not in administrators:
            yield from trial.sessions_of(subject)


def _live_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Yield each session that hasn't expired, except root's and the administrators'.

    The session of a workload or of a user of Identity Center who could open it again is left out: it is judged
    with the sessions of its provider, or with theirs. If somebody else holds it, or its jobs ask for another
    credential than the one that opened it, it is a subject of its own (session/NAME). Then what its user needs
    doesn't excuse what it is allowed.
    """
    administrators = {"root", *trial.genuine_names(trial.play.scenario.people.admins)}
    stolen = {want.opening_credential for want in trial.wants if want.opening_credential}
    for credential, session in live_sessions(trial.play.account, trial.play.now):
        holder = session.who.removeprefix(WORKFORCE_PREFIX).lower()
        if holder not in administrators and not _can_reopen(trial, session):
            is_anybodys = session.caller in stolen or jobs_ask_other_badge(
                trial.jobs, session, credential, trial.play
            )
            yield (
                replace(session, who=f"session/{credential.name or session.who}")
                if is_anybodys
                else session
            )


def _can_reopen(trial: Trial, session: HeldSession) -> bool:
    """Tell whether a workload or a user of Identity Center holds this session, and can open one like it now."""
    if session.who.startswith(WORKFORCE_PREFIX):
        role_arn = session.standing.principal.principal_arn
        return any(
            possible.standing.principal.principal_arn == role_arn
            for possible in trial.sessions_of(session.who)
        )
    return session.who.startswith(WORKLOAD_PREFIX) and any(
        possible.badge.lower() == session.badge.lower()
        for possible in trial.sessions_of(session.who)
    )


def _live_sessions_of(trial: Trial, subject: str) -> Iterable[HeldSession]:
    """Return one user's sessions that haven't expired."""
    return (session for session in _live_sessions(trial) if session.who == subject)


def _session_fence(_: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield Denies of requests that no such session can send."""
    return session_fence(member)


def _fence_of_tokens(trial: Trial, member: HeldSession) -> Iterator[Statement]:
    """Yield a Deny of the tokens whose audience the account's provider doesn't accept."""
    provider = trial.account.oidc_providers.get(member.standing.principal.arn)
    if provider and provider.client_ids:
        key = audience_key(member)
        yield deny_when(Condition("StringNotEquals", key, provider.client_ids))


GIVEN_A_BADGE = PrincipalClass(
    "user given a badge",
    _sessions_if_given_badges,
    _user_sessions_if_given,
    fence=_session_fence,
    supposing="given a credential",
)
GIVEN_A_TAG = PrincipalClass(
    "given a tag",
    _tagged_sessions,
    tagged_sessions_of,
    fence=fence_of_tags,
    supposing="given other tags",
)
BELOW_BOUNDARY = PrincipalClass(
    "user below a ceiling",
    sessions_below_boundary,
    _user_sessions_below,
    supposing="given more policies",
)
IN_A_GROUP = PrincipalClass(
    "newcomer in a group", newcomers_in_groups, beside=True, fence=fence_of_group_newcomer
)
OF_HIRED = ("aws:username", "aws:userid", "aws:PrincipalArn")
HIRED_BELOW = PrincipalClass(
    "newcomer below a ceiling",
    newcomers_below_boundary,
    there=OF_HIRED,
    fence=fence_of_newcomer,
    beside=True,
)
SERVICE_CLASS = PrincipalClass(
    "service",
    service_sessions,
    free=(*OF_SERVICES, *BY_SERVICES[1:]),
    lack=(*OF_PRINCIPALS, *NOT_OF_SERVICES),
    fence=fence_of_services,
)
OTHER_ACCOUNT = PrincipalClass(
    "other account",
    other_account_sessions,
    free=(*OF_PRINCIPALS, PRINCIPAL_TAG_PREFIX),
    there=OF_ANYBODY,
    fence=fence_of_accounts,
)
FEDERATED_CLASS = PrincipalClass(
    "federated",
    federated_sessions,
    free=(*OF_PRINCIPALS, "aws:PrincipalType", PRINCIPAL_TAG_PREFIX),
    fence=_fence_of_tokens,
)
PRINCIPAL_CLASSES: tuple[PrincipalClass, ...] = (
    PrincipalClass("user", _user_sessions, _sessions_of_user, fence=_session_fence),
    GIVEN_A_BADGE,
    GIVEN_A_TAG,
    BELOW_BOUNDARY,
    PrincipalClass("function", _function_sessions),
    PrincipalClass("role of a service", _service_role_sessions, fence=_session_fence),
    PrincipalClass("session of a provider", _provider_sessions, fence=_session_fence),
    PrincipalClass("workforce user", _workforce_sessions, fence=_session_fence),
    PrincipalClass("live session", _live_sessions, _live_sessions_of, fence=_session_fence),
    PrincipalClass("newcomer", newcomer_sessions, fence=fence_of_group_newcomer),
    IN_A_GROUP,
    HIRED_BELOW,
    PrincipalClass(
        "role of tomorrow",
        future_role_sessions,
        there=("aws:userid", "aws:PrincipalArn"),
        fence=fence_of_future_role,
    ),
    SERVICE_CLASS,
    FEDERATED_CLASS,
    OTHER_ACCOUNT,
    PrincipalClass("guest", guest_sessions, fence=_session_fence),
    PrincipalClass("of a sister account", member_account_sessions, fence=_session_fence),
    PrincipalClass(
        "known by an id",
        sessions_by_id,
        free=(*OF_PRINCIPALS, PRINCIPAL_TAG_PREFIX),
        there=OF_ANYBODY,
        fence=fence_of_accounts,
    ),
    PrincipalClass(
        "anonymous",
        anonymous_sessions,
        lack=(*OF_PRINCIPALS, *OF_SERVICES, *BY_SERVICES, *OF_SIGNATURES),
    ),
)
# Root is in no row: it may do everything, by no policy of the account. A refusal says
# whether its badge may be shown.
