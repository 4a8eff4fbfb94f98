"""`coffeeshop author pack`: folders and a wheel for students, who play and hand in what the teacher grades."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64decode
from csv import reader
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from coffeeshop.cli import group
from coffeeshop.cli.wheel import build_wheel
from tests.lessons.folder import FILES, ID, folder, policy, put

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder(tmp_path / "mine", FILES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", "data")
    return tmp_path


def coffeeshop(*line: str, typed: str = "") -> Result:
    return CliRunner().invoke(group, line, input=typed)


def test_a_student_plays_a_pack_and_the_teacher_grades_it(mine: Path):
    done = coffeeshop("author", "pack", ID, "--scenarios", "mine", "--out", "students")
    assert (done.exit_code, "--scenarios students" in done.stdout) == (0, True)
    coffeeshop(
        "play", ID, "--scenarios", "students", "--plain", typed=put(policy("s3:GetObject"))
    )
    assert (
        coffeeshop(
            "export", ID, "--scenarios", "students", "--out", "kim.handin.jsonl"
        ).exit_code
        == 0
    )
    assert coffeeshop("grade", "kim.handin.jsonl", "--scenarios", "mine").exit_code == 0


def test_a_pack_stands_for_the_scenario_of_the_course(mine: Path):
    assert coffeeshop("author", "pack", "05", "--out", "students").exit_code == 0
    said = coffeeshop(
        "play", "05", "--scenarios", "students", "--plain", typed="show solution.sh\n"
    ).stdout
    assert "There is no file solution.sh" in said


def test_nothing_is_written_over_and_nothing_half(mine: Path):
    assert (
        coffeeshop("author", "pack", ID, "--scenarios", "mine", "--out", "mine").exit_code
        == 2
    )
    (mine / "file").write_text("x")
    done = coffeeshop("author", "pack", ID, "--scenarios", "mine", "--out", "file/x")
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)
    assert coffeeshop("author", "pack", "99-nowhere", "--out", "x").exit_code == 2
    assert not (mine / "x").exists()


def test_a_wheel_is_the_program_with_these_scenarios_alone(mine: Path):
    name, program = build_wheel({f"{ID}/scenario.toml": b"x"}, "students")
    assert (name, program) == build_wheel({f"{ID}/scenario.toml": b"x"}, "students")
    # pip leaves what is installed if the version is the same.
    assert build_wheel({f"{ID}/scenario.toml": b"y"}, "students")[0] != name
    with ZipFile(BytesIO(program)) as packed:
        names = packed.namelist()
        (info,) = {name.partition("/")[0] for name in names if ".dist-info" in name}
        for name, digest, size in reader(
            packed.read(f"{info}/RECORD").decode().splitlines()
        ):
            if digest:
                body = packed.read(name)
                assert (
                    urlsafe_b64decode(digest.removeprefix("sha256=") + "=")
                    == sha256(body).digest()
                )
                assert int(size) == len(body)
    assert not any(
        name.endswith("/solution.sh") for name in names if "template" not in name
    )
    assert [
        name for name in names if name.endswith("scenario.toml") and "template" not in name
    ] == [f"coffeeshop/_scenarios/{ID}/scenario.toml"]


@pytest.mark.skipif(
    sys.platform == "win32", reason="a limit of files stands for a full disk"
)
@pytest.mark.parametrize(
    "words", [("pack", ID, "--wheel"), ("autograder", "gradescope", ID)], ids=" ".join
)
def test_a_full_disk_leaves_the_zip_file_that_was_there(mine: Path, words: tuple[str, ...]):
    line = (
        "author",
        *words,
        "--scenarios",
        "mine",
        "--out",
        "out" if "pack" in words else "out/it.zip",
    )
    (mine / "out").mkdir()
    assert coffeeshop(*line).exit_code == 0
    (written,) = (mine / "out").iterdir()
    written.write_bytes(b"what was there")
    start = "from resource import *; setrlimit(RLIMIT_FSIZE, (10_000, 10_000)); from coffeeshop.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-B", "-c", start, *line],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, "cannot be written" in done.stderr) == (2, True), done.stderr
    assert [(path, path.read_bytes()) for path in (mine / "out").iterdir()] == [
        (written, b"what was there")
    ]


@pytest.mark.slow
def test_a_wheel_runs_where_nothing_else_of_the_program_is(mine: Path):
    assert coffeeshop("author", "pack", "05", "--wheel", "--out", "wheels").exit_code == 0
    (written,) = (mine / "wheels").iterdir()
    with ZipFile(written) as packed:
        packed.extractall(mine / "installed")
    start = "import sys; sys.path.insert(0, 'installed'); from coffeeshop.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start, "scenarios"],
        capture_output=True,
        text=True,
        cwd=mine,
        check=True,
    )
    assert re.findall(r"\b\d\d-[a-z-]+", done.stdout) == ["05-receipts-drawer"]


# -------------------------------------------------------------------- autograders
HANDIN = put(policy("s3:GetObject"))


def unpacked(system: str, below: Path) -> Path:
    """Returns the folder in which an autograder was unpacked, with what it was told to run as `coffeeshop`."""
    done = coffeeshop(
        "author",
        "autograder",
        system,
        ID,
        "--scenarios",
        "mine",
        "--points",
        "20",
        "--out",
        "it.zip",
    )
    assert done.exit_code == 0, done.output
    with ZipFile("it.zip") as archive:
        archive.extractall(below)
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
    assert all(
        (mode & 0o111 != 0) is name.endswith((".sh", "run_autograder"))
        for name, mode in modes.items()
    )
    program = below / "venv" / "bin" / "coffeeshop"
    program.parent.mkdir(parents=True)
    program.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m coffeeshop --scenarios "{Path.cwd()}/mine" "$@"\n'
    )
    program.chmod(0o755)
    return below


def run(script: Path, **environment: str) -> None:
    paths = f"{script.parent / 'venv' / 'bin'}:{script.parent.parent / 'venv' / 'bin'}:{os.environ['PATH']}"
    given = {**os.environ, **environment, "PATH": paths, "PYTHONPATH": str(ROOT)}
    subprocess.run(["bash", str(script)], check=True, env=given, capture_output=True)


def handed_in(target: Path) -> None:
    coffeeshop("play", ID, "--scenarios", "mine", "--plain", typed=HANDIN)
    target.mkdir(parents=True)
    assert (
        coffeeshop(
            "export",
            ID,
            "--scenarios",
            "mine",
            "--out",
            str(target / "05.handin (1).jsonl"),
        ).exit_code
        == 0
    )
    (target / "notes.txt").write_text("hello")


@pytest.mark.slow
def test_gradescopes_autograder_grades_the_best_hand_in_of_a_submission(mine: Path):
    root = unpacked("gradescope", mine / "autograder")
    handed_in(root / "submission")
    run(root / "run_autograder", AUTOGRADER_ROOT=str(root))
    results = json.loads((root / "results" / "results.json").read_text())
    assert (results["score"], {test["status"] for test in results["tests"]}) == (
        20,
        {"passed"},
    )


@pytest.mark.slow
def test_prairielearns_grader_tells_what_is_no_hand_in(mine: Path):
    root = unpacked("prairielearn", mine / "grade")
    (root / "student").mkdir()
    run(root / "image" / "grade.sh", GRADE_ROOT=str(root))
    assert json.loads((root / "results" / "results.json").read_text())["gradable"] is False
    handed_in(root / "more")
    (root / "more" / "05.handin (1).jsonl").rename(root / "student" / "handin.jsonl")
    run(root / "image" / "grade.sh", GRADE_ROOT=str(root))
    assert json.loads((root / "results" / "results.json").read_text())["score"] == 1
    info = json.loads((root / "questions" / ID / "info.json").read_text())
    assert info["externalGradingOptions"]["entrypoint"] == "/usr/local/bin/grade.sh"
