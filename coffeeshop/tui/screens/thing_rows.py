"""The rows of People and Policies: an action, a removal, and a policy's JSON."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from coffeeshop.tui.text import STYLES, key, line
from coffeeshop.tui.widgets.prose import WrappedLine
from coffeeshop.views.deed import Deed
from coffeeshop.views.things.item_actions import Removal, action_label, letters
from coffeeshop.views.things.lists import titles_that_fit

NARROW_LIST = 30  # cells for the titles of the lists, in a window of 80 cells
MAX_NAME = 24  # cells of a name in a key row with few keys


def action_row(action: Deed) -> Content:
    """Return the row of an action: its letter, its name and its operation."""
    (letter,) = letters((action,))
    return line(
        key(letter, action.say), (f"  {action.service}:{action.operation}", STYLES["muted"])
    )


def removal_row(removal: Removal) -> Content:
    """Return the row of a removal: its name and its operation."""
    action = removal.action
    message = action_label(removal.item, MAX_NAME)
    return line(message, (f"  {action.service}:{action.operation}", STYLES["muted"]))


def policy_rows(document: str) -> tuple[Content | WrappedLine, ...]:
    """Return the rows of a policy's JSON, shown below its words."""
    from coffeeshop.tui.widgets.json_text import json_lines  # with the colours of JSON

    return Content(""), *json_lines(document)


def titles_row(titles: Sequence[str], current: int, room: int) -> Content:
    """Return the titles of lists that fit into `room` cells, the current one highlighted, with … for the others."""
    shown = titles_that_fit(titles, current, max(room, NARROW_LIST))
    parts = [("…", STYLES["muted"])] if shown[0] else []
    for n in shown:
        parts += [("│", STYLES["muted"])] if parts else []
        parts.append((f" {titles[n]} ", "reverse") if n == current else (titles[n], ""))
    parts += [("│…", STYLES["muted"])] if shown[-1] < len(titles) - 1 else []
    return line(*parts)
