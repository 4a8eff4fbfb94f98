"""Every kind of check is one row, which the grade and its documents read."""

from __future__ import annotations

from coffeeshop.lessons.check_kinds import CheckKind, FindingKind
from coffeeshop.lessons.grading.findings import FINDING_MAKERS
from coffeeshop.lessons.grading.grade import CHECKS
from coffeeshop.lessons.grading.hints import FINDING_QUESTIONS, HINT_LADDERS
from coffeeshop.lessons.grading.report_json import waiting_counts
from coffeeshop.lessons.model import Check
from coffeeshop.views.picture.receipt import receipt
from tests.tables import each_row
from tests.views.plays import graded, played


def test_every_kind_is_judged_in_its_order_and_explained():
    assert list(CHECKS) == list(CheckKind)
    # What must stay is explained before everything else.
    assert {*CheckKind} - {*FINDING_MAKERS} == {CheckKind.FIXTURE}


@each_row((kind,) for kind in CheckKind)
def test_a_check_knows_its_kind_by_its_id(kind: CheckKind):
    check = Check(kind.id_of("x@casey"), "", True)
    assert (check.kind, check.subject, check.star) == (kind, "x@casey", kind.star)


def test_a_kind_that_waits_has_words_for_one_and_for_more():
    for kind in CheckKind:
        assert bool(kind.waiting) == bool(all(kind.late)) == (kind.star > 1)


def test_the_receipt_and_the_report_count_the_kinds_that_have_a_label():
    report = graded("05", "solution")
    labels = [kind.label for kind in CheckKind if kind.label]
    counted = [label for label, _ in receipt(played("05", "solution"), report).lines]
    assert counted == [label for label in labels if label in counted]
    assert set(waiting_counts(report)) == {
        kind.waiting for kind in CheckKind if kind.waiting
    }


@each_row((kind,) for kind in FindingKind)
def test_every_kind_of_finding_has_a_question_and_hints(kind: FindingKind):
    assert FINDING_QUESTIONS[kind]
    assert HINT_LADDERS[kind] or kind is FindingKind.PRACTICE


def test_advice_is_of_a_known_kind():
    for key in {*FINDING_QUESTIONS, *HINT_LADDERS}:
        assert key.partition(":")[0] in {*FindingKind}
