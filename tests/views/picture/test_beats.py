from __future__ import annotations

from functools import cache

import pytest
from msgspec.structs import replace

from coffeeshop.account.model import ServiceError
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.model import Station
from coffeeshop.views.picture.beats import LASTS, PASSING, Beat, End, beats, moment, skipped, starts, told
from tests.views.plays import opened, played

HIRED = "aws iam delete-user --user-name sam\n"


@cache
def told_of(name: str, script: str = "") -> tuple[Beat, ...]:
    return beats(played(name, script), opened(name, script))


def test_each_ticket_is_a_beat_in_its_order_with_who_comes_and_how_it_ends() -> None:
    found = told_of("10")
    assert [beat.ticket for beat in found] == [*opened("10")]
    assert [
        (beat.who.name, beat.end) for beat in found if beat.ticket.want.id.startswith(("list", "shred"))
    ] == [
        ("casey", End.SERVED),
        ("robin", End.SERVED),
        ("bo", End.SERVED),
        ("sam", End.STOPPED),
        ("robin", End.STOLEN),
    ]


def test_a_refusal_that_holds_ends_well() -> None:
    assert {beat.end for beat in told_of("10", "solution")} == {End.SERVED, End.HELD}


def test_a_role_is_put_on_before_what_is_done_in_it_and_worn_from_then_on() -> None:
    first = told_of("15", "solution")[0]
    assert [(step.place, step.asks) for step in first.steps] == [
        (Station.BADGES, "sts:AssumeRole"),
        (Station.REGISTER, "dynamodb:PutItem"),
    ]
    assert first.who.apron == "Cashier"
    assert first.lasts == LASTS + PASSING


def test_the_calls_of_a_detour_are_the_steps_of_the_thief() -> None:
    leak = next(beat for beat in told_of("26") if beat.ticket.want.id == "badges@indra")
    assert leak.end is End.STOLEN
    assert [step.asks for step in leak.steps] == [
        "iam:PassRole",
        "lambda:InvokeFunction",
        "sts:AssumeRole",
        "iam:CreateUser",
    ]
    assert "by way of iam:PassRole, lambda:InvokeFunction, sts:AssumeRole" in told(leak).text


def test_what_fails_for_want_of_room_alone_is_handed_to_the_thief() -> None:
    leak = next(ticket for ticket in opened("10") if ticket.mark is Mark.LEAK)
    full = replace(leak.outcomes[-1], answer=ServiceError("LimitExceeded", "There is no room."))
    (beat,) = beats(played("10"), [replace(leak, outcomes=(*leak.outcomes[:-1], full))])
    assert beat.end is End.STOLEN
    assert beat.steps[-1].allowed


def test_where_nobody_can_ask_nobody_comes() -> None:
    gone = next(beat for beat in told_of("10", HIRED) if beat.ticket.want.who == "sam")
    assert gone.end is End.NOBODY
    assert told(gone).text == "Nobody comes: there is no user sam."


@pytest.mark.parametrize("name", ["05", "10", "15", "26"])
def test_every_beat_is_told_and_says_who_asks_what_where(name: str) -> None:
    for beat in told_of(name):
        said = told(beat).text
        assert said.endswith(".")
        assert beat.end is End.NOBODY or (beat.who.name in said and beat.steps[-1].place.value in said)


def test_the_clock_shows_one_beat_after_the_other_to_its_end_and_then_nothing() -> None:
    found = told_of("26")
    begins = starts(found)
    for nth, beat in enumerate(found):
        first, last = moment(found, begins[nth]), moment(found, begins[nth + 1] - 0.001)
        assert first is not None
        assert (first.nth, first.step, first.part) == (nth, 0, 0.0)
        assert last is not None
        assert (last.nth, last.step) == (nth, len(beat.steps) - 1)
        assert last.part == pytest.approx(1.0, abs=0.01)
    assert moment(found, begins[-1]) is None
    assert moment((), 0.0) is None


def test_a_skip_leads_to_the_beginning_of_the_next_beat_and_from_the_last_to_the_end() -> None:
    found = told_of("10")
    begins = starts(found)
    assert [skipped(found, begin + 0.5) for begin in begins[:-1]] == [*begins[1:]]
    assert moment(found, skipped(found, begins[-2])) is None
