"""What the account holds, as lists to choose from: people, groups, roles, policies, and what hangs on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.iam_resources import Entity, Group, ManagedPolicy, Role, User
from coffeeshop.account.model import Account
from coffeeshop.account.values import Document
from coffeeshop.policy.model import Kind
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.want import Ticket
from coffeeshop.views.principal_names import trusted_names
from coffeeshop.views.rows import Row
from coffeeshop.views.text import count_noun

Noun: TypeAlias = Literal[
    "root", "user", "group", "role", "policy", "bucket",
    "membership", "attached-user", "attached-group", "attached-role", "inline-user", "inline-group", "inline-role",
    "trust", "key", "login", "device", "root-device", "version", "bucket-policy", "fact",
]  # fmt: skip

WORST = (Mark.LEAK, Mark.MISS, Mark.EXTRA, Mark.OK, Mark.QUIET)


class Item(Struct, frozen=True):
    """One thing to choose: what kind of thing (what can be done with it: `deeds.DEEDS`), and what its calls carry.

    `names` are parameters as the operations spell them ({"UserName": "casey"}); `document` is its policy text, read by
    the grammar of `grammar`.
    """

    id: str
    row: Row
    noun: Noun
    names: Mapping[str, str] = {}
    document: str = ""
    grammar: Kind = Kind.IDENTITY


def people(account: Account) -> tuple[Item, ...]:
    """Users by name, each with the groups that they are in."""
    named = {group.id: group.name for group in account.groups.values()}
    coded = {device.owner for device in account.devices.values()}
    return tuple(
        _item(user, _group_names(user, named) + (CODED if user.id in coded else ""))
        for user in _by_name(account.users.values())
    )


def owner(account: Account) -> Item:
    """Returns the root user, which no call names: whoever holds its badge sees to its own credentials."""
    return Item(
        account.id,
        Row(
            f"the owner{CODED if account.devices_of(account.id) else ''}",
            None,
            "root",
            "muted",
        ),
        "root",
    )


def groups(account: Account) -> tuple[Item, ...]:
    """Groups by name, each with its number of members."""
    joined = Counter(id for user in account.users.values() for id in user.groups)
    rows = ((group, joined[group.id]) for group in _by_name(account.groups.values()))
    return tuple(_item(group, count_noun(n, "person", "people")) for group, n in rows)


def roles(account: Account) -> tuple[Item, ...]:
    """Returns roles by name, each with the principals that it trusts."""
    return tuple(
        _item(role, ", ".join(trusted_names(account, role.trust.policy)))
        for role in _by_name(account.roles.values())
    )


def policies(account: Account) -> tuple[Item, ...]:
    """Returns every policy that can be edited: customer managed, inline, trust and bucket policies, in this order."""
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
            _inline(entity, name, document, f"on {_kind(entity)} {entity.name}")
            for entity in everyone
            for name, document in sorted(entity.inline.items())
        ),
        *(_trust(role, "trust policy") for role in _by_name(account.roles.values())),
        *_bucket_policies(account),
    )


def hanging(account: Account, item: Item) -> tuple[Item, ...]:
    """Tells what hangs on the thing chosen: memberships, policies, credentials, versions, wearers; facts come first."""
    if item.noun == "root":
        return (Item("arn", Row(account.root_arn, role="code"), "fact"), *_owners(account))
    match entity_of_item(account, item):
        case User() as user:
            hung = (
                *_memberships(account, user),
                *_granted_items(account, user),
                *_credentials(account, user),
            )
            return (
                *_facts(account, user),
                *(hung or [_bare("No group, policy, key or password yet.")]),
            )
        case Group() as group:
            joined = (
                _hang(
                    "membership",
                    user.name,
                    "member",
                    {"UserName": user.name, "GroupName": group.name},
                )
                for user in members(account, group)
            )
            hung = (*joined, *_granted_items(account, group))
            return (
                *_facts(account, group),
                *(hung or [_bare("Nobody in it and no policy on it yet.")]),
            )
        case Role() as role:
            return (
                *_facts(account, role),
                _trust(
                    role,
                    "trusts " + ", ".join(trusted_names(account, role.trust.policy)),
                    "who may wear it",
                ),
                *_granted_items(account, role),
            )
        case ManagedPolicy() as policy:
            return (*_holders(account, policy), *_versions(policy))
        case None:
            return ()


def entity_of_item(account: Account, item: Item) -> Entity | ManagedPolicy | None:
    """Returns the user, group, role or managed policy that the item is; None for all other things, and for what is
    gone.
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
    """Returns the policy text that `e` changes: the item's own, of a role who may wear it; "" where there is none."""
    if item.document:
        thing = None
    else:
        thing = entity_of_item(account, item)
    if isinstance(thing, Role):
        return thing.trust.text
    return item.document


def read_at(account: Account, item: Item) -> tuple[Item, ...]:
    """Returns the policies that tell what a row opens: the one that it is; of a group that somebody is in, all of its own."""
    if item.document:
        return (item,)
    group = account.groups.get(item.names.get("GroupName", "").lower())
    if item.noun != "membership" or group is None or item.row.word != group.name:
        return ()
    return tuple(hung for hung in _granted_items(account, group) if hung.document)


def members(account: Account, group: Group) -> tuple[User, ...]:
    """Returns the users of a group, by name."""
    return tuple(
        _by_name(user for user in account.users.values() if group.id in user.groups)
    )


N = TypeVar("N", User, Group, Role)


def _by_name(entities: Iterable[N]) -> list[N]:
    return sorted(entities, key=lambda entity: entity.name.lower())


def _kind(entity: Entity) -> Literal["user", "group", "role"]:
    match entity:
        case User():
            return "user"
        case Group():
            return "group"
        case Role():
            return "role"


CODED = " · MFA"
INLINE: Mapping[str, Noun] = {
    "user": "inline-user",
    "group": "inline-group",
    "role": "inline-role",
}
ATTACHED: Mapping[str, Noun] = {
    "user": "attached-user",
    "group": "attached-group",
    "role": "attached-role",
}


def _name(entity: Entity) -> dict[str, str]:
    return {f"{type(entity).__name__}Name": entity.name}


def _item(entity: Entity, text: str) -> Item:
    return Item(
        entity.id, Row(text, None, entity.name, "muted"), _kind(entity), _name(entity)
    )


def _group_names(user: User, named: Mapping[str, str]) -> str:
    return ", ".join(sorted(named[id] for id in user.groups if id in named)) or "no group"


def _hang(noun: Noun, word: str, text: str, names: Mapping[str, str], id: str = "") -> Item:
    return Item(id or f"{noun}:{word}", Row(text, None, word, "muted"), noun, names)


def _facts(account: Account, entity: Entity) -> Iterator[Item]:
    yield Item("arn", Row(account.arn(entity), role="code"), "fact")
    if boundary := getattr(entity, "boundary", ""):
        yield Item("boundary", Row(boundary, None, "boundary", "muted"), "fact")


def _bare(message: str) -> Item:
    return Item("bare", Row(message, role="muted"), "fact")


def _memberships(account: Account, user: User) -> Iterator[Item]:
    for id in user.groups:
        if isinstance(group := account.entity_by_id(id), Group):
            yield _hang(
                "membership",
                group.name,
                "group",
                {"UserName": user.name, "GroupName": group.name},
            )


def _granted_items(account: Account, entity: Entity) -> Iterator[Item]:
    kind = _kind(entity)
    for name, document in sorted(entity.inline.items()):
        yield _inline(entity, name, document, "inline policy")
    for arn in entity.attached:
        noun = ATTACHED[kind]
        known_managed_policy = find_managed_policy(account, arn)
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
            known_managed_policy.document.text if known_managed_policy else "",
        )


def _inline(entity: Entity, key: str, document: Document, text: str) -> Item:
    name = document.policy.name or key
    return Item(
        f"inline:{entity.id}:{key}",
        Row(text, None, name, "muted"),
        INLINE[_kind(entity)],
        {**_name(entity), "PolicyName": name},
        document.text,
    )


def _trust(role: Role, text: str, word: str = "") -> Item:
    return Item(
        f"trust:{role.id}",
        Row(text, None, word or role.name, "muted"),
        "trust",
        _name(role),
        role.trust.text,
        Kind.TRUST,
    )


def _managed_policy_item(policy: ManagedPolicy, holders: int) -> Item:
    if holders:
        text = f"attached to {holders}"
    else:
        text = "attached to nobody"
    return Item(
        policy.arn,
        Row(text, None, policy.name, "muted"),
        "policy",
        {"PolicyArn": policy.arn},
        policy.document.text,
    )


def _holders(account: Account, policy: ManagedPolicy) -> Iterator[Item]:
    for book in (account.users, account.groups, account.roles):
        held_entities: list[Entity] = [
            entity for entity in book.values() if policy.arn in entity.attached
        ]
        for entity in sorted(held_entities, key=lambda entity: entity.name.lower()):
            kind = _kind(entity)
            yield _hang(
                ATTACHED[kind],
                entity.name,
                f"attached to this {kind}",
                {**_name(entity), "PolicyArn": policy.arn},
                f"holder:{entity.id}",
            )


def _versions(policy: ManagedPolicy) -> Iterator[Item]:
    for version in reversed(policy.versions):
        if version.id == policy.default:
            text = "version in force"
        else:
            text = "version not in force"
        names = {"PolicyArn": policy.arn, "VersionId": version.id}
        yield Item(
            f"version:{version.id}",
            Row(text, None, version.id, "muted"),
            "version",
            names,
            version.document.text,
        )


def _credentials(account: Account, user: User) -> Iterator[Item]:
    for key in account.keys_of(user.id):
        yield _hang(
            "key",
            key.id,
            f"access key, {key.status.lower()}",
            {"UserName": user.name, "AccessKeyId": key.id},
        )
    if user.login is not None:
        yield _hang("login", "password", "signs in to the console", {"UserName": user.name})
    for device in account.devices_of(user.id):
        yield _hang(
            "device",
            device.serial.rpartition("/")[2],
            "MFA device",
            {"UserName": user.name, "SerialNumber": device.serial},
        )


def _owners(account: Account) -> Iterator[Item]:
    """The root user's credentials: calls about them name no user."""
    for key in account.keys_of(account.id):
        yield _hang(
            "key", key.id, f"access key, {key.status.lower()}", {"AccessKeyId": key.id}
        )
    yield Item("login", Row("signs in to the console", None, "password", "muted"), "fact")
    for device in account.devices_of(account.id):
        yield _hang(
            "root-device",
            device.serial.rpartition("/")[2],
            "MFA device",
            {"SerialNumber": device.serial},
        )


def _bucket_policies(account: Account) -> Iterator[Item]:
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
    account: Account, item: Item, tickets: Iterable[Ticket]
) -> tuple[Ticket, ...]:
    """Returns the jobs and refusals of a person, and of a key of theirs that somebody has; of a group's members, of a
    role's wearers; worst first.
    """
    names = item.names
    match entity_of_item(account, item):
        case None if item.noun == "root":
            own_tickets = [
                t
                for t in tickets
                if t.want.who == "root" or _keeper(account, t) == account.id
            ]
        case User(name=name, id=id):
            own_tickets = [
                t for t in tickets if t.want.who == name or _keeper(account, t) == id
            ]
        case Group() as group:
            joined = {user.name for user in members(account, group)}
            own_tickets = [ticket for ticket in tickets if ticket.want.who in joined]
        case Role(name=name):
            own_tickets = [ticket for ticket in tickets if ticket.want.via == name]
        case _:
            own_tickets = [
                t
                for t in tickets
                if t.want.who == names.get("UserName")
                or t.want.via == names.get("RoleName", "-")
            ]
    return tuple(sorted(own_tickets, key=lambda ticket: WORST.index(ticket.mark)))


def _keeper(account: Account, ticket: Ticket) -> str:
    """Returns the unique id of whose credential it is that a want holds; "" of one that holds none."""
    held_credential = account.credential_of(ticket.want.held)
    if held_credential:
        return held_credential.owner
    return ""
