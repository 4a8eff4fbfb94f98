"""What a teacher reads about hand-ins is so: whose they are, what isn't due yet, what is late, and how many there are."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from shutil import copyfile

import pytest

from coffeeshop.plain.shell import current_wall_time
from tests.cli.class_steps import FILE, ROSTER, SOLVED, coffeeshop, hand_in, kept, ok
from tests.tables import check_rows

NOTHING = "aws iam list-users\n"


@pytest.fixture(autouse=True)
def iam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TZ", "UTC")
    Path("class.csv").write_text(ROSTER)
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    ok("class", "assign", SOLVED, "--points", "10")
    return tmp_path


def days_from_now(days: float) -> str:
    return (current_wall_time() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M+00:00")


def grade() -> tuple[str, str]:
    done = coffeeshop("class", "grade", "--jobs", "1")
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def page_text() -> str:
    ok("class", "page", "--jobs", "1", "--out", "class.html")
    return Path("class.html").read_text("utf-8")


# --------------------------------------------------------------------- of nobody
def strangers_file() -> Path:
    """Write the hand-in of somebody who played variant 0 before they joined."""
    ok("play", SOLVED, "--plain", learner="gia", stdin=NOTHING)
    Path("f1").mkdir(exist_ok=True)
    ok("export", SOLVED, "--out", "f1/sato.jsonl", learner="gia")
    return Path("f1/sato.jsonl")


def test_a_file_of_nobody_is_said_at_once_and_given_to_a_learner_from_its_file_or_by_its_name():
    path = strangers_file()
    Path("f1/broken.jsonl").write_text('{"format": 1')
    told = coffeeshop("class", "collect", "f1").stderr
    assert "f1/sato.jsonl: it isn't from anyone in the class" in told
    assert "class collect --for WHO f1/sato.jsonl" in told
    assert "Unknown learner: f1/sato.jsonl: it isn't from anyone in the class" in grade()[0]
    copyfile(path, "elsewhere.jsonl")
    for typed in ("elsewhere.jsonl", "f1/sato.jsonl"):
        said = ok("class", "collect", "--for", "ana", typed)
        assert "Ana Ames (3) now has 1 more hand-in" in said
        assert "class assign 05-receipts-drawer --for 3 --variant 0" in said
        assert "Ana Ames: ungradable: it was played in variant 0" in grade()[0]
        assert "no one's" not in grade()[0]
        ok("class", "collect", "--remove", "given/3/05-receipts-drawer.handin.jsonl")
        ok("class", "collect", "f1/sato.jsonl")
    ok("class", "collect", "--for", "ana", "f1/sato.jsonl")
    assert "0 of them new" in ok("class", "collect", "f1/sato.jsonl")
    ok("class", "assign", SOLVED, "--for", "ana", "--variant", "0")
    assert "Ana Ames: ☆☆☆ 0" in grade()[0]
    assert "--variant" not in ok("class", "collect", "--for", "ana", "f1/sato.jsonl")


def test_a_file_that_is_given_takes_only_itself_and_copies_stay_listed():
    path = strangers_file()
    for copy in ("b", "c"):
        Path(copy).mkdir()
        copyfile(path, f"{copy}/sato.jsonl")
    ok("class", "collect", "f1", "b", "c")
    assert grade()[0].count("Unknown learner:") == 3
    assert "has 1 more hand-in" in ok("class", "collect", "--for", "1", "b/sato.jsonl")
    assert grade()[0].count("Unknown learner:") == 2
    copyfile(path, "elsewhere.jsonl")
    again = ok("class", "collect", "--for", "1", "elsewhere.jsonl")
    assert "already has this hand-in" in again
    listed = grade()[0]
    assert "Unknown learner: f1/sato.jsonl" in listed
    assert "Unknown learner: c/sato.jsonl" in listed
    assert "has 1 more hand-in" in ok("class", "collect", "--for", "ana", "c/sato.jsonl")
    assert grade()[0].count("Unknown learner:") == 1


def test_a_file_in_another_variant_says_at_once_how_to_accept_it():
    ok("play", SOLVED, "--variant", "7", "--plain", learner="x", stdin=NOTHING)
    Path("3").mkdir()
    ok("export", SOLVED, "--variant", "7", "--out", "3/05.handin.jsonl", learner="x")
    told = coffeeshop("class", "collect", "3").stderr
    assert "3/05.handin.jsonl: it was played in variant 7, which isn't Ana Ames's." in told
    assert "class assign 05-receipts-drawer --for 3 --variant 7" in told
    path = hand_in("1", "1/05.handin.jsonl")
    assert coffeeshop("class", "collect", "1").stderr == ""
    variant = kept().find_member("1").first_variant
    ok("play", SOLVED, "--variant", str(variant), "--plain", learner="y", stdin=NOTHING)
    ok("export", SOLVED, "--variant", str(variant), "--out", str(path), learner="y")
    said = ok("class", "collect", "--for", "ana", str(path))
    assert "which is Kim Lee's (1). If you accept it, it counts for Ana Ames (3)" in said


def test_a_named_file_that_is_no_hand_in_is_passed_over():
    def check(name: str, text: str, reason: str) -> None:
        Path(name).write_text(text)
        done = coffeeshop("class", "collect", name)
        assert f"skipped: {name}: it {reason}" in done.stderr
        assert "0 hand-ins, 0 of them new" in done.stdout
        assert name not in grade()[1]

    rows = [
        ("class.csv", ROSTER, "isn't a hand-in: its first line is different"),
        ("answer.sh", "aws iam list-users\n", "is a script and not a hand-in\n"),
        ("hand-ins.7z", "7z", "is a kind of archive"),
    ]
    check_rows(check, rows)


def test_what_can_t_be_counted_is_removed_by_the_name_that_is_printed():
    Path("f1").mkdir()
    Path("f1/broken.handin.jsonl").write_text("{")
    told = coffeeshop("class", "collect", "f1").stderr
    assert "f1/broken.handin.jsonl: it can't be graded" in told
    assert "f1/broken.handin.jsonl" in grade()[1]
    assert "Removed 1 hand-in" in ok(
        "class", "collect", "--remove", "f1/broken.handin.jsonl"
    )
    assert "broken" not in grade()[1]
    rows = [
        (("nofile.zip",), "nofile.zip cannot be read"),
        (("--remove", "f1/broken.handin.jsonl"), "has no hand-in called"),
        (("--remove",), "to remove or assign a hand-in, name its FILE"),
        (("--for", "ana"), "to remove or assign a hand-in, name its FILE"),
        (("--for", "zed", "f1"), "no learner called"),
        (("--for", "ana", "--remove", "f1"), "not both"),
    ]

    def check(words: tuple[str, ...], message: str) -> None:
        refused = coffeeshop("class", "collect", *words)
        assert (refused.exit_code, message in refused.stderr) == (2, True), refused.output

    check_rows(check, rows)


def test_another_learner_s_signed_file_can_t_be_given_away():
    path = hand_in("1", "f1/x.jsonl")
    ok("class", "collect", "--for", "ana", str(path))
    assert "Ana Ames: ungradable: it was signed by Kim Lee (1)" in grade()[0]


@pytest.mark.parametrize("version", [1, 2])
def test_a_class_that_an_earlier_version_made_is_whole_and_keeps_what_it_holds(
    version: int,
):
    hand_in("1", "1/05.handin.jsonl")
    ok("class", "collect", "1")
    ok("class", "assign", SOLVED, "--for", "1", "--due", "2099-12-04")
    ok("class", "assign", SOLVED, "--for", "2", "--variant", "7")
    before = kept()
    with closing(sqlite3.connect(FILE, isolation_level=None)) as db:
        db.execute("DROP TABLE accepted_variant")
        db.execute("DROP TABLE given_mark")
        db.execute("ALTER TABLE allowance RENAME TO newer")
        db.execute(
            "CREATE TABLE allowance (first INTEGER NOT NULL, id TEXT NOT NULL, due TEXT NOT NULL, opens TEXT NOT NULL,"
            " variant INTEGER NOT NULL, PRIMARY KEY (first, id))"
        )
        db.execute(
            "INSERT INTO allowance SELECT first, id, due, opens, iif(due = '', 7, -1) FROM newer"
        )
        db.execute("DROP TABLE newer")
        if version == 1:
            db.execute("DROP TABLE server")
            db.execute("ALTER TABLE handin DROP COLUMN collected")
        db.execute(f"PRAGMA user_version = {version}")
    assert kept() == before
    assert "Kim Lee (1): ★★★ 100" in grade()[0]
    assert "0 of them new" in ok("class", "collect", "1")
    ok("class", "links", "--url", "https://school.example")
    assert kept().url == "https://school.example"
    assert kept().members == before.members


# ------------------------------------------------------------- missing and late
def test_only_what_was_due_is_missing_on_the_page_as_in_the_grades():
    def check(
        days: float, own_days: float | None, absent: tuple[str, ...], marks: dict[str, int]
    ) -> None:
        ok("class", "assign", SOLVED, "--due", days_from_now(days))
        if own_days is not None:
            ok("class", "assign", SOLVED, "--for", "ana", "--due", days_from_now(own_days))
        lines = [line.strip() for line in grade()[0].splitlines()]
        assert all(line in lines for line in absent), lines
        page = page_text()
        for status, count in marks.items():
            assert f"{count} {status}" in page
            assert page.count(f">{status}</span>") == count
        assert ok("class", "show", "ana").count("missing") == ("missing" in absent[-1])

    rows = [
        (5, None, ("3 of 3 have time left",), {"not handed in yet": 3, "missing": 0}),
        (-5, None, ("3 of 3 are missing",), {"missing": 3, "not handed in yet": 0}),
        (
            -5,
            2,
            (
                "2 of 3 are missing: Kim Lee (1), Kim Lee (2)",
                "1 of 3 has time left: Ana Ames",
            ),
            {"missing": 2, "not handed in yet": 1},
        ),
    ]
    check_rows(check, [(*row[:3], {k: v for k, v in row[3].items() if v}) for row in rows])


def test_a_mark_of_canvas_for_late_counts_only_against_the_date_that_it_is_about():
    path = hand_in("ana", "f/amesana_LATE_13_7_05.handin.jsonl")
    ok("class", "assign", SOLVED, "--late", "10%/day", "--due", days_from_now(-1))
    ok("class", "collect", "f")

    def check(change: tuple[str, ...], late: bool) -> None:
        ok("class", "assign", SOLVED, *change)
        (line,) = (line for line in grade()[0].splitlines() if "Ana Ames" in line)
        assert ("late" in line) == late, line
        assert (">late<" in page_text()) == late

    own = ("--for", "ana", "--due")
    rows = [
        (("--due", days_from_now(-1)), True),
        (("--due", days_from_now(2)), False),
        (("--due", days_from_now(-1)), True),
        ((*own, days_from_now(1)), False),
    ]
    check_rows(check, rows)
    assert path.exists()


# -------------------------------------------------------------- the class's page
def test_the_page_counts_learners_and_marks_as_the_grades_do():
    strangers_file()
    hand_in("1", "f1/one.jsonl")
    ok("class", "collect", "f1")
    page = page_text()
    assert "3 learners, 1 scenario" in page
    assert "1 with 3 stars, 2 missing" in page
    assert "f1/sato: 05-receipts-drawer ☆☆☆" in page
    assert page.count('class="learner"') == 3
    assert (
        "These hand-ins aren&#39;t from anyone in the class, so they don&#39;t count."
        in page
    )
    # In an exam the first hand-in counts, on the page, too.
    window = ("--from", days_from_now(-1), "--to", days_from_now(1))
    ok("class", "assign", SOLVED, "--remove")
    ok("class", "exam", SOLVED, *window)
    variant = kept().find_member("2").first_variant
    ok("play", SOLVED, "--plain", "--variant", str(variant), learner="two", stdin=NOTHING)
    ok("export", SOLVED, "--out", "first.jsonl", learner="two")
    ok("class", "collect", "first.jsonl")
    hand_in("2", "second.jsonl")
    ok("class", "collect", "second.jsonl")
    said = grade()[0]
    assert "Kim Lee (2): ☆☆☆ 0" in said
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', page_text(), re.DOTALL)
    (row,) = (row for row in rows if "Kim Lee (2)" in row)
    assert "☆☆☆" in row


def test_findings_say_whose_names_they_use():
    hand_in("1", "f1/one.jsonl", lines=NOTHING)
    ok("class", "collect", "f1")
    assert "Findings use the scenario&#39;s original names" in page_text()
