"""The setting of how much help Next gives without being asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HELP_SETTING: Final = "help"  # the setting's name
FADING_HELP: Final = "fading"
FULL_HELP: Final = "full"
NO_HELP: Final = "none"
HELP_VALUES: Final = (FADING_HELP, FULL_HELP, NO_HELP)  # its values, the default first


def chosen_help(settings: Mapping[str, str]) -> str:
    """Return the learner's choice, or the default if the save has another value."""
    value = settings.get(HELP_SETTING, "")
    return value if value in HELP_VALUES else HELP_VALUES[0]
