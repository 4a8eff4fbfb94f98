"""Write reports in the formats that courses and CI read.

FORMATS has a row for each, and all are made from one document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from coffeeshop.classroom.formats.autograders import write_gradescope, write_prairielearn
from coffeeshop.classroom.formats.gradebooks import (
    ResultSource,
    write_brightspace,
    write_canvas,
    write_moodle,
)
from coffeeshop.classroom.formats.junit import write_junit
from coffeeshop.classroom.formats.points import FULL_SCORE
from coffeeshop.classroom.formats.sheets import write_sheet
from coffeeshop.classroom.formats.xapi import write_xapi
from coffeeshop.classroom.judge import Graded
from coffeeshop.harmless import escape_line
from coffeeshop.lessons.grading.report_document import as_json

Reports: TypeAlias = Iterable[Graded]


@dataclass(frozen=True, slots=True)
class Format:
    """A format for reports, on a scale of `points`.

    `single_writer` writes one report. It is None if a single report is written as several are.
    `combined_writer` writes several reports into one file. It is None if each needs its own file.
    """

    suffix: str
    single_writer: Callable[[Graded, float], str] | None
    combined_writer: Callable[[Reports, float], Iterator[str]] | None

    def write_one(self, graded: Graded, points: float = FULL_SCORE) -> str:
        """Return one report as the text of a file."""
        if self.single_writer:
            return self.single_writer(graded, points)
        return "".join(self.write_combined([graded], points))

    def write_combined(self, reports: Reports, points: float = FULL_SCORE) -> Iterator[str]:
        """Yield the parts of one file with several reports.

        The format must have `combined_writer`.
        """
        assert self.combined_writer, "each needs a file of its own"
        return self.combined_writer(reports, points)


def _text(graded: Graded, _: float) -> str:
    """Return a report as text. The scale isn't needed."""
    return f"{graded.text}\n"


def summary_lines(reports: Reports, _: float = FULL_SCORE) -> Iterator[str]:
    """Yield one line for each hand-in, with its first finding and the number of others, or its first problem."""
    return (
        escape_line(f"{graded.name}: {graded.summary_line}") + "\n" for graded in reports
    )


def _json(graded: Graded, _: float) -> str:
    """Return a report as indented JSON. The scale isn't needed."""
    return json.dumps(as_json(graded.document), indent=2) + "\n"


def _json_lines(reports: Reports, _: float) -> Iterator[str]:
    """Return reports as JSON Lines, one each. The scale isn't needed."""
    return (json.dumps(as_json(graded.document)) + "\n" for graded in reports)


FORMATS: Mapping[str, Format] = {
    "text": Format(".txt", _text, summary_lines),
    "json": Format(".json", _json, _json_lines),
    "junit": Format(".xml", None, write_junit),
    "gradescope": Format(".results.json", write_gradescope, None),
    "prairielearn": Format(".results.json", write_prairielearn, None),
    "xapi": Format(".xapi.jsonl", None, write_xapi),
    "csv": Format(".csv", None, write_sheet),
}
# These need a class with a roster.
GRADEBOOKS: Mapping[str, Callable[[ResultSource, float, str], Iterator[str]]] = {
    "canvas": write_canvas,
    "moodle": write_moodle,
    "brightspace": write_brightspace,
}
