"""Values as AWS's JSON protocols write them."""

from __future__ import annotations

import json

import pytest

from coffeeshop.endpoint.protocols import json_values


@pytest.mark.parametrize(
    ("at", "written"),
    [
        ("2026-03-02T08:00:00Z", "1772438400"),
        ("2026-03-02T08:00:00.5Z", "1772438400.5"),
        ("1970-01-01T00:00:00Z", "0"),
    ],
)
def test_a_time_is_written_in_seconds_with_a_fraction_only_where_it_has_one(
    at: str, written: str
):
    assert json.dumps(json_values._epoch_seconds(at)) == written
