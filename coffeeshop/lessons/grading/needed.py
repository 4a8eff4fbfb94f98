"""What is needed: everything that the jobs ask for, in the session that asks it, and the slack. One definition of it.

A job's call is needed in the session that makes it: lines that take a session move those after them into it. What a job
as `anyone` needs is needed by everybody, what `account/ID` needs by everyone of that account, and what a function needs
by whatever role it wears. `covers` and `within` speak of the line they stand with, the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.credentials import Session
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

    def applies_to(self, subject: str, badge: str) -> bool:
        """Tells whether somebody needs this in a session of that badge."""
        if self.who == "anyone":
            return True
        needer = self.who.lower()
        subject_name = subject.lower()
        is_same = needer == subject_name or (
            needer.count("/") == 1
            and needer.startswith("account/")
            and subject_name.startswith(f"{needer}/")
        )
        return is_same and satisfies_badge(badge, self.badge)


def needs_of_jobs(tickets: Iterable[Ticket], names: Mapping[str, str]) -> Iterator[Need]:
    """Yields every call of these jobs; `names` are those that were drawn for this grade, which stand for any such name."""
    for ticket in tickets:
        for outcome in ticket.outcomes:
            judged = outcome is ticket.outcomes[-1] and ticket.in_session
            subject, badge = caller_and_badge(ticket, outcome)
            yield Need(
                subject, badge, tuple(_need_statements(ticket.want, outcome, judged, names))
            )


def _need_statements(
    want: Want, outcome: Outcome, is_job_call: bool, names: Mapping[str, str]
) -> Iterator[Statement]:
    for request in requests_of(outcome):
        if is_job_call:
            resources_covered = upper_bound(want, request.resource)
        else:
            resources_covered = (request.resource,)
        resources = tuple(
            generalize_name(resource, want.who, names) for resource in resources_covered
        )
        bound = want.conditions if is_job_call else ()
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


def generalize_name(resource: str, subject: str, names: Mapping[str, str]) -> str:
    """Returns the resource with `*` for a name that was drawn: a new user, tomorrow's bucket, a colleague; not for one's own."""
    for drawn in (names["newname"], names["newcomer"], names["tomorrow"]):
        if drawn != subject:
            resource = resource.replace(drawn, "*")
    return resource


def caller_and_badge(ticket: Ticket, outcome: Outcome) -> tuple[str, str]:
    """Tells who makes a call of a job, and with which badge; whoever begins with no user's credential has the job's badge."""
    account = outcome.account
    caller = outcome.act.caller
    credential = account.credential_of(caller)
    user = user_behind(account, caller)
    if user:
        subject = person(user.name)
    elif credential and credential.owner == account.id:
        subject = "root"
    else:
        subject = ""
    if not subject and caller == ticket.outcomes[0].act.caller:
        return ticket.want.who, "key"
    return subject or ticket.want.who, badge_of(account, caller) or "key"


def user_behind(account: Account, caller: Caller) -> User | None:
    """Returns the user who shows this badge, or took this session; None where it is nobody's of this account."""
    credential = account.credential_of(caller)
    if credential:
        taker = account.entity_by_id(
            credential.taker if isinstance(credential, Session) else credential.owner
        )
    else:
        taker = None
    return taker if isinstance(taker, User) else None


def badge_of(account: Account, caller: Caller) -> str | None:
    """Returns what kind of badge a credential is: key, password, code, federated, role/NAME; None if it is a service's."""
    credential = account.credential_of(caller)
    if not isinstance(credential, Session):
        return "key" if credential else None
    if credential.kind == "Federation":
        return FEDERATED
    owner = account.entity_by_id(credential.owner)
    if isinstance(owner, Role):
        return f"role/{owner.name}"
    if credential.mfa:
        return "code"
    return "password"


def satisfies_badge(badge: str, asked_badge: str) -> bool:
    """Tells whether someone with `badge` may do what a job does with `weaker`: a code opens what a key opens, and so does a
    federated session, which a key takes.
    """
    if badge == FEDERATED:
        return asked_badge in (FEDERATED, "any", "key")
    if badge not in DIRECT or asked_badge not in {*DIRECT, "any"}:
        return badge.lower() == asked_badge.lower()
    return DIRECT.index("key" if asked_badge == "any" else asked_badge) <= DIRECT.index(
        badge
    )


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
    slacks: Iterable[Slack], graded: Values, subject: str, badge: str
) -> Iterator[Statement]:
    """Yields what somebody may do with that badge though no job asks it: the sets that name them; those that name nobody are
    for whoever is graded; and what no policy can take away.
    """
    for slack in (*slacks, ALWAYS):
        named = slack.who or (graded if slack is not ALWAYS else (subject,))
        if subject.lower() in map(str.lower, named) and (
            not slack.badge or satisfies_badge(badge, slack.badge)
        ):
            yield from slack_as_statements(slack)


def slack_as_statements(slack: Slack) -> Iterator[Statement]:
    """Yields a set of calls as statements; what takes no resource can only be asked on `*`, whatever the set names."""
    yield allow_statement(slack.actions, slack.resources)
    if without_resource := tuple(
        name
        for name in slack.actions
        if (action := catalog.find_action(name)) and not action.resource_types
    ):
        yield allow_statement(without_resource, ("*",))
