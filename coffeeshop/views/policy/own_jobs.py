"""Which jobs are a policy's own: what they ask for that it is there to let through, of the one to whom it is to be given."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from coffeeshop.account.access.authorization_requests import requests_of_call, role_arn
from coffeeshop.account.command import read_act
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

TAKING = "sts:AssumeRole"


class Ask(NamedTuple):
    """One request of a want: the ARN of who makes it ("" of nobody in this account), and the shop's words for it."""

    by: str
    request: Request
    say: str


def asked_by(play: Play, job: bool = True) -> Iterator[Ask]:
    """Yields what the jobs ask for, or all that are none, as the brief orders them; after that of each, that its role is
    taken: what is done in a role the role asks for, and to take it whoever wears it.
    """
    account = play.account
    for want in play.scenario.wants:
        if (want.mode is Mode.MUST) is job:
            person = _arn(account, want.who)
            role = role_arn(account, want.via) if want.via else ""
            yield from (
                Ask(role or person, request, want.say) for request in _requests(want, play)
            )
            if role:
                yield Ask(
                    person,
                    Request(TAKING, role),
                    f"{capital(want.who)} wears the role {want.via}",
                )


def asks_of_policy(play: Play, call: Call) -> tuple[Ask, ...]:
    """Returns what the jobs ask for that is for the policy which `call` writes to let through: of one on people or roles,
    what these ask for; of a trust policy, to take its role; of a bucket's, what is done there. None where it is nobody's yet.
    """
    account = play.account
    asks = tuple(asked_by(play))
    if call.operation in ("CreateRole", "UpdateAssumeRolePolicy"):
        taken = TAKING, role_arn(account, call.text("RoleName"))
        return tuple(
            ask for ask in asks if (ask.request.action, ask.request.resource) == taken
        )
    if bucket := call.text("Bucket"):
        ending = f"arn:aws:s3:::{bucket}"
        return tuple(
            ask for ask in asks if ask.request.resource.partition("/")[0] == ending
        )
    bearers = {
        arn for holder in holders(account, call) for arn in _bearers(account, holder)
    }
    return tuple(ask for ask in asks if ask.by in bearers)


def serving(asks: Collection[Ask], element: str, values: Values = ()) -> Values:
    """Returns the values of that policy element by which these would be let through; first with the actions `values`."""
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


def holders(account: Account, call: Call) -> tuple[User | Group | Role, ...]:
    """Returns to whom the identity policy that a call writes is given: on whom it stands, or to whom it is attached."""
    rows_found: list[User | Group | Role | None] = []
    match call.operation:
        case "PutUserPolicy":
            rows_found = [account.users.get(call.text("UserName").lower())]
        case "PutGroupPolicy":
            rows_found = [account.groups.get(call.text("GroupName").lower())]
        case "PutRolePolicy":
            rows_found = [account.roles.get(call.text("RoleName").lower())]
        case "CreatePolicyVersion":
            all_items = (
                *account.users.values(),
                *account.groups.values(),
                *account.roles.values(),
            )
            rows_found = [
                holder for holder in all_items if call.text("PolicyArn") in holder.attached
            ]
        case _:
            pass
    return tuple(filter(None, rows_found))


def _bearers(account: Account, holder: User | Group | Role) -> Values:
    """The ARNs of those for whom it speaks."""
    if isinstance(holder, Group):
        users = members(account, holder)
    else:
        users = (holder,)
    return tuple(map(account.arn, users))


def _arn(account: Account, person: str) -> str:
    """The ARN of whom a want speaks of; of a function, that of the role that it wears."""
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


def _requests(want: Want, play: Play) -> Iterator[Request]:
    if want.request is not None:
        yield want.request
    for line in want.do:
        act = read_act(line, play.account, play.now, want.files, Nobody())
        if isinstance(act, Act):
            yield from requests_of_call(play.account, act.call, act.caller)
