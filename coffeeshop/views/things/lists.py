"""The lists of people and of policies: their titles, their items, and the row on which the cursor begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from coffeeshop.account.model import Account
from coffeeshop.views.step import Step
from coffeeshop.views.things.dialog import opens_everything
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


def begins(items: Sequence[Item], kind: str, step: Step, account: Account) -> str:
    """Return the id of the item on which the cursor begins, or "" if there is none.

    It is an item that the next step names, else the first item that does not allow everything.
    """
    ways = [way for way in (step.way, step.other) if way and way.tab == kind]
    named = {way.thing.lower() for way in ways if way.thing}
    named_items = [item for item in items if item.row.word.lower() in named]
    listed = account.groups.values() if kind == "groups" else ()
    wide = {group.id for group in listed if opens_everything(account, group)}
    return next((item.id for item in (*named_items, *items) if item.id not in wide), "")
