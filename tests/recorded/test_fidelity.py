"""The page about fidelity says what the recordings and the table of operations say now."""

import importlib
import json
from datetime import date

from tests.recorded.answers import replay, sessions


def test_the_page_is_up_to_date():
    """Run tools/write_fidelity.py if it isn't."""
    tool = importlib.import_module("tools.write_fidelity")
    assert tool.TARGET.read_text("utf-8") == tool.page()


def test_each_measured_program_has_its_day_and_how_it_was_measured():
    tool = importlib.import_module("tools.write_fidelity")
    for row in json.loads((tool.RECORDED / "clients.json").read_text("utf-8")):
        assert date.fromisoformat(row["measured"])
        assert row["how"]
        assert f"| {row['client']} |" in tool.TARGET.read_text("utf-8")


def test_at_least_1500_recorded_answers_are_alike_or_explained():
    compared = [each for session in sessions() for each in replay(session)]
    assert all(each.is_alike or each.differs for each in compared)
    assert len(compared) >= 1500
    assert sum(each.is_alike for each in compared) >= 1400
