"""The day as it is played back tells what plain tells, and beside it what decided."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from coffeeshop.account.command import read_act
from coffeeshop.account.instants import format_instant
from coffeeshop.lessons.play.in_memory import InMemory
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy import parse
from coffeeshop.shop.day import Day, Kind
from coffeeshop.shop.evening import day_results
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.stopping import RightsSources
from coffeeshop.views import playback
from coffeeshop.views.day import evening as evenings
from coffeeshop.views.day import hours, radius
from coffeeshop.views.rows import line, lines
from tests.account.shop import ADMIN, Shop, allow
from tests.shop.opened import (
    LIST,
    ONE_BUCKET,
    PAYROLL,
    READ,
    RECEIPTS,
    WEDNESDAY,
    a_day,
    at,
    furnished,
    hired,
    job,
    of,
    rota,
)


def stolen(*policies: str, incident: str = "leaked-key") -> Day:
    shop = furnished()
    hired(shop, "casey", *policies)
    return a_day(shop, rota(job("casey", LIST), job("casey", READ, id="read")), incident)


WIDE = allow("s3:*", [RECEIPTS, f"{RECEIPTS}/*"])


def test_without_an_open_day_there_is_no_news() -> None:
    player = Player(InMemory())
    player.open("10")
    assert playback.morning_rows(player.playing) == ()


def test_each_line_of_the_board_that_plain_tells_by_itself_is_told_in_the_same_words() -> (
    None
):
    day = stolen(allow("s3:ListBucket", RECEIPTS))
    board = {line(playback.headline_row(one)) for one in day.happenings}
    told = [
        row
        for row in hours.happening_rows(day)
        if row.indent == 1 and " calls, the first by " not in row.text
    ]
    assert told
    assert {line(row).strip() for row in told} <= board


def test_every_hour_of_plain_counts_what_stands_on_the_board() -> None:
    day = stolen(allow("s3:ListBucket", RECEIPTS))
    well = [one for one in of(day, Kind.TASK) if one.mark is Mark.OK]
    rows = [row for row in hours.happening_rows(day) if row.role == "name"]
    assert sum(int(row.text.split()[0]) for row in rows) == len(well)
    assert playback.trade_row(day.happenings).text.startswith(f"{len(well)} jobs done")


def test_the_evening_of_the_screen_is_the_evening_of_plain() -> None:
    shop = furnished()
    hired(
        shop,
        "casey",
        allow("s3:ListBucket", [RECEIPTS]),
        allow("s3:*", "arn:aws:s3:::payroll/*"),
    )
    found = day_results(
        a_day(shop, rota(job("casey", LIST), job("casey", READ, id="read")), "leaked-key")
    )
    shown = playback.evening_lines(found)
    assert tuple(one.row for one in shown) == evenings.evening(found)
    assert [one.types for one in shown if one.types] == [
        line.row.text for line in shown if line.row.role == "code"
    ]
    assert len([one for one in shown if one.types]) == len(found.changes) > 0
    refused = [one.about for one in shown if one.row.mark is Mark.MISS]
    assert refused == [lost.ticket for lost in found.failed_jobs] != []


def test_everything_that_was_decided_says_by_what() -> None:
    day = stolen(WIDE)
    for one in day.happenings:
        if one.ticket or one.outcome:
            assert playback.decision_text(one)
            assert playback.decision_of(one) is not None
        else:
            assert (playback.decision_text(one), playback.decision_of(one)) == ("", None)


def test_the_incident_is_told_only_as_far_as_it_went() -> None:
    day = stolen(WIDE)
    order = [one.kind for one in day.happenings]
    theft = order.index(Kind.THEFT)
    assert "Nothing has gone wrong" in lines(
        playback.incident_rows(day, day.happenings[:theft])
    )
    begun = lines(playback.incident_rows(day, day.happenings[: theft + 1]))
    assert "A stranger copied Casey's session" in begun
    assert "so the day invents one: a session without an MFA code." in begun
    assert "No one at the shop has noticed" in begun
    assert "calls since" not in begun
    attack = order.index(Kind.ATTACK)
    assert "1 call since" in lines(
        playback.incident_rows(day, day.happenings[: attack + 1])
    )


def test_what_is_contained_asks_for_nothing_more() -> None:
    day = stolen()
    said = lines(playback.incident_rows(day, day.happenings))
    assert "Contained" in said
    assert "What you can do now" not in said


def test_every_kind_of_theft_has_something_that_can_be_done() -> None:
    for incident in (
        "leaked-key",
        "phished-password",
        "curious-colleague",
        "leftover-session",
        "runaway-script",
    ):
        day = stolen(WIDE, allow("s3:*", "arn:aws:s3:::payroll/*"), incident=incident)
        attack = next(n for n, one in enumerate(day.happenings) if one.kind is Kind.THEFT)
        assert day.course is not None
        assert playback.RESPONSE_TEXTS[day.course.credential_kind]
        assert "What you can do now" in lines(
            playback.incident_rows(day, day.happenings[: attack + 1])
        )


def test_both_radii_stand_side_by_side_with_their_access_levels() -> None:
    shop, before = furnished(), furnished()
    for each in (shop, before):
        hired(each, "casey", allow("s3:ListBucket", RECEIPTS))
    before(f"iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    found = day_results(a_day(shop, rota(job("casey", LIST)), "leaked-key"), before.account)
    assert found.course is not None
    tonight, yesterday = playback.radius_comparison(found)
    assert (tonight.word.strip(), yesterday.word.strip()) == ("today", "at first")
    _, yesterday = playback.radius_comparison(replace(found, compared_at=at(22)))
    assert yesterday.word.strip() == "before"
    assert tonight.text.endswith(" 1 of 6 resources: list 1")
    assert "6 of 6 resources: list " in yesterday.text
    assert "permissions " in yesterday.text
    assert line(playback.radius_comparison(found, ascii=True)[0]).isascii()


def test_a_shop_that_was_safe_because_nobody_could_work_is_told_so() -> None:
    shop, before = furnished(), furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    hired(before, "casey")
    found = day_results(a_day(shop, rota(job("casey", LIST)), "leaked-key"), before.account)
    assert "Today's only kind of job would have failed" in lines(
        playback.radius_comparison(found)
    )
    assert "Today's only kind of job would have failed" in lines(evenings.evening(found))


def test_what_the_jobs_of_a_colleague_need_is_not_counted() -> None:
    day = stolen(
        allow(["s3:ListBucket", "s3:GetObject"], [RECEIPTS, f"{RECEIPTS}/*"]),
        incident="curious-colleague",
    )
    assert day.course is not None
    assert radius.radius_beyond_jobs(day.course.radius, day.course).reached == ()
    assert "░ nothing" in playback.radius_comparison(day_results(day))[0].text


def test_the_way_of_the_attacker_is_what_was_let_through_up_to_an_instant() -> None:
    day = stolen(WIDE)
    assert day.course is not None
    through = [one for one in day.course.outcomes if one.has_succeeded]
    assert len(playback.thief_call_rows(day.course)) == 1 + len(through)
    assert len(playback.thief_call_rows(day.course, through[0].act.at)) == 2
    assert playback.thief_call_rows(day.course, day.course.theft.at) == ()


def test_the_day_so_far_says_who_is_at_work_and_what_came_of_it() -> None:
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    day = a_day(shop, rota(job("casey", LIST), job("casey", PAYROLL, id="wages")))
    end = day.happenings[-1].at
    said = lines(playback.day_so_far(day, day.happenings, end))
    assert "3 jobs done, 3 failed\n" in said
    assert "Casey: " in said
    assert "3 jobs done, 3 failed" in said


def test_what_can_be_done_now_is_told_in_words_and_names_no_condition_key() -> None:
    """A theft may come on the first day, before any lesson has spoken of conditions."""
    assert not [said for said in playback.RESPONSE_TEXTS.values() if "aws:" in said]


def test_a_session_is_ended_by_a_statement_that_is_shown_and_others_by_words() -> None:
    day = stolen(WIDE)
    assert day.course is not None
    account, at = day.course.stolen.account, day.course.theft.at
    (_, shown) = playback.theft_advice(day.course, account, at)
    deny = parse(
        json.dumps({"Version": "2012-10-17", "Statement": json.loads(shown.text)})
    ).statements[0]
    assert (deny.effect, deny.conditions[0].operator, deny.conditions[0].key) == (
        "Deny",
        "DateLessThan",
        "aws:TokenIssueTime",
    )
    assert deny.conditions[0].values == (
        format_instant(day.course.theft.at + timedelta(minutes=2)),
    )
    script = stolen(WIDE, incident="runaway-script").course
    assert script is not None
    assert (
        len([*playback.theft_advice(script, script.stolen.account, script.theft.at)]) == 1
    )


@pytest.mark.parametrize(
    ("hours_after_theft", "told"),
    [(-1, "so: s signs in"), (0, "The incident goes on when the clock runs")],
)
def test_a_theft_is_told_of_from_when_it_happens_and_not_before(
    hours_after_theft: int, told: str
):
    day = stolen(WIDE)
    assert day.course is not None
    at = day.course.theft.at + timedelta(hours=hours_after_theft)
    opening = Opening(at.date(), seen_until=at)
    step = playback.clock_step(opening, False, at, "so", day)
    assert told in step.text


def test_a_running_clock_promises_no_calls_to_someone_whose_session_ended() -> None:
    day = stolen(WIDE)
    at = Opening(day.date).opens
    opening = Opening(day.date, seen_until=at)
    works = playback.clock_step(opening, True, at, "", day)
    assert "your calls happen at that time" in works.deed.say
    ended = playback.clock_step(opening, True, at, "Your sign-in ran out", day)
    assert ended.text == "The clock runs. Your sign-in ran out."
    assert ended.deed.say == "stops it"


def test_permissions_that_others_policies_give_are_not_called_resource_based() -> None:
    shop = Shop()
    shop("iam create-user --user-name bo")
    sources = RightsSources(shop.account.users["bo"])
    assert playback._rights_sources_text(sources, "bo") == (  # pyright: ignore[reportPrivateUsage]
        "Bo's permissions come from policies elsewhere: a resource's policy, or a role's trust "
        "policy. You can narrow them."
    )


def test_a_policy_that_the_thief_added_is_named_as_one_of_the_copy() -> None:
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET, allow("iam:PutUserPolicy"))
    shop("iam create-access-key --user-name casey")
    course = a_day(shop, rota(job("casey", LIST)), "leaked-key").course
    assert course is not None
    own = set(shop.account.users["casey"].inline)
    in_copy = course.outcomes[-1].account.users["casey"].inline
    (added,) = (
        document.policy.name for name, document in in_copy.items() if name not in own
    )
    begun, later = course.theft.at, course.outcomes[-1].act.at
    caller = shop.outcomes[-1].act.caller
    said = "Added in this incident, on the copy of the account"
    rows = lines(playback.remedy_rows(course, shop.account, caller, later))
    assert f"{said}: the policy {added}." in rows
    assert said not in lines(playback.remedy_rows(course, shop.account, caller, begun))


def test_what_a_call_ended_is_no_longer_named_on_the_screen_of_the_day() -> None:
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    shop("iam create-access-key --user-name casey")
    plan = rota(job("casey", LIST))
    course = a_day(shop, plan, "leaked-key").course
    assert course is not None
    told = course.theft.at + timedelta(minutes=5)
    line_typed = f"aws iam delete-access-key --user-name casey --access-key-id {course.stolen.key_id}"
    act = read_act(line_typed, shop.account, told, {}, "root")
    day = a_day(shop, plan, "leaked-key", [act])
    opening = Opening(WEDNESDAY, 7, seen_until=told - timedelta(seconds=1))
    account, later = day.account_at_closing, told + timedelta(minutes=1)
    step = playback.clock_step(opening, False, None, "", day, account, later)
    assert "not stopped" not in step.text
    before = playback.clock_step(
        opening, False, None, "", day, shop.account, told - timedelta(seconds=1)
    )
    assert "not stopped: Casey's access key" in before.text


def test_advice_on_a_stolen_session_does_not_say_that_nothing_ends_what_it_can_do() -> None:
    advice = playback.RESPONSE_TEXTS["session"]
    assert "denies sessions" in advice
    assert "can list or end" not in advice
    assert "You can't list or end a single session." in advice
