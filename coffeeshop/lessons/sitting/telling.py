"""Tell the story of a scenario before anybody has opened it."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.find import find, scenario_form


def story(id: str, extra: Path | None, progress: Progress) -> str:
    """Returns the story in the names in which the learner would take the scenario up. Raises Problems."""
    folder = find(id, extra)
    if not progress.varies(id):
        return scenario_form(folder).story.text
    # The engine behind it: a shelf of stories as written does without.
    from coffeeshop.lessons.scenario import load

    return load.story(folder, progress.variant)
