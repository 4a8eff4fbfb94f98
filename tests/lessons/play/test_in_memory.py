"""What is kept in memory alone: one play, as it was left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from coffeeshop.account.command import read_act
from coffeeshop.account.model import Act
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.in_memory import InMemory
from tests.lessons.folder import folder, scenario


@pytest.fixture
def lesson(tmp_path: Path) -> Scenario:
    return scenario(folder(tmp_path))


@pytest.fixture
def progress() -> Iterator[InMemory]:
    with closing(InMemory()) as kept:
        yield kept


def hired(play: Play, name: str) -> Play:
    found = read_act(
        f"aws iam create-user --user-name {name}",
        play.account,
        play.now,
        {},
        play.scenario.desk[0],
    )
    assert isinstance(found, Act), found
    return play.do(found)


def test_a_play_is_taken_up_as_it_was_left_with_what_was_undone_and_the_badge_in_hand(
    progress: InMemory, lesson: Scenario
):
    play = hired(Play(lesson), "zoe").undo()
    assert progress.keep(play, "ana") is None
    assert progress.keep(hired(play, "yan").undo()) is None
    left = progress.resume(lesson)
    assert [act.call.text("UserName") for act in left.undone] == ["yan"]
    assert (progress.profile(lesson), progress.has_changed_elsewhere(lesson)) == (
        "ana",
        False,
    )


def test_nobody_played_yet_and_what_is_forgotten_begins_again(
    progress: InMemory, lesson: Scenario
):
    assert (progress.resume(lesson), progress.profile(lesson)) == (Play(lesson), "")
    progress.keep(hired(Play(lesson), "zoe"), "ana")
    assert progress.restart(lesson) == progress.resume(lesson) == Play(lesson)
    assert progress.profile(lesson) == ""
