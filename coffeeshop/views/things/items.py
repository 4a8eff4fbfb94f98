"""List the users, groups, roles and policies of the account, and the parts of each thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal, TypeVar

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.iam_resources import Entity, Group, ManagedPolicy, Role, User
from coffeeshop.account.model import Account
from coffeeshop.account.values import Document
from coffeeshop.lessons.grading.workforce import WORKFORCE_PREFIX
from coffeeshop.policy.model import Kind
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import Ticket, hides_caller
from coffeeshop.views.principal_names import trusted_names
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun
from coffeeshop.views.things.center_items import (
    center_parts,
    permission_set_text,
    workforce_of_item,
)
from coffeeshop.views.things.item import Item, Noun, empty_row, fact_row, part_item
from coffeeshop.views.things.key_items import key_parts, key_policies, named_key
from coffeeshop.views.things.provider_items import provider_parts

MARKS_WORST_FIRST = (Mark.LEAK, Mark.MISS, Mark.EXTRA, Mark.OK, Mark.QUIET)


def people(account: Account) -> tuple[Item, ...]:
    """Return the users by name, each with their groups and whether they have an MFA device."""
    named = {group.id: group.name for group in account.groups.values()}
    coded = {device.owner for device in account.devices.values()}
    return tuple(
        _item(user, _group_names(user, named) + (MFA_SUFFIX if user.id in coded else ""))
        for user in _by_name(account.users.values())
    )


def root_item(account: Account) -> Item:
    """Return the root user as an item.

    Its `names` are empty, because calls of the root user about itself name no user.
    """
    return Item(
        account.id,
        Row(
            f"the owner{MFA_SUFFIX if account.devices_of(account.id) else ''}",
            None,
            "root",
            "muted",
        ),
        "root",
    )


def groups(account: Account) -> tuple[Item, ...]:
    """Return the groups by name, each with its number of members."""
    joined = Counter(id for user in account.users.values() for id in user.groups)
    rows = ((group, joined[group.id]) for group in _by_name(account.groups.values()))
    return tuple(_item(group, count_noun(n, "person", "people")) for group, n in rows)


def roles(account: Account) -> tuple[Item, ...]:
    """Return the roles by name, each with the principals that it trusts."""
    return tuple(
        _item(role, ", ".join(trusted_names(account, role.trust.policy)))
        for role in _by_name(account.roles.values())
    )


def policies(account: Account) -> tuple[Item, ...]:
    """Return every policy that can be edited: customer managed, inline, trust, bucket and key policies, in this order."""
    everyone = (
        *_by_name(account.users.values()),
        *_by_name(account.groups.values()),
        *_by_name(account.roles.values()),
    )
    managed = sorted(account.policies.values(), key=lambda policy: policy.name.lower())
    attached = Counter(arn for entity in everyone for arn in entity.attached)
    return (
        *(_managed_policy_item(policy, attached[policy.arn]) for policy in managed),
        *(
            _inline_policy_item(entity, name, document, f"on {_kind(entity)} {entity.name}")
            for entity in everyone
            for name, document in sorted(entity.inline.items())
        ),
        *(
            _trust_policy_item(role, "trust policy")
            for role in _by_name(account.roles.values())
        ),
        *_bucket_policies(account),
        *key_policies(account),
    )


def item_parts(account: Account, item: Item) -> tuple[Item, ...]:
    """Return the parts of an item: memberships, policies, credentials, versions and holders.

    Facts such as the ARN come first.
    """
    if item.parts:
        return item.parts
    if item.noun == "root":
        return (
            fact_row(account.root_arn),
            *_root_credentials(account),
        )
    match entity_of_item(account, item):
        case User() as user:
            parts = (
                *_membership_items(account, user),
                *_granted_items(account, user),
                *_credential_items(account, user),
            )
            return (
                *_fact_items(account, user),
                *(parts or [empty_row("No group, policy, key or password.")]),
            )
        case Group() as group:
            joined = (
                part_item(
                    "membership",
                    user.name,
                    "member",
                    {"UserName": user.name, "GroupName": group.name},
                )
                for user in members(account, group)
            )
            parts = (*joined, *_granted_items(account, group))
            return (
                *_fact_items(account, group),
                *(parts or [empty_row("No one is in it, and it has no policy.")]),
            )
        case Role() as role:
            return (
                *_fact_items(account, role),
                _trust_policy_item(
                    role,
                    "trusts " + ", ".join(trusted_names(account, role.trust.policy)),
                    "who can assume it",
                ),
                *_granted_items(account, role),
            )
        case ManagedPolicy() as policy:
            return (*_holder_items(account, policy), *_version_items(policy))
        case None:
            return (
                *provider_parts(account, item),
                *key_parts(account, item),
                *center_parts(account, item),
            )


def entity_of_item(account: Account, item: Item) -> Entity | ManagedPolicy | None:
    """Return the user, group, role or managed policy of an item.

    Return None for an item of another kind, and for one that no longer exists.
    """
    match item.noun:
        case "user":
            return account.users.get(item.names["UserName"].lower())
        case "group":
            return account.groups.get(item.names["GroupName"].lower())
        case "role":
            return account.roles.get(item.names["RoleName"].lower())
        case "policy":
            return account.policies.get(item.names["PolicyArn"])
        case _:
            return None


def document_of(account: Account, item: Item) -> str:
    """Return the policy text that the key `e` edits, or "".

    It is the text of the item itself, a role's trust policy, a key's policy, or the inline policy of a
    permission set.
    """
    if item.document:
        return item.document
    if key := named_key(account, item):
        return key.policy.text
    if text := permission_set_text(account, item):
        return text
    thing = entity_of_item(account, item)
    return thing.trust.text if isinstance(thing, Role) else ""


def shown_policies(account: Account, item: Item) -> tuple[Item, ...]:
    """Return the policies whose permissions a row shows.

    An item with a policy text is itself the only one. A user's membership has all policies of
    the group. Other items have none.
    """
    if item.document:
        return (item,)
    group = account.groups.get(item.names.get("GroupName", "").lower())
    if item.noun != "membership" or group is None or item.row.word != group.name:
        return ()
    return tuple(
        item_of_group
        for item_of_group in _granted_items(account, group)
        if item_of_group.document
    )


def members(account: Account, group: Group) -> tuple[User, ...]:
    """Return the users of a group, by name."""
    return tuple(
        _by_name(user for user in account.users.values() if group.id in user.groups)
    )


N = TypeVar("N", User, Group, Role)


def _by_name(entities: Iterable[N]) -> list[N]:
    """Return the entities sorted by name."""
    return sorted(entities, key=lambda entity: entity.name.lower())


def _kind(entity: Entity) -> Literal["user", "group", "role"]:
    """Return the kind of an entity."""
    match entity:
        case User():
            return "user"
        case Group():
            return "group"
        case Role():
            return "role"


MFA_SUFFIX = " · MFA"
INLINE_KINDS: Mapping[str, Noun] = {
    "user": "inline-user",
    "group": "inline-group",
    "role": "inline-role",
}
ATTACHED_KINDS: Mapping[str, Noun] = {
    "user": "attached-user",
    "group": "attached-group",
    "role": "attached-role",
}


def _name(entity: Entity) -> dict[str, str]:
    """Return the parameter with which API calls name a user, group or role: {"UserName": "casey"}."""
    return {f"{type(entity).__name__}Name": entity.name}


def _item(entity: Entity, text: str) -> Item:
    """Return a user, group or role as an item of a list."""
    return Item(
        entity.id, Row(text, None, entity.name, "muted"), _kind(entity), _name(entity)
    )


def _group_names(user: User, named: Mapping[str, str]) -> str:
    """Return the names of the user's groups. `named` are the names of all groups by id."""
    return ", ".join(sorted(named[id] for id in user.groups if id in named)) or "no group"


def _fact_items(account: Account, entity: Entity) -> Iterator[Item]:
    """Yield the ARN of a user, group or role, and its permissions boundary."""
    yield fact_row(account.arn(entity))
    if boundary := getattr(entity, "boundary", ""):
        yield fact_row(boundary, "boundary")


def _membership_items(account: Account, user: User) -> Iterator[Item]:
    """Yield the groups of a user."""
    for id in user.groups:
        if isinstance(group := account.entity_by_id(id), Group):
            yield part_item(
                "membership",
                group.name,
                "group",
                {"UserName": user.name, "GroupName": group.name},
            )


def _granted_items(account: Account, entity: Entity) -> Iterator[Item]:
    """Yield the inline and attached policies of a user, group or role."""
    kind = _kind(entity)
    for name, document in sorted(entity.inline.items()):
        yield _inline_policy_item(entity, name, document, "inline policy")
    for arn in entity.attached:
        noun = ATTACHED_KINDS[kind]
        policy = find_managed_policy(account, arn)
        yield Item(
            f"{noun}:{arn}",
            Row(
                "managed policy" if arn in account.policies else "AWS managed",
                None,
                arn.rpartition("/")[2],
                "muted",
            ),
            noun,
            {**_name(entity), "PolicyArn": arn},
            policy.document.text if policy else "",
        )


def _inline_policy_item(entity: Entity, key: str, document: Document, text: str) -> Item:
    """Return an inline policy as an item. `key` is its name in lower case."""
    name = document.policy.name or key
    return Item(
        f"inline:{entity.id}:{key}",
        Row(text, None, name, "muted"),
        INLINE_KINDS[_kind(entity)],
        {**_name(entity), "PolicyName": name},
        document.text,
    )


def _trust_policy_item(role: Role, text: str, word: str = "") -> Item:
    """Return the trust policy of a role as an item."""
    return Item(
        f"trust:{role.id}",
        Row(text, None, word or role.name, "muted"),
        "trust",
        _name(role),
        role.trust.text,
        Kind.TRUST,
    )


def _managed_policy_item(policy: ManagedPolicy, holders: int) -> Item:
    """Return a customer managed policy as an item. `holders` is the number of its attachments."""
    if holders:
        text = f"attached to {holders}"
    else:
        text = "attached to no one"
    return Item(
        policy.arn,
        Row(text, None, policy.name, "muted"),
        "policy",
        {"PolicyArn": policy.arn},
        policy.document.text,
    )


def _holder_items(account: Account, policy: ManagedPolicy) -> Iterator[Item]:
    """Yield the users, groups and roles to which a managed policy is attached."""
    for book in (account.users, account.groups, account.roles):
        held_entities: list[Entity] = [
            entity for entity in book.values() if policy.arn in entity.attached
        ]
        for entity in sorted(held_entities, key=lambda entity: entity.name.lower()):
            kind = _kind(entity)
            yield part_item(
                ATTACHED_KINDS[kind],
                entity.name,
                f"attached to this {kind}",
                {**_name(entity), "PolicyArn": policy.arn},
                f"holder:{entity.id}",
            )


def _version_items(policy: ManagedPolicy) -> Iterator[Item]:
    """Yield the versions of a managed policy, the newest first."""
    for version in reversed(policy.versions):
        if version.id == policy.default:
            text = "default version"
        else:
            text = "not the default version"
        names = {"PolicyArn": policy.arn, "VersionId": version.id}
        yield Item(
            f"version:{version.id}",
            Row(text, None, version.id, "muted"),
            "version",
            names,
            version.document.text,
        )


def _credential_items(account: Account, user: User) -> Iterator[Item]:
    """Yield the access keys, the password and the MFA devices of a user."""
    for key in account.keys_of(user.id):
        yield part_item(
            "key",
            key.id,
            f"access key, {key.status.lower()}",
            {"UserName": user.name, "AccessKeyId": key.id},
        )
    if user.login is not None:
        yield part_item(
            "login", "password", "signs in to the console", {"UserName": user.name}
        )
    for device in account.devices_of(user.id):
        yield part_item(
            "device",
            device.serial.rpartition("/")[2],
            "MFA device",
            {"UserName": user.name, "SerialNumber": device.serial},
        )


def _root_credentials(account: Account) -> Iterator[Item]:
    """Yield the root user's credentials. Calls about them name no user."""
    for key in account.keys_of(account.id):
        yield part_item(
            "key", key.id, f"access key, {key.status.lower()}", {"AccessKeyId": key.id}
        )
    yield Item("login", Row("signs in to the console", None, "password", "muted"), "fact")
    for device in account.devices_of(account.id):
        yield part_item(
            "root-device",
            device.serial.rpartition("/")[2],
            "MFA device",
            {"SerialNumber": device.serial},
        )


def _bucket_policies(account: Account) -> Iterator[Item]:
    """Yield the bucket policies by name of the bucket."""
    for bucket in sorted(account.buckets.values(), key=lambda bucket: bucket.name):
        if bucket.policy is not None:
            row = Row(f"bucket policy of {bucket.name}", None, bucket.name, "muted")
            yield Item(
                f"bucket:{bucket.name}",
                row,
                "bucket-policy",
                {"Bucket": bucket.name},
                bucket.policy.text,
                Kind.RESOURCE,
            )


def tickets_of_item(
    account: Account, item: Item, tickets: Collection[Ticket]
) -> tuple[Ticket, ...]:
    """Return the tickets about an item, worst first.

    A user has their own wants, and those that use one of their credentials. A group has the
    wants of its members, and a role those that assume it. What is in Identity Center has the wants
    of the people whom it is about. Other items have the wants of the
    user and the role in their `names`. There are none as long as the learner has to find out who did something.
    """
    if hides_caller(tickets):
        return ()
    names = item.names
    match entity_of_item(account, item):
        case None if item.noun == "root":
            own_tickets = [
                t
                for t in tickets
                if t.want.who == "root" or _credential_owner(account, t) == account.id
            ]
        case User(name=name, id=id):
            own_tickets = [
                t
                for t in tickets
                if _is_same_name(t.want.who, name) or _credential_owner(account, t) == id
            ]
        case Group() as group:
            joined = {user.name.lower() for user in members(account, group)}
            own_tickets = [t for t in tickets if t.want.who.lower() in joined]
        case Role(name=name):
            own_tickets = [t for t in tickets if _is_same_name(t.want.via, name)]
        case None if workforce := workforce_of_item(account, item):
            callers = {f"{WORKFORCE_PREFIX}{name}".lower() for name in workforce}
            own_tickets = [t for t in tickets if t.want.who.lower() in callers]
        case _:
            own_tickets = [
                t
                for t in tickets
                if _is_same_name(t.want.who, names.get("UserName", "-"))
                or _is_same_name(t.want.via, names.get("RoleName", "-"))
            ]
    return tuple(
        sorted(own_tickets, key=lambda ticket: MARKS_WORST_FIRST.index(ticket.mark))
    )


def _is_same_name(name: str, other_name: str) -> bool:
    """Return whether two names are the same to IAM, which ignores upper and lower case in names."""
    return name.lower() == other_name.lower()


def _credential_owner(account: Account, ticket: Ticket) -> str:
    """Return the unique id of the owner of the credential that the want uses, or ""."""
    credential = account.credential_of(ticket.want.opening_credential)
    if credential:
        return credential.owner
    return ""
