"""Which jobs a policy leaves undone though it lets those who have them do another: what a statement more would serve."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from coffeeshop.account.model import Account, Call
from coffeeshop.lessons.grading.needed import allow_statement
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import parse_draft
from coffeeshop.policy.model import Allowed, Decision, ImplicitlyDenied, Kind, Layer, Policy
from coffeeshop.policy.validation.validate import validate
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.policy.near_allows import near_allow_rows
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun
from coffeeshop.views.things.items import members

MISSING = "Still missing:"
ADDS = "F4 adds a statement"
REDUNDANT = "redundant-statement"


def unserved_rows(account: Account, call: Call, tickets: Sequence[Ticket]) -> Iterator[Row]:
    """Yield what to do for the jobs that still don't work once `call` has written its identity policy: the lines by which a
    statement misses one of them; else one row on the jobs that a statement more would serve. `tickets` are those of the
    account then. Nothing of a policy that serves nobody yet, and of a job that some whom it serves do not have: for them it
    would be too much.
    """
    policy = _written_policy(call)
    if policy is None:
        return
    jobs = [
        t
        for t in tickets
        if t.want.mode is Mode.MUST and t.in_session and _may_carry(account, call, t)
    ]
    lacking = [t for t in jobs if t.mark is Mark.MISS and _lacks_a_statement(t, policy)]
    text = call.text("PolicyDocument")
    # What is attached to nobody yet harms nobody.
    if call.operation == "CreatePolicy":
        mark = Mark.QUIET
    else:
        mark = Mark.EXTRA
    near = tuple(near_allow_rows(text, policy, jobs, lacking, mark))
    yield from near or _missing(text, policy, jobs, lacking)


def _missing(
    text: str, policy: Policy, jobs: Sequence[Ticket], lacking: Sequence[Ticket]
) -> Iterator[Row]:
    """Yield the row on the jobs that those lack whom the policy lets do another; a statement that changes nothing can be
    changed for them, else F4 adds one.
    """
    served = {t.want.who for t in jobs if t.decision and _allows(t.decision, policy)}
    missing = [t for t in lacking if t.want.who in served]
    missing = [
        t
        for t in missing
        if served
        <= {
            other_ticket.want.who
            for other_ticket in jobs
            if _kind(other_ticket) == _kind(t)
        }
    ]
    if missing:
        if missing[1:]:
            rest = f", and {count_noun(len(missing) - 1, 'job')} more"
        else:
            rest = ""
        idle = next(
            (
                problem
                for problem in validate(text, Kind.IDENTITY)
                if problem.code == REDUNDANT
            ),
            None,
        )
        if idle:
            does = f"Change line {idle.place.line}, which adds nothing"
        else:
            does = ADDS
        yield Row(f"{MISSING} {missing[0].want.say}{rest}. {does}.", Mark.QUIET)


def _kind(ticket: Ticket) -> str:
    """Returns what people who have the same job have in common."""
    return ticket.want.id.partition("@")[0]


def _written_policy(call: Call) -> Policy | None:
    text = call.text("PolicyDocument")
    if call.service == "iam" and text:
        return parse_draft(text, Kind.IDENTITY)[0]
    return None


def _may_carry(account: Account, call: Call, ticket: Ticket) -> bool:
    """Tells whether the policy can come to speak for whoever asks: for its user, for who is in its group, for anybody
    while nobody is; for the sessions of its role; and a managed one for everybody.
    """
    if ticket.decision is None:
        return False
    asker = ticket.decision.standing.principal
    person = ticket.want.who.lower()
    if role := call.text("RoleName"):
        return asker.role_arn == account.arn(account.roles[role.lower()])
    if group := call.text("GroupName"):
        names = {
            user.name.lower() for user in members(account, account.groups[group.lower()])
        }
        return asker.kind == "user" and (not names or person in names)
    user = call.text("UserName").lower()
    return user in ("", person) and (not user or asker.kind == "user")


def _allows(decision: Decision, policy: Policy) -> bool:
    """Tells whether this policy alone lets somebody through."""
    return _lets_through(decision, Layer(Kind.IDENTITY, (policy,)))


def _lacks_a_statement(ticket: Ticket, policy: Policy) -> bool:
    """Tells whether it is refused for want of an Allow: with one more it would not be, and the policy has none yet."""
    refused = ticket.decision
    if not isinstance(refused, ImplicitlyDenied) or _allows(refused, policy):
        return False
    more_policy = Policy(
        (allow_statement((refused.request.action,), (refused.request.resource,)),)
    )
    return _lets_through(
        refused, *refused.standing.layers, Layer(Kind.IDENTITY, (policy, more_policy))
    )


def _lets_through(decision: Decision, *layers: Layer) -> bool:
    return isinstance(
        authorize(dataclasses.replace(decision.standing, layers=layers), decision.request),
        Allowed,
    )
