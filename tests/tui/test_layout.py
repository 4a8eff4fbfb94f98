"""What a screen is for is seen in a small window, or the screen says that there is more, and by which key."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.tui.widgets.prose import ProsePane
from coffeeshop.tui.widgets.row_list import RowList
from tests.examples import some
from tests.tui.driver import Person, person
from tools.gallery import prepare

SIZES = [(80, 24), (100, 30), (120, 40)]


def keep(folder: Path, name: str, script: str = "solution") -> None:
    """Keep a play in the save that a person opens."""
    progress = Progress(folder / "casey.sqlite3")
    prepare(progress, name, script)
    progress.close()


def room_for_text(ui: Person, pane: str) -> tuple[int, int]:
    """Return how many lines of a pane are in sight, and of how many cells."""
    shown = ui.app.screen.query_one(pane, ProsePane)
    return shown.scrollable_content_region.height, shown.scrollable_content_region.width


@pytest.mark.parametrize("size", SIZES)
async def test_a_hint_that_is_asked_for_is_in_sight(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "05", size) as ui:
        await ui.press("g")
        await ui.rest()
        for rung in (1, 2, 3, 3):
            await ui.press("c")
            assert f"Hint {rung}" in ui.screen


@pytest.mark.parametrize("size", SIZES)
async def test_a_hint_is_in_sight_that_was_asked_for_elsewhere(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "05", size) as ui:
        for rung in (1, 2, 3):
            await ui.press("c")
            await ui.rest()
            assert f"Hint {rung}" in ui.screen
            await ui.press("escape")


@pytest.mark.parametrize("no_color", ["", "1"])
@pytest.mark.parametrize("size", SIZES)
async def test_the_debrief_has_the_room_to_be_read(
    tmp_path: Path, size: tuple[int, int], no_color: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    keep(tmp_path, "05")
    async with person(tmp_path, "05", size) as ui:
        await ui.press("g")
        await ui.rest()
        assert "Three stars" in ui.screen
        lines, cells = room_for_text(ui, "#findings")
        assert lines >= 12
        assert cells >= 55


def rows_of(ui: Person, pane: str) -> list[str]:
    """Return what is painted of the rows of a list that are in sight, without the cursor."""
    box = ui.app.screen.query_one(pane, RowList)
    region = box.scrollable_content_region
    rows = (ui.rows[y][region.x : region.right] for y in range(region.y, region.bottom))
    return [shown for row in rows if (shown := row.replace("▸", "").strip())]


LONG = "AWSReservedSSO_{}AccessForTheReceiptsOfTheCoffeeshop_{}"
NAMES = [LONG.format(one, other) for one in ("Read", "Write") for other in ("7f3a", "0b1c")]
LONG_NAMES = "\n".join(
    (
        *(f"aws iam create-user --user-name {name}" for name in NAMES),
        *(f"aws iam create-group --group-name {name}" for name in NAMES),
        *(
            f"aws iam add-user-to-group --user-name casey --group-name {name}"
            for name in NAMES
        ),
        *(
            f"aws iam put-user-policy --user-name {who} --policy-name {name} --policy-document file://policies/receipts.json"
            for who in NAMES[:2]
            for name in NAMES
        ),
    )
)


@pytest.mark.parametrize("size", SIZES)
async def test_names_of_a_list_are_never_painted_alike(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    keep(tmp_path, "10", LONG_NAMES)
    async with person(tmp_path, "10", size) as ui:
        for keys, pane in (
            ("2", "#list"),
            ("right", "#list"),
            ("left", "#attached"),
            ("3", "#list"),
        ):
            await ui.press(keys)
            if pane == "#attached":
                await ui.press("home" + " down" * 6)
            shown = rows_of(ui, pane)
            assert len(set(shown)) == len(shown) > 3
            long = [row for row in shown if row.startswith("AWS")]
            assert len(long) >= 3
            assert {"7f3a" in row or "f3a" in row for row in long} == {True, False}


def told_of(ui: Person, pane: str) -> str:
    """Return the title of a pane, with what it says is below."""
    region = ui.app.screen.query_one(pane, ProsePane).region
    return ui.rows[region.y][region.x : region.right]


@pytest.mark.slow
@pytest.mark.parametrize("id", some(headings(), 4))
async def test_each_page_of_a_brief_is_seen_whole_at_every_size(
    tmp_path: Path, id: str
) -> None:
    async with person(tmp_path, id) as ui:
        for size in SIZES:
            await ui.resize(*size)
            assert not ui.app.screen.query_one("#story", ProsePane).max_scroll_y
            assert room_for_text(ui, "#story")[0] >= 14


@pytest.mark.parametrize("size", SIZES)
async def test_the_checks_of_a_short_brief_are_seen_whole(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with person(tmp_path, "05", size) as ui:
        for said in (
            "Must work",
            "Refused",
            "Limits",
            "Every word",
        ):
            assert said in ui.screen


async def test_how_to_play_is_told_where_there_is_room_for_it(tmp_path: Path) -> None:
    async with person(tmp_path, "05") as ui:
        assert "How to play" not in ui.screen
        await ui.resize(120, 40)
        assert "How to play" in ui.screen
        await ui.resize(80, 24)
        assert "How to play" not in ui.screen
