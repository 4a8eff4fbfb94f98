"""What we write for courses and CI is held to what reads it: a published schema, or a consumer's own parser."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from coffeeshop.classroom.formats import FORMATS, GRADEBOOKS
from coffeeshop.classroom.judge import Graded, Task, judge, ungradable_report
from coffeeshop.classroom.register import Register
from coffeeshop.classroom.roster import parse_roster
from coffeeshop.lessons.play.handin import handin_text
from coffeeshop.policy.model import Level, Place, Problem
from tests.lessons.folder import FILES, folder, played, scenario

NAMES = ("kim.handin.jsonl", "=1+1\x1b[31m<b>&'\"", "\ud800", "", "x" * 300)
GONE = "aws iam delete-user-policy --user-name casey --policy-name receipts\naws iam delete-user --user-name casey\n"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Graded]:
    """Reports of every kind: complete, narrow, too much, tampered, ungradable, under all sorts of names."""
    lesson = folder(tmp_path_factory.mktemp("formats"))
    scripts = (
        FILES["solution.sh"],
        *(FILES[name] for name in FILES if name.startswith("wrong/")),
        FILES["solution.sh"] + GONE,
    )
    handed = [handin_text(played(scenario(lesson), script)).encode() for script in scripts]
    found = [
        judge(Task(name, data, str(lesson)), lambda: None)
        for name in NAMES
        for data in handed
    ]
    lost = Problem(
        Level.ERROR, "cut", Place("", 3), "it was cut \x00 <b>", "write it again"
    )
    return [*found, *(ungradable_report(Task(name, b""), lost) for name in NAMES)]


# ------------------------------------------------------------------------ JUnit
@pytest.mark.peers
@pytest.mark.slow
def test_junit_is_what_jenkins_validates_before_it_reads(reports: list[Graded]):
    schema = pytest.importorskip("xmlschema").XMLSchema(
        str(Path(__file__).with_name("junit-10.xsd"))
    )
    schema.validate("".join(FORMATS["junit"].write_combined(reports)))
    for graded in reports:
        schema.validate(FORMATS["junit"].write_one(graded))


@pytest.mark.peers
@pytest.mark.slow
def test_junitparser_counts_what_we_count(reports: list[Graded]):
    parser = pytest.importorskip("junitparser")
    read = parser.JUnitXml.fromstring(
        "".join(FORMATS["junit"].write_combined(reports)).encode()
    )
    suites = [*read]
    assert len(suites) == len(reports)
    for suite in suites:
        said = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == said
    assert {suite.errors for suite in suites} == {0, 1}


# ------------------------------------------------------------------- gradebooks
@pytest.fixture(scope="module")
def register(reports: list[Graded]) -> Register:
    """Returns the register of a class that handed these in, under names and ids that are hard to write down."""
    people = "".join(
        f'"{n}; ""x"", Né","{n},x",=S{n},{n}@x.example,"1,5"\n' for n in range(len(reports))
    )
    found = Register(parse_roster(f"Student,ID,SIS User ID,SIS Login ID,Section\n{people}"))
    for number, graded in enumerate(reports):
        task = found.with_owners(Task(f"{number}@x.example", b""), number)
        found.record_grade(task, graded)
    return found


def table(form: str, register: Register) -> tuple[list[list[str]], list[str]]:
    text = "".join(GRADEBOOKS[form](register, 20, ""))
    return [*csv.reader(StringIO(text))], text.splitlines()


def test_canvas_finds_its_columns_its_rows_and_its_delimiter(register: Register):
    """By what `GradebookImporter` asks of a file (lib/gradebook_importer.rb of instructure/canvas-lms)."""
    (header, possible, *learners), lines = table("canvas", register)
    assert len(header) > 3
    assert "Student" in header[0]
    assert "ID" in header[1]
    assert [re.sub(r"\s+", " ", cell) for cell in header[2:5]] == [
        "SIS User ID",
        "SIS Login ID",
        "Section",
    ]
    assert "Points Possible" in possible[0]
    assert not any("Points Possible" in row[0] or not any(row) for row in learners)
    # Of the first three it guesses the delimiter.
    assert len({len(next(csv.reader([line]))) for line in lines}) == 1
    assert all(re.fullmatch(r"[0-9]+(\.[0-9]+)?", row[-1]) for row in (possible, *learners))
    assert [row[1] for row in learners][:2] == ["0,x", "1,x"]


def test_moodle_finds_a_user_and_a_number_in_every_row(register: Register):
    """By what `gradeimport_csv_load_data` aborts the import for (grade/import/csv/classes/load_data.php of Moodle)."""
    (header, *learners), _ = table("moodle", register)
    assert len(set(header)) == len(header)
    assert all(len(row) == len(header) > 1 for row in learners)
    assert all(row[header.index("Username")] for row in learners)
    assert all(
        re.fullmatch(r"-|[0-9]+(\.[0-9]+)?", row[-2]) and float(row[-2]) <= 100
        for row in learners
    )


def test_brightspace_ends_every_row_with_a_number_sign(register: Register):
    """By how Brightspace exports what it imports again: an id with a number sign, a typed heading, an end of line."""
    (header, *learners), _ = table("brightspace", register)
    assert header[:2] == ["OrgDefinedId", "Username"]
    assert re.fullmatch(r"[^<>]+ Points Grade <Numeric MaxPoints:20>", header[2])
    assert header[3] == "End-of-Line Indicator"
    assert all(
        row[-1] == "#" and row[1].startswith("#") and float(row[2]) <= 20
        for row in learners
    )


# ------------------------------------------------------------------------- xAPI
@pytest.mark.peers
@pytest.mark.slow
def test_tincan_reads_every_statement_and_writes_it_again(reports: list[Graded]):
    tincan = pytest.importorskip("tincan")
    lines = "".join(FORMATS["xapi"].write_combined(reports, 20)).splitlines()
    assert len(lines) == len(reports) - len(NAMES)
    for line in lines:
        statement = tincan.Statement.from_json(line)
        assert (
            json.loads(statement.to_json())["result"]["score"]
            == json.loads(line)["result"]["score"]
        )
        assert 0 <= statement.result.score.raw <= statement.result.score.max == 20
    assert len({json.loads(line)["id"] for line in lines}) == len(lines)


# ------------------------------------------------------------------ autograders
VISIBILITY, FORMATTED = (
    {"hidden", "after_due_date", "after_published", "visible"},
    {"text", "html", "simple_format", "md", "ansi"},
)
GRADESCOPE = {  # https://gradescope-autograders.readthedocs.io/en/latest/specs/
    "score": float, "execution_time": float, "output": str, "output_format": FORMATTED, "test_output_format": FORMATTED,
    "test_name_format": FORMATTED, "visibility": VISIBILITY, "stdout_visibility": VISIBILITY, "extra_data": dict, "tests": list, "leaderboard": list,
}  # fmt: skip
GRADESCOPE_TEST = {
    "score": float, "max_score": float, "status": {"passed", "failed"}, "name": str, "name_format": FORMATTED, "number": str, "output": str,
    "output_format": FORMATTED, "tags": list, "visibility": VISIBILITY, "extra_data": dict,
}  # fmt: skip


def fits(told: dict[str, Any], table: dict[str, Any]) -> None:
    for key, value in told.items():
        kind = table[key]
        assert (
            value in kind
            if isinstance(kind, set)
            else isinstance(value, (int, float) if kind is float else kind)
        ), key


def test_gradescope_gets_the_keys_and_words_that_it_documents(reports: list[Graded]):
    for graded in reports:
        told = json.loads(FORMATS["gradescope"].write_one(graded, 20))
        fits(told, GRADESCOPE)
        for test in told["tests"]:
            fits(test, GRADESCOPE_TEST)
        assert "score" in told or not told["tests"]
        assert 0 <= told.get("score", 0) <= 20


def test_prairielearn_gets_a_share_or_why_it_is_not_gradable(reports: list[Graded]):
    for graded in reports:
        text = FORMATS["prairielearn"].write_one(graded)
        told = json.loads(text)
        assert len(text) < 1_000_000
        assert told["gradable"] is ("score" in told)
        assert 0 <= told.get("score", 0) <= 1
        assert all(isinstance(said, str) for said in told.get("format_errors", []))
        assert all(
            {"name", "points", "max_points", "message"} == set(test)
            for test in told.get("tests", [])
        )
