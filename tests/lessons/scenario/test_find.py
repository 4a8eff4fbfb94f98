"""A scenario is found by what people call it."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.scenario.find import course, find, folders, scenario_form, story
from coffeeshop.lessons.scenario.schema import FILE
from coffeeshop.policy.problem import Problems


@pytest.mark.parametrize("said", ["C1", "c1", "C1-opening-week", "c1-Opening-Week"])
def test_a_capstone_is_found_by_its_letter_and_number_in_either_case(said: str):
    assert find(said) == course() / "C1-opening-week"


def test_a_story_read_alone_is_the_story_of_the_whole_file():
    for folder in folders():
        assert story(folder) == scenario_form(folder).story


def test_a_story_is_told_without_reading_the_tables_behind_it(tmp_path: Path):
    original = (folders()[5] / FILE).read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(original + "\n[nonsense", encoding="utf-8")
    assert story(tmp_path) == story(folders()[5])


def test_a_story_that_cannot_be_read_names_the_problem(tmp_path: Path):
    original = (folders()[5] / FILE).read_text(encoding="utf-8")
    (tmp_path / FILE).write_text(
        original.replace("[story]\n", "[tale]\n", 1), encoding="utf-8"
    )
    with pytest.raises(Problems, match="tale"):
        story(tmp_path)
