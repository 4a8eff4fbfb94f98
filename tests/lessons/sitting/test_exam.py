"""An exam: one scenario in its time, nothing else, no results before the hand-in, and one hand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coffeeshop.lessons.play.handin import read_handin
from coffeeshop.lessons.play.membership import Assignment, Membership
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.sitting.answers import Exported, Noted, Refused
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.shop.mark import Mark

TEN = datetime(2026, 12, 18, 10, tzinfo=UTC)
TWELVE = TEN + timedelta(hours=2)
EXAM = Assignment("10", TWELVE, "", TEN)
ANA = Membership("IAM-101", 412000, 412000, 99, (Assignment("5"), EXAM))


class Wall:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def wall() -> Wall:
    return Wall(TEN + timedelta(minutes=30))


@pytest.fixture
def player(tmp_path: Path, wall: Wall) -> Iterator[Player]:
    with closing(Progress(tmp_path / "ana.sqlite3")) as save:
        assert save.join_class(ANA) is None
        player = Player(save)
        player.clock = wall
        yield player


def refused(answer: object) -> str:
    assert isinstance(answer, Refused)
    return answer.problems[0].text


def test_before_its_time_an_exam_can_t_be_opened_and_the_rest_can(
    player: Player, wall: Wall
):
    wall.at = TEN - timedelta(minutes=1)
    assert "opens on Fri 18 Dec" in refused(player.open("10"))
    assert isinstance(player.open("05"), Noted)


def test_while_an_exam_is_open_only_its_scenario_can_be_played(player: Player):
    assert "you can play only it" in refused(player.open("05"))
    assert isinstance(player.open("10"), Noted)
    assert player.playing.scenario.variant == 412000


def test_in_an_exam_no_result_is_known(player: Player):
    player.open("10")
    assert {ticket.mark for ticket in player.playing.tickets} == {Mark.QUIET}
    assert player.playing.report is None


def test_in_an_exam_no_other_variant_can_be_begun(player: Player):
    player.open("10")
    player.progress.mark_solution_shown(player.playing.scenario)
    player.begin_again()
    assert player.playing.scenario.variant == 412000
    player.begin_again(7)
    assert player.playing.scenario.variant == 412000
    player.open("10", 412001)
    assert player.playing.scenario.variant == 412000


def export(player: Player, at: datetime) -> Exported | Refused:
    return player.export("handin", at)


def test_after_the_hand_in_everything_opens_again(player: Player, wall: Wall):
    player.open("10")
    player.type("aws iam list-users")
    assert isinstance(export(player, wall.at), Exported)
    assert player.exam is None
    assert player.notice_exam()
    assert Mark.MISS in {ticket.mark for ticket in player.playing.tickets}
    assert isinstance(player.open("05"), Noted)


def test_an_exam_is_handed_in_once_and_the_same_play_can_be_written_again(
    player: Player, wall: Wall
):
    player.open("10")
    player.type("aws iam list-users")
    first = export(player, wall.at)
    wall.at += timedelta(minutes=5)
    again = export(player, wall.at)
    assert isinstance(first, Exported)
    assert again == first
    player.type("aws iam list-groups")
    assert "the first hand-in counts" in refused(export(player, wall.at))
    player.undo()
    assert export(player, wall.at) == first


def test_looking_how_far_an_exam_is_hands_nothing_in(player: Player, wall: Wall):
    player.open("10")
    player.type("aws iam list-users")
    assert isinstance(player.export("handin", wall.at, is_final=False), Exported)
    assert player.exam is not None
    wall.at += timedelta(minutes=5)
    player.type("aws iam list-groups")
    assert isinstance(export(player, wall.at), Exported)


def test_once_the_exam_is_over_the_scenario_is_like_any_other(player: Player, wall: Wall):
    wall.at = TWELVE
    assert player.exam is None
    assert isinstance(player.open("10"), Noted)
    assert isinstance(player.open("05"), Noted)


def test_an_exam_that_begins_while_another_scenario_is_open_is_noticed(
    player: Player, wall: Wall
):
    wall.at = TEN - timedelta(minutes=1)
    player.open("05")
    assert not player.must_leave
    wall.at = TEN
    assert player.must_leave


def test_a_hand_in_is_signed_by_the_learner_of_the_code(player: Player, wall: Wall):
    player.open("10")
    player.type("aws iam list-users")
    exported = export(player, wall.at)
    assert isinstance(exported, Exported)
    record = read_handin(exported.text.encode()).header.record
    assert record is not None
    assert (record.learner, record.handed_in) == ("IAM-101/412000", wall.at)
    assert len(record.proof) == 16


def test_a_learner_without_a_class_has_no_exam(tmp_path: Path, wall: Wall):
    with closing(Progress(tmp_path / "bo.sqlite3")) as save:
        player = Player(save)
        player.clock = wall
        assert player.exam is None
        assert isinstance(player.open("05"), Noted)
