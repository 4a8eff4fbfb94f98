"""A scenario is found by what people call it."""

from __future__ import annotations

import pytest

from coffeeshop.lessons.scenario.find import course, find


@pytest.mark.parametrize("said", ["C1", "c1", "C1-opening-week", "c1-Opening-Week"])
def test_a_capstone_is_found_by_its_letter_and_number_in_either_case(said: str):
    assert find(said) == course() / "C1-opening-week"
