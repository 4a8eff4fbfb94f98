"""The learner's settings. Each setting has a row of values, the default first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from coffeeshop.lessons.teaching.help_setting import HELP_SETTING, HELP_VALUES

SETTING_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "theme": ("dark-roast", "latte", "high-contrast"),
    "picture": ("painted", "words"),
    "motion": ("some", "none"),
    "marks": ("signs", "ascii"),
    "next box": ("shown", "hidden"),
    "lessons": ("offered", "on request"),
    HELP_SETTING: HELP_VALUES,
}


class Settings(Struct, frozen=True):
    """The chosen values by the setting's name. An unknown value means the default."""

    chosen: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Return the chosen value of a setting, or its default if the saved value is unknown."""
        value = self.chosen.get(name, "")
        if value in SETTING_CHOICES[name]:
            return value
        return SETTING_CHOICES[name][0]

    @property
    def ascii(self) -> bool:
        """Return whether marks are letters."""
        return self["marks"] == "ascii"

    @property
    def shows_next_box(self) -> bool:
        """Return whether the Next box is visible."""
        return self["next box"] == "shown"

    @property
    def teaches(self) -> bool:
        """Return whether a newcomer is welcomed, and pages of the lesson are offered when they are needed."""
        return self["lessons"] == "offered"

    @property
    def still(self) -> bool:
        """Return whether animations are off."""
        return self["motion"] == "none"

    def with_(self, name: str, value: str) -> Settings:
        """Return the settings with one value changed."""
        return Settings({**self.chosen, name: value})
