"""A day in words, in JSON, and on the map."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from shlex import quote

import pytest
from msgspec.structs import replace

from coffeeshop.account.command import read_act
from coffeeshop.account.model import Act, Call, Key, Outcome, Reply
from coffeeshop.lessons.play.in_memory import InMemory
from coffeeshop.lessons.scenario.shop import course_shop
from coffeeshop.lessons.sitting.player import Player
from coffeeshop.policy.model import Allowed
from coffeeshop.shop.day import Day, Kind
from coffeeshop.shop.evening import day_results
from coffeeshop.shop.happenings import Incident, happenings
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.measures import revoking_statement
from coffeeshop.shop.model import Station
from coffeeshop.shop.serve import outside_principal
from coffeeshop.tui.screens.blast import BlastScreen
from coffeeshop.tui.screens.evening import EveningScreen
from coffeeshop.views import playback
from coffeeshop.views.concealed import REASON_WITHHELD
from coffeeshop.views.day import evening as evenings
from coffeeshop.views.day import hours, radius
from coffeeshop.views.day_document import day_document
from coffeeshop.views.requests import caller_name
from coffeeshop.views.rows import lines
from tests.account.shop import ADMIN, Shop, allow
from tests.shop.opened import (
    LIST,
    ONE_BUCKET,
    PAYROLLS,
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


def test_a_refused_job_is_told_with_its_reason_once():
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    day = a_day(shop, rota(job("casey", LIST), job("casey", READ, id="read"), times=5))
    said = lines(hours.happening_rows(day))
    assert said.count("not done: casey does read") == 5
    assert said.count("Nothing allows this s3:GetObject request") == 1
    assert "5 customers" not in said.partition("evening")[2]
    assert ".." not in said


def test_what_was_told_is_not_told_again():
    shop = furnished()
    hired(shop, "casey")
    day = a_day(shop, rota(job("casey", LIST), times=8))
    middle = of(day, Kind.TASK)[3].at
    first, rest = hours.happening_rows(day, None, middle), hours.happening_rows(day, middle)
    said = lines((*first, *rest))
    assert said.count("not done") == 8
    assert said.count("nothing allows") + said.count("Nothing allows") == 1
    assert hours.happening_rows(day, day.happenings[-1].at) == ()


def test_many_refused_calls_are_told_together():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
    refused = [
        one
        for one in of(day, Kind.ATTACK)
        if not (one.outcome and one.outcome.has_succeeded)
    ]
    said = lines(hours.happening_rows(day))
    assert " calls, the first by " in said
    assert said.count(" refused: ") < len(refused)


def test_many_calls_that_one_statement_lets_through_are_told_together_with_it():
    shop = furnished()
    hired(shop, "casey")
    shop(f"iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
    taken = [one for one in of(day, Kind.ATTACK) if one.mark is Mark.EXTRA]
    rows = hours.happening_rows(day)
    folded = [
        nth
        for nth, row in enumerate(rows)
        if " calls, the first by " in row.text and " no job needs it" in row.word
    ]
    assert folded
    assert all(
        "AdministratorAccess” allows each of them." in rows[nth + 1].text for nth in folded
    )
    alone = [
        row
        for row in rows
        if row.mark is Mark.EXTRA and " calls, the first by " not in row.text
    ]
    assert sum(int(rows[nth].text.split()[0]) for nth in folded) + len(alone) == len(taken)


def test_calls_that_different_statements_let_through_are_told_apart():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET, allow("s3:*", PAYROLLS), allow("dynamodb:*"))
    rows = hours.happening_rows(a_day(shop, rota(job("casey", LIST)), "leaked-key"))
    by = {
        row.text
        for row in rows
        if "allows each of them" in row.text or " allows " in row.text
    }
    assert len({text.partition(" allows ")[0] for text in by}) > 1


def test_a_call_of_the_learners_that_changed_nothing_says_so():
    shop = a_crew()
    lines_typed = (LEAVE, LEAVE.replace("Crew", "Nobodies"))
    edits = [
        read_act(line, shop.account, at(12, nth), {}, "root")
        for nth, line in enumerate(lines_typed)
    ]
    said = lines(hours.happening_rows(a_day(shop, rota(job("casey", LIST)), edits=edits)))
    assert "12:00 You: aws iam remove-user-from-group --group-name Crew" in said
    assert (
        "12:01 You (nothing done: NoSuchEntity): aws iam remove-user-from-group --group-name Nobodies"
        in said
    )


def test_the_evening_tells_trade_radius_yesterday_and_what_would_have_helped():
    shop, before = furnished(), furnished()
    for each in (shop, before):
        hired(each, "casey", allow("s3:*"))
    before(f"iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    found = day_results(a_day(shop, rota(job("casey", LIST)), "leaked-key"), before.account)
    said = lines(evenings.evening(found))
    assert "Within reach (its blast radius): 3 of 6 resources: list " in said
    assert "permissions 3" in said
    assert (
        "The same incident before you changed anything: Within reach: 6 of 6 resources"
        in said
    )
    assert "aws iam put-user-policy --user-name casey" in said
    assert "AWS allowed " in said


def test_a_change_that_leaves_what_the_jobs_need_says_why_it_contained_nothing():
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS), allow("s3:*"))
    shop("iam create-access-key --user-name casey")
    plan = rota(job("casey", LIST))
    day = a_day(shop, plan, "leaked-key")
    assert day.course is not None
    root = next(
        id for id, held in shop.account.credentials.items() if held.owner == shop.account.id
    )
    wide, own = (
        Act(
            day.course.theft.at + timedelta(minutes=nth),
            Key(root),
            Call("iam", "DeleteUserPolicy", {"UserName": "casey", "PolicyName": policy}),
        )
        for nth, policy in ((3, "p1"), (4, "p0"))
    )
    found = day_results(a_day(shop, plan, "leaked-key", [wide]))
    said = lines(evenings.evening(found))
    assert (
        f"From {wide.at:%H:%M} on, your changes left 1 of 6 resources: list 1, no more than Casey's own jobs need."
        in said
    )
    assert (
        "so it was not contained. The first thing that helps is an access key made inactive, since the jobs need what is left."
        in said
    )
    assert f"would have been within reach. You made it at {wide.at:%H:%M}." in said
    said = lines(
        evenings.evening(
            day_results(a_day(shop, plan, "leaked-key", [wide, own]), advice=False)
        )
    )
    assert "It was contained 4 minutes after it began." in said


def test_jobs_that_a_change_stopped_are_not_told_to_need_what_it_left():
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS), allow("s3:*"))
    shop("iam create-access-key --user-name casey")
    plan = rota(job("casey", LIST), job("casey", READ, id="read"))
    course = a_day(shop, plan, "leaked-key").course
    assert course is not None
    line = "aws iam delete-user-policy --user-name casey --policy-name p1"
    wide = read_act(line, shop.account, course.theft.at + timedelta(minutes=3), {}, "root")
    said = lines(
        evenings.evening(day_results(a_day(shop, plan, "leaked-key", [wide]), advice=False))
    )
    assert "No longer works: casey does read" in said
    assert (
        "so it was not contained. The first thing that helps is an access key made inactive."
        in said
    )


def opened_and_closed(*calls: str) -> tuple[Day, str]:
    """A day on which these calls are made, a minute after the theft and then one each minute, and its evening."""
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    shop(f"iam attach-user-policy --user-name casey --policy-arn {READS}")
    shop(f"iam attach-user-policy --user-name casey --policy-arn {ADMIN}")
    shop("iam create-access-key --user-name casey")
    plan = rota(job("casey", LIST))
    course = a_day(shop, plan, "leaked-key").course
    assert course is not None
    times = (course.theft.at + timedelta(minutes=nth) for nth in range(1, len(calls) + 1))
    edits = [
        read_act(
            f"aws iam {line.replace('KEY', course.stolen.key_id)}",
            shop.account,
            at,
            {},
            "root",
        )
        for line, at in zip(calls, times, strict=True)
    ]
    day = a_day(shop, plan, "leaked-key", edits)
    return day, lines(evenings.evening(day_results(day, advice=False)))


READS = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
WIDE, NARROW = (
    f"detach-user-policy --user-name casey --policy-arn {arn}" for arn in (ADMIN, READS)
)
OFF, ON = (
    f"update-access-key --user-name casey --access-key-id KEY --status {status}"
    for status in ("Inactive", "Active")
)


@pytest.mark.parametrize("narrowed", [[WIDE], [WIDE, NARROW], [NARROW, WIDE]])
def test_what_a_change_left_is_forgotten_once_all_is_open_again(narrowed: list[str]):
    widened = WIDE.replace("detach", "attach")
    _, less = opened_and_closed(*narrowed)
    assert "left" in less
    _, said = opened_and_closed(*narrowed, widened)
    assert "your changes left" not in said
    assert "No one contained it, so it stayed open until the shop closed." in said


def test_what_the_last_change_left_is_told_where_another_left_less():
    day, said = opened_and_closed(WIDE, NARROW, NARROW.replace("detach", "attach"))
    assert day.course is not None
    at = day.course.theft.at + timedelta(minutes=3)
    assert f"From {at:%H:%M} on, your changes left 3 of 6 resources" in said


def test_what_is_contained_and_opened_again_is_no_longer_contained():
    day, said = opened_and_closed(OFF, ON)
    course = day.course
    assert course is not None
    again = course.theft.at + timedelta(minutes=2)
    assert (course.contained_at, course.minutes_to_contain) == (None, None)
    assert (
        f"It was contained until your change at {again:%H:%M}. It stayed open until the shop closed."
        in said
    )
    assert " after it began" not in said
    calls = of(day, Kind.ATTACK)
    assert calls
    assert min(one.at for one in calls) >= again
    assert [one.kind for one in of(day, Kind.CONTAINED, Kind.REOPENED)] == [
        Kind.CONTAINED,
        Kind.REOPENED,
    ]
    assert f"{again:%H:%M} Open again" in lines(hours.happening_rows(day))
    assert "What you can do now" in lines(playback.incident_rows(day, day.happenings))


def test_the_last_time_that_it_was_contained_counts():
    day, said = opened_and_closed(OFF, ON, OFF)
    assert day.course is not None
    assert day.course.minutes_to_contain == 3
    assert "It was contained for good 3 minutes after it began." in said


def test_of_what_was_opened_again_the_part_is_told():
    _, said = opened_and_closed(OFF, WIDE, ON)
    assert "It was contained until your change at" in said
    assert "so it was not contained" not in said
    assert "left 3 of 6 resources" in said


def test_a_theft_that_reaches_what_the_jobs_need_alone_says_so():
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    shop("iam create-access-key --user-name casey")
    day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
    wider = furnished()
    hired(wider, "casey", allow("s3:*", RECEIPTS))
    wider("iam create-access-key --user-name casey")
    small = lines(evenings.evening(day_results(day, wider.account)))
    assert "1 of 6 resources: list 1, no more than Casey's own jobs need" in small
    assert (
        "little was within reach, no more than Casey's own jobs need. Your policies kept it that small."
        in small
    )
    assert "No one contained it" not in small
    shop("iam attach-user-policy --user-name casey --policy-arn " + ADMIN)
    assert "no more than casey's" not in lines(
        evenings.evening(day_results(a_day(shop, rota(job("casey", LIST)), "leaked-key")))
    )


def test_what_was_lost_says_how():
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    hired(shop, "bo")
    plan = rota(job("casey", READ, id="read"), job("bo", LIST), job("kim", LIST), times=40)
    said = lines(
        evenings.evening(day_results(a_day(shop, plan, "runaway-script"), advice=False))
    )
    assert "refused 40 times: bo does work" in said
    assert "not possible 40 times: kim does work" in said


LEAVE, JOIN = (
    f"aws iam {verb} --group-name Crew --user-name casey"
    for verb in ("remove-user-from-group", "add-user-to-group")
)


def a_crew() -> Shop:
    """Casey, who works by a group alone."""
    shop = furnished()
    shop("iam create-group --group-name Crew")
    shop(
        f"iam put-group-policy --group-name Crew --policy-name p --policy-document {quote(allow('s3:*'))}"
    )
    hired(shop, "casey")
    shop("iam add-user-to-group --group-name Crew --user-name casey")
    shop("iam create-access-key --user-name casey")
    return shop


def after(shop: Shop, *calls: str) -> str:
    """The evening of a day on which root makes these calls, a minute apart, from noon on."""
    edits = [
        read_act(line, shop.account, at(12, nth), {}, "root")
        for nth, line in enumerate(calls)
    ]
    return lines(
        evenings.evening(
            day_results(
                a_day(
                    shop,
                    rota(job("casey", LIST), job("casey", READ, id="read")),
                    edits=edits,
                )
            )
        )
    )


def test_a_job_that_was_stopped_during_the_day_is_told_with_the_call_that_gives_it_back():
    said = after(a_crew(), LEAVE)
    assert said.count("No longer works: casey does work; casey does read. ") == 1
    assert (
        f"until your call at 12:00: {LEAVE.replace('--group-name Crew --user-name casey', '')}"
        in said
    )
    assert said.endswith(f"\n    {JOIN}")


def test_of_a_job_that_no_call_gives_back_undo_is_told_alone():
    said = after(
        a_crew(), "aws iam delete-group-policy --group-name Crew --policy-name p", LEAVE
    )
    assert "until your call at 12:00: aws iam delete-group-policy" in said
    assert said.endswith(
        "The grade counts this. Undo takes your calls back, the last one first."
    )


def test_a_job_is_given_back_rather_by_what_would_have_helped():
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    shop("iam create-access-key --user-name casey")
    gone = read_act(
        "aws iam delete-user-policy --user-name casey --policy-name p0",
        shop.account,
        at(21),
        {},
        "root",
    )
    found = day_results(a_day(shop, rota(job("casey", LIST)), "leaked-key", [gone]))
    (ended,) = found.ended_jobs
    assert ended.fix in [change.call for change in found.changes]


def test_a_policy_that_gives_a_job_back_is_told_in_one_line():
    shop = furnished()
    hired(shop, "casey", allow("s3:*").replace(", ", ",\n  "))
    shop("iam create-access-key --user-name casey")
    last = after(
        shop, "aws iam delete-user-policy --user-name casey --policy-name p0"
    ).splitlines()[-1]
    assert last.strip().startswith(
        "aws iam put-user-policy --user-name casey --policy-name p0 --policy-document"
    )


@pytest.mark.parametrize(
    "calls", [(), (LEAVE, JOIN), ("aws iam create-user --user-name lee",)]
)
def test_nothing_is_said_to_work_no_more_where_every_job_works(calls: tuple[str, ...]):
    assert "No longer works" not in after(a_crew(), *calls)


def test_what_never_worked_is_not_said_to_work_no_more():
    shop = furnished()
    hired(shop, "casey")
    assert "No longer works" not in after(shop, "aws iam create-user --user-name lee")


def test_a_job_that_began_to_work_today_and_was_ended_today_is_told():
    said = after(a_crew(), LEAVE, JOIN, LEAVE)
    assert "until your call at 12:02: " in said
    shop = a_crew()
    shop(LEAVE.removeprefix("aws "))
    assert "until your call at 12:01: " in after(shop, JOIN, LEAVE)


def test_a_job_without_a_key_is_given_a_new_one_and_not_the_stolen_one():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    shop("iam create-access-key --user-name casey")
    plan = rota(replace(job("casey", LIST), minted=False))
    course = a_day(shop, plan, "leaked-key").course
    assert course is not None
    line = f"aws iam update-access-key --user-name casey --access-key-id {course.stolen.key_id} --status Inactive"
    off = read_act(line, shop.account, at(20), {}, "root")
    day = a_day(shop, plan, "leaked-key", [off])
    said = lines(evenings.evening(day_results(day, advice=False)))
    assert said.endswith("\n    aws iam create-access-key --user-name casey")
    assert "It stays so" not in said


def test_an_hour_that_is_told_in_two_parts_names_the_two_parts():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    day = a_day(shop, rota(job("casey", LIST), times=30))
    middle = of(day, Kind.TASK)[15].at
    first = hours.happening_rows(day, None, middle)
    rest = hours.happening_rows(day, middle)
    spans = [row.word for row in (*first, *rest) if row.role == "name"]
    assert len(spans) == len({*spans})
    assert f"{middle:%H}:00 to {middle:%H:%M}" in spans
    assert f"{middle:%H:%M} to {middle + timedelta(hours=1):%H}:00" in spans


def test_an_instant_is_not_told_as_a_span() -> None:
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    day = a_day(shop, rota(job("casey", LIST), times=30))
    first = of(day, Kind.TASK)[0]
    full_hour = replace(first, at=first.at.replace(minute=0))
    told = hours.happening_rows(replace(day, happenings=(full_hour,)), None, full_hour.at)
    assert [row.word for row in told] == [f"{full_hour.at:%H:%M}"]


@pytest.mark.parametrize(
    ("incident", "reason"),
    [
        ("tricked-partner", "no partner account has a job"),
        ("machine-role", "no function has a job"),
        ("", "no IAM user or function with a job had a credential to steal"),
    ],
)
def test_an_incident_without_a_victim_names_the_kind_that_is_missing(
    incident: str, reason: str
) -> None:
    shop = furnished()
    plan = rota()
    if incident:
        hired(shop, "casey", ONE_BUCKET)
        plan = rota(job("casey", LIST))
    found = day_results(a_day(shop, plan, incident))
    assert f"Nothing went wrong: {reason}." in lines(evenings.evening(found))


def test_only_what_existed_is_said_to_be_deleted() -> None:
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
    assert day.course is not None
    tried = {outcome.act.call.operation for outcome in day.course.outcomes}
    assert {"DeleteBucketPolicy", "DeleteObject"} <= tried
    said = lines(evenings.evening(day_results(day, advice=False)))
    assert " deleted: aws s3api delete-object" in said
    assert "delete-bucket-policy" not in said


def test_a_comparison_counts_things_that_did_not_exist_then_apart() -> None:
    shop, before = furnished(), furnished()
    for each in (shop, before):
        hired(each, "casey", allow("s3:*"))
    shop("s3api create-bucket --bucket menus")
    day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
    found = day_results(day, before.account, advice=False)
    said = lines(evenings.evening(found))
    assert (
        "Of the resources that existed then, the same ones were within reach, at the same access levels."
        " 1 resource within reach today didn't exist then." in said
    )
    assert "1 resource within reach today didn't exist then." in lines(
        playback.radius_comparison(found)
    )


def test_a_day_without_incident_has_an_evening():
    assert "Nothing went wrong" in lines(
        evenings.evening(day_results(a_day(furnished(), rota())))
    )


def test_the_evening_names_what_the_thief_deleted_and_a_line_names_the_jobs_that_failed():
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    day = a_day(shop, rota(job("casey", READ), times=60), "runaway-script")
    found = day_results(day, advice=False)
    said = lines(evenings.evening(found))
    assert "Nothing was deleted in yours." in said
    assert " deleted: aws s3api delete-object --bucket receipts --key 0412.json" in said
    today = evenings.day_row(found).text
    assert (
        f"{found.failed_count} failed (casey does work: {found.failed_count} times)"
        in today
    )


def test_a_day_names_no_statement_that_the_learner_has_yet_to_name():
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    day = a_day(shop, rota(job("casey", LIST), job("casey", READ)), "leaked-key")
    found = day_results(day)
    assert day.course is not None
    unnamed = {
        matched.statement
        for reached in day.course.radius.reached
        if isinstance(reached.decision, Allowed)
        for matched in reached.decision.by
    }
    told = lines(evenings.evening(found, unnamed))
    told += lines(hours.happening_rows(day, unnamed=unnamed))
    assert "statement 1 of policy" in lines(evenings.evening(found)).lower()
    assert "statement 1 of policy" not in told.lower()
    assert REASON_WITHHELD in told
    assert "What would have helped: First name the causes of the cases." in told
    assert day_document(found)["would_have_helped"]
    assert not day_document(found, unnamed=unnamed)["would_have_helped"]


def test_the_same_incident_under_earlier_policies_says_what_was_compared():
    shop, before = furnished(), furnished()
    for each in (shop, before):
        hired(each, "casey", allow("s3:*"))
    found = day_results(a_day(shop, rota(job("casey", LIST)), "leaked-key"), before.account)
    said = lines(evenings.evening(found))
    assert (
        "changed anything: The same resources were within reach, at the same access levels."
        in said
    )


def test_the_map_says_what_is_reached_where():
    shop = furnished()
    hired(shop, "casey", allow("s3:*", ["arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*"]))
    course = a_day(shop, rota(job("casey", LIST)), "leaked-key").course
    assert course is not None
    found = radius.levels_by_place(course.radius, course_shop())
    assert set(found) == {Station.PAYROLL}
    assert [level.value for level in found[Station.PAYROLL]][:3] == [
        "List",
        "Read",
        "Write",
    ]


def test_the_document_is_json_and_the_same_for_the_same_seed():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    plan = rota(job("casey", LIST), job("function/nobody", LIST))
    one, again = (
        json.dumps(day_document(day_results(a_day(shop, plan, "leaked-key"))))
        for _ in range(2)
    )
    assert one == again
    told = json.loads(one)
    assert (told["served"], told["turned_away"]) == (3, 3)
    assert told["lost"][0]["because"] == "There is no function nobody."
    assert told["incident"]["blast_radius"]["reached"][0]["because"].startswith(
        "statement 1 of policy “p0” allows"
    )
    assert {one["kind"] for one in told["happenings"]} >= {"task", "theft", "attack"}


def test_one_line_tells_a_day():
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    said = evenings.day_row(
        day_results(
            a_day(
                shop,
                rota(job("casey", LIST)),
                "leaked-key",
                day=WEDNESDAY + timedelta(days=7),
            ),
            advice=False,
        )
    )
    assert said.word == "Wed 11 Mar"
    assert said.text.startswith("3 jobs done, 0 failed; copied-session of Casey at ")


def test_who_asks_from_another_account_is_named_with_it() -> None:
    named = outcome_of_outsider("444455556666/role/Courier")
    assert caller_name(named) == "role/Courier in account 444455556666"
    assert caller_name(outcome_of_outsider("777788889999")) == (
        "someone in account 777788889999"
    )


def outcome_of_outsider(who: str) -> Outcome:
    shop = furnished()
    act = Act(
        shop.account.created, outside_principal(who), Call("sts", "GetCallerIdentity")
    )
    return Outcome(act, shop.account, Reply())


def test_a_password_that_was_deleted_already_is_not_advised_again():
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS), allow("s3:*"))
    shop("iam create-login-profile --user-name casey --password Ristretto-1-2-3")
    plan = rota(job("casey", LIST))
    course = a_day(shop, plan, "phished-password").course
    assert course is not None
    lines_of = (
        "aws iam delete-user-policy --user-name casey --policy-name p1",
        "aws iam delete-login-profile --user-name casey",
    )
    edits = [
        read_act(line, shop.account, course.theft.at + timedelta(minutes=nth), {}, "root")
        for nth, line in enumerate(lines_of, 2)
    ]
    said = lines(
        evenings.evening(
            day_results(a_day(shop, plan, "phished-password", edits), advice=False)
        )
    )
    assert "another password" not in said
    assert "The first thing that helps is a Deny for earlier sign-ins" in said


@pytest.mark.parametrize("row", happenings().incidents, ids=lambda row: row.id)
def test_an_incident_that_took_nothing_is_called_no_theft_on_any_screen(
    row: Incident,
) -> None:
    """A bug, a curious colleague and a session left open are incidents, too."""
    shop = furnished()
    for name in ("casey", "robin"):
        hired(shop, name, allow("s3:*"))
    plan = rota(job("casey", LIST), job("robin", LIST, id="robin"))
    day = a_day(shop, plan, row.id)
    if day.course is None:  # machine and partner have no victim in this shop
        return
    found = day_results(day, shop.account)
    said = lines(
        (
            *hours.happening_rows(day),
            *evenings.evening(found),
            *playback.incident_rows(day, day.happenings),
            *playback.radius_comparison(found),
            *playback.thief_call_rows(day.course),
            playback.compare_line(day).row,
        )
    )
    for text in (said, playback.DAY_HELP, EveningScreen.HELP, BlastScreen.HELP):
        assert not re.findall(r"(?i)\b(?:thefts?|thie\w+|st[eo]l\w+)\b", str(text))


def test_the_victim_is_written_as_the_account_writes_it() -> None:
    shop = furnished()
    hired(shop, "Casey", ONE_BUCKET)
    day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
    said = lines(evenings.evening(day_results(day, shop.account)))
    assert "Casey's" in said
    assert "casey's" not in said
    assert "lends casey" not in said


def test_an_insider_s_own_access_is_counted_on_no_line() -> None:
    """The two lines of the map give one number."""
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    day = a_day(shop, rota(job("casey", LIST)), "curious-colleague")
    assert day.course is not None
    today, *_ = playback.radius_comparison(day_results(day, shop.account))
    assert today.text.endswith(" nothing")
    assert "nothing beyond Casey's own jobs" in lines(radius.blast_rows(day.course))


def test_what_an_insider_reaches_is_said_to_be_part_of_their_own_jobs() -> None:
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    day = a_day(shop, rota(job("casey", LIST)), "curious-colleague")
    contained = "\n".join(each.say for each in of(day, Kind.CONTAINED))
    assert contained == "Everything within reach is part of Casey's own jobs."
    results = day_results(day, shop.account)
    evening_text = lines(evenings.evening(results))
    assert "Nothing beyond Casey's own jobs was within reach then, either." in evening_text


def test_policies_kept_nothing_small_where_as_much_was_within_reach_before() -> None:
    shop = furnished()
    hired(shop, "casey", allow("s3:ListBucket", RECEIPTS))
    shop("iam create-access-key --user-name casey")
    day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
    for earlier_account in (None, shop.account):
        said = lines(evenings.evening(day_results(day, earlier_account)))
        assert "little was within reach, no more than Casey's own jobs need." in said
        assert "Your policies kept it that small." not in said


def test_a_call_that_contains_a_theft_stands_beside_no_claim_about_calls_after_it() -> None:
    assert "before the incident" in evenings.NO_CALL_FOUND


def test_policies_under_which_more_is_within_reach_than_before_kept_nothing_small() -> None:
    shop, before = furnished(), furnished()
    for each in (shop, before):
        hired(each, "casey", allow("s3:ListBucket", RECEIPTS))
        each("iam create-access-key --user-name casey")
    before("iam delete-user-policy --user-name casey --policy-name p0")
    day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
    grown = lines(evenings.evening(day_results(day, before.account)))
    assert "little was within reach, no more than Casey's own jobs need." in grown
    assert "Your policies kept it that small." not in grown


def test_a_script_without_a_credential_of_its_owner_claims_none() -> None:
    shop = furnished()
    hired(shop, "casey", allow("s3:*", RECEIPTS))
    day = a_day(shop, rota(job("casey", LIST)), "runaway-script")
    assert day.course is not None
    assert day.course.theft_sentence.startswith("A script that runs as Casey has a bug")


def test_the_learner_s_own_call_that_contained_it_is_praised_in_the_evening() -> None:
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    plan = rota(job("casey", LIST))
    theft = of(a_day(shop, plan, "leaked-key"), Kind.THEFT)[0].at
    act = read_act(
        "aws iam put-user-policy --user-name casey --policy-name Old --policy-document "
        + quote(
            json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [revoking_statement(theft + timedelta(minutes=3))],
                }
            )
        ),
        shop.account,
        theft + timedelta(minutes=2),
        {},
        "root",
    )
    assert isinstance(act, Act)
    day = a_day(shop, plan, "leaked-key", [act])
    said = lines(evenings.evening(day_results(day, shop.account)))
    praise = f"You contained it at {act.at:%H:%M}, and your calls broke no job."
    before, _, after_head = said.partition("What would have helped: ")
    assert f"What you did: {praise}" in before
    assert praise not in after_head


def test_a_day_without_an_incident_promises_no_same_incident() -> None:
    shop = furnished()
    hired(shop, "casey", ONE_BUCKET)
    day = a_day(shop, rota(job("casey", LIST)), "machine-role")
    assert day.course is None
    assert "incident" not in playback.compare_line(day).row.text
    player = Player(InMemory())
    player.open("03")
    closed = lines(playback.closed_rows(player.playing, 1, day))
    assert "a opens a day with the same customers, with your policies" in closed
    assert "Your next call is at Monday 17:00. The next day is " in closed
    assert "Your sign-in ends before the day, on Tuesday at 05:00." in closed
    assert "incident" not in closed


def test_an_evening_says_within_reach_of_what_no_call_has_reached() -> None:
    shop = furnished()
    hired(shop, "casey", allow("s3:*"))
    for policies in (allow("s3:*"), allow("s3:ListBucket", RECEIPTS), allow("sqs:*")):
        before = furnished()
        hired(before, "casey", policies)
        day = a_day(shop, rota(job("casey", LIST)), "leaked-key")
        results = day_results(day, before.account)
        said = lines((*evenings.evening(results), evenings.day_row(results)))
        assert "within reach" in said.lower()
        assert "reached" not in said
