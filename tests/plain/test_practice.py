"""The word `practice`: topics, levels, and exercises that are drawn for the learner."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.exercises.choice import ALL_TOPICS, Choice
from coffeeshop.lessons.exercises.exercise import draft
from tests.plain.test_empty import said, session


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    return tmp_path


def test_practice_alone_lists_every_topic_with_the_level_that_fits(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        answer = said(plain, "practice")
    assert all(f"{topic}: " in answer for topic in ALL_TOPICS)
    assert "level 1" in answer
    assert "level 4: a broken account" in answer


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("practice tea", "There is no topic tea."),
        ("practice groups 9", "takes a level: 1, 2, 3, 4"),
        ("practice diagnosis 2", "takes a level: 4"),
    ],
)
def test_a_topic_or_level_that_does_not_exist_is_named(
    tmp_path: Path, typed: str, expected: str
):
    with session(tmp_path / "ana.sqlite") as plain:
        assert expected in said(plain, typed)


def deliver(tmp_path: Path, choice: Choice) -> str:
    """Put an exercise into a teacher's folder, and return its id."""
    for name, body in draft(choice, 0).items():
        place = tmp_path / "mine" / choice.id / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(body)
    return choice.id


def test_an_exercise_without_other_names_says_so_in_plain_words(tmp_path: Path):
    id = deliver(tmp_path, Choice("groups", 1, 7))
    with session(tmp_path / "ana.sqlite", tmp_path / "mine") as plain:
        plain(f"play {id}")
        told = said(plain, "again 4")
        assert (
            told
            == "There is no variant 4: nothing here has other names. `again` begins it again."
        )


@pytest.mark.parametrize(("level", "has_template"), [(1, True), (2, False)])
def test_calls_name_the_template_at_level_one_and_fade_as_in_scenarios(
    tmp_path: Path, level: int, has_template: bool
):
    id = deliver(tmp_path, Choice("actions", level, 3))
    with session(tmp_path / "ana.sqlite", tmp_path / "mine") as plain:
        plain(f"play {id}")
        answer = said(plain, "calls")
        assert "aws iam put-group-policy" in answer
        assert ("named-1-blank.json" in answer) is has_template
        plain("settings help none")
        assert "put-group-policy" not in said(plain, "calls")


def test_hints_of_an_exercise_lead_from_a_question_to_the_solution(tmp_path: Path):
    id = deliver(tmp_path, Choice("actions", 2, 3))
    with session(tmp_path / "ana.sqlite", tmp_path / "mine") as plain:
        plain(f"play {id}")
        assert "?" in said(plain, "hint")
        said(plain, "hint")
        assert "put-group-policy" in said(plain, "hint")
