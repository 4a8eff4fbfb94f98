"""The check-up as an assignment: given, handed in, graded, and what the teacher reads of the class."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from coffeeshop.classroom.kept_class import KeptClass, read_class
from coffeeshop.lessons.play.membership import parse_join_code
from coffeeshop.lessons.teaching.suspicions import refuting_example
from tests.classroom.check_ups import simulated_hand_in
from tests.cli.class_steps import FILE, code_of, coffeeshop, ok
from tests.tables import check_rows

CLASS = 14
PASSING, UNDENIED = "M16", "M02"


@pytest.fixture(autouse=True)
def teacher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of fourteen, given both check-ups."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COFFEESHOP_DATA", "data")
    rows = "".join(f"{n},Learner {n},l{n}@x.example\n" for n in range(1, CLASS + 1))
    Path("class.csv").write_text(f"learner,name,email\n{rows}")
    ok("class", "new", "IAM-101", "--roster", "class.csv")
    ok("class", "assign", "check-up", "--before", "--due", "2026-12-04")
    ok("class", "assign", "check-up", "--after", "--points", "10")


def kept() -> KeptClass:
    return read_class(FILE)


def hand_in(
    moment: str, believers: int, learners: int = CLASS, belief: str = PASSING
) -> None:
    """Let learners hand in a check-up. The first ones have a misconception."""
    for number, member in enumerate(kept().members[:learners]):
        planted = {belief} if number < believers else set[str]()
        text = simulated_hand_in(kept(), member.learner.key, moment, planted)
        Path(f"{moment}-{number}.handin.jsonl").write_text(text)
    ok("class", "collect", *map(str, sorted(Path().glob(f"{moment}-*.jsonl"))))


def test_a_check_up_is_assigned_before_or_after_and_comes_with_the_code():
    assert (
        "can only be used with `class assign check-up`"
        in coffeeshop("class", "assign", "05", "--after").output
    )
    assert "can't be an exam" in coffeeshop("class", "exam", "check-up").output
    assert "--before or --after" in coffeeshop("class", "assign", "check-up").output
    assert "check-up before the course: due" in ok("class", "show")
    ids = [each.id for each in parse_join_code(code_of("1")).assignments]
    assert ids == ["check-up-before", "check-up-after"]
    assert "check-up --before" in ok("join", code_of("1"), learner="one")


def test_a_gradebook_without_a_column_for_a_check_up_is_told_the_names_that_it_goes_by():
    Path("gradebook.csv").write_text("learner,name,email,Quiz\n1,Learner 1,l1@x.example,\n")
    words = ("canvas", "check-up-before", "--gradebook", "gradebook.csv", "--out", "x.csv")
    told = coffeeshop("class", "export", *words, "--jobs", "1").stderr
    assert "called 'check-up before the course' or 'check-up-before', so" in told


def test_a_check_up_is_exported_by_each_of_its_names():
    def check(name: str, told: str) -> None:
        done = coffeeshop(
            "class", "export", "canvas", name, "--out", "x.csv", "--jobs", "1"
        )
        assert told in done.output

    rows = [
        ("check-up-before", "x.csv has the points of 0 of 14 learners"),
        ("check-up after the course", "x.csv has the points of 0 of 14 learners"),
        ("Check-up", "choose one of check-up-before, check-up-after"),
        ("check-up-later", "isn't assigned to IAM-101; choose one of check-up-before"),
        ("02", "isn't assigned to IAM-101"),
    ]
    check_rows(check, rows)
    ok("class", "assign", "check-up", "--after", "--remove")
    ok("class", "export", "canvas", "check-up", "--out", "x.csv")
    assert "check-up before the course" in Path("x.csv").read_text("utf-8-sig")


def test_who_has_not_handed_in_is_named_before_and_after_the_due_date():
    hand_in("before", 0, 12)
    assert "2 of 14 have time left: Learner 13, Learner 14" in ok("class", "grade")
    ok("class", "assign", "check-up", "--before", "--due", "2025-12-04")
    graded = ok("class", "grade")
    assert "2 of 14 are missing: Learner 13, Learner 14" in graded
    assert graded.endswith("  14 of 14 are missing\n")


def test_a_learner_answers_hands_in_and_is_graded_once_for_each_question():
    ok("join", code_of("1"), learner="one")
    early = coffeeshop("export", "check-up-before", learner="one")
    assert "0 of 10 questions are answered" in early.output
    said = ok("check-up", "--before", learner="one", stdin="a\n" * 10)
    assert "Hand it in: " in said
    assert "Question" not in ok("check-up", "--before", learner="one"), "it is asked once"
    ok("export", "check-up-before", "--out", "one.handin.jsonl", learner="one")
    printed = ok("class", "grade", "one.handin.jsonl")
    assert "Learner 1: " in printed
    assert " of 10 right; " in printed
    assert "13 of 14 " in printed
    report = json.loads(ok("grade", "one.handin.jsonl", "--format", "json"))
    assert report["score"] == 10 * sum(each["right"] for each in report["check_up"])


def test_answers_to_another_learners_questions_and_changed_ones_are_refused():
    text = simulated_hand_in(kept(), "1", "before", ())
    header = json.loads(text)
    header["record"]["check_up"] = header["record"]["check_up"][:9]
    Path("cut.handin.jsonl").write_text(json.dumps(header))
    assert "edited" in coffeeshop("grade", "cut.handin.jsonl").output
    own = simulated_hand_in(kept(), "2", "before", ())
    forged = own.replace(
        json.loads(own)["record"]["learner"], json.loads(text)["record"]["learner"]
    )
    Path("forged.handin.jsonl").write_text(forged)
    assert "ungradable" in coffeeshop("grade", "forged.handin.jsonl").output


def test_fewer_than_twelve_learners_show_no_statistics():
    hand_in("before", believers=11, learners=11)
    told = ok("class", "page", "--out", "-")
    assert "11 of 14 learners handed in the check-up before the course." in told
    assert "Results for the class are shown from 12 learners on" in told
    assert "Passing a role is harmless" not in told


def test_a_teacher_reads_what_to_teach_tomorrow_and_later_what_the_class_gained():
    hand_in("before", believers=9)
    page = ok("class", "page", "--out", "-")
    taught = page.partition("<h3>Teach next</h3>")[2]
    example = refuting_example(PASSING)
    assert example is not None
    assert taught.lstrip().startswith(
        "<p>9 of 14 learners may believe: “Passing a role is harmless.”"
    )
    assert example.page in taught
    assert "Learner 3" not in taught.partition("</section>")[0], "nobody is named"
    hand_in("after", believers=5, belief=UNDENIED)
    later = ok("class", "page", "--out", "-")
    assert "14 learners took both check-ups, with on average" in later
    # Afterwards, whoever thinks that all is allowed may seem to think so of passing a role.
    assert re.search(
        r"“Passing a role is harmless.” 9 of 14 before, [0-4] of 14 after\. The true change is between",
        later,
    )
    assert "Limit which roles someone can pass: " in later
    taught = later.partition("<h3>Teach next</h3>")[2].partition("<h3>")[0]
    assert (
        "5 of 14 learners may believe: “If no policy denies it, it is allowed.”" in taught
    )
    points = ok("class", "export", "canvas", "check-up-after", "--out", "marks.csv")
    assert "points of 14 of 14 learners" in points
