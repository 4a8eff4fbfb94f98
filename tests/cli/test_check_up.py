"""`coffeeshop check-up`: the questions of a chapter, line by line."""

from __future__ import annotations

import json
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


def test_the_results_before_and_after_are_one_json_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path))
    assert "Question 1 of 10" in typed("check-up", "--before")
    assert (
        json.loads(typed("check-up", "--before", lines="a\n") and _results())["gain"]
        is None
    )
    typed("check-up", "--before", lines="a\n" * 9)
    typed("check-up", "--after", lines="a\n" * 10)
    results = json.loads(_results())
    assert results["before"]["of"] == results["after"]["of"] == 10
    assert results["gain"]["low"] <= results["gain"]["gain"] <= results["gain"]["high"]
    assert "choose one" in typed("check-up", "--before", "--json")


def _results() -> str:
    return typed("check-up", "--json")
