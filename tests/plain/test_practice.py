"""The word `practice`: topics, levels, and exercises that are drawn for the learner."""

from __future__ import annotations

from pathlib import Path

import pytest

from coffeeshop.lessons.exercises.choice import TOPICS
from tests.plain.test_empty import said, session


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    return tmp_path


def test_practice_alone_lists_every_topic_with_the_level_that_fits(tmp_path: Path):
    with session(tmp_path / "ana.sqlite") as plain:
        answer = said(plain, "practice")
    assert all(f"{topic}: " in answer for topic in TOPICS)
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
