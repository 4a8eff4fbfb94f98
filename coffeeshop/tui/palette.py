"""The palette: every action by name, and every scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coffeeshop.tui.keys import ACTIONS
from coffeeshop.tui.text import STYLES, line, one_line

if TYPE_CHECKING:
    from coffeeshop.tui.app import CoffeeshopApp

HOME = frozenset({"palette", "settings", "help", "quit"})  # what the shelf can do


async def open_palette(app: CoffeeshopApp) -> None:
    """Ask for an action by name, and run it on the screen that was shown."""
    from coffeeshop.tui.screens.pick import PickDialog

    here = app.screen
    rows = [
        (
            f"{row.word}: {row.help}",
            line((f"{row.word} ", "bold"), (row.help, STYLES["muted"]), (f"  {row.shown}", STYLES["key"])),
        )
        for row in ACTIONS.values()
        if row.name != "palette" and (app.current_mode != "home" or row.name in HOME)
    ]
    rows += [
        (f"Play: {form.id}", line(("Play ", "bold"), one_line(form.title), (f"  {form.id}", STYLES["muted"])))
        for form in app.course().values()
    ]
    picked = await app.push_screen_wait(PickDialog("Everything by name", rows, narrow=""))
    if picked is None:
        return
    if picked.startswith("Play: "):
        app.open_scenario(picked.removeprefix("Play: "))
        return
    does = next(row.does for row in ACTIONS.values() if f"{row.word}: {row.help}" == picked)
    await app.run_action(does, here)
