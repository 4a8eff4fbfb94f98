"""Name a play in a save by its scenario, version and variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coffeeshop.lessons.model import Scenario


def play_name(id: str, digest: str, variant: int = 0) -> str:
    """Return the name under which a save keeps a play: ID@DIGEST, or ID@DIGEST~VARIANT in a variant other than 0.

    The digest is a hash of the scenario's files, so a changed scenario begins a new play.
    """
    if variant:
        return f"{id}@{digest}~{variant}"
    return f"{id}@{digest}"


def name_of(scenario: Scenario) -> str:
    """Return the name of the play of this scenario."""
    return play_name(scenario.id, scenario.digest, scenario.variant)
