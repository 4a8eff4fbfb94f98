"""Find the row and the menu action that a step of Next leads to."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.model import Account
from coffeeshop.views.deed import Deed
from coffeeshop.views.step import Target
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import CREATION_ACTIONS, menu_actions
from coffeeshop.views.things.items import item_parts, root_item
from coffeeshop.views.things.lists import LISTS_BY_MODE


def _items_of_tab(account: Account, tab: str) -> Iterator[Item]:
    """Yield the items of a list of people or policies. The root user comes last."""
    for tabs in LISTS_BY_MODE.values():
        if tab in tabs:
            yield from tabs[tab].lister(account)
    if tab == "users":
        yield root_item(account)


def target_item(account: Account, target: Target) -> Item | None:
    """Return the row at which a step's key is pressed.

    Return None if it makes a new thing, or there is no such row.
    """
    items = _items_of_tab(account, target.tab or "users")
    thing = next((i for i in items if i.row.word.lower() == target.item_name.lower()), None)
    if thing is None or not target.row_id:
        return thing
    return next(
        (each for each in item_parts(account, thing) if each.id == target.row_id), None
    )


def target_action(target: Target, item: Item | None) -> Deed | None:
    """Return the menu action that makes a step's call. Return None if a menu has to ask."""
    if item is not None:
        actions = menu_actions(item)
    else:
        actions = (
            (CREATION_ACTIONS[target.tab],)
            if target.tab in CREATION_ACTIONS and not target.item_name
            else ()
        )
    asked = target.deed.operations
    return next((deed for deed in actions if asked and deed.operations == asked), None)
