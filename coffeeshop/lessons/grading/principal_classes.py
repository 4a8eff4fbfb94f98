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
from coffeeshop.lessons.grading.ceilings import below_ceilings, hired_below
from coffeeshop.lessons.grading.moments import fenced, keys_read
from coffeeshop.lessons.grading.newcomers import (
    fence_in_a_group,
    fence_of_newcomer,
    fence_of_role,
    hired,
    in_a_group,
    role_to_come,
)
from coffeeshop.lessons.grading.outsiders import (
    anonymous,
    canonical,
    federated,
    fence_of_accounts,
    fence_of_services,
    guests,
    of_accounts,
    services,
)
from coffeeshop.lessons.grading.provider_sessions import signed_in
from coffeeshop.lessons.grading.sessions import (
    Held,
    as_role,
    asks_for_more,
    fence,
    live,
    session_names,
    takers,
)
from coffeeshop.lessons.grading.sister_accounts import in_sisters
from coffeeshop.lessons.grading.tags_to_come import (
    fence_of_tags,
    given_tags,
    tagged,
    tagged_of,
)
from coffeeshop.lessons.grading.taking import could_take
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


def _none(_: Trial, __: Held) -> Iterator[Statement]:
    return iter(())


class PrincipalClass(Struct, frozen=True):
    """One kind of principal: its `members` in the account of a trial, and `of_user` those of them who are one user, where
    any are; the keys that are `free` of them (there or not, with any value), and those that are always `there`, with any
    value; those that they `lack` for good; and what their `fence` denies, which no member can send. One `beside` others is
    asked where nobody holds more who is judged by name: else it would tell theirs once more. Members who do not hold this
    now say what is `supposing`: what they would have to be given.
    """

    kind: str
    members: Callable[[Trial], Iterator[Held]]
    of_user: Callable[[Trial, str], Iterable[Held]] | None = None
    free: Values = ()
    there: Values = ()
    lack: Values = (*OF_SERVICES, *BY_SERVICES)
    fence: Callable[[Trial, Held], Iterator[Statement]] = _none
    beside: bool = False
    supposing: str = ""

    def opened(self, trial: Trial, held: Held, also_read: Iterable[str] = ()) -> Standing:
        """Returns what a member holds, with whatever is theirs to choose left free; `also_read` are keys, in lower case, that the
        other side of a comparison reads, so that the fence is about them, too.
        """
        fixed: dict[str, Fixed] = {**dict.fromkeys(self.lack), **held.standing.fixed}
        closed = {key: value for key, value in fixed.items() if not self.leaves_open(key)}
        opened = {**closed, **dict.fromkeys(self.there, PRESENT)}
        layers = (*held.standing.layers, *held.bounds)
        bound = dataclasses.replace(held.standing, fixed=opened, layers=layers)
        read = {*keys_read(bound), *trial.keys_asked, *also_read}

        def is_read(statement: Statement) -> bool:
            return all(condition.key.lower() in read for condition in statement.conditions)

        return fenced(bound, filter(is_read, self.fence(trial, held)))

    def leaves_open(self, key: str) -> bool:
        """Tells whether a key is a member's to choose, or to come to have."""
        free = {one.lower() for one in (*self.free, *self.there)}
        return key.lower() in free or (TAGS in free and key.lower().startswith(TAGS))


def _users(trial: Trial) -> Iterator[Held]:
    """Each user that exists, whatever it is called, directly and in each role that they can take."""
    for who in trial.users:
        yield from trial.sessions(who)


def _session_of(trial: Trial, who: str) -> Iterable[Held]:
    return trial.sessions(who)


def _given_a_badge(trial: Trial) -> Iterator[Held]:
    """Each user where only real badges count, with those that they have not, as if an administrator gave them."""
    for who in trial.users:
        yield from trial.given_badges(who)


def _given_to(trial: Trial, who: str) -> Iterable[Held]:
    return trial.given_badges(who)


def _below_of(trial: Trial, who: str) -> Iterable[Held]:
    return (held for held in below_ceilings(trial) if held.who == who)


def _functions(trial: Trial) -> Iterator[Held]:
    """Each function, in the role that it wears."""
    for name in trial.account.functions:
        yield from trial.sessions(f"function/{name}")


def _roles(trial: Trial) -> Iterator[Held]:
    """Each role that a service may take, in whose hands nobody sees it."""
    for role in trial.account.roles.values():
        if takers(role).keys() - {"AWS", "Federated"} or _admits_services(trial, role):
            who = f"role/{role.name}"
            account = trial.account
            now = trial.play.now
            held = as_role(account, role, now)
            yield Held(who, who, account, Nobody(), held)
            for name in session_names(account, role, held):
                yield Held(who, who, account, Nobody(), as_role(account, role, now, name))


def _tagged(trial: Trial) -> Iterator[Held]:
    """Each user, each function, each role of a service and of a guest, as if they were given tags."""
    yield from tagged(trial)
    for held in chain(_functions(trial), _roles(trial), guests(trial)):
        yield from given_tags(held)


def _admits_services(trial: Trial, role: Role) -> bool:
    """Whether a service may take a role that names none: its trust is for everybody, and no condition keeps them out."""
    entries = [
        s.principals
        for s in role.trust.policy.statements
        if s.effect == "Allow" and s.principals
    ]
    if not any(one.negated or ("AWS", "*") in one.entries for one in entries):
        return False
    askers = (SERVICE.opened(trial, service) for service in services(trial))
    return any(could_take(asker, trial.account, role, trial.steps) for asker in askers)


def _signed_in(trial: Trial) -> Iterator[Held]:
    """Each role in a session of whoever a provider signs in."""
    for role in trial.account.roles.values():
        with trial.branch():
            found = tuple(signed_in(trial.account, role, trial.play.now, trial.steps))
        yield from found


def _live(trial: Trial) -> Iterator[Held]:
    """Each session that has not expired, root's own and administrators' aside. One that a refusal says somebody else holds, or that
    was opened by less than its jobs ask for, is itself: what its taker needs, whoever holds it does not.
    """
    spared = {"root", *trial.cast(trial.play.scenario.people.admins)}
    lost = {want.held for want in trial.wants if want.held}
    for found, held in live(trial.play.account, trial.play.now):
        if held.who.lower() not in spared:
            itself = held.caller in lost or asks_for_more(
                trial.jobs, held, found, trial.play
            )
            yield replace(held, who=f"session/{found.name or held.who}") if itself else held


def _live_of(trial: Trial, who: str) -> Iterable[Held]:
    return (held for held in _live(trial) if held.who == who)


def _session(_: Trial, held: Held) -> Iterator[Statement]:
    return fence(held)


GIVEN_A_BADGE = PrincipalClass(
    "user given a badge",
    _given_a_badge,
    _given_to,
    fence=_session,
    supposing="given a credential",
)
GIVEN_A_TAG = PrincipalClass(
    "given a tag", _tagged, tagged_of, fence=fence_of_tags, supposing="given other tags"
)
BELOW_CEILING = PrincipalClass(
    "user below a ceiling", below_ceilings, _below_of, supposing="given more policies"
)
IN_A_GROUP = PrincipalClass(
    "newcomer in a group", in_a_group, beside=True, fence=fence_in_a_group
)
OF_HIRED = ("aws:username", "aws:userid", "aws:PrincipalArn")
HIRED_BELOW = PrincipalClass(
    "newcomer below a ceiling",
    hired_below,
    there=OF_HIRED,
    fence=fence_of_newcomer,
    beside=True,
)
SERVICE = PrincipalClass(
    "service",
    services,
    free=(*OF_SERVICES, *BY_SERVICES[1:]),
    lack=OF_PRINCIPALS,
    fence=fence_of_services,
)
OTHER_ACCOUNT = PrincipalClass(
    "other account",
    of_accounts,
    free=(*OF_PRINCIPALS, TAGS),
    there=OF_ANYBODY,
    fence=fence_of_accounts,
)
CLASSES: tuple[PrincipalClass, ...] = (
    PrincipalClass("user", _users, _session_of, fence=_session),
    GIVEN_A_BADGE,
    GIVEN_A_TAG,
    BELOW_CEILING,
    PrincipalClass("function", _functions),
    PrincipalClass("role of a service", _roles, fence=_session),
    PrincipalClass("session of a provider", _signed_in, fence=_session),
    PrincipalClass("live session", _live, _live_of, fence=_session),
    PrincipalClass("newcomer", hired, there=OF_HIRED, fence=fence_of_newcomer),
    IN_A_GROUP,
    HIRED_BELOW,
    PrincipalClass(
        "role of tomorrow",
        role_to_come,
        there=("aws:userid", "aws:PrincipalArn"),
        fence=fence_of_role,
    ),
    SERVICE,
    PrincipalClass(
        "federated", federated, free=(*OF_PRINCIPALS, "aws:PrincipalType", TAGS)
    ),
    OTHER_ACCOUNT,
    PrincipalClass("guest", guests, fence=_session),
    PrincipalClass("of a sister account", in_sisters, fence=_session),
    PrincipalClass(
        "canonical user",
        canonical,
        free=(*OF_PRINCIPALS, TAGS),
        there=OF_ANYBODY,
        fence=fence_of_accounts,
    ),
    PrincipalClass(
        "anonymous",
        anonymous,
        lack=(*OF_PRINCIPALS, *OF_SERVICES, *BY_SERVICES, *OF_SIGNATURES),
    ),
)
# Root is in no row: it may do everything, by no policy of the account; that nobody shows its badge is for refusals to say.
