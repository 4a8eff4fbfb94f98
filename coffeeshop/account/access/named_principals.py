"""Looks up whom trusts and resource policies name: whether they exist, and what is written in their place when that changes.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from msgspec.structs import replace

from coffeeshop.account.model import Account
from coffeeshop.account.values import Document
from coffeeshop.policy.language.element_grammar import SERVICE
from coffeeshop.policy.language.stored_document import parse_stored
from coffeeshop.policy.model import Kind, Policy


def unknown_principals(account: Account, policy: Policy) -> list[tuple[str, str]]:
    """Returns the principals that do not exist, and services whose name is none."""
    named = (
        statement.principals for statement in policy.statements if statement.principals
    )
    entries = (entry for principals in named for entry in principals.entries)
    return [(kind, value) for kind, value in entries if _is_strange(account, kind, value)]


def _is_strange(account: Account, kind: str, value: str) -> bool:
    if kind == "Service":
        return not SERVICE.fullmatch(value)
    return kind == "AWS" and not principal_exists(account, value)


def principal_exists(account: Account, value: str) -> bool:
    """Tells whether a principal exists, as far as this account can know: of an account that nobody simulates, only where
    its users and roles are known.
    """
    named = re.fullmatch(r"arn:aws:iam::(\d{12}):(\w[\w-]*)(?:/(.*))?", value)
    if named is None:
        return not value.startswith(("AIDA", "AROA")) or value in account.names
    id, kind, path = named.groups("")
    home = account if id == account.id else account.others.get(id)
    if home is None:
        beside = (account, *account.others.values())
        known = next((each.outside[id] for each in beside if id in each.outside), None)
        return known is None or kind not in {"user", "role"} or value in known
    if kind not in {"user", "role"}:
        return kind in {"root", "federated-user"}
    book = home.users if kind == "user" else home.roles
    principal = book.get(path.rpartition("/")[2].lower())
    return principal is not None and home.arn(principal) == value


def has_bare_star_principal(text: str) -> bool:
    """Tells whether a statement of a document names its principal as a bare "*", and not as {"AWS": "*"}."""
    statements = _listed(json.loads(text)["Statement"])
    return any(_object(statement).get("Principal") == "*" for statement in statements)


def rename_principal(account: Account, old: str, new: str) -> Account:
    """Returns the account with every trust and resource policy that names `old` as principal naming `new`: the new ARN
    after a rename, the bare unique id after deletion, so that re-creating the name restores nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    for role in account.roles.values():
        if old in role.trust.text:
            account = account.put(
                replace(role, trust=_rewritten(role.trust, old, new, Kind.TRUST))
            )
    books: dict[str, Any] = {}
    for name in ("buckets", "queues", "functions"):
        book = getattr(account, name)
        for key, holder in list(book.items()):
            if holder.policy and old in holder.policy.text:
                policy = _rewritten(holder.policy, old, new, Kind.RESOURCE)
                book = book.put(key, replace(holder, policy=policy))
        books[name] = book
    return replace(account, **books)


def _rewritten(document: Document, old: str, new: str, kind: Kind) -> Document:
    whole = _object(json.loads(document.text))
    for named in _principals(whole):
        values = [new if value == old else value for value in _listed(named["AWS"])]
        named["AWS"] = values if isinstance(named["AWS"], list) else values[0]
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    if text == document.text:
        return document
    return Document(text, parse_stored(text, kind, document.policy.name)[0])


def _principals(whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields the objects of a document that name its principals under "AWS"; what is none is passed over."""
    for statement in _listed(whole.get("Statement", ())):
        for element in ("Principal", "NotPrincipal"):
            found = _object(_object(statement).get(element))
            if "AWS" in found:
                yield found


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    return {}


def _listed(value: Any) -> list[Any]:
    """Returns a value or a list of values, as a list."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [value]
