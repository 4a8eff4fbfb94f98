"""The published schema of reports says what the classes say, in the same bytes whatever is installed beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from coffeeshop.classroom.formats import FORMATS
from coffeeshop.classroom.judge import Task, judge, ungradable_report
from coffeeshop.cli import group
from coffeeshop.lessons.grading.report_document import (
    GradedReport,
    ReportDocument,
    UngradedReport,
)
from coffeeshop.lessons.grading.report_schema import report_schema
from coffeeshop.policy.model import Level, Place, Problem
from tests.lessons.folder import FILES, folder

PUBLISHED = Path(__file__).parents[3] / "assets" / "report.schema.json"
WRONG: tuple[Any, ...] = (None, True, 101.5, "x", [7], {"x": "y"})  # in place of any part
Path_ = tuple[str | int, ...]


def reports(where: Path) -> Iterator[dict[str, Any]]:
    """A report with nothing to say, one with findings and counts, and one of what could not be graded."""
    lesson = str(folder(where))
    for script, sizes in (("solution.sh", False), ("wrong/shred-too.sh", True)):
        graded = judge(
            Task("kim.sh", FILES[script].encode(), lesson, counts_permissions=sizes),
            lambda: None,
        )
        yield json.loads(FORMATS["json"].write_one(graded))
    problem = Problem(Level.ERROR, "cut", Place("", 3), "it was cut", "write it again")
    yield json.loads(
        FORMATS["json"].write_one(ungradable_report(Task("kim.sh", b""), problem))
    )


def shorten_lists(part: Any) -> Any:
    """Return a part of a report with the first item of each list, since the others are alike."""
    if isinstance(part, dict):
        return {name: shorten_lists(below) for name, below in part.items()}
    return [shorten_lists(item) for item in part[:1]] if isinstance(part, list) else part


def places(part: Any, at: Path_ = ()) -> Iterator[Path_]:
    """The way to each part of a report."""
    yield at
    if isinstance(part, dict | list):
        for step, below in part.items() if isinstance(part, dict) else enumerate(part):
            yield from places(below, (*at, step))


def changed(report: dict[str, Any], at: Path_, value: Any) -> dict[str, Any]:
    """A copy of a report with another value in one place."""
    copied = deepcopy(report)
    holder: Any = copied
    for step in at[:-1]:
        holder = holder[step]
    holder[at[-1]] = value
    return copied


def is_taken(report: dict[str, Any]) -> bool:
    """Whether msgspec takes a report as one of the classes."""
    kinds: tuple[type[ReportDocument], ...] = (GradedReport, UngradedReport)
    for kind in kinds:
        try:
            msgspec.convert(report, kind)
        except msgspec.ValidationError:
            continue
        return True
    return False


def test_the_published_schema_is_what_the_command_prints_byte_for_byte():
    result = CliRunner().invoke(group, ["grade", "--schema"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout_bytes == PUBLISHED.read_bytes(), (
        "coffeeshop grade --schema > assets/report.schema.json"
    )


def test_every_reference_of_the_schema_leads_somewhere():
    referred = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(report_schema())))
    assert referred == set(report_schema()["$defs"])


def test_the_schema_takes_every_report(tmp_path: Path):
    Draft202012Validator.check_schema(report_schema())
    reader = Draft202012Validator(report_schema())
    for number, report in enumerate(reports(tmp_path)):
        assert [error.message for error in reader.iter_errors(report)] == [], (
            f"report {number}"
        )


@pytest.mark.slow
def test_the_schema_refuses_what_the_classes_refuse(tmp_path: Path):
    reader = Draft202012Validator(report_schema())
    refusals = 0
    for report in map(shorten_lists, [*reports(tmp_path)][1:]):
        assert reader.is_valid(report)
        for at in places(report):
            for value in WRONG if at else ():
                other = changed(report, at, value)
                is_valid = reader.is_valid(other)
                assert is_valid is is_taken(other), (at, value)
                refusals += not is_valid
        for name in report:
            less = {key: part for key, part in report.items() if key != name}
            assert reader.is_valid(less) is is_taken(less), name
    assert refusals > 300, refusals
