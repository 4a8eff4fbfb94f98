"""Practice in the app: a topic, a level, and an exercise that is drawn for the learner."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.cli.output import path_of_name
from tests.tui.driver import person

pytestmark = pytest.mark.slow


async def test_a_topic_and_a_level_are_chosen_on_the_shelf_and_the_exercise_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    async with person(tmp_path) as ui:
        ui.app.player.locate = path_of_name
        screen = await ui.see("escape e")
        assert "level 1  groups" in screen
        assert "one idea, with a template" in screen
        screen = await ui.see("down down right")
        assert "▸ level 2  actions" in screen
        assert "Level 1 fits what you have shown." in screen
        assert "level 4  diagnosis" in await ui.see("up left")
        await ui.press("down enter")
        while ui.app.player.sitting is None:  # it is drawn in a thread
            await ui.rest()
        id = ui.app.sitting.scenario.id
        assert id.startswith("practice-actions-level2-")
        assert (tmp_path / "data" / "exercises" / id).is_dir()
