"""The setting of how much help Next gives without being asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HELP: Final = "help"  # the setting's name
FADING: Final = "fading"
FULL: Final = "full"
NONE: Final = "none"
HELPS: Final = (FADING, FULL, NONE)  # its values, the default first


def chosen_help(settings: Mapping[str, str]) -> str:
    """Return the learner's choice, or the default if the save has another value."""
    value = settings.get(HELP, "")
    return value if value in HELPS else HELPS[0]
