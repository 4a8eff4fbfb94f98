"""`coffeeshop practice`: an exercise by topic, level and seed, which every other command knows by its id."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from coffeeshop.cli import group
from coffeeshop.lessons.exercises.choice import Choice
from coffeeshop.lessons.exercises.exercise import Exercise, exercise

ID = "practice-resources-level1-1"
FIRST_EDITION = "practice-resources-1-1"


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
        assert (
            typed("practice", "--topic", "resources", "--seed", "1", "--no-play").exit_code
            == 0
        )
        return exercise(choice)

    monkeypatch.setattr("coffeeshop.lessons.exercises.exercise.exercise", drawn_twice)
    drawn = typed("practice", "--topic", "resources", "--seed", "1", "--no-play")
    assert (drawn.exit_code, drawn.output) == (
        0,
        f"{ID}: {home / 'data' / 'exercises' / ID}\n",
    )
    assert [path.name for path in (home / "data" / "exercises").iterdir()] == [ID]


def test_what_is_typed_wrongly_is_told(home: Path):
    assert "is not one of" in typed("practice", "--topic", "tea").output
    assert "1<=x<=4" in typed("practice", "--level", "9").output
    assert "practice-tea-1-1" in typed("play", "practice-tea-1-1", "--plain").output
    odd = typed("practice", "--topic", "diagnosis", "--level", "2")
    assert "diagnosis has only level 4" in odd.output


def test_ids_of_the_first_edition_are_still_played(home: Path):
    played = typed("play", FIRST_EDITION, "--plain", lines="open\nquit\n")
    assert "0 of 4 jobs work" in played.output
    assert (home / "data" / "exercises" / FIRST_EDITION).is_dir()


def drawn_level(topic: str) -> str:
    """The level of an exercise that is drawn without naming one."""
    return typed("practice", "--topic", topic, "--no-play", "--seed", "1").output.split(
        "-"
    )[2]


def test_the_level_rises_with_what_the_learner_has_solved(home: Path):
    assert drawn_level("resources") == "level1"
    for level in (1, 2):
        id = f"practice-resources-level{level}-1"
        solution = home / "data" / "exercises" / id / SOLUTION
        typed(
            "practice",
            "--topic",
            "resources",
            "--level",
            str(level),
            "--seed",
            "1",
            "--no-play",
        )
        answer = inlined(solution.read_text(), solution.parent)
        typed("play", id, "--plain", lines=f"{answer}grade\nquit\n")
        assert drawn_level("resources") == f"level{level + 1}"
    assert drawn_level("groups") == "level1"


def test_a_home_that_takes_nothing_is_named(home: Path):
    (home / "data").write_text("no folder")
    found = typed("practice", "--topic", "resources", "--seed", "1", "--no-play")
    assert found.exit_code == 2
    assert "cannot be written" in found.output


# ------------------------------------------------------------------- for students
SOLUTION = "solution.sh"


def test_a_packed_exercise_holds_no_solution_and_what_is_played_there_is_graded_by_the_whole(
    home: Path,
):
    (home / "given.csv").write_text("learner,practice\nana,1\nbo,2000\n")
    line = (
        "author",
        "pack",
        "--practice",
        "resources",
        "--roster",
        "given.csv",
        "--out",
        "packs",
    )
    done = typed(*line)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (home / "packs").iterdir()) == [
        ID,
        "practice-resources-level1-2000",
    ]
    answers = (home / "data" / "exercises" / ID / SOLUTION).read_text()
    packs = [path for path in (home / "packs").rglob("*") if path.is_file()]
    assert not any(path.name == SOLUTION or "wrong" in path.parts for path in packs)
    told = "".join(path.read_text() for path in packs)
    lines = [line for line in answers.splitlines() if line.startswith("aws")]
    assert lines
    assert not any(line in told for line in lines)


@pytest.mark.slow
def test_what_students_install_holds_no_solution_draws_none_and_plays_what_was_packed(
    home: Path,
):
    assert typed("author", "pack", "05", ID, "--wheel", "--out", "wheels").exit_code == 0
    (packed,) = (home / "wheels").iterdir()
    with ZipFile(packed) as archive:
        archive.extractall(home / "installed")
    solution = (home / "data" / "exercises" / ID / SOLUTION).read_text()
    found = [
        path.name
        for path in (home / "installed" / "coffeeshop" / "lessons" / "exercises").iterdir()
    ]
    assert sorted(found) == ["__init__.py", "choice.py", "level.py"]

    def student(*words: str, lines: str = "") -> str:
        start = "import sys; sys.path.insert(0, 'installed'); from coffeeshop.cli import main; main()"
        environment = {**os.environ, "COFFEESHOP_DATA": str(home / "student")}
        done = subprocess.run(
            [sys.executable, "-c", start, *words],
            input=lines,
            capture_output=True,
            text=True,
            env=environment,
        )
        return done.stdout + done.stderr

    assert "0 of 4 jobs work" in student("practice", "--plain", lines="open\nquit\n")
    assert (
        "your teacher's package has no exercise that fits this; play the one that is yours with coffeeshop play ID, where ID is one of "
        + ID
        in student("practice", "--seed", "2", "--plain")
    )
    assert "There is no file solution.sh" in student(
        "play", ID, "--plain", lines="show solution.sh\n"
    )
    (home / "answer.sh").write_text(inlined(solution, home / "data" / "exercises" / ID))
    assert "3 of 3 stars" in student("run", ID, "answer.sh")
    assert not [path for path in (home / "student").rglob("*") if path.name == SOLUTION]
    student("play", ID, "--plain", lines=(home / "answer.sh").read_text())
    student("export", ID, "--out", "ana.handin.jsonl")
    assert typed("grade", "ana.handin.jsonl").exit_code == 0
    assert "3 of 3 stars" in student("grade", "ana.handin.jsonl")


def inlined(script: str, folder: Path) -> str:
    """A script with the documents that it reads written into its lines, as a learner writes them."""
    for path in folder.rglob("*.json"):
        name = path.relative_to(folder).as_posix()
        script = script.replace(f"file://{name}", f"'{' '.join(path.read_text().split())}'")
    return script


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name a scenario"),
        (("--practice", "roles"), "together"),
        (("--roster", "given.csv"), "together"),
        (("--practice", "roles", "--roster", "given.csv"), "has no practice seed for ana"),
    ],
)
def test_exercises_of_a_class_need_its_seeds(home: Path, words: tuple[str, ...], said: str):
    (home / "given.csv").write_text("learner\nana\n")
    done = typed("author", "pack", *words, "--out", "packs")
    assert (done.exit_code, said in done.stderr) == (2, True)
