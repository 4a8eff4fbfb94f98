"""Compute which examples refute which misconceptions, and what these answer in a check-up, for scenarios/refutations.json."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from coffeeshop.lessons.misconceptions.predict import predicted_answer
from coffeeshop.lessons.misconceptions.table import misconceptions
from coffeeshop.lessons.scenario.find import course
from coffeeshop.lessons.teaching.check_up_predictions import check_up_examples
from coffeeshop.lessons.teaching.examples import Example
from coffeeshop.lessons.teaching.refutations import course_examples
from coffeeshop.lessons.teaching.suspicions import REFUTATIONS_FILE


def refutation_rows() -> Iterator[dict[str, object]]:
    """Yield a row for each example of the course that refutes something, and for each question of a check-up."""
    for part in course_examples():
        for example in part.examples:
            if example.refutes:
                yield {
                    "scenario": example.scenario,
                    "page": example.page,
                    "number": example.number,
                    "kind": example.kind,
                    "answer": _answer(example),
                    "predicted": _predictions(example),
                }
    for example in check_up_examples():
        yield msgspec.to_builtins(example)


def _answer(example: Example) -> str:
    """Return AWS's answer where somebody is asked, or ""."""
    return example.calls[0].answer if example.kind in ("guess", "question") else ""


def _predictions(example: Example) -> dict[str, str]:
    """Return the answer by each misconception that predicts another one."""
    if not _answer(example):
        return dict.fromkeys(sorted(example.refutes), "")
    return {
        id: predicted_answer(misconceptions()[id], example.calls[0])
        for id in sorted(example.refutes)
    }


def refutation_text() -> str:
    """Return the whole file: a row in a line."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in refutation_rows())
    return f"[\n{rows}\n]\n"


if __name__ == "__main__":
    (course() / REFUTATIONS_FILE).write_text(refutation_text(), encoding="utf-8")
    print(f"{REFUTATIONS_FILE} is written")
