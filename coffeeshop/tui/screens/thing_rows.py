"""The rows of People and Policies, and the advice for a key that does nothing there."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from coffeeshop.tui.text import STYLES, key, line, show_on_one_line
from coffeeshop.tui.widgets.prose import WrappedLine
from coffeeshop.views.deed import Deed
from coffeeshop.views.things.item import Item
from coffeeshop.views.things.item_actions import (
    TAKE_AWAY,
    Removal,
    action_label,
    key_words,
    letters,
    menu_actions,
    removal_kinds,
)
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


def take_away_row(removals: Sequence[Removal]) -> Content:
    """Return the row that offers to remove something from an item: its keys, policies or the like."""
    kinds = f"  its {removal_kinds(removals)}"
    return line(key(TAKE_AWAY, "Take something away"), (kinds, STYLES["muted"]))


def policy_title(policy: Item, chosen: Item, policy_count: int) -> Content:
    """Return the title of a policy in plain words, with the chosen item if the policy is one of its own."""
    owner = "" if policy is chosen else f" of {show_on_one_line(chosen.row.word)}"
    return line(
        (show_on_one_line(policy.row.word), "bold"),
        owner,
        " in plain words",
        f", 1 of {policy_count}" if policy_count > 1 else "",
    )


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


def advice_for_useless_key(
    key: str, item: Item | None, beside: Sequence[Item], elsewhere: Sequence[Item | None]
) -> str:
    """Return how to go on after a key that does nothing with `item`, as the end of a message.

    `beside` are the items of the same list, and `elsewhere` those of both lists. Return "" if there
    is no item and the key works nowhere.
    """
    if any(menu_actions(each, key) for each in beside):
        return "; ↑↓ lead to a row where it does"
    if any(each and menu_actions(each, key) for each in elsewhere):
        return "; tab goes to the list where it does"
    if item is None:
        return ""
    if key_words(item)["⏎"] == "Edit":
        return "; enter opens the editor"
    return "; enter shows the possible actions"
