"""Take an account apart into facts, to tell how two accounts differ.

Left out is what no policy decides by: dates, uses, messages and the ids that AWS draws. A thing that is deleted and made
again has the same facts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import chain
from json import JSONDecodeError, dumps, loads
from typing import TypeAlias, cast

from msgspec import Struct

from coffeeshop.account.credentials import AccessKey, LoginProfile, Session
from coffeeshop.account.iam_resources import ManagedPolicy
from coffeeshop.account.identity_center import IdentityCenter
from coffeeshop.account.model import Account
from coffeeshop.account.same import Same
from coffeeshop.account.values import Document

Fact: TypeAlias = tuple[str, ...]

ACCOUNT_COLLECTIONS = (
    "users", "groups", "roles", "instance_profiles", "policies", "devices", "buckets", "tables", "queues",
    "functions", "instances", "trails", "analyzers", "kms_keys", "kms_aliases", "oidc_providers", "saml_providers",
)  # fmt: skip
SINGLE_FIELDS = (
    "alias",
    "password_policy",
    "organization",
    "identity_center",
    "billing",
    "closed",
)
# Fields that hold dates, counters, drawn ids, or what people do all day.
PASSING_FIELDS = frozenset((
    "age", "asked", "births", "changed", "code", "created", "creations", "deduplication", "drift", "earlier", "enabled_at",
    "history", "id", "invitations", "issued", "joined", "launched", "made", "messages", "minted", "modified", "older",
    "purged", "requests", "resets", "revision", "rotation_since", "seed", "sent_count", "sent_messages", "started",
    "statuses", "stopped", "updated", "uploads", "used", "uuid", "window",
))  # fmt: skip
WORD_PATTERN = re.compile(r"[A-Za-z0-9-]+")


def account_facts(
    account: Account, at: datetime, opening: Account, twin: Account | None = None
) -> frozenset[Fact]:
    """Return the facts of an account and of those behind it.

    `at` tells which sessions still last. Access keys that the account `opening` has are told apart by their ids. A
    thing that `twin` has by the same name, with another id, gets that id.
    """
    known_keys = {credential.id for credential in opening.all_credentials}
    facts = {
        (each.id, *fact)
        for each in (account, *account.others.values())
        for fact in (*_thing_facts(each), *_credential_facts(each, at, known_keys))
    }
    twin_ids = _ids_by_name(twin) if twin else {}
    new_ids = {
        id: twin_ids[name]
        for name, id in _ids_by_name(account).items()
        if twin_ids.get(name, id) != id
    }
    if new_ids:
        facts = {tuple(_with_ids(part, new_ids) for part in fact) for fact in facts}
    return frozenset(facts)


def is_session_fact(fact: Fact) -> bool:
    """Return whether a fact is about a session. One that is open is of no harm."""
    return fact[1] == "session"


def canonical_json(text: str) -> str:
    """Return a document on one line, whatever its spaces. A text that isn't JSON stays as it is."""
    try:
        return dumps(loads(text), ensure_ascii=False)
    except (JSONDecodeError, RecursionError):
        return text


def _thing_facts(account: Account) -> Iterator[Fact]:
    """Yield the facts of an account's things."""
    for book in ACCOUNT_COLLECTIONS:
        things = cast("Mapping[str, object]", getattr(account, book))
        for key, thing in things.items():
            yield from _kept_facts(book, key, Same(thing))
    for name in SINGLE_FIELDS:
        if (value := getattr(account, name)) is not None:
            yield from _value_facts(value, (name,))


@lru_cache(maxsize=1024)  # a call changes one thing of many
def _kept_facts(book: str, key: str, thing: Same[object]) -> tuple[Fact, ...]:
    """Return the facts of a thing in a collection of the account."""
    return tuple(_value_facts(thing.value, (book, key)))


def _value_facts(value: object, path: Fact) -> Iterator[Fact]:
    """Yield the facts of a value, each below a path of names. An empty value has none."""
    match value:
        case Document() | ManagedPolicy() | LoginProfile():
            yield from _written_facts(value, path)
        case Struct():
            yield path
            for name in value.__struct_fields__:
                if name not in PASSING_FIELDS:
                    yield from _value_facts(getattr(value, name), (*path, name))
        case Mapping():
            for key, item in cast("Mapping[str, object]", value).items():
                yield from _value_facts(item, (*path, str(key)))
        case tuple():
            for item in cast("tuple[object, ...]", value):
                named = getattr(item, "id", "") if isinstance(item, Struct) else ""
                yield from _value_facts(item, (*path, str(named)) if named else path)
        case _ if value:
            yield (*path, "set" if isinstance(value, datetime) else str(value))
        case _:
            pass


def _written_facts(
    value: Document | ManagedPolicy | LoginProfile, path: Fact
) -> Iterator[Fact]:
    """Yield the facts of a document, of a managed policy, or of a password, of which only its owner knows more."""
    match value:
        case Document():
            yield (*path, canonical_json(value.text))
        case ManagedPolicy():
            yield from _policy_facts(value, path)
        case LoginProfile():
            yield (*path, "password")


def _policy_facts(policy: ManagedPolicy, path: Fact) -> Iterator[Fact]:
    """Yield the facts of a managed policy: its document in force, and those of all versions, whatever their numbers."""
    yield path
    yield (*path, "in force", canonical_json(policy.document.text))
    for version in policy.versions:
        yield (*path, "version", canonical_json(version.document.text))
    yield from _value_facts(policy.tags, (*path, "tags"))


def _credential_facts(
    account: Account, at: datetime, known_keys: Collection[str]
) -> Iterator[Fact]:
    """Yield the facts of an account's keys and of its console sessions that last."""
    new_keys = Counter[str]()
    for credential in account.credentials.values():
        match credential:
            case AccessKey(status="Deleted"):
                pass
            case AccessKey():
                new_keys[credential.owner] += credential.id not in known_keys
                is_new = credential.id not in known_keys
                id = f"new {new_keys[credential.owner]}" if is_new else credential.id
                yield ("key", credential.owner, id, credential.status)
            case Session(kind="Console") if credential.expires > at and not credential.left:
                yield ("session", credential.profile)
                if credential.mfa:
                    yield ("session", credential.profile, "code")
            case _:
                pass


def _ids_by_name(account: Account) -> dict[Fact, str]:
    """Return the ids that AWS drew, by the kind and the name of the thing."""
    ids = dict[Fact, str]()
    for each in (account, *account.others.values()):
        for book in ("users", "groups", "roles", "instance_profiles", "policies"):
            for key, thing in getattr(each, book).items():
                ids[each.id, book, key] = thing.id
        for owner, books in (
            (each.identity_center, ("users", "groups", "permission_sets")),
            (each.organization, ("units", "policies")),
        ):
            things = (getattr(owner, book).values() for book in books if owner)
            for thing in chain.from_iterable(things):
                ids[type(thing).__name__, thing.name] = thing.id
        if center := each.identity_center:
            ids |= _membership_ids(center)
    return ids


def _membership_ids(center: IdentityCenter) -> dict[Fact, str]:
    """Return the ids of the memberships, by the names of the group and of the user."""
    return {
        (
            "membership",
            center.groups[each.group].name,
            center.users[each.user].name,
        ): each.id
        for each in center.memberships.values()
    }


def _with_ids(text: str, new_ids: Mapping[str, str]) -> str:
    """Return a text with other ids."""
    return WORD_PATTERN.sub(lambda word: new_ids.get(word[0], word[0]), text)
