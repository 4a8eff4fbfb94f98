"""People: users, groups and roles, and what can be attached to them."""

from __future__ import annotations

from typing import ClassVar

from coffeeshop.tui.screens.base import Keys
from coffeeshop.tui.screens.things import ThingsScreen
from coffeeshop.views.things.lists import LISTS, Tabs


class PeopleScreen(ThingsScreen):
    """Mode 2: users, groups and roles."""

    KEYS: ClassVar[Keys] = (
        ("⏎", "Menu"), ("←→", "Lists"), ("/", "Find"), ("n", "New"), ("a", "Add"), ("d", "Remove"), ("D", "Draw"), ("tab", "Panes"), "help",
    )  # fmt: skip
    HELP = (
        "Users, groups and roles: ← and → go from one list to the next, tab goes to what hangs on the chosen one. "
        "Enter shows everything that can be done with the line under the cursor; the letters are short cuts to it. / narrows "
        "the list to what holds the words that you type. D draws what the line under the cursor gives, and to whom."
    )
    TABS: ClassVar[Tabs] = LISTS["people"]
