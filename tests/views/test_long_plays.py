"""What is shown after an act costs a play of many acts hardly more than one of few: a real client makes thousands."""

from __future__ import annotations

import sys
from datetime import timedelta
from types import FrameType

from coffeeshop.account.model import Act, Call
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play
from coffeeshop.views.next import next_step
from coffeeshop.views.picture.scene import floor
from coffeeshop.views.requests import MAX_REQUESTS, earlier, latest_requests
from tests.views.plays import played

LOOK = Call("iam", "GetUser", {"UserName": "casey"})


def looked(times: int) -> Play:
    """The receipts drawer after so many looks at Casey, one a second."""
    play = played("05", "aws iam create-user --user-name lee")
    first = play.outcomes[0].act
    acts = (
        Act(first.at + timedelta(seconds=n), first.caller, LOOK) for n in range(1, times)
    )
    return play.do(*acts)


def calls_of_what_is_shown(play: Play) -> int:
    """How many functions are called, and generators resumed, for what stands on the floor after an act."""
    count = 0

    def noted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(noted)
    try:
        tickets = run_all_wants(play)
        floor(play, tickets)
        next_step(play, tickets, None)
        latest_requests(play)
    finally:
        sys.setprofile(before)
    return count


def test_what_is_shown_after_an_act_asks_little_of_each_act_before() -> None:
    calls_of_what_is_shown(looked(20))  # what is remembered of the scenario
    few, many = looked(MAX_REQUESTS + 20), looked(MAX_REQUESTS + 520)
    assert calls_of_what_is_shown(many) - calls_of_what_is_shown(few) < 5 * 500


def test_of_very_many_requests_the_newest_stand_there_and_how_many_were_before() -> None:
    play = looked(MAX_REQUESTS + 7)
    assert [each.id for each in latest_requests(play)] == [
        str(n) for n in range(MAX_REQUESTS + 6, 6, -1)
    ]
    assert earlier(play) == "and 7 requests before (x writes all of them to a file)"
    assert earlier(looked(MAX_REQUESTS)) == ""
