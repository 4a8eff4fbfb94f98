"""Versions of managed policies that are kept and not in force, wherever a decision cites the policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as standing_with

from coffeeshop.account.iam_resources import ManagedPolicy, PolicyVersion
from coffeeshop.account.model import Account
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Decision, Layer, Policy


def version_notes(
    account: Account, decision: Decision | None, cited: Policy | None = None
) -> str:
    """Return sentences about versions of policies that aren't in force, or "".

    There is one for each policy behind the decision that would decide differently in another version, and for the
    `cited` policy if another version of it differs at all. AWS evaluates only the default version.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
    """
    layers = decision.standing.layers if decision else ()
    policy_names = [policy.name for layer in layers for policy in layer.policies]
    if cited:
        policy_names.append(cited.name)
    policies = (_find_policy(account, name) for name in dict.fromkeys(policy_names))
    notes = (
        _version_note(policy, decision, cited) for policy in policies if policy is not None
    )
    return " ".join(filter(None, notes))


def _find_policy(account: Account, arn: str) -> ManagedPolicy | None:
    """Return the managed policy of this ARN, in whichever account; None if there is none."""
    holders = (account, *account.others.values())
    found_policies = (holder.policies.get(arn) for holder in holders)
    return next(filter(None, found_policies), None)


def _version_note(
    policy: ManagedPolicy, decision: Decision | None, cited: Policy | None
) -> str:
    """Return the sentence about one policy's versions; "" if none differs."""
    other_versions = list(_other_versions(policy))
    turning = [
        version
        for version in other_versions
        if decision and changes_decision(policy.arn, version.document.policy, decision)
    ]
    if turning:
        if isinstance(decision, Allowed):
            return _version_sentence(
                policy, turning[-1], "would refuse this", READ_VERSION_NOTE
            )
        return _version_sentence(policy, turning[-1], "would allow this")
    if other_versions and cited is not None and cited.name == policy.arn:
        return _version_sentence(policy, other_versions[-1], "says something else")
    return ""


def _other_versions(policy: ManagedPolicy) -> Iterator[PolicyVersion]:
    """Yield the versions of a policy that are not the default and say something else, oldest first."""
    in_force = policy.document.policy.statements
    for version in policy.versions:
        if version.id != policy.default and version.document.policy.statements != in_force:
            yield version


def changes_decision(arn: str, instead: Policy, decision: Decision) -> bool:
    """Tell whether AWS would decide otherwise if the managed policy with this ARN said something else."""
    layers = tuple(
        _with_replaced_policy(layer, arn, instead) for layer in decision.standing.layers
    )
    would = authorize(standing_with(decision.standing, layers=layers), decision.request)
    return isinstance(would, Allowed) is not isinstance(decision, Allowed)


def _with_replaced_policy(layer: Layer, arn: str, instead: Policy) -> Layer:
    """Return the layer with another policy in place of the one with this ARN."""
    policies = tuple(instead if policy.name == arn else policy for policy in layer.policies)
    return standing_with(layer, policies=policies)


# A version that refuses more can be too narrow: it may be the one that the task begins with.
READ_VERSION_NOTE = (
    "It can also refuse what a job needs, so read it first: get-policy-version shows it."
)
PUTS_IN_FORCE = "set-default-policy-version makes it the default."


def _version_sentence(
    policy: ManagedPolicy, version: PolicyVersion, does: str, advice: str = PUTS_IN_FORCE
) -> str:
    """Return the sentence that a version of a policy isn't in force, what it `does`, and the advice."""
    return (
        f"Version {policy.default} of the policy {policy.name} is the default. Version {version.id} "
        f"still exists, and {does}. {advice}"
    )
