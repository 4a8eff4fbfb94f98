"""Service-linked roles: made for a service, and deleted by a task.

https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
Texts are as LocalStack's tests recorded them from AWS (tests/aws/services/iam, March 2025).
"""

from __future__ import annotations

import json

from coffeeshop.account import errors, ids
from coffeeshop.account.access import named_principals
from coffeeshop.account.access.linked_roles import (
    LINKED_ROLE_PATH,
    find_linked_role,
    linked_role_name,
)
from coffeeshop.account.iam_resources import Role
from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.iam.identities import MAX_ROLES, role_shape
from coffeeshop.account.services.lookups import named_role
from coffeeshop.account.values import Document
from coffeeshop.policy.language.stored_document import parse_stored
from coffeeshop.policy.model import Kind

OPERATIONS = Operations()


@OPERATIONS.add("CreateServiceLinkedRole")
def create_service_linked_role(account: Account, act: Act) -> Change:
    """Create the role of a service, with its trust policy and its AWS managed policy.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
    """
    call = act.call
    service = call.text("AWSServiceName")
    suffix = call.text("CustomSuffix")
    linked_role = find_linked_role(service)
    if linked_role is None:
        text = f"The service-linked role of {service} is not simulated in this account."
        raise errors.service_error("NotSimulated", text)
    if suffix and not linked_role.takes_suffix:
        text = f"Custom suffix is not allowed for {service}"
        raise errors.service_error("InvalidInput", text)
    name = linked_role_name(linked_role, suffix)
    if name.lower() in account.roles:
        text = f"Service role name {name} has been taken in this account, please try a different suffix."
        raise errors.service_error("InvalidInput", text)
    errors.check_quota(account.roles, MAX_ROLES, "RolesPerAccount")
    account, id = ids.new_unique_id(account, "role", name.lower())
    role = Role(
        id,
        name,
        f"{LINKED_ROLE_PATH}{service}/",
        act.at,
        _trust_policy(service),
        call.text("Description"),
        attached=(linked_role.policy_arn,),
    )
    body = {"Role": role_shape(account, role, brief=True)}
    return account.put(role), Reply(body)


def _trust_policy(service: str) -> Document:
    """Return the trust policy of a service's role, as AWS writes it (recorded)."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy, _ = parse_stored(text, Kind.TRUST, "trust policy")
    return Document(text, policy)


@OPERATIONS.add("DeleteServiceLinkedRole")
def delete_service_linked_role(account: Account, act: Act) -> Change:
    """Delete the role of a service at once, and return the task that AWS would need for it.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceLinkedRole.html
    """
    role = named_role(account, act.call)
    if not role.path.startswith(LINKED_ROLE_PATH):
        raise errors.no_such_entity("role", role.name)  # uncertain
    task_ids = _task_ids(account, role.path, role.name)
    account = named_principals.rename_principal(
        account.drop(role), account.arn(role), role.id
    )
    return account, Reply({"DeletionTaskId": task_ids[-1]})


def _task_ids(account: Account, path: str, name: str) -> list[str]:
    """Return the tasks that can have deleted a role: one for each time that it was created.

    A role that came with an imported account was never created here.
    """
    creations = account.births.get(f"role/{name.lower()}", 0)
    return [
        f"task{path}{name}/{ids.draw_uuid(account.seed, 'deletion', name, number)}"
        for number in range(creations + 1)
    ]


@OPERATIONS.add("GetServiceLinkedRoleDeletionStatus")
def get_deletion_status(account: Account, act: Act) -> Change:
    """Return that a task has succeeded. Raise NoSuchEntity for a task that never was.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLinkedRoleDeletionStatus.html
    """
    task_id = act.call.text("DeletionTaskId")
    role = task_id.removeprefix("task").rpartition("/")[0]
    path, _, name = role.rpartition("/")
    if task_id not in _task_ids(account, f"{path}/", name):
        raise errors.no_such_entity("deletion task", task_id)
    return account, Reply({"Status": "SUCCEEDED"})
