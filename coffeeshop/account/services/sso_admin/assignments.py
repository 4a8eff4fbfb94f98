"""Who has which permission set in which account, and the requests that carry it out.

AWS carries these requests out in the background. Here the answer says so, and it is done at once (our choice).
https://docs.aws.amazon.com/singlesignon/latest/userguide/assignusers.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.identity_center import (
    Assignment,
    CenterRequest,
    IdentityCenter,
    PermissionSet,
    PrincipalKind,
    RequestKind,
)
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.sso_admin.lookups import (
    center_error,
    center_page,
    managed_center,
    named_center,
    named_permission_set,
    named_principal,
    refuse_foreign_account,
    with_center,
)
from coffeeshop.account.services.sso_admin.provisioning import (
    is_latest,
    missing_policy,
    provision,
    provisioned_accounts,
    remove_role,
)
from coffeeshop.account.values import JsonObject

LATEST_PROVISIONED = "LATEST_PERMISSION_SET_PROVISIONED"
STATUS_MEMBERS: dict[RequestKind, str] = {
    "creation": "AccountAssignmentCreationStatus",
    "deletion": "AccountAssignmentDeletionStatus",
    "provisioning": "PermissionSetProvisioningStatus",
}
REQUEST_IDS: dict[RequestKind, str] = {
    "creation": "AccountAssignmentCreationRequestId",
    "deletion": "AccountAssignmentDeletionRequestId",
    "provisioning": "ProvisionPermissionSetRequestId",
}
STATUS_LIST_MEMBERS: dict[RequestKind, str] = {
    "creation": "AccountAssignmentsCreationStatus",
    "deletion": "AccountAssignmentsDeletionStatus",
    "provisioning": "PermissionSetsProvisioningStatus",
}

OPERATIONS = Operations()


# ------------------------------------------------------------------------ requests
def _status_text(request: CenterRequest) -> Literal["FAILED", "SUCCEEDED"]:
    return "FAILED" if request.failure else "SUCCEEDED"


def _request_shape(center: IdentityCenter, request: CenterRequest) -> JsonObject:
    """Return a request as the operations that describe it show it."""
    shape: JsonObject = {
        "Status": _status_text(request),
        "RequestId": request.id,
        "PermissionSetArn": center.permission_set_arn(request.permission_set),
        "CreatedDate": format_timestamp(request.asked),
    }
    if request.failure:
        shape["FailureReason"] = request.failure
    if request.kind == "provisioning":
        return {**shape, "AccountId": request.account} if request.account else shape
    return {
        **shape,
        "TargetId": request.account,
        "TargetType": "AWS_ACCOUNT",
        "PrincipalType": request.principal_kind,
        "PrincipalId": request.principal,
    }


def _answer_request(
    account: Account,
    act: Act,
    kind: RequestKind,
    permission_set: PermissionSet,
    failure: str,
) -> Change:
    """Return the account with a request that was carried out, and the answer, in which it is in progress."""
    call = act.call
    account, drawn = ids.draw_next_bytes(account, "center request", kind)
    request = CenterRequest(
        ids.format_uuid(drawn),
        kind,
        act.at,
        permission_set.id,
        call.text("TargetId"),
        call.text("PrincipalType"),
        call.text("PrincipalId"),
        failure,
    )
    center = managed_center(account)
    requests = center.requests.put(request.id, request)
    shape = _request_shape(center, replace(request, failure=""))
    body: JsonObject = {STATUS_MEMBERS[kind]: {**shape, "Status": "IN_PROGRESS"}}
    return with_center(account, replace(center, requests=requests)), Reply(body)


def _describe_request(account: Account, act: Act, kind: RequestKind) -> Change:
    """Return the account unchanged, and the status of the request that a call names."""
    center = named_center(account, act.call)
    request = center.requests.get(act.call.text(REQUEST_IDS[kind]))
    if request is None or request.kind != kind:
        text = f"Could not find a request with id {act.call.text(REQUEST_IDS[kind])}"
        raise center_error("ResourceNotFound", text)  # uncertain
    return account, Reply({STATUS_MEMBERS[kind]: _request_shape(center, request)})


def _list_requests(account: Account, act: Act, kind: RequestKind) -> Change:
    """Return the account unchanged, and the statuses of its requests of a kind."""
    center = named_center(account, act.call)
    wanted = act.call.map("Filter").get("Status")
    requests = {
        id: request
        for id, request in center.requests.items()
        if request.kind == kind and wanted in {None, _status_text(request)}
    }
    page = center_page(
        act.call,
        STATUS_LIST_MEMBERS[kind],
        requests,
        lambda id: {
            "Status": _status_text(requests[id]),
            "RequestId": id,
            "CreatedDate": format_timestamp(requests[id].asked),
        },
    )
    return account, page


@OPERATIONS.add("DescribeAccountAssignmentCreationStatus")
def describe_creation(account: Account, act: Act) -> Change:
    return _describe_request(account, act, "creation")


@OPERATIONS.add("DescribeAccountAssignmentDeletionStatus")
def describe_deletion(account: Account, act: Act) -> Change:
    return _describe_request(account, act, "deletion")


@OPERATIONS.add("DescribePermissionSetProvisioningStatus")
def describe_provisioning(account: Account, act: Act) -> Change:
    return _describe_request(account, act, "provisioning")


@OPERATIONS.add("ListAccountAssignmentCreationStatus")
def list_creations(account: Account, act: Act) -> Change:
    return _list_requests(account, act, "creation")


@OPERATIONS.add("ListAccountAssignmentDeletionStatus")
def list_deletions(account: Account, act: Act) -> Change:
    return _list_requests(account, act, "deletion")


@OPERATIONS.add("ListPermissionSetProvisioningStatus")
def list_provisionings(account: Account, act: Act) -> Change:
    return _list_requests(account, act, "provisioning")


# --------------------------------------------------------------------- assignments
def _named_assignment(permission_set: PermissionSet, call: Call) -> Assignment:
    """Return the assignment that a call describes, whether it exists or not."""
    kind = cast(PrincipalKind, call.text("PrincipalType"))
    target = call.text("TargetId")
    return Assignment(permission_set.id, target, kind, call.text("PrincipalId"))


def _unsupported(arn: str) -> str:
    """Return why a permission set can't be provisioned in an account that lacks one of its policies."""
    return f"Received a 404 status error: Not supported policy {arn}."


@OPERATIONS.add("CreateAccountAssignment")
def create_account_assignment(account: Account, act: Act) -> Change:
    """Give somebody a permission set in an account, which provisions its role there. Twice is no error."""
    call = act.call
    center = named_center(account, call)
    permission_set = named_permission_set(center, call)
    target = call.text("TargetId")
    refuse_foreign_account(account, target)
    named_principal(center, call)
    if arn := missing_policy(account, permission_set, target):
        return _answer_request(account, act, "creation", permission_set, _unsupported(arn))
    assignment = _named_assignment(permission_set, call)
    assignments = center.assignments.put(assignment.key, assignment)
    account = with_center(account, replace(center, assignments=assignments))
    account = provision(account, permission_set, target, act.at)
    return _answer_request(account, act, "creation", permission_set, "")


@OPERATIONS.add("DeleteAccountAssignment")
def delete_account_assignment(account: Account, act: Act) -> Change:
    """Take a permission set in an account from somebody. With the last assignment, the role goes."""
    call = act.call
    center = named_center(account, call)
    permission_set = named_permission_set(center, call)
    target = call.text("TargetId")
    refuse_foreign_account(account, target)
    assignment = _named_assignment(permission_set, call)
    if assignment.key not in center.assignments:
        text = "Received a 404 status error: Assignment not found."
        return _answer_request(account, act, "deletion", permission_set, text)
    assignments = center.assignments.drop(assignment.key)
    account = with_center(account, replace(center, assignments=assignments))
    kept = {(each.permission_set, each.account) for each in assignments.values()}
    if (permission_set.id, target) not in kept:
        account = remove_role(account, permission_set, target)
    return _answer_request(account, act, "deletion", permission_set, "")


def _assignment_shape(center: IdentityCenter, assignment: Assignment) -> JsonObject:
    """Return an assignment as lists show it."""
    return {
        "AccountId": assignment.account,
        "PermissionSetArn": center.permission_set_arn(assignment.permission_set),
        "PrincipalType": assignment.kind,
        "PrincipalId": assignment.principal,
    }


def _assignment_page(
    center: IdentityCenter, call: Call, assignments: Iterable[Assignment]
) -> Reply:
    """Return one page of assignments."""
    by_key = {assignment.key: assignment for assignment in assignments}
    return center_page(
        call,
        "AccountAssignments",
        by_key,
        lambda key: _assignment_shape(center, by_key[key]),
    )


@OPERATIONS.add("ListAccountAssignments")
def list_account_assignments(account: Account, act: Act) -> Change:
    """List who has a permission set in an account."""
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    wanted = (permission_set.id, act.call.text("AccountId"))
    assignments = (
        assignment
        for assignment in center.assignments.values()
        if (assignment.permission_set, assignment.account) == wanted
    )
    return account, _assignment_page(center, act.call, assignments)


@OPERATIONS.add("ListAccountAssignmentsForPrincipal")
def list_account_assignments_for_principal(account: Account, act: Act) -> Change:
    """List what a user or group has. A user also has what their groups have."""
    call = act.call
    center = named_center(account, call)
    principal = named_principal(center, call)
    if call.text("PrincipalType") == "USER":
        assignments = list(center.assignments_of(principal.id))
    else:
        all_assignments = center.assignments.values()
        assignments = [each for each in all_assignments if each.principal == principal.id]
    wanted = call.map("Filter").get("AccountId")
    fitting = (each for each in assignments if wanted in {None, each.account})
    return account, _assignment_page(center, call, fitting)


# -------------------------------------------------------------------- provisioning
@OPERATIONS.add("ProvisionPermissionSet")
def provision_permission_set(account: Account, act: Act) -> Change:
    """Give the roles of a permission set what it has now, in one account or in all that have its role."""
    call = act.call
    center = named_center(account, call)
    permission_set = named_permission_set(center, call)
    accounts = provisioned_accounts(center, permission_set)
    failure = ""
    if call.text("TargetType") == "AWS_ACCOUNT":
        target = call.text("TargetId")
        if not target:
            text = "TargetId is required for the TargetType AWS_ACCOUNT"
            raise center_error("Validation", text)  # uncertain
        if target not in accounts:
            failure = f"Received a 404 status error: Permission set provision not found in AWS account {target}."
        accounts = tuple({target}.intersection(accounts))
    for target in accounts:
        if arn := missing_policy(account, permission_set, target):
            failure = _unsupported(arn)
        else:
            account = provision(account, permission_set, target, act.at)
    return _answer_request(account, act, "provisioning", permission_set, failure)


@OPERATIONS.add("ListAccountsForProvisionedPermissionSet")
def list_accounts_for_provisioned_permission_set(account: Account, act: Act) -> Change:
    center = named_center(account, act.call)
    permission_set = named_permission_set(center, act.call)
    accounts = [
        id
        for id in provisioned_accounts(center, permission_set)
        if _has_status(account, center, permission_set, id, act.call)
    ]
    return account, center_page(act.call, "AccountIds", accounts, lambda id: id)


@OPERATIONS.add("ListPermissionSetsProvisionedToAccount")
def list_permission_sets_provisioned_to_account(account: Account, act: Act) -> Change:
    call = act.call
    center = named_center(account, call)
    target = call.text("AccountId")
    arns = [
        center.permission_set_arn(id)
        for id, permission_set in center.permission_sets.items()
        if f"{id}/{target}" in center.roles
        and _has_status(account, center, permission_set, target, call)
    ]
    return account, center_page(call, "PermissionSets", arns, lambda arn: arn)


def _has_status(
    account: Account,
    center: IdentityCenter,
    permission_set: PermissionSet,
    target: str,
    call: Call,
) -> bool:
    """Tell whether the role in an account is as up to date as the call's ProvisioningStatus asks."""
    status = call.text("ProvisioningStatus")
    return not status or (status == LATEST_PROVISIONED) == is_latest(
        account, center, permission_set, target
    )
