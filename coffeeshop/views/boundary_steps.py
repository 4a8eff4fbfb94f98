"""Steps for permissions boundaries: the one that denies a request, or that the learner loosened too far."""

from __future__ import annotations

from coffeeshop.account.iam_resources import ManagedPolicy
from coffeeshop.lessons.grading.kept_versions import changes_decision
from coffeeshop.lessons.model import Play
from coffeeshop.policy.model import Decision, Kind
from coffeeshop.views.step import Step, list_step, press, short

EDITS_POLICY = press("policy", "CreatePolicyVersion", "edits it", "⏎")


def boundary_step(managed: ManagedPolicy, says: str) -> Step:
    """Return the suggestion to edit a permissions boundary. `says` ends its sentence."""
    message = f"the permissions boundary {short(managed.name)} {says}"
    known_entries = {"PolicyArn": managed.arn, "VersionId": managed.default}
    return list_step(message, "policies", managed.name, EDITS_POLICY, known_entries)


def loosened_boundary_step(play: Play, decision: Decision, says: str) -> Step | None:
    """Return the suggestion to edit a permissions boundary whose opening text would have refused a request.

    Return None if the learner has loosened no such boundary.
    """
    boundaries = (
        policy
        for layer in decision.standing.layers
        if layer.kind is Kind.BOUNDARY
        for policy in layer.policies
    )
    for policy in boundaries:
        managed = play.account.policies.get(policy.name)
        before = play.scenario.opening.policies.get(policy.name)
        if managed is None or before is None:
            continue
        if changes_decision(managed.arn, before.document.policy, decision):
            return boundary_step(managed, says)
    return None
