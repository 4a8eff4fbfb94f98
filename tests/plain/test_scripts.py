"""Time passes in plain mode as in a script, and every scenario is solved there by typing its solution."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coffeeshop.lessons.grading.diagnosis import diagnoses_of
from coffeeshop.lessons.play.save_names import save_path
from coffeeshop.lessons.scenario.find import folders
from coffeeshop.lessons.scenario.load import load
from tests.examples import some
from tests.lessons.folder import FILES, ID, folder
from tests.plain.session import Session, printed, session

HIRE = "aws iam create-user --user-name {}"
FOLDERS = {folder.name: folder for folder in folders()}


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Session]:
    folder(tmp_path / "mine", FILES)
    with session(save_path(tmp_path / "home", "ana"), tmp_path / "mine") as found:
        found(f"play {ID}")
        yield found


def minutes(plain: Session) -> list[float]:
    """When each act was made, in minutes since the play began."""
    play = plain.shell.sitting.play
    return [(act.at - play.scenario.now).total_seconds() / 60 for act in play.acts]


@pytest.mark.parametrize(
    "wait",
    [
        "wait 30m",
        "wait +30m",
        "wait at 2026-03-02T08:30:00Z",
        "#@ +30m",
        "#@at 2026-03-02T08:30:00Z",
    ],
)
def test_the_next_call_is_made_after_the_wait(plain: Session, wait: str):
    assert plain(wait) == [
        "You are: ada (console, with MFA). The shop's clock shows Monday 08:30."
    ]
    plain(HIRE.format("sam"))
    plain(HIRE.format("kim"))
    assert minutes(plain) == [30, 31]


def test_waits_add_up_and_seconds_are_shown_where_there_are_any(plain: Session):
    plain("wait 30s")
    assert plain("wait 1h") == [
        "You are: ada (console, with MFA). The shop's clock shows Monday 09:00:30."
    ]
    plain(HIRE.format("sam"))
    assert minutes(plain) == [60.5]


def test_who_waits_for_a_sessions_end_sees_it_end(plain: Session):
    said, again = plain("wait 2d")
    assert "`as ada` signs in again" in again
    assert "The shop's clock shows Wednesday 08:00." in said
    assert "ended" in said or "expired" in said
    assert any(
        "ExpiredToken" in line or "expired" in line for line in plain(HIRE.format("sam"))
    )


def test_thirty_seconds_show_another_code(plain: Session):
    phone = "aws iam create-virtual-mfa-device --virtual-mfa-device-name casey --outfile c.png --bootstrap-method QRCodePNG"
    enable = "aws iam enable-mfa-device --user-name casey --serial-number arn:aws:iam::111122223333:mfa/casey --authentication-code1 {} --authentication-code2 {}"
    plain(phone)
    plain(enable.format("@phone", "@phone+1"))
    first = plain.shell.sitting.play.acts[-1].call.parameters["AuthenticationCode2"]
    plain("undo")
    plain("wait 30s")
    plain(enable.format("@phone", "@phone+1"))
    assert plain.shell.sitting.play.acts[-1].call.parameters["AuthenticationCode1"] == first


@pytest.mark.parametrize(
    "wait", ["wait", "wait long", "wait 2026-03-01T08:00:00Z", "wait -5m", "#@ 30 minutes"]
)
def test_what_is_no_length_of_time_is_told_and_no_time_passes(plain: Session, wait: str):
    assert plain(wait) == [
        "`wait` takes a length of time (30s, 45m, 8h or 1d) or a later time (2026-03-02T17:00:00Z)."
    ]
    plain(HIRE.format("sam"))
    assert minutes(plain) == [0]


@pytest.mark.parametrize("away", ["undo", f"play {ID}", "again"])
def test_a_wait_ends_with_the_place_it_was_made_in(plain: Session, away: str):
    plain(HIRE.format("sam"))
    plain("wait 1h")
    plain(away)
    plain(HIRE.format("kim"))
    assert max(minutes(plain)) <= 1


def test_other_directives_of_a_script_are_passed_over(plain: Session):
    assert plain("#@ optional: to look") == []
    assert plain("# a comment") == []


def test_one_waits_in_a_play_only(tmp_path: Path):
    assert "No scenario is open." in printed(tmp_path, "#@ +1h")


@pytest.mark.parametrize("id", some(FOLDERS, 5))
def test_every_scenario_is_solved_by_typing_its_solution(tmp_path: Path, id: str):
    lesson = load(FOLDERS[id])
    named = [
        f"cause {number} {cause.layer} {cause.policy} {cause.statement or 'nothing'}"
        for number, diagnosis in enumerate(diagnoses_of(lesson), 1)
        for cause in diagnosis.causes[:1]
    ]
    said = printed(tmp_path, *named, *lesson.solution.splitlines(), "grade", id=id)
    assert "3 of 3 stars, 100 of 100 points" in said
