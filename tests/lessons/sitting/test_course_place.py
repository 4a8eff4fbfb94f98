"""Which scenario comes next, whatever was played before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.scenario.course import advised_scenario, headings
from coffeeshop.lessons.sitting.course_place import last_in_course, next_scenario
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.lessons.teaching.bookmark import LAST_SCENARIO_SETTING
from coffeeshop.plain.next_step import next_scenario_text
from tests.plain.session import session
from tests.tables import each_row
from tests.views.plays import graded, scenario

COURSE = headings()
FIRST = "00-the-first-morning"
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


@each_row((id,) for id in COURSE)
def test_whoever_skips_into_the_course_is_not_sent_back_to_its_beginning(id: str):
    following = advised_scenario(COURSE.values(), {id: 3}, id)
    assert following is not None
    assert following.id not in (id, FIRST)


@each_row((id,) for id in COURSE)
def test_what_comes_next_builds_only_on_what_the_learner_has_shown(id: str):
    following = advised_scenario(COURSE.values(), {id: 3}, id)
    assert following is not None
    assert all(_builds_on(id, before) for before in following.after)


def test_the_course_played_in_order_goes_on_by_one_to_its_end():
    ids = list(COURSE)
    stars = dict[str, int]()
    for id, then in zip(ids, [*ids[1:], None], strict=True):
        stars[id] = 3
        following = advised_scenario(COURSE.values(), stars, id)
        assert (following.id if following else None) == then


def test_what_was_skipped_comes_after_everything_else():
    ids = list(COURSE)
    everything_else = {id: 3 for id in ids if id != FIRST}
    following = advised_scenario(COURSE.values(), everything_else, ids[-1])
    assert following is not None
    assert following.id == FIRST


def test_an_exercise_has_no_place_in_the_course_and_changes_nothing(tmp_path: Path):
    progress = Progress(tmp_path / "ana.sqlite3")
    progress.record_result(scenario("14"), graded("14", "solution"), AT)
    progress.set_setting(LAST_SCENARIO_SETTING, "practice-groups-1-7")
    assert last_in_course(progress, COURSE) == "14-everything-except"
    following = next_scenario(Player(progress))
    assert following is not None
    assert following.id == "15-three-workstations"


def test_a_scenario_that_was_only_opened_does_not_move_the_next_one(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as plain:
        plain.progress.record_result(scenario("00"), graded("00", "solution"), AT)
        plain("play 29")
        plain("solution")
        plain("solution")
        following = next_scenario(plain.shell.player)
        assert following is not None
        assert following.id == "01-keys-to-the-shop"
        plain("aws iam list-users")
        following = next_scenario(plain.shell.player)
        assert following is not None
        assert following.id != "01-keys-to-the-shop"


@pytest.mark.parametrize("number", ["14", "19", "27", "30"])
def test_progress_list_and_grade_name_the_same_next_scenario(tmp_path: Path, number: str):
    with session(tmp_path / "ana.sqlite3") as plain:
        plain.progress.record_result(scenario(number), graded(number, "solution"), AT)
        plain(f"play {number}")
        following = next_scenario(plain.shell.player)
        assert following is not None
        assert f"`play {following.id}` begins the next one" in plain("list")[-1]
        assert f" {following.title};" in plain("progress")[0]


def _builds_on(id: str, before: str) -> bool:
    return id == before or any(_builds_on(each, before) for each in COURSE[id].after)


@pytest.mark.parametrize(
    ("here", "said"),
    [
        ("26", "isn't done yet. `play 20-mfa-at-the-door` opens it"),
        ("19", "`play 20-mfa-at-the-door` begins the next one"),
    ],
)
def test_plain_calls_only_a_scenario_that_lies_ahead_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str, said: str
):
    twenty = headings(None)["20-mfa-at-the-door"]
    monkeypatch.setattr("coffeeshop.plain.next_step.next_scenario", lambda _: twenty)
    with session(tmp_path / "ana.sqlite3") as plain:
        plain(f"play {here}")
        assert said in next_scenario_text(plain.shell)


def test_what_day_does_is_said_as_it_is_while_a_day_is_open(tmp_path: Path):
    with session(tmp_path / "ana.sqlite3") as plain:
        plain("play 20")
        for line in scenario("20").solution.splitlines():
            plain(line)
        assert next_scenario_text(plain.shell).endswith("`day` runs your shop for a day.")
        plain("day")
        assert plain.shell.sitting.day is not None
        assert next_scenario_text(plain.shell).endswith("`day` lets the clock run on.")


def test_what_a_check_up_has_shown_comes_after_all_others_and_is_known():
    chapter_two = {form.id for form in COURSE.values() if form.chapter == 2}
    first = {form.id: 3 for form in COURSE.values() if form.chapter == 1}
    following = advised_scenario(COURSE.values(), first, known_ids=chapter_two)
    assert following is not None
    assert following.chapter == 3
    everything_else = {id: 3 for id in COURSE if id not in chapter_two}
    following = advised_scenario(COURSE.values(), everything_else, known_ids=chapter_two)
    assert following is not None
    assert following.id == min(chapter_two)
