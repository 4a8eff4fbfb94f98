"""Run a day at the shop from the acts of a play. A day's events are not stored: they are computed again.

A day opens at 06:00 after the last act. Acts before that time set up the shop. Acts at a time within the day
are edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.lessons.grading.grade import judge_play
from coffeeshop.lessons.grading.needed import allowed_slack
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.scenario.check_wants import SAMPLE_VALUES
from coffeeshop.lessons.scenario.growth import (
    GROWTH_FILE,
    morning_news,
    read_growth,
    wants_of_day,
)
from coffeeshop.lessons.scenario.wants import calls_that_grant
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.lessons.sitting.lock_out import takes_the_account
from coffeeshop.lessons.sitting.opening import ONE_SECOND, Again, Opening
from coffeeshop.lessons.sitting.policy_text import policy_remarks
from coffeeshop.policy.model import Policy, Problems, Values
from coffeeshop.policy.problem import Level
from coffeeshop.shop.changes import IsHarmless
from coffeeshop.shop.day import Day
from coffeeshop.shop.day_run import run_day
from coffeeshop.shop.evening import EndedJobs, Evening, day_results
from coffeeshop.shop.happenings import happenings
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.rota import CLOSING_TIME, OPENING_TIME, Rota, shop_time
from coffeeshop.shop.theft import Theft
from coffeeshop.shop.want import Ticket, Want, with_names

ONE_DAY = timedelta(days=1)


def next_opening(
    scenario: Scenario,
    current_time: datetime,
    seed: int = 0,
    incident: str = "",
    like: Day | None = None,
) -> Opening:
    """Return the opening of the next day. Raise Problems.

    With `like`, the day has the chances and the theft of that day. In a shop that grows, the clock stands
    just before 06:00, so that the learner can make the morning's changes first.
    """
    drawn, theft_again = (
        (like.rota.drawing_date, _repeatable_theft(like)) if like else (None, None)
    )
    opening = Opening(
        next_date(current_time), seed, incident, like=drawn, again=theft_again
    )
    if is_own_shop(scenario):
        return replace(opening, seen_until=opening.opens - ONE_SECOND)
    return opening


def _repeatable_theft(day: Day) -> Again | None:
    """Return the theft of a day, so that another day can repeat it. Return None if the day has no course."""
    if day.course is None:
        return None
    theft = day.course.theft
    return Again(theft.incident.id, theft.victim, theft.at.time(), theft.is_lent)


def next_date(current_time: datetime) -> date:
    """Return the date of the next opening: today if the shop has not opened yet, or else tomorrow."""
    if current_time <= shop_time(current_time.date(), OPENING_TIME):
        return current_time.date()
    return current_time.date() + ONE_DAY


def rota_of(scenario: Scenario, day: date) -> Rota:
    """Return the rota from which a day of a scenario is drawn.

    A shop that grows has the wants of that day. Raise Problems.
    """
    people = scenario.people
    cast = (*people.graded, *people.bystanders, *people.admins)
    slack, slack_without_code = (
        {
            person: Policy(
                tuple(allowed_slack(scenario.slack, people.graded, person, badge))
            )
            for person in cast
        }
        for badge in ("code", "password")
    )
    wants = tuple(_wants(scenario, day))
    on = is_own_shop(scenario)
    story = scenario.id
    return Rota(
        day,
        wants,
        scenario.shop,
        cast,
        slack,
        slack_without_code,
        people.machines,
        same_people_tomorrow=on,
        scenario_id=story,
        account_before_play=scenario.opening,
    )


def _wants(scenario: Scenario, day: date) -> Iterator[Want]:
    """Yield the shop's wants on a day.

    Those of the sample colleague and of the account that joins later are left out, because both
    exist only in a grade.
    """
    growth_plan = read_growth(scenario.files)
    if growth_plan:
        wants_of_growth = wants_of_day(
            growth_plan,
            _day_number(scenario, day),
            scenario.shop,
            scenario.opening,
            scenario.files,
        )
    else:
        wants_of_growth = ()
    for want in (*scenario.wants, *wants_of_growth):
        if want.who not in ("newcomer", "{newcomer}") and "{newshop}" not in want.who:
            yield with_names(want, SAMPLE_VALUES)


def news_of(play: Play, day: date) -> Values:
    """Return the news of a day in a shop that grows, from its account at opening time. Raise Problems."""
    scenario, growth_plan = play.scenario, read_growth(play.scenario.files)
    if growth_plan is None:
        return ()
    return morning_news(
        growth_plan,
        _day_number(scenario, day),
        scenario.shop,
        account_at(play, shop_time(day, OPENING_TIME)),
    )


def is_own_shop(scenario: Scenario) -> bool:
    """Return whether the scenario is a learner's own shop, which grows from day to day."""
    return read_growth(scenario.files) is not None


def _day_number(scenario: Scenario, day: date) -> int:
    """Return the number of a day. The first day that opens in the play is 1."""
    return (day - next_date(scenario.now)).days + 1


def with_wants_of_day(play: Play) -> Play:
    """Return the play with its shop's wants on the day of its clock.

    The play is unchanged where the scenario doesn't grow, before the first day, and where growth.toml can't
    be read. The day's screen reports an unreadable file.
    """
    if play.scenario.is_growing_shop or GROWTH_FILE not in play.scenario.files:
        return play
    try:
        return replace(play, scenario=_scenario_of_day(play.scenario, play.now.date()))
    except Problems:
        return play


@lru_cache(maxsize=8)
def _scenario_of_day(scenario: Scenario, day: date) -> Scenario:
    """Return a scenario with the wants of a day, and the calls that grant them. Raise Problems."""
    wants = tuple(_wants(scenario, day))
    if not wants:
        return scenario
    day_scenario = replace(scenario, wants=wants, is_growing_shop=True)
    return replace(day_scenario, calls=calls_that_grant(day_scenario))


def account_at(play: Play, at: datetime) -> Account:
    """Return the account of a play at a time."""
    return _play_before(play, at).account


def _play_before(play: Play, at: datetime) -> Play:
    """Return the play with only the acts before a time, and its clock at that time."""
    return play.back(sum(act.at < at for act in play.acts)).at(at)


def failing_before_opening(
    play: Play, opening: Opening, tickets: Iterable[Ticket]
) -> tuple[Ticket, ...]:
    """Return tickets without those that began to fail since the day opened.

    A job can fail because of a change that stops a thief.
    """
    failed_before = {
        _want_key(each)
        for each in run_all_wants(_play_before(play, opening.opens))
        if each.mark is not Mark.OK
    }
    return tuple(
        each for each in tickets if each.mark is Mark.OK or _want_key(each) in failed_before
    )


def _want_key(ticket: Ticket) -> tuple[Mode, str]:
    """Return the mode and id of a ticket's want."""
    return ticket.want.mode, ticket.want.id


def day_of(play: Play, opening: Opening) -> Day:
    """Return the day with every act of the play in it."""
    edits = tuple(play.outcomes_of(lambda act: act.at >= opening.opens))
    plan = replace(rota_of(play.scenario, opening.date), drawn_like=opening.like)
    return run_day(
        account_at(play, opening.opens),
        plan,
        opening.seed,
        edits,
        opening.incident,
        _same_theft(opening),
    )


def _same_theft(opening: Opening) -> Theft | None:
    """Return the theft that the day repeats. Return None if it repeats none."""
    theft_again = opening.again
    if theft_again is None:
        return None
    row = next(
        (row for row in happenings().incidents if row.id == theft_again.incident), None
    )
    return row and Theft(
        row,
        theft_again.who,
        datetime.combine(opening.date, theft_again.at, UTC),
        theft_again.lent,
    )


def evening_of(play: Play, day: Day, advice: bool = True) -> Evening:
    """Return the result of a day, with the result of the same theft under earlier policies.

    `advice` also searches for calls that would have helped, which takes longer.
    """
    earlier = _comparison_time(play.scenario, day.date)
    results = day_results(
        day,
        account_at(play, earlier),
        advice,
        *([_safe_call_test(play, day)] if advice else []),
    )
    had_changes = any(act.at < earlier for act in play.acts)
    theft_at = day.course.theft.at if day.course else earlier
    return replace(
        results,
        is_untouched=not any(act.at < theft_at for act in play.acts),
        compared_at=earlier if had_changes else None,
        ended_jobs=_jobs_failing_in_grade(play, results.ended_jobs),
    )


def _jobs_failing_in_grade(
    play: Play, ended_jobs: Sequence[EndedJobs]
) -> tuple[EndedJobs, ...]:
    """Return ended jobs without those that work for the grade.

    A job such as enrolling a phone can't be done again once the learner has done it, and the grade knows that.
    """
    if not ended_jobs:
        return ()
    tickets = run_all_wants(with_wants_of_day(play))
    working_keys = {_want_key(ticket) for ticket in tickets if ticket.has_succeeded}
    failing_jobs = (
        replace(
            ended,
            jobs=tuple(job for job in ended.jobs if (job.mode, job.id) not in working_keys),
        )
        for ended in ended_jobs
    )
    return tuple(ended for ended in failing_jobs if ended.jobs)


def _comparison_time(scenario: Scenario, day: date) -> datetime:
    """Return the time of the policies with which a day is compared.

    In a shop that grows, the learner works during the day, so it is closing time of the day before. In a
    scenario, the learner works before the shop opens, so it is opening time of the day before.
    """
    yesterday = day - ONE_DAY
    if is_own_shop(scenario):
        return shop_time(yesterday, CLOSING_TIME)
    return shop_time(yesterday, OPENING_TIME)


def _safe_call_test(play: Play, day: Day) -> IsHarmless:
    """Return a test of calls for advice.

    The test makes a call just before the theft, by any of the learner's profiles. It passes where every
    administrator still administers the account, the review of the written policy only makes suggestions, and no
    check of the grade is newly failed.
    """
    if day.course:
        at = day.course.theft.at
    else:
        at = day.account_at_opening.created
    stood = play.back(sum(act.at < at for act in play.acts))
    graded = not is_own_shop(stood.scenario)
    if graded:
        passed = {check.id: check.passed is True for check in judge_play(stood)}
    else:
        passed = {}

    def keeps(call: Call) -> bool:
        callers = (find_caller(stood.account, profile) for profile in profiles(stood))
        plays_after_call = (stood.do(Act(stood.now, caller, call)) for caller in callers)
        after = next(
            (each for each in plays_after_call if each.outcomes[-1].has_succeeded), None
        )
        if after is None:
            return False
        admins = stood.scenario.people.admins
        if takes_the_account(stood.account, after.account, admins, stood.now):
            return False
        remarks = policy_remarks(after.outcomes[-1])
        if any(remark.level is not Level.SUGGESTION for remark in remarks):
            return False
        return not graded or not any(
            check.passed is not True and passed.get(check.id, True)
            for check in judge_play(after)
        )

    return keeps


def next_stop(day: Day, opening: Opening) -> datetime:
    """Return the time at which the day pauses for the learner: when an incident is noticed and not contained, or
    closing time.
    """
    course = day.course
    if course is None or course.noticed_at is None or course.noticed_at >= opening.closes:
        return opening.closes
    news = opening.seen_until is None or course.noticed_at > opening.seen_until
    open_still = course.contained_at is None or course.contained_at > course.noticed_at
    if news and open_still:
        return course.noticed_at
    return opening.closes
