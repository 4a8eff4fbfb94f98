"""What must be allowed for each call of a job: all requests that it covers, with any name
that it means, and without those of no job.

An explicit Deny of a refusal in the brief takes nothing away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from coffeeshop.account.access.resource_keys import resource_context
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.existing import existing_arns
from coffeeshop.lessons.grading.fences import with_fence
from coffeeshop.lessons.grading.moments import least_access_of_calls
from coffeeshop.lessons.grading.needed import generalize_name
from coffeeshop.lessons.grading.newcomers import open_to_newcomers
from coffeeshop.lessons.grading.outsiders import open_to_members, open_to_sessions
from coffeeshop.lessons.grading.request_space import (
    PLACE_PINS,
    is_resource_tag_key,
    without_pins,
)
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.evaluation.match import shared_policy
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Allowed, Element, Request, Standing, Statement, Values
from coffeeshop.shop.job_needs import allow_statement, requests_of
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket, Want

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def required_access(trial: Trial, ticket: Ticket) -> Iterator[tuple[Standing, Standing]]:
    """Yield what each call of a job must be allowed and what it is allowed (`least_access_of_calls`).

    What the brief refuses to the same person isn't required, even if the job covers it. Neither is
    creating what exists already.
    """
    if ticket.outcomes:
        unasked = tuple(_deny_unasked(trial, ticket))
    else:
        unasked = ()
    for must, allowed in least_access_of_calls(trial.account, ticket, trial.names):
        yield _open_to_askers(trial, ticket.want.who, with_fence(must, unasked), allowed)


def _open_to_askers(
    trial: Trial, who: str, required: Standing, allowed: Standing
) -> tuple[Standing, Standing]:
    """Return the needed and the allowed access of a job, for every principal that the brief means by `who`.

    A newcomer may have any name. Another account means every principal there, at any place.
    """
    if who == trial.names["newcomer"]:
        return open_to_newcomers(trial, required, allowed)
    # In a session of our role, they are one principal of ours.
    if not who.startswith("account/") or allowed.principal.account == trial.account.id:
        return required, allowed
    elsewhere = without_pins(required, PLACE_PINS), without_pins(allowed, PLACE_PINS)
    if who.count("/") > 1:
        return open_to_sessions(trial, who, *elsewhere)
    return open_to_members(trial, who, *elsewhere)


def _deny_unasked(trial: Trial, ticket: Ticket) -> Iterator[Statement]:
    """Yield Denies of requests on a job's other resources that the job doesn't have to make.

    Its other resources are those that it covers, or that its drawn name stands for. A job that creates
    something needn't create what exists already. One that is about things with a tag needn't reach what
    has another tag. Nor need it make a request that the brief refuses to the same person.
    """
    last = ticket.outcomes[-1]
    subject = ticket.want.who
    requests = requests_of(last)
    asked_resources = {request.resource for request in requests}
    generalized = (
        generalize_name(resource, subject, trial.names) for resource in asked_resources
    )
    siblings = {*ticket.want.covers, *generalized} - asked_resources
    if not siblings:
        return

    def is_other(resource: str) -> bool:
        """Tell whether the job covers a resource, or could name it, and its own call doesn't ask for it."""
        return resource not in asked_resources and any(
            glob(pattern)(resource) for pattern in siblings
        )

    existing = filter(is_other, existing_arns(trial.account))
    actions = tuple(request.action for request in requests)
    if not last.act.call.operation.startswith("Create"):
        existing = _otherwise_tagged(trial.account, ticket.want, actions[0], existing)
    if unasked := tuple(existing):
        yield _deny_actions(actions, unasked)
    for want in trial.wants:
        if want.mode is not Mode.NEVER or not _is_same_asker(want, ticket.want):
            continue
        refused = trial.ticket_for(want).decision
        if refused and is_other(refused.request.resource):
            yield _deny_actions((refused.request.action,), (refused.request.resource,))


def _otherwise_tagged(
    account: Account, job: Want, action: str, arns: Iterable[str]
) -> Iterator[str]:
    """Yield the existing resources whose tags a job's conditions exclude."""
    tag_conditions = tuple(
        condition
        for condition in job.conditions
        if is_resource_tag_key(condition.key.lower())
    )
    if not tag_conditions:
        return
    fitting = allow_statement(("*",), ("*",), tag_conditions)
    standing = Standing.of(shared_policy((fitting,), "fitting"))
    for arn in arns:
        request = Request(action, arn, resource_context(account, action, arn))
        if not isinstance(authorize(standing, request), Allowed):
            yield arn


def _is_same_asker(first: Want, second: Want) -> bool:
    """Tell whether two wants (jobs or refusals) are tried by the same subject, with the
    same credential and in the same role.
    """
    return (first.who, first.badge, first.via) == (second.who, second.badge, second.via)


def _deny_actions(actions: Values, resources: Values) -> Statement:
    """Return a Deny of these actions on these resources."""
    return Statement("Deny", Element(actions), Element(resources))
