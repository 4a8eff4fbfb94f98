"""The results files of autograders: Gradescope's, and that of an external grader of PrairieLearn."""

from __future__ import annotations

import json
from collections.abc import Mapping

from coffeeshop.classroom.formats.junit import waits
from coffeeshop.classroom.formats.points import WHOLE, scaled
from coffeeshop.classroom.judge import Graded
from coffeeshop.lessons.grading.report_document import CheckResult, UngradedReport


def gradescope(graded: Graded, points: float) -> str:
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
    played = {
        "scenario": id,
        "variant": document.variant,
        "stars": document.stars,
        "digest": document.handin.digest,
    }
    score = {} if document.score is None else {"score": scaled(document.score, points)}
    return json.dumps({**score, **shown, "extra_data": played, "tests": tests}, indent=2) + "\n"


def _test(number: int, result: CheckResult, findings: Mapping[str, str]) -> dict[str, object]:
    return {
        "name": result.say,
        "status": "passed" if result.passed else "failed",
        "output": _told(result, findings),
        "number": str(number),
        "tags": [result.kind],
        "visibility": "visible",
    }


def _told(result: CheckResult, findings: Mapping[str, str]) -> str:
    if result.passed:
        return ""
    return findings.get(result.finding or "") or waits(result)


LARGEST = 900_000  # bytes of a results file: PrairieLearn takes 1 MB


def prairielearn(graded: Graded, _: float) -> str:
    """Returns the results.json of PrairieLearn's external grading: what cannot be graded costs no attempt.

    https://docs.prairielearn.com/externalGrading/#grading-results
    """
    document = graded.document
    if isinstance(document, UngradedReport):
        told = [
            f"{problem.text}; {problem.mend}" if problem.mend else problem.text
            for problem in document.problems
        ]
        return json.dumps({"gradable": False, "format_errors": told, "message": graded.text}, indent=2) + "\n"
    findings = {finding.key: finding.text.what for finding in document.findings}
    tests = [
        {
            "name": result.say,
            "points": 1 if result.passed else 0,
            "max_points": 1,
            "message": _told(result, findings),
        }
        for result in document.results
    ]
    message = graded.text.encode()[:LARGEST].decode(errors="ignore")
    score = round(document.score / WHOLE, 4)
    return json.dumps({"gradable": True, "score": score, "message": message, "tests": tests}, indent=2) + "\n"
