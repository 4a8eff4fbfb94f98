"""Which column of a gradebook is meant."""

from __future__ import annotations

import pytest

from coffeeshop.classroom.formats import gradebooks


@pytest.mark.parametrize(
    ("headings", "meant"),
    [
        (["Quiz (1234)", "quiz"], [(1, "quiz")]),
        (["quiz", "Quiz", "Quiz (1234)"], [(1, "Quiz")]),
        (["Quiz (1234)", "Other"], [(0, "Quiz")]),
        (["Other"], []),
    ],
)
def test_the_heading_that_is_nearest_to_a_name_is_its_column(
    headings: list[str], meant: list[tuple[int, str]]
):
    assert gradebooks._find_columns(headings, {"Quiz"}) == meant
