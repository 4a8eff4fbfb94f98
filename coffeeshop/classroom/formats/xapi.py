"""Write statements of the Experience API (xAPI 1.0.3), one a line, to a file. Nothing is sent.

https://github.com/adlnet/xAPI-Spec/blob/master/xAPI-Data.md
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from coffeeshop.classroom.formats.points import FULL_SCORE, scale_score
from coffeeshop.classroom.judge import Graded
from coffeeshop.harmless import escape_line
from coffeeshop.lessons.grading.report_document import GradedReport

HOME_URL = "https://coffeeshop.example"  # the base of the names below, reserved by RFC 2606
RESULT_VERBS = {True: "passed", False: "failed"}
ADL_URL = "http://adlnet.gov/expapi"


def write_xapi(reports: Iterable[Graded], points: float) -> Iterator[str]:
    """Yield a statement for each hand-in that could be graded."""
    for graded in reports:
        if isinstance(graded.document, GradedReport):
            yield json.dumps(_statement(graded, graded.document, points)) + "\n"


def _statement(graded: Graded, document: GradedReport, points: float) -> dict[str, object]:
    """Return the statement of one graded hand-in. Its id is the same for the same hand-in."""
    actor = escape_line(graded.owner_key or graded.name or "somebody")
    verb = RESULT_VERBS[graded.exit_code == 0]
    scenario = document.scenario
    activity = f"{HOME_URL}/scenarios/{quote(scenario.id)}"
    handin = document.handin
    sentences = (
        actor,
        activity,
        str(document.variant),
        handin.digest or "",
        handin.handed_in or "",
    )
    return {
        "id": str(uuid5(NAMESPACE_URL, "\n".join(sentences))),
        "actor": {"objectType": "Agent", "account": {"homePage": HOME_URL, "name": actor}},
        "verb": {"id": f"{ADL_URL}/verbs/{verb}", "display": {"en-US": verb}},
        "object": {
            "objectType": "Activity",
            "id": activity,
            "definition": {
                "type": f"{ADL_URL}/activities/assessment",
                "name": {"en-US": scenario.title},
            },
        },
        "result": {
            "score": {
                "scaled": round(document.score / FULL_SCORE, 4),
                "raw": scale_score(document.score, points),
                "min": 0,
                "max": points,
            },
            "success": graded.exit_code == 0,
            "completion": document.stars == 3,
            "extensions": _extensions(document),
        },
        "context": {"platform": "Coffeeshop", "language": "en-US"},
        "timestamp": handin.handed_in or handin.ended,
    }


def _extensions(document: GradedReport) -> dict[str, object]:
    """Return the facts of a result for which xAPI has no member."""
    extensions = {
        "stars": document.stars,
        "findings": [finding.key for finding in document.findings],
        "variant": document.variant,
        "hints": sum((document.handin.hints or {}).values()),
        "tries": document.handin.tries,
    }
    return {
        f"{HOME_URL}/xapi/{name}": value
        for name, value in extensions.items()
        if value is not None
    }
