"""What a day and an opened shop say agrees with the account at that moment: callers, names, keys, numbers.

A play is drawn by a seed: a scenario, and as much of its solution or of its wrong answers as chance takes. The suite tries
the first seeds; with another profile than `quick` (tests/conftest.py) a thousand are tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import settings
from msgspec.structs import replace

from coffeeshop.account.access.standing import build_call_standing
from coffeeshop.account.credentials import AccessKey
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Key, Outsider, Service
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.play.script import run_play
from coffeeshop.lessons.scenario.find import OWN_SHOP, folders
from coffeeshop.lessons.sitting.assessment import assessment_of
from coffeeshop.lessons.sitting.days import day_of, evening_of, news_of, next_date
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.policy.model import Allowed
from coffeeshop.policy.problem import Problems
from coffeeshop.shop.day import Day, IncidentCourse, Kind
from coffeeshop.shop.evening import Evening
from coffeeshop.shop.happenings import draw_number
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.rota import shift_hours
from coffeeshop.views import playback
from coffeeshop.views.day import evening as evenings
from coffeeshop.views.day import hours
from coffeeshop.views.day.radius import radius_beyond_jobs, radius_size
from coffeeshop.views.deed import Goal
from coffeeshop.views.made_up import made_up_names
from coffeeshop.views.next import next_in
from coffeeshop.views.picture.beats import Beat, End, beat_row, beats
from coffeeshop.views.rows import lines
from tests.tables import each_row
from tests.views.plays import scenario

QUICK = 8
IDS = sorted(folder.name[: folder.name.find("-")] for folder in folders())
T = TypeVar("T")
SEEDS = range(QUICK if settings().derandomize else 1000)
KEY = re.compile(r"AKIA[A-Z2-7]{16}")


def chosen(among: Sequence[T], seed: int, what: str) -> T:
    return among[draw_number(seed, what) % len(among)]


def drawn_play(seed: int) -> Play:
    """A scenario, and a part of one of its answers."""
    found = scenario(chosen([*IDS, *[OWN_SHOP] * 6], seed, "scenario"))
    kept = chosen(_answers(found), seed, "answer").splitlines()
    part = (
        kept[: draw_number(seed, "lines") % (len(kept) + 1)]
        if draw_number(seed, "part") % 3
        else kept
    )
    try:
        return run_play(found, "\n".join(part))
    except Problems:  # a line that was cut in the middle
        return run_play(found, "")


def _answers(found: Scenario) -> list[str]:
    wrong = (found.text(one.script) for one in found.wrongs if one.script in found.files)
    return [found.solution, *(text for text in wrong if "#@" not in text)]


# ------------------------------------------------------------------ the opened shop
@each_row((seed,) for seed in SEEDS)
def test_every_sentence_of_the_opened_shop_agrees_with_what_aws_saw(seed: int):
    play = drawn_play(seed)
    names = made_up_names(play)
    for beat in beats(play, run_all_wants(play)):
        if beat.end is not End.NOBODY:
            check_beat(beat, names.keys())


def check_beat(beat: Beat, made_up: Iterable[str]) -> None:
    said = beat_row(beat).text
    made = beat.ticket.outcomes[-len(beat.steps) :]
    for step, outcome in zip(beat.steps, made, strict=True):
        assert step.who.name.split(", ")[-1].removeprefix("here called ").strip(",") in said
        caller = outcome.act.caller
        if decision := outcome.main_decision:
            principal = decision.standing.principal
            asked = [each.request.action for each in outcome.decisions]
            is_refused = not isinstance(decision, Allowed)
            assert step.asks in ([decision.request.action] if is_refused else asked)
            kind, _, name = principal.arn.rpartition(":")[2].partition("/")
            if kind == "user" and not isinstance(caller, Outsider):
                assert step.who.name.endswith(
                    (name.rpartition("/")[2], f"{name.rpartition('/')[2]},")
                )
                assert not step.who.apron
            elif kind == "assumed-role":
                assert step.who.apron.lower() == name.partition("/")[0].lower()
        elif isinstance(caller, Service):
            assert step.who.name == caller.name
    last = made[-1]
    assert ("AWS allows it" in said) == (beat.end in (End.SERVED, End.STOLEN))
    assert beat.end is not End.SERVED or last.has_succeeded or beat.ticket.has_succeeded
    assert ("a thief could" in said) == (beat.ticket.mark is Mark.LEAK)


# ------------------------------------------------------------------ days
@pytest.mark.parametrize("seed", SEEDS)
def test_every_sentence_of_a_day_agrees_with_the_account_of_that_moment(seed: int):
    play = drawn_play(seed)
    date = next_date(play.now) + timedelta(days=draw_number(seed, "date") % 30)
    check_day(play, Opening(date, draw_number(seed, "day") % 100))


def check_day(play: Play, opening: Opening) -> None:
    day = day_of(play, opening)
    found = evening_of(play, day, advice=False)
    told_all = lines([*hours.happening_rows(day), *evenings.evening(found)])
    keys = {
        id
        for id, each in day.account_at_closing.credentials.items()
        if isinstance(each, AccessKey)
    }
    assert set(KEY.findall(told_all)) <= keys
    check_numbers(found, told_all)
    check_people(play, opening, day)
    if day.course is not None:
        check_incident(play, opening, day, day.course)


def check_numbers(found: Evening, said: str) -> None:
    done = sum(
        one.kind is Kind.TASK and one.mark is Mark.OK for one in found.day.happenings
    )
    failed = sum(
        one.kind is Kind.TASK and one.mark is not Mark.OK for one in found.day.happenings
    )
    assert f"{done} job{'' if done == 1 else 's'} done, {failed} failed." in said
    if found.course is not None:
        course = found.course
        through = sum(outcome.has_succeeded for outcome in course.outcomes)
        assert not course.outcomes or f"AWS allowed {through} of its " in said
        assert radius_size(radius_beyond_jobs(course.radius, course)) in said


def check_people(play: Play, opening: Opening, day: Day) -> None:
    """A day names only people of the shop. Nobody who starts today is ill, and in an own shop nobody is."""
    news = "\n".join(news_of(play, opening.date))
    starting = {name.lower() for name in re.findall(r"(\w+) starts today", news)}
    assert starting <= set(day.rota.people)
    for kind, books in (
        ("bucket", day.account_at_opening.buckets),
        ("table", day.account_at_opening.tables),
        ("Lambda function", day.account_at_opening.functions),
    ):
        for name in books:
            assert f"Create the {kind} {name}" not in news
    if day.course is None:
        return
    theft = day.course.theft
    known = {
        *day.rota.people,
        *day.rota.outsiders_of_kind("function"),
        *day.rota.outsiders_of_kind("account"),
    }
    assert theft.victim in known
    if theft.incident.victim_leaves:
        assert not day.rota.same_people_tomorrow
        assert theft.victim not in starting
        assert not [
            each
            for each in day.tickets
            if each.want.who.removeprefix("user/") == theft.victim
        ]
        so_far = lines(playback.day_so_far(day, day.happenings, opening.closes))
        assert re.search(rf"{theft.victim}: went home ill", so_far, re.IGNORECASE)


def check_incident(play: Play, opening: Opening, day: Day, course: IncidentCourse) -> None:
    account, theft = course.account_before, course.theft
    kind = {"partner": "account", "machine": "function"}.get(
        theft.incident.credential_kind, "user"
    )
    if kind == "user":
        assert isinstance(account.users.get(theft.victim.lower()), User)
    if theft.incident.credential_kind == "key" and not theft.is_lent:
        own = play.account.credentials[course.stolen.key_id]
        assert isinstance(own, AccessKey)
        assert own.status == "Active"
    if theft.incident.credential_kind == "password" and not theft.is_lent:
        assert play.account.users[theft.victim.lower()].login
    if isinstance(course.stolen.caller, Key):
        build_call_standing(course.stolen.account, course.stolen.caller, theft.at, ())
    if kind == "user" and theft.is_lent:
        assert shift_hours(theft.victim, day.rota, day.seed)[0] <= theft.at
    check_next(play, opening, day, course)


def check_next(play: Play, opening: Opening, day: Day, course: IncidentCourse) -> None:
    """Next tells of the theft first, as long as it goes on; the advice beside it names what is there."""
    began = replace(opening, seen_until=course.theft.at)
    sitting = Sitting(
        play.at(began.clock), assessment_of(play, []), play.scenario.desk[0], day=began
    )
    step = next_in(sitting, None)
    said = step.text
    if "AWS refuses calls with it" not in said:  # who is to stop it signs in first
        assert (step.deed.goal is Goal.CONTAIN) == course.is_open(sitting.now)
    assert "Nothing is asked" not in said
    happened = [one for one in day.happenings if one.at <= course.theft.at]
    advice = lines(playback.incident_rows(day, happened, sitting))
    check_names(play.account, advice)


def check_names(account: Account, advice: str) -> None:
    for line in re.findall(r".*'s permissions come from .*|These trust .*", advice):
        holder = line.strip().partition("'s permissions")[0]
        assert holder.lower() not in account.roles, (
            "a role's name is not written as a person's"
        )
        assert all(
            name.lower() in account.groups
            for name in re.findall(r"the group ([\w+=,.@-]+?)[,:.]? ", line)
        )
        assert all(
            name.lower() in account.roles
            for name in re.findall(r"the role ([\w+=,.@-]+?)[,:.]? ", line)
        )
    assert set(KEY.findall(advice)) <= set(account.credentials)
