"""Shortcuts of the excess checks, held to the whole comparison."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.grading import excess_checks
from coffeeshop.lessons.grading.excess_checks import compare_member
from coffeeshop.lessons.grading.principal_classes import PRINCIPAL_CLASSES
from coffeeshop.lessons.grading.trial import Trial
from tests.lessons.authoring.test_mutants import scenario as course
from tests.lessons.folder import played
from tests.lessons.grading.fresh_answers import IDS, bucket, queue

OPEN_QUEUE = queue({"Principal": "*", "Action": "sqs:SendMessage"})
FOR_THE_ACCOUNT = bucket(
    "coffeeshop-receipts",
    {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:DeleteObject"},
)


@pytest.mark.parametrize("more", ["", OPEN_QUEUE, FOR_THE_ACCOUNT])
def test_whoever_no_allow_names_closely_can_do_nothing(
    more: str, monkeypatch: pytest.MonkeyPatch
):
    lesson = course(IDS["10"])
    trial = Trial(played(lesson, f"{lesson.solution}\n{more}"))
    members = [(row, member) for row in PRINCIPAL_CLASSES for member in row.members(trial)]
    by_shortcut = [list(compare_member(trial, *each)) for each in members]
    monkeypatch.setattr(excess_checks, "_may_be_allowed_anything", lambda _: True)
    assert [list(compare_member(trial, *each)) for each in members] == by_shortcut
    assert any(by_shortcut) is (more == OPEN_QUEUE)
