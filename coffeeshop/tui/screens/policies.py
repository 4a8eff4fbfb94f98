"""Policies: every policy that can be edited or attached, and the KMS keys."""

from __future__ import annotations

from typing import ClassVar

from coffeeshop.tui.screens.base import Keys
from coffeeshop.tui.screens.things import ThingsScreen


class PoliciesScreen(ThingsScreen):
    """Mode 3: every policy that can be edited, the KMS keys, and the findings of Access Analyzer."""

    KEYS: ClassVar[Keys] = (
        ("⏎", "Edit"), ("←→", "Lists"), ("/", "Find"), ("n", "New"), ("a", "Attach"), ("d", "Delete"), ("D", "Draw"), ("tab", "Panes"),
        "undo", "help",
    )  # fmt: skip
    HELP = (
        "Every policy that you can edit: managed ones, inline ones, trust policies, and those of buckets and keys. "
        "Enter opens the editor, a attaches a managed policy to a user, group or role, and n writes a new policy. "
        "→ goes to the KMS keys, with their aliases, grants and tags, and ← to what Access Analyzer finds."
    )
    MODE: ClassVar[str] = "policies"
    # Wider than elsewhere, since an inline policy has no key to attach it.
    SHORT_NAME_WIDTH: ClassVar[int] = 18
