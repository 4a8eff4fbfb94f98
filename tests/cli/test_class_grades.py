"""A kept class collects hand-ins, grades them by id, and writes its page and its gradebooks."""

from __future__ import annotations

import csv
import os
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest
from msgspec.structs import replace

from coffeeshop.lessons.play.acts_json import act_line
from coffeeshop.lessons.play.handin import acts_digest, read_handin
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.plain.shell import current_wall_time
from tests.cli.class_steps import (
    FILE,
    ROSTER,
    SOLVED,
    code_of,
    coffeeshop,
    hand_in,
    kept,
    ok,
    solving_lines,
)
from tests.tables import check_rows


@pytest.fixture
def iam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TZ", "UTC")
    Path("class.csv").write_text(ROSTER)
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    ok("class", "assign", SOLVED, "--points", "10", "--late", "10%/day")
    return tmp_path


def due(days: float) -> None:
    """Make the assignment due that many days from now."""
    at = (current_wall_time() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M+00:00")
    ok("class", "assign", SOLVED, "--due", at)


def grade(*line: str) -> str:
    return ok("class", "grade", "--jobs", "1", *line)


def moodle_zip(**files: Path) -> str:
    """Pack hand-ins as Moodle does. It writes names, and numbers that no roster has."""
    with ZipFile("moodle.zip", "w") as archive:
        for number, (name, path) in enumerate(files.items(), 50):
            person = name.rstrip("0123456789").replace("_", " ")
            folder = f"{person}_{number}_assignsubmission_file_"
            archive.write(path, f"{folder}/{path.name}")
    return "moodle.zip"


def test_two_learners_of_one_name_each_get_their_own_mark_from_a_zip_that_has_only_names(
    iam: Path,
):
    first = hand_in("1", "one/05.handin.jsonl")
    second = hand_in("2", "two/05.handin.jsonl", lines="aws iam list-users\n")
    said = grade(moodle_zip(Kim_Lee1=first, Kim_Lee2=second))
    assert "Kim Lee (1): ★★★ 100; 10 of 10 points" in said
    assert "Kim Lee (2): ☆☆☆ 0" in said
    assert "1 of 3 is missing: Ana Ames" in said
    ok("class", "export", "moodle", "--out", "marks.csv")
    rows = [*csv.DictReader(Path("marks.csv").read_text("utf-8-sig").splitlines())]
    assert [(row["ID number"], row["The receipts drawer"]) for row in rows] == [
        ("1", "10"),
        ("2", "0"),
    ]


def test_a_hand_in_that_another_learner_signed_gives_nobody_a_mark(iam: Path):
    path = hand_in("1", "copied/05.handin.jsonl")
    said = grade(moodle_zip(Ana_Ames1=path))
    assert "Ana Ames: ungradable: it was signed by Kim Lee (1)" in said
    assert "100" not in said.replace("10 points", "")


def test_a_hand_in_of_another_class_gives_nobody_a_mark_until_the_teacher_gives_it(
    iam: Path,
):
    path = hand_in("ana", "Ana Ames/05.handin.jsonl")
    variant = kept().find_member("ana").first_variant
    ok("class", "new", "IAM-102", "--roster", "class.csv")
    ok("class", "assign", SOLVED, "--class", "IAM-102")
    accept = ("--for", "ana", "--variant", f"{variant}", "--class", "IAM-102")
    ok("class", "assign", SOLVED, *accept)
    said = ok("class", "grade", "--class", "IAM-102", str(path))
    assert (
        "Ana Ames: ungradable: it was signed by a learner in another class, IAM-101" in said
    )
    ok("class", "collect", "--for", "ana", str(path), "--class", "IAM-102")
    assert "Ana Ames: ★★★ 100" in ok("class", "grade", "--class", "IAM-102")


def test_a_hand_in_whose_signature_is_wrong_is_refused_and_it_is_said(iam: Path):
    handin = read_handin(hand_in("ana", "ana.handin.jsonl").read_bytes())
    assert handin.header.record
    record = replace(
        handin.header.record, learner=f"IAM-101/{kept().find_member('1').first_variant}"
    )
    header = replace(handin.header, record=record, sum=acts_digest(handin.acts, record))
    lines = (msgspec.json.encode(header).decode(), *map(act_line, handin.acts), "")
    Path("forged.handin.jsonl").write_text("\n".join(lines))
    done = coffeeshop("class", "grade", "--jobs", "1", "forged.handin.jsonl")
    assert "it claims to be from Kim Lee, but its signature is wrong" in done.stderr
    assert "★★★" not in done.output


def test_a_late_hand_in_keeps_what_the_rule_leaves_and_an_extension_is_the_learner_s_own(
    iam: Path,
):
    hand_in("1", "hand-ins/1/05.handin.jsonl")
    hand_in("ana", "hand-ins/3/05.handin.jsonl")
    due(-1.5)
    said = grade("hand-ins")
    assert (
        "Kim Lee (1): ★★★ 100, late by 1 d 12 h, with a penalty of 20%; 8 of 10 points"
        in said
    )
    later = (current_wall_time() + timedelta(days=2)).strftime("%Y-%m-%d")
    ok("class", "assign", SOLVED, "--for", "ana", "--due", later)
    said = grade()
    assert "Kim Lee (1): ★★★ 100, late" in said
    assert "Ana Ames: ★★★ 100; 10 of 10 points" in said
    ok("class", "export", "canvas", "--out", "marks.csv")
    points = [
        row[-1] for row in csv.reader(Path("marks.csv").read_text("utf-8-sig").splitlines())
    ]
    assert points == ["The receipts drawer", "10", "8", "10"]


def test_a_learner_who_lost_their_file_hands_in_the_same_play_again_and_isn_t_late(
    iam: Path,
):
    path = hand_in("ana", "ana.handin.jsonl")
    first = read_handin(path.read_bytes()).header.record
    again = Path("again.handin.jsonl")
    ok("export", SOLVED, "--out", str(again), learner="ana")
    second = read_handin(again.read_bytes()).header.record
    assert first
    assert second
    assert first.handed_in == second.handed_in
    assert again.read_bytes() == path.read_bytes()
    ok("play", SOLVED, "--plain", learner="ana", stdin="aws iam list-users\n")
    said = ok("export", SOLVED, "--out", str(again), learner="ana")
    assert (
        "This is a new hand-in, because you changed your play after the hand-in of " in said
    )


def test_another_variant_counts_only_if_the_teacher_accepts_it_for_that_learner(iam: Path):
    ok(
        "play",
        SOLVED,
        "--variant",
        "7",
        "--plain",
        learner="stranger",
        stdin=solving_lines(7),
    )
    Path("hand-ins/3").mkdir(parents=True)
    ok(
        "export",
        SOLVED,
        "--variant",
        "7",
        "--out",
        "hand-ins/3/05.handin.jsonl",
        learner="stranger",
    )
    Path("hand-ins/1").mkdir()
    Path("hand-ins/1/05.handin.jsonl").write_bytes(
        Path("hand-ins/3/05.handin.jsonl").read_bytes()
    )
    said = grade("hand-ins")
    assert "Ana Ames: ungradable: it was played in variant 7" in said
    ok("class", "assign", SOLVED, "--for", "ana", "--variant", "7")
    said = grade()
    assert "Ana Ames: ★★★ 100" in said
    assert "Kim Lee (1): ungradable" in said
    said = coffeeshop("grade", "hand-ins", "--class", "IAM-101", "--jobs", "1").stdout
    assert "Ana Ames: 05-receipts-drawer: ★★★ 100" in said
    assert "not in the variant of Kim Lee (1)" in said


def test_a_second_accepted_variant_leaves_the_first_one(iam: Path):
    for variant in ("7", "8"):
        ok("class", "assign", SOLVED, "--for", "ana", "--variant", variant)
    assert "variants 7, 8 are also accepted" in ok("class", "show", "ana")
    ok("class", "assign", SOLVED, "--for", "ana", "--due", "2099-12-04")
    ok("class", "assign", SOLVED, "--for", "ana", "--variant", "8")
    assert kept().accepted_variants["3", "05-receipts-drawer"] == (7, 8)
    for variant in (7, 8):
        words = (SOLVED, "--variant", str(variant))
        ok("play", *words, "--plain", learner="x", stdin=solving_lines(variant))
        out = f"{variant}/3/05.handin.jsonl"
        Path(out).parent.mkdir(parents=True)
        ok("export", *words, "--out", out, learner="x")
        assert "Ana Ames: ★★★ 100" in grade(str(variant))
    assert "best of 2" in grade()
    ok("class", "assign", SOLVED, "--for", "ana", "--remove")
    assert "ungradable: it was played in variant" in grade()


# ------------------------------------------------------------- marks given by hand
REASON = "=cmd|' /C calc'!A0 \u202etold me"
SHOWN_REASON = "=cmd|' /C calc'!A0 \\u202etold me"


def test_a_mark_by_hand_counts_everywhere_with_its_reason_until_it_is_taken_back(iam: Path):
    ok("class", "assign", SOLVED, "--points", "20")
    hand_in("1", "hand-ins/1/05.handin.jsonl")
    grade("hand-ins")
    before = grade()
    for who, points in (("1", "5"), ("ana", "15")):
        words = ("--for", who, "--points", points, "--reason", REASON)
        said = ok("class", "mark", "05", *words)
        assert f"{points} of 20 points, given by the teacher: {SHOWN_REASON}" in said
        assert "To remove this mark: coffeeshop class mark 05-receipts-drawer --for" in said
    said = grade()
    assert (
        f"Kim Lee (1): ★★★ 100; 5 of 20 points, given by the teacher: {SHOWN_REASON}"
        in said
    )
    assert (
        f"Ana Ames: no hand-in; 15 of 20 points, given by the teacher: {SHOWN_REASON}"
        in said
    )
    assert "15 of 20 points, given by the teacher" in ok("class", "show", "ana")
    ok("class", "page", "--out", "class.html")
    page = Path("class.html").read_text("utf-8")
    assert (
        "75 of 100 given by the teacher: =cmd|&#39; /C calc&#39;!A0 \\u202etold me" in page
    )
    for form in ("canvas", "moodle", "brightspace"):
        said = ok("class", "export", form, "05", "--out", "marks.csv")
        assert f"given by the teacher: {SHOWN_REASON}" in said
        with Path("marks.csv").open(encoding="utf-8-sig") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        assert {"5", "15"} <= {*cells}
        assert not any(cell.startswith("=") for cell in cells)
    ok("class", "assign", "05", "--points", "40")
    assert "Ana Ames: no hand-in; 30 of 40 points" in grade()
    ok("class", "assign", "05", "--points", "20")
    ok("class", "assign", "05", "--remove")
    ok("class", "assign", "05", "--points", "20")
    assert "15 of 20 points, given by the teacher" in grade()
    assert "Before: 5 of 20 points" in ok("class", "mark", "05", "--for", "1", "--remove")
    ok("class", "mark", "05", "--for", "3", "--remove")
    assert grade() == before
    assert "you haven't given a mark" in ok("class", "mark", "05", "--for", "3", "--remove")


def test_a_mark_by_hand_that_can_t_be_one_is_refused_and_nothing_changes(iam: Path):
    before = kept()
    rows = [
        (["--points", "15", "--reason", "x"], 2, "--for WHO"),
        (["--for", "ana", "--points", "15"], 2, "--reason TEXT"),
        (["--for", "ana", "--points", "15", "--reason", " "], 2, "--reason TEXT"),
        (["--for", "ana", "--reason", "x"], 2, "--points NUMBER"),
        (["--for", "ana", "--points", "101", "--reason", "x"], 2, "so you can't give 101"),
        (["--for", "ana", "--points", "nan", "--reason", "x"], 2, "you can't give nan"),
        (["--for", "ana", "--points", "1", "--reason", "x" * 501], 2, "501 characters"),
        (["--for", "Kim Lee", "--points", "1", "--reason", "x"], 2, "2 learners called"),
        (["--for", "ana", "--remove", "--points", "1"], 2, "--remove takes the mark back"),
    ]

    def check(words: list[str], code: int, said: str) -> None:
        done = coffeeshop("class", "mark", SOLVED, *words)
        assert (done.exit_code, said in done.output) == (code, True), done.output
        assert kept() == before

    check_rows(check, rows)


def test_hand_ins_stay_in_the_class_after_their_files_are_gone_and_are_taken_once(
    iam: Path,
):
    path = hand_in("ana", "hand-ins/3/05.handin.jsonl")
    assert "1 hand-in, 1 of them new" in ok("class", "collect", "hand-ins")
    assert "1 hand-in, 0 of them new" in ok("class", "collect", "hand-ins")
    path.unlink()
    assert "Ana Ames: ★★★ 100" in grade()


def test_equal_bytes_are_new_only_under_a_name_that_says_something_else(iam: Path):
    body = hand_in("ana", "ana/05.handin.jsonl").read_bytes()
    unsigned = b'{"format":1,"scenario":"05","digest":"","calls":0,"sum":""}\n'

    def check(name: str, content: bytes, new_count: int) -> None:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(content)
        assert f"1 hand-in, {new_count} of them new" in ok("class", "collect", name)

    rows = [
        ("ana/05.handin.jsonl", body, 1),
        ("Ana Ames/05.handin.jsonl", body, 0),
        ("amesana_3_77_05.handin.jsonl", body, 0),
        ("download/05 (1).handin.jsonl", body, 0),
        ("Kim Lee/05.handin.jsonl", body, 0),
        ("k1/05.handin.jsonl", body, 1),
        ("amesana_LATE_3_78_05.handin.jsonl", body, 1),
        ("ana/unsigned.handin.jsonl", unsigned, 1),
        ("3/unsigned.handin.jsonl", unsigned, 0),
        ("stray/x.handin.jsonl", unsigned, 1),
        ("astray/x.handin.jsonl", unsigned, 1),
    ]
    check_rows(check, rows)


def test_what_was_played_on_this_machine_is_collected_by_the_code_of_its_save(iam: Path):
    ana = kept().find_member("ana")
    ok(
        "play",
        SOLVED,
        "--class",
        "IAM-101",
        "--learner",
        "3",
        "--plain",
        stdin=solving_lines(ana.first_variant),
    )
    kim = kept().find_member("2")
    ok("join", code_of("2"), "--learner", "somebody")
    ok(
        "play",
        SOLVED,
        "--learner",
        "somebody",
        "--plain",
        stdin=solving_lines(kim.first_variant),
    )
    assert "2 hand-ins, 2 of them new" in ok("class", "collect")
    said = grade()
    assert "Ana Ames: ★★★ 100" in said
    assert "Kim Lee (2): ★★★ 100" in said


def test_collecting_ends_no_exam_and_takes_what_was_done_in_its_time(iam: Path):
    def at(hours: float) -> str:
        return (current_wall_time() + timedelta(hours=hours)).strftime(
            "%Y-%m-%dT%H:%M+00:00"
        )

    ok("class", "exam", "02", "--from", at(-1), "--to", at(1))
    words = ("play", "02", "--class", "IAM-101", "--learner", "3", "--plain")
    solution = solving_lines(kept().find_member("ana").first_variant, "02")
    assert "This is an exam" in ok(*words, stdin=f"{solution}\n")
    done = coffeeshop("class", "collect")
    assert done.stdout == "IAM-101: found 0 hand-ins, 0 of them new\n"
    assert (
        "1 learner is still taking the exam 02. Collect again when it ends." in done.stderr
    )
    assert "This is an exam" in ok(*words, stdin="quit\n")
    ok("class", "exam", "02", "--from", at(-3), "--to", at(-1))
    for path in Path("data").glob("3.sqlite3*"):
        os.utime(path, ((current_wall_time() - timedelta(hours=2)).timestamp(),) * 2)
    assert "1 hand-in, 1 of them new" in ok("class", "collect")
    assert "Ana Ames: ★★★ 100" in grade()
    assert "1 hand-in, 0 of them new" in ok("class", "collect")


@pytest.mark.parametrize("works_on", [False, True])
def test_what_a_learner_plays_after_an_exam_takes_nothing_from_it_but_adds_nothing_either(
    iam: Path, monkeypatch: pytest.MonkeyPatch, works_on: bool
):
    def later() -> datetime:
        return current_wall_time() + timedelta(hours=2)

    opens, ends = (current_wall_time() + timedelta(hours=hours) for hours in (-1, 1))
    ok("class", "exam", "02", "--from", opens.isoformat(), "--to", ends.isoformat())
    ana = ("--class", "IAM-101", "--learner", "3", "--plain")
    solution = solving_lines(kept().find_member("ana").first_variant, "02")
    ok("play", "02", *ana, stdin=f"{solution}\n")
    for module in ("class_saves", "carried_plays", "output"):
        monkeypatch.setattr(f"coffeeshop.cli.{module}.wall_clock", later)
    ok("play", "05", *ana, stdin="aws iam list-users\n")
    if works_on:
        ok("play", "02", *ana, stdin="aws iam list-users\n")
    for path in Path("data").glob("3.sqlite3*"):
        os.utime(path, (later().timestamp(),) * 2)
    ok("class", "collect")
    is_counted = "Ana Ames: ★★★ 100" in grade()
    assert is_counted is not works_on


def test_a_late_joiner_changes_no_mark(iam: Path):
    hand_in("1", "hand-ins/1/05.handin.jsonl")
    before = grade("hand-ins")
    ok("class", "add", "--id", "4", "--name", "Zoe Park")
    hand_in("4", "hand-ins/4/05.handin.jsonl")
    said = grade("hand-ins")
    assert "Zoe Park: ★★★ 100" in said
    (line,) = (line for line in before.splitlines() if "Kim Lee (1)" in line)
    assert line in said


def test_a_gradebook_has_no_row_for_a_learner_without_a_mark(iam: Path):
    hand_in("ana", "hand-ins/3/05.handin.jsonl")
    grade("hand-ins")
    Path("export.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID,The receipts drawer (77)\n"
        '    Points Possible,,,,20\n"Lee, Kim",11,1,,15\n"Ames, Ana",13,3,,\n'
    )
    ok("class", "export", "canvas", "05", "--gradebook", "export.csv", "--out", "marks.csv")
    text = Path("marks.csv").read_text("utf-8-sig")
    assert "The receipts drawer (77)" in text
    assert "Ames" in text
    assert "Lee" not in text


def test_a_gradebook_without_the_column_or_a_learner_says_so_and_lists_what_it_has(
    iam: Path,
):
    hand_in("ana", "hand-ins/3/05.handin.jsonl")
    grade("hand-ins")
    ids = "Student,ID,SIS User ID,SIS Login ID,Section"

    def check(
        headings: str,
        rows: str,
        words: tuple[str, ...],
        told: tuple[str, ...],
        heading: str,
    ) -> None:
        Path("export.csv").write_text(f"{ids},{headings}\n{rows}")
        line = (
            "class",
            "export",
            "canvas",
            "05",
            "--gradebook",
            "export.csv",
            "--out",
            "m.csv",
        )
        done = coffeeshop(*line, *words)
        assert done.exit_code == 0, done.output
        assert all(text in done.stderr for text in told) if told else not done.stderr, (
            done.stderr
        )
        assert "roster" not in done.stderr
        assert Path("m.csv").read_text("utf-8-sig").splitlines()[0].endswith(heading)

    everybody = (
        "".join(f'"Lee, Kim",1{n},{n},,,\n' for n in (1, 2)) + '"Ames, Ana",13,3,,,\n'
    )
    no_column = (
        "the gradebook has no column called",
        "'Coffeeshop 05 (882)', 'Quiz (7)'",
    )
    named = ("--column", "Coffeeshop 05")
    rows = [
        ("05 The receipts drawer (882)", everybody, (), (), "05 The receipts drawer (882)"),
        ("Coffeeshop 05 (882),Quiz (7)", everybody, (), no_column, "The receipts drawer"),
        ("Coffeeshop 05 (882),Quiz (7)", everybody, named, (), "Coffeeshop 05 (882)"),
        (
            "Coffeeshop 05 (882),Quiz (7)",
            everybody,
            ("--column", "Homework 1"),
            (*no_column, "'Homework 1'"),
            "Homework 1",
        ),
        (
            "The receipts drawer (7)",
            '"Lee, Kim",11,1,,,\n',
            (),
            (
                "2 learners of the class aren't in this gradebook: Ana Ames (who has points), Kim Lee (2);",
            ),
            "The receipts drawer (7)",
        ),
        (
            "The receipts drawer (7)",
            '"Lee, Kim",11,1,,,\n"Ames, Ana",13,3,,,\n',
            (),
            ("1 learner of the class isn't in this gradebook: Kim Lee (2);",),
            "The receipts drawer (7)",
        ),
    ]
    check_rows(check, rows)


def test_several_assignments_name_an_absent_learner_and_their_columns_once(iam: Path):
    ok("class", "assign", "02")
    ok("class", "assign", "10")
    ok("class", "collect", str(hand_in("ana", "ana/05.handin.jsonl")))
    Path("export.csv").write_text("Student,ID,SIS User ID,Quiz\nKim Lee,1,1,\n")
    words = ("canvas", "--gradebook", "export.csv", "--out", "marks")
    told = coffeeshop("class", "export", *words).stderr
    assert told.count("in this gradebook: Ana Ames (who has points), Kim Lee (2);") == 1
    assert told.count("the gradebook has no column called") == 1
    for title in ("The receipts drawer", "The cashiers", "The first administrator"):
        assert title.lower() in told.lower()


def test_moodle_s_grading_worksheet_comes_back_as_a_worksheet(iam: Path):
    hand_in("ana", "hand-ins/3/05.handin.jsonl")
    hand_in("1", "hand-ins/1/05.handin.jsonl", lines="aws iam list-users\n")
    grade("hand-ins")
    english = "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (grade),Feedback comments"
    german = "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Beste Bewertung,Bewertung kann geändert werden,Zuletzt geändert (Bewertung),Feedback als Kommentar"
    people = (
        ("901", "Ana Ames", "ana"),
        ("902", "Kim Lee", "k1"),
        ("903", "Kim Lee", "k2"),
    )
    lines = [
        f'Participant {id},{name},{mail}@x.example,Submitted,,"20,00",Yes,-,\n'
        for id, name, mail in people
    ]

    def check(headings: str) -> None:
        table = f"{headings}\n{''.join(lines)}"
        Path("sheet.csv").write_text(table, "utf-8")
        ok(
            "class",
            "export",
            "moodle",
            "05",
            "--gradebook",
            "sheet.csv",
            "--out",
            "out.csv",
        )
        written = [*csv.reader(Path("out.csv").read_text("utf-8-sig").splitlines())]
        assert written[0] == headings.split(",")
        assert [row[0] for row in written[1:]] == ["Participant 902", "Participant 901"]
        assert [row[4] for row in written[1:]] == ["0", "20"]
        assert written[2][5:8] == ["20,00", "Yes", "-"]
        assert "★★★ 100" in written[2][8]

    check_rows(check, [(english,), (german,)])
    ok("class", "assign", "02")
    refused = coffeeshop(
        "class", "export", "moodle", "--gradebook", "sheet.csv", "--out", "x"
    )
    assert (refused.exit_code, "for one assignment: add its ID" in refused.stderr) == (
        2,
        True,
    )


def test_several_assignments_are_exported_to_a_folder_with_a_file_for_each(iam: Path):
    ok("class", "assign", "02")
    hand_in("ana", "hand-ins/3/05.handin.jsonl")
    grade("hand-ins")
    ok("class", "export", "brightspace", "--out", "marks")
    assert {path.name for path in Path("marks").iterdir()} == {
        "05-receipts-drawer.brightspace.csv",
        "02-the-first-administrator.brightspace.csv",
    }


def test_the_page_and_a_learner_s_lines_come_from_the_class(iam: Path):
    hand_in("1", "hand-ins/1/05.handin.jsonl")
    ok("class", "collect", "hand-ins")
    ok("class", "page", "--out", "class.html", "--jobs", "1")
    page = Path("class.html").read_text("utf-8")
    assert "IAM-101" in page
    assert "Kim Lee (1)" in page
    assert "★★★ 100; 10 of 10 points" in ok("class", "show", "1")
    assert "missing" in ok("class", "show", "2")


def test_the_page_of_now_shows_what_goes_on_here_and_hands_nothing_in(iam: Path):
    ana = kept().find_member("ana")
    ok("join", code_of("ana"), "--learner", "3")
    ok("play", SOLVED, "--learner", "3", "--plain", stdin=solving_lines(ana.first_variant))
    before = progress_settings("3")
    page = ok(
        "class", "page", "--now", "--note", "Playing: <Ana>", "--out", "-", "--jobs", "1"
    )
    assert "Playing: &lt;Ana&gt;" in page
    assert "★★★" in page
    assert progress_settings("3") == before
    assert "IAM-101 has 3 learners and 0" in ok("class", "show").replace(" hand-ins", "")
    assert "★★★" not in ok("class", "page", "--out", "-", "--jobs", "1")


def progress_settings(learner: str) -> dict[str, str]:
    """Return the settings in a learner's save, among them when a play was handed in."""
    with closing(Progress(Path("data") / f"{learner}.sqlite3")) as save:
        return dict(save.settings())


def test_other_commands_take_the_class_by_its_name(iam: Path):
    hand_in("ana", "hand-ins/3/05.handin.jsonl")
    done = coffeeshop("grade", "hand-ins", "--class", "IAM-101", "--jobs", "1")
    assert "Ana Ames: " in done.output
    assert "replaces it" not in done.stderr


@pytest.mark.parametrize(
    ("line", "new"),
    [
        (("roster", "assign", "class.csv"), "class new"),
        (("grade", "x.handin.jsonl", "--roster", "class.csv"), "class grade"),
        (("export", SOLVED, "--roster", "class.csv", "--out", "all"), "class collect"),
        (("class", "x.jsonl"), "class page"),
    ],
)
def test_a_former_command_works_and_says_what_replaces_it(
    iam: Path, line: tuple[str, ...], new: str
):
    done = coffeeshop(*line)
    assert "no such option" not in done.stderr.lower()
    (note,) = (text for text in done.stderr.splitlines() if text.startswith("note: "))
    assert f"coffeeshop {new}" in note


def test_files_that_are_no_hand_ins_are_told_and_the_others_are_taken(iam: Path):
    hand_in("ana", "hand-ins/3/05.handin.jsonl")
    Path("hand-ins/essay.txt").write_text("Dear teacher")
    done = coffeeshop("class", "collect", "hand-ins")
    assert "skipped" in done.stderr
    assert "1 hand-in, 1 of them new" in done.stdout


def test_a_hand_in_of_a_scenario_that_isn_t_assigned_is_told(iam: Path):
    ok("class", "assign", "02")
    ok("class", "assign", SOLVED, "--remove")
    hand_in("ana", "hand-ins/3/05.handin.jsonl")
    done = coffeeshop("class", "grade", "hand-ins", "--jobs", "1")
    assert "doesn't count: " in done.stderr
    assert "05-receipts-drawer isn't assigned" in done.stderr


def test_the_class_file_and_its_journal_stay_private(iam: Path):
    hand_in("ana", "hand-ins/3/05.handin.jsonl")
    grade("hand-ins")
    modes = {path.stat().st_mode & 0o077 for path in FILE.parent.iterdir()}
    assert modes == {0}
