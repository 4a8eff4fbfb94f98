"""What a grade shows of a learner's misconceptions: their own acts count, and what the program advised doesn't."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account.model import Act
from coffeeshop.lessons.model import Play
from coffeeshop.lessons.play.help_rows import Help
from coffeeshop.lessons.play.play_name import name_of
from coffeeshop.lessons.play.progress import Progress
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.sitting.assessment import Assessment
from coffeeshop.lessons.sitting.kept_grades import keep_grade
from coffeeshop.lessons.teaching.suspicions import suspicions
from coffeeshop.shop.measures import ADVISED_POLICIES
from tests.views.plays import scenario

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
SHREDDING = scenario("13")
WRONG = next(wrong for wrong in SHREDDING.wrongs if wrong.misconception == "M01")
ACTS = run_play(SHREDDING, SHREDDING.text(WRONG.script)).acts
DAYTIME = (SHREDDING.now + timedelta(days=1)).replace(hour=10)


def told_after(*acts: Act, helped: tuple[str, ...] = ()) -> list[str]:
    """The misconceptions that a learner is told of after a grade of these acts."""
    progress = Progress(None)
    progress.record_help(name_of(SHREDDING), helped, Help.STEP)
    keep_grade(progress, Assessment(Play(SHREDDING).do(*acts)), AT)
    told = suspicions({}, progress.meetings())
    progress.close()
    return [each.misconception.id for each in told]


def test_a_learners_own_policy_shows_what_they_believe():
    assert told_after(*ACTS) == ["M01"]


def test_what_was_so_at_the_opening_shows_nothing_before_an_act_that_only_the_belief_takes_for_enough():
    assert told_after() == []


def test_a_policy_that_stops_a_thief_during_a_day_shows_nothing():
    assert told_after(*(replace(act, at=DAYTIME) for act in ACTS)) == []


def test_a_policy_that_a_day_advises_shows_nothing_later_either():
    for name in sorted(ADVISED_POLICIES):
        advised = [
            replace(
                act,
                call=replace(
                    act.call, parameters={**act.call.parameters, "PolicyName": name}
                ),
            )
            for act in ACTS
        ]
        assert told_after(*advised) == []


def test_a_step_that_the_program_told_in_full_shows_nothing():
    assert told_after(*ACTS, helped=("leave-group",)) == ["M01"]
    assert told_after(*ACTS, helped=("exact-deny",)) == []
