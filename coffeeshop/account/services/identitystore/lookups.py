"""Look up what a call of the identity store names, or raise its refusal.

Texts without a source are uncertain.
https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_ResourceNotFoundException.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from coffeeshop.account import ids
from coffeeshop.account.access.center_requests import last_part
from coffeeshop.account.identity_center import (
    IdentityCenter,
    Membership,
    WorkforceGroup,
    WorkforceUser,
)
from coffeeshop.account.model import Account, Call, Reply, ServiceError
from coffeeshop.account.services.paging import page_of_names
from coffeeshop.account.values import Json

PAGE_SIZE = 100


def store_error(code: str, text: str, **members: str) -> ServiceError:
    """Return an error of the identity store, with its further members."""
    return ServiceError(f"{code}Exception", text, members=tuple(members.items()))


def missing(kind: str, id: str) -> ServiceError:
    """Return the refusal of a user, group, membership or store that doesn't exist."""
    members = {"ResourceType": kind, **({"ResourceId": id} if id else {})}
    return store_error("ResourceNotFound", f"{kind} not found.", **members)


def duplicate(text: str) -> ServiceError:
    """Return the refusal of a name or a membership that exists already."""
    return store_error("Conflict", text, Reason="UNIQUENESS_CONSTRAINT_VIOLATION")


def named_store(account: Account, call: Call) -> IdentityCenter:
    """Return the instance whose identity store a call names. Raise ResourceNotFoundException."""
    center = account.identity_center
    id = last_part(call.text("IdentityStoreId"))
    if center is None or center.store != id:
        raise missing("IDENTITY_STORE", id)
    return center


def named_workforce_user(center: IdentityCenter, id_or_arn: str) -> WorkforceUser:
    """Return the user with this id or ARN. Raise ResourceNotFoundException."""
    user = center.users.get(last_part(id_or_arn))
    if user is None:
        raise missing("USER", last_part(id_or_arn))
    return user


def named_workforce_group(center: IdentityCenter, id_or_arn: str) -> WorkforceGroup:
    """Return the group with this id or ARN. Raise ResourceNotFoundException."""
    group = center.groups.get(last_part(id_or_arn))
    if group is None:
        raise missing("GROUP", last_part(id_or_arn))
    return group


def named_membership(center: IdentityCenter, call: Call) -> Membership:
    """Return the membership of MembershipId. Raise ResourceNotFoundException."""
    id = last_part(call.text("MembershipId"))
    membership = center.memberships.get(id)
    if membership is None:
        raise missing("GROUP_MEMBERSHIP", id)
    return membership


def member_id(call: Call) -> str:
    """Return the id in MemberId. Raise ValidationException if it is empty."""
    id = call.map("MemberId").get("UserId")
    if not isinstance(id, str):
        raise store_error("Validation", "MemberId must have a UserId")
    return last_part(id)


def refuse_changed(call: Call, revision: int) -> None:
    """Raise ConflictException if the call expects another revision."""
    if call.text("Revision", str(revision)) != str(revision):
        text = "The resource was changed since."
        raise store_error("Conflict", text, Reason="CONCURRENT_MODIFICATION")


def new_store_id(account: Account, kind: str, name: str, store: str) -> tuple[Account, str]:
    """Return the id of the next thing of a kind. It begins with the end of the store's own id."""
    account, drawn = ids.draw_next_bytes(account, f"identity store {kind}", name)
    return account, f"{store.removeprefix('d-')}-{ids.format_uuid(drawn)}"


def store_page(
    call: Call, member: str, names: Iterable[str], item_shape: Callable[[str], Json]
) -> Reply:
    """Return one page of a list of the identity store, whose answers have NextToken only."""
    items, token = page_of_names(
        call, names, "NextToken", call.number("MaxResults", PAGE_SIZE), _invalid_token
    )
    more = {"NextToken": token} if token else {}
    return Reply({member: tuple(map(item_shape, items)), **more})


def _invalid_token(text: str) -> ServiceError:
    return store_error("Validation", text)
