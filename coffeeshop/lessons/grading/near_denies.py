"""Which Deny to look at first where a refusal leaks: one that was probably meant to refuse the request, and misses it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coffeeshop.account.model import Outcome
from coffeeshop.policy.evaluation.explain import NearDeny, NearestMiss, near_denies
from coffeeshop.policy.model import Allowed, Decision, Values
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.want import Ticket


def leaking_decisions(leak: Ticket) -> Iterator[Allowed]:
    """Yield the decisions that let a leak through: on its last call, on assuming its role,
    or on the calls of its detour.
    """
    taking = leak.outcomes[:1] if leak.want.via else ()
    yield from allowed_decisions(leak.unneeded_detour or (*leak.outcomes[-1:], *taking))


def allowed_decisions(outcomes: Iterable[Outcome]) -> Iterator[Allowed]:
    """Yield the decision of each of these calls that was allowed by a policy. Only a call's last
    decision counts.
    """
    for outcome in outcomes:
        yield from (
            decision for decision in outcome.main_decisions if isinstance(decision, Allowed)
        )


def nearest_deny_to_fix(
    tickets: Iterable[Ticket], leak: Decision | None
) -> NearDeny | None:
    """Return the nearest Deny that could refuse a leak if it were fixed, or None if the
    near ones are right. A Deny is right if a job among the `tickets` would be refused too,
    once the Deny refused the leak.
    """
    if not isinstance(leak, Allowed):
        return None
    jobs = [ticket for ticket in tickets if ticket.want.mode is Mode.MUST]
    job_decisions = [
        decision
        for job in jobs
        for outcome in job.outcomes
        for decision in outcome.decisions
    ]
    for near_deny in near_denies(leak):
        is_meant = all(
            miss.slip or _differs_from_jobs(miss, leak, job_decisions)
            for miss in near_deny.misses
        )
        if is_meant and not any(
            near_deny.would_refuse_both(leak, job) for job in job_decisions
        ):
            return near_deny
    return None


def _differs_from_jobs(miss: NearestMiss, leak: Decision, jobs: Sequence[Decision]) -> bool:
    """Tell whether a Deny's condition misses the leak by a circumstance, such as the address, in
    which no job is done.

    Then the condition was probably meant to match it.
    """
    if not miss.is_circumstance or miss.lacks_key or not jobs:
        return False
    leak_values = _request_values(miss.key, leak)
    return all(_request_values(miss.key, job) != leak_values for job in jobs)


def _request_values(key: str, decision: Decision) -> Values | None:
    """Return a request's values for a key, whatever its case; None if it has none."""
    context = {**decision.standing.fixed, **decision.request.context}
    match = next(
        (values for name, values in context.items() if name.lower() == key.lower()), None
    )
    return match if isinstance(match, tuple) else None
