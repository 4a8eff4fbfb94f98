"""A class that is kept: who is who, codes, variants, assignments and exams, in one file."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from coffeeshop.classroom.kept_class import Allowance
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.scenario.find import find
from coffeeshop.policy.problem import Problems
from tests.cli.class_steps import FILE, ROSTER, code_of, coffeeshop, kept, ok
from tests.tables import check_rows


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TZ", "UTC")
    Path("class.csv").write_text(ROSTER)
    return tmp_path


@pytest.fixture
def iam(here: Path) -> Path:
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    return here


# ----------------------------------------------------------------------- new, add
def test_a_class_is_one_private_file(iam: Path):
    assert FILE.stat().st_mode & 0o777 == 0o600
    assert FILE.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in FILE.parent.iterdir()] == [FILE.name]


def test_learners_of_one_name_are_two_learners_and_the_teacher_is_told_their_ids(
    here: Path,
):
    said = ok("class", "new", "IAM-101", "--roster", "class.csv")
    assert "2 learners are called Kim Lee. In commands, use their ids: 1, 2" in said
    assert len({member.first_variant for member in kept().members}) == 3
    refused = coffeeshop("class", "show", "Kim Lee")
    assert refused.exit_code == 2
    assert "choose one by id: 1, 2" in refused.stderr


def test_learners_whom_only_one_name_tells_apart_are_refused(here: Path):
    Path("class.csv").write_text("name\nKim Lee\nKim Lee\n")
    refused = coffeeshop("class", "new", "IAM-101", "--roster", "class.csv")
    assert refused.exit_code == 2
    assert "add a column with each learner's id or email" in refused.stderr
    assert not FILE.exists()


@pytest.mark.parametrize(
    "again", ["IAM-101", "iam-101"], ids=["the same name", "in another letter case"]
)
def test_a_class_isn_t_made_twice_so_that_no_variant_is_drawn_again(iam: Path, again: str):
    before = FILE.read_bytes()
    refused = coffeeshop("class", "new", again, "--roster", "class.csv")
    assert refused.exit_code == 2
    assert "already" in refused.stderr
    assert FILE.read_bytes() == before


@pytest.mark.parametrize("name", ["", "../x", "a b", "x" * 41, ".hidden", "a/b", "\x1b[2J"])
def test_a_name_that_no_file_or_code_can_have_is_refused(here: Path, name: str):
    assert coffeeshop("class", "new", name, "--roster", "class.csv").exit_code == 2


def test_a_late_joiner_changes_nothing_for_the_others(iam: Path):
    codes = {who: code_of(who) for who in "123"}
    before = {member.learner.key: member for member in kept().members}
    said = ok("class", "add", "--name", "Zoe Park", "--email", "zoe@x.example")
    assert "coffeeshop join IAM-101:" in said
    after = {member.learner.key: member for member in kept().members}
    assert {
        key: (m.first_variant, m.secret, m.link)
        for key, m in after.items()
        if key in before
    } == {key: (m.first_variant, m.secret, m.link) for key, m in before.items()}
    assert {who: code_of(who) for who in "123"} == codes
    assert len({member.first_variant for member in kept().members}) == 4


def test_a_newer_export_adds_only_those_who_are_new(iam: Path):
    first = {member.learner.key: member.first_variant for member in kept().members}
    Path("export.csv").write_text(
        "Student,ID,SIS User ID,SIS Login ID\n    Points Possible,,,\n"
        '"Park, Zoe",9,4,zoe@x.example\n"Lee, Kim",7,2,k2@x.example\n'
    )
    said = ok("class", "add", "export.csv")
    assert "Added Zoe Park (4)" in said
    assert "1 learner already in the class" in said
    now = {member.learner.key: member.first_variant for member in kept().members}
    assert now.items() >= first.items()
    assert now.keys() == {*first, "4"}


def test_a_new_class_says_which_columns_of_the_roster_it_read(here: Path):
    def check(headings: str, cells: str, told: str) -> None:
        Path("r.csv").write_text(f"{headings}\n{cells}\n")
        assert f"Columns used from r.csv: {told}\n" in ok(
            "class", "new", cells[:2], "--roster", "r.csv"
        )

    rows = [
        ("id,name,email", "a1,Ana Ames,a@x.example", "id (id), name (name), email (email)"),
        (
            "Student,ID,SIS User ID,SIS Login ID",
            "b1,101,s1,ana",
            "name (Student), lms (ID), id (SIS User ID), login (SIS Login ID)",
        ),
        (
            "First name,Surname,Mail,Shoe",
            "c1,Ames,a@x.example,9",
            "first (First name), last (Surname), email (Mail)",
        ),
    ]
    check_rows(check, rows)


def test_a_learner_s_name_is_corrected_and_everything_else_stays(here: Path):
    def check(text: str, words: tuple[str, ...], row: str, name: str) -> None:
        Path("r.csv").write_text(text)
        FILE.unlink(missing_ok=True)
        ok("class", "new", "IAM-101", "--roster", "r.csv")
        (before,) = kept().members
        assert "is now Ana Amis" in ok("class", "correct", before.learner.key, *words)
        (after,) = kept().members
        assert (after.first_variant, after.secret, after.link) == (
            before.first_variant,
            before.secret,
            before.link,
        )
        assert (after.learner.key, after.learner.name) == (before.learner.key, name)
        cells = kept().roster.rows[after.learner.row_index]
        assert ",".join(cell for cell in cells if cell != str(after.first_variant)) == row

    named = ("--name", "Ana Amis")
    rows = [
        ("id,name\n1,Ana Ames\n", named, "1,Ana Amis", "Ana Amis"),
        ('Student,ID,SIS User ID\n"Ames, Ana",11,1\n', named, "Amis, Ana,11,1", "Ana Amis"),
        ("id,first name,last name\n1,Ana,Ames\n", named, "1,Ana,Amis", "Ana Amis"),
        ("id\n1\n", named, "1,Ana Amis", "Ana Amis"),
        (
            "id,name\n1,Ana\n",
            (*named, "--email", "a@x.example"),
            "1,Ana Amis,a@x.example",
            "Ana Amis",
        ),
    ]
    check_rows(check, rows)


def test_what_tells_a_learner_apart_is_not_corrected(here: Path):
    Path("r.csv").write_text("name,email\nAna,a@x.example\n")
    ok("class", "new", "IAM-101", "--roster", "r.csv")
    before = FILE.read_bytes()
    for words, told in (
        (("ana", "--email", "b@x.example"), "a@x.example identifies Ana"),
        (("bo", "--name", "Bo"), "no learner called 'bo'"),
        (("ana",), "give the correct value"),
    ):
        done = coffeeshop("class", "correct", *words)
        assert (done.exit_code, told in done.stderr) == (2, True), done.stderr
    assert FILE.read_bytes() == before


def test_a_newer_export_without_learners_is_refused(iam: Path):
    Path("empty.csv").write_text("learner,name,email\n")
    done = coffeeshop("class", "add", "empty.csv")
    assert (done.exit_code, "empty.csv contains no learners" in done.stderr) == (2, True)


def test_variants_that_a_roster_gives_are_taken_over(here: Path):
    Path("class.csv").write_text("learner,variant\na,412000\nb,\n")
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    assert kept().members[0].first_variant == 412000
    assert kept().members[1].first_variant != 412000


# ----------------------------------------------------------------- assign and exam
def test_an_assignment_is_changed_without_repeating_what_stays(iam: Path):
    ok(
        "class",
        "assign",
        "05",
        "--due",
        "2026-12-04",
        "--late",
        "10%/day",
        "--points",
        "10",
    )
    ok("class", "assign", "05", "--due", "2026-12-11T12:00")
    (task,) = kept().assignments
    assert (task.assignment.late, task.points) == ("10%/day", 10)
    assert task.assignment.due is not None
    assert task.assignment.due.isoformat() == "2026-12-11T12:00:00+00:00"


def test_a_date_alone_is_due_at_its_last_minute(iam: Path):
    assert "due Fri 4 Dec 2026 23:59" in ok("class", "assign", "05", "--due", "2026-12-04")


def test_an_exam_needs_a_window_that_ends_after_it_begins(iam: Path):
    assert coffeeshop("class", "exam", "10").exit_code == 2
    backwards = ("--from", "2026-12-18T12:00", "--to", "2026-12-18T10:00")
    assert coffeeshop("class", "exam", "10", *backwards).exit_code == 2
    window = ("--from", "2026-12-18T10:00", "--to", "2026-12-18T12:00")
    assert "exam, Fri 18 Dec 2026 10:00" in ok("class", "exam", "10", *window)
    assert "is an exam" in coffeeshop("class", "assign", "10", "--due", "2026-12-20").stderr


def test_an_exam_says_which_assignment_it_replaces_and_how_to_remove_it(iam: Path):
    ok("class", "assign", "10", "--due", "2026-12-04", "--points", "7")
    window = ("--from", "2099-12-18T10:00", "--to", "2099-12-18T12:00")
    said = ok("class", "exam", "10", *window)
    assert "replaces this assignment: " in said
    assert "due Fri 4 Dec 2026 23:59 UTC; 7 points" in said
    assert "replaces" not in ok("class", "exam", "10", *window)
    refused = coffeeshop("class", "assign", "10").stderr
    assert "`class assign 10-" in refused
    assert " --remove`" in refused


def test_a_date_in_the_past_is_taken_with_a_warning(iam: Path):
    done = coffeeshop("class", "assign", "05", "--due", "2020-12-04")
    assert (done.exit_code, "warning: --due is in the past" in done.stderr) == (0, True)
    assert coffeeshop("class", "assign", "05", "--due", "2099-12-04").stderr == ""


def test_one_learner_gets_other_dates_and_another_variant_on_purpose(iam: Path):
    ok("class", "assign", "05", "--due", "2026-12-04")
    ok("class", "assign", "05", "--for", "ana", "--due", "2026-12-08")
    ok("class", "assign", "05", "--for", "ana", "--variant", "7")
    said = ok("class", "show", "ana")
    assert "due Tue 8 Dec 2026 23:59" in said
    assert "variant 7 is also accepted" in said
    assert "due Fri 4 Dec 2026 23:59" in ok("class", "show", "1")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("assign", "77"), "there is no scenario"),
        (("assign",), "name a scenario"),
        (("assign", "05", "--late", "ten"), "isn't a late rule"),
        (("assign", "05", "--due", "soon"), "isn't a time"),
        (("assign", "05", "--due", "1999-01-01"), "too far"),
        (("assign", "05", "--for", "nobody"), "no learner called"),
        (("assign", "05", "--for", "ana"), "isn't assigned"),
        (("assign", "05", "--remove"), "isn't assigned"),
        (("assign", "05", "--variant", "3"), "--for WHO"),
        (("exam", "10", "--for", "ana", "--to", "2026-12-18"), "as an exam yet"),
        (("assign", "05", "--due", "soon"), "2026-11-30, or 2026-11-30T23:59+01:00"),
        (
            ("assign", "05", "--for", "ana", "--points", "5"),
            "--points applies to the whole",
        ),
        (("assign", "05", "--for", "ana", "--late", "25%"), "--late applies to the whole"),
        (("assign", "05", "--points", "30 points"), "write a number above 0"),
        (("exam", "05", "--for", "ana", "--points", "5"), "--points applies to the whole"),
        (("add",), "name a ROSTER"),
        (("shwo",), "did you mean `show`"),
    ],
)
def test_what_cannot_be_done_is_told_and_the_class_stays(
    iam: Path, line: tuple[str, ...], said: str
):
    before = FILE.read_bytes()
    refused = coffeeshop("class", *line)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert FILE.read_bytes() == before


def test_a_change_says_who_needs_a_new_code(iam: Path):
    window = ("--from", "2027-12-18T10:00", "--to", "2027-12-18T12:00")
    rows = [
        (("assign", "05"), "class links"),
        (("assign", "05", "--points", "7"), ""),
        (("assign", "05", "--for", "ana", "--variant", "7"), ""),
        (("assign", "05", "--due", "2027-12-04"), "class links"),
        (("assign", "05", "--for", "ana", "--due", "2027-12-08"), "class show ana"),
        (("exam", "10", *window), "class links"),
        (("exam", "10", "--to", "2027-12-18T11:00"), "class links"),
        (("exam", "10", "--for", "ana", "--to", "2027-12-18T13:00"), "class show ana"),
    ]

    def check(line: tuple[str, ...], command: str) -> None:
        said = ok("class", *line)
        new = "a new code" if "show" in command else "new codes"
        reminder = f"For {new}: coffeeshop {command}\n"
        assert said.endswith(reminder) if command else "code" not in said, said

    check_rows(check, rows)


def test_who_plays_on_the_teacher_s_machine_has_a_change_without_a_new_code(iam: Path):
    ok("class", "assign", "02")
    for key in "13":
        words = ("play", "02", "--class", "IAM-101", "--learner", key, "--plain")
        ok(*words, stdin="quit\n")

    def assigned_ids(key: str) -> list[str]:
        with closing(Progress(save_path(Path("data"), key))) as save:
            assert save.membership
            return [assignment.id for assignment in save.membership.assignments]

    ok("class", "exam", "10", "--from", "2026-12-18T10:00", "--to", "2026-12-18T12:00")
    assert assigned_ids("1") == assigned_ids("3") == ["2", "10"]
    ok("class", "assign", "02", "--remove")
    assert assigned_ids("1") == assigned_ids("3") == ["10"]
    before = kept().membership("1")
    ok("class", "exam", "10", "--for", "ana", "--to", "2026-12-18T13:00")
    with closing(Progress(save_path(Path("data"), "3"))) as save:
        assert save.membership == kept().membership("3") != before
    with closing(Progress(save_path(Path("data"), "1"))) as save:
        assert save.membership == before
    assert not save_path(Path("data"), "2").exists()


def test_a_command_to_type_names_the_class_where_there_are_several(iam: Path):
    assert "--class" not in ok("class", "assign", "05")
    said = ok("class", "new", "IAM-102", "--roster", "class.csv")
    assert "Next: coffeeshop class assign 05 --due 2026-12-04 --class IAM-102\n" in said
    said = ok("class", "assign", "02", "--class", "IAM-101")
    assert said.endswith("For new codes: coffeeshop class links --class IAM-101\n")
    ok("class", "assign", "05", "--due", "2025-12-04", "--class", "IAM-101")
    said = ok("class", "add", "--id", "s4", "--name", "Zoe Park", "--class", "IAM-101")
    assert "--for s4 --due DATE --class IAM-101\n" in said
    removed = coffeeshop("class", "collect", "--remove", "x.jsonl", "--class", "IAM-101")
    assert "to see the names, run coffeeshop class grade --class IAM-101" in removed.stderr


def test_an_exception_for_one_learner_can_be_taken_back(iam: Path):
    ok("class", "assign", "05", "--due", "2027-12-04")
    ok("class", "assign", "05", "--for", "ana", "--due", "2027-12-08", "--variant", "7")
    said = ok("class", "assign", "05", "--for", "ana", "--remove")
    assert said.startswith(
        "Ana Ames (3) now has the same dates as the whole class: 05 The receipts drawer"
    )
    assert kept().allowance("3", "05-receipts-drawer") == Allowance()
    assert [task.id for task in kept().assignments] == ["05-receipts-drawer"]
    refused = coffeeshop("class", "assign", "06", "--for", "ana", "--remove")
    assert "isn't assigned to IAM-101 yet" in refused.stderr


def test_a_learner_is_found_by_the_name_as_the_roster_writes_it(here: Path):
    Path("class.csv").write_text(
        'Student,ID,SIS Login ID\n"De la Cruz, Juan",7,juan@x.example\n'
    )
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    assert "Juan De la Cruz" in ok("class", "show", "De la Cruz, Juan")
    ok("class", "links", "--out", "links.csv")
    headings, row = Path("links.csv").read_text("utf-8-sig").splitlines()
    assert headings == "learner,name,login,email,code,link"
    assert row.startswith("juan@x.example,Juan De la Cruz,juan@x.example,juan@x.example,")


def test_a_learner_is_told_which_assignment_their_program_lacks(
    iam: Path, monkeypatch: pytest.MonkeyPatch
):
    ok("class", "assign", "05")
    ok("class", "assign", "10")
    code = code_of("ana")
    monkeypatch.setattr("coffeeshop.cli.join.find", _find_all_but_the_cashiers)
    joined = coffeeshop("join", code, learner="ana")
    assert joined.exit_code == 0
    assert (
        "This program doesn't have 10. To play it, install the newest file" in joined.stderr
    )


def _find_all_but_the_cashiers(id: str, extra: Path | None) -> Path:
    if id == "10":
        raise Problems
    return find(id, extra)


def test_a_late_joiner_is_shown_the_dates_that_have_passed(iam: Path):
    ok("class", "assign", "02", "--due", "2025-12-04")
    ok("class", "assign", "05", "--due", "2099-12-04")
    ok("class", "exam", "10", "--from", "2025-12-18T10:00", "--to", "2025-12-18T12:00")
    said = ok("class", "add", "--id", "s 4", "--name", "Zoe Park")
    assert "02 The first administrator was due Thu 4 Dec 2025 23:59" in said
    assert "class assign 02-the-first-administrator --for 's 4' --due DATE" in said
    assert "class exam 10-the-cashiers --for 's 4' --from TIME --to TIME" in said
    assert "receipts" not in said


def test_somebody_with_a_learner_s_name_is_added_by_an_id(iam: Path):
    for name, others in (
        ("Kim Lee", "already has 2 learners called 'Kim Lee': 1, 2"),
        ("ana ames", "already has a learner called 'ana ames': 3"),
    ):
        refused = coffeeshop("class", "add", "--name", name)
        assert (refused.exit_code, others in refused.stderr) == (2, True), refused.stderr
        assert "add --id ID" in refused.stderr
        assert "roster" not in refused.stderr
    assert "Added Kim Lee (k3)" in ok("class", "add", "--name", "Kim Lee", "--id", "k3")


def test_help_says_the_points_and_the_class_as_everything_else_does():
    for command, told, wrong in (
        ("assign", "(default: 100)", "[default"),
        ("exam", "(default: 100)", "(100)]"),
    ):
        said = ok("class", command, "--help")
        assert told in " ".join(said.split())
        assert wrong not in said
    assert "--class NAME|FILE" in ok("export", "--help")


# --------------------------------------------------------------------------- which
def test_a_command_without_a_class_says_how_one_is_made_or_chosen(here: Path):
    assert "class new IAM-101 --roster class.csv" in coffeeshop("class", "show").stderr
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    ok("class", "new", "IAM-102", "--roster", "class.csv")
    refused = coffeeshop("class", "show")
    assert refused.exit_code == 2
    assert "IAM-101, IAM-102" in refused.stderr
    assert "IAM-102 has 3 learners" in ok("class", "show", "--class", "IAM-102")


# ---------------------------------------------------------------------------- join
def test_a_learner_types_the_code_once_and_has_variants_and_assignments_from_then_on(
    iam: Path,
):
    ok("class", "assign", "05", "--due", "2026-12-04", "--late", "10%/day")
    said = ok("join", code_of("ana"), learner="ana")
    assert "You are in IAM-101." in said
    assert "05 The receipts drawer: due Fri 4 Dec 2026 23:59" in said
    first = kept().find_member("ana").first_variant
    assert f"(variant {first})" in ok(
        "play", "05", "--plain", learner="ana", stdin="quit\n"
    )
    assert "--first-variant" not in ok(
        "play", "05", "--plain", learner="ana", stdin="quit\n"
    )


def test_a_learner_joins_from_the_file_that_the_teacher_gives_out(iam: Path):
    ok("class", "links", "--files", "codes")
    assert Path("codes/3.txt").stat().st_mode & 0o077 == 0
    assert "You are in IAM-101." in ok("join", "codes/3.txt", learner="ana")


def test_a_newer_code_brings_new_assignments_and_the_same_variants(iam: Path):
    ok("join", code_of("ana"), learner="ana")
    ok("class", "assign", "05")
    ok("class", "assign", "--practice", "roles", "--level", "2")
    said = ok("join", code_of("ana"), learner="ana")
    assert "practice on roles, level 2: no due date" in said
    first = kept().find_member("ana").first_variant
    assert f"(variant {first})" in ok(
        "play", "05", "--plain", learner="ana", stdin="quit\n"
    )


def test_a_code_with_a_typing_mistake_is_refused_and_nothing_is_written(iam: Path):
    code = code_of("ana")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    refused = coffeeshop("join", wrong, learner="ana")
    assert refused.exit_code == 2
    assert "typing mistake" in refused.stderr
    assert not Path("machine-of-ana").exists()


def test_a_code_tells_nobody_another_learner_s(iam: Path):
    bodies = {who: code_of(who).rpartition(":")[2] for who in "123"}
    assert len({member.secret for member in kept().members}) == 3
    assert len(set(bodies.values())) == 3
    assert not any(re.search("Kim|Ana", code_of(who)) for who in "123")


# ---------------------------------------------------------------------------- file
@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE learner SET first = first + 1 WHERE n = 0",
        "UPDATE learner SET secret = -1",
        "DELETE FROM learner WHERE n = 1",
        "DELETE FROM class",
        "UPDATE roster_row SET cells = '[]'",
        "UPDATE roster_row SET cells = 'x'",
        "INSERT INTO assignment VALUES ('05', 0, 'soon', '', '', 1.0)",
        "CREATE TRIGGER t AFTER INSERT ON handin BEGIN DELETE FROM learner; END",
        "PRAGMA user_version = 99",
        "PRAGMA application_id = 1",
    ],
)
def test_a_file_that_is_no_whole_class_is_refused_and_left_as_it_is(iam: Path, damage: str):
    with closing(sqlite3.connect(FILE, isolation_level=None)) as db:
        db.execute(damage)
    before = FILE.read_bytes()
    for line in (("show",), ("assign", "05"), ("add", "--id", "9")):
        refused = coffeeshop("class", *line)
        assert refused.exit_code == 2, refused.output
        assert "the file was not changed" in refused.stderr
    assert FILE.read_bytes() == before


def test_bytes_that_are_no_database_are_refused(iam: Path):
    FILE.write_bytes(b"nonsense" * 1000)
    assert "can't be used" in coffeeshop("class", "show").stderr
