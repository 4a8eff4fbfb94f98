"""Do what Next proposes with one key: open its form, or go to its place."""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.model import Account
from coffeeshop.tui.keys import ACTIONS
from coffeeshop.tui.screens.base import Shell
from coffeeshop.tui.screens.perform import perform
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.tui.stage import Stage
from coffeeshop.views.deed import Deed
from coffeeshop.views.step import Step, Way
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import NEW, menu_actions
from coffeeshop.views.things.items import item_parts, root_item
from coffeeshop.views.things.lists import LISTS


async def follow_step(game: Stage, screen: Shell, step: Step) -> None:
    """Open the form of a step's act.

    A step without a form goes to its place in a list, or does what its key does.
    """
    way = step.way
    if way is None:
        await _press_key(screen, step.key)
        return
    item = _item_of_way(game.sitting.play.account, way)
    action = _action_of_way(way, item)
    if action is not None:
        await perform(game, action, item, known=step.values)
    else:
        await _go_to_place(game, screen, step, way)


async def _press_key(screen: Shell, key: str) -> None:
    """Do what a key does on every screen of play."""
    action = next((each for each in ACTIONS.values() if each.shown_key == key), None)
    if action is None:
        return
    if action.verb:
        await screen.act(action.verb, action.name)
    else:
        await screen.act(action.name)


def _items_of_tab(account: Account, tab: str) -> Iterator[Item]:
    """Yield the items of a list of people or policies. The root user comes last."""
    for tabs in LISTS.values():
        if tab in tabs:
            yield from tabs[tab][1](account)
    if tab == "users":
        yield root_item(account)


def _item_of_way(account: Account, way: Way) -> Item | None:
    """Return the row at which a step's key is pressed. None: it makes a new thing, or there is no such row."""
    items = _items_of_tab(account, way.tab or "users")
    thing = next((i for i in items if i.row.word.lower() == way.thing.lower()), None)
    if thing is None or not way.hung:
        return thing
    return next((each for each in item_parts(account, thing) if each.id == way.hung), None)


def _action_of_way(way: Way, item: Item | None) -> Deed | None:
    """Return the menu action that makes a step's call. None: a menu has to ask."""
    if item is not None:
        actions = menu_actions(item)
    else:
        actions = (NEW[way.tab],) if way.tab in NEW and not way.thing else ()
    asked = way.deed.operations
    return next((deed for deed in actions if asked and deed.operations == asked), None)


async def _go_to_place(game: Stage, screen: Shell, step: Step, way: Way) -> None:
    """Go to the list of a step, with the cursor on its thing."""
    await _press_key(screen, step.key)
    tab = way.tab or "users"
    item = _item_of_way(game.sitting.play.account, way)
    place = game.screen
    if isinstance(place, ThingsScreen) and item is not None and not way.hung:
        place.call_after_refresh(place.find, tab, item.id)
