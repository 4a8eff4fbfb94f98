"""Write JUnit's XML for any CI: a suite for each hand-in, a case for each check.

A check that waits for another is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from xml.etree import ElementTree as Xml

from coffeeshop.classroom.formats.points import scale_score
from coffeeshop.classroom.judge import Graded
from coffeeshop.harmless import escape_hidden, escape_line
from coffeeshop.lessons.grading.report_document import (
    CheckResult,
    FindingText,
    ReportDocument,
    ToldProblem,
    UngradedReport,
)


def write_junit(reports: Iterable[Graded], points: float) -> Iterator[str]:
    """Yield reports as one JUnit file.

    The file begins with the totals, so all suites are built before it.

    https://github.com/testmoapp/junitxml
    """
    suites = [_suite(graded, points) for graded in reports]

    def total(key: str) -> str:
        return str(sum(int(suite.get(key, "0")) for suite in suites))

    # Jenkins allows no count of skipped cases at the top.
    totals = {key: total(key) for key in ("tests", "failures", "errors")}
    all_suites = Xml.Element("testsuites", {"name": "coffeeshop", **totals, "time": "0"})
    all_suites.extend(suites)
    Xml.indent(all_suites)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(all_suites, encoding="unicode")}\n'


def _suite(graded: Graded, points: float) -> Xml.Element:
    """Return the suite of one hand-in."""
    document = graded.document
    suite = Xml.Element(
        "testsuite", {"name": escape_line(graded.name), "time": "0", **_counts(document)}
    )
    properties = Xml.SubElement(suite, "properties")
    for name, value in _properties(document, points):
        Xml.SubElement(properties, "property", name=name, value=escape_hidden(value))
    if isinstance(document, UngradedReport):
        _add_ungradable_case(suite, document.problems[0], graded.text)
    else:
        findings = {finding.key: finding.text for finding in document.findings}
        suite.extend(
            _case(document.scenario.id, result, findings) for result in document.results
        )
    return suite


def _counts(document: ReportDocument) -> dict[str, str]:
    """Return a suite's counts and its time. A hand-in that can't be graded is one test with an error."""
    if isinstance(document, UngradedReport):
        return {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    cases = [*map(_outcome, document.results)]
    counts = {
        "tests": len(cases),
        "failures": cases.count("failure"),
        "errors": 0,
        "skipped": cases.count("skipped"),
    }
    ended = (document.handin.ended or "").removesuffix("Z")
    return {**{key: str(count) for key, count in counts.items()}, "timestamp": ended}


def _properties(document: ReportDocument, points: float) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each property of a suite."""
    for name in ("status", "variant", "stars", "score"):
        value = getattr(document, name)
        if value is not None:
            yield name, str(value)
    if document.score is not None:
        yield "points", f"{scale_score(document.score, points):g} of {points:g}"
    if document.scenario is not None:
        yield "id", document.scenario.id
        yield "title", document.scenario.title
    yield "digest", document.handin.digest or ""


def _add_ungradable_case(suite: Xml.Element, problem: ToldProblem, text: str) -> None:
    """Add the one test of a hand-in that can't be graded."""
    case = Xml.SubElement(
        suite,
        "testcase",
        name="the hand-in can be graded",
        classname="coffeeshop.handin",
        time="0",
    )
    error = Xml.SubElement(
        case, "error", type=problem.code, message=escape_hidden(problem.text)
    )
    error.text = escape_hidden(text)


def _outcome(result: CheckResult) -> str:
    """Return the outcome of a check. A check that wasn't run, or that belongs to a later star, is skipped."""
    if result.passed:
        return "passed"
    if result.passed is False and result.finding:
        return "failure"
    return "skipped"


def _case(
    scenario: str, result: CheckResult, findings: Mapping[str, FindingText]
) -> Xml.Element:
    """Return the test case of one check."""
    case = Xml.Element(
        "testcase",
        name=escape_hidden(result.say),
        classname=escape_hidden(f"{scenario}.{result.kind}"),
        time="0",
    )
    outcome = _outcome(result)
    if outcome == "skipped":
        Xml.SubElement(case, "skipped", message=escape_hidden(waiting_reason(result)))
    elif outcome == "failure":
        text = findings[result.finding or ""]
        failure = Xml.SubElement(
            case,
            "failure",
            type=escape_hidden(result.finding or ""),
            message=escape_hidden(text.what),
        )
        failure.text = escape_hidden(
            "\n".join(filter(None, (text.what, text.why, text.meaning, text.ask)))
        )
    return case


def waiting_reason(result: CheckResult) -> str:
    """Return why a check is shown neither as passed nor as failed."""
    if result.passed is False:
        # What an earlier star still needs is told first.
        return "shown after you earn the star before it"
    if result.after:
        return f"shown after {', '.join(result.after)} passes"
    return "shown after nothing is lost or damaged any more"
