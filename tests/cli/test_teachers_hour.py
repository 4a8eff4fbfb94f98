"""The teacher's hour of docs/teach.md: each of its commands runs, in its order, for a class of thirty."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from coffeeshop.plain.shell import current_wall_time
from tests.cli.class_steps import code_of, coffeeshop, kept, ok, solving_lines

PAGE = Path(__file__).parents[2] / "docs" / "teach.md"
BLOCK = re.compile(r"<!-- hour: (teacher|learner) -->\n```sh\n(.*?)```", re.DOTALL)
INSTANT = re.compile(r"2026-12-18T(\d\d):00")
DUE = re.compile(r"--due 2026")
OPENING = 10  # o'clock, when the page's exam opens


def documented_lines() -> Iterator[tuple[str, str]]:
    """Yield whose machine each line of the hour is for, and the line. Its exam opens now, its due dates are to come."""
    current_time = current_wall_time()

    def today(match: re.Match[str]) -> str:
        later = timedelta(hours=int(match[1]) - OPENING)
        return (current_time + later).strftime("%Y-%m-%dT%H:%M+00:00")

    for who, block in BLOCK.findall(PAGE.read_text("utf-8")):
        for line in block.splitlines():
            yield who, INSTANT.sub(today, DUE.sub(f"--due {current_time.year + 1}", line))


def write_class(path: Path) -> None:
    """Write a class of thirty, in which two are called Kim Lee, as Canvas exports it."""
    names = ["Kim Lee", "Kim Lee", *(f"First{n} Last{n}" for n in range(3, 31))]
    rows = [
        f'"{last}, {first}",{100 + n},s{1000 + n},u{n}@x.example,A\n'
        for n, (first, last) in enumerate(map(str.split, names), 1)
    ]
    head = "Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"
    path.write_text(head + "".join(rows))


def play(who: str, id: str, out: str, solves: bool = True) -> Path:
    """Let a learner join on a machine of their own, play a scenario and hand in."""
    ok("join", code_of(who), learner=who)
    lines = (
        solving_lines(kept().find_member(who).first_variant, id)
        if solves
        else "aws iam list-users\n"
    )
    ok("play", id, "--plain", learner=who, stdin=lines)
    ok("export", id, "--yes", "--out", out, learner=who)
    return Path(out)


def write_submissions() -> None:
    """Write the zip files that the page collects: both Kim Lees by Moodle's names, two others by Canvas's."""
    with ZipFile("moodle.zip", "w") as archive:
        archive.write(
            play("s1001", "05", "k1.jsonl"),
            "Kim Lee_51_assignsubmission_file_/05.handin.jsonl",
        )
        archive.write(
            play("s1002", "05", "k2.jsonl", solves=False),
            "Kim Lee_52_assignsubmission_file_/05.handin.jsonl",
        )
    with ZipFile("canvas.zip", "w") as archive:
        archive.write(play("s1003", "05", "f3.jsonl"), "last3first3_103_7_05.handin.jsonl")
        archive.write(play("s1031", "02", "zoe.jsonl"), "parkzoe_131_8_02.handin.jsonl")


def write_exam() -> None:
    """Write the zip file of the exam."""
    with ZipFile("exam-submissions.zip", "w") as archive:
        archive.write(
            play("s1003", "10", "exam.jsonl"), "last3first3_103_9_10.handin.jsonl"
        )


def test_each_command_of_the_teachers_hour_runs_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    write_class(Path("class.csv"))
    before = {"coffeeshop class collect canvas.zip moodle.zip": write_submissions}
    before["coffeeshop class grade exam-submissions.zip"] = write_exam
    said = dict[str, str]()
    for who, line in documented_lines():
        before.get(line, lambda: None)()
        words = shlex.split(line)[1:]
        typed = "aws iam list-users\n" if "play" in words else ""
        done = coffeeshop(*words, learner="" if who == "teacher" else "s1001", stdin=typed)
        assert done.exit_code == 0, (line, done.output)
        assert "note: " not in done.stderr
        said[line] = done.stdout
    graded = said["coffeeshop class grade"]
    assert "Kim Lee (s1001): ★★★ 100; 20 of 20 points" in graded
    assert "Kim Lee (s1002): ☆☆☆ 0" in graded
    assert "Zoe Park: ★★★ 100; 10 of 10 points" in graded
    assert "28 of 31 have time left" in graded
    assert (
        "First3 Last3: ★★★ 100; 50 of 50 points"
        in said["coffeeshop class grade exam-submissions.zip"]
    )
    assert {path.name for path in Path("marks").iterdir()} == {
        "02-the-first-administrator.canvas.csv",
        "05-receipts-drawer.canvas.csv",
        "10-the-cashiers.canvas.csv",
    }
    assert "s1002" in Path("moodle.csv").read_text()
    assert "Zoe Park" in Path("class.html").read_text("utf-8")
    assert "10 of 10 points" in said['coffeeshop class show "Zoe Park"']
