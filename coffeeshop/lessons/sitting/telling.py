"""Return a scenario's story before the scenario is open."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.find import find, story


def told_story(id: str, extra: Path | None, progress: Progress) -> str:
    """Return the story with the names of the variant that the learner would play. Raise Problems."""
    folder = find(id, extra)
    if not progress.can_vary(id):
        return story(folder).text
    # It imports the engine, which the story as written doesn't need.
    from coffeeshop.lessons.scenario import load

    return load.story_of_variant(folder, progress.variant)
