"""An author's own words: a glossary, a chapter, the sign over the door and the stations, all beside scenario.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coffeeshop.lessons.authoring.assertions import story, teaching
from coffeeshop.lessons.authoring.pack import pack_files
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.scenario.course import chapters
from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.scenario.load import load
from coffeeshop.lessons.teaching.glossary import glossary, glossary_of
from coffeeshop.policy.model import Problems
from coffeeshop.views.glossary import found_rows, words
from coffeeshop.views.picture.scene import floor

TERM = '[[term]]\nname = "sourdough"\nsays = "A bread that rises by itself."\nexample = "Kim bakes it."\n'
CHAPTER = '[[chapter]]\nnumber = 77\ntitle = "The bakery"\n'


@pytest.fixture
def bakery(tmp_path: Path) -> Path:
    """A scenario whose author calls the shop, a station, a chapter and a thing by other names."""
    folder = tmp_path / "91-the-bakery"
    shutil.copytree(course() / "05-receipts-drawer", folder)
    text = (folder / "scenario.toml").read_text("utf-8")
    text = text.replace("chapter = 2", "chapter = 77").replace(
        "05-receipts-drawer", folder.name
    )
    (folder / "scenario.toml").write_text(text, "utf-8")
    shop = (course() / "shop.toml").read_text("utf-8")
    own_names = (
        'sign = "Bakery"\nstation_names = {Register = "Counter", Espresso = "Oven"}\n'
    )
    (folder / "shop.toml").write_text(own_names + shop, "utf-8")
    (folder / "glossary.toml").write_text(TERM, "utf-8")
    (folder / "chapters.toml").write_text(CHAPTER, "utf-8")
    return folder


def test_a_chapter_of_ones_own_is_on_the_shelf_and_passes_the_check(bakery: Path):
    assert chapters(bakery.parent)[77] == "The bakery"
    assert chapters(bakery.parent)[1] == chapters()[1]
    assert [*story.chapter_exists(load(bakery))] == []


def test_a_glossary_of_ones_own_adds_to_the_course_s(bakery: Path):
    files = load(bakery).files
    assert glossary_of(files).find("sourdoughs")
    assert glossary_of(files).find("policy") == glossary().find("policy")
    assert "A bread that rises" in next(iter(found_rows("sourdough", files))).text
    assert [term.name for term in words("the sourdough", files)[0]] == ["sourdough"]
    assert glossary().find("sourdough") is None


def test_a_term_of_ones_own_takes_the_place_of_the_course_s(bakery: Path):
    (bakery / "glossary.toml").write_text(TERM.replace("sourdough", "badge"), "utf-8")
    files = load(bakery).files
    term = glossary_of(files).find("badge")
    assert term
    assert term.says == "A bread that rises by itself."


@pytest.mark.parametrize("text", ["[[term", '[[term]]\nname = "x"\n', TERM + TERM])
def test_a_glossary_that_cannot_be_read_is_told_to_its_author_and_learners_have_the_course_s(
    bakery: Path, text: str
):
    (bakery / "glossary.toml").write_text(text, "utf-8")
    scenario = load(bakery)
    with pytest.raises(Problems):
        glossary_of(scenario.files)
    assert [*teaching.terms_are_explained(scenario)]
    assert words("a policy", scenario.files) == words("a policy")


def test_a_chapters_file_that_cannot_be_read_is_told_to_its_author(bakery: Path):
    (bakery / "chapters.toml").write_text("[[chapter", "utf-8")
    assert [*story.chapter_exists(load(bakery))]
    assert 77 not in chapters(bakery.parent)


def test_the_sign_and_the_stations_have_the_author_s_names(bakery: Path):
    play = Play(load(bakery))
    shown = floor(play, ())
    assert shown.sign == "Bakery"
    assert {bay.name for bay in shown.bays} >= {"Counter", "Oven", "Payroll"}
    course_floor = floor(Play(load(course() / "05-receipts-drawer")), ())
    assert course_floor.sign == "Coffeeshop"
    assert "Register" in {bay.name for bay in course_floor.bays}


def test_a_pack_for_learners_has_the_author_s_names(bakery: Path):
    assert pack_files(load(bakery)).keys() >= {
        "shop.toml",
        "glossary.toml",
        "chapters.toml",
    }
