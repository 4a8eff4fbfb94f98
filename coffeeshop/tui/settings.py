"""What the learner chose about the look; each setting is one row, with the values it may have, the default first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "theme": ("dark-roast", "latte", "high-contrast"),
    "picture": ("painted", "words"),
    "motion": ("some", "none"),
    "marks": ("signs", "ascii"),
    "next box": ("shown", "hidden"),
    "lessons": ("shown first", "on request"),
}


class Settings(Struct, frozen=True):
    """The chosen values by name; unknown ones fall back to the default."""

    chosen: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        value = self.chosen.get(name, "")
        if value in CHOICES[name]:
            return value
        return CHOICES[name][0]

    @property
    def ascii(self) -> bool:
        """Tells whether marks are letters."""
        return self["marks"] == "ascii"

    @property
    def next_box(self) -> bool:
        """Tells whether the Next box is shown."""
        return self["next box"] == "shown"

    @property
    def teaches_first(self) -> bool:
        """Tells whether the welcome and the lessons come by themselves, before what they tell of."""
        return self["lessons"] == "shown first"

    @property
    def still(self) -> bool:
        """Tells whether nothing moves."""
        return self["motion"] == "none"

    def with_(self, name: str, value: str) -> Settings:
        """Returns the settings with one of them changed."""
        return Settings({**self.chosen, name: value})
