"""An item: one thing of the account in a list, or one part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from coffeeshop.policy.model import Kind
from coffeeshop.views.rows import Row

Noun: TypeAlias = Literal[
    "root", "user", "group", "role", "policy", "bucket",
    "membership", "attached-user", "attached-group", "attached-role", "inline-user", "inline-group", "inline-role",
    "trust", "key", "login", "device", "root-device", "version", "bucket-policy", "fact",
    "oidc-provider", "saml-provider", "client-id", "oidc-tag", "saml-tag",
    "kms-key", "disabled-key", "deleted-key", "aws-key", "key-policy", "alias", "grant", "key-tag",
    "permission-set", "center-group", "center-user", "center-membership", "assignment",
    "set-inline", "set-managed", "set-reference", "set-boundary",
    "analyzer", "archive-rule", "finding", "archived-finding",
]  # fmt: skip


class Item(Struct, frozen=True):
    """One thing in a list.

    `noun` is its kind, which decides the menu actions in `item_actions.MENU_ACTIONS`. `names` are the
    parameters that name it in calls ({"UserName": "casey"}). `document` is its policy text in
    the grammar `grammar`, or "". `parts` are its parts, if they depend on more than the account.
    """

    id: str
    row: Row
    noun: Noun
    names: Mapping[str, str] = {}
    document: str = ""
    grammar: Kind = Kind.IDENTITY
    parts: tuple[Item, ...] = ()


def part_item(
    noun: Noun, word: str, text: str, names: Mapping[str, str], id: str = ""
) -> Item:
    """Return a part of a thing as an item."""
    return Item(id or f"{noun}:{word}", Row(text, None, word, "muted"), noun, names)


def fact_row(text: str, word: str = "") -> Item:
    """Return a row that only tells something, such as an ARN. Nothing can be done with it."""
    role = "muted" if word else "code"
    return Item(word or "arn", Row(text, None, word, role), "fact")


def empty_row(message: str) -> Item:
    """Return a row that says that a thing has no parts."""
    return Item("bare", Row(message, role="muted"), "fact")
