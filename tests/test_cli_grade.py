"""`coffeeshop grade`: a class with bad files in it is graded all the same; exit codes; where reports are written."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from coffeeshop.cli import grade as command
from coffeeshop.cli import group
from coffeeshop.lessons.play.handin import written
from tests.lessons.folder import FILES, ID, folder, played, scenario

ROOT = Path(__file__).parent.parent


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of scenarios, a class of hand-ins beside it, and we are there."""
    lesson = scenario(folder(tmp_path / "mine"))
    for who, script in (("ada", "solution.sh"), ("bo", "wrong/tonight.sh"), ("cy", "solution.sh")):
        home = tmp_path / "class" / who
        home.mkdir(parents=True)
        (home / "05.handin.jsonl").write_text(written(played(lesson, FILES[script])))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_SCENARIOS", "mine")
    monkeypatch.setenv("COFFEESHOP_DATA", "data")
    return tmp_path


def grade(*line: str) -> Result:
    return CliRunner().invoke(group, ["grade", *line])


def test_a_class_is_graded_in_order_and_the_worst_is_the_exit_code(mine: Path):
    done = grade("class", "--jobs", "2")
    assert done.exit_code == 1
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == [
        "class/ada/05.handin.jsonl", "class/bo/05.handin.jsonl", "class/cy/05.handin.jsonl",
    ]  # fmt: skip
    assert grade("class/ada", "class/cy").exit_code == 0


def test_one_hand_in_is_told_in_full(mine: Path):
    done = grade("class/bo/05.handin.jsonl")
    assert "The call in the brief works, its siblings do not" in done.stdout
    assert done.exit_code == 1
    assert grade("class/bo/05.handin.jsonl", "--need", "0").exit_code == 0


@pytest.mark.parametrize(("data", "said"), [
    (b"\x00\xff", "it is no text"), (b"", "no header"), (b'{"format": 9}', "of format 9"), (b"[" * 2_000_000, "larger than 1,048,576 bytes"),
], ids=["binary", "empty", "another format", "huge"])  # fmt: skip
def test_a_bad_file_among_others_is_told_and_the_others_are_graded(mine: Path, data: bytes, said: str):
    (mine / "class" / "zoe.handin.jsonl").write_bytes(data)
    done = grade("class")
    assert done.exit_code == 2
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    assert said in lines[3]
    assert lines[0].endswith("★★★ 100")


def test_cut_edited_and_backwards_are_ungradable_with_their_reasons(mine: Path):
    good = (mine / "class" / "ada" / "05.handin.jsonl").read_text()
    (mine / "class" / "cut.handin.jsonl").write_text(good.splitlines()[0])
    (mine / "class" / "edited.handin.jsonl").write_text(good.replace("GetObject", "GetObjekt"))
    (mine / "class" / "early.handin.jsonl").write_text(good.replace("2026-03-02T08", "2026-03-02T07"))
    said = {line.partition(": ")[0]: line for line in grade("class").stdout.splitlines()}
    assert "it has 0 of its 1 calls" in said["class/cut.handin.jsonl"]
    assert "it was edited" in said["class/edited.handin.jsonl"]
    assert "it was edited" in said["class/early.handin.jsonl"]
    assert "100" in said["class/ada/05.handin.jsonl"]


def test_what_is_named_twice_is_graded_once(mine: Path):
    assert len(grade("class", "class/ada/05.handin.jsonl", "class").stdout.splitlines()) == 3


def test_a_file_that_is_not_there_is_told_and_the_others_are_graded(mine: Path):
    done = grade("nosuch", "class/ada")
    assert done.exit_code == 2
    assert "nosuch: ungradable: nosuch cannot be read: No such file or directory" in done.stdout
    assert "★★★" in done.stdout


def test_a_folder_without_hand_ins_is_told(mine: Path):
    (mine / "empty").mkdir()
    done = grade("empty")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "there is no hand-in in empty" in done.stderr


def test_scripts_are_graded_with_their_scenario(mine: Path):
    (mine / "class" / "dan.sh").write_text(FILES["solution.sh"])
    assert len(grade("class").stdout.splitlines()) == 3
    assert len(grade("class", "--scenario", ID).stdout.splitlines()) == 4
    assert "add --scenario ID" in grade("class/dan.sh").stdout


def test_a_scenario_that_there_is_not_is_told_before_anything(mine: Path):
    done = grade("class", "--scenario", "99-nowhere")
    assert (done.exit_code, done.stdout) == (2, "")
    assert 'there is no scenario "99-nowhere"' in done.stderr


def test_another_version_is_ungradable_unless_it_is_accepted(mine: Path):
    (mine / "mine" / ID / "more.txt").write_text("x")
    assert grade("class/ada").exit_code == 2
    assert grade("class/ada", "--accept-digest").exit_code == 0


def test_one_that_takes_too_long_costs_nothing_and_the_others_are_graded(mine: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(command, "SECONDS", -1000.0)
    done = grade("class")
    assert done.exit_code == 2
    assert len(done.stdout.splitlines()) == 3
    assert "ungradable: it takes more than" in done.stdout


# -------------------------------------------------------------------- formats
def test_json_lines_hold_a_document_each(mine: Path):
    documents = [json.loads(line) for line in grade("class", "--format", "json").stdout.splitlines()]
    assert [document["stars"] for document in documents] == [3, 0, 3]


def test_the_same_class_gives_the_same_bytes_with_any_number_of_processes(mine: Path):
    for form in ("json", "junit", "csv"):
        assert (
            grade("class", "--format", form, "--jobs", "1").stdout
            == grade("class", "--format", form, "--jobs", "3").stdout
        )


def test_junit_and_csv_hold_the_whole_class_in_one_file(mine: Path):
    assert grade("class", "--format", "junit", "--out", "all.xml").stdout == ""
    assert len(ElementTree.parse(mine / "all.xml").getroot()) == 3
    grade("class", "--format", "csv", "--out", "all.csv")
    with (mine / "all.csv").open(newline="") as file:
        assert [row["stars"] for row in csv.DictReader(file)] == ["3", "0", "3"]


def test_a_folder_gets_a_report_for_each_and_names_never_collide(mine: Path):
    (mine / "class-ada").mkdir()
    (mine / "class-ada" / "05.handin.jsonl").write_bytes((mine / "class/bo/05.handin.jsonl").read_bytes())
    done = grade("class", "class-ada", "--format", "gradescope", "--out", "reports/")
    assert len(done.stdout.splitlines()) == 4
    scores = {path.name: json.loads(path.read_text())["score"] for path in (mine / "reports").iterdir()}
    assert scores == {
        "class-ada-05.results.json": 100, "class-bo-05.results.json": 0, "class-cy-05.results.json": 100,
        "class-ada-05-2.results.json": 0,
    }  # fmt: skip


def test_gradescope_takes_one_on_standard_output_and_many_only_in_a_folder(mine: Path):
    assert json.loads(grade("class/ada/05.handin.jsonl", "--format", "gradescope").stdout)["score"] == 100
    done = grade("class", "--format", "gradescope")
    assert done.exit_code == 2
    assert "add --out FOLDER/" in done.stderr
    assert grade("class", "--format", "gradescope", "--out", "new").exit_code == 1
    assert len([*(mine / "new").iterdir()]) == 3


@pytest.mark.parametrize("out", ["gone/all.json", "class/ada/05.handin.jsonl/"])
def test_a_place_that_cannot_be_written_is_told(mine: Path, out: str):
    done = grade("class", "--format", "json", "--out", out)
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


def test_no_report_is_written_over_a_hand_in(mine: Path):
    before = (mine / "class/ada/05.handin.jsonl").read_bytes()
    done = grade("class", "--format", "json", "--out", "class/ada/05.handin.jsonl")
    assert done.exit_code == 2
    assert "reports need another file" in done.stderr
    assert (mine / "class/ada/05.handin.jsonl").read_bytes() == before


def test_sizes_are_shown_where_asked_for(mine: Path):
    assert "casey needs 3, holds 1 of" in grade("class/bo/05.handin.jsonl", "--sizes").stdout


def test_an_output_that_closes_early_is_no_error(mine: Path):
    line = [sys.executable, "-m", "coffeeshop", "grade", "class", "--format", "json"]
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as done:
        assert done.stdout
        assert done.stderr
        done.stdout.close()
        assert done.stderr.read() == b""
        assert done.wait() in (0, 1)  # never our own error
