"""Where a class stands: counted from reports, the same in text, on the page and on the screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.json import decode, encode
from msgspec.structs import replace

from coffeeshop.classroom.judge import Task, graded_report, judge
from coffeeshop.classroom.overview import Overview, build_overview
from coffeeshop.classroom.page import class_page_html
from coffeeshop.classroom.reports import read_reports
from coffeeshop.classroom.roster import parse_roster
from coffeeshop.classroom.told import overview_parts
from coffeeshop.lessons.grading.grade import grade
from coffeeshop.lessons.grading.report_document import (
    GradedReport,
    HandInSummary,
    ReportDocument,
    as_json,
)
from coffeeshop.lessons.play.record import Record
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import find
from coffeeshop.lessons.scenario.load import load
from coffeeshop.policy.model import Problem
from coffeeshop.tui.reader import Reader
from coffeeshop.views.rows import lines
from tests.views.plays import scenario

CLASS = (
    "learner,name,pseudonym\nana,Ana Smith,p-1\nbo,Bo Łukasz,p-2\ncy,=1+1 <b>Cy</b>,p-3\n"
)
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def report(
    name: str, script: str = "", tries: int = 1, minutes: int = 10
) -> ReportDocument:
    lesson = scenario("05")
    play = run_play(lesson, lesson.text(script) if script else lesson.solution)
    record = Record(
        AT + timedelta(minutes=minutes), tries, AT, {"leak:payroll@casey": 2}, shown=False
    )
    return graded_report(Task(name, b""), play, grade(play), record).document


@pytest.fixture(scope="module")
def found() -> Overview:
    rubbish = judge(Task("bo/06.handin.jsonl", b"{"), lambda: None).document
    return build_overview(
        (
            report("ana/05.handin.jsonl", "wrong/every-bucket.sh"),
            report("ana/05 (1).handin.jsonl", tries=4, minutes=50),
            report("bo/05.handin.jsonl", "wrong/every-bucket.sh"),
            rubbish,
        ),
        parse_roster(CLASS),
    )


def test_the_best_of_several_counts_and_who_is_missing_is_told(found: Overview):
    marks = {pupil.name: pupil.marks["05-receipts-drawer"] for pupil in found.pupils}
    assert (
        marks["Ana Smith"].stars,
        marks["Ana Smith"].hand_ins,
        marks["Ana Smith"].tries,
    ) == (3, 2, 4)
    assert marks["Ana Smith"].time_taken == timedelta(minutes=50)
    assert (marks["Bo Łukasz"].stars, marks["Bo Łukasz"].hints) == (0, 2)
    assert (marks["=1+1 <b>Cy</b>"].stars, marks["=1+1 <b>Cy</b>"].status) == (
        None,
        "missing",
    )
    assert found.star_counts("05-receipts-drawer") == (1, 0, 0, 1, 1)


KIMS = ("k1,Kim Lee,p", "k2,Kim Lee,p", "k3,kim lee,q", "k4,Kim Lee (k1),p (1)")


@pytest.fixture(scope="module")
def of_kims() -> tuple[ReportDocument, ...]:
    failing = report("k1/05.handin.jsonl", "wrong/every-bucket.sh")
    return (
        failing,
        *(report(f"{name}/05.handin.jsonl") for name in ("k2", "k3", "Kim Lee")),
    )


@given(data=st.data(), veiled=st.booleans())
@settings(max_examples=40)
def test_of_a_class_whose_names_are_alike_nobody_is_lost_in_whatever_order_it_comes(
    of_kims: tuple[ReportDocument, ...], data: st.DataObject, veiled: bool
):
    best = {"k1": 0, "k2": 3, "k3": 3, "k4": None}
    rows, reports = data.draw(st.permutations(KIMS)), data.draw(st.permutations(of_kims))
    found = build_overview(
        reports, parse_roster("\n".join(("learner,name,pseudonym", *rows))), veiled
    )
    names = [pupil.name for pupil in found.pupils]
    assert len({*names}) == len(names) == len(best) + 1  # and whoever nobody knows
    stars = [pupil.marks["05-receipts-drawer"].stars for pupil in found.pupils]
    assert sorted(map(str, stars)) == sorted(map(str, (*best.values(), 3)))
    assert [one.learner_names for one in found.findings] == [(names[stars.index(0)],)]


def test_whose_of_two_names_alike_a_hand_in_is_the_variant_tells():
    reports = [report("Kim Lee/05.handin.jsonl")]  # in variant 0
    found = build_overview(
        reports, parse_roster("learner,name,variant\na,Kim Lee,7000\nb,Kim Lee,0\n")
    )
    marks = {pupil.name: pupil.marks["05-receipts-drawer"].stars for pupil in found.pupils}
    assert marks == {"Kim Lee (a)": None, "Kim Lee (b)": 3}


def test_findings_and_beliefs_name_those_in_whose_way_they_stand(found: Overview):
    assert [(one.key, one.learner_names) for one in found.findings] == [
        ("05-receipts-drawer leak:payroll@casey", ("Bo Łukasz",))
    ]
    assert [(one.key, one.text) for one in found.misconceptions] == [
        ("M15", "More than the job needs does no harm.")
    ]


def test_what_stands_in_several_ways_is_one_whatever_the_names_of_their_variants():
    files = dict[str, ReportDocument]()
    for name, variant in (("ana", 0), ("bo", 7000), ("cy", 8000)):
        lesson = load(find("05"), variant)
        play = run_play(lesson, lesson.text("wrong/every-bucket.sh"))
        files[name] = graded_report(
            Task(f"{name}/05.handin.jsonl", b""), play, grade(play)
        ).document
    assert len({document.findings[0].text.what for document in files.values()}) == 3
    (one,) = build_overview(files.values()).findings
    assert (one.key, one.text, one.learner_names) == (
        "05-receipts-drawer leak:payroll@casey", "“Casey lists the payroll” is still allowed.", ("ana", "bo", "cy"),
    )  # fmt: skip
    said = lines(overview_parts(build_overview(files.values()))[3].rows)
    assert files["bo"].findings[0].text.what in said  # to each in the names of their own


def test_a_class_of_one_scenario_is_told_so_and_nothing_took_nought_minutes():
    found = build_overview([report("ana/05.handin.jsonl", minutes=0)])
    made = Texts(class_page_html(found, "The class")).text
    assert "1 learner, 1 scenario." in made
    assert lines(overview_parts(found)[0].rows).splitlines()[-1] == "ana 3 of 3: ★★★"
    assert (
        "Median: less than a minute from the first grade to the hand-in; 1 grade; 1 grade among those"
        in made
    )


def test_who_came_late_is_told_by_the_clock_or_by_the_name_of_the_file_and_the_earlier_of_equals_is_best():
    reports = (
        report("ana/05.handin.jsonl", minutes=90),
        report("ana/05 (1).handin.jsonl", minutes=70),
        report("smithbo_LATE_123_456_05.handin.jsonl", minutes=5),
        report("cy/05.handin.jsonl", minutes=5),
    )
    found = build_overview(
        reports,
        parse_roster("learner,name\nana,Ana Smith\nbo,Bo Smith\ncy,Cy\n"),
        due=AT + timedelta(hours=1),
    )
    marks = {
        pupil.name: pupil.marks["05-receipts-drawer"].delay_text for pupil in found.pupils
    }
    assert marks == {
        "Ana Smith": "late by 10 min",
        "Bo Smith": "late according to the file's name",
        "Cy": "",
    }
    told = "\n".join(lines(part.rows) for part in overview_parts(found))
    assert (
        told.count("late by 10 min")
        == class_page_html(found, "Class").count("late by 10 min")
        == 1
    )
    assert "Ana Smith 3 of 3: ★★★ late" in told


def test_a_report_that_tells_no_time_is_not_late():
    odd = replace(
        report("ana/05.handin.jsonl"),
        handin=HandInSummary("ana/05.handin.jsonl", handed_in="yesterday"),
    )
    assert (
        build_overview((odd,), due=AT).pupils[0].marks["05-receipts-drawer"].delay_text
        == ""
    )


def test_pseudonyms_leave_no_name(found: Overview):
    veiled = build_overview(
        (report("ana/05.handin.jsonl", "wrong/every-bucket.sh"),),
        parse_roster(CLASS),
        shows_pseudonyms=True,
    )
    text = class_page_html(veiled, "The class") + "".join(
        lines(one.rows) for one in overview_parts(veiled)
    )
    assert "p-1" in text
    assert "Ana" not in text


def test_text_page_and_screen_tell_the_same(found: Overview):
    written = re.sub(r"\s+", " ", Texts(class_page_html(found, "The class")).text)
    for one in overview_parts(found)[2:]:
        assert one.title in written
        for row in one.rows:
            assert re.sub(r"\s+", " ", row.text) in written


def test_the_page_fetches_nothing_and_runs_nothing(found: Overview):
    made = class_page_html(found, "<script>alert(1)</script> & more\x1b[31m")
    parsed = Texts(made)
    assert not parsed.tags & {"script", "link", "iframe", "img", "object", "form"}
    assert parsed.fetched == []
    assert "\x1b" not in made
    assert "<b>Cy</b>" not in made
    levels = [int(tag[1]) for tag in parsed.headings]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert parsed.tags >= {"main", "nav", "header", "table", "caption", "svg"}


def test_every_picture_of_the_page_says_in_words_what_it_shows(found: Overview):
    assert Texts(class_page_html(found, "The class")).pictures == [
        "1 with 3 stars, 1 with 0 stars, 1 missing",
        "3 of 3 stars",
        "0 of 3 stars",
    ]


def test_without_a_roster_learners_are_told_apart_by_their_files():
    files = (
        "ana.handin.jsonl",
        "bo/05.handin.jsonl",
        "bo/05-receipts-drawer.handin.jsonl",
        "b/cy.handin.jsonl",
    )
    found = build_overview(map(report, files))
    assert [
        (pupil.name, pupil.marks["05-receipts-drawer"].hand_ins) for pupil in found.pupils
    ] == [
        ("ana", 1),
        ("b/cy", 1),
        ("bo", 2),
    ]


def test_nothing_is_said_to_stand_in_the_way_only_once_a_hand_in_is_graded():
    empty = build_overview([], parse_roster(CLASS))
    passed = build_overview([report("ana/05.handin.jsonl")])
    praise = "every hand-in that could be graded has three stars"
    assert "No hand-in has been graded yet." in Texts(class_page_html(empty, "A")).text
    assert praise not in Texts(class_page_html(empty, "A")).text
    assert praise in Texts(class_page_html(passed, "A")).text


def test_reports_are_read_back_from_files_of_one_and_of_many(tmp_path: Path):
    one, other = as_json(report("ana.handin.jsonl")), as_json(report("bo.handin.jsonl"))
    (tmp_path / "one.json").write_text(json.dumps(one, indent=2))
    (tmp_path / "two.jsonl").write_text(
        f"{json.dumps(one)}\n\n{json.dumps(other)}\n{{}}\nnonsense\n"
    )
    found = [*read_reports([tmp_path])]
    assert [type(one) is Problem for one in found] == [False, False, False, True, True]
    assert [one.place.line for one in found if isinstance(one, Problem)] == [4, 5]


def test_of_very_many_lines_that_are_no_reports_the_first_are_told_and_the_reports_behind_them_are_read(
    tmp_path: Path,
):
    (tmp_path / "a.jsonl").write_text(
        "x\n" * 60 + json.dumps(as_json(report("ana.handin.jsonl"))) + "\nx" * 1000
    )
    found = [*read_reports([tmp_path])]
    assert sum(not isinstance(one, Problem) for one in found) == 1
    assert len(found) == 52
    assert "1,010 more of its lines can't be read as reports" in str(found[-1])


@pytest.mark.parametrize("held", ["", "\n\n \n"])
def test_a_file_without_a_report_is_told(tmp_path: Path, held: str):
    (tmp_path / "a.jsonl").write_text(held)
    (found,) = read_reports([tmp_path / "a.jsonl"])
    assert "there is no report in this file" in str(found)


@pytest.mark.parametrize(
    "held", [b"\xff\xfe\x00", b"[" * 100_000, b'{"status": 1}', b"null", b"[]"]
)
def test_what_is_no_report_is_told_in_one_line_and_the_rest_goes_on(
    tmp_path: Path, held: bytes
):
    (tmp_path / "a.json").write_bytes(held)
    (tmp_path / "b.json").write_text(json.dumps(as_json(report("ana.handin.jsonl"))))
    *odd, good = read_reports([tmp_path])
    assert odd
    assert all(isinstance(one, Problem) and len(str(one)) < 600 for one in odd)
    assert not isinstance(good, Problem)


async def test_the_screen_shows_the_page_under_the_cursor(found: Overview):
    app = Reader("The class [b]x[/b]", overview_parts(found))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "3 learners" in seen(app)
        await pilot.press("down")
        await pilot.pause()
        assert "More than the job needs does no harm." in " ".join(seen(app).split())
        await pilot.press("end")
        await pilot.pause()
        assert "best of 2 hand-ins" not in seen(app)
        await pilot.press("q")


def seen(app: Reader) -> str:
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in app.screen._compositor.render_strips()
    )


class Texts(HTMLParser):
    """What a page says, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.tags = "", set[str]()
        self.fetched, self.headings, self.pictures = list[str](), list[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        self.fetched += [
            value or ""
            for name, value in attrs
            if name in ("src", "href") and not (value or "").startswith("#")
        ]
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(tag)
        if given.get("role") == "img":
            self.pictures.append(given["aria-label"] or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_what_a_class_holds_of_equal_findings_is_one_of_them_and_nothing_of_what_is_not_told() -> (
    None
):
    def kept() -> Iterator[ReportDocument]:
        for n in range(4):
            document = report(f"learner{n}/05.handin.jsonl", "wrong/every-bucket.sh")
            yield decode(encode(document), type=GradedReport)

    marks = [pupil.marks["05-receipts-drawer"] for pupil in build_overview(kept()).pupils]
    assert len(marks) == 4
    assert (
        len({id(finding) for mark in marks for finding in mark.findings})
        == len(marks[0].findings)
        == 1
    )
