"""Do what Next proposes with one key: open its form, or go to its place."""

from __future__ import annotations

from coffeeshop.tui.keys import action_of_key
from coffeeshop.tui.screens.base import Shell
from coffeeshop.tui.screens.perform import perform
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.tui.stage import Stage
from coffeeshop.views.step import Step, Target
from coffeeshop.views.step_place import target_action, target_item


async def follow_step(game: Stage, screen: Shell, step: Step) -> None:
    """Open the form of the call that a step suggests.

    If the step names a list but no form, go to its item in that list. If it names neither, press
    its key.
    """
    target = step.target
    if target is None:
        await _press_key(screen, step.key)
        return
    item = target_item(game.sitting.play.account, target)
    action = target_action(target, item)
    if action is not None:
        await perform(game, action, item, first_values=step.values)
    else:
        await _go_to_place(game, screen, step, target)


async def _press_key(screen: Shell, key: str) -> None:
    """Do what a key does on every screen of a scenario. Do nothing if no screen has that key."""
    if (action := action_of_key(key)) is None:
        return
    if action.verb:
        await screen.run_app_action(action.verb, action.name)
    else:
        await screen.run_app_action(action.name)


async def _go_to_place(game: Stage, screen: Shell, step: Step, target: Target) -> None:
    """Press the step's key, which opens a list, and put the cursor on the step's item.

    The cursor stays where it is if there is no such item, or if the item hangs under another one.
    """
    await _press_key(screen, step.key)
    tab = target.tab or "users"
    item = target_item(game.sitting.play.account, target)
    opened_screen = game.screen
    if isinstance(opened_screen, ThingsScreen) and item is not None and not target.row_id:
        opened_screen.call_after_refresh(opened_screen.find, tab, item.id)
