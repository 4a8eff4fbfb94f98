"""Read the reports that `grade --format json` wrote, from files with one report, files with one a line, or
folders.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from coffeeshop.files import is_folder, open_file, walk_folders
from coffeeshop.invocation import command_line
from coffeeshop.lessons.grading.report_document import (
    GradedReport,
    ReportDocument,
    UngradedReport,
)
from coffeeshop.policy.model import Level, Place, Problem, Problems

REPORT_SUFFIXES = (".json", ".jsonl")
MAX_REPORT_BYTES = 8 * 1024 * 1024  # bytes of one report
MAX_PROBLEMS = 50  # problems of one file, at most
UNGRADED_STATUSES = ("ungradable", "error")
ZIP_SIGNATURE = b"PK\x03\x04"
HAND_IN = "hand-in"  # the code of a file that must be graded first
REPORT_FIX = "name a file that `coffeeshop grade --format json` wrote"


def read_reports(paths: Iterable[Path]) -> Generator[ReportDocument | Problem]:
    """Yield each report in these files and folders, in order.

    Yield a Problem for each that can't be read, and go on.
    """
    for path in paths:
        files = sorted(_report_files(path)) if is_folder(path) else [path]
        if not files:
            yield Problem(
                Level.ERROR,
                "nothing",
                Place(str(path)),
                "there is no report in this folder",
                REPORT_FIX,
            )
        for file in files:
            yield from _read_reports_of(file)


def _report_files(folder: Path) -> Iterator[Path]:
    """Yield the report files below a folder. Links are ignored."""
    report_paths = (
        Path(place, name) for place, _, names in walk_folders(folder) for name in names
    )
    return (
        path
        for path in report_paths
        if path.suffix in REPORT_SUFFIXES and path.is_file() and not path.is_symlink()
    )


def _read_reports_of(path: Path) -> Iterator[ReportDocument | Problem]:
    """Yield the reports of a file and its first MAX_PROBLEMS problems, then the number of other problems."""
    problems = 0
    report_or_problem = None
    for report_or_problem in _read_file_reports(path):
        problems += isinstance(report_or_problem, Problem)
        if problems <= MAX_PROBLEMS or not isinstance(report_or_problem, Problem):
            yield report_or_problem
    if problems > MAX_PROBLEMS:
        message = f"{problems - MAX_PROBLEMS:,} more of its lines can't be read as reports"
        yield Problem(Level.ERROR, "not-a-report", Place(str(path)), message, REPORT_FIX)
    if report_or_problem is None:
        yield Problem(
            Level.ERROR,
            "nothing",
            Place(str(path)),
            "there is no report in this file",
            REPORT_FIX,
        )


def _read_file_reports(path: Path) -> Iterator[ReportDocument | Problem]:
    """Yield each report of a file, or a problem for each line that is none."""
    try:
        stream = open_file(path, REPORT_FIX)
    except Problems as found:
        yield from found.problems
        return
    with stream:
        first = stream.readline(MAX_REPORT_BYTES + 1)
        if subject := _ungraded_kind(first):
            grade = command_line("grade FILE --format json --out reports.jsonl")
            mend = f"first grade it with {grade}, then name reports.jsonl"
            yield Problem(
                Level.ERROR,
                HAND_IN,
                Place(str(path)),
                f"this is {subject} and not a report",
                mend,
            )
            return
        if first.strip() in (b"{", b"["):  # one report, on several lines
            yield _decode_report(first + stream.read(MAX_REPORT_BYTES), path, 1)
            return
        number = 1
        while first:
            if first.strip():
                yield _decode_report(first, path, number)
            first = stream.readline(MAX_REPORT_BYTES + 1)
            number = number + 1


def _ungraded_kind(first: bytes) -> str:
    """Return the kind of a file that must be graded first, from its first line. Return "" if it isn't one."""
    if first.startswith(ZIP_SIGNATURE):
        return "a zip file"
    try:
        header = msgspec.json.decode(first)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return ""
    if isinstance(header, dict) and {"scenario", "calls", "sum"} <= header.keys():
        return "a hand-in"
    return ""


def _decode_report(text: bytes, path: Path, line: int) -> ReportDocument | Problem:
    """Return the report in a text, or the problem with it."""
    if len(text) > MAX_REPORT_BYTES:
        return Problem(
            Level.ERROR,
            "too-large",
            Place(str(path), line),
            f"it has more than {MAX_REPORT_BYTES} bytes",
            REPORT_FIX,
        )
    try:
        document: Any = msgspec.json.decode(text)
        status = document.get("status") if isinstance(document, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        return msgspec.convert(
            document, UngradedReport if status in UNGRADED_STATUSES else GradedReport
        )
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as wrong:
        message = f"this isn't a report: {wrong}".partition("\n")[0][:300]
        return Problem(
            Level.ERROR, "not-a-report", Place(str(path), line), message, REPORT_FIX
        )
