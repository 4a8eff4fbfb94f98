"""A red team that knew the grade: whoever is right keeps the first two stars, and whoever isn't doesn't."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import pytest

from coffeeshop.lessons.grading.grade import grade
from tests.examples import some
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import keys, played
from tests.lessons.grading.fresh_answers import (
    IDS,
    Answer,
    of_conditions,
    of_forms,
    of_people,
    of_strangers,
)

PARTS = 40


def misjudged(answers: Iterable[Answer]) -> Iterator[str]:
    for answer in answers:
        lesson = course(IDS[answer.scenario])
        text = lesson.solution
        for old, new in answer.replaced:
            assert old in text
            text = text.replace(old, new)
        report = grade(played(lesson, f"{text}\n{answer.more}"))
        if (report.stars >= 2) is not answer.is_right:
            yield f"{answer.scenario}, {answer.name}: {report.stars} {keys(report)}"


def part_of(answer: Answer) -> int:
    return zlib.crc32(answer.name.encode()) % PARTS


def drawn_part(answers: Iterable[Answer], part: int) -> Iterator[Answer]:
    return (answer for answer in answers if part_of(answer) == part)


def test_another_way_that_comes_to_the_same_is_right():
    assert list(misjudged(drawn_part(of_forms(), 0))) == []


def test_what_a_rule_refuses_of_a_job_costs_its_star_and_what_is_never_so_does_not():
    assert list(misjudged(drawn_part(of_conditions(), 0))) == []


def test_whoever_is_let_in_by_a_resource_is_found():
    assert list(misjudged(drawn_part(of_strangers(), 0))) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", some(range(1, PARTS), 2))
def test_every_answer_is_judged_rightly(part: int):
    for answers in (of_conditions(), of_strangers(), of_people(), of_forms()):
        assert list(misjudged(drawn_part(answers, part))) == []
