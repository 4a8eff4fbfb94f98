"""A day at the shop of a play: what it is drawn from. Nothing that happens in it is kept: it is run again from the
play's acts.

A day opens at 06:00 after what was done last. What was done before is the shop as it opens; what is done at its clock are
its edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.lessons.grading.grade import judge_play
from coffeeshop.lessons.grading.needed import allowed_slack
from coffeeshop.lessons.grading.trial import run_all_wants
from coffeeshop.lessons.model import Play, Scenario
from coffeeshop.lessons.scenario.check_wants import SAMPLE
from coffeeshop.lessons.scenario.growth import FILE, grown, growth, news
from coffeeshop.lessons.scenario.wants import calls_for
from coffeeshop.lessons.sitting.badges import profiles
from coffeeshop.lessons.sitting.lock_out import takes_the_account
from coffeeshop.lessons.sitting.opening import SECOND, Again, Opening
from coffeeshop.policy.model import Policy, Problems, Values
from coffeeshop.shop.changes import Keeps
from coffeeshop.shop.day import Day, run_day
from coffeeshop.shop.evening import Evening, evening
from coffeeshop.shop.happenings import happenings
from coffeeshop.shop.incident import Theft
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.rota import OPENS, Rota, clock
from coffeeshop.shop.want import Ticket, Want, with_names

DAY = timedelta(days=1)


def begun(
    scenario: Scenario,
    current_time: datetime,
    seed: int = 0,
    incident: str = "",
    like: Day | None = None,
) -> Opening:
    """Return the next day as it begins, by the chances of another day if one is given, and with its theft. In a shop that
    grows the clock stands at 06:00 first, before anybody comes: what is new is to be done in the morning. Raises Problems.
    """
    drawn, this_again = (like.rota.drawn, _theft_of(like)) if like else (None, None)
    opening = Opening(next_date(current_time), seed, incident, like=drawn, again=this_again)
    if grows(scenario):
        return replace(opening, told=opening.opens - SECOND)
    return opening


def _theft_of(day: Day) -> Again | None:
    if day.course is None:
        return None
    theft = day.course.theft
    return Again(theft.incident.id, theft.who, theft.at.time(), theft.lent)


def next_date(current_time: datetime) -> date:
    """Returns the day that opens next: today, if the shop has not opened yet."""
    if current_time <= clock(current_time.date(), OPENS):
        return current_time.date()
    return current_time.date() + DAY


def rota_of(scenario: Scenario, day: date) -> Rota:
    """Returns what a day of a scenario is drawn from; of a shop that grows, what it wants on that day. Raises Problems."""
    people = scenario.people
    cast = (*people.graded, *people.bystanders, *people.admins)
    idle = {
        person: Policy(tuple(allowed_slack(scenario.slack, people.graded, person, "code")))
        for person in cast
    }
    wants = tuple(_wants(scenario, day))
    on = grows(scenario)
    story = scenario.id
    return Rota(
        day,
        wants,
        scenario.shop,
        cast,
        idle,
        people.machines,
        goes_on=on,
        story=story,
        began=scenario.opening,
    )


def _wants(scenario: Scenario, day: date) -> Iterator[Want]:
    """What the shop wants, but for what is said of people whom only the grade makes up."""
    found_growth = growth(scenario.files)
    if found_growth:
        grows = grown(
            found_growth,
            _nth(scenario, day),
            scenario.shop,
            scenario.opening,
            scenario.files,
        )
    else:
        grows = ()
    for want in (*scenario.wants, *grows):
        if want.who not in ("newcomer", "{newcomer}"):
            yield with_names(want, SAMPLE)


def news_of(play: Play, day: date) -> Values:
    """Return what is new on a day in a shop that grows, as its account stood when it opened. Raises Problems."""
    scenario, found_growth = play.scenario, growth(play.scenario.files)
    if found_growth is None:
        return ()
    return news(
        found_growth,
        _nth(scenario, day),
        scenario.shop,
        account_at(play, clock(day, OPENS)),
    )


def grows(scenario: Scenario) -> bool:
    """Tells whether it is a shop of one's own, which goes on from day to day."""
    return growth(scenario.files) is not None


def _nth(scenario: Scenario, day: date) -> int:
    """The number of a day, the first that opens after the play begins being 1."""
    return (day - next_date(scenario.now)).days + 1


def as_asked(play: Play) -> Play:
    """Return the play with what its shop asks for so far, on the day that its clock shows. It's the same play where the
    scenario doesn't grow, before the first day, and where growth.toml can't be read: the day's screen tells that.
    """
    if play.scenario.grown or FILE not in play.scenario.files:
        return play
    try:
        return replace(play, scenario=_asked_on(play.scenario, play.now.date()))
    except Problems:
        return play


@lru_cache(maxsize=8)
def _asked_on(scenario: Scenario, day: date) -> Scenario:
    """Return a scenario with the wants of a day, and the calls that give what they need. Raises Problems."""
    wants = tuple(_wants(scenario, day))
    if not wants:
        return scenario
    asked_scenario = replace(scenario, wants=wants, grown=True)
    return replace(asked_scenario, calls=calls_for(asked_scenario))


def account_at(play: Play, at: datetime) -> Account:
    """Returns the account as it stood at an instant."""
    return _before(play, at).account


def _before(play: Play, at: datetime) -> Play:
    return play.back(sum(act.at < at for act in play.acts)).at(at)


def of_before(
    play: Play, opening: Opening, tickets: Iterable[Ticket]
) -> tuple[Ticket, ...]:
    """Returns tickets without those that came to nothing only since the day opened: what a job lacks may be what stops a
    thief.
    """
    lacked = {
        _id(each)
        for each in run_all_wants(_before(play, opening.opens))
        if each.mark is not Mark.OK
    }
    return tuple(each for each in tickets if each.mark is Mark.OK or _id(each) in lacked)


def _id(ticket: Ticket) -> tuple[Mode, str]:
    return ticket.want.mode, ticket.want.id


def day_of(play: Play, opening: Opening) -> Day:
    """Returns the day as it goes, with everything that the play did in it."""
    edits = tuple(play.outcomes_of(lambda act: act.at >= opening.opens))
    plan = replace(rota_of(play.scenario, opening.date), like=opening.like)
    return run_day(
        account_at(play, opening.opens),
        plan,
        opening.seed,
        edits,
        opening.incident,
        _same_theft(opening),
    )


def _same_theft(opening: Opening) -> Theft | None:
    """Return the theft of the day that is played again; None where there is none."""
    this_again = opening.again
    if this_again is None:
        return None
    row = next(
        (row for row in happenings().incidents if row.id == this_again.incident), None
    )
    return row and Theft(
        row,
        this_again.who,
        datetime.combine(opening.date, this_again.at, UTC),
        this_again.lent,
    )


def evening_of(play: Play, day: Day, advice: bool = True) -> Evening:
    """Returns what is counted of a day, beside the same theft under the policies as they stood when the day before opened."""
    then = clock(day.date, OPENS) - DAY
    found_evening = evening(
        day, account_at(play, then), advice, *([_keeping(play, day)] if advice else [])
    )
    return replace(found_evening, untouched=not any(act.at < then for act in play.acts))


def _keeping(play: Play, day: Day) -> Keeps:
    """What tells of a call, made by the learner just before the theft, whether everybody who is to administer the account
    still can, and no check of the grade is lost that passed.
    """
    at = day.course.theft.at if day.course else day.opened.created
    stood = play.back(sum(act.at < at for act in play.acts))
    graded = not grows(stood.scenario)
    if graded:
        passed = {check.id: check.passed is True for check in judge_play(stood)}
    else:
        passed = {}

    def keeps(call: Call) -> bool:
        callers = (find_caller(stood.account, profile) for profile in profiles(stood))
        made_plays = (stood.do(Act(stood.now, caller, call)) for caller in callers)
        after = next((each for each in made_plays if each.outcomes[-1].has_succeeded), None)
        if after is None:
            return False
        admins = stood.scenario.people.admins
        if takes_the_account(stood.account, after.account, admins, stood.now):
            return False
        lost = (
            check
            for check in judge_play(after)
            if check.passed is not True and passed.get(check.id, True)
        )
        return not graded or not any(lost)

    return keeps


def stops(day: Day, opening: Opening) -> datetime:
    """Returns until when a day goes before the learner is asked: until somebody notices what is not contained yet, else
    until it closes.
    """
    course = day.course
    if course is None or course.noticed is None or course.noticed >= opening.closes:
        return opening.closes
    news = opening.told is None or course.noticed > opening.told
    open_still = course.contained is None or course.contained > course.noticed
    if news and open_still:
        return course.noticed
    return opening.closes
