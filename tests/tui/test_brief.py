"""The brief: a short story and every check, with as little to scroll as possible."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from coffeeshop.lessons.scenario.find import folders
from tests.tui.driver import person

STORY_WORDS = 90
LONG = (
    "13-",
    "20-",
    "22-",
    "C1-",
    "C2-",
    "C3-",
)  # their checks need more than two screenfuls


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_a_story_has_ninety_words_at_most(folder: Path) -> None:
    story = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))["story"]["text"]
    assert len(story.split()) <= STORY_WORDS


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [folder.name for folder in folders() if not folder.name.startswith(LONG)]
)
async def test_at_80_by_24_one_enter_shows_the_whole_brief(
    tmp_path: Path, name: str
) -> None:
    async with person(tmp_path, name) as ui:
        assert "Star 1, this must work" in ui.screen
        if "⏎ Read on" in ui.rows[-1]:
            await ui.press("enter")
        assert "⏎ Read on" not in ui.rows[-1]
