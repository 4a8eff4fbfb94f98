"""Room to read: what matters on the shelf, in a brief, a hint and a debrief is seen without scrolling."""

from __future__ import annotations

import tomllib
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from textual._compositor import Compositor

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.course import headings
from coffeeshop.lessons.scenario.find import folders, number
from coffeeshop.tui.widgets.prose import Prose, ProsePane
from coffeeshop.tui.widgets.row_list import RowList
from coffeeshop.views.picture.shelf_columns import short_title
from coffeeshop.views.text import paragraphs
from tests.examples import choose_cases, some
from tests.tables import each_row
from tests.tui.driver import Person, compose_no_frame, person
from tools.gallery import course_pictures, prepare

STORY_WORDS = 90
SIZES = [(80, 24), (120, 40)]
NAMES = [folder.name for folder in folders()]
LONG = (
    "C1-",
    "C2-",
    "C3-",
    "C4-",
    "20-",
    "28-",
)  # their checks or reports need several pages
PAGED = [name for name in NAMES if name.startswith(LONG)]
READ = choose_cases(sorted({*PAGED, *some(NAMES, 2)}), NAMES)
SOME = some(NAMES, 4)  # where no length decides


@each_row(((folder,) for folder in folders()), lambda folder: folder.name)
def test_a_story_has_ninety_words_at_most(folder: Path) -> None:
    story = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))["story"]["text"]
    assert len(story.split()) <= STORY_WORDS


async def test_the_shelf_shows_every_title_and_its_stars_without_a_key(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, size=SIZES[1]) as ui:
        for form in headings().values():
            label = f"{number(form.id):<2} ☆☆☆ {form.title}"
            assert any(label in row for row in ui.rows)


async def test_the_low_shelf_shows_every_title_too_shortened_where_it_must_be(
    tmp_path: Path,
) -> None:
    async with person(tmp_path, size=SIZES[0]) as ui:
        for form in headings().values():
            shown = {short_title(form.title, cells) for cells in (18, 19)}
            assert any(f"{number(form.id):<2} ☆☆☆ {each}" in ui.screen for each in shown)
        assert " more" not in ui.screen


async def test_the_low_shelf_tells_what_the_scenario_under_the_cursor_is_about(
    tmp_path: Path,
) -> None:
    async with person(tmp_path) as ui:
        for form in list(headings().values())[:6]:
            assert form.objective in ui.screen
            await ui.press("down")


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
async def test_the_whole_brief_is_seen_at_once(tmp_path: Path, name: str) -> None:
    async with person(tmp_path, name) as ui:
        for size in SIZES:
            await ui.resize(*size)
            assert not ui.app.screen.query_one("#story", ProsePane).max_scroll_y
            if not name.startswith(LONG):
                assert "⏎ Read on" not in ui.rows[-1]
                is_diagnosis = bool(ui.play.scenario.cases)
                shown = ("Reported", "Solved") if is_diagnosis else ("Must work", "Refused")
                for label in (*shown, "Limits"):
                    assert label in ui.screen


def squeezed(text: str) -> str:
    """A text without blanks and line ends, since a long address is cut where a line ends."""
    return "".join(text.split())


def seen_words(ui: Person) -> str:
    """What stands in the frame of the findings, without blanks."""
    pane = ui.app.screen.query_one("#findings", ProsePane)
    region = pane.query_one(Prose).region.intersection(pane.content_region)
    rows = ui.rows[region.y : region.bottom]
    return squeezed(" ".join(row[region.x : region.right] for row in rows))


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
async def test_a_hint_is_seen_whole(tmp_path: Path, name: str) -> None:
    async with person(tmp_path, name, brief=False) as ui:
        await ui.press("c")
        await ui.rest()
        (finding,) = [
            each
            for each in ui.app.sitting.report.findings  # pyright: ignore[reportOptionalMemberAccess]
            if ui.app.sitting.hints_read.get(each.ladder)
        ][:1]
        for size in SIZES:
            await ui.resize(*size)
            assert squeezed(finding.hints[0]) in seen_words(ui), size


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
async def test_the_debrief_is_seen_whole(tmp_path: Path, name: str) -> None:
    with closing(Progress(tmp_path / "casey.sqlite3")) as progress:
        prepare(progress, name, graded=True)
    async with person(tmp_path, name, brief=False) as ui:
        await ui.press("g")
        await ui.rest()
        for size in SIZES:
            await ui.resize(*size)
            words = seen_words(ui)
            for text in paragraphs(ui.play.scenario.debrief):
                assert squeezed(text) in words, size


@pytest.mark.slow
@pytest.mark.parametrize("name", SOME)
async def test_what_a_person_has_and_what_is_wrong_is_seen_without_scrolling(
    tmp_path: Path, name: str
) -> None:
    async with person(tmp_path, name, brief=False) as ui:
        await ui.press("2")
        people, has, asked = (
            ui.app.screen.query_one(id, RowList) for id in ("#list", "#attached", "#wanted")
        )
        seen_people: list[str] = []
        while (chosen := people.chosen_id) not in seen_people:
            seen_people.append(chosen)
            assert not has.max_scroll_y  # groups, policies and credentials
            right = [content.plain.startswith("✓") for _, content in asked._shown]  # pyright: ignore[reportPrivateUsage]  # rows have no public door
            assert right == sorted(right)  # what is wrong comes first
            assert asked.size.height > 0 or not asked.display
            await ui.press("down")
        assert len(seen_people) >= 1


@pytest.mark.slow
async def test_a_picture_is_drawn_of_every_brief_list_hint_and_debrief(
    tmp_path: Path,
) -> None:
    name = NAMES[5]
    with patch.object(Compositor, "render_update", compose_no_frame):
        await course_pictures(tmp_path, [name])
    shown_words = {
        "brief": "What will be checked",
        "people": "casey",
        "policies": "espresso-role",
        "hint": "Casey lists the receipts",
        "debrief": "s3:ListBucket",
    }
    for size in ("80x24", "120x40"):
        assert "The first morning" in (tmp_path / f"shelf-{size}.svg").read_text("utf-8")
        assert (tmp_path / f"{name}-floor-{size}.svg").is_file()
        for view, words in shown_words.items():
            drawn = (tmp_path / f"{name}-{view}-{size}.svg").read_text("utf-8")
            assert words in drawn, (view, size)
