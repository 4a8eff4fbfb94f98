"""Permission sets, and the policies in them. A change counts in an account when it is provisioned there.

https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access.aws_managed_policies import find_managed_document
from coffeeshop.account.access.center_requests import new_permission_set_id
from coffeeshop.account.access.policy_documents import parse_inline_policy
from coffeeshop.account.identity_center import (
    IdentityCenter,
    PermissionSet,
    PolicyReference,
)
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.sso_admin.instances import checked_tags
from coffeeshop.account.services.sso_admin.lookups import (
    center_error,
    center_page,
    named_center,
    named_permission_set,
    with_center,
    with_permission_set,
)
from coffeeshop.account.services.sso_admin.provisioning import INLINE_POLICY_NAME
from coffeeshop.account.values import Json, JsonObject

# https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html
MOST_SETS = 2000
MOST_POLICIES = 20
DURATION_PATTERN = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
MIN_SESSION_SECONDS = 3600
MAX_SESSION_SECONDS = 43200

OPERATIONS = Operations()


# ------------------------------------------------------------------------- shapes
def permission_set_shape(
    center: IdentityCenter, permission_set: PermissionSet
) -> JsonObject:
    """Return a permission set as answers show it."""
    shape: JsonObject = {
        "Name": permission_set.name,
        "PermissionSetArn": center.permission_set_arn(permission_set.id),
        "CreatedDate": format_timestamp(permission_set.created),
        "SessionDuration": permission_set.duration,
    }
    if permission_set.description:
        shape["Description"] = permission_set.description
    if permission_set.relay_state:
        shape["RelayState"] = permission_set.relay_state
    return shape


def _reference_shape(reference: PolicyReference) -> JsonObject:
    return {"Name": reference.name, "Path": reference.path}


def duration_seconds(text: str) -> int:
    """Return the seconds of a duration such as PT8H, or 0 if the text is none."""
    match = DURATION_PATTERN.fullmatch(text)
    if match is None:
        return 0
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _checked_duration(call: Call, default: str) -> str:
    """Return the call's SessionDuration. Raise ValidationException unless it is 1 to 12 hours."""
    text = call.text("SessionDuration", default)
    if not MIN_SESSION_SECONDS <= duration_seconds(text) <= MAX_SESSION_SECONDS:
        message = "SessionDuration must be between 1 and 12 hours, as PT1H to PT12H"
        raise center_error("Validation", message)  # uncertain
    return text


# ---------------------------------------------------------------- permission sets
@OPERATIONS.add("CreatePermissionSet")
def create_permission_set(account: Account, act: Act) -> Change:
    call = act.call
    center = named_center(account, call)
    name = call.text("Name")
    duration = _checked_duration(call, "PT1H")
    tags = checked_tags({}, call)
    if center.permission_set_named(name):
        raise center_error("Conflict", f"PermissionSet with name {name} already exists.")
    if len(center.permission_sets) >= MOST_SETS:
        text = f"An instance can have {MOST_SETS} permission sets."
        raise center_error("ServiceQuotaExceeded", text)
    account, id = new_permission_set_id(account, name)
    permission_set = PermissionSet(
        id,
        name,
        act.at,
        call.text("Description"),
        duration,
        call.text("RelayState"),
        tags=tags,
    )
    body = {"PermissionSet": permission_set_shape(center, permission_set)}
    return with_permission_set(account, center, permission_set), Reply(body)


@OPERATIONS.add("DescribePermissionSet")
def describe_permission_set(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    return account, Reply({"PermissionSet": permission_set_shape(center, permission_set)})


@OPERATIONS.add("UpdatePermissionSet")
def update_permission_set(account: Account, act: Act) -> Change:
    """Change description, duration or relay state. What the call leaves out stays."""
    call = act.call
    center = named_center(account, call)
    permission_set = named_permission_set(center, call)
    permission_set = replace(
        permission_set,
        description=call.text("Description", permission_set.description),
        duration=_checked_duration(call, permission_set.duration),
        relay_state=call.text("RelayState", permission_set.relay_state),
    )
    return with_permission_set(account, center, permission_set), EMPTY_REPLY


@OPERATIONS.add("DeletePermissionSet")
def delete_permission_set(account: Account, act: Act) -> Change:
    """Delete a permission set that nobody has in any account."""
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    assignments = center.assignments.values()
    if any(each.permission_set == permission_set.id for each in assignments):
        text = f"Could not delete because PermissionSet {permission_set.id} has ApplicationProfile associated with it"
        raise center_error("Conflict", text)
    sets = center.permission_sets.drop(permission_set.id)
    return with_center(account, replace(center, permission_sets=sets)), EMPTY_REPLY


@OPERATIONS.add("ListPermissionSets")
def list_permission_sets(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    page = center_page(
        act.call, "PermissionSets", center.permission_sets, center.permission_set_arn
    )
    return account, page


# --------------------------------------------------------------- managed policies
def _refuse_full(permission_set: PermissionSet) -> None:
    """Raise ServiceQuotaExceededException if a permission set has as many managed policies as it can have."""
    count = len(permission_set.attached) + len(permission_set.references)
    if count >= MOST_POLICIES:
        text = f"A permission set can have {MOST_POLICIES} managed policies."
        raise center_error("ServiceQuotaExceeded", text)  # uncertain


def _refuse_unknown(arn: str) -> None:
    """Raise ResourceNotFoundException unless AWS has a managed policy with this ARN."""
    if find_managed_document(arn) is None:
        text = f"Received a 404 status error: Policy {arn} does not exist or is not attachable."
        raise center_error("ResourceNotFound", text)  # uncertain


@OPERATIONS.add("AttachManagedPolicyToPermissionSet")
def attach_managed_policy(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    arn = act.call.text("ManagedPolicyArn")
    if arn in permission_set.attached:
        text = f"Permission set with id {permission_set.id} already has a typed link attachment to a managed policy with {arn}"
        raise center_error("Conflict", text)
    _refuse_unknown(arn)
    _refuse_full(permission_set)
    permission_set = replace(permission_set, attached=(*permission_set.attached, arn))
    return with_permission_set(account, center, permission_set), EMPTY_REPLY


@OPERATIONS.add("DetachManagedPolicyFromPermissionSet")
def detach_managed_policy(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    arn = act.call.text("ManagedPolicyArn")
    if arn not in permission_set.attached:
        text = f"Could not find ManagedPolicy with arn {arn}"
        raise center_error("ResourceNotFound", text)
    kept = tuple(each for each in permission_set.attached if each != arn)
    permission_set = replace(permission_set, attached=kept)
    return with_permission_set(account, center, permission_set), EMPTY_REPLY


@OPERATIONS.add("ListManagedPoliciesInPermissionSet")
def list_managed_policies(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    page = center_page(
        act.call,
        "AttachedManagedPolicies",
        permission_set.attached,
        lambda arn: {"Name": arn.rpartition("/")[2], "Arn": arn},
    )
    return account, page


def _read_reference(value: Json) -> PolicyReference:
    """Return the reference to a customer managed policy in a parameter."""
    assert isinstance(value, Mapping), "the door has checked the types"
    return PolicyReference(str(value.get("Name", "")), str(value.get("Path") or "/"))


@OPERATIONS.add("AttachCustomerManagedPolicyReferenceToPermissionSet")
def attach_reference(account: Account, act: Act) -> Change:
    """Attach a policy by its name. Each account must have one with that name when the set is provisioned there."""
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    reference = _read_reference(act.call.map("CustomerManagedPolicyReference"))
    if reference in permission_set.references:
        text = f"Given customer managed policy with name: {reference.name}  and path {reference.path} already attached"
        raise center_error("Conflict", text)
    _refuse_full(permission_set)
    references = (*permission_set.references, reference)
    permission_set = replace(permission_set, references=references)
    return with_permission_set(account, center, permission_set), EMPTY_REPLY


@OPERATIONS.add("DetachCustomerManagedPolicyReferenceFromPermissionSet")
def detach_reference(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    reference = _read_reference(act.call.map("CustomerManagedPolicyReference"))
    if reference not in permission_set.references:
        text = f"Given managed policy with name: {reference.name}  and path {reference.path} does not exist on PermissionSet"
        raise center_error("ResourceNotFound", text)
    kept = tuple(each for each in permission_set.references if each != reference)
    permission_set = replace(permission_set, references=kept)
    return with_permission_set(account, center, permission_set), EMPTY_REPLY


@OPERATIONS.add("ListCustomerManagedPolicyReferencesInPermissionSet")
def list_references(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    references = {each.path + each.name: each for each in permission_set.references}
    page = center_page(
        act.call,
        "CustomerManagedPolicyReferences",
        references,
        lambda key: _reference_shape(references[key]),
    )
    return account, page


# --------------------------------------------------------- inline policy, boundary
@OPERATIONS.add("PutInlinePolicyToPermissionSet")
def put_inline_policy(account: Account, act: Act) -> Change:
    """Set the one inline policy of a permission set."""
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    try:
        document = parse_inline_policy(act.call.text("InlinePolicy"), INLINE_POLICY_NAME)
    except ServiceError as refusal:
        raise center_error("Validation", refusal.message) from None  # uncertain
    permission_set = replace(permission_set, inline=document)
    return with_permission_set(account, center, permission_set), EMPTY_REPLY


@OPERATIONS.add("GetInlinePolicyForPermissionSet")
def get_inline_policy(account: Account, act: Act) -> Change:
    """Return the inline policy, or an empty text if there is none."""
    permission_set = named_permission_set(named_center(account, act.call), act.call)
    text = permission_set.inline.text if permission_set.inline else ""
    return account, Reply({"InlinePolicy": text})


@OPERATIONS.add("DeleteInlinePolicyFromPermissionSet")
def delete_inline_policy(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    if permission_set.inline is None:
        text = (
            f"Could not find an inline policy of PermissionSet with id {permission_set.id}"
        )
        raise center_error("ResourceNotFound", text)  # uncertain
    permission_set = replace(permission_set, inline=None)
    return with_permission_set(account, center, permission_set), EMPTY_REPLY


@OPERATIONS.add("PutPermissionsBoundaryToPermissionSet")
def put_boundary(account: Account, act: Act) -> Change:
    """Set the boundary: an AWS managed policy, or a customer managed one by its name."""
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    given = act.call.map("PermissionsBoundary")
    if len(given) != 1:
        text = "PermissionsBoundary must have either ManagedPolicyArn or CustomerManagedPolicyReference"
        raise center_error("Validation", text)  # uncertain
    boundary: str | PolicyReference
    if "ManagedPolicyArn" in given:
        boundary = str(given["ManagedPolicyArn"])
        _refuse_unknown(boundary)
    else:
        boundary = _read_reference(given["CustomerManagedPolicyReference"])
    permission_set = replace(permission_set, boundary=boundary)
    return with_permission_set(account, center, permission_set), EMPTY_REPLY


def _refuse_without_boundary(permission_set: PermissionSet) -> None:
    """Raise ResourceNotFoundException if a permission set has no boundary."""
    if permission_set.boundary is None:
        text = f"Could not find a permissions boundary of PermissionSet with id {permission_set.id}"
        raise errors.service_error("ResourceNotFoundException", text)  # uncertain


@OPERATIONS.add("GetPermissionsBoundaryForPermissionSet")
def get_boundary(account: Account, act: Act) -> Change:
    permission_set = named_permission_set(named_center(account, act.call), act.call)
    _refuse_without_boundary(permission_set)
    boundary = permission_set.boundary
    if isinstance(boundary, PolicyReference):
        shape: JsonObject = {"CustomerManagedPolicyReference": _reference_shape(boundary)}
    else:
        shape = {"ManagedPolicyArn": boundary}
    return account, Reply({"PermissionsBoundary": shape})


@OPERATIONS.add("DeletePermissionsBoundaryFromPermissionSet")
def delete_boundary(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    _refuse_without_boundary(permission_set)
    permission_set = replace(permission_set, boundary=None)
    return with_permission_set(account, center, permission_set), EMPTY_REPLY
