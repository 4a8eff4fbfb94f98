"""`coffeeshop grade`: a class with bad files in it is graded all the same; exit codes; where reports are written."""

from __future__ import annotations

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import click
import pytest
from click.testing import CliRunner, Result

from coffeeshop import cli
from coffeeshop.classroom.collect import FileToGrade
from coffeeshop.classroom.judge import Task, ungradable_report
from coffeeshop.classroom.pool import MAX_PROCESSOR_SECONDS, Failed
from coffeeshop.classroom.register import Register
from coffeeshop.classroom.roster import read_roster
from coffeeshop.cli import grade as grading
from coffeeshop.cli import group
from coffeeshop.cli.problems import command_problem
from coffeeshop.lessons.play.handin import handin_text
from tests.lessons.folder import FILES, ID, folder, played, scenario

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of scenarios, a class of hand-ins beside it, and we are there."""
    lesson = scenario(folder(tmp_path / "mine"))
    for who, script in (
        ("ada", "solution.sh"),
        ("bo", "wrong/tonight.sh"),
        ("cy", "solution.sh"),
    ):
        home = tmp_path / "class" / who
        home.mkdir(parents=True)
        (home / "05.handin.jsonl").write_text(handin_text(played(lesson, FILES[script])))
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


@pytest.mark.parametrize(
    "words",
    [
        ["class", "./{}"],
        ["grade", "{}"],
        ["grade", "x", "--resume", "{}"],
        ["grade", "class", "--out", "{}"],
    ],
)
def test_a_name_that_is_too_long_for_a_file_is_told_with_its_mend(
    mine: Path, words: list[str]
):
    name = "a" * 300
    done = CliRunner().invoke(group, [word.format(name) for word in words])
    assert done.exit_code == 2
    assert f"{name} cannot be " in done.output
    assert re.search("; (name|choose) ", done.output)


def test_one_hand_in_is_told_in_full(mine: Path):
    done = grade("class/bo/05.handin.jsonl")
    assert (
        "The job's example call works, but the job also needs other calls like it"
        in done.stdout
    )
    assert done.exit_code == 1
    assert grade("class/bo/05.handin.jsonl", "--need", "0").exit_code == 0


@pytest.mark.parametrize(("data", "said"), [
    (b"\x00\xff", "it isn't text"), (b"", "it is empty"), (b'{"format": 9}', "format 9"), (b"[" * 2_000_000, "larger than 1,048,576 bytes"),
], ids=["binary", "empty", "another format", "huge"])  # fmt: skip
def test_a_bad_file_among_others_is_told_and_the_others_are_graded(
    mine: Path, data: bytes, said: str
):
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
    (mine / "class" / "edited.handin.jsonl").write_text(
        good.replace("GetObject", "GetObjekt")
    )
    (mine / "class" / "early.handin.jsonl").write_text(
        good.replace("2026-03-02T08", "2026-03-02T07")
    )
    said = {line.partition(": ")[0]: line for line in grade("class").stdout.splitlines()}
    assert "it has 0 of its 1 calls" in said["class/cut.handin.jsonl"]
    assert "it was edited" in said["class/edited.handin.jsonl"]
    assert "it was edited" in said["class/early.handin.jsonl"]
    assert "100" in said["class/ada/05.handin.jsonl"]


def test_what_is_named_twice_is_graded_once(mine: Path):
    assert (
        len(grade("class", "class/ada/05.handin.jsonl", "class").stdout.splitlines()) == 3
    )


def test_a_file_that_is_not_there_is_told_and_the_others_are_graded(mine: Path):
    done = grade("nosuch", "class/ada")
    assert done.exit_code == 2
    assert (
        "nosuch: ungradable: nosuch cannot be read: No such file or directory"
        in done.stdout
    )
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


def test_one_that_takes_too_long_costs_nothing_and_the_others_are_graded(
    mine: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("coffeeshop.cli.workers.MAX_PROCESSOR_SECONDS", 0.0001)
    done = grade("class")
    assert done.exit_code == 2
    assert len(done.stdout.splitlines()) == 3
    assert "ungradable: it takes more than" in done.stdout


@pytest.mark.slow
def test_grading_that_was_stopped_goes_on_and_comes_out_the_same(mine: Path):
    whole = grade("class", "--format", "json").stdout
    assert grade("class/ada", "--format", "json", "--resume", "kept").exit_code == 0
    assert grade("class", "--format", "json", "--resume", "kept").stdout == whole
    assert grade("class", "--format", "json", "--resume", "kept").stdout == whole


def test_a_file_that_is_no_journal_and_a_cluster_that_is_none_are_told(mine: Path):
    (mine / "notes.txt").write_text("my notes")
    done = grade("class", "--resume", "notes.txt")
    assert (done.exit_code, "choose a new file with --resume" in done.stderr) == (2, True)
    assert (mine / "notes.txt").read_text() == "my notes"
    done = grade("class", "--cluster", "nonsense://x")
    assert (done.exit_code, "the dask cluster" in done.stderr) == (2, True)


# -------------------------------------------------------------------- formats
@pytest.mark.skipif(sys.platform != "linux", reason="a name is Unicode there")
@pytest.mark.parametrize(
    "script", [FILES["solution.sh"], "aws iam"], ids=["graded", "ungradable"]
)
def test_a_report_on_a_file_whose_name_is_no_text_is_read_again(mine: Path, script: str):
    name = os.fsdecode(b"caf\xe9.sh")
    (mine / name).write_text(script)
    grade(name, "--scenario", ID, "--format", "json", "--out", "reports/")
    done = CliRunner().invoke(group, ["class", "reports"])
    assert done.exit_code == 0


@pytest.fixture
def reports(mine: Path) -> Path:
    grade("class", "--format", "json", "--out", "reports/")
    return mine / "reports"


def test_a_page_of_a_class_is_a_file_that_names_the_class(reports: Path, mine: Path):
    done = CliRunner().invoke(
        group,
        ["class", str(reports), "--out", "class.html", "--title", "Monday's <b>class"],
    )
    assert (done.exit_code, done.stdout) == (
        0,
        "To see the page, open class.html in a browser\n",
    )
    page = (mine / "class.html").read_text()
    assert "Monday&#39;s &lt;b&gt;class" in page
    assert "<b>class" not in page


def test_a_page_of_a_class_that_cannot_be_written_is_said_with_the_mend(reports: Path):
    done = CliRunner().invoke(group, ["class", str(reports), "--out", "reports"])
    assert (done.exit_code, "choose another file with --out" in done.stderr) == (2, True)


def test_a_screen_reads_what_is_said_of_a_class(
    reports: Path, monkeypatch: pytest.MonkeyPatch
):
    read = list[tuple[str, list[str]]]()
    monkeypatch.setattr("coffeeshop.cli.output.is_terminal", lambda stream: True)
    monkeypatch.setattr(
        "coffeeshop.tui.reader.read",
        lambda title, pages: read.append((title, [page.title for page in pages])),
    )
    done = CliRunner().invoke(
        group, ["class", str(reports), "--screen", "--title", "Monday"]
    )
    ((title, pages),) = read
    assert (done.exit_code, title, done.stdout) == (0, "Monday", "")
    assert pages


def test_what_is_no_report_of_a_class_is_told_and_the_others_count(
    reports: Path, mine: Path
):
    (mine / "notes.json").write_text("{}")
    done = CliRunner().invoke(group, ["class", str(reports), "notes.json"])
    assert (done.exit_code, "notes.json" in done.stderr, ID in done.stdout) == (
        2,
        True,
        True,
    )
    alone = CliRunner().invoke(group, ["class", "notes.json"])
    assert (alone.exit_code, alone.stdout) == (2, "")


def test_pseudonyms_of_a_class_want_its_roster(reports: Path):
    done = CliRunner().invoke(group, ["class", str(reports), "--pseudonyms"])
    assert (done.exit_code, "add --roster FILE" in done.stderr) == (2, True)


def test_json_lines_hold_a_document_each(mine: Path):
    documents = [
        json.loads(line) for line in grade("class", "--format", "json").stdout.splitlines()
    ]
    assert [document["stars"] for document in documents] == [3, 0, 3]


@pytest.mark.slow
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
    (mine / "class-ada" / "05.handin.jsonl").write_bytes(
        (mine / "class/bo/05.handin.jsonl").read_bytes()
    )
    done = grade("class", "class-ada", "--format", "gradescope", "--out", "reports/")
    assert len(done.stdout.splitlines()) == 4
    scores = {
        path.name: json.loads(path.read_text())["score"]
        for path in (mine / "reports").iterdir()
    }
    assert scores == {
        "class-ada-05.results.json": 100, "class-bo-05.results.json": 0, "class-cy-05.results.json": 100,
        "class-ada-05-2.results.json": 0,
    }  # fmt: skip


def test_gradescope_takes_one_on_standard_output_and_many_only_in_a_folder(mine: Path):
    assert (
        json.loads(grade("class/ada/05.handin.jsonl", "--format", "gradescope").stdout)[
            "score"
        ]
        == 100
    )
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
    assert "choose another file" in done.stderr
    assert (mine / "class/ada/05.handin.jsonl").read_bytes() == before


def test_sizes_are_shown_where_asked_for(mine: Path):
    assert "casey needs 3 of" in grade("class/bo/05.handin.jsonl", "--sizes").stdout


def test_an_output_that_closes_early_is_no_error(mine: Path):
    line = [sys.executable, "-m", "coffeeshop", "grade", "class", "--format", "json"]
    with subprocess.Popen(
        line,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as done:
        assert done.stdout
        assert done.stderr
        done.stdout.close()
        assert done.stderr.read() == b""
        assert done.wait() in (0, 1)  # never our own error


@pytest.mark.parametrize("form", ["text", "json", "csv", "junit", "xapi"])
def test_a_dash_is_standard_output(mine: Path, form: str):
    plain, dashed = (
        grade("class", "--format", form),
        grade("class", "--format", form, "--out", "-"),
    )
    assert dashed.stdout.replace("testsuite", "") == plain.stdout.replace("testsuite", "")
    assert not (mine / "-").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("export", "05", "--roster", "given.csv", "--out", "-"),
        ("author", "pack", "05", "--out", "-"),
        ("author", "pack", "05", "--wheel", "--out", "-"),
        ("serve", "05", "--links", "-"),
        ("grade", "class", "--resume", "-"),
    ],
)
def test_where_standard_output_cannot_be_meant_a_dash_is_refused_with_a_sentence(
    mine: Path, words: tuple[str, ...]
):
    (mine / "given.csv").write_text("learner\nana\n")
    done = CliRunner().invoke(group, words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "standard output" in done.stderr or "name a folder" in done.stderr
    assert not (mine / "-").exists()


def test_a_page_and_a_play_go_to_standard_output_by_a_dash(mine: Path, reports: Path):
    assert (
        "<html" in CliRunner().invoke(group, ["class", str(reports), "--out", "-"]).stdout
    )
    CliRunner().invoke(
        group, ["play", "05", "--plain"], input="aws iam create-user --user-name zoe\n"
    )
    done = CliRunner().invoke(group, ["export", "05", "--out", "-"])
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2)
    assert not (mine / "-").exists()


@pytest.mark.parametrize(
    "words",
    [["class"], ["class/ada/05.handin.jsonl"], ["class.zip"], ["class", "class.zip"]],
)
def test_of_hand_ins_no_page_is_made_and_the_command_that_grades_them_is_told(
    mine: Path, words: list[str]
):
    (mine / "roster.csv").write_text("learner\nada\nbo\n")
    with ZipFile("class.zip", "w") as packed:
        packed.write("class/ada/05.handin.jsonl")
    done = CliRunner().invoke(
        group, ["class", *words, "--roster", "roster.csv", "--out", "class.html"]
    )
    assert (done.exit_code, done.stdout, (mine / "class.html").exists()) == (2, "", False)
    replaced, told = done.stderr.splitlines()
    assert "class page" in replaced
    assert "--format json --out reports.jsonl" in told


def test_a_hand_in_among_reports_is_told_and_the_reports_count(mine: Path, reports: Path):
    done = CliRunner().invoke(group, ["class", str(reports), "class/ada/05.handin.jsonl"])
    assert (
        done.exit_code,
        "this is a hand-in and not a report" in done.stderr,
        ID in done.stdout,
    ) == (
        2,
        True,
        True,
    )


def test_without_a_roster_it_is_told_what_came_late(mine: Path):
    done = grade("class", "--due", "2020-01-01T00:00")
    assert done.stdout.splitlines()[-2:] == [
        "0 hand-ins of 3 came late",
        "3 hand-ins of 3 came at an unknown time, because the file has no date",
    ]


# --------------------------------------------------------------------- a class with a roster
CLASS = "learner,name\nada,Ada L\nbo,Bo M\ncy,Cy N\ndee,Dee O\n"


@pytest.fixture
def roster(mine: Path) -> Path:
    (mine / "roster.csv").write_text(CLASS)
    return mine


def test_a_class_is_told_with_who_is_missing(roster: Path):
    done = grade("class", "--roster", "roster.csv")
    assert done.stdout.splitlines()[3:] == [
        f"Ada L: {ID}: ★★★ 100", f"Bo M: {ID}: ☆☆☆ 0 “Casey can open any receipt” works only in part.", f"Cy N: {ID}: ★★★ 100", f"Dee O: {ID}: missing",
    ]  # fmt: skip
    assert "alike" not in done.stderr  # two of three gave the answer that 05 asks for


@pytest.mark.parametrize("command", ["grade", "class"])
def test_a_roster_of_which_nothing_can_be_made_is_named_with_its_line(
    roster: Path, command: str
):
    (roster / "roster.csv").write_text("a,b\n1,2\n")
    done = CliRunner().invoke(group, [command, "class", "--roster", "roster.csv"])
    assert (
        done.exit_code,
        done.output.count("line 1, roster.csv: no column identifies"),
    ) == (
        2,
        1,
    )


def test_a_gradebook_is_written_to_a_file_and_the_class_is_told(roster: Path):
    done = grade(
        "class",
        "--roster",
        "roster.csv",
        "--format",
        "canvas",
        "--points",
        "20",
        "--out",
        "book.csv",
    )
    assert (done.exit_code, done.stdout) == (1, "")
    assert [row[-1] for row in csv.reader((roster / "book.csv").read_text().splitlines())][
        1:
    ] == [
        "20",
        "20",
        "0",
        "20",
    ]
    assert f"Dee O: {ID}: missing" in done.stderr


def test_a_gradebook_of_which_nobody_knows_the_column_is_not_written_and_the_class_is_told(
    roster: Path,
):
    (roster / "roster.csv").write_text("learner,Lab (1),Lab (2)\nada,3,4\n")
    done = grade("class", "--roster", "roster.csv", "--format", "canvas", "--column", "Lab")
    assert (done.exit_code, done.stdout) == (2, "")
    assert (
        "error: Lab could be any of these columns: Lab (1), Lab (2); choose one with --column"
        in done.stderr
    )
    assert f"ada: {ID}: ★★★ 100" in done.stderr


def test_a_gradebook_that_cannot_be_made_leaves_what_lay_there(roster: Path):
    exported = "learner,Lab (1),Lab (2)\nada,3,4\n"
    (roster / "roster.csv").write_text(exported)
    line = (
        "--roster",
        "roster.csv",
        "--format",
        "moodle",
        "--column",
        "Lab",
        "--out",
        "roster.csv",
    )
    assert grade("class", *line).exit_code == 2
    assert (roster / "roster.csv").read_text() == exported


@pytest.mark.parametrize(("line", "said"), [
    (("--format", "canvas"), "add --roster FILE"), (("--pseudonyms",), "add --roster FILE"), (("--due", "yesterday"), "write it like 2026-11-30T23:59"),
    (("--due", "0001-01-01"), "isn't a time"), (("--points", "0"), "--points"), (("--points", "nan"), "--points"), (("--roster", "gone.csv"), "gone.csv cannot be read"),
    (("--roster", "class"), "it is a folder"), (("--roster", "roster.csv", "--pseudonyms"), "4 learners in roster.csv have no pseudonym"),
])  # fmt: skip
def test_what_a_class_cannot_be_graded_with_is_told_before_anything(
    roster: Path, line: tuple[str, ...], said: str
):
    done = grade("class", *line)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_odd_rows_of_a_roster_are_told_and_the_class_is_graded(roster: Path):
    (roster / "roster.csv").write_text(f"{CLASS}ada,Again\n")
    done = grade("class", "--roster", "roster.csv")
    assert "line 6, roster.csv: 'ada' is in the roster twice" in done.stderr
    assert f"Dee O: {ID}: missing" in done.stdout


def test_a_class_is_handed_out_collected_and_graded_by_pseudonym(roster: Path):
    coffeeshop = CliRunner()
    done = coffeeshop.invoke(
        group,
        [
            "roster",
            "assign",
            "roster.csv",
            "--pseudonyms",
            "--practice",
            "--out",
            "given.csv",
        ],
    )
    assert (done.exit_code, "4 learners" in done.stdout) == (0, True)
    (roster / "given.csv").write_text(
        (roster / "given.csv").read_text().replace("variant,", "x,")
    )
    done = grade("class", "--roster", "given.csv", "--pseudonyms", "--format", "csv")
    assert not any(name in done.output for name in ("Ada", "Bo", "Cy", "ada", "class/"))
    assert done.stdout.count("learner-") == 6


@pytest.mark.parametrize("command", ["grade", "export", "serve"])
def test_a_class_is_named_by_either_of_its_words_and_by_the_same_in_each_command(
    command: str,
):
    found = group.get_command(click.Context(group), command)
    assert found is not None
    (option,) = (one for one in found.params if "--roster" in one.opts)
    assert option.opts == ["--roster", "--class"]


@pytest.mark.parametrize(("name", "marked"), [("Álvarez", True), ("Alvarez", False)])
def test_a_table_with_accents_begins_with_the_mark_that_excel_knows_utf_8_by(
    mine: Path, name: str, marked: bool
):
    (mine / "class.csv").write_text(f"learner,name\nana,{name}\n", "utf-8")
    line = ["roster", "assign", "class.csv", "--out", "given.csv"]
    assert CliRunner().invoke(group, line).exit_code == 0
    given = (mine / "given.csv").read_bytes()
    assert given.startswith(b"\xef\xbb\xbf") is marked
    assert read_roster(mine / "given.csv").learners[0].name == name
    assert CliRunner().invoke(group, [*line[:2], "given.csv", *line[3:]]).exit_code == 0
    assert (mine / "given.csv").read_bytes() == given


def test_a_zip_of_a_class_is_graded_and_all_of_it_accounted_for(mine: Path):
    with ZipFile("all.zip", "w") as packed:
        for path in sorted((mine / "class").rglob("*.jsonl")):
            packed.write(path, path.relative_to(mine))
        packed.writestr("class/notes.pdf", "%PDF")
    done = grade("all.zip", "--jobs", "1")
    assert [line.split(": ")[0] for line in done.stdout.splitlines()] == [
        f"all.zip/class/{who}/05.handin.jsonl" for who in ("ada", "bo", "cy")
    ]
    assert (
        "skipped: all.zip/class/notes.pdf: it isn't a hand-in: its first line is different"
        in done.stderr
    )
    assert "found 4 files: 3 to grade, 1 skipped" in done.stderr


def test_what_is_passed_over_is_summed_up_however_much_it_is(mine: Path):
    with ZipFile("class/ada/much.zip", "w") as archive:
        for number in range(3000):
            archive.writestr(f"{number}.pdf", b"%PDF")
    done = grade("class")
    assert len(done.stderr) < 10_000
    assert (
        "skipped: 2980 more files, each because it isn't a hand-in: its first line is different"
        in done.stderr
    )
    assert "found 3003 files: 3 to grade, 3000 skipped" in done.stderr


def test_of_an_archive_that_takes_too_long_the_rest_is_not_read(
    mine: Path, monkeypatch: pytest.MonkeyPatch
):
    pieces = [
        FileToGrade(f"{number}", Path("class/ada/05.handin.jsonl"), (), "a.zip")
        for number in range(3)
    ]
    spent = {"a.zip": 0.0}
    tasks = grading._read_tasks(pieces, Task("", b""), Register(), spent)
    assert isinstance(next(tasks).content, bytes)
    spent["a.zip"] = grading.BUNDLE_SECONDS + 1
    assert [task.content[0].code for task in tasks if isinstance(task.content, tuple)] == [
        "too-slow",
        "too-slow",
    ]


def test_the_seconds_that_a_hand_in_takes_are_those_of_its_archive():
    spent: dict[str, float] = {}
    graded = ungradable_report(Task("a", b""), command_problem("x", "y", "z"))
    results = [
        (Task("a", b"", limits_key="a.zip"), replace(graded, seconds=3.0)),
        (
            Task("b", b"", limits_key="a.zip"),
            Failed("takes more than 10 seconds to grade", is_our_fault=False),
        ),
        (Task("c", b""), replace(graded, seconds=9.0)),
    ]
    assert len([*grading._grade_tasks(results, set(), Register(), spent)]) == 3
    assert spent == {"a.zip": 3.0 + MAX_PROCESSOR_SECONDS}


def test_a_disk_that_is_full_ends_a_command_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fail(**_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(cli, "group", fail)
    monkeypatch.setattr(cli, "_discard_output", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "database or disk is full" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="folders have no such modes there")
@pytest.mark.parametrize(
    "line",
    [
        ["import", "details.json", "--as", "acme"],
        ["practice", "--topic", "groups", "--level", "1", "--seed", "7", "--no-play"],
        ["roster", "assign", "class.csv", "--out", "given.csv"],
    ],
)
def test_the_folder_of_ones_data_is_ones_own_whoever_makes_it(mine: Path, line: list[str]):
    Path("details.json").write_text(
        '{"UserDetailList":[],"GroupDetailList":[],"RoleDetailList":[],"Policies":[]}'
    )
    Path("class.csv").write_text("learner\nana\n")
    before = os.umask(0o022)
    try:
        CliRunner().invoke(group, line)
    finally:
        os.umask(before)
    assert Path("data").stat().st_mode & 0o777 == 0o700
