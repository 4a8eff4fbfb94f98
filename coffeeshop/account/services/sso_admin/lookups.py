"""Look up what a call of IAM Identity Center names, or raise its refusal.

Texts without a source are uncertain. "PermissionSet with name … already exists." is from hashicorp/terraform-provider-aws#38544,
and the text of a permission set in use from #26757 there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access.center_requests import last_part
from coffeeshop.account.identity_center import (
    IdentityCenter,
    PermissionSet,
    WorkforceGroup,
    WorkforceUser,
)
from coffeeshop.account.model import Account, Call, Reply, ServiceError
from coffeeshop.account.services.paging import page_of_names
from coffeeshop.account.values import Json

PAGE_SIZE = 100


def center_error(code: str, text: str) -> ServiceError:
    """Return an error of Identity Center. Its codes end in "Exception", and their HTTP status is 400."""
    return errors.service_error(f"{code}Exception", text)


def managed_center(account: Account) -> IdentityCenter:
    """Return the instance that this account manages. Raise AccessDeniedException.

    Only the organization's management account manages it.
    https://docs.aws.amazon.com/singlesignon/latest/userguide/identity-center-instances.html
    """
    if account.identity_center is None:
        raise center_error("AccessDenied", "You do not have access to perform this action.")
    return account.identity_center


def named_center(account: Account, call: Call) -> IdentityCenter:
    """Return the instance of InstanceArn. Raise AccessDeniedException, ResourceNotFoundException."""
    center = managed_center(account)
    if call.text("InstanceArn") != center.arn:
        id = last_part(call.text("InstanceArn"))
        raise center_error("ResourceNotFound", f"Could not find Instance with id {id}")
    return center


def named_permission_set(center: IdentityCenter, call: Call) -> PermissionSet:
    """Return the permission set of PermissionSetArn. Raise ResourceNotFoundException."""
    arn = call.text("PermissionSetArn")
    permission_set = center.permission_sets.get(last_part(arn))
    if permission_set is None or center.permission_set_arn(permission_set.id) != arn:
        id = last_part(arn)
        raise center_error("ResourceNotFound", f"Could not find PermissionSet with id {id}")
    return permission_set


def named_principal(center: IdentityCenter, call: Call) -> WorkforceUser | WorkforceGroup:
    """Return the user or group of PrincipalId. Raise ResourceNotFoundException."""
    kind = call.text("PrincipalType")
    id = call.text("PrincipalId")
    principal = center.users.get(id) if kind == "USER" else center.groups.get(id)
    if principal is None:
        raise center_error("ResourceNotFound", f"Could not find {kind} with id {id}")
    return principal


def refuse_foreign_account(account: Account, account_id: str) -> None:
    """Raise ResourceNotFoundException unless an account is in the organization."""
    organization = account.organization
    is_member = organization is not None and account_id in organization.members
    is_simulated = account_id in {account.id, *account.others}
    if not is_member or not is_simulated:
        text = f"Could not find an account with id {account_id} in the organization"
        raise center_error("ResourceNotFound", text)


def with_center(account: Account, center: IdentityCenter) -> Account:
    """Return the account with its changed instance."""
    return replace(account, identity_center=center)


def with_permission_set(
    account: Account, center: IdentityCenter, permission_set: PermissionSet
) -> Account:
    """Return the account with that permission set, new or changed. Roles in accounts stay as they are."""
    sets = center.permission_sets.put(permission_set.id, permission_set)
    return with_center(account, replace(center, permission_sets=sets))


def center_page(
    call: Call, member: str, names: Iterable[str], item_shape: Callable[[str], Json]
) -> Reply:
    """Return one page of a list of Identity Center, whose answers have NextToken only."""
    items, token = page_of_names(
        call, names, "NextToken", call.number("MaxResults", PAGE_SIZE), _invalid_token
    )
    more = {"NextToken": token} if token else {}
    return Reply({member: tuple(map(item_shape, items)), **more})


def _invalid_token(text: str) -> ServiceError:
    return center_error("Validation", text)
