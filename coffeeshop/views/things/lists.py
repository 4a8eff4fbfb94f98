"""The lists of People and of Policies: their titles and their items."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from coffeeshop.account.model import Account
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.items import groups, people, policies, roles
from coffeeshop.views.things.key_items import kms_keys
from coffeeshop.views.things.provider_items import providers

Lister: TypeAlias = Callable[[Account], tuple[Item, ...]]
# Title, lister, and the sentence for an empty list.
Tabs: TypeAlias = dict[str, tuple[str, Lister, str]]
LISTS: dict[str, Tabs] = {  # by mode
    "people": {
        "users": ("Users", people, "No users: n hires somebody."),
        "groups": ("Groups", groups, "No groups: n makes one."),
        "roles": ("Roles", roles, "No roles: n makes one."),
        "providers": ("Providers", providers, "No providers: n makes one."),
    },
    "policies": {
        "policies": ("Policies", policies, "No policies: n writes one."),
        "keys": ("KMS keys", kms_keys, "No KMS keys: n makes one."),
    },
}  # fmt: skip
