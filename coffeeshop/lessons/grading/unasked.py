"""What must be allowed for each call of a job: all that it covers, and any name that it means, but for what no job asks.

An engineer who denies in words what the brief refuses anyway has taken nothing from anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from coffeeshop.lessons.grading.existing import existing_arns
from coffeeshop.lessons.grading.moments import lower_bounds, with_fence
from coffeeshop.lessons.grading.needed import generalize_name, requests_of
from coffeeshop.policy.language.patterns import glob
from coffeeshop.policy.model import Element, Standing, Statement, Values
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket, Want

if TYPE_CHECKING:
    from coffeeshop.lessons.grading.trial import Trial


def required_access(trial: Trial, ticket: Ticket) -> Iterator[tuple[Standing, Standing]]:
    """Yields, for each call of a job, what must be allowed and what is held, as `lower_bounds` does; asked is neither what the
    brief refuses to whoever does the job, nor making what is there already.
    """
    unasked = tuple(_deny_unasked(trial, ticket)) if ticket.outcomes else ()
    for must, held in lower_bounds(trial.account, ticket, trial.names):
        yield with_fence(must, unasked), held


def _deny_unasked(trial: Trial, ticket: Ticket) -> Iterator[Statement]:
    last = ticket.outcomes[-1]
    who = ticket.want.who
    requests = requests_of(last)
    own = {request.resource for request in requests}
    others = {
        *ticket.want.covers,
        *(generalize_name(resource, who, trial.names) for resource in own),
    } - own
    if not others:
        return

    def is_other(resource: str) -> bool:
        return resource not in own and any(glob(pattern)(resource) for pattern in others)

    if last.act.call.operation.startswith("Create") and (
        there := tuple(filter(is_other, existing_arns(trial.account)))
    ):
        yield _deny_actions(tuple(request.action for request in requests), there)
    for want in (
        want
        for want in trial.wants
        if want.mode is Mode.NEVER and _is_same_asker(want, ticket.want)
    ):
        refused = trial.ticket_for(want).decision
        if refused and is_other(refused.request.resource):
            yield _deny_actions((refused.request.action,), (refused.request.resource,))


def _is_same_asker(want: Want, other: Want) -> bool:
    """Whether the same person asks, with the same badge and in the same role."""
    return (want.who, want.badge, want.via) == (other.who, other.badge, other.via)


def _deny_actions(actions: Values, resources: Values) -> Statement:
    return Statement("Deny", Element(actions), Element(resources))
