"""Find the jobs that an edited policy still leaves undone, although it allows other jobs of the same people."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from coffeeshop.account.model import Account, Call
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.language.parse import parse_draft
from coffeeshop.policy.model import Allowed, Decision, ImplicitlyDenied, Kind, Layer, Policy
from coffeeshop.policy.validation.validate import validate
from coffeeshop.shop.job_needs import allow_statement
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.policy.near_allows import near_allow_rows
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun
from coffeeshop.views.things.items import members


class MissingRow(Row, frozen=True):
    """The row about the jobs that no statement allows yet. `adds`: a new statement is needed."""

    adds: bool = False


REDUNDANT_STATEMENT = "redundant-statement"


def unserved_rows(account: Account, call: Call, tickets: Sequence[Ticket]) -> Iterator[Row]:
    """Yield what to do for the jobs that still don't work after `call` wrote its identity policy.

    These are the statements that miss a job by one element. If there are none, it is one row
    about the jobs that another statement would allow. `tickets` are the tickets of the account
    after the call.

    The one row needs a policy that allows a job already. It leaves out a job that only some of
    the policy's people have, because the others would get too much.
    """
    policy = _written_policy(call)
    if policy is None:
        return
    jobs = [
        t
        for t in tickets
        if t.want.mode is Mode.MUST and t.in_session and _can_apply(account, call, t)
    ]
    refused = [t for t in jobs if t.mark is Mark.MISS and _lacks_a_statement(t, policy)]
    text = call.text("PolicyDocument")
    # A policy that is attached to no principal yet does no harm.
    if call.operation == "CreatePolicy":
        mark = Mark.QUIET
    else:
        mark = Mark.EXTRA
    near = tuple(near_allow_rows(text, policy, jobs, refused, mark))
    yield from near or _missing_statement_rows(text, policy, jobs, refused)


def _missing_statement_rows(
    text: str, policy: Policy, jobs: Sequence[Ticket], refused: Sequence[Ticket]
) -> Iterator[Row]:
    """Yield the row about the jobs that another statement would allow.

    It proposes to change a redundant statement, or else to add one with F4.
    """
    served = {t.want.who for t in jobs if t.decision and _allows(t.decision, policy)}
    missing = [t for t in refused if t.want.who in served]
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
                if problem.code == REDUNDANT_STATEMENT
            ),
            None,
        )
        if idle:
            does = f"Change line {idle.place.line}, which adds nothing"
        else:
            does = "F4 adds a statement"
        message = f"Not in this policy yet: {missing[0].want.say}{rest}. {does}."
        yield MissingRow(message, Mark.QUIET, adds=idle is None)


def _kind(ticket: Ticket) -> str:
    """Return the part of a want's id that is the same for everyone with this job: "list" of "list@casey"."""
    return ticket.want.id.partition("@")[0]


def _written_policy(call: Call) -> Policy | None:
    """Return the identity policy that a call writes, or None."""
    text = call.text("PolicyDocument")
    if call.service == "iam" and text:
        return parse_draft(text, Kind.IDENTITY)[0]
    return None


def _can_apply(account: Account, call: Call, ticket: Ticket) -> bool:
    """Return whether the policy can apply to the principal of this ticket.

    An inline policy applies to its user, its role's sessions, or its group's members. A group
    without members, and a managed policy, can apply to every user.
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
    """Return whether this policy alone allows the request."""
    return _lets_through(decision, Layer(Kind.IDENTITY, (policy,)))


def _lacks_a_statement(ticket: Ticket, policy: Policy) -> bool:
    """Return whether the ticket was refused only because no statement allows it.

    It is so if this policy does not allow the request, and one more Allow in it would.
    """
    refused = ticket.decision
    if not isinstance(refused, ImplicitlyDenied) or _allows(refused, policy):
        return False
    missing_allow = Policy(
        (allow_statement((refused.request.action,), (refused.request.resource,)),)
    )
    return _lets_through(
        refused, *refused.standing.layers, Layer(Kind.IDENTITY, (policy, missing_allow))
    )


def _lets_through(decision: Decision, *layers: Layer) -> bool:
    """Return whether AWS would allow a decision's request with these policy layers in place of its own."""
    return isinstance(
        authorize(dataclasses.replace(decision.standing, layers=layers), decision.request),
        Allowed,
    )
