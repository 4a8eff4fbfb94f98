"""The step to a Deny that almost matches a leak. A leak is a refusal of the brief that AWS allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from coffeeshop.account.access.aws_managed_policies import find_managed_document
from coffeeshop.lessons.grading.near_denies import leaking_decisions, nearest_deny_to_fix
from coffeeshop.lessons.model import Play
from coffeeshop.policy.evaluation.explain import NearDeny, missed_elements
from coffeeshop.policy.model import Allowed
from coffeeshop.shop.want import Ticket
from coffeeshop.views.denials import policy_step, unlisted_policy
from coffeeshop.views.leaks import refusal_failure
from coffeeshop.views.step import EXPLAIN_DEED, Step


def missing_deny(play: Play, tickets: Sequence[Ticket], leak: Ticket) -> Step | None:
    """Return the suggested step to the Deny that should refuse a leak but doesn't match it.

    Return None if there is no such Deny.
    """
    for decision, near in _denies_to_fix(tickets, leak):
        message = f"would deny {decision.request.action}, but {missed_elements(near)}:"
        step = policy_step(play, decision, near.matched, message)
        if step is None:
            step = Step(unlisted_policy(near.matched, message), EXPLAIN_DEED)
        return replace(step, fails=refusal_failure(leak), want=leak.want.id)
    return None


def _denies_to_fix(
    tickets: Sequence[Ticket], leak: Ticket
) -> Iterator[tuple[Allowed, NearDeny]]:
    """Yield each decision that allowed the leak with the Deny to fix. AWS's own policies are left out."""
    for decision in leaking_decisions(leak):
        near = nearest_deny_to_fix(tickets, decision)
        if near is not None and find_managed_document(near.matched.policy.name) is None:
            yield decision, near
