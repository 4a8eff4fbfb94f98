"""A moment of a day on the floor, the line of the day, and the map of what a theft reaches."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from coffeeshop.policy.catalog import AccessLevel
from coffeeshop.shop.day import Day, Kind
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.model import Station
from coffeeshop.tui.theme import picture_paints
from coffeeshop.views.picture.model import Floor, State
from coffeeshop.views.picture.timeline import column_of_time, draw_timeline
from coffeeshop.views.picture.workday import STAY_AFTER_TASK, blast_floor, workday_floor
from tests.account.shop import allow
from tests.shop.opened import (
    LIST,
    READ,
    RECEIPTS,
    a_day,
    at,
    furnished,
    hired,
    job,
    of,
    rota,
)


def stolen() -> Day:
    """Casey may list receipts and delete them, and works; her key is stolen."""
    shop = furnished()
    hired(shop, "casey", allow("s3:*", [RECEIPTS, f"{RECEIPTS}/*"]))
    return a_day(shop, rota(job("casey", LIST)), "leaked-key")


def until(day: Day, nth: int) -> Floor:
    return workday_floor(day, day.happenings[:nth])


def upto(day: Day, kind: Kind, nth: int = 1) -> int:
    """How many happenings there are up to the nth of that kind."""
    return [n for n, one in enumerate(day.happenings, 1) if one.kind is kind][nth - 1]


def names(found: Floor) -> list[str]:
    return [person.name for bay in found.bays for person in bay.people]


def test_before_anybody_comes_the_floor_is_empty_and_the_door_open() -> None:
    found = until(stolen(), 0)
    assert names(found) == []
    assert found.bay(Station.DOOR).open


def test_who_was_served_stands_where_they_asked_and_a_cup_on_the_counter() -> None:
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    day = a_day(shop, rota(job("casey", LIST)), "curious-colleague")
    found = until(day, upto(day, Kind.TASK))
    register = found.bay(Station.REGISTER)
    assert ([one.name for one in register.people], register.cups, register.state) == (
        ["casey"],
        1,
        State.WORKS,
    )


def test_who_is_refused_waits_at_the_door_and_the_sign_says_what_was_asked() -> None:
    shop = furnished()
    hired(shop, "casey")
    day = a_day(shop, rota(job("casey", LIST)))
    found = until(day, upto(day, Kind.TASK))
    assert found.bay(Station.DOOR).queue == ("casey does work",)
    assert found.bay(Station.REGISTER).state is State.STUCK
    assert found.bay(Station.REGISTER).people[0].refused == "s3:ListBucket"
    assert until(day, upto(day, Kind.TASK, 2)).bay(Station.DOOR).queue == (
        "casey does work",
    )


def test_nobody_stands_there_longer_than_an_hour_after_they_asked() -> None:
    day = stolen()
    first = of(day, Kind.TASK)[0].at
    for nth, one in enumerate(day.happenings, 1):
        if one.kind is Kind.NEWS or (
            one.kind is Kind.THEFT and one.at - first > STAY_AFTER_TASK
        ):
            assert "casey" not in names(until(day, nth))


def test_a_stranger_stands_where_they_call_and_what_they_took_stays_marked() -> None:
    day = stolen()
    theft = upto(day, Kind.THEFT)
    assert [one.kind for one in until(day, theft).bay(Station.DOOR).people][:1] == [
        "stranger"
    ]
    taken = next(n for n, one in enumerate(day.happenings, 1) if one.mark is Mark.EXTRA)
    place = day.happenings[taken - 1].place
    assert place is not None
    found = until(day, len(day.happenings))
    assert found.bay(place).says == (Mark.EXTRA, "taken")
    assert found.bay(place).state is State.LEAKS
    assert not found.bay(Station.DOOR).open


def test_once_it_is_contained_the_stranger_is_gone() -> None:
    shop = furnished()
    hired(shop, "casey")
    day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
    assert "contained" in [one.kind.value for one in day.happenings]
    assert "someone" not in names(until(day, len(day.happenings)))


def test_a_colleague_who_looks_around_keeps_the_name() -> None:
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    day = a_day(shop, rota(job("casey", LIST)), "curious-colleague")
    attack = upto(day, Kind.ATTACK)
    thief = [p for bay in until(day, attack).bays for p in bay.people if p.kind == "prying"]
    assert [one.name for one in thief] == ["casey"]


def test_the_map_says_the_gravest_level_of_each_place_and_what_is_safe() -> None:
    read, worst = AccessLevel.READ, AccessLevel.PERMISSIONS
    found = blast_floor(
        stolen(),
        {Station.REGISTER: (read, AccessLevel.WRITE), Station.PAYROLL: (read, worst)},
    )
    says = {bay.place: bay.says for bay in found.bays}
    assert says[Station.REGISTER] == (Mark.EXTRA, "write")
    assert says[Station.PAYROLL] == (Mark.EXTRA, "grants")
    assert says[Station.INVENTORY] == (Mark.OK, "safe")
    assert [bay.place for bay in found.bays if bay.people] == [
        Station.PAYROLL,
        Station.REGISTER,
    ]


def test_the_map_marks_no_access_that_the_jobs_need() -> None:
    reached = {Station.REGISTER: (AccessLevel.LIST, AccessLevel.READ)}
    found = blast_floor(stolen(), reached, {Station.REGISTER})
    says = {bay.place: bay.says for bay in found.bays}
    assert says[Station.REGISTER] == (Mark.QUIET, "read")


# ---------------------------------------------------------------------- the line
def text(day: Day, nth: int, columns: int = 80, ascii: bool = False) -> list[str]:
    now = day.happenings[nth - 1].at
    lines = draw_timeline(
        day.happenings[:nth], now, columns, picture_paints("dark-roast"), ascii
    )
    return ["".join(run.text for run in line) for line in lines]


def test_the_line_has_exactly_its_cells_at_any_moment() -> None:
    day = stolen()
    for nth in range(1, len(day.happenings) + 1, 5):
        for columns in (60, 80, 116):
            assert [len(line) for line in text(day, nth, columns)] == [columns, columns]


def test_the_line_names_the_hours_the_clock_and_the_incident() -> None:
    day = stolen()
    theft = upto(day, Kind.THEFT)
    hours, marks = text(day, theft)
    when = day.happenings[theft - 1].at
    assert f" {when:%H:%M} " in hours
    assert marks[column_of_time(when, 80)] == "I"
    assert marks[column_of_time(when, 80) + 1 :].strip() == ""


@pytest.mark.parametrize("columns", [60, 80, 116])
def test_the_line_shows_no_half_of_an_hour_beside_the_clock(columns: int) -> None:
    for minute in range(0, 16 * 60, 7):
        now = at(6) + timedelta(minutes=minute)
        scale = "".join(
            run.text
            for run in draw_timeline((), now, columns, picture_paints("dark-roast"))[0]
        )
        hours = re.findall(r"\d+", scale.replace(f" {now:%H:%M} ", "     "))
        assert all(len(hour) == 2 for hour in hours)
        assert len(hours) >= 6


def test_the_line_in_letters_needs_no_other_signs() -> None:
    day = stolen()
    assert all(line.isascii() for line in text(day, len(day.happenings), ascii=True))


def test_the_line_begins_at_six_and_ends_at_ten() -> None:
    assert (
        column_of_time(at(6), 80),
        column_of_time(at(22) - timedelta(minutes=1), 80),
        column_of_time(at(22), 80),
    ) == (
        0,
        79,
        79,
    )


def test_what_is_gravest_in_a_cell_is_seen() -> None:
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    day = a_day(shop, rota(job("casey", LIST), job("casey", READ, id="read"), times=30))
    tasks = of(day, Kind.TASK)
    marks = "".join(
        run.text
        for run in draw_timeline(tasks, at(21), 16, picture_paints("dark-roast"))[1]
    )
    assert "✗" in marks
    for one in tasks:
        if one.mark is Mark.MISS:
            assert marks[column_of_time(one.at, 16)] == "✗"
