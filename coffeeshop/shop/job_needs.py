"""Return what a job needs to be allowed, as statements.

The grade compares policies with them, and a day tells by them what of a theft goes beyond the victim's jobs. So both
agree on what a job needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.model import Outcome
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Condition, Element, Request, Statement, Values
from coffeeshop.shop.want import Ticket, Want

# Keys whose absence from a line also has a meaning.
KEYS_WITH_MEANING_IF_ABSENT = ("sts:ExternalId", "iam:PermissionsBoundary")


def need_statements(ticket: Ticket, outcome: Outcome) -> Iterator[Statement]:
    """Yield an Allow for each request of a call that a job made.

    The job's own call, the last one, is allowed on all resources that its want names. Other calls in the
    same session are allowed on all that the job covers, if it covers their resource. Calls before the
    session, such as assuming the role, are allowed as they were made.
    """
    want = ticket.want
    last = ticket.outcomes[-1]
    is_own_call = ticket.in_session and outcome.act.caller == last.act.caller
    is_job_call = ticket.in_session and outcome is last
    for request in requests_of(outcome):
        if is_job_call:
            resources = _allowed_resources_of_job(want, request.resource)
        elif is_own_call and _is_in(want.covers, request.resource):
            resources = want.covers
        else:
            resources = (request.resource,)
        bound = want.conditions if is_job_call else ()
        yield allow_statement(
            (request.action,), resources, (*bound, *_required_conditions(request, bound))
        )


def _required_conditions(
    request: Request, bound: tuple[Condition, ...]
) -> Iterator[Condition]:
    """Yield conditions from a job's line, where its want sets none.

    These are the external id, and the boundary of new users. Without them the need would also
    permit a session with another external id, and users without a boundary.
    """
    settled = {condition.key.lower() for condition in bound}
    for key in KEYS_WITH_MEANING_IF_ABSENT:
        if (values := request.context.get(key)) and key.lower() not in settled:
            yield Condition("StringEquals", key, values)


def _allowed_resources_of_job(want: Want, resource: str) -> Values:
    """Return the resources on which a job's action may be allowed at most.

    They are those of `within`, else of `covers`, if the resource is among them; else the resource
    alone.
    """
    bound = want.within or want.covers
    if _is_in(bound, resource):
        return bound
    return (resource,)


def _is_in(patterns: Values, resource: str) -> bool:
    """Tell whether one of the patterns matches a resource."""
    return any(glob(pattern)(resource) for pattern in patterns)


def requests_of(outcome: Outcome) -> tuple[Request, ...]:
    """Return every request that a call makes: those that were decided, or if none was, those that
    it would make.
    """
    if outcome.decisions:
        return tuple(decision.request for decision in outcome.decisions)
    return requests_of_call(outcome.account, outcome.act.call, outcome.act.caller)


def allow_statement(
    actions: Values, resources: Values, conditions: tuple[Condition, ...] = ()
) -> Statement:
    """Return an Allow of these actions on these resources under these conditions."""
    return Statement("Allow", Element(actions), Element(resources), conditions=conditions)
