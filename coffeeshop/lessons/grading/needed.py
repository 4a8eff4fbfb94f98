"""What is needed: everything that the jobs ask for, in the session that asks it, and the
slack.

A job's call is needed in the session that makes it: lines that assume a role move the calls
after them into its session. Everybody needs the access of a job as `anyone`, everyone of an
account that of `account/ID`, and a role that of its function. `covers` is about each line
of whoever does the job, `within` about the last one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account, Caller, Outcome
from coffeeshop.lessons.grading.slack import ALWAYS_ALLOWED, own_logs_slack
from coffeeshop.lessons.grading.workload_claims import with_claims, workload_of
from coffeeshop.lessons.model import Slack
from coffeeshop.policy import catalog
from coffeeshop.policy.model import Element, Statement, Values
from coffeeshop.shop.job_needs import allow_statement, need_statements
from coffeeshop.shop.serve import want_name
from coffeeshop.shop.want import Ticket

USER_BADGES = ("key", "password", "code")  # a user's own credentials, weaker ones first
BADGES_WITHOUT_MFA = USER_BADGES[:-1]
STRONGEST_BADGE = USER_BADGES[-1]
FEDERATED_KIND = "federated"


class Need(Struct, frozen=True):
    """What one call of a job needs to be allowed, and in whose session.

    `who` is the subject of that session; `badge` is its credential: key, password, code, federated
    or role/NAME.
    """

    who: str
    badge: str
    statements: tuple[Statement, ...]

    def applies_to(self, subject: str, badge: str) -> bool:
        """Tell whether the subject needs this in a session with that kind of credential
        (`badge`).

        What `anyone` needs, everybody does. What `account/ID` needs, everybody of that
        account does.
        """
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
    """Yield what each call of these jobs needs to be allowed.

    `names` are those drawn for people and things of tomorrow. Each stands for any such name.
    """
    for ticket in tickets:
        for outcome in ticket.outcomes:
            subject, badge = caller_and_badge(ticket, outcome)
            if ticket.want.badge == "any" and badge in USER_BADGES:
                # The job asks for no credential in particular, so it needs the weakest.
                badge = USER_BADGES[0]
            statements = tuple(
                _generalize_statement(statement, ticket.want.who, names)
                for statement in need_statements(ticket, outcome)
            )
            workload = workload_of(outcome.account, subject)
            if workload and badge == "key":
                statements = tuple(with_claims(workload, statements))
            yield Need(subject, badge, statements)


def _generalize_statement(
    statement: Statement, subject: str, names: Mapping[str, str]
) -> Statement:
    """Return a job's statement about the resources of any drawn name."""
    assert statement.resources is not None
    resources = tuple(
        generalize_name(resource, subject, names) for resource in statement.resources.values
    )
    return dataclasses.replace(statement, resources=Element(resources))


def generalize_name(resource: str, subject: str, names: Mapping[str, str]) -> str:
    """Return the resource with `*` for each drawn name but the subject's own.

    A drawn name stands for any name of tomorrow, so the need is about all of them.
    """
    for drawn in (names["newname"], names["newcomer"], names["tomorrow"]):
        if drawn != subject:
            resource = resource.replace(drawn, "*")
    return resource


def caller_and_badge(ticket: Ticket, outcome: Outcome) -> tuple[str, str]:
    """Return who makes a call of a job, and with which kind of credential.

    Whoever took a role's session is its caller. If no user is behind a job's first call, it counts
    as that of the job's subject, with a key.
    """
    account = outcome.account
    caller = outcome.act.caller
    credential = account.credential_of(caller)
    user = user_behind(account, caller)
    if user:
        subject = want_name(user.name)
    elif credential and credential.owner == account.id:
        subject = "root"
    else:
        subject = ""
    if not subject and caller == ticket.outcomes[0].act.caller:
        return ticket.want.who, "key"
    return subject or ticket.want.who, badge_of(account, caller) or "key"


def user_behind(account: Account, caller: Caller) -> User | None:
    """Return the user whose credential this is, or who took this session; None if it isn't
    a user of this account.
    """
    credential = account.credential_of(caller)
    if credential:
        taker = account.entity_by_id(
            credential.taker if isinstance(credential, Session) else credential.owner
        )
    else:
        taker = None
    return taker if isinstance(taker, User) else None


def badge_of(account: Account, caller: Caller) -> str | None:
    """Return the kind of a credential: key, password, code, federated or role/NAME. None for a
    service, which shows none.
    """
    credential = account.credential_of(caller)
    if not isinstance(credential, Session):
        return "key" if credential else None
    if credential.kind == "Federation":
        return FEDERATED_KIND
    owner = account.entity_by_id(credential.owner)
    if isinstance(owner, Role):
        return f"role/{owner.name}"
    if credential.mfa:
        return "code"
    return "password"


def satisfies_badge(badge: str, asked_badge: str) -> bool:
    """Tell whether the credential `badge` satisfies a demand for `asked_badge`.

    A stronger credential of the user's own does too. A sign-in with an MFA code is stronger than one with a
    password, and both are stronger than a key. A federated session satisfies a demand for a key, because a key
    opens it. A role is satisfied only by a session in it.
    """
    if badge == FEDERATED_KIND:
        return asked_badge in (FEDERATED_KIND, "any", "key")
    if badge not in USER_BADGES or asked_badge not in {*USER_BADGES, "any"}:
        return badge.lower() == asked_badge.lower()
    return USER_BADGES.index(
        "key" if asked_badge == "any" else asked_badge
    ) <= USER_BADGES.index(badge)


# ----------------------------------------------------------------------- slack
def allowed_slack(
    slacks: Iterable[Slack], graded: Values, subject: str, badge: str
) -> Iterator[Statement]:
    """Yield what the subject may be allowed with that badge though no job needs it.

    These are the sets that name the subject, those that name nobody (for everybody who is
    judged by name), what no policy can deny, and a function's own logs.
    """
    for slack in (*slacks, *own_logs_slack(subject), ALWAYS_ALLOWED):
        named = slack.who or (graded if slack is not ALWAYS_ALLOWED else (subject,))
        if subject.lower() in map(str.lower, named) and (
            not slack.badge or satisfies_badge(badge, slack.badge)
        ):
            yield from slack_as_statements(slack)


def slack_as_statements(slack: Slack) -> Iterator[Statement]:
    """Yield a set of calls as Allows. Actions without resource types need an Allow on `*`."""
    yield allow_statement(slack.actions, slack.resources)
    if without_resource := tuple(
        name
        for name in slack.actions
        if (action := catalog.find_action(name)) and not action.resource_types
    ):
        yield allow_statement(without_resource, ("*",))
