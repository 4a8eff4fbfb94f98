"""Write reports in the formats that courses and CI read, each a row of a table: all are made from one document."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TypeAlias
from unicodedata import normalize
from xml.etree import ElementTree as Xml

from coffeeshop.classroom.judge import Graded
from coffeeshop.harmless import escaped, escaped_line
from coffeeshop.lessons.grading.report_document import (
    CheckResult,
    FindingText,
    ReportDocument,
    ToldProblem,
    UngradedReport,
    as_json,
)
from coffeeshop.views.text import stars

Reports: TypeAlias = Iterable[Graded]


@dataclass(frozen=True, slots=True)
class Format:
    """How reports are written. `one` writes a report by itself; `many` several into one file, piece by piece (None: each
    needs a file of its own).
    """

    suffix: str
    one: Callable[[Graded], str]
    many: Callable[[Reports], Iterator[str]] | None


# ------------------------------------------------------------------------ text
def _text(graded: Graded) -> str:
    return f"{graded.text}\n"


def brief(reports: Reports) -> Iterator[str]:
    """Yields one line a hand-in, with its first finding and how many wait, or its first problem."""
    for graded in reports:
        yield escaped_line(f"{graded.name}: {_brief(graded.document)}") + "\n"


def _brief(document: ReportDocument) -> str:
    if isinstance(document, UngradedReport):
        return f"{document.status}: {document.problems[0].text}"
    said = f"{stars(document.stars)} {document.score:g}"
    if not document.findings:
        return said
    said += f" {document.findings[0].text.what}"
    more = len(document.findings) - 1 + sum(document.waiting.values())
    return f"{said} ({more} more)" if more else said


# ------------------------------------------------------------------------ JSON
def _json(graded: Graded) -> str:
    return json.dumps(as_json(graded.document), indent=2) + "\n"


def _jsons(reports: Reports) -> Iterator[str]:
    return (json.dumps(as_json(graded.document)) + "\n" for graded in reports)


# ------------------------------------------------------------------------ JUnit
def _junit(reports: Reports) -> Iterator[str]:
    """https://github.com/testmoapp/junitxml; the totals stand at the top, so the suites are kept until they are known."""
    suites = [_suite(graded) for graded in reports]
    totals = {key: str(sum(int(suite.get(key, "0")) for suite in suites)) for key in ("tests", "failures", "errors")}
    whole = Xml.Element("testsuites", {"name": "coffeeshop", **totals, "time": "0"})
    whole.extend(suites)
    Xml.indent(whole)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(whole, encoding="unicode")}\n'


def _suite(graded: Graded) -> Xml.Element:
    document = graded.document
    suite = Xml.Element("testsuite", {"name": escaped_line(graded.name), "time": "0", **_counts(document)})
    properties = Xml.SubElement(suite, "properties")
    for name, value in _properties(document):
        Xml.SubElement(properties, "property", name=name, value=escaped(value))
    if isinstance(document, UngradedReport):
        _failed_to_grade(suite, document.problems[0], graded.text)
    else:
        findings = {finding.key: finding.text for finding in document.findings}
        suite.extend(_case(document.scenario.id, result, findings) for result in document.results)
    return suite


def _counts(document: ReportDocument) -> dict[str, str]:
    """Returns a suite's counts, and when its hand-in ended; what cannot be graded is one test, with an error."""
    if isinstance(document, UngradedReport):
        return {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    passed = [result.passed for result in document.results]
    counts = {"tests": len(passed), "failures": passed.count(False), "errors": 0, "skipped": passed.count(None)}
    ended = (document.handin.ended or "").removesuffix("Z")
    return {**{key: str(count) for key, count in counts.items()}, "timestamp": ended}


def _properties(document: ReportDocument) -> Iterator[tuple[str, str]]:
    for name in ("status", "variant", "stars", "score"):
        value = getattr(document, name)
        if value is not None:
            yield name, str(value)
    if document.scenario is not None:
        yield "id", document.scenario.id
        yield "title", document.scenario.title
    yield "digest", document.handin.digest or ""


def _failed_to_grade(suite: Xml.Element, problem: ToldProblem, text: str) -> None:
    """Adds the one test of a suite that cannot be graded."""
    case = Xml.SubElement(suite, "testcase", name="the hand-in can be graded", classname="coffeeshop.handin", time="0")
    error = Xml.SubElement(case, "error", type=problem.code, message=escaped(problem.text))
    error.text = escaped(text)


def _case(scenario: str, result: CheckResult, findings: Mapping[str, FindingText]) -> Xml.Element:
    case = Xml.Element("testcase", name=escaped(result.say), classname=f"{scenario}.{result.kind}", time="0")
    if result.passed is None:
        Xml.SubElement(case, "skipped", message=waits(result))
    elif not result.passed:
        text = findings.get(result.finding or "")
        what = text.what if text else "an earlier star comes first"
        failure = Xml.SubElement(case, "failure", type=escaped(result.finding or "waiting"), message=escaped(what))
        sentences = (text.what, text.why, text.meaning, text.ask) if text else ()
        failure.text = escaped("\n".join(filter(None, sentences))) or None
    return case


def waits(result: CheckResult) -> str:
    """Tells why a check was not run."""
    return f"waits for {', '.join(result.after)}" if result.after else "waits until the shop is as it was"


# ------------------------------------------------------------------- Gradescope
def _gradescope(graded: Graded) -> str:
    """Returns the results.json of a Gradescope autograder; what cannot be graded has no score, so it is no zero.

    https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """
    document = graded.document
    findings = {finding.key: finding.text.what for finding in document.findings}
    tests = [_test(number, result, findings) for number, result in enumerate(document.results, 1)]
    shown = {
        "output": graded.text,
        "output_format": "text",
        "test_output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }
    id = document.scenario.id if document.scenario else None
    played = {"scenario": id, "variant": document.variant, "stars": document.stars, "digest": document.handin.digest}
    score = {} if document.score is None else {"score": document.score}
    return json.dumps({**score, **shown, "extra_data": played, "tests": tests}, indent=2) + "\n"


def _test(number: int, result: CheckResult, findings: Mapping[str, str]) -> dict[str, object]:
    said = "" if result.passed else findings.get(result.finding or "", "an earlier star comes first")
    return {
        "name": result.say,
        "status": "passed" if result.passed else "failed",
        "output": waits(result) if result.passed is None else said,
        "number": str(number),
        "tags": [result.kind],
        "visibility": "visible",
    }


# -------------------------------------------------------------------------- CSV
FORMULAS = ("=", "+", "-", "@")
COLUMNS = ("handin", "scenario", "variant", "stars", "score", "status", "first_finding", "digest")


def _csv(reports: Reports) -> Iterator[str]:
    yield _row(COLUMNS)
    for graded in reports:
        document = graded.document
        yield _row(
            (
                graded.name,
                document.scenario.id if document.scenario else None,
                document.variant,
                document.stars,
                document.score,
                document.status,
                document.findings[0].key if document.findings else "",
                document.handin.digest,
            )
        )


def _row(cells: Iterable[object]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(_cell, cells))
    return line.getvalue()


def _cell(value: object) -> str:
    """Returns a cell of one line that no spreadsheet takes for a formula, wherever it trims or narrows it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    text = "" if value is None else str(value)
    return escaped_line(f"'{text}" if normalize("NFKC", text).strip().startswith(FORMULAS) else text)


FORMATS: Mapping[str, Format] = {
    "text": Format(".txt", _text, brief),
    "json": Format(".json", _json, _jsons),
    "junit": Format(".xml", lambda graded: "".join(_junit([graded])), _junit),
    "gradescope": Format(".results.json", _gradescope, None),
    "csv": Format(".csv", lambda graded: "".join(_csv([graded])), _csv),
}
