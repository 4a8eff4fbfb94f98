"""The palette: every action by name, everybody and every policy of the account, and every scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from textual.content import Content

from coffeeshop.tui.keys import ACTIONS
from coffeeshop.tui.text import STYLES, line, one_line

if TYPE_CHECKING:
    from coffeeshop.tui.app import CoffeeshopApp

HOME = frozenset({"palette", "settings", "help", "quit"})  # what the shelf can do
Entry: TypeAlias = tuple[Content, Callable[[], object]]  # what it is, and what it does


async def open_palette(app: CoffeeshopApp) -> None:
    """Ask for something by name, and do it on the screen that was shown."""
    from coffeeshop.tui.screens.pick import PickDialog

    entries = (*_actions(app), *(_things(app) if app.current_mode != "home" else ()), *_scenarios(app))
    rows = [(str(n), shown) for n, (shown, _) in enumerate(entries)]
    picked = await app.push_screen_wait(PickDialog("Everything by name", rows, narrow=""))
    if picked is not None:
        entries[int(picked)][1]()


def _actions(app: CoffeeshopApp) -> Iterator[Entry]:
    here = app.screen
    for row in ACTIONS.values():
        if row.name != "palette" and (app.current_mode != "home" or row.name in HOME):
            shown = line((f"{row.word} ", "bold"), (row.help, STYLES["muted"]), (f"  {row.shown}", STYLES["key"]))
            yield shown, partial(app.call_next, app.run_action, row.does, here)


def _things(app: CoffeeshopApp) -> Iterator[Entry]:
    from coffeeshop.tui.screens.things import LISTS

    for mode, tabs in LISTS.items():
        for tab, (title, lister, _) in tabs.items():
            for item in lister(app.playing.account):
                shown = line(
                    (f"{one_line(item.row.word)} ", "bold"), (f"{title}: {one_line(item.row.text)}", STYLES["muted"])
                )
                yield shown, partial(app.find, mode, tab, item.id)


def _scenarios(app: CoffeeshopApp) -> Iterator[Entry]:
    for form in app.course().values():
        shown = line(("Play ", "bold"), one_line(form.title), (f"  {form.id}", STYLES["muted"]))
        yield shown, partial(app.open_scenario, form.id)
