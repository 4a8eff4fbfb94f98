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
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.lookups import policy, policy_arn
from coffeeshop.account.services.paging import page
from coffeeshop.account.services.tagging import tag_list, tagged
from coffeeshop.account.values import Json

POLICIES = 1500
VERSIONS = 5
MANAGED_SIZE = 6144

OPERATIONS = Operations()


def everyone(account: Account) -> Iterator[Entity]:
    """Yields every user, group and role."""
    return chain(account.users.values(), account.groups.values(), account.roles.values())


# By ARN: entities that carry it, entities that it bounds.
Tally: TypeAlias = tuple[Counter[str], Counter[str]]


def tally(account: Account) -> Tally:
    """Tells how many entities each managed policy is attached to, and how many it bounds."""
    attached = chain.from_iterable(map(attrgetter("attached"), everyone(account)))
    bounded = map(
        attrgetter("boundary"), chain(account.users.values(), account.roles.values())
    )
    return Counter(attached), Counter(filter(None, bounded))


def policy_shape(policy: ManagedPolicy | ManagedDocument, used: Tally) -> dict[str, Json]:
    """Returns a managed policy as answers show it; no document is needed."""
    attached, bounding = used
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default,
        "AttachmentCount": attached[policy.arn],
        "PermissionsBoundaryUsageCount": bounding[policy.arn],
        "IsAttachable": True,
        "CreateDate": format_timestamp(policy.created),
        "UpdateDate": format_timestamp(policy.updated),
    }


def version_shape(policy: ManagedPolicy, version: PolicyVersion) -> dict[str, Json]:
    """Returns a version as answers show it, without its document."""
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
    call, name = act.call, act.call.text("PolicyName")
    if any(policy.name.lower() == name.lower() for policy in account.policies.values()):
        raise errors.entity_already_exists("policy", name)
    path = call.text("Path", "/")
    tags = tagged({}, call, cased=True)
    arn = f"arn:aws:iam::{account.id}:policy{path}{name}"
    document = policy_documents.parse_managed_policy(call.text("PolicyDocument"), arn)
    _fits(policy_documents.quota_size(document.text), MANAGED_SIZE)
    errors.check_quota(account.policies, POLICIES, "PoliciesPerAccount")
    account, id = ids.new_unique_id(account, "policy", name.lower())
    made = ManagedPolicy(
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
    shape = policy_shape(made, (Counter(), Counter()))
    return _with_policy(account, made), Reply(
        {"Policy": {**shape, "Tags": tag_list(made.tags)} if made.tags else shape}
    )


def _fits(size: int, quota: int) -> None:
    if size > quota:
        raise errors.service_error(
            "LimitExceeded", f"Cannot exceed quota for PolicySize: {quota}"
        )


@OPERATIONS.add("GetPolicy")
def get_policy(account: Account, act: Act) -> Change:
    found = policy(account, act.call)
    described: dict[str, Json] = (
        {"Description": found.description} if found.description else {}
    )
    return account, Reply(
        {
            "Policy": {
                **policy_shape(found, tally(account)),
                **described,
                "Tags": tag_list(found.tags),
            }
        }
    )


@OPERATIONS.add("ListPolicies")
def list_policies(account: Account, act: Act) -> Change:
    """PolicyUsageFilter is heeded only with OnlyAttached (seen)."""
    call = act.call
    scope = call.text("Scope", "All")
    only = call.parameters.get("OnlyAttached") is True
    found = {
        p.arn: p
        for p in _in_scope(account, scope)
        if p.path.startswith(call.text("PathPrefix", "/"))
    }
    if only:
        used = _used(account, call.text("PolicyUsageFilter"))
        found = {arn: p for arn, p in found.items() if arn in used}
    names = {f"{p.name}\0{arn}": p for arn, p in found.items()}
    used = tally(account)
    return account, page(
        call, "Policies", names, lambda name: policy_shape(names[name], used)
    )


def _in_scope(account: Account, scope: str) -> Iterator[ManagedPolicy | ManagedDocument]:
    if scope != "AWS":
        yield from account.policies.values()
    if scope != "Local":
        yield from (*all_managed_documents(), *account.lent.values())


def _used(account: Account, usage: str) -> set[str]:
    attached, bounding = map(set, tally(account))
    return {"PermissionsPolicy": attached, "PermissionsBoundary": bounding}.get(
        usage, attached | bounding
    )


def _own(account: Account, call: Call, verb: str) -> ManagedPolicy:
    """Returns a policy of this account; AWS's are not to be changed by anyone."""
    return _guarded(account, policy(account, call), verb)


def _guarded(account: Account, found: ManagedPolicy, verb: str) -> ManagedPolicy:
    if found.arn not in account.policies:
        raise errors.access_denied(f"Cannot {verb} {errors.OUTSIDE}")
    return found


@OPERATIONS.add("DeletePolicy")
def delete_policy(account: Account, act: Act) -> Change:
    gone = _own(account, act.call, "delete")
    if any(used[gone.arn] for used in tally(account)):
        raise errors.delete_conflict("Cannot delete a policy attached to entities.")
    if len(gone.versions) > 1:
        raise errors.delete_conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    return replace(account, policies=account.policies.drop(gone.arn)), DONE


# ------------------------------------------------------------------- versions
@OPERATIONS.add("CreatePolicyVersion")
def create_version(account: Account, act: Act) -> Change:
    call, old = act.call, _own(account, act.call, "create versions for")
    document = policy_documents.parse_managed_policy(call.text("PolicyDocument"), old.arn)
    _fits(policy_documents.quota_size(document.text), MANAGED_SIZE)
    if len(old.versions) >= VERSIONS:
        raise errors.service_error(
            "LimitExceeded",
            f"A managed policy can have up to {VERSIONS} versions. "
            "Before you create a new version, you must delete an existing version.",
        )
    version = PolicyVersion(f"v{old.minted + 1}", document, act.at)
    if call.parameters.get("SetAsDefault") is True:
        default = version.id
    else:
        default = old.default
    new = replace(
        old,
        versions=(*old.versions, version),
        minted=old.minted + 1,
        default=default,
        updated=act.at,
    )
    return _with_policy(account, new), Reply({"PolicyVersion": version_shape(new, version)})


def _asked(
    account: Account, call: Call, verb: str = ""
) -> tuple[ManagedPolicy, PolicyVersion]:
    """Returns the policy and the version that a call names, told as one where either is missing (seen); to change it
    (`verb`) it must be the account's own.
    """
    arn = policy_arn(call)
    wanted = call.text("VersionId")
    if (found := find_managed_policy(account, arn)) and verb:
        _guarded(account, found, verb)
    if found:
        version = next(
            (version for version in found.versions if version.id == wanted), None
        )
    else:
        version = None
    if found is None or version is None:
        raise errors.no_such_entity("attachable", f"{arn} version {wanted}")
    return found, version


@OPERATIONS.add("GetPolicyVersion")
def get_version(account: Account, act: Act) -> Change:
    found, version = _asked(account, act.call)
    return account, Reply(
        {
            "PolicyVersion": {
                "Document": policy_documents.document_json(version.document),
                **version_shape(found, version),
            }
        }
    )


@OPERATIONS.add("ListPolicyVersions")
def list_versions(account: Account, act: Act) -> Change:
    """Lists the newest first."""
    found = policy(account, act.call)
    shapes = {
        f"{n:04}": version_shape(found, version)
        for n, version in enumerate(reversed(found.versions))
    }
    return account, page(act.call, "Versions", shapes, lambda n: shapes[n])


@OPERATIONS.add("DeletePolicyVersion")
def delete_version(account: Account, act: Act) -> Change:
    old, gone = _asked(account, act.call, "delete policy versions for")
    if gone.id == old.default:
        raise errors.delete_conflict("Cannot delete the default version of a policy.")
    kept = tuple(version for version in old.versions if version is not gone)
    return _with_policy(account, replace(old, versions=kept, updated=act.at)), DONE


@OPERATIONS.add("SetDefaultPolicyVersion")
def set_default_version(account: Account, act: Act) -> Change:
    """It acts on every attachment at once."""
    old, version = _asked(account, act.call, "update")
    return _with_policy(account, replace(old, default=version.id, updated=act.at)), DONE
