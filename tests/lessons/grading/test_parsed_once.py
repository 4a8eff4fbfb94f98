"""The command lines of jobs are parsed when a scenario is loaded, and not in a grade."""

from __future__ import annotations

import pytest

from coffeeshop.account.command import read
from coffeeshop.account.command.shell_words import split_line
from coffeeshop.lessons.grading.grade import grade
from tests.views.plays import played


@pytest.mark.parametrize("name", ["05", "15"])
def test_a_grade_parses_only_lines_with_drawn_names(
    monkeypatch: pytest.MonkeyPatch, name: str
):
    play = played(name, "solution")
    lines = [line.text for want in play.scenario.wants for line in want.do]
    drawn = sum("{new" in line for line in lines)
    parsed: list[str] = []

    def count_line(line: str):
        parsed.append(line)
        return split_line(line)

    monkeypatch.setattr(read, "split_line", count_line)
    assert grade(play).stars == 3
    assert len(parsed) <= drawn
    assert len(lines) > drawn
