"""`coffeeshop practice`: an exercise by topic, level and seed, which every other command knows by its id."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from coffeeshop.cli import group
from coffeeshop.lessons.exercises.choice import Choice
from coffeeshop.lessons.exercises.exercise import Exercise, exercise

ID = "practice-resources-1-1"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str, lines: str = "") -> Result:
    return CliRunner().invoke(group, words, input=lines)


def test_an_exercise_is_written_played_and_graded_by_its_id(home: Path):
    drawn = typed("practice", "--topic", "resources", "--seed", "1", "--no-play")
    folder = home / "data" / "exercises" / ID
    assert drawn.output == f"{ID}: {folder}\n"
    played = typed("play", ID, "--plain", lines="open\nquit\n")
    assert "0 of 4 jobs work" in played.output
    assert typed("run", ID, str(folder / "solution.sh")).exit_code == 0


def test_whoever_plays_begins_an_exercise_by_its_id(home: Path):
    played = typed("play", "05", "--plain", lines=f"play {ID}\nopen\nquit\n")
    assert "0 of 4 jobs work" in played.output


def test_an_exercise_that_another_process_draws_meanwhile_is_played(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    def drawn_twice(choice: Choice) -> Exercise:
        monkeypatch.undo()
        monkeypatch.setenv("COFFEESHOP_DATA", str(home / "data"))
        assert typed("practice", "--topic", "resources", "--seed", "1", "--no-play").exit_code == 0
        return exercise(choice)

    monkeypatch.setattr("coffeeshop.lessons.exercises.exercise.exercise", drawn_twice)
    drawn = typed("practice", "--topic", "resources", "--seed", "1", "--no-play")
    assert (drawn.exit_code, drawn.output) == (0, f"{ID}: {home / 'data' / 'exercises' / ID}\n")
    assert [path.name for path in (home / "data" / "exercises").iterdir()] == [ID]


def test_what_is_typed_wrongly_is_told(home: Path):
    assert "is not one of" in typed("practice", "--topic", "tea").output
    assert "1<=x<=4" in typed("practice", "--level", "9").output
    assert "practice-tea-1-1" in typed("play", "practice-tea-1-1", "--plain").output


def test_a_home_that_takes_nothing_is_named(home: Path):
    (home / "data").write_text("no folder")
    found = typed("practice", "--topic", "resources", "--seed", "1", "--no-play")
    assert found.exit_code == 2
    assert "cannot be written" in found.output
