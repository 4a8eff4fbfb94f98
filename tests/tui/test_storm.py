"""Keys at random and windows of every size: nothing that is pressed ends the app, and no row is wider than the screen."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import cast

import pytest
from rich.cells import cell_len
from textual._context import visible_screen_stack
from textual.css.query import NoMatches
from textual.renderables.background_screen import BackgroundScreen

from coffeeshop.tui.app import CoffeeshopApp
from coffeeshop.tui.screens.pick import PickDialog
from coffeeshop.tui.settings import SETTING_CHOICES
from tests.examples import pairs, some
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow

KEYS = (
    *"123yrgcsb?,.:uUYnaewdmkoxq/p", *"abc0123456", "enter", "enter", "enter", "escape", "escape", "tab", "tab", "shift+tab",
    "up", "down", "down", "left", "right", "home", "end", "pageup", "pagedown", "space", "backspace", "delete",
    "f1", "f2", "f4", "f7", "f8", "f9", "ctrl+s", "ctrl+z", "ctrl+p", "ctrl+c", "colon", "comma", "full_stop",
)  # fmt: skip
QUIT = {"q", "ctrl+q"}


def dice(seed: int, sides: int) -> Iterable[int]:
    """The same throws for the same seed (a linear congruence, as in C's rand)."""
    while True:
        seed = (seed * 1103515245 + 12345) % 2**31
        yield (seed >> 16) % sides


async def storm(ui: Person, seed: int, presses: int) -> None:
    """Press fast, and look after each twenty. The door is locked: the palette offers to quit, too."""
    ui.app.exit = lambda *_, **__: None
    for n, throw in enumerate(islice(dice(seed, len(KEYS)), presses)):
        if KEYS[throw] not in QUIT:
            ui.hit(KEYS[throw])
        if n % 20 == 19:
            await ui.pilot.pause()
            assert all(cell_len(row) == ui.app.size.width for row in ui.rows)


PRESSES = len(some(range(500), 120))  # of each storm


@pytest.mark.parametrize("seed", some([1, 2, 3, 4], 2))
async def test_hundreds_of_random_keys_end_nothing(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # x writes files
    async with person(
        tmp_path,
        ("05", "10", "15", "")[seed % 4],
        (80, 24) if seed % 2 else (120, 40),
        frames=True,
        motion=SETTING_CHOICES["motion"][seed // 2 % 2],
    ) as ui:
        await storm(ui, seed, PRESSES)
        assert ui.app.is_running


SIZES = ((40, 12), (60, 20), (200, 60), (61, 19), (99, 30), (120, 40))


async def test_windows_of_every_size_show_rows_of_their_width(tmp_path: Path) -> None:
    async with person(tmp_path, "10") as ui:
        for keys in (
            "",
            "escape",
            "2",
            "3",
            "e",
            "escape r",
            "y",
            "g",
            "b",
            "question_mark",
            "escape comma",
            "escape colon",
        ):
            await ui.press(keys)
            # Others on each screen.
            for width, height in some(SIZES, 2, lambda size, keys=keys: f"{keys} {size}"):
                await ui.resize(width, height)
                assert [cell_len(row) for row in ui.rows] == [width] * height
                assert ("Coffeeshop needs 60 columns" in ui.screen) is (
                    width < 60 or height < 20
                )


async def test_a_small_window_keeps_the_screen_for_later(tmp_path: Path) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        before = await ui.see("2 down")
        await ui.resize(48, 14)
        assert "This window is 48 by 14" in ui.screen
        await ui.press("n 3 d")
        await ui.resize(80, 24)
        assert ui.screen == before
        assert ui.where == "PeopleScreen"


@pytest.mark.parametrize(
    ("keys", "motion"), pairs(["r y", "3 e", "2 n", "g"], ["none", "some"])
)
async def test_a_window_of_a_few_cells_ends_no_screen(
    tmp_path: Path, keys: str, motion: str
) -> None:
    async with person(tmp_path, "05", motion=motion, floor=True) as ui:
        await ui.press(f"{keys}")
        before = await ui.see_at_rest()
        for size in ((1, 1), (2, 30), (5, 24), (80, 1)):
            await ui.resize(*size)
        await ui.resize(80, 24)
        assert motion == "some" or ui.screen == before, "pictures that move have moved on"
        assert ui.app.is_running


async def test_a_key_that_is_hit_again_before_its_box_came_opens_one_box(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05", floor=True) as ui:
        for _ in range(5):
            ui.hit("ctrl+p")
        await ui.pilot.pause()
        assert [type(shown) for shown in ui.app.screen_stack[1:]] == [PickDialog]
        await ui.press("escape")
        assert len(ui.app.screen_stack) == 1


async def test_a_box_dims_what_lies_right_below_it_whenever_it_is_painted(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05") as ui:
        boxes = [PickDialog(title, ()) for title in ("lower", "upper")]
        for box in boxes:
            await ui.app.push_screen(box)
        visible_screen_stack.set(
            [boxes[0], boxes[1]]
        )  # as left by the frame of a box that has gone since
        *_, floor, lower, _ = ui.app.screen_stack
        assert [cast("BackgroundScreen", box.render()).screen for box in boxes] == [
            floor,
            lower,
        ]


async def test_a_brief_that_is_covered_before_it_was_shown_ends_nothing(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "05") as ui:
        for key in (
            "3",
            "enter",
            "enter",
            "b",
        ):  # from the lesson: the editor comes while the brief does
            ui.hit(key)
        await ui.pilot.pause()
        await ui.press("escape escape")
        assert "What will be checked" in await ui.see("b")


async def _fail_in_handler(folder: Path) -> None:
    """Hand an error to the app that is being handled, as Textual does."""
    async with person(folder, "05") as ui:
        try:
            raise NoMatches("its widgets have gone")
        except NoMatches as error:
            ui.app._handle_exception(error)  # pyright: ignore[reportPrivateUsage]


async def test_the_server_gets_the_traceback_of_a_browsers_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_log = StringIO()
    monkeypatch.setattr("sys.__stderr__", server_log)
    monkeypatch.setattr(CoffeeshopApp, "is_web", True)
    with pytest.raises(NoMatches, match="gone"):
        await _fail_in_handler(tmp_path)
    assert "its widgets have gone" in server_log.getvalue()


@pytest.mark.parametrize("told", [True, False])
async def test_what_gives_way_while_the_app_ends_is_no_error(
    tmp_path: Path, told: bool
) -> None:
    with nullcontext() if told else pytest.raises(NoMatches):
        async with person(tmp_path, "05") as ui:
            if told:
                ui.app.exit()
            ui.app._handle_exception(NoMatches("its widgets have gone"))  # pyright: ignore[reportPrivateUsage]  # as Textual calls it
    assert ui.app.return_code == (0 if told else 1)
