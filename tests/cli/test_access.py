"""`coffeeshop access`: who can reach what in a play that is kept, as words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_export import coffeeshop, home

__all__ = ["home"]

SHRED = "play 05\naws iam attach-user-policy --user-name casey --policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess\nquit\n"


def test_what_was_done_in_a_play_shows_in_who_can_reach_what(home: Path) -> None:
    before = coffeeshop("access", "05").stdout
    coffeeshop("play", "--plain", stdin=SHRED)
    after = coffeeshop("access", "05").stdout
    assert "more than needed" not in before
    assert (
        "list, write, tagging, permissions (more than needed); read (must be refused)\n"
        in after
    )


def test_as_json_it_holds_a_request_and_its_statement_for_each_level(home: Path) -> None:
    found = json.loads(coffeeshop("access", "10", "--who", "robin", "--json").stdout)
    assert found["judged"] is True
    assert [subject["who"] for subject in found["subjects"]] == ["robin"]
    [cell] = found["cells"]
    assert {(each["level"], each["mark"]) for each in cell["levels"]} == {
        ("List", "ok"), ("Read", "ok"), ("Write", "leak"), ("Write", "extra"),
    }  # fmt: skip
    assert all("receipts" in each["because"] for each in cell["levels"])


@pytest.mark.parametrize("extra", [(), ("--json",)])
def test_of_somebody_who_is_not_there_it_says_who_is(
    home: Path, extra: tuple[str, ...]
) -> None:
    done = coffeeshop("access", "10", "--who", "\x1b[31mghost", *extra)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "choose one of casey, robin" in done.stderr
    assert "\x1b" not in done.stderr


def test_of_a_scenario_that_is_not_there_it_says_which_are(home: Path) -> None:
    done = coffeeshop("access", "nowhere")
    assert (done.exit_code, done.stdout) == (2, "")
