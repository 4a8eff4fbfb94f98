"""The step to an explicit Deny that refuses a job: the policy that contains it, and its place."""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.lessons.model import Play
from coffeeshop.policy.evaluation.explain import (
    LAYER_NAMES,
    denied_sessions_phrase,
    statement_label,
)
from coffeeshop.policy.model import (
    BLOCK_PUBLIC_ACCESS,
    Decision,
    ExplicitlyDenied,
    Kind,
    Matched,
)
from coffeeshop.shop.want import Ticket
from coffeeshop.views.boundary_steps import boundary_step
from coffeeshop.views.identity import policy_bearer
from coffeeshop.views.leaks import (
    attached_policy_step,
    narrowing_step,
    policy_and_holder_phrase,
    removal_step,
)
from coffeeshop.views.step import EXPLAIN_DEED, Step, short, show_first, ticket_failure
from coffeeshop.views.text import capital


def denial_step(play: Play, failing: Ticket) -> Step | None:
    """Return the suggested step to the policy that denies a job or the job's role.

    Return None if no policy denies it. The step is an explanation in two cases: the account shows no such
    policy, or the Deny has conditions that the caller may meet.
    """
    decision = failing.decision
    if not isinstance(decision, ExplicitlyDenied):
        return None
    matched = next(
        (
            each_matched
            for each_matched in decision.by
            if not each_matched.statement.unclear
        ),
        decision.by[0],
    )
    denies = f"denies {decision.request.action}{denied_sessions_phrase(decision)}:"
    step = policy_step(play, decision, matched, denies)
    if step is None or matched.statement.conditions:
        if step:
            message = step.cause
        else:
            message = unlisted_policy(matched, denies)
        step = Step(message, EXPLAIN_DEED, want=failing.want.id)
    return replace(step, fails=ticket_failure(failing), cause=capital(step.cause))


def unlisted_policy(matched: Matched, says: str) -> str:
    """Return a sentence about a policy that the app has no list for, such as a control policy. `says` is its end."""
    if matched.policy.name == BLOCK_PUBLIC_ACCESS:
        return f"{statement_label(matched)} {says}"
    return f"the {LAYER_NAMES[matched.layer.kind]}{_policy_name(matched)} {says}"


def _policy_name(matched: Matched) -> str:
    """Return a space and the policy's name, for a sentence. Return "" if it has none."""
    name = matched.policy.display_name
    return f" {short(name)}" if name else ""


def policy_step(
    play: Play, decision: Decision, matched: Matched, denies: str
) -> Step | None:
    """Return the suggested step to the policy that contains a Deny. Return None if the account shows no such policy.

    `denies` ends its sentence.
    """
    kind = matched.layer.kind
    name = matched.policy.name
    if name == BLOCK_PUBLIC_ACCESS:
        return None
    if kind is Kind.IDENTITY:
        return _identity_policy_step(play, decision, matched, denies)
    if kind in (Kind.TRUST, Kind.RESOURCE):
        return attached_policy_step(play, matched.layer, denies)
    if kind is Kind.BOUNDARY and (managed := play.account.policies.get(name)):
        return show_first(boundary_step(managed, denies), ("iam", "GetPolicyVersion"))
    return None


def _identity_policy_step(
    play: Play, decision: Decision, matched: Matched, denies: str
) -> Step | None:
    """Return the suggested step to an identity policy of the caller or of a group: edit it, or detach it if AWS wrote it."""
    asker = decision.standing.principal
    if (bearer := policy_bearer(play.account, asker, matched.policy)) is None:
        return None
    message = f"{policy_and_holder_phrase(asker, *bearer)} {denies}"
    entity, hung = bearer
    if hung in entity.attached and hung not in play.account.policies:
        return removal_step(play, entity, hung, message)
    return narrowing_step(play, entity, hung, message)
