"""What is below the fold: told on the frame of every pane that keys can scroll."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.tui.text import line
from coffeeshop.tui.widgets.prose import Prose
from coffeeshop.views.rows import Row
from tests.tui.driver import Person, person

pytestmark = pytest.mark.slow


def title(ui: Person, words: str) -> str:
    """The row in which a title stands, from there on."""
    return next(row[row.index(words) :] for row in ui.rows if words in row)


async def test_a_list_tells_how_many_rows_are_below_and_tells_it_no_more_at_its_end(tmp_path: Path) -> None:
    async with person(tmp_path, "10") as ui:
        await ui.press("escape")
        jobs = ui.app.screen.query_one("#jobs")
        assert jobs.has_focus
        seen, all_of_them = jobs.content_size.height, 8
        assert f"Must work 6 of 8 ✗ stuck ↓ {all_of_them - seen} more" in title(ui, "Must work")
        await ui.press(" ".join(["down"] * seen))
        assert f" ↓ {all_of_them - seen - 1} more" in title(ui, "Must work")
        await ui.press("end")
        assert "more" not in title(ui, "Must work")


async def test_a_pane_elsewhere_names_the_key_that_leads_there(tmp_path: Path) -> None:
    async with person(tmp_path, "10") as ui:
        assert "What will be checked tab ↓ more" in ui.screen
        assert "What will be checked ↓ more" in await ui.press("tab")
        assert "more" not in (await ui.press("end"), title(ui, "What will be checked"))[1]
    async with person(tmp_path, "00") as ui:
        await ui.press("escape escape")
        assert "PgDn more" in title(ui, "0 The first morning")
        await ui.press("pagedown pagedown")
        assert "more" not in title(ui, "0 The first morning")


async def test_a_title_makes_room_for_what_is_below(tmp_path: Path) -> None:
    async with person(tmp_path, "02", (60, 20)) as ui:
        assert "The first administ… ↓ more" in ui.screen
        await ui.resize(120, 60)
        assert "The first administrator ━" in ui.screen


async def test_a_page_of_the_lesson_that_goes_on_says_so_above_it(tmp_path: Path) -> None:
    async with person(tmp_path, "00", lessons="shown first") as ui:
        assert "more" not in ui.rows[0]
        await ui.press("right right")
        assert "page 3 of 5   ↓ more" in ui.rows[0]
        await ui.press("end")
        assert "more" not in ui.rows[0]


async def test_tab_comes_to_a_pane_of_words_only_while_not_all_of_it_is_in_sight(tmp_path: Path) -> None:
    async with person(tmp_path, "17") as ui:
        await ui.press("escape 3")
        await ui.rest()
        words = ui.app.screen.query_one("#reads")
        assert "in plain words tab ↓ more" in ui.screen
        await ui.press("tab")
        assert words.has_focus
        await ui.press("end")
        assert "more" not in title(ui, "in plain words")
    async with person(tmp_path, "17", (120, 60)) as ui:
        await ui.press("escape 3")
        await ui.rest()
        assert not ui.app.screen.query_one("#reads").can_focus


async def test_a_blank_line_at_the_end_is_no_more_to_read() -> None:
    prose = Prose()
    prose.show([Row("Read this."), line(""), Row(""), line(" ")])
    assert [content.plain for _, content in prose.lines] == ["Read this."]
