"""Read answers that are the solution with a few changes: `#@ solution` in a script, with the changes below it.

    #@ solution
    #@ but not attach-group-policy --group-name Admins
    #@ but trust.json -> trust-no-id.json

`but not` deletes the lines with a text. `->` replaces a text by another. The script's lines above and below
run before and after the solution.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from coffeeshop.lessons.scenario.drawn import MAX_SCENARIO_BYTES
from coffeeshop.lessons.scenario.folder_files import text_of
from coffeeshop.policy.model import Level, Place, Problem, Problems

MAX_CHANGES = 60  # changes of one script, more than the calls of a wrong answer
SOLUTION_PLACE_PATTERN = re.compile(
    rf"^#@ solution(?:\n|\Z)(?P<buts>(?:#@ but [^\n]*(?:\n|\Z)){{0,{MAX_CHANGES}}})",
    re.MULTILINE,
)
NOT_PREFIX = "not "
# One call, with its continuation lines.
CALL_LINE_PATTERN = re.compile(r"(?:[^\n]*\\\n)*[^\n]*(?:\n|\Z)")


def with_solution(files: Mapping[str, bytes], solution: str) -> dict[str, bytes]:
    """Return a scenario's files, with the lines of `solution` in each script that has the directive, once.

    Raise Problems for each change without effect, and where the scripts exceed MAX_SCENARIO_BYTES bytes.
    """
    lines = text_of(files.get(solution, b""))
    filled = dict(files)
    problems = list[Problem]()
    size = 0
    for path, body in files.items():
        if path.endswith(".sh") and path != solution:
            script = text_of(body)
        else:
            script = ""
        if (marker := SOLUTION_PLACE_PATTERN.search(script)) is None:
            continue
        first = script.count("\n", 0, marker.start("buts")) + 1
        changed = lines
        for number, but in enumerate(re.findall("[^\n]+", marker["buts"]), first):
            before = changed
            changed = _apply_change(changed, but)
            if before == changed:
                problems.append(_no_change_problem(Place(path, number)))
        filled[path] = (
            f"{script[: marker.start()]}{changed}{script[marker.end() :]}".encode()
        )
        size += len(filled[path])
        if size > MAX_SCENARIO_BYTES:
            raise Problems(_too_large(path))
    if problems:
        raise Problems(*problems)
    return filled


def asks_for_solution(script: str) -> bool:
    """Return whether a script has the directive for the solution's lines."""
    return SOLUTION_PLACE_PATTERN.search(script) is not None


def _apply_change(lines: str, but: str) -> str:
    """Return the lines after one change. Raise Problems, before the change, where the result would exceed MAX_SCENARIO_BYTES."""
    message, arrow, replacement = (
        part.strip() for part in but.removeprefix("#@ but").partition("->")
    )
    if (
        not arrow
        and message.startswith(NOT_PREFIX)
        and (text := message.removeprefix(NOT_PREFIX).strip())
    ):
        return "".join(
            line for line in CALL_LINE_PATTERN.findall(lines) if text not in line
        )
    if not arrow or not message:
        return lines
    if len(lines) + lines.count(message) * len(replacement) > MAX_SCENARIO_BYTES:
        raise Problems(_too_large(but))
    return lines.replace(message, replacement)


def _no_change_problem(place: Place) -> Problem:
    message, mend = (
        "the solution has no such line, so this directive changes nothing",
        "write #@ but not TEXT, or #@ but TEXT -> OTHER, with TEXT copied from the solution",
    )
    return Problem(Level.ERROR, "no-change", place, message, mend)


def _too_large(path: str) -> Problem:
    message = (
        f"with the solution in them, the scripts have more than {MAX_SCENARIO_BYTES} bytes"
    )
    return Problem(Level.ERROR, "too-large", Place(path), message, "make them smaller")
