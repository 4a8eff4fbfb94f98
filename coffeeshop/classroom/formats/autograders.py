"""Write the results files of Gradescope's autograder and of PrairieLearn's external grader."""

from __future__ import annotations

import json
from collections.abc import Mapping

from coffeeshop.classroom.formats.junit import waiting_reason
from coffeeshop.classroom.formats.points import FULL_SCORE, scale_score
from coffeeshop.classroom.judge import Graded
from coffeeshop.lessons.grading.report_document import CheckResult, UngradedReport


def write_gradescope(graded: Graded, points: float) -> str:
    """Return the results.json of a Gradescope autograder.

    A hand-in that can't be graded has a score of 0 and the reason. Without a score, Gradescope reports a failed autograder and
    the learner never sees the reason.

    https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """
    document = graded.document
    findings = {finding.key: finding.text.what for finding in document.findings}
    tests = [
        _test(number, result, findings) for number, result in enumerate(document.results, 1)
    ]
    display_settings = {
        "output": _output(graded),
        "output_format": "text",
        "test_output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }
    id = document.scenario.id if document.scenario else None
    extra_data = {
        "scenario": id,
        "variant": document.variant,
        "stars": document.stars,
        "digest": document.handin.digest,
    }
    score = scale_score(document.score or 0, points)
    return (
        json.dumps(
            {"score": score, **display_settings, "extra_data": extra_data, "tests": tests},
            indent=2,
        )
        + "\n"
    )


def _output(graded: Graded) -> str:
    """Return the text of a report, or why the hand-in has 0 points."""
    document = graded.document
    if not isinstance(document, UngradedReport):
        return graded.text
    if document.status == "error":
        blame = "This is a bug in Coffeeshop. Tell your teacher."
    else:
        blame = ""
    message = f"You get 0 points, because this file can't be graded. {blame or 'Fix the problem and submit it again.'}"
    return "\n".join((message, *_problem_lines(document)))


def _problem_lines(document: UngradedReport) -> list[str]:
    """Return each problem with its fix."""
    return [
        f"{problem.text}; {problem.mend}" if problem.mend else problem.text
        for problem in document.problems
    ]


def _test(
    number: int, result: CheckResult, findings: Mapping[str, str]
) -> dict[str, object]:
    """Return a check as a test of Gradescope."""
    return {
        "name": result.say,
        "status": "passed" if result.passed else "failed",
        "output": _test_output(result, findings),
        "number": str(number),
        "tags": [result.kind],
        "visibility": "visible",
    }


def _test_output(result: CheckResult, findings: Mapping[str, str]) -> str:
    """Return why a check failed, or why it wasn't run. Return "" if it passed.

    A check without a finding wasn't run, because other checks come first. The text says
    which.
    """
    if result.passed:
        return ""
    return findings.get(result.finding or "") or waiting_reason(result)


MAX_RESULTS_BYTES = 900_000  # bytes of a results file: PrairieLearn takes 1 MB


def write_prairielearn(graded: Graded, _: float) -> str:
    """Return the results.json of PrairieLearn's external grading. A hand-in that can't be graded costs no attempt.

    https://docs.prairielearn.com/externalGrading/#grading-results
    """
    document = graded.document
    if isinstance(document, UngradedReport):
        lines = _problem_lines(document)
        return (
            json.dumps(
                {"gradable": False, "format_errors": lines, "message": graded.text},
                indent=2,
            )
            + "\n"
        )
    findings = {finding.key: finding.text.what for finding in document.findings}
    tests = [
        {
            "name": result.say,
            "points": 1 if result.passed else 0,
            "max_points": 1,
            "message": _test_output(result, findings),
        }
        for result in document.results
    ]
    message = graded.text.encode()[:MAX_RESULTS_BYTES].decode(errors="ignore")
    score = round(document.score / FULL_SCORE, 4)
    return (
        json.dumps(
            {"gradable": True, "score": score, "message": message, "tests": tests}, indent=2
        )
        + "\n"
    )
