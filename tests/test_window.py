"""What says how large the window is, is believed within bounds."""

from __future__ import annotations

import pytest

from coffeeshop.window import MAX_COLUMNS, MAX_ROWS, bound_environment, bound_size


@pytest.mark.parametrize("said", ["99999999", "9" * 5000, "0001001"])
def test_a_window_that_nobody_can_have_is_as_large_as_the_largest(said: str):
    environment = {"COLUMNS": said, "LINES": said, "ROWS": said, "HOME": said}
    bound_environment(environment)
    assert environment == {
        "COLUMNS": str(MAX_COLUMNS),
        "LINES": str(MAX_ROWS),
        "ROWS": str(MAX_ROWS),
        "HOME": said,
    }


@pytest.mark.parametrize("said", ["", "²", "٣", "-5", "80x24", "1e3"])
def test_a_size_that_is_no_number_is_not_said(said: str):
    environment = {"COLUMNS": said}
    bound_environment(environment)
    assert environment == {}


def test_a_window_that_one_can_have_is_believed():
    environment = {"COLUMNS": "132", "LINES": "0"}
    bound_environment(environment)
    assert environment == {"COLUMNS": "132", "LINES": "0"}
    assert bound_size(132, 43) == (132, 43)
    assert bound_size(0, -1) == (1, 1)
