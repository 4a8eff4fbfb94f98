"""Look up the principals that trust and resource policies name, and rename them in policies.

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
from coffeeshop.policy.language.element_grammar import SERVICE_PATTERN
from coffeeshop.policy.language.stored_document import parse_stored
from coffeeshop.policy.model import Kind, Policy, Values


def unknown_principals(account: Account, policy: Policy) -> list[tuple[str, str]]:
    """Return the principals that don't exist, and the services whose name has the wrong form."""
    unknown: list[tuple[str, str]] = []
    for statement in policy.statements:
        if statement.principals:
            entries = statement.principals.entries
        else:
            entries = ()
        unknown += (entry for entry in entries if _is_unknown(account, *entry))
    return unknown


def _is_unknown(account: Account, kind: str, value: str) -> bool:
    """Return whether AWS would refuse a principal of this type: it doesn't exist, or the
    service's name is malformed.
    """
    if kind == "Service":
        return not SERVICE_PATTERN.fullmatch(value)
    return kind == "AWS" and not principal_exists(account, value)


def principal_exists(account: Account, value: str) -> bool:
    """Return whether a principal exists, as far as this account can know.

    In an account that isn't simulated, it counts as existing unless that account's users and roles are known.
    """
    arn = PRINCIPAL_ARN.fullmatch(value)
    if arn is None:
        is_unique_id = value.startswith(("AIDA", "AROA"))
        return not is_unique_id or value in account.names
    id, kind, path = arn.groups("")
    if id == account.id:
        home = account
    else:
        home = account.others.get(id)
    is_entity = kind in {"user", "role"}
    if home is None:
        known_arns = _known_arns(account, id)
        return known_arns is None or not is_entity or value in known_arns
    if not is_entity:
        return kind in {"root", "federated-user"}
    book = home.users if kind == "user" else home.roles
    entity = book.get(path.rpartition("/")[2].lower())
    return entity is not None and home.arn(entity) == value


# An account's id, a kind of principal, and its path and name.
PRINCIPAL_ARN = re.compile(r"arn:aws:iam::(\d{12}):(\w[\w-]*)(?:/(.*))?")


def _known_arns(account: Account, id: str) -> Values | None:
    """Return the ARNs of all users and roles of an account that isn't simulated, or None if they aren't known."""
    for simulated in (account, *account.others.values()):
        if id in simulated.outside:
            return simulated.outside[id]
    return None


def has_bare_star_principal(text: str) -> bool:
    """Return whether a statement of a document has the principal "*" rather than {"AWS": "*"}."""
    statements = _as_list(json.loads(text)["Statement"])
    return any(_as_object(statement).get("Principal") == "*" for statement in statements)


def rename_principal(account: Account, old: str, new: str) -> Account:
    """Return the account with `new` in place of `old` as principal in every trust and resource policy.

    That is the new ARN after a rename. After a deletion it is the bare unique id, so that a new user or role with the old
    name doesn't get the old permissions.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    for role in account.roles.values():
        if old in role.trust.text:
            account = account.put(
                replace(role, trust=_replace_principal(role.trust, old, new, Kind.TRUST))
            )
    for name in ("buckets", "queues", "functions", "kms_keys"):
        book = getattr(account, name)
        for key, holder in list(book.items()):
            if holder.policy and old in holder.policy.text:
                policy = _replace_principal(holder.policy, old, new, Kind.RESOURCE)
                book = book.put(key, replace(holder, policy=policy))
                account = replace(account, **{name: book})
    return _rename_in_grants(account, old, new)


def _rename_in_grants(account: Account, old: str, new: str) -> Account:
    """Return the account with `new` in place of `old` in the grants of its KMS keys."""
    for id, key in list(account.kms_keys.items()):
        grants = tuple(
            replace(
                grant,
                grantee=new if grant.grantee == old else grant.grantee,
                retiring=new if grant.retiring == old else grant.retiring,
            )
            for grant in key.grants
        )
        if grants != key.grants:
            keys = account.kms_keys.put(id, replace(key, grants=grants))
            account = replace(account, kms_keys=keys)
    return account


def _replace_principal(document: Document, old: str, new: str, kind: Kind) -> Document:
    """Return the document with one AWS principal replaced by another. A document without it stays unchanged."""
    whole = _as_object(json.loads(document.text))
    for principals in _aws_principals(whole):
        values = [new if value == old else value for value in _as_list(principals["AWS"])]
        principals["AWS"] = values if isinstance(principals["AWS"], list) else values[0]
    text = json.dumps(whole, indent=2, ensure_ascii=False)
    if text == document.text:
        return document
    return Document(text, parse_stored(text, kind, document.policy.name)[0])


def _aws_principals(whole: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the Principal and NotPrincipal objects of a document that have an "AWS" member."""
    for statement in _as_list(whole.get("Statement", ())):
        for element in ("Principal", "NotPrincipal"):
            principals = _as_object(_as_object(statement).get(element))
            if "AWS" in principals:
                yield principals


def _as_object(value: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty one in place of any other value."""
    if isinstance(value, dict):
        return cast("dict[str, Any]", value)
    return {}


def _as_list(value: Any) -> list[Any]:
    """Return a list as it is, and any other value as a list of one."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    return [value]
