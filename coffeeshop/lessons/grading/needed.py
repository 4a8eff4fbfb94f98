"""What is needed: everything that the jobs ask for, in the session that asks it, and the slack. One definition of it.

A job's call is needed in the session that makes it: lines that take a session move those after them into it. What a job
as `anyone` needs is needed by everybody, what `account/ID` needs by everyone of that account, and what a function needs
by whatever role it wears. `covers` and `within` speak of the line they stand with, the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.credentials import Credential, Session
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Caller, Outcome
from coffeeshop.lessons.grading.slack import ALWAYS
from coffeeshop.lessons.model import Slack
from coffeeshop.policy import catalog
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Condition, Element, Request, Statement, Values
from coffeeshop.shop.serve import person
from coffeeshop.shop.want import Ticket, Want

DIRECT = ("key", "password", "code")  # badges of a user's own, weaker ones first
FEDERATED = "federated"
SAID = (
    "sts:ExternalId",
    "iam:PermissionsBoundary",
)  # what a line says of those whom it is about


class Need(Struct, frozen=True):
    """What one call of a job asks for, and whose session makes it: `badge` is key, password, code, federated or role/NAME."""

    who: str
    badge: str
    statements: tuple[Statement, ...]

    def applies_to(self, who: str, badge: str) -> bool:
        """Tells whether somebody needs this in a session of that badge."""
        if self.who == "anyone":
            return True
        mine = self.who.lower()
        theirs = who.lower()
        alike = mine == theirs or (
            mine.count("/") == 1
            and mine.startswith("account/")
            and theirs.startswith(f"{mine}/")
        )
        return alike and satisfies_badge(badge, self.badge)


def needs_of_jobs(tickets: Iterable[Ticket], names: Mapping[str, str]) -> Iterator[Need]:
    """Yields every call of these jobs; `names` are those that were drawn for this grade, which stand for any such name."""
    for ticket in tickets:
        for outcome in ticket.outcomes:
            judged = outcome is ticket.outcomes[-1] and ticket.in_session
            who, badge = caller_and_badge(ticket, outcome)
            yield Need(
                who, badge, tuple(_need_statements(ticket.want, outcome, judged, names))
            )


def _need_statements(
    want: Want, outcome: Outcome, judged: bool, names: Mapping[str, str]
) -> Iterator[Statement]:
    for request in requests_of(outcome):
        if judged:
            upper = upper_bound(want, request.resource)
        else:
            upper = (request.resource,)
        resources = tuple(generalize_name(resource, want.who, names) for resource in upper)
        bound = want.conditions if judged else ()
        yield allow_statement(
            (request.action,), resources, (*bound, *_required_conditions(request, bound))
        )


def _required_conditions(
    request: Request, bound: tuple[Condition, ...]
) -> Iterator[Condition]:
    """For whom a role is taken and below which ceiling somebody works, where the line says so and no bound does: a session
    under another external id, or none, is not needed, nor is giving policies to whoever has no boundary.
    """
    settled = {condition.key.lower() for condition in bound}
    for key in SAID:
        if (values := request.context.get(key)) and key.lower() not in settled:
            yield Condition("StringEquals", key, values)


def generalize_name(resource: str, who: str, names: Mapping[str, str]) -> str:
    """Returns the resource with `*` for a name that was drawn: a new user, tomorrow's bucket, a colleague; not for one's own."""
    for drawn in (names["newname"], names["newcomer"], names["tomorrow"]):
        if drawn != who:
            resource = resource.replace(drawn, "*")
    return resource


def caller_and_badge(ticket: Ticket, outcome: Outcome) -> tuple[str, str]:
    """Tells who makes a call of a job, and with which badge; whoever begins with no user's credential has the job's badge."""
    account = outcome.account
    caller = outcome.act.caller
    found = _shown(account, caller)
    user = user_behind(account, caller)
    if user:
        who = person(user.name)
    elif found and _of_root(account, found.owner):
        who = "root"
    else:
        who = ""
    if not who and caller == ticket.outcomes[0].act.caller:
        return ticket.want.who, "key"
    return who or ticket.want.who, badge_of(account, caller) or "key"


def user_behind(account: Account, caller: Caller) -> User | None:
    """Returns the user who shows this badge, or took this session; None where it is nobody's of this account."""
    found = _shown(account, caller)
    if found:
        taker = account.entity_by_id(
            found.taker if isinstance(found, Session) else found.owner
        )
    else:
        taker = None
    return taker if isinstance(taker, User) else None


def _shown(account: Account, caller: Caller) -> Credential | None:
    return account.credential_of(caller)


def _of_root(account: Account, owner: str) -> bool:
    return owner == account.id


def badge_of(account: Account, caller: Caller) -> str | None:
    """Returns what kind of badge a credential is: key, password, code, federated, role/NAME; None if it is a service's."""
    held = account.credential_of(caller)
    if not isinstance(held, Session):
        return "key" if held else None
    if held.kind == "Federation":
        return FEDERATED
    owner = account.entity_by_id(held.owner)
    if isinstance(owner, Role):
        return f"role/{owner.name}"
    if held.mfa:
        return "code"
    return "password"


def satisfies_badge(badge: str, weaker: str) -> bool:
    """Tells whether someone with `badge` may do what a job does with `weaker`: a code opens what a key opens, and so does a
    federated session, which a key takes.
    """
    if badge == FEDERATED:
        return weaker in (FEDERATED, "any", "key")
    if badge not in DIRECT or weaker not in {*DIRECT, "any"}:
        return badge.lower() == weaker.lower()
    return DIRECT.index("key" if weaker == "any" else weaker) <= DIRECT.index(badge)


def upper_bound(want: Want, resource: str) -> Values:
    """On what the action of a job may be allowed: `within`, else `covers`, where they speak of its resource at all."""
    bound = want.within or want.covers
    if any(glob(pattern)(resource) for pattern in bound):
        return bound
    return (resource,)


def requests_of(outcome: Outcome) -> tuple[Request, ...]:
    """Returns everything that a call asked for."""
    if outcome.decisions:
        return tuple(decision.request for decision in outcome.decisions)
    return requests_of_call(outcome.account, outcome.act.call, outcome.act.caller)


def allow_statement(
    actions: Values, resources: Values, conditions: tuple[Condition, ...] = ()
) -> Statement:
    """Returns an Allow of these actions on these resources."""
    return Statement("Allow", Element(actions), Element(resources), conditions=conditions)


# ----------------------------------------------------------------------- slack
def allowed_slack(
    sets: Iterable[Slack], graded: Values, who: str, badge: str
) -> Iterator[Statement]:
    """Yields what somebody may do with that badge though no job asks it: the sets that name them; those that name nobody are
    for whoever is graded; and what no policy can take away.
    """
    for one in (*sets, ALWAYS):
        named = one.who or (graded if one is not ALWAYS else (who,))
        if who.lower() in map(str.lower, named) and (
            not one.badge or satisfies_badge(badge, one.badge)
        ):
            yield from slack_as_statements(one)


def slack_as_statements(one: Slack) -> Iterator[Statement]:
    """Yields a set of calls as statements; what takes no resource can only be asked on `*`, whatever the set names."""
    yield allow_statement(one.actions, one.resources)
    if bare := tuple(
        name
        for name in one.actions
        if (found := catalog.find_action(name)) and not found.resource_types
    ):
        yield allow_statement(bare, ("*",))
