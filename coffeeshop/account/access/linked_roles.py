"""The roles that IAM makes for AWS's services, by the services' names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from coffeeshop.account.model import Account, Call
from coffeeshop.policy.model import Request

LINKED_ROLE_PATH = "/aws-service-role/"
SERVICE_DOMAIN = ".amazonaws.com"


class LinkedRole(Struct, frozen=True):
    """What IAM makes for a service: the name of its role, and the ARN of the role's policy."""

    name: str
    policy_arn: str
    takes_suffix: bool = False


@cache
def _linked_roles() -> dict[str, LinkedRole]:
    """Return every role that IAM makes, by the service's name."""
    import tomllib  # most plays make no such role

    text = Path(__file__).with_name("service_linked_roles.toml").read_text("utf-8")
    tables = tomllib.loads(text).values()
    return {
        f"{service}{SERVICE_DOMAIN}": LinkedRole(
            f"AWSServiceRoleFor{row['role']}",
            f"arn:aws:iam::aws:policy{LINKED_ROLE_PATH}{row['policy']}",
            row.get("suffix", False),
        )
        for table in tables
        for service, row in table.items()
    }


def find_linked_role(service: str) -> LinkedRole | None:
    """Return the role that IAM makes for a service, or None if we know none."""
    return _linked_roles().get(service)


def linked_role_name(linked_role: LinkedRole, suffix: str) -> str:
    """Return the name of a new role, which ends in the suffix that the call gives."""
    return f"{linked_role.name}_{suffix}" if suffix else linked_role.name


def creation_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the request of CreateServiceLinkedRole, on the role that it makes.

    The reference of IAM's actions has one condition key: the service.
    """
    service = call.text("AWSServiceName")
    linked_role = find_linked_role(service)
    name = linked_role_name(linked_role, call.text("CustomSuffix")) if linked_role else "*"
    arn = f"arn:aws:iam::{account.id}:role{LINKED_ROLE_PATH}{service}/{name}"
    yield Request("iam:CreateServiceLinkedRole", arn, {"iam:AWSServiceName": (service,)})


def status_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the request of GetServiceLinkedRoleDeletionStatus, on the role that its task deletes."""
    task = call.text("DeletionTaskId")
    role = task.removeprefix("task").rpartition("/")[0]
    arn = (
        f"arn:aws:iam::{account.id}:role{role}"
        if role.startswith(LINKED_ROLE_PATH)
        else "*"
    )
    yield Request("iam:GetServiceLinkedRoleDeletionStatus", arn)
