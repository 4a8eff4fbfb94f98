"""Managed policies and their versions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from operator import attrgetter
from typing import TypeAlias

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import policy_documents
from coffeeshop.account.access.aws_managed_policies import (
    ManagedDocument,
    all_managed_documents,
)
from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.iam_resources import Entity, ManagedPolicy, PolicyVersion
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.lookups import named_policy, policy_arn
from coffeeshop.account.services.paging import list_page
from coffeeshop.account.services.tagging import add_iam_tags, tag_list
from coffeeshop.account.values import JsonObject

MAX_POLICIES = 1500
MAX_VERSIONS = 5
MANAGED_SIZE = 6144

OPERATIONS = Operations()


def all_entities(account: Account) -> Iterator[Entity]:
    """Yield every user, group and role."""
    return chain(account.users.values(), account.groups.values(), account.roles.values())


# By ARN: entities that carry it, entities that it bounds.
Tally: TypeAlias = tuple[Counter[str], Counter[str]]


def count_policy_uses(account: Account) -> Tally:
    """Return to how many entities each managed policy is attached, and how many it bounds."""
    attached = chain.from_iterable(map(attrgetter("attached"), all_entities(account)))
    bounded = map(
        attrgetter("boundary"), chain(account.users.values(), account.roles.values())
    )
    return Counter(attached), Counter(filter(None, bounded))


def policy_shape(policy: ManagedPolicy | ManagedDocument, usage: Tally) -> JsonObject:
    """Return a managed policy as answers show it, without its document."""
    attached, bounded = usage
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default,
        "AttachmentCount": attached[policy.arn],
        "PermissionsBoundaryUsageCount": bounded[policy.arn],
        "IsAttachable": True,
        "CreateDate": format_timestamp(policy.created),
        "UpdateDate": format_timestamp(policy.updated),
    }


def version_shape(policy: ManagedPolicy, version: PolicyVersion) -> JsonObject:
    """Return a version as answers show it, without its document."""
    default = version.id == policy.default
    return {
        "VersionId": version.id,
        "IsDefaultVersion": default,
        "CreateDate": format_timestamp(version.created),
    }


def _with_policy(account: Account, policy: ManagedPolicy) -> Account:
    return replace(account, policies=account.policies.put(policy.arn, policy))


# ----------------------------------------------------------- managed policies
@OPERATIONS.add("CreatePolicy")
def create_policy(account: Account, act: Act) -> Change:
    """Create a managed policy with version v1. Names ignore case."""
    call = act.call
    name = call.text("PolicyName")
    if any(policy.name.lower() == name.lower() for policy in account.policies.values()):
        raise errors.entity_already_exists("policy", name)
    path = call.text("Path", "/")
    tags = add_iam_tags({}, call, case_sensitive=True)
    arn = f"arn:aws:iam::{account.id}:policy{path}{name}"
    document = policy_documents.parse_managed_policy(call.text("PolicyDocument"), arn)
    _refuse_over_size(policy_documents.quota_size(document.text), MANAGED_SIZE)
    errors.check_quota(account.policies, MAX_POLICIES, "PoliciesPerAccount")
    account, id = ids.new_unique_id(account, "policy", name.lower())
    new_policy = ManagedPolicy(
        arn,
        id,
        name,
        path,
        act.at,
        act.at,
        (PolicyVersion("v1", document, act.at),),
        description=call.text("Description"),
        tags=tags,
    )
    shape = policy_shape(new_policy, (Counter(), Counter()))
    if tags:
        shape["Tags"] = tag_list(tags)
    account_after = _with_policy(account, new_policy)
    body = {"Policy": shape}
    return account_after, Reply(body)


def _refuse_over_size(size: int, quota: int) -> None:
    if size > quota:
        raise errors.service_error(
            "LimitExceeded", f"Cannot exceed quota for PolicySize: {quota}"
        )


@OPERATIONS.add("GetPolicy")
def get_policy(account: Account, act: Act) -> Change:
    policy = named_policy(account, act.call)
    description: JsonObject = {}
    if policy.description:
        description = {"Description": policy.description}
    body = {
        "Policy": {
            **policy_shape(policy, count_policy_uses(account)),
            **description,
            "Tags": tag_list(policy.tags),
        }
    }
    return account, Reply(body)


@OPERATIONS.add("ListPolicies")
def list_policies(account: Account, act: Act) -> Change:
    """List managed policies. PolicyUsageFilter counts only with OnlyAttached (seen)."""
    call = act.call
    scope = call.text("Scope", "All")
    prefix = call.text("PathPrefix", "/")
    policies = [
        policy
        for policy in _policies_in_scope(account, scope)
        if policy.path.startswith(prefix)
    ]
    if call.parameters.get("OnlyAttached") is True:
        used_arns = _used_arns(account, call.text("PolicyUsageFilter"))
        policies = [policy for policy in policies if policy.arn in used_arns]
    names = {f"{policy.name}\0{policy.arn}": policy for policy in policies}
    usage = count_policy_uses(account)
    page = list_page(call, "Policies", names, lambda name: policy_shape(names[name], usage))
    return account, page


def _policies_in_scope(
    account: Account, scope: str
) -> Iterator[ManagedPolicy | ManagedDocument]:
    if scope != "AWS":
        yield from account.policies.values()
    if scope != "Local":
        yield from (*all_managed_documents(), *account.lent.values())


def _used_arns(account: Account, usage: str) -> set[str]:
    """Return the ARNs of policies that are attached, that are boundaries, or both, as `usage` says."""
    attached, bounded = map(set, count_policy_uses(account))
    match usage:
        case "PermissionsPolicy":
            return attached
        case "PermissionsBoundary":
            return bounded
        case _:
            return attached | bounded


def _own_policy(account: Account, call: Call, verb: str) -> ManagedPolicy:
    """Return a policy of this account.

    Raise AccessDenied for AWS's policies, which nobody can change.
    """
    policy = named_policy(account, call)
    return _refuse_aws_policy(account, policy, verb)


def _refuse_aws_policy(account: Account, policy: ManagedPolicy, verb: str) -> ManagedPolicy:
    if policy.arn not in account.policies:
        raise errors.access_denied(f"Cannot {verb} {errors.OUTSIDE_ACCOUNT}")
    return policy


@OPERATIONS.add("DeletePolicy")
def delete_policy(account: Account, act: Act) -> Change:
    """Delete a managed policy. It must not be attached to an entity, and its other versions must be deleted first."""
    policy = _own_policy(account, act.call, "delete")
    if any(counts[policy.arn] for counts in count_policy_uses(account)):
        raise errors.delete_conflict("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise errors.delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    account = replace(account, policies=account.policies.drop(policy.arn))
    return account, EMPTY_REPLY


# ------------------------------------------------------------------- versions
@OPERATIONS.add("CreatePolicyVersion")
def create_policy_version(account: Account, act: Act) -> Change:
    """Create a version of a managed policy, and make it the default if requested. There can be five."""
    call = act.call
    policy = _own_policy(account, call, "create versions for")
    document = policy_documents.parse_managed_policy(
        call.text("PolicyDocument"), policy.arn
    )
    _refuse_over_size(policy_documents.quota_size(document.text), MANAGED_SIZE)
    if len(policy.versions) >= MAX_VERSIONS:
        raise errors.service_error(
            "LimitExceeded",
            f"A managed policy can have up to {MAX_VERSIONS} versions. "
            "Before you create a new version, you must delete an existing version.",
        )
    version = PolicyVersion(f"v{policy.minted + 1}", document, act.at)
    if call.parameters.get("SetAsDefault") is True:
        default = version.id
    else:
        default = policy.default
    policy_after = replace(
        policy,
        versions=(*policy.versions, version),
        minted=policy.minted + 1,
        default=default,
        updated=act.at,
    )
    account_after = _with_policy(account, policy_after)
    body = {"PolicyVersion": version_shape(policy_after, version)}
    return account_after, Reply(body)


def _named_version(
    account: Account, call: Call, verb: str = ""
) -> tuple[ManagedPolicy, PolicyVersion]:
    """Return the policy and the version that a call names.

    One text says that either is missing (seen). With a `verb`, the policy must be the
    account's own.
    """
    arn = policy_arn(call)
    version_id = call.text("VersionId")
    if (policy := find_managed_policy(account, arn)) and verb:
        _refuse_aws_policy(account, policy, verb)
    if policy:
        version = next(
            (version for version in policy.versions if version.id == version_id), None
        )
    else:
        version = None
    if policy is None or version is None:
        raise errors.no_such_entity("attachable", f"{arn} version {version_id}")
    return policy, version


@OPERATIONS.add("GetPolicyVersion")
def get_policy_version(account: Account, act: Act) -> Change:
    policy, version = _named_version(account, act.call)
    body = {
        "PolicyVersion": {
            "Document": policy_documents.document_json(version.document),
            **version_shape(policy, version),
        }
    }
    return account, Reply(body)


@OPERATIONS.add("ListPolicyVersions")
def list_policy_versions(account: Account, act: Act) -> Change:
    """List the versions, newest first."""
    policy = named_policy(account, act.call)
    shapes = {
        f"{n:04}": version_shape(policy, version)
        for n, version in enumerate(reversed(policy.versions))
    }
    page = list_page(act.call, "Versions", shapes, lambda n: shapes[n])
    return account, page


@OPERATIONS.add("DeletePolicyVersion")
def delete_policy_version(account: Account, act: Act) -> Change:
    """Delete a version of a managed policy, unless it is the default version."""
    policy, version = _named_version(account, act.call, "delete policy versions for")
    if version.id == policy.default:
        raise errors.delete_conflict("Cannot delete the default version of a policy.")
    versions = tuple(remaining for remaining in policy.versions if remaining is not version)
    policy = replace(policy, versions=versions, updated=act.at)
    account = _with_policy(account, policy)
    return account, EMPTY_REPLY


@OPERATIONS.add("SetDefaultPolicyVersion")
def set_default_policy_version(account: Account, act: Act) -> Change:
    """Set the default version, which takes effect wherever the policy is attached."""
    policy, version = _named_version(account, act.call, "update")
    policy = replace(policy, default=version.id, updated=act.at)
    account = _with_policy(account, policy)
    return account, EMPTY_REPLY
