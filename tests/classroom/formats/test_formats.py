"""Report formats: the same verdict for a person, for CI, for a course; hostile names stay text in every one of them."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from msgspec.structs import asdict

from coffeeshop.classroom.formats import FORMATS, summary_lines
from coffeeshop.classroom.judge import Graded, Task, judge, ungradable_report
from coffeeshop.lessons.grading.report_document import GradedReport, UngradedReport, as_json
from coffeeshop.lessons.play.handin import handin_text
from coffeeshop.policy.model import Level, Place, Problem
from tests.lessons.folder import FILES, folder, played, scenario

BREAKS = "\x1b[31m<b>&\ud800\x00"  # drives a terminal, opens a tag, is no text at all


def grade(
    where: Path, script: str, name: str = "kim.handin.jsonl", **options: object
) -> Graded:
    lesson = folder(where)
    handed = handin_text(played(scenario(lesson), script)).encode()
    return judge(Task(name, handed, str(lesson), **options), lambda: None)  # pyright: ignore[reportArgumentType]  # as Task says


@pytest.fixture
def perfect(tmp_path: Path) -> Graded:
    return grade(tmp_path, FILES["solution.sh"])


@pytest.fixture
def narrow(tmp_path: Path) -> Graded:
    return grade(tmp_path, FILES["wrong/tonight.sh"])


@pytest.fixture
def ungradable() -> Graded:
    problem = Problem(Level.ERROR, "cut", Place("", 3), "it was cut", "write it again")
    return ungradable_report(Task("=kim", b""), problem)


def test_every_format_gives_the_same_bytes_for_the_same_hand_in(
    perfect: Graded, tmp_path: Path
):
    again = grade(tmp_path / "again", FILES["solution.sh"])
    for format in FORMATS.values():
        assert format.write_one(again) == format.write_one(perfect)


# ----------------------------------------------------------------------- text
def test_a_line_says_stars_score_and_first_finding(perfect: Graded, narrow: Graded):
    lines = "".join(summary_lines([perfect, narrow])).splitlines()
    assert lines[0] == "kim.handin.jsonl: ★★★ 100"
    assert lines[1].startswith(
        "kim.handin.jsonl: ☆☆☆ 0 “Casey can open any receipt” works only in part."
    )


def test_a_line_says_why_it_could_not_be_graded(ungradable: Graded):
    assert [*summary_lines([ungradable])] == ["=kim: ungradable: it was cut\n"]
    assert (
        FORMATS["text"].write_one(ungradable)
        == "ungradable: this file can't be graded, and costs the learner nothing\n  line 3: it was cut; write it again\n"
    )


def test_how_many_findings_wait_is_said(tmp_path: Path):
    graded = grade(tmp_path, FILES["wrong/shred-too.sh"].replace("s3:DeleteObject", "s3:*"))
    assert "".join(summary_lines([graded])).endswith("(2 more)\n")


# ----------------------------------------------------------------------- JSON
def test_json_by_itself_is_a_document_and_of_several_one_a_line(
    perfect: Graded, narrow: Graded
):
    assert json.loads(FORMATS["json"].write_one(perfect))["stars"] == 3
    many = FORMATS["json"].write_combined
    assert [json.loads(line)["score"] for line in many([perfect, narrow])] == [100, 0]


def test_every_report_is_of_its_class_and_says_all_of_it(
    perfect: Graded, narrow: Graded, tmp_path: Path
):
    counted = grade(
        tmp_path / "counted", FILES["wrong/shred-too.sh"], counts_permissions=True
    )
    lost = ungradable_report(
        Task("x", b""), Problem(Level.ERROR, "cut", Place("", 3), "it was cut")
    )
    for graded, kind in (
        (perfect, GradedReport),
        (narrow, GradedReport),
        (counted, GradedReport),
        (lost, UngradedReport),
    ):
        told = json.loads(FORMATS["json"].write_one(graded))
        assert json.loads(json.dumps(as_json(msgspec.convert(told, kind)))) == told
        assert list(told) == list(kind.__struct_fields__)


def test_sizes_are_counted_only_where_asked_for(perfect: Graded, tmp_path: Path):
    assert perfect.document.sizes is None
    counted = grade(
        tmp_path / "counted", FILES["wrong/shred-too.sh"], counts_permissions=True
    )
    assert counted.document.sizes is not None
    assert asdict(counted.document.sizes["casey"]) | {"all": 0} == {
        "needed": 3, "allowed": 6, "excess": 3, "all": 0, "weight": 12, "by_level": {"Write": 3},
    }  # fmt: skip
    assert "casey needs 3 of " in counted.text


# ---------------------------------------------------------------------- JUnit
def test_junit_counts_cases_failures_and_what_was_not_run(tmp_path: Path):
    graded = grade(
        tmp_path,
        FILES["wrong/tonight.sh"]
        + "aws iam delete-user-policy --user-name casey --policy-name receipts\naws iam delete-user --user-name casey\n",
    )
    suite = ElementTree.fromstring(FORMATS["junit"].write_one(graded)).find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    assert suite.get("tests") == str(len(cases))
    assert suite.get("failures") == str(
        sum(case.find("failure") is not None for case in cases)
    )
    assert suite.get("skipped") == str(
        sum(case.find("skipped") is not None for case in cases)
    )
    assert {key: suite.get(key) for key in ("timestamp", "errors")} == {
        "timestamp": "2026-03-02T08:02:00",
        "errors": "0",
    }
    assert {element.get("type") for element in suite.iter("failure")} == {
        "tampered:user/casey"
    }
    assert {element.get("message") for element in suite.iter("skipped")} >= {
        "shown after person:casey passes"
    }


def test_junit_names_the_finding_of_a_failed_check(narrow: Graded):
    whole = ElementTree.fromstring(FORMATS["junit"].write_one(narrow))
    assert [(f.get("type"), f.get("message")) for f in whole.iter("failure")] == [
        ("job-narrow:read@casey", "“Casey can open any receipt” works only in part.")
    ]
    properties = {p.get("name"): p.get("value") for p in whole.iter("property")}
    assert (properties["stars"], properties["score"], properties["status"]) == (
        "0",
        "0.0",
        "not_yet",
    )


def test_junit_holds_what_could_not_be_graded_as_an_error(
    ungradable: Graded, perfect: Graded
):
    many = FORMATS["junit"].write_combined
    whole = ElementTree.fromstring("".join(many([perfect, ungradable])))
    assert (whole.get("errors"), whole.get("failures")) == ("1", "0")
    error = whole.find("testsuite/testcase/error")
    assert error is not None
    assert (error.get("type"), error.get("message")) == ("cut", "it was cut")


# ----------------------------------------------------------------- Gradescope
def test_gradescope_has_the_score_once_and_no_hidden_test(narrow: Graded):
    results = json.loads(FORMATS["gradescope"].write_one(narrow))
    assert results["score"] == narrow.document.score
    assert "leaderboard" not in results
    assert {test["visibility"] for test in results["tests"]} == {"visible"}
    assert not any("score" in test for test in results["tests"])
    failed = [test for test in results["tests"] if test["status"] == "failed"]
    assert [test["output"] for test in failed] == [
        "“Casey can open any receipt” works only in part."
    ]


def test_gradescope_gets_nothing_for_what_could_not_be_graded_and_the_reason(
    ungradable: Graded,
):
    results = json.loads(FORMATS["gradescope"].write_one(ungradable))
    assert results["score"] == 0
    assert results["output"].startswith(
        "You get 0 points, because this file can't be graded."
    )
    assert results["tests"] == []
    assert "it was cut" in results["output"]


def test_what_waits_says_for_what(tmp_path: Path):
    lesson = {**FILES, "wrong/tonight.sh": "aws iam delete-user --user-name casey\n"}
    graded = grade(tmp_path, lesson["wrong/tonight.sh"])
    outputs = {
        test["name"]: test["output"]
        for test in json.loads(FORMATS["gradescope"].write_one(graded))["tests"]
    }
    assert outputs["Casey can open any receipt"] == "shown after person:casey passes"
    assert (
        outputs["Must be refused: Casey shreds a receipt"]
        == "shown after nothing is lost or damaged any more"
    )


def test_what_comes_later_says_so(tmp_path: Path):
    graded = grade(tmp_path, FILES["wrong/shred-too.sh"].replace("s3:DeleteObject", "s3:*"))
    outputs = {
        test["name"]: test["output"]
        for test in json.loads(FORMATS["gradescope"].write_one(graded))["tests"]
    }
    assert (
        outputs["Every allowed action is written out, without * or ?"]
        == "shown after you earn the star before it"
    )


# ------------------------------------------------------------------------ CSV
def rows(*graded: Graded) -> list[dict[str, str]]:
    many = FORMATS["csv"].write_combined
    return [*csv.DictReader(StringIO("".join(many(graded))))]


def test_csv_has_a_row_for_each(perfect: Graded, narrow: Graded, ungradable: Graded):
    found = rows(perfect, narrow, ungradable)
    assert [(row["stars"], row["score"], row["status"], row["first_finding"]) for row in found] == [
        ("3", "100.0", "complete", ""), ("0", "0.0", "not_yet", "job-narrow:read@casey"), ("", "", "ungradable", ""),
    ]  # fmt: skip
    assert [row["scenario"] for row in found] == ["90-a-small-one", "90-a-small-one", ""]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(tmp_path: Path, name: str):
    cell = rows(grade(tmp_path, "", name=name))[0]["handin"]
    assert cell.startswith("'")


def test_quotes_and_commas_stay_in_their_cell(tmp_path: Path):
    assert rows(grade(tmp_path, "", name='a,"b"'))[0]["handin"] == 'a,"b"'


# -------------------------------------------------------------------- hostile
@pytest.mark.parametrize("form", [*FORMATS])
def test_a_hostile_name_is_text_in_every_format(tmp_path: Path, form: str):
    graded = grade(tmp_path, "", name=BREAKS)
    text = FORMATS[form].write_one(graded)
    assert text.encode()
    assert not set(text) & {"\x1b", "\x00", "\ud800"}
    if form == "junit":
        suite = ElementTree.fromstring(text).find("testsuite")
        assert suite is not None
        assert suite.get("name") == "\\x1b[31m<b>&\\ud800\\x00"
