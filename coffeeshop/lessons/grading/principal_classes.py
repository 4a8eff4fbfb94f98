"""Everybody who can make a request to an account: AWS knows few kinds of principal, and each is a row.

A row says how to list its members here, and what of the request context is *theirs*: a key that a member can choose, or
can come to have, is free in the comparison; a key that no request of theirs carries is absent. A fence denies what lies
between the two: another account may have any ARN, save one of ours. Names are not kinds: a user may be called `root`.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.resource_policies import resource_policies
from coffeeshop.account.access.standing import standing
from coffeeshop.account.model import Account, Caller, Nobody, Outsider, Role, Service
from coffeeshop.account.values import Document
from coffeeshop.lessons.grading.across_accounts import here
from coffeeshop.lessons.grading.ceilings import below_ceilings, hired_below
from coffeeshop.lessons.grading.moments import fenced, keys_read, never
from coffeeshop.lessons.grading.needed import DIRECT
from coffeeshop.lessons.grading.one_principal import consistent, unborn
from coffeeshop.lessons.grading.provider_sessions import signed_in
from coffeeshop.lessons.grading.sentences import STRANGERS
from coffeeshop.lessons.grading.sessions import (
    Held,
    as_role,
    asks_for_more,
    fence,
    freed,
    live,
    session_names,
    takers,
)
from coffeeshop.lessons.grading.sister_accounts import in_sisters
from coffeeshop.lessons.grading.tags_to_come import fence_of_tags, tagged, tagged_of
from coffeeshop.lessons.grading.taking import could_take
from coffeeshop.policy.comparison.representatives import ELSEWHERE
from coffeeshop.policy.model import PRESENT, Condition, Fixed, Policy, Principal, Standing, Statement, Values
from coffeeshop.shop.serve import outsider, user_named

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial

# Only a service that acts for a resource says which: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
OF_SERVICES = ("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths")
BY_SERVICES = ("aws:PrincipalServiceName", "aws:PrincipalServiceNamesList")
OF_PRINCIPALS = (
    *(
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:userid",
    ),
    *("aws:username", "aws:SourceIdentity", "aws:TokenIssueTime", "aws:MultiFactorAuthPresent"),
    *("aws:MultiFactorAuthAge", "aws:FederatedProvider", "lambda:SourceFunctionArn"),
)
OF_ANYBODY = (
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
    "aws:userid",
)  # who is signed in
OF_SIGNATURES = ("aws:ViaAWSService", "s3:authType", "s3:signatureversion", "s3:signatureAge")
TAGS = "aws:principaltag/"
NUMBERS = tuple(f"{digit}{'?' * 11}" for digit in range(10))  # of accounts


def _none(_: Trial, __: Held) -> Iterator[Statement]:
    return iter(())


class PrincipalClass(Struct, frozen=True):
    """One kind of principal: its `members` in the account of a trial, and `of_user` those of them who are one user, where
    any are; the keys that are `free` of them (there or not, with any value), and those that are always `there`, with any
    value; those that they `lack` for good; and what their `fence` denies, which no member can send. One `beside` others is
    asked where nobody holds more who is judged by name: else it would tell theirs once more.
    """

    kind: str
    members: Callable[[Trial], Iterator[Held]]
    of_user: Callable[[Trial, str], Iterable[Held]] | None = None
    free: Values = ()
    there: Values = ()
    lack: Values = (*OF_SERVICES, *BY_SERVICES)
    fence: Callable[[Trial, Held], Iterator[Statement]] = _none
    beside: bool = False

    def opened(self, trial: Trial, held: Held) -> Standing:
        """What a member holds, with whatever is theirs to choose left free."""
        fixed: dict[str, Fixed] = {**dict.fromkeys(self.lack), **held.standing.fixed}
        closed = {key: value for key, value in fixed.items() if not self.leaves_open(key)}
        opened = {**closed, **dict.fromkeys(self.there, PRESENT)}
        layers = (*held.standing.layers, *held.bounds)
        bound = dataclasses.replace(held.standing, fixed=opened, layers=layers)
        read = {*keys_read(bound), *trial.keys_asked}

        def is_read(statement: Statement) -> bool:
            return all(condition.key.lower() in read for condition in statement.conditions)

        return fenced(bound, filter(is_read, self.fence(trial, held)))

    def leaves_open(self, key: str) -> bool:
        """Whether a key is a member's to choose, or to come to have."""
        free = {one.lower() for one in (*self.free, *self.there)}
        return key.lower() in free or (TAGS in free and key.lower().startswith(TAGS))


# ---------------------------------------------------------------- of the account
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
            who, account, now = f"role/{role.name}", trial.account, trial.play.now
            held = as_role(account, role, now)
            yield Held(who, who, account, Nobody(), held)
            for name in session_names(account, role, held):
                yield Held(who, who, account, Nobody(), as_role(account, role, now, name))


def _admits_services(trial: Trial, role: Role) -> bool:
    """Whether a service may take a role that names none: its trust is for everybody, and no condition keeps them out."""
    entries = [s.principals for s in role.trust.policy.statements if s.effect == "Allow" and s.principals]
    if not any(one.negated or ("AWS", "*") in one.entries for one in entries):
        return False
    services = (SERVICE.opened(trial, member) for member in _services(trial))
    return any(could_take(service, trial.account, role, trial.steps) for service in services)


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
            itself = held.caller in lost or asks_for_more(trial.jobs, held, found, trial.play)
            yield replace(held, who=f"session/{found.name or held.who}") if itself else held


def _live_of(trial: Trial, who: str) -> Iterable[Held]:
    return (held for held in _live(trial) if held.who == who)


def _session(_: Trial, held: Held) -> Iterator[Statement]:
    return fence(held)


def _hired(trial: Trial) -> Iterator[Held]:
    """A colleague who holds nothing, with each badge; and as each job of theirs leaves them, tagged or in a group."""
    for held in (*trial.sessions(trial.names["newcomer"]), *trial.at_work()):
        yield replace(held, who="newcomer")


def _joined(trial: Trial) -> Iterator[Held]:
    return hired_beside(trial, trial.users)


def hired_beside(trial: Trial, people: Iterable[str]) -> Iterator[Held]:
    """Yields the sessions of a colleague of whatever name who is hired into the groups of one of these people, and who holds
    nothing else.
    """
    newcomer = trial.account.users.get(trial.names["newcomer"])
    if newcomer is None:  # a closed account hires nobody
        return
    for groups in _groups_of(trial, people):
        for held in trial.hired_in(trial.account.put(replace(newcomer, groups=groups))):
            yield replace(held, who="newcomer")


def _joining(trial: Trial, held: Held) -> Iterator[Statement]:
    """Whoever is hired is new as themselves; a role that they take has been there."""
    return _unheard(trial, held) if held.badge in DIRECT else fence(held)


def _groups_of(trial: Trial, people: Iterable[str]) -> Iterator[Values]:
    """Yields the groups of each of these people who is in one, each set of them once."""
    users = (user_named(trial.account, who) for who in people)
    yield from dict.fromkeys(tuple(sorted(user.groups)) for user in users if user and user.groups)


def _made(trial: Trial) -> Iterator[Held]:
    """A session in a role that holds nothing and is made tomorrow, as whoever is hired tomorrow wears it."""
    account, id = ids.born(trial.account, "role", trial.names["newcomer"])
    role = Role(id, trial.names["newcomer"], "/", trial.play.now, Document("", Policy(())))
    held = as_role(account.put(role), role, trial.play.now)
    yield Held("newcomer", f"role/{role.name}", account, Nobody(), held)


def _unmade(trial: Trial, held: Held) -> Iterator[Statement]:
    """A role that is made tomorrow has an ARN of a role's in this account, and none that a role has already."""
    account = trial.account
    yield never(Condition("StringNotLike", "aws:PrincipalArn", (f"arn:aws:iam::{account.id}:role/*",)))
    if known := tuple(map(account.arn, account.roles.values())):
        yield never(Condition("StringEquals", "aws:PrincipalArn", known))
    yield never(Condition("StringNotLike", "aws:userid", ("AROA*:??*",)))
    yield from unborn(held.standing)


def _unheard(trial: Trial, held: Held) -> Iterator[Statement]:
    """Whoever is hired has an ARN of a user's in this account, and none that somebody has already."""
    account = trial.account
    yield never(Condition("StringNotLike", "aws:PrincipalArn", (f"arn:aws:iam::{account.id}:user/*",)))
    known = tuple(account.arn(user) for user in trial.play.account.users.values())
    if known:
        yield never(Condition("StringEquals", "aws:PrincipalArn", known))
        yield never(
            Condition(
                "StringEquals", "aws:username", tuple(u.name for u in trial.play.account.users.values())
            )
        )
    yield never(Condition("StringNotLike", "aws:userid", ("AIDA*",)))
    yield from unborn(held.standing)
    yield from consistent(held.standing)


# ------------------------------------------------------------------ of AWS and elsewhere
def _services(trial: Trial) -> Iterator[Held]:
    """Each service that a policy names, and one that none names, for resources of ours or of anybody's."""
    unnamed = _as(trial, "service", Service("example.amazonaws.com"))
    yield replace(unnamed, standing=freed(unnamed.standing, {"aws:principalservicename"}))
    for name in _named_services(trial):
        yield _as(trial, f"service/{name}", Service(name))


def _named_services(trial: Trial) -> Values:
    return tuple(
        sorted({value for kind, value in _entries(trial.account) if kind == "Service" and value != "*"})
    )


def _unnamed(trial: Trial, held: Held) -> Iterator[Statement]:
    """A service that no policy names has a name of its own."""
    named = _named_services(trial) if held.who == "service" else ()
    if named:
        yield never(Condition("StringEquals", "aws:PrincipalServiceName", named))


def _federated(trial: Trial) -> Iterator[Held]:
    """Somebody signed in by each provider that a policy names, with whatever claims."""
    named = {value for kind, value in _entries(trial.account) if kind == "Federated" and value != "*"}
    for name in sorted(named):
        held = _as(trial, f"federated/{name}", Nobody())
        yield replace(
            held,
            standing=dataclasses.replace(held.standing, principal=Principal(name, "", name, "federated")),
        )


def _others(trial: Trial) -> Iterator[Held]:
    """The partner, a stranger, and whoever of another account a check, a resource's policy or a trust speaks of: anyone
    there, and each principal that is named.
    """
    for who, caller in _outsiders(trial):
        held = _as(trial, who, caller)
        yield replace(held, standing=here(held.standing, trial.account))


def _guests(trial: Trial) -> Iterator[Held]:
    """Each role of ours that somebody of another account can take."""
    unknown = (f"account/{trial.names[name]}" for name in ("stranger", "newshop"))
    for who in dict.fromkeys((*unknown, *(who for who, _ in _outsiders(trial)))):
        if who not in STRANGERS:
            yield from (held for held in trial.sessions(who) if held.badge.startswith("role/"))


def _theirs(trial: Trial, held: Held) -> Iterator[Statement]:
    """Nobody of another account has an ARN or an account of ours, and an organization of ours only where it is in it too;
    nobody of a named account has another one, and one that joins tomorrow may be any that is not in it today.
    """
    above, id = trial.account.above, held.standing.principal.account
    known = (trial.account.id, *(member for member in (above.members if above else ()) if member != id))
    if id in (trial.names["stranger"], trial.names["newshop"]):
        yield never(Condition("StringEquals", "aws:PrincipalAccount", known))
        yield never(Condition("StringNotLike", "aws:PrincipalAccount", NUMBERS))
        yield never(
            Condition("StringLike", "aws:PrincipalArn", tuple(f"arn:aws:*::{one}:*" for one in known))
        )
    else:
        yield never(Condition("StringNotEquals", "aws:PrincipalAccount", (id,)))
        yield never(Condition("StringNotLike", "aws:PrincipalArn", (f"arn:aws:*::{id}:*",)))
    if above:
        other = "StringNotEquals" if id in above.members else "StringEquals"
        yield never(Condition(other, "aws:PrincipalOrgID", (above.id,)))
    if held.who.count("/") > 1:  # somebody who is named
        yield never(Condition("StringNotEquals", "aws:PrincipalArn", (held.standing.principal.called,)))
    yield from consistent(held.standing)


def _canonical(trial: Trial) -> Iterator[Held]:
    """Each account that a policy names by the canonical id that S3 knows it by."""
    named = {value for kind, value in _entries(trial.account) if kind == "CanonicalUser"}
    for id in sorted(named):
        held = _as(trial, f"canonical/{id}", Outsider(f"arn:aws:iam::{ELSEWHERE}:user/someone"))
        who = dataclasses.replace(held.standing.principal, id=id)
        yield replace(held, standing=here(dataclasses.replace(held.standing, principal=who), trial.account))


def _anonymous(trial: Trial) -> Iterator[Held]:
    """Somebody who is not signed in."""
    yield _as(trial, "anyone", Nobody())


def _as(trial: Trial, who: str, caller: Caller) -> Held:
    held = standing(trial.account, caller, trial.play.now)
    assert isinstance(held, Standing), "who shows no credential shows no bad one"
    return Held(who, "key", trial.account, caller, held)


GIVEN_A_BADGE = PrincipalClass("user given a badge", _given_a_badge, _given_to, fence=_session)
GIVEN_A_TAG = PrincipalClass("user given a tag", tagged, tagged_of, fence=fence_of_tags)
BELOW_CEILING = PrincipalClass("user below a ceiling", below_ceilings, _below_of)
IN_A_GROUP = PrincipalClass("newcomer in a group", _joined, beside=True, fence=_joining)
OF_HIRED = ("aws:username", "aws:userid", "aws:PrincipalArn")
HIRED_BELOW = PrincipalClass(
    "newcomer below a ceiling", hired_below, there=OF_HIRED, fence=_unheard, beside=True
)
SERVICE = PrincipalClass(
    "service", _services, free=(*OF_SERVICES, *BY_SERVICES[1:]), lack=OF_PRINCIPALS, fence=_unnamed
)
OTHER_ACCOUNT = PrincipalClass(
    "other account", _others, free=(*OF_PRINCIPALS, TAGS), there=OF_ANYBODY, fence=_theirs
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
    PrincipalClass("newcomer", _hired, there=OF_HIRED, fence=_unheard),
    IN_A_GROUP,
    HIRED_BELOW,
    PrincipalClass("role of tomorrow", _made, there=("aws:userid", "aws:PrincipalArn"), fence=_unmade),
    SERVICE,
    PrincipalClass("federated", _federated, free=(*OF_PRINCIPALS, "aws:PrincipalType", TAGS)),
    OTHER_ACCOUNT,
    PrincipalClass("guest", _guests, fence=_session),
    PrincipalClass("of a sister account", in_sisters, fence=_session),
    PrincipalClass(
        "canonical user", _canonical, free=(*OF_PRINCIPALS, TAGS), there=OF_ANYBODY, fence=_theirs
    ),
    PrincipalClass(
        "anonymous", _anonymous, lack=(*OF_PRINCIPALS, *OF_SERVICES, *BY_SERVICES, *OF_SIGNATURES)
    ),
)
# Root is in no row: it may do everything, by no policy of the account; that nobody shows its badge is for refusals to say.


# ---------------------------------------------------------------------- who is spoken of
def _entries(account: Account) -> Iterator[tuple[str, str]]:
    """Every principal that resources and trusts name."""
    for policy in _trusting(account):
        for statement in policy.statements:
            yield from statement.principals.entries if statement.principals else ()


def _trusting(account: Account) -> Iterator[Policy]:
    yield from (document.policy for _, document in resource_policies(account))
    yield from (role.trust.policy for role in account.roles.values())


def spoken_of(account: Account) -> Iterator[str]:
    """Every principal and every condition's value in the policies of resources and the trusts of roles."""
    yield from (value for _, value in _entries(account))
    for policy in _trusting(account):
        for statement in policy.statements:
            yield from (
                value.replace("*", "x") for condition in statement.conditions for value in condition.values
            )


ANOTHER = re.compile(r"(?:arn:aws:(?:iam|sts)::)?(?P<id>\d{12})(?::root|:(?P<name>[a-z-]+/.+))?")


def _outsiders(trial: Trial) -> Iterator[tuple[str, Outsider]]:
    checked = [want.who for want in trial.play.scenario.wants if want.who.startswith("account/")]
    asked = {outsider(who.partition("/")[2]).arn: who for who in checked}
    spoken = sorted({*trial.play.scenario.shop.partners, *spoken_of(trial.account), *asked})
    yield "account/stranger", outsider(trial.names["stranger"])
    new, sisters = trial.names["newshop"], trial.account.above.members if trial.account.above else ()
    if new in sisters:
        yield "account/tomorrow", outsider(new)
    for id in dict.fromkeys((*sisters, *(id for text in spoken for id in re.findall(r"\d{12}", text)))):
        if id not in (trial.account.id, new):
            yield f"account/{id}", outsider(id)
    for text in spoken:
        found = ANOTHER.fullmatch(text)
        if found and found["name"] and found["id"] != trial.account.id and text != outsider(found["id"]).arn:
            yield f"account/{found['id']}/{found['name']}", Outsider(text)
