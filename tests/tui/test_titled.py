"""What is below the fold: told on the frame of every pane that keys can scroll."""

from __future__ import annotations

from pathlib import Path
from random import Random  # noqa: TID251  # seeded by the name of the place

import pytest
from textual.widget import Widget

from coffeeshop.tui.text import line
from coffeeshop.tui.widgets.access_table import AccessTable
from coffeeshop.tui.widgets.json_area import JsonArea
from coffeeshop.tui.widgets.prose import Prose, ProsePane
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.tui.widgets.titled import Titled
from coffeeshop.tui.widgets.wrapping import line_breaks
from coffeeshop.views.rows import Row
from tests.examples import choose_cases, pairs
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow


def title(ui: Person, words: str) -> str:
    """The row in which a title stands, from there on."""
    return next(row[row.index(words) :] for row in ui.rows if words in row)


async def test_a_list_tells_how_many_rows_are_below_and_tells_it_no_more_at_its_end(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "10", floor=True) as ui:
        jobs = ui.app.screen.query_one("#jobs")
        assert jobs.has_focus
        seen, all_of_them = jobs.content_size.height, 8
        assert f"Must work 6 of 8 ✗ stuck  ↓ {all_of_them - seen} more" in title(
            ui, "Must work"
        )
        await ui.press(" ".join(["down"] * seen))
        assert f" ↓ {all_of_them - seen - 1} more" in title(ui, "Must work")
        await ui.press("end")
        assert "more" not in title(ui, "Must work")


async def test_a_pane_elsewhere_names_the_key_that_leads_there(tmp_path: Path) -> None:
    async with person(tmp_path, "22", (80, 30), floor=True) as ui:
        await ui.press("escape")
        assert "  PgDn " in title(ui, "22 The delegated manager")
        await ui.press("pagedown pagedown pagedown")
        assert "more" not in title(ui, "22 The delegated manager")


async def test_a_low_window_shows_the_brief_in_pages_without_its_title(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "02", (60, 20)) as ui:
        assert "Page 1 of 2" in ui.screen
        await ui.resize(120, 60)
        assert "Create an administrator, then stop using root ━" in ui.screen
        assert "Page 1" not in ui.screen


async def test_a_page_of_the_lesson_that_goes_on_says_so_above_it(tmp_path: Path) -> None:
    async with person(tmp_path, "00", lessons="offered") as ui:
        assert "more" not in ui.rows[0]
        await ui.press("right right")
        assert "page 3 of 5   ↓ more" in ui.rows[0]
        await ui.press("end")
        assert "more" not in ui.rows[0]


async def test_tab_comes_to_a_pane_of_words_only_while_not_all_of_it_is_in_sight(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, "17", floor=True) as ui:
        await ui.press("3")
        await ui.rest()
        words = ui.app.screen.query_one("#reads")
        assert "in plain words  tab ↓ 2" in ui.screen
        await ui.press("tab")
        assert words.has_focus
        await ui.press("end")
        assert "more" not in title(ui, "in plain words")
    async with person(tmp_path, "17", (120, 60), floor=True) as ui:
        await ui.press("3")
        await ui.rest()
        assert not ui.app.screen.query_one("#reads").can_focus


async def test_a_blank_line_at_the_end_is_no_more_to_read() -> None:
    prose = Prose()
    prose.show([Row("Read this."), line(""), Row(""), line(" ")])
    assert [content.plain for _, content in prose.lines] == ["Read this."]


# ------------------------------------------------------------------ every pane, whatever is in it
SIZES = ((80, 24), (60, 20), (80, 30), (100, 24), (120, 40), (200, 60))
PLACES = {  # by which keys one comes there, from the brief
    "brief": "", "home": "escape escape", "shop": "escape", "bay": "escape shift+tab", "today": "escape shift+tab shift+tab",
    "people": "escape 2", "groups": "escape 2 right down", "policies": "escape 3", "access": "escape 4", "day": "escape 5",
    "open day": "escape 5 space", "incident": "escape 5 space i", "map": "escape 5 space i m", "grade": "escape g",
    "hint": "escape c", "rehearsal": "escape r enter", "why": "escape end y", "editor": "escape 3 enter",
}  # fmt: skip


def panes(ui: Person) -> list[Titled]:
    """Every pane of a screen that has a frame, and is seen; not the table, which is walked both ways."""
    framed = [
        pane for pane in ui.app.screen.query(".pane") if pane.display and pane.region.area
    ]
    assert all(isinstance(pane, Titled) for pane in framed)
    return [
        pane
        for pane in framed
        if not isinstance(pane, AccessTable) and isinstance(pane, Titled)
    ]


def hidden(pane: Titled) -> int:
    """How many rows, or lines, of it are below what is seen."""
    assert isinstance(pane, Widget)
    fold = pane.scroll_offset.y + pane.scrollable_content_region.height
    if isinstance(pane, JsonArea):
        rows = list(pane.text.split("\n"))
        while rows and not rows[-1].strip():
            rows.pop()
        wide = pane.wrapped_document._width  # pyright: ignore[reportPrivateUsage]  # in which it is wrapped
        return max(sum(len(line_breaks(row, wide)) + 1 for row in rows) - fold, 0)
    if isinstance(pane, ProsePane):
        prose = pane.query_one(Prose)
        return max(len(prose._wrapped_rows(prose.size.width)) - fold, 0)  # pyright: ignore[reportPrivateUsage]  # as it is painted
    assert isinstance(pane, RowList)
    pane._clear_caches()  # pyright: ignore[reportPrivateUsage]  # wrapped anew in the room that there is
    lines = pane._lines  # pyright: ignore[reportPrivateUsage]  # likewise
    cut = {at for at, _ in lines[fold:]}
    return sum(not pane.get_option_at_index(at).disabled for at in cut)


def write(draw: Random, pane: Titled) -> None:
    """Whatever might stand there."""
    said = [
        " ".join(["coffee"] * draw.choice([1, 3, 12, 40]))
        for _ in range(draw.choice([0, 1, 2, 4, 9, 30]))
    ]
    if isinstance(pane, JsonArea):
        pane.text = "\n".join(said)
    elif isinstance(pane, ProsePane):
        pane.show("Prose", [Row(text) for text in said])
    elif isinstance(pane, RowList) and pane.id != "list":  # by which the others are filled
        pane.entitle("Rows")
        pane.show(
            (str(n) if draw.random() < 0.9 else "", line(text))
            for n, text in enumerate(said)
        )


def assert_told(ui: Person) -> None:
    for pane in panes(ui):
        more, said = hidden(pane), pane._frame_title.plain  # pyright: ignore[reportPrivateUsage]  # the border's is in markup
        told = (f" {more} more", f"↓ {more}")  # the shorter where there is little room
        assert said.endswith(told) if more else "↓" not in said, (pane, more, said)
        assert isinstance(pane, Widget)
        placed = ui.app.screen.find_widget(pane)
        assert placed.visible_region == placed.region, (pane, placed)
        assert pane.can_focus or pane.reached != Titled.reached or not more, pane


# Of each kind of pane, and of panes beside and below each other.
FEW_PLACES = [
    "home",
    "shop",
    "bay",
    "people",
    "policies",
    "open day",
    "grade",
    "why",
    "editor",
]


@pytest.mark.parametrize(
    ("place", "width", "height"), pairs(choose_cases(FEW_PLACES, PLACES), SIZES)
)
async def test_every_pane_tells_how_much_of_it_is_below_whatever_is_in_it_and_in_whatever_room(
    tmp_path: Path, place: str, width: int, height: int
) -> None:
    draw = Random(f"{place} {width}")
    async with person(tmp_path, "09") as ui:
        await ui.press(PLACES[place])
        await ui.rest()
        assert_told(ui)
        await ui.resize(width, height)
        assert_told(ui)
        for pane in panes(ui):
            write(draw, pane)
        await ui.rest()
        assert_told(ui)
        for pane in panes(ui):
            assert isinstance(pane, Widget)
            pane.scroll_to(y=draw.choice([0, 1, 3, 99]), animate=False)
        await ui.rest()
        assert_told(ui)
