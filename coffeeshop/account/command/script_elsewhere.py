"""List the changes that a play made in other accounts and in the organization.

The undo script has credentials for one account only, so its reader must undo these changes by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from coffeeshop.account.access.control_policies import find_control_policy
from coffeeshop.account.command.bash_center import is_reserved
from coffeeshop.account.model import Account, Group, ManagedPolicy, Role, User
from coffeeshop.account.organization import Organization

ACCOUNT_COLLECTIONS = (
    "functions",
    "tables",
    "queues",
    "buckets",
    "kms_aliases",
    "trails",
    "analyzers",
    "users",
    "groups",
    "roles",
    "policies",
)
COLLECTION_NOUNS = {
    "policies": "policy",
    "kms_aliases": "KMS alias",
}  # where it is not the plural


def changes_elsewhere(ground: Account, last: Account) -> Iterator[str]:
    """Yield one line for each change since `ground` in other accounts and in organizations."""
    for account in last.others.values():
        before = ground.others.get(account.id)
        names_made = [
            name
            for book in ACCOUNT_COLLECTIONS
            for name in _names_made(before, account, book)
        ]
        if names_made:
            yield f"in the account {account.id} the play made {', '.join(names_made)}"
        if before:
            yield from _changes_in_account(before, account)
    organizations_before = {
        organization.id: organization for organization in ground.organizations
    }
    for new in last.organizations:
        old = organizations_before.get(new.id, Organization(new.id, new.management))
        yield from (
            f"in the organization of {new.management} the play {did}"
            for did in _organization_changes(old, new)
        )
        if new.id not in organizations_before:
            yield f"in the account {new.management} the play made the organization"


def _changes_in_account(before: Account, after: Account) -> Iterator[str]:
    """Yield a line for what a play changed in another account, and one for what it deleted there."""
    changed, deleted = list[str](), list[str]()
    for book in ACCOUNT_COLLECTIONS:
        things_now = getattr(after, book)
        for key, old in getattr(before, book).items():
            if is_reserved(old):
                continue
            name = f"the {_collection_noun(book)} {old.name}"
            if key not in things_now:
                deleted.append(name)
            elif _permissions_of(things_now[key]) != _permissions_of(old):
                changed.append(name)
    if changed:
        yield f"in the account {after.id} the play changed {', '.join(changed)}"
    if deleted:
        yield f"in the account {after.id} the play deleted {', '.join(deleted)}"


def _permissions_of(thing: object) -> object:
    """Return what a play can change in a thing on purpose: a resource's policy, or all of a user, group, role or policy.

    The contents of a resource, such as messages, change with every job, and a password's last use with every sign-in.
    """
    if isinstance(thing, User):
        return replace(thing, login=None), thing.login is not None
    if isinstance(thing, Group | Role | ManagedPolicy):
        return thing
    return getattr(thing, "policy", None), getattr(thing, "public_access", None)


def _collection_noun(collection: str) -> str:
    """Return what one thing of a collection is called: "role" for "roles"."""
    return COLLECTION_NOUNS.get(collection, collection.removesuffix("s"))


def _names_made(before: Account | None, after: Account, collection: str) -> Iterator[str]:
    """Yield the kind and name of each thing in a collection that wasn't there before."""
    if before:
        keys_before = getattr(before, collection)
    else:
        keys_before = ()
    kind = _collection_noun(collection)
    yield from (
        f"the {kind} {thing.name}"
        for key, thing in getattr(after, collection).items()
        if key not in keys_before and not is_reserved(thing)
    )


def _organization_changes(old: Organization, new: Organization) -> Iterator[str]:
    """Yield a sentence for each change of an organization, in the order in which to undo them."""
    for place in new.attached:
        yield from _attachment_changes(old, new, place)
    for id, policy in new.policies.items():
        if id not in old.policies:
            yield f"made the policy {policy.name}: detach it, then delete it"
        elif policy.document.text != old.policies[id].document.text:
            yield f"changed the policy {policy.name}"
    yield from (
        f"deleted the policy {policy.name}"
        for id, policy in old.policies.items()
        if id not in new.policies
    )
    for id, member in new.members.items():
        if id not in old.members and id != new.management:
            yield f"{'made' if member.method == 'CREATED' else 'invited'} the account {id}"
        elif id in old.members and member.parent != old.members[id].parent:
            yield f"moved the account {id} to {new.units[member.parent].name}"
    yield from (f"let the account {id} go" for id in old.members if id not in new.members)
    unit_names = (
        unit.name for id, unit in new.units.items() if id not in old.units and unit.parent
    )
    yield from (f"made the unit {name}" for name in unit_names)


def _attachment_changes(old: Organization, new: Organization, place: str) -> Iterator[str]:
    """Yield the policies that were attached to a target or detached.

    AWS's own policies on a new target are left out.
    """
    attached_before = old.attached.get(place)
    attached_now = new.attached[place]
    if place in new.units:
        target = new.units[place].name
    else:
        target = f"the account {place}"
    for id in attached_now:
        if id not in (attached_before or ()) and (
            attached_before is not None or id in new.policies
        ):
            yield f"attached {_policy_name(new, id)} to {target}"
    yield from (
        f"detached {_policy_name(old, id)} from {target}"
        for id in attached_before or ()
        if id not in attached_now
    )


def _policy_name(organization: Organization, id: str) -> str:
    """Return the name of an organization's policy, or its id if it no longer exists."""
    policy = find_control_policy(organization, id)
    if policy:
        return policy.name
    return id
