"""People: users, groups, roles and identity providers, and what can be attached to them."""

from __future__ import annotations

from typing import ClassVar

from coffeeshop.tui.screens.base import Keys
from coffeeshop.tui.screens.things import ThingsScreen


class PeopleScreen(ThingsScreen):
    """Mode 2: users, groups, roles and identity providers."""

    KEYS: ClassVar[Keys] = (
        ("⏎", "Menu"), ("←→", "Lists"), ("/", "Find"), ("n", "New"), ("a", "Add"), ("d", "Remove"), ("D", "Draw"), ("tab", "Panes"), "help",
    )  # fmt: skip
    HELP = (
        "Users, groups, roles, and the identity providers of workloads (OIDC) and companies (SAML), and "
        "what is in IAM Identity Center, where it is enabled. ← and → go "
        "from one list to the next, and tab goes to the policies and members of the chosen one. Enter lists the "
        "actions for the line under the cursor, and the letters are shortcuts to them. / narrows the list to the "
        "lines with the words that you type. D draws who gets access through the line under the cursor."
    )
    MODE: ClassVar[str] = "people"
