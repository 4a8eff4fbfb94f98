"""`coffeeshop check-up`: the questions of a chapter, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from coffeeshop.cli import group


def typed(*words: str, lines: str = "") -> str:
    return CliRunner().invoke(group, words, input=lines).output


def test_a_chapter_is_asked_at_once_and_without_one_the_chapters_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path))
    asked = typed("check-up", "--chapter", "4", lines="a\n")
    assert "Question 1 of 6" in asked
    assert "Question 2 of 6" in asked
    assert "4 No means no: 1 of 6 answered" in typed("check-up")
    assert "takes the number of a chapter" in typed("check-up", "--chapter", "42")
