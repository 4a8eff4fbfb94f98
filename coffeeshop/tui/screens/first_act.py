"""Do what Next proposes with one key: open its form, or go to its place."""

from __future__ import annotations

from coffeeshop.tui.keys import action_of_key
from coffeeshop.tui.screens.base import Shell
from coffeeshop.tui.screens.perform import perform
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.tui.stage import Stage
from coffeeshop.views.step import Step, Way
from coffeeshop.views.step_place import action_of_way, item_of_way


async def follow_step(game: Stage, screen: Shell, step: Step) -> None:
    """Open the form of a step's act.

    A step without a form goes to its place in a list, or does what its key does.
    """
    way = step.way
    if way is None:
        await _press_key(screen, step.key)
        return
    item = item_of_way(game.sitting.play.account, way)
    action = action_of_way(way, item)
    if action is not None:
        await perform(game, action, item, known=step.values)
    else:
        await _go_to_place(game, screen, step, way)


async def _press_key(screen: Shell, key: str) -> None:
    """Do what a key does on every screen of play."""
    if (action := action_of_key(key)) is None:
        return
    if action.verb:
        await screen.act(action.verb, action.name)
    else:
        await screen.act(action.name)


async def _go_to_place(game: Stage, screen: Shell, step: Step, way: Way) -> None:
    """Go to the list of a step, with the cursor on its thing."""
    await _press_key(screen, step.key)
    tab = way.tab or "users"
    item = item_of_way(game.sitting.play.account, way)
    place = game.screen
    if isinstance(place, ThingsScreen) and item is not None and not way.hung:
        place.call_after_refresh(place.find, tab, item.id)
