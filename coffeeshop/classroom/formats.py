"""The report formats, each a row of a table: all are made from the report's own JSON document."""

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
from coffeeshop.lessons.grading.report_json import Document
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
    """One line a hand-in, with its first finding and how many wait, or its first problem."""
    for graded in reports:
        document = graded.document
        if document["score"] is None:
            said = f"{document['status']}: {document['problems'][0]['text']}"
            yield escaped_line(f"{graded.name}: {said}") + "\n"
            continue
        first = [finding["text"]["what"] for finding in document["findings"][:1]]
        more = len(document["findings"]) - 1 + sum(document["waiting"].values())
        rest = [f"({more} more)"] if first and more else []
        said = " ".join((f"{stars(document['stars'])} {document['score']:g}", *first, *rest))
        yield escaped_line(f"{graded.name}: {said}") + "\n"


# ------------------------------------------------------------------------ JSON
def _json(graded: Graded) -> str:
    return json.dumps(graded.document, indent=2) + "\n"


def _jsons(reports: Reports) -> Iterator[str]:
    return (json.dumps(graded.document) + "\n" for graded in reports)


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
    judged = document["scenario"] is not None
    results = document["results"]
    said = {key: str(document[key]) for key in ("status", "variant", "stars", "score") if document[key] is not None}
    counts = {
        "tests": len(results) if judged else 1,
        "failures": sum(result["passed"] is False for result in results),
        "errors": 0 if judged else 1,
        "skipped": sum(result["passed"] is None for result in results),
    }
    when = {"timestamp": document["handin"]["ended"].removesuffix("Z")} if judged else {}
    attributes = {"name": escaped_line(graded.name), "time": "0", **{key: str(n) for key, n in counts.items()}, **when}
    suite = Xml.Element("testsuite", attributes)
    properties = Xml.SubElement(suite, "properties")
    for name, value in {**said, **_scenario(document), "digest": document["handin"]["digest"] or ""}.items():
        Xml.SubElement(properties, "property", name=name, value=escaped(value))
    if judged:
        findings = {finding["key"]: finding["text"] for finding in document["findings"]}
        suite.extend(_case(document["scenario"]["id"], result, findings) for result in results)
    else:
        case = Xml.SubElement(
            suite, "testcase", name="the hand-in can be graded", classname="coffeeshop.handin", time="0"
        )
        problem = document["problems"][0]
        error = Xml.SubElement(case, "error", type=problem["code"], message=escaped(problem["text"]))
        error.text = escaped(graded.text)
    return suite


def _scenario(document: Document) -> dict[str, str]:
    """Id, title and digest; nothing, where it is not known."""
    return document["scenario"] or {}


def _case(scenario: str, result: Document, findings: Mapping[str, Document]) -> Xml.Element:
    case = Xml.Element("testcase", name=escaped(result["say"]), classname=f"{scenario}.{result['kind']}", time="0")
    if result["passed"] is None:
        Xml.SubElement(case, "skipped", message=waits(result))
    elif not result["passed"]:
        text = findings.get(result["finding"], {})
        key, what = result["finding"] or "waiting", text.get("what", "an earlier star comes first")
        failure = Xml.SubElement(case, "failure", type=escaped(key), message=escaped(what))
        failure.text = escaped("\n".join(filter(None, text.values()))) or None
    return case


def waits(result: Document) -> str:
    """Why a check was not run."""
    return f"waits for {', '.join(result['after'])}" if result["after"] else "waits until the shop is as it was"


# ------------------------------------------------------------------- Gradescope
def _gradescope(graded: Graded) -> str:
    """results.json of a Gradescope autograder; what cannot be graded has no score, so it is no zero.

    https://gradescope-autograders.readthedocs.io/en/latest/specs/
    """
    document = graded.document
    findings = {finding["key"]: finding["text"]["what"] for finding in document["findings"]}
    tests = [_test(number, result, findings) for number, result in enumerate(document["results"], 1)]
    shown = {
        "output": graded.text,
        "output_format": "text",
        "test_output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
    }
    more = {"scenario": _scenario(document).get("id"), "variant": document["variant"], "stars": document["stars"]}
    extra = {"extra_data": {**more, "digest": document["handin"]["digest"]}, "tests": tests}
    score = {} if document["score"] is None else {"score": document["score"]}
    return json.dumps({**score, **shown, **extra}, indent=2) + "\n"


def _test(number: int, result: Document, findings: Mapping[str, str]) -> Document:
    said = "" if result["passed"] else findings.get(result["finding"], "an earlier star comes first")
    return {
        "name": result["say"],
        "status": "passed" if result["passed"] else "failed",
        "output": waits(result) if result["passed"] is None else said,
        "number": str(number),
        "tags": [result["kind"]],
        "visibility": "visible",
    }


# -------------------------------------------------------------------------- CSV
FORMULAS = ("=", "+", "-", "@")
COLUMNS = ("handin", "scenario", "variant", "stars", "score", "status", "first_finding", "digest")


def _csv(reports: Reports) -> Iterator[str]:
    yield _row(COLUMNS)
    for graded in reports:
        document = graded.document
        first = next((finding["key"] for finding in document["findings"]), "")
        said = (document["stars"], document["score"], document["status"], first, document["handin"]["digest"])
        yield _row((graded.name, _scenario(document).get("id"), document["variant"], *said))


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
