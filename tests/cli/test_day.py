"""`coffeeshop day`, headless."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_export import coffeeshop, told


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COFFEESHOP_DATA", str(tmp_path))
    return tmp_path


def test_a_day_of_a_scenario_is_told_and_the_same_seed_tells_the_same():
    one, again = (coffeeshop("day", "--scenario", "10", "--seed", "3") for _ in range(2))
    assert one.exit_code == 0
    assert one.stdout == again.stdout
    assert "jobs done" in one.stdout
    assert "(its blast radius): " in one.stdout
    assert coffeeshop("day", "--scenario", "10", "--seed", "4").stdout != one.stdout


def test_the_own_shop_is_what_opens_unasked_and_nothing_is_kept(home: Path):
    done = coffeeshop("day", "--json")
    found = json.loads(done.stdout)
    assert (found["scenario"], found["seed"], found["days"][0]["date"]) == (
        "own-shop",
        0,
        "2026-03-02",
    )
    assert json.loads(coffeeshop("day", "--json").stdout) == found


def test_many_days_are_told_in_a_line_each_without_a_bar_in_a_pipe():
    done = coffeeshop("day", "--days", "4")
    assert len(done.stdout.splitlines()) == 4
    assert done.stderr == ""
    days = json.loads(coffeeshop("day", "--days", "3", "--json").stdout)["days"]
    assert [day["date"] for day in days] == ["2026-03-02", "2026-03-03", "2026-03-04"]
    assert not any("happenings" in day for day in days)


def test_closed_streams_are_no_error_of_several_days(home: Path):
    words = (sys.executable, "-m", "coffeeshop", "day", "--days", "2", "--json")
    for closed in (">&-", "2>&-"):
        assert (
            subprocess.run(
                f"{shlex.join(words)} {closed}",
                shell=True,
                capture_output=True,
                check=False,
            ).returncode
            == 0
        )


def test_a_play_as_it_was_left_opens_by_its_name():
    found = coffeeshop("day", "--save", "10", "--incident", "phished-password", "--json")
    (day,) = json.loads(found.stdout)["days"]
    assert day["incident"]["id"] == "phished-password"
    assert "calls" in day["incident"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--scenario", "10", "--save", "10"], "as you left it), not both"),
        (["--scenario", "no-such"], 'there is no scenario "no-such"'),
        (["--seed", "-1"], "is not in the range"),
        (["--days", "0"], "is not in the range"),
        (["--seed", "x"], "is not a valid integer"),
        (["--incident", "rain"], "is not one of"),
    ],
)
def test_what_cannot_be_is_told(words: list[str], said: str):
    done = coffeeshop("day", *words)
    assert done.exit_code == 2
    assert said in told(done)
