"""Everybody who can make a request to an account: AWS knows few kinds of principal, and each is a row.

A row says how to list its members here, and what of the request context is *theirs*: a key that a member can choose, or
can come to have, is free in the comparison; a key that no request of theirs carries is absent. A fence denies what lies
between the two: another account may have any ARN, save one of ours. Names are not kinds: a user may be called `root`.
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
from coffeeshop.lessons.grading.future_tags import (
    fence_of_tags,
    session_with_tags,
    tagged_sessions,
    tagged_sessions_of,
)
from coffeeshop.lessons.grading.member_accounts import member_account_sessions
from coffeeshop.lessons.grading.moments import keys_read, with_fence
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
    canonical_user_sessions,
    federated_sessions,
    fence_of_accounts,
    fence_of_services,
    guest_sessions,
    other_account_sessions,
    service_sessions,
)
from coffeeshop.lessons.grading.provider_sessions import provider_role_sessions
from coffeeshop.lessons.grading.sessions import (
    HeldSession,
    jobs_ask_other_badge,
    live_sessions,
    role_standing,
    session_fence,
    session_names,
    trusted_principals,
)
from coffeeshop.lessons.grading.taking import could_assume
from coffeeshop.policy.model import PRESENT, Fixed, Standing, Statement, Values

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

# Only a service that acts for a resource says which: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
OF_SERVICES = (
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
)
BY_SERVICES = ("aws:PrincipalServiceName", "aws:PrincipalServiceNamesList")
OF_PRINCIPALS = (
    *(
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:userid",
    ),
    *(
        "aws:username",
        "aws:SourceIdentity",
        "aws:TokenIssueTime",
        "aws:MultiFactorAuthPresent",
    ),
    *("aws:MultiFactorAuthAge", "aws:FederatedProvider", "lambda:SourceFunctionArn"),
)
# Of anybody who is signed in.
OF_ANYBODY = ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid")
OF_SIGNATURES = (
    "aws:ViaAWSService",
    "s3:authType",
    "s3:signatureversion",
    "s3:signatureAge",
)
TAGS = "aws:principaltag/"


def _no_fence(_: Trial, __: HeldSession) -> Iterator[Statement]:
    return iter(())


class PrincipalClass(Struct, frozen=True):
    """One kind of principal: its `members` in the account of a trial, and `of_user` those of them who are one user, where
    any are; the keys that are `free` of them (there or not, with any value), and those that are always `there`, with any
    value; those that they `lack` for good; and what their `fence` denies, which no member can send. One `beside` others is
    asked where nobody holds more who is judged by name: else it would tell theirs once more. Members who do not hold this
    now say what is `supposing`: what they would have to be given.
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
        """Returns what a member holds, with whatever is theirs to choose left free; `also_read` are keys, in lower case, that the
        other side of a comparison reads, so that the fence is about them, too.
        """
        fixed: dict[str, Fixed] = {**dict.fromkeys(self.lack), **member.standing.fixed}
        closed = {key: value for key, value in fixed.items() if not self.leaves_open(key)}
        opened = {**closed, **dict.fromkeys(self.there, PRESENT)}
        layers = (*member.standing.layers, *member.bounds)
        bound = dataclasses.replace(member.standing, fixed=opened, layers=layers)
        read = {*keys_read(bound), *trial.needed_keys, *also_read}

        def is_read(statement: Statement) -> bool:
            return all(condition.key.lower() in read for condition in statement.conditions)

        return with_fence(bound, filter(is_read, self.fence(trial, member)))

    def leaves_open(self, key: str) -> bool:
        """Tells whether a key is a member's to choose, or to come to have."""
        free = {key_name.lower() for key_name in (*self.free, *self.there)}
        return key.lower() in free or (TAGS in free and key.lower().startswith(TAGS))


def _user_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Each user that exists, whatever it is called, directly and in each role that they can take."""
    for subject in trial.ordinary_users:
        yield from trial.sessions_of(subject)


def _sessions_of_user(trial: Trial, subject: str) -> Iterable[HeldSession]:
    return trial.sessions_of(subject)


def _sessions_if_given_badges(trial: Trial) -> Iterator[HeldSession]:
    """Each user where only real badges count, with those that they have not, as if an administrator gave them."""
    for subject in trial.ordinary_users:
        yield from trial.sessions_if_given_badges(subject)


def _user_sessions_if_given(trial: Trial, subject: str) -> Iterable[HeldSession]:
    return trial.sessions_if_given_badges(subject)


def _user_sessions_below(trial: Trial, subject: str) -> Iterable[HeldSession]:
    return (session for session in sessions_below_boundary(trial) if session.who == subject)


def _function_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Each function, in the role that it wears."""
    for name in trial.account.functions:
        yield from trial.sessions_of(f"function/{name}")


def _service_role_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Each role that a service may take, in whose hands nobody sees it."""
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
    """Each user, each function, each role of a service and of a guest, as if they were given tags."""
    yield from tagged_sessions(trial)
    for session in chain(
        _function_sessions(trial), _service_role_sessions(trial), guest_sessions(trial)
    ):
        yield from session_with_tags(session)


def _admits_services(trial: Trial, role: Role) -> bool:
    """Whether a service may take a role that names none: its trust is for everybody, and no condition keeps them out."""
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
    askers = (SERVICE.open_standing(trial, service) for service in service_sessions(trial))
    return any(could_assume(asker, trial.account, role, trial.steps) for asker in askers)


def _provider_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Each role in a session of whoever a provider signs in."""
    for role in trial.account.roles.values():
        with trial.quarter_budget():
            sessions = tuple(
                provider_role_sessions(trial.account, role, trial.play.now, trial.steps)
            )
        yield from sessions


def _live_sessions(trial: Trial) -> Iterator[HeldSession]:
    """Each session that has not expired, root's own and administrators' aside. One that a refusal says somebody else holds, or that
    was opened by less than its jobs ask for, is itself: what its taker needs, whoever holds it does not.
    """
    administrators = {"root", *trial.genuine_names(trial.play.scenario.people.admins)}
    stolen = {want.held for want in trial.wants if want.held}
    for credential, session in live_sessions(trial.play.account, trial.play.now):
        if session.who.lower() not in administrators:
            is_anybodys = session.caller in stolen or jobs_ask_other_badge(
                trial.jobs, session, credential, trial.play
            )
            yield (
                replace(session, who=f"session/{credential.name or session.who}")
                if is_anybodys
                else session
            )


def _live_sessions_of(trial: Trial, subject: str) -> Iterable[HeldSession]:
    return (session for session in _live_sessions(trial) if session.who == subject)


def _session_fence(_: Trial, member: HeldSession) -> Iterator[Statement]:
    return session_fence(member)


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
SERVICE = PrincipalClass(
    "service",
    service_sessions,
    free=(*OF_SERVICES, *BY_SERVICES[1:]),
    lack=OF_PRINCIPALS,
    fence=fence_of_services,
)
OTHER_ACCOUNT = PrincipalClass(
    "other account",
    other_account_sessions,
    free=(*OF_PRINCIPALS, TAGS),
    there=OF_ANYBODY,
    fence=fence_of_accounts,
)
CLASSES: tuple[PrincipalClass, ...] = (
    PrincipalClass("user", _user_sessions, _sessions_of_user, fence=_session_fence),
    GIVEN_A_BADGE,
    GIVEN_A_TAG,
    BELOW_BOUNDARY,
    PrincipalClass("function", _function_sessions),
    PrincipalClass("role of a service", _service_role_sessions, fence=_session_fence),
    PrincipalClass("session of a provider", _provider_sessions, fence=_session_fence),
    PrincipalClass("live session", _live_sessions, _live_sessions_of, fence=_session_fence),
    PrincipalClass("newcomer", newcomer_sessions, there=OF_HIRED, fence=fence_of_newcomer),
    IN_A_GROUP,
    HIRED_BELOW,
    PrincipalClass(
        "role of tomorrow",
        future_role_sessions,
        there=("aws:userid", "aws:PrincipalArn"),
        fence=fence_of_future_role,
    ),
    SERVICE,
    PrincipalClass(
        "federated", federated_sessions, free=(*OF_PRINCIPALS, "aws:PrincipalType", TAGS)
    ),
    OTHER_ACCOUNT,
    PrincipalClass("guest", guest_sessions, fence=_session_fence),
    PrincipalClass("of a sister account", member_account_sessions, fence=_session_fence),
    PrincipalClass(
        "canonical user",
        canonical_user_sessions,
        free=(*OF_PRINCIPALS, TAGS),
        there=OF_ANYBODY,
        fence=fence_of_accounts,
    ),
    PrincipalClass(
        "anonymous",
        anonymous_sessions,
        lack=(*OF_PRINCIPALS, *OF_SERVICES, *BY_SERVICES, *OF_SIGNATURES),
    ),
)
# Root is in no row: it may do everything, by no policy of the account; that nobody shows its badge is for refusals to say.
