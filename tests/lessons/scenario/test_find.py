"""A scenario is found by what people call it."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.scenario import schema
from coffeeshop.lessons.scenario.find import course, find, folders, scenario_form, story
from coffeeshop.lessons.scenario.schema import (
    SCENARIO_FILE,
    TABLE_PATTERN,
    Heading,
    read_heading,
)
from coffeeshop.lessons.scenario.toml_tables import read_toml
from coffeeshop.policy.problem import Problems
from tests.tables import each_row


@pytest.mark.parametrize("said", ["C1", "c1", "C1-opening-week", "c1-Opening-Week"])
def test_a_capstone_is_found_by_its_letter_and_number_in_either_case(said: str):
    assert find(said) == course() / "C1-opening-week"


def test_a_story_read_alone_is_the_story_of_the_whole_file():
    for folder in folders():
        assert story(folder) == scenario_form(folder).story


def test_a_story_is_told_without_reading_the_tables_behind_it(tmp_path: Path):
    original = (folders()[5] / SCENARIO_FILE).read_text(encoding="utf-8")
    (tmp_path / SCENARIO_FILE).write_text(original + "\n[nonsense", encoding="utf-8")
    assert story(tmp_path) == story(folders()[5])


def test_a_story_that_cannot_be_read_names_the_problem(tmp_path: Path):
    original = (folders()[5] / SCENARIO_FILE).read_text(encoding="utf-8")
    (tmp_path / SCENARIO_FILE).write_text(
        original.replace("[story]\n", "[tale]\n", 1), encoding="utf-8"
    )
    with pytest.raises(Problems, match="tale"):
        story(tmp_path)


@pytest.mark.parametrize("place", folders(), ids=lambda place: place.name)
def test_a_heading_of_the_course_is_read_as_toml_reads_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
):
    text = (place / SCENARIO_FILE).read_text(encoding="utf-8")
    expected = read_toml(TABLE_PATTERN.split(text, 1)[0], Heading, SCENARIO_FILE)
    monkeypatch.setattr(schema, "read_toml", None)  # calling it fails
    assert read_heading(text) == expected


@each_row(
    (line,)
    for line in [
        'title = "Two \\"quoted\\" words"',
        'title = "A tab\\tand a \\u0041"',
        "title = 'in single quotes'",
        'title = "With a comment"  # here',
        'title = """\nOver lines"""',
        'title = "Once"\ntitle = "Twice"',
        'title = "a" "b"',
        'title = "A list that ends with a comma"\nafter = ["a", ]',
        'title = "Nested"\nafter = [["a"]]',
        'title = "A number"\nminutes = 1_0',
        'title = "A zero"\nminutes = 0',
        'title = "A date"\nminutes = 2026-03-02',
        'title = ""',
        'title = "An unknown key"\ncolour = "red"',
    ]
)
def test_a_heading_in_any_other_form_is_what_toml_reads(line: str):
    head = f'format = 1\nid = "90-x"\n{line}\nchapter = 2\narticle = "IAM"\nobjective = "One"\n'
    try:
        expected = read_toml(head, Heading, SCENARIO_FILE)
    except Problems:
        with pytest.raises(Problems):
            read_heading(f"{head}[story]\n")
    else:
        assert read_heading(f"{head}[story]\n") == expected
