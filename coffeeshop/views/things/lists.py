"""The lists of people and of policies: their titles and their items."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from coffeeshop.account.model import Account
from coffeeshop.views.things.items import Item, groups, people, policies, roles

Lister: TypeAlias = Callable[[Account], tuple[Item, ...]]
Tabs: TypeAlias = dict[
    str, tuple[str, Lister, str]
]  # title, lister, and the sentence for an empty list
LISTS: dict[str, Tabs] = {  # by mode
    "people": {
        "users": ("Users", people, "Nobody yet: n hires somebody."),
        "groups": ("Groups", groups, "No groups yet: n makes one."),
        "roles": ("Roles", roles, "No roles yet: n makes one."),
    },
    "policies": {
        "policies": ("Policies", policies, "No policy yet: n writes one."),
    },
}  # fmt: skip
