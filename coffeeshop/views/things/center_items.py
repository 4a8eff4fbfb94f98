"""List the permission sets, groups and users of IAM Identity Center, and the parts of each."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.identity_center import (
    Assignment,
    IdentityCenter,
    PermissionSet,
    PolicyReference,
)
from coffeeshop.account.model import Account
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun
from coffeeshop.views.things.item import Item, Noun, empty_row, fact_row, part_item


def center_things(account: Account) -> tuple[Item, ...]:
    """Return the permission sets, then the groups, then the users, each by name."""
    center = account.organization_center
    if center is None:
        return ()
    return (
        *_permission_set_items(account, center),
        *_group_items(center),
        *_user_items(center),
    )


def has_center(account: Account) -> bool:
    """Return whether the account's organization has Identity Center."""
    return account.organization_center is not None


def _thing_item(id: str, name: str, text: str, noun: Noun, names: dict[str, str]) -> Item:
    return Item(id, Row(text, None, name, "muted"), noun, names)


def _permission_set_items(account: Account, center: IdentityCenter) -> Iterator[Item]:
    """Yield the permission sets, each with who is assigned it."""
    for each in sorted(center.permission_sets.values(), key=lambda each: each.name.lower()):
        holders = [
            principal_label(center, assignment)
            for assignment in center.assignments.values()
            if assignment.permission_set == each.id
        ]
        text = f"set for {', '.join(dict.fromkeys(holders)) or 'no one'}"
        if _stale_accounts(account, center, each):
            text += ", not provisioned since its last change"
        yield _thing_item(
            each.id, each.name, text, "permission-set", _set_names(center, each)
        )


def _group_items(center: IdentityCenter) -> Iterator[Item]:
    """Yield the groups, each with its number of members."""
    for group in sorted(center.groups.values(), key=lambda group: group.name.lower()):
        count = sum(member.group == group.id for member in center.memberships.values())
        text = f"group, {count_noun(count, 'person', 'people')}"
        names = {"GroupId": group.id, "PrincipalType": "GROUP", "PrincipalId": group.id}
        yield _thing_item(
            group.id, group.name, text, "center-group", _place_names(center) | names
        )


def _user_items(center: IdentityCenter) -> Iterator[Item]:
    """Yield the users, each with the names of their groups."""
    for user in sorted(center.users.values(), key=lambda user: user.name.lower()):
        group_names = sorted(center.groups[id].name for id in center.groups_of(user.id))
        text = f"user, {', '.join(group_names) or 'no group'}"
        names = {"UserId": user.id, "PrincipalType": "USER", "PrincipalId": user.id}
        yield _thing_item(
            user.id, user.name, text, "center-user", _place_names(center) | names
        )


def _place_names(center: IdentityCenter) -> dict[str, str]:
    """Return the parameters that name the instance and its identity store in calls."""
    return {"InstanceArn": center.arn, "IdentityStoreId": center.store}


def _set_names(center: IdentityCenter, permission_set: PermissionSet) -> dict[str, str]:
    """Return the parameters that name a permission set in calls."""
    arn = center.permission_set_arn(permission_set.id)
    return {"InstanceArn": center.arn, "PermissionSetArn": arn}


def principal_label(center: IdentityCenter, assignment: Assignment) -> str:
    """Return the name of the user or group of an assignment, or its id if it is deleted."""
    book = center.groups if assignment.kind == "GROUP" else center.users
    thing = book.get(assignment.principal)
    return thing.name if thing else assignment.principal


def _stale_accounts(
    account: Account, center: IdentityCenter, permission_set: PermissionSet
) -> tuple[str, ...]:
    """Return the ids of the accounts whose role lacks the latest change of a permission set."""
    from coffeeshop.account.services.sso_admin.provisioning import (
        is_latest,
        provisioned_accounts,
    )

    return tuple(
        id
        for id in provisioned_accounts(center, permission_set)
        if not is_latest(account, center, permission_set, id)
    )


def center_parts(account: Account, item: Item) -> Iterator[Item]:
    """Yield the parts of a permission set, a group or a user of Identity Center."""
    center = account.organization_center
    if center is None:
        return
    if item.noun == "permission-set" and (each := center.permission_sets.get(item.id)):
        yield from _set_parts(account, center, each)
    if item.noun in ("center-group", "center-user"):
        yield from _principal_parts(center, item)


def permission_set_text(account: Account, item: Item) -> str:
    """Return the inline policy of a permission set of the list, or ""."""
    center = account.organization_center
    if center is None or item.noun != "permission-set":
        return ""
    permission_set = center.permission_sets.get(item.id)
    return permission_set.inline.text if permission_set and permission_set.inline else ""


# ------------------------------------------------------------------ permission sets
def _set_parts(
    account: Account, center: IdentityCenter, permission_set: PermissionSet
) -> Iterator[Item]:
    """Yield what a permission set gives, who has it where, and the roles that it became."""
    yield fact_row(center.permission_set_arn(permission_set.id))
    yield fact_row(permission_set.duration, "session")
    if permission_set.description:
        yield fact_row(permission_set.description, "description")
    yield from _policy_parts(account, center, permission_set)
    for assignment in center.assignments.values():
        if assignment.permission_set == permission_set.id:
            yield _assignment_item(
                center,
                assignment,
                principal_label(center, assignment),
                assignment.kind.lower(),
            )
    stale = _stale_accounts(account, center, permission_set)
    for key, role in center.roles.items():
        set_id, _, place = key.partition("/")
        if set_id == permission_set.id:
            late = ", not provisioned since the last change" if place in stale else ""
            yield fact_row(f"role in {place}{late}", role)


def _policy_parts(
    account: Account, center: IdentityCenter, permission_set: PermissionSet
) -> Iterator[Item]:
    """Yield the policies and the boundary of a permission set."""
    names = _set_names(center, permission_set)
    if inline := permission_set.inline:
        yield Item(
            "set-inline",
            Row("inline policy", None, permission_set.name, "muted"),
            "set-inline",
            names,
            inline.text,
        )
    for arn in permission_set.attached:
        managed = find_managed_policy(account, arn)
        yield Item(
            f"set-managed:{arn}",
            Row("AWS managed", None, arn.rpartition("/")[2], "muted"),
            "set-managed",
            {**names, "ManagedPolicyArn": arn},
            managed.document.text if managed else "",
        )
    for reference in permission_set.references:
        shorthand = f"Name={reference.name},Path={reference.path}"
        yield part_item(
            "set-reference",
            reference.name,
            "the account's policy of this name",
            {**names, "CustomerManagedPolicyReference": shorthand},
        )
    if boundary := permission_set.boundary:
        name = boundary.name if isinstance(boundary, PolicyReference) else boundary
        yield part_item(
            "set-boundary", name.rpartition("/")[2], "permissions boundary", names
        )
    if not (permission_set.inline or permission_set.attached or permission_set.references):
        yield empty_row("It has no policy, so it allows nothing.")


def _assignment_item(
    center: IdentityCenter, assignment: Assignment, word: str, text: str
) -> Item:
    """Return an assignment as a part of a permission set, a group or a user."""
    names = {
        "InstanceArn": center.arn,
        "PermissionSetArn": center.permission_set_arn(assignment.permission_set),
        "TargetId": assignment.account,
        "TargetType": "AWS_ACCOUNT",
        "PrincipalType": assignment.kind,
        "PrincipalId": assignment.principal,
    }
    text = f"{text}, in account {assignment.account}"
    return part_item("assignment", word, text, names, f"assignment:{assignment.key}")


# ------------------------------------------------------------------ groups and users
def _principal_parts(center: IdentityCenter, item: Item) -> Iterator[Item]:
    """Yield the memberships and the assignments of a group or a user."""
    yield fact_row(item.id, "id")
    is_group = item.noun == "center-group"
    membership_items = [
        part_item(
            "center-membership",
            center.users[member.user].name
            if is_group
            else center.groups[member.group].name,
            "member" if is_group else "group",
            {"IdentityStoreId": center.store, "MembershipId": member.id},
            f"center-membership:{member.id}",
        )
        for member in center.memberships.values()
        if item.id == (member.group if is_group else member.user)
    ]
    assignment_items = [
        _assignment_item(
            center,
            assignment,
            center.permission_sets[assignment.permission_set].name,
            "permission set",
        )
        for assignment in center.assignments_to(item.id)
    ]
    yield from (
        *sorted(membership_items, key=lambda part: part.row.word.lower()),
        *assignment_items,
    )
    if not assignment_items:
        yield empty_row(
            "No permission set is assigned to this group."
            if item.noun == "center-group"
            else "No permission set is assigned to it by name."
        )


def workforce_of_item(account: Account, item: Item) -> frozenset[str]:
    """Return the names of the Identity Center users whom a permission set, a group or a user is about."""
    center = account.organization_center
    if center is None:
        return frozenset()
    match item.noun:
        case "center-user":
            ids = {item.id}
        case "center-group":
            ids = {
                each.user for each in center.memberships.values() if each.group == item.id
            }
        case "permission-set":
            ids = {
                user
                for user in center.users
                if any(
                    each.permission_set == item.id for each in center.assignments_of(user)
                )
            }
        case _:
            ids = set[str]()
    return frozenset(center.users[id].name for id in ids if id in center.users)
