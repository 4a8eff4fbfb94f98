"""Find the jobs that a policy is for: the requests that it should allow for its principals."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from coffeeshop.account import ids
from coffeeshop.account.access.authorization_requests import requests_of_call, role_arn
from coffeeshop.account.iam_resources import Group, Role, User
from coffeeshop.account.model import Account, Act, Call, Nobody
from coffeeshop.lessons.model import Play
from coffeeshop.policy import catalog
from coffeeshop.policy.model import Request, Values
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Want
from coffeeshop.views.text import capital
from coffeeshop.views.things.items import members

ASSUME_ACTION = "sts:AssumeRole"
EXCHANGE_ACTION = "sts:AssumeRoleWithWebIdentity"


class Ask(NamedTuple):
    """One authorization request that a job or refusal makes, with its sentence from the brief.

    `by` is the ARN of the principal that makes it, or "" if the principal is not in this
    account.
    """

    by: str
    request: Request
    say: str


def requests_of_jobs(play: Play, job: bool = True) -> Iterator[Ask]:
    """Yield the requests of the jobs, or of the refusals if `job` is False, in the order of the brief.

    A request in a role is made by the role. After it comes the AssumeRole request of the
    person. A request after a call that assumes a role is made by that role.
    """
    account = play.account
    for want in play.scenario.wants:
        if (want.mode is Mode.MUST) is job:
            person = _arn(account, want.who)
            role = role_arn(account, want.via) if want.via else ""
            yield from (
                Ask(session or role or person, request, want.say)
                for session, request in _requests(want, play)
            )
            if role:
                taking = (
                    EXCHANGE_ACTION if want.who.startswith("workload/") else ASSUME_ACTION
                )
                name = capital(want.who.rpartition("/")[2])
                say = f"{name} assumes the role {want.via}"
                yield Ask(person, Request(taking, role), say)


def asks_of_policy(play: Play, call: Call) -> tuple[Ask, ...]:
    """Return the requests of the jobs that the policy written by `call` should allow.

    A trust policy should allow its role to be assumed, a bucket policy requests to its bucket, and a key
    policy requests to its key. An
    identity policy should allow the requests of the principals that it applies to; if it is attached
    to none, the result is ().
    """
    account = play.account
    asks = tuple(requests_of_jobs(play))
    if call.operation in ("CreateRole", "UpdateAssumeRolePolicy"):
        role = role_arn(account, call.text("RoleName"))
        return tuple(
            ask
            for ask in asks
            if ask.request.action in (ASSUME_ACTION, EXCHANGE_ACTION)
            and ask.request.resource == role
        )
    if bucket := call.text("Bucket"):
        ending = f"arn:aws:s3:::{bucket}"
        return tuple(
            ask for ask in asks if ask.request.resource.partition("/")[0] == ending
        )
    if key := account.kms_keys.get(call.text("KeyId")):
        key_arn = ids.arn(account, "kms-key", key.id)
        return tuple(ask for ask in asks if ask.request.resource == key_arn)
    bearers = {
        arn
        for holder in policy_holders(account, call)
        for arn in _principals_of_holder(account, holder)
    }
    return tuple(ask for ask in asks if ask.by in bearers)


def values_that_serve(asks: Collection[Ask], element: str, values: Values = ()) -> Values:
    """Return the values for a policy element with which these requests would be allowed, such as actions or ARNs.

    Requests whose action matches a pattern in `values` come first.
    """
    named = {name for pattern in values for name in catalog.expand_pattern(pattern)}
    best = sorted(asks, key=lambda ask: ask.request.action not in named)
    match element:
        case "Action" | "NotAction":
            names = (ask.request.action for ask in best)
        case "Resource" | "NotResource":
            names = (ask.request.resource for ask in best)
        case _:
            names = (ask.by for ask in best)
    return tuple(dict.fromkeys(names))


def policy_holders(account: Account, call: Call) -> tuple[User | Group | Role, ...]:
    """Return the users, groups and roles that have the identity policy written by `call`, inline or attached."""
    candidates: list[User | Group | Role | None] = []
    match call.operation:
        case "PutUserPolicy":
            candidates = [account.users.get(call.text("UserName").lower())]
        case "PutGroupPolicy":
            candidates = [account.groups.get(call.text("GroupName").lower())]
        case "PutRolePolicy":
            candidates = [account.roles.get(call.text("RoleName").lower())]
        case "CreatePolicyVersion":
            entities = (
                *account.users.values(),
                *account.groups.values(),
                *account.roles.values(),
            )
            candidates = [
                holder for holder in entities if call.text("PolicyArn") in holder.attached
            ]
        case _:
            pass
    return tuple(filter(None, candidates))


def _principals_of_holder(account: Account, holder: User | Group | Role) -> Values:
    """Return the ARNs of the principals to which a holder's policy applies: the members of a group, else the holder
    itself.
    """
    if isinstance(holder, Group):
        users = members(account, holder)
    else:
        users = (holder,)
    return tuple(map(account.arn, users))


def _arn(account: Account, person: str) -> str:
    """Return the ARN of a want's caller. A function's ARN is that of its role. Return "" for any other caller."""
    user = user_named(account, person)
    (kind, _, name) = person.partition("/")
    if kind == "function":
        function = account.functions.get(name)
    else:
        function = None
    if user:
        return account.arn(user)
    if function:
        return function.role
    return ""


def _requests(want: Want, play: Play) -> Iterator[tuple[str, Request]]:
    """Yield the authorization requests of a want, each with the role that an earlier command assumed, or ""."""
    session = ""
    if want.request is not None:
        yield session, want.request
    for line in want.do:
        act = line.act(play.account, play.now, Nobody())
        if isinstance(act, Act):
            call, caller = act.call, act.caller
        elif session:  # its profile is of the session, which nobody has opened yet
            call, caller = Call(*line.operation, line.parameters), Nobody()
        else:
            continue
        for request in requests_of_call(play.account, call, caller):
            yield session, request
        if call.operation.startswith("AssumeRole"):
            session = call.text("RoleArn")
