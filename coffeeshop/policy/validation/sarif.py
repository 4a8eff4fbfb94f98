"""Problems of several files as one SARIF log, which code scanners and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html (the numbers below are its sections)
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import quote

from coffeeshop.policy.language.json_source import Source, decode_document
from coffeeshop.policy.model import Level, Place, Problem
from coffeeshop.policy.validation.issues import (
    Issue,
    finding_type,
    issue_code,
    issue_table,
    learn_more,
)

SCHEMA_URL: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SARIF_LEVELS: Final = {  # 3.27.10. Access that is too wide is no failure, so it is a warning
    Level.ERROR: "error",
    Level.SECURITY: "warning",
    Level.WARNING: "warning",
    Level.SUGGESTION: "note",
}

_PLACEHOLDER_PATTERN: Final = re.compile(r"\{\w+[^{}]*\}")

Object: TypeAlias = dict[str, object]


class CheckedFile(NamedTuple):
    """A file that was checked: its name as given, its bytes, its problems."""

    name: str
    data: bytes
    problems: Sequence[Problem]


def sarif_log(
    files: Iterable[CheckedFile], unreadable: Iterable[Problem], code: int, version: str
) -> Object:
    """Return the log of one run. `code` is its exit code. `unreadable` are files it couldn't read."""
    checked = list(files)
    unread = list(unreadable)
    codes = {problem.code for file in checked for problem in file.problems}
    rules = {code: number for number, code in enumerate(sorted(codes))}
    rule_objects = [_rule_object(code, _rule_level(code, checked)) for code in rules]
    driver = {"name": "coffeeshop", "version": version, "rules": rule_objects}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",  # 3.14.17
        "invocations": [_run_invocation(unread, code)],
        "results": [result for file in checked for result in _file_results(file, rules)],
    }
    return {"$schema": SCHEMA_URL, "version": "2.1.0", "runs": [run]}


def _run_invocation(unreadable: Sequence[Problem], code: int) -> Object:
    """Return how the run ended (3.20). Errors in a policy are a success of the tool."""
    notes = [
        {"level": "error", "message": {"text": str(problem)}} for problem in unreadable
    ]
    return {
        "executionSuccessful": not unreadable,
        "exitCode": code,
        **({"toolExecutionNotifications": notes} if notes else {}),
    }


# -------------------------------------------------------------------------- rules
def _rule_object(code: str, level: Level) -> Object:
    """Return what all findings with one code have in common (3.49)."""
    row = issue_table().get(code)
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in code.split("-")),
        "shortDescription": {"text": _rule_description(code, row)},
        "helpUri": row.link if row else learn_more(),
        "defaultConfiguration": {"level": SARIF_LEVELS[level]},
        "properties": {"tags": ["security", "iam"] if level is Level.SECURITY else ["iam"]},
    }


def _rule_description(code: str, row: Issue | None) -> str:
    """Return the issue's text with "…" for its variable words, or the code in words if it has no text."""
    if row and row.text:
        return _PLACEHOLDER_PATTERN.sub("…", row.text)
    return code.replace("-", " ")


def _rule_level(code: str, checked: Iterable[CheckedFile]) -> Level:
    """Return the level of the first problem with this code."""
    return next(
        problem.level
        for file in checked
        for problem in file.problems
        if problem.code == code
    )


# ------------------------------------------------------------------------ results
def _file_results(file: CheckedFile, rules: Mapping[str, int]) -> Iterator[Object]:
    """Yield the results of one file."""
    source, _ = decode_document(file.data)
    artifact: Object = {"uri": _file_uri(file.name)}
    for problem in file.problems:
        yield _result_object(problem, rules, artifact, source)


def _result_object(
    problem: Problem, rules: Mapping[str, int], artifact: Object, source: Source
) -> Object:
    """Return one finding (3.27)."""
    message = "; ".join(filter(None, (problem.text, problem.mend)))
    return {
        "ruleId": problem.code,
        "ruleIndex": rules[problem.code],
        "level": SARIF_LEVELS[problem.level],
        "message": {"text": message[:1].upper() + message[1:]},
        "locations": [_location_object(problem.place, artifact, source)],
        "properties": {
            "findingType": finding_type(problem.level),
            "issueCode": issue_code(problem.code),
        },
    }


def _location_object(place: Place, artifact: Object, source: Source) -> Object:
    """Return the place of a finding."""
    location: Object = {
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": _region_object(place, source),
        }
    }
    if place.path:
        location["logicalLocations"] = [{"fullyQualifiedName": place.path}]
    return location


def _region_object(place: Place, source: Source) -> Object:
    """Return the span of a place (3.30). Lines and columns count from 1. The end is exclusive."""
    end = source.place("", place.end, place.end)
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": end.line,
        "endColumn": end.column,
        "charOffset": place.start,
        "charLength": place.end - place.start,
    }


def _file_uri(name: str) -> str:
    """Return a path as a URI reference (3.4.3). Standard input is called "stdin"."""
    path = PurePath(name)
    quoted = quote(os.fsencode(path.as_posix()))
    if name == "-":
        return "stdin"
    if path.is_absolute():
        return f"file://{quoted}"
    return quoted
