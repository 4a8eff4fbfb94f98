"""`coffeeshop author pack`: folders and a wheel for students, who play and hand in what the teacher grades."""

from __future__ import annotations

import subprocess
import sys
from base64 import urlsafe_b64decode
from csv import reader
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from coffeeshop.cli import group
from coffeeshop.cli.wheel import write_wheel
from tests.lessons.folder import FILES, ID, folder, policy, put


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
    coffeeshop("play", ID, "--scenarios", "students", "--plain", typed=put(policy("s3:GetObject")))
    assert coffeeshop("export", ID, "--scenarios", "students", "--out", "kim.handin.jsonl").exit_code == 0
    assert coffeeshop("grade", "kim.handin.jsonl", "--scenarios", "mine").exit_code == 0


def test_nothing_is_written_over_and_nothing_half(mine: Path):
    assert coffeeshop("author", "pack", ID, "--scenarios", "mine", "--out", "mine").exit_code == 2
    (mine / "file").write_text("x")
    done = coffeeshop("author", "pack", ID, "--scenarios", "mine", "--out", "file/x")
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)
    assert coffeeshop("author", "pack", "99-nowhere", "--out", "x").exit_code == 2
    assert not (mine / "x").exists()


def test_a_wheel_is_the_program_with_these_scenarios_alone(mine: Path):
    wheel = write_wheel(mine / "wheels", {f"{ID}/scenario.toml": b"x"})
    assert wheel.read_bytes() == write_wheel(mine / "again", {f"{ID}/scenario.toml": b"x"}).read_bytes()
    with ZipFile(wheel) as packed:
        names = packed.namelist()
        (info,) = {name.partition("/")[0] for name in names if ".dist-info" in name}
        for name, digest, size in reader(packed.read(f"{info}/RECORD").decode().splitlines()):
            if digest:
                body = packed.read(name)
                assert urlsafe_b64decode(digest.removeprefix("sha256=") + "=") == sha256(body).digest()
                assert int(size) == len(body)
    assert not any("solution" in name for name in names if "template" not in name)
    assert [name for name in names if name.endswith("scenario.toml") and "template" not in name] == [
        f"coffeeshop/_scenarios/{ID}/scenario.toml"
    ]


@pytest.mark.slow
def test_a_wheel_runs_where_nothing_else_of_the_program_is(mine: Path):
    assert coffeeshop("author", "pack", "05", "--wheel", "--out", "wheels").exit_code == 0
    (wheel,) = (mine / "wheels").iterdir()
    with ZipFile(wheel) as packed:
        packed.extractall(mine / "installed")
    start = "import sys; sys.path.insert(0, 'installed'); from coffeeshop.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", start, "scenarios"], capture_output=True, text=True, cwd=mine, check=True
    )
    assert [said.split()[0] for said in done.stdout.splitlines()] == ["05-receipts-drawer"]
