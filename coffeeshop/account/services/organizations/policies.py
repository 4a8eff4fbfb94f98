"""Service and resource control policies: create, attach and detach them.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies.html
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from coffeeshop.account.access.control_policies import (
    AWS_OWN,
    MAX_ATTACHED,
    POLICY_TYPES,
    find_control_policy,
    parse_control_policy,
    policy_arn,
)
from coffeeshop.account.access.organization_requests import new_policy_id
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.organization import ControlPolicy, Organization
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.organizations import lookups
from coffeeshop.account.services.organizations.tags import add_request_tags
from coffeeshop.account.services.organizations.units import root_shape
from coffeeshop.account.services.paging import organizations_page
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.model import Values

OPERATIONS = Operations()


# ---------------------------------------------------------------- types of policy
def _organization_and_type(account: Account, act: Act) -> tuple[Organization, str]:
    """Return the organization and the policy type that a call about a root names. Raise RootNotFoundException."""
    organization = lookups.managed_organization(account)
    call = act.call
    if call.text("RootId") != organization.root.id:
        raise lookups.refusal("RootNotFoundException")
    return organization, lookups.simulated_policy_type(call.text("PolicyType"))


@OPERATIONS.add("EnablePolicyType")
def enable_policy_type(account: Account, act: Act) -> Change:
    """Enable a type of policy, and attach AWS's full-access policy to every target.

    From then on, a policy must allow each request at every level.
    """
    organization, type = _organization_and_type(account, act)
    if type in organization.types:
        raise lookups.refusal("PolicyTypeAlreadyEnabledException")
    targets = (*organization.units, *organization.members)
    attached = {
        target: (*organization.attached.get(target, ()), POLICY_TYPES[type].full.id)
        for target in targets
    }
    organization = replace(
        organization, types=(*organization.types, type), attached=attached
    )
    account_after = account.with_organization(organization)
    body = {"Root": root_shape(organization)}
    return account_after, Reply(body)


@OPERATIONS.add("DisablePolicyType")
def disable_policy_type(account: Account, act: Act) -> Change:
    """Disable a type of policy, and detach all its policies.

    They stay detached when the type is enabled again.
    """
    organization, type = _organization_and_type(account, act)
    if type not in organization.types:
        raise lookups.refusal("PolicyTypeNotEnabledException")

    def without_type(policy_ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(id for id in policy_ids if _type_of_policy(organization, id) != type)

    attached = {
        target: without_type(policy_ids)
        for target, policy_ids in organization.attached.items()
    }
    types = tuple(enabled for enabled in organization.types if enabled != type)
    organization = replace(organization, types=types, attached=attached)
    account_after = account.with_organization(organization)
    body = {"Root": root_shape(organization)}
    return account_after, Reply(body)


def _type_of_policy(organization: Organization, id: str) -> str:
    policy = find_control_policy(organization, id)
    if policy:
        return policy.type
    return ""


# -------------------------------------------------------------------- policies
def policy_summary(policy: ControlPolicy) -> JsonObject:
    """Return a policy as lists show it."""
    return {
        "Id": policy.id,
        "Arn": policy.document.policy.name,
        "Name": policy.name,
        "Description": policy.description,
        "Type": policy.type,
        "AwsManaged": policy.id in AWS_OWN,
    }


def _policy_reply(policy: ControlPolicy) -> Reply:
    """Return the answer with a policy's summary and its text."""
    return Reply(
        {
            "Policy": {
                "PolicySummary": policy_summary(policy),
                "Content": policy.document.text,
            }
        }
    )


@OPERATIONS.add("CreatePolicy")
def create_policy(account: Account, act: Act) -> Change:
    """Create an organization policy. It applies to nothing until it is attached."""
    call = act.call
    organization = lookups.managed_organization(account)
    name = call.text("Name")
    type = lookups.simulated_policy_type(call.text("Type"))
    account, id = new_policy_id(account, name)
    text = parse_control_policy(
        call.text("Content"), type, policy_arn(organization, type, id), name
    )
    _refuse_duplicate(organization, name, type)
    if (
        sum(1 for policy_held in organization.policies.values() if policy_held.type == type)
        >= POLICY_TYPES[type].most
    ):
        raise lookups.limit_exceeded("POLICY_NUMBER_LIMIT_EXCEEDED")
    policy = ControlPolicy(
        id, name, type, text, call.text("Description"), add_request_tags({}, call)
    )
    return account.with_organization(_with_policy(organization, policy)), _policy_reply(
        policy
    )


def _refuse_duplicate(organization: Organization, name: str, type: str) -> None:
    policies = (*organization.policies.values(), *AWS_OWN.values())
    if any((policy.name, policy.type) == (name, type) for policy in policies):
        raise lookups.refusal("DuplicatePolicyException")


def _with_policy(organization: Organization, policy: ControlPolicy) -> Organization:
    return replace(organization, policies=organization.policies.put(policy.id, policy))


@OPERATIONS.add("DescribePolicy")
def describe_policy(account: Account, act: Act) -> Change:
    policy = lookups.named_policy(lookups.managed_organization(account), act.call)
    return account, _policy_reply(policy)


def _own_policy(organization: Organization, act: Act) -> ControlPolicy:
    """Return a policy that the organization can change.

    Raise InvalidInputException for AWS's own.
    """
    policy = lookups.named_policy(organization, act.call)
    if policy.id in AWS_OWN:
        raise lookups.invalid_input("IMMUTABLE_POLICY")
    return policy


@OPERATIONS.add("UpdatePolicy")
def update_policy(account: Account, act: Act) -> Change:
    """Update a policy, which takes effect wherever it is attached.

    A parameter that is left out doesn't change.
    """
    call = act.call
    organization = lookups.managed_organization(account)
    policy = _own_policy(organization, act)
    name = call.text("Name", policy.name)
    if name != policy.name:
        _refuse_duplicate(organization, name, policy.type)
    content = call.text("Content", policy.document.text)
    text = parse_control_policy(
        content, policy.type, policy_arn(organization, policy.type, policy.id), name
    )
    policy_after = replace(
        policy,
        name=name,
        description=call.text("Description", policy.description),
        document=text,
    )
    return account.with_organization(
        _with_policy(organization, policy_after)
    ), _policy_reply(policy_after)


@OPERATIONS.add("DeletePolicy")
def delete_policy(account: Account, act: Act) -> Change:
    organization = lookups.managed_organization(account)
    policy = _own_policy(organization, act)
    if any(policy.id in policy_ids for policy_ids in organization.attached.values()):
        raise lookups.refusal("PolicyInUseException")
    organization = replace(organization, policies=organization.policies.drop(policy.id))
    account = account.with_organization(organization)
    return account, EMPTY_REPLY


@OPERATIONS.add("ListPolicies")
def list_policies(account: Account, act: Act) -> Change:
    """List the organization's policies of one type, with AWS's own.

    There are none of the types that can't be created here.
    """
    organization = lookups.managed_organization(account)
    type = act.call.text("Filter")
    policies = {**AWS_OWN, **organization.policies}
    matching = {id: policy for id, policy in policies.items() if policy.type == type}
    page = organizations_page(
        act.call, "Policies", matching, lambda id: policy_summary(matching[id])
    )
    return account, page


# ------------------------------------------------------------------ attachments
def _named_target(organization: Organization, act: Act) -> str:
    """Return the root, unit or account of TargetId. Raise TargetNotFoundException."""
    id = act.call.text("TargetId")
    if id not in organization.units and id not in organization.members:
        raise lookups.refusal("TargetNotFoundException")
    return id


def _attached_policies(organization: Organization, target: str, type: str) -> Values:
    """Return the ids of a target's policies of one type."""
    return tuple(
        id
        for id in organization.attached.get(target, ())
        if _type_of_policy(organization, id) == type
    )


@OPERATIONS.add("AttachPolicy")
def attach_policy(account: Account, act: Act) -> Change:
    """Attach a policy to a root, unit or account. Its type must be enabled.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
    """
    organization = lookups.managed_organization(account)
    policy = lookups.named_policy(organization, act.call)
    target = _named_target(organization, act)
    if policy.type not in organization.types:
        raise lookups.refusal("PolicyTypeNotEnabledException")
    attached = organization.attached.get(target, ())
    if policy.id in attached:
        raise lookups.refusal("DuplicatePolicyAttachmentException")
    if len(_attached_policies(organization, target, policy.type)) >= MAX_ATTACHED:
        raise lookups.limit_exceeded("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    organization = replace(
        organization, attached={**organization.attached, target: (*attached, policy.id)}
    )
    account = account.with_organization(organization)
    return account, EMPTY_REPLY


@OPERATIONS.add("DetachPolicy")
def detach_policy(account: Account, act: Act) -> Change:
    """Detach a policy.

    The last one of its type stays, since without any, nothing would be allowed.
    """
    organization = lookups.managed_organization(account)
    policy = lookups.named_policy(organization, act.call)
    target = _named_target(organization, act)
    if policy.id not in organization.attached.get(target, ()):
        raise lookups.refusal("PolicyNotAttachedException")
    if policy.id in AWS_OWN and POLICY_TYPES[policy.type].full_stays:
        raise lookups.invalid_input("NON_DETACHABLE_POLICY")
    if len(_attached_policies(organization, target, policy.type)) == 1:
        raise lookups.limit_exceeded("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED")
    remaining = tuple(id for id in organization.attached[target] if id != policy.id)
    organization = replace(
        organization, attached={**organization.attached, target: remaining}
    )
    account = account.with_organization(organization)
    return account, EMPTY_REPLY


@OPERATIONS.add("ListPoliciesForTarget")
def list_policies_for_target(account: Account, act: Act) -> Change:
    """List the policies attached to a target itself, without those that it inherits."""
    organization = lookups.managed_organization(account)
    type = act.call.text("Filter")
    target = _named_target(organization, act)
    policy_ids = _attached_policies(organization, target, type)
    policies = {id: find_control_policy(organization, id) for id in policy_ids}
    shapes = {id: policy_summary(policy) for id, policy in policies.items() if policy}
    page = organizations_page(act.call, "Policies", shapes, lambda id: shapes[id])
    return account, page


@OPERATIONS.add("ListTargetsForPolicy")
def list_targets_for_policy(account: Account, act: Act) -> Change:
    organization = lookups.managed_organization(account)
    policy = lookups.named_policy(organization, act.call)
    shapes = {
        target: _target_shape(organization, target)
        for target, policy_ids in organization.attached.items()
        if policy.id in policy_ids
    }
    page = organizations_page(act.call, "Targets", shapes, lambda id: shapes[id])
    return account, page


def _target_shape(organization: Organization, target: str) -> JsonObject:
    """Return an account, unit or root to which a policy is attached."""
    if member := organization.members.get(target):
        return {
            "TargetId": target,
            "Arn": organization.arn("account", target),
            "Name": member.name,
            "Type": "ACCOUNT",
        }
    unit = organization.units[target]
    kind, type = ("ou", "ORGANIZATIONAL_UNIT") if unit.parent else ("root", "ROOT")
    return {
        "TargetId": target,
        "Arn": organization.arn(kind, target),
        "Name": unit.name,
        "Type": type,
    }
