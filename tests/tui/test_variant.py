"""Other names in the app: a variant is opened by its number, gone on with, and begun after the solution was shown."""

from __future__ import annotations

from pathlib import Path

from coffeeshop.lessons.model import Scenario
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.tui.app import CoffeeshopApp
from tests.lessons.folder import played
from tests.tui.driver import Person, person

ID = "05-receipts-drawer"


def varied(seed: int) -> Scenario:
    return load(course() / ID, seed)


async def test_the_app_opens_the_variant_that_was_asked_for(tmp_path: Path):
    player = Player(Progress(tmp_path / "ana.sqlite3"))
    player.open(ID, 3)
    app = CoffeeshopApp(player)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        ui = Person(app, pilot)
        await ui.rest()
        screen = await ui.see("b")
        assert ui.play.scenario.variant == 3
        assert "The receipts drawer (variant 3)" in screen
        who = varied(3).people.graded[0].capitalize()
        assert f"{who} was hired yesterday" in screen
        assert "▟▙ 5 The receipts drawer (variant 3)" in await ui.see("escape")
    player.progress.close()


async def test_the_variant_that_was_last_moved_on_goes_on(tmp_path: Path):
    progress = Progress(tmp_path / "casey.sqlite3")
    progress.keep(played(varied(3), "aws iam list-users\n"))
    progress.close()
    async with person(tmp_path, ID) as ui:
        assert (ui.play.scenario.variant, ui.calls) == (3, ["ListUsers"])


async def test_after_the_solution_was_shown_beginning_again_gives_the_next_variant(
    tmp_path: Path,
):
    progress = Progress(tmp_path / "casey.sqlite3")
    lesson = varied(3)
    progress.keep(played(lesson, lesson.solution))
    progress.mark_solution_shown(lesson)
    progress.close()
    async with person(tmp_path, ID, (100, 30)) as ui:
        await ui.press("g")
        assert "You saw the solution of this variant" in await ui.see_at_rest()
        ui.app.action_play(ID, afresh=True)
        await ui.rest()
        assert (ui.play.scenario.variant, ui.calls) == (4, [])
        assert ui.app.player.progress.best_results() == {}


async def test_a_document_of_the_solution_used_in_the_console_counts_as_the_solution_shown(
    tmp_path: Path,
):
    line = "aws iam put-user-policy --user-name casey --policy-name receipts --policy-document file://{}"
    async with person(tmp_path, ID, (100, 30)) as ui:
        said = "this shows the answer, so you can now earn stars only in another variant"
        # Earns no star.
        mine = ui.play.scenario.text("policies/receipts.json").replace(
            "s3:ListBucket", "s3:GetObject"
        )
        ui.app.player.progress.write_draft(ui.play.scenario, "mine.json", mine)
        await ui.press("escape colon")
        await ui.type(line.format("mine.json"))
        assert said not in await ui.see("enter")
        assert not ui.app.player.progress.was_solution_shown(ui.play.scenario)
        await ui.type(line.format("policies/receipts.json"))
        assert said in await ui.see("enter")
        assert ui.app.player.progress.was_solution_shown(ui.play.scenario)
