"""What a play is called in a save: its scenario, in which version, in which names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Scenario


def play_name(id: str, digest: str, variant: int = 0) -> str:
    """Returns the name of the play of a scenario in that version and variant."""
    if variant:
        return f"{id}@{digest}~{variant}"
    return f"{id}@{digest}"


def name_of(scenario: Scenario) -> str:
    """Returns the name of the play of this scenario."""
    return play_name(scenario.id, scenario.digest, scenario.variant)
