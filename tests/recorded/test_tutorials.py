"""Each line of AWS's own user guides does what it does on AWS, or is NotSimulated by name, or it is said why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.recorded.tutorials import NOT_SIMULATED, pages, replay_page
from tests.tables import each_row


@each_row(((page,) for page in pages()), lambda page: page["page"])
def test_lines_of_a_page_come_to_what_they_do_on_aws(page: Mapping[str, Any]):
    for carried in replay_page(page):
        is_explained = "differs" in carried.call
        assert carried.is_alike != is_explained, carried
        if carried.outcome == NOT_SIMULATED:
            assert "not simulated" in carried.text


def test_there_are_at_least_two_hundred_lines_with_their_source_and_date():
    assert all(page["source"] and page["recorded"] and page["commit"] for page in pages())
    assert sum("line" in call for page in pages() for call in page["calls"]) >= 200
