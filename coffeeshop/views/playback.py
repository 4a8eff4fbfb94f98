"""The playback of a day: jobs, the incident and the day so far, and the blast radius beside another.

A row of plain mode describes each event. This module adds the decision behind it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from coffeeshop.account.command import format_outcome
from coffeeshop.account.command.write import write_line
from coffeeshop.account.door import handle
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account, Act, Caller, Outcome
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.sitting.days import is_own_shop, news_of, next_opening
from coffeeshop.lessons.sitting.opening import Opening
from coffeeshop.lessons.sitting.sitting import Sitting
from coffeeshop.policy.model import Statement
from coffeeshop.shop.day import Day, Happening, IncidentCourse, Kind
from coffeeshop.shop.evening import Evening
from coffeeshop.shop.happenings import StolenKind
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.measures import revoking_statement
from coffeeshop.shop.radius import BlastRadius
from coffeeshop.shop.rota import shift_hours
from coffeeshop.shop.stopping import (
    RightsSources,
    added_sources,
    remaining_access,
    revocation_time,
    rights_sources,
    stopping_calls,
)
from coffeeshop.shop.want import Ticket
from coffeeshop.views.containment import contains
from coffeeshop.views.day.evening import (
    compared_policies_phrase,
    evening,
    failing_jobs_text,
)
from coffeeshop.views.day.hours import (
    event_reason,
    happening_headline,
    turned_away_reason,
)
from coffeeshop.views.day.radius import newer_things_text, radius_beyond_jobs, radius_size
from coffeeshop.views.deed import Deed, Goal
from coffeeshop.views.identity import identity
from coffeeshop.views.picture.timeline import TIMELINE_LEGEND
from coffeeshop.views.rows import Row
from coffeeshop.views.step import Step
from coffeeshop.views.text import capital, command_of, command_on_one_line, count_noun

Decided: TypeAlias = Ticket | Outcome

# AWS's advice on compromised credentials, by kind of credential.
RESPONSE_TEXTS: dict[StolenKind, str] = {
    "key": "Make the access key inactive, or delete it.",
    "password": "Change or delete the password. That doesn't end a session, but a policy can deny sessions that began before a given time.",
    "badge": "Take away the permissions of this credential that no job needs.",
    "session": "Add a policy that denies sessions that began before a given time. You can't list or end a single session.",
    "partner": "A role's trust policy says who can assume it, and under which condition. Its other policies hold its "
    "permissions.",
    "workload": "Name the repository with its owner in a condition of the role's trust policy.",
    "workforce": "Take away what the permission set allows and no job needs, and provision it.",
    "machine": "Add a policy that denies sessions that began before a given time. No call can end a role's session.",
}
ON_A_COPY = "A day runs on a copy of the account. These calls changed only that copy."
ONE_MINUTE = timedelta(minutes=1)  # a session of this minute is older than the next minute
LISTS_HINT = "Keys, passwords, groups and roles are in People (2), policies in Policies (3)."  # the screens of the app


SAME_CUSTOMERS = "a day with the same customers"
LIKE_THAT_DAY = f"{SAME_CUSTOMERS} and the same incident"


def similar_day(day: Day) -> str:
    """Return what opens if a day is repeated. Only a day that had an incident has it again."""
    return LIKE_THAT_DAY if day.course else SAME_CUSTOMERS


def closed_rows(sitting: Sitting, seed: int, last_day: Day | None) -> tuple[Row, ...]:
    """Return rows about the day that opens next, with the number `seed` that draws its events.

    `last_day` has ended and can be repeated. None: there was no day yet. Raise Problems if the
    opening fails.
    """
    opening = next_opening(sitting.scenario, sitting.now, seed)
    came = (
        "From 06:00 to 22:00, each job is a real call. On most days something goes wrong."
    )
    date = f"{opening.date:%A %d %B}"
    back = f"Your next call is at {sitting.now:%A %H:%M}. The next day is {date}."
    if last_day is None:
        past = (Row(came),)
    elif is_own_shop(sitting.scenario):
        past = (Row("e shows the last evening again."),)
    else:
        replay = f"a opens {similar_day(last_day)}, with your policies as they are now."
        past = (Row(f"e shows the last evening again. {replay}"), Row(back))
    return (
        Row(f"The day begins on {date} with your policies as they are now."),
        *past,
        Row(f"space starts the day, and n draws other customers (this is number {seed})."),
        *_ending_session_rows(sitting, opening),
    )


def _ending_session_rows(sitting: Sitting, opening: Opening) -> tuple[Row, ...]:
    """Return a row that says that the learner's session ends before the day. Empty: it doesn't."""
    now, then = (
        identity(sitting.play.account, sitting.profile, at)
        for at in (sitting.now, opening.opens)
    )
    if now.run_out or not then.run_out or then.until is None:
        return ()
    message = f"Your sign-in ends before the day, on {then.until:%A} at {then.until:%H:%M}."
    return (Row(f"{message} To act during the day, stop the clock and sign in again."),)


def compare_line(day: Day) -> EveningLine:
    """Return the last line of the evening: change policies, and repeat a day like this one to compare."""
    message = f"Change your policies. Then press 5 and a for {similar_day(day)}."
    return EveningLine(Row(message, word="To compare"))


SIGN_IN_AGAIN = Deed("s", "signs in again")
DAY_HELP = (
    "A day at the shop, from 06:00 to 22:00. Each job is a real call. On most days something goes wrong. "
    "space starts and stops the clock, ← → go from event to event, [ ] change the pace, i goes to the incident, "
    "m shows how far it reaches, and e shows the evening once the day is over. While the shop is closed, n draws "
    "other customers and another incident, and a opens "
    f"{SAME_CUSTOMERS} and the same incident if there was one, with your policies as they are now. While the clock "
    "is stopped, what you do on other screens happens at that time, and the rest of the day follows from it. An incident is "
    "contained once its credential gives no access. A colleague's incident is contained once they can do "
    f"only what their jobs need. On the line of the day: {TIMELINE_LEGEND}."
)


def clock_step(
    opening: Opening | None,
    running: bool,
    current_time: datetime | None,
    run_out: str,
    day: Day | None,
    account: Account | None = None,
    next_call_at: datetime | None = None,
    sign_in: Deed = SIGN_IN_AGAIN,
) -> Step:
    """Return what the Next box suggests about the day's clock: start the day, run or stop the clock, or end the theft.

    `current_time` is the moment on the screen (None: there is none). `run_out` is the reason why the
    credential in use no longer works ("": it works). `sign_in` then leads to one that works.
    `account` is the account as it is now (None: as it was at the theft). `next_call_at` is the time
    of the learner's next call (None: the time up to which the day was told).
    """
    if opening is None:
        return Step("The shop is closed.", Deed("space", "starts a day"))
    if running:
        says = "stops it" if run_out else "stops it, and your calls happen at that time"
        message = f"The clock runs. {run_out}." if run_out else "The clock runs."
        return Step(message, Deed("space", says))
    if opening.seen_until and current_time and current_time < opening.seen_until:
        return Step(
            f"You are looking back. Your calls happen at {opening.seen_until:%H:%M}.",
            Deed("space", "runs on from here"),
        )
    course = day.course if day else None
    has_begun = course and opening.seen_until and course.theft.at <= opening.seen_until
    if course and has_begun and course.is_open(next_call_at or opening.clock):
        if run_out:
            return Step(f"The incident goes on when the clock runs. {run_out}.", sign_in)
        return contains(course, opening.seen_until, account, next_call_at)
    message = "The clock is stopped. Each of your calls takes a minute."
    if run_out:
        message = f"{run_out}: {sign_in.key} {sign_in.say}."
    goal = Goal.ACT if run_out else Goal.RUN_CLOCK
    return Step(message, Deed("space", "lets the clock run", goal=goal))


def morning_rows(sitting: Sitting) -> tuple[Row, ...]:
    """Return the news of the open day. Raise Problems if the news can't be read."""
    if sitting.day:
        news = news_of(sitting.play, sitting.day.date)
    else:
        news = ()
    rows = tuple(Row(message, word="News") for message in news)
    if rows:
        return (*rows, Row("Do the task of the day, then let the clock run."))
    return ()


# ---------------------------------------------------------------------------- as it goes
def headline_row(happening: Happening) -> Row:
    """Return one event as a row without indentation."""
    return replace(happening_headline(happening), indent=0)


def decision_text(happening: Happening, unnamed: Collection[Statement] = ()) -> str:
    """Return a sentence about the policy decision behind an event. "": the event made no request.

    `unnamed` are the statements that aren't told, since the learner names them.
    """
    if happening.ticket:
        decision = happening.ticket.decision
        if decision and happening.mark is not Mark.MISS:
            is_unwanted = happening.ticket.want.mode is Mode.NEVER
            return event_reason(decision, unnamed, is_unwanted)
        return turned_away_reason(happening.ticket, unnamed)
    if happening.outcome is None:
        return ""
    if happening.outcome.decisions:
        return event_reason(happening.outcome.main_decisions[0], unnamed)
    return format_outcome(happening.outcome).text.strip()


def decision_of(happening: Happening) -> Decided | None:
    """Return the job's result or the call that explains an event. None: the event made no request."""
    if happening.ticket and happening.ticket.outcomes:
        return happening.ticket
    return happening.outcome


def incident_rows(
    day: Day, happened: Sequence[Happening], sitting: Sitting | None = None
) -> tuple[Row, ...]:
    """Return the incident so far: the theft, its detection, and the possible countermeasures.

    The countermeasures use the account of `sitting`. None: they use the account at the theft.
    """
    kinds = {happening.kind: happening for happening in happened}
    if day.course is None or Kind.THEFT not in kinds:
        return (Row("Nothing has gone wrong so far.", role="muted"),)
    return tuple(_incident_rows(day.course, happened, Kind.NOTICED in kinds, sitting))


def _incident_rows(
    course: IncidentCourse,
    happened: Sequence[Happening],
    noticed: bool,
    sitting: Sitting | None,
) -> Iterator[Row]:
    """Yield the incident's rows, newest first, so that a small window shows the latest."""
    turns = [
        happening
        for happening in happened
        if happening.kind in (Kind.CONTAINED, Kind.REOPENED)
    ]
    over = bool(turns) and turns[-1].kind is Kind.CONTAINED
    yield from (headline_row(happening) for happening in turns[-1:])
    yield from (
        headline_row(happening) for happening in happened if happening.kind is Kind.NOTICED
    )
    yield from (
        headline_row(happening) for happening in happened if happening.kind is Kind.THEFT
    )
    if not over:
        if not noticed:
            yield Row("No one at the shop has noticed anything yet.", role="muted")
        if sitting:
            account = sitting.play.account
        else:
            account = course.stolen.account
        yield from theft_advice(course, account, happened[-1].at, LISTS_HINT)
        if sitting is not None:
            yield from remedy_rows(
                course, sitting.play.account, sitting.caller, sitting.now
            )
    calls = [happening for happening in happened if happening.kind is Kind.ATTACK]
    if calls:
        through = sum(
            bool(happening.outcome and happening.outcome.has_succeeded)
            for happening in calls
        )
        yield Row(
            f"{count_noun(len(calls), 'call')} since, and AWS allowed {through} of them. The last one:"
        )
        yield happening_headline(calls[-1])
        unnamed = sitting.unnamed_statements if sitting else ()
        yield Row(decision_text(calls[-1], unnamed), role="muted", indent=2)


def theft_advice(
    course: IncidentCourse, account: Account, current_time: datetime, location: str = ""
) -> Iterator[Row]:
    """Yield advice on the credentials that a thief still holds. `location` names the screens to use.

    For sessions it includes the Deny statement that ends them and the entities that need it.
    """
    stolen = remaining_access(account, course, current_time)
    yield Row(
        f"{RESPONSE_TEXTS[stolen.kind]} {location}".strip(), word="What you can do now"
    )
    if course.has_changed_something(current_time):
        yield Row(ON_A_COPY, indent=1)
    if stolen.session_owners:
        owners = [
            f"the {type(entity).__name__.lower()} {entity.name}"
            for entity in stolen.session_owners
        ]
        if all(entity.inline or entity.attached for entity in stolen.session_owners):
            adding = "Within a minute, add this statement to a policy of"
        else:
            adding = "Within a minute, put this statement in a new policy of"
        yield Row(
            json.dumps(revoking_statement(revocation_time(stolen, current_time))),
            word=f"{adding} {join_words(owners)}",
            role="code",
        )


def remedy_rows(
    course: IncidentCourse, account: Account, caller: Caller, current_time: datetime
) -> Iterator[Row]:
    """Yield the policies that give the stolen credential its permissions, and the calls that disable it.

    Calls that the caller may not make are left out.
    """
    sources = rights_sources(account, course.theft, course.stolen)
    if message := _rights_sources_text(sources, course.theft.victim):
        yield Row(message, indent=1)
    added = _source_names(added_sources(account, course, current_time))
    if added:
        yield Row(f"{ADDED_ON_THE_COPY}: {join_words(added)}.", indent=1)
    for call in stopping_calls(account, course, current_time, current_time + ONE_MINUTE):
        works = handle(account, Act(current_time, caller, call)).has_succeeded
        if works and not call.text("PolicyDocument"):
            yield Row(write_line(call), indent=1, role="code")


def _rights_sources_text(sources: RightsSources, person: str) -> str:
    """Return where the stolen permissions come from: policies, groups or roles, as a phrase. "": from nowhere."""
    if sources.roles:
        return f"These trust {person}: {join_words(_source_names(sources))}."
    if sources.identity is None:
        return ""
    names = _source_names(sources)
    given_words = join_words(names) if names else OF_OTHER_THINGS
    name = sources.identity.name
    if isinstance(sources.identity, User):
        holder = capital(name)
    else:
        holder = f"The role {name}"
    if not sources.is_fixed:
        remedy = "You can narrow them."
    elif sources.policies:
        remedy = "No one can change AWS's own policies. You can detach them."
    else:
        remedy = (
            f"No one can change AWS's own policies. You can remove {holder} from the group."
        )
    return f"{holder}'s permissions come from {given_words}. {remedy}"


def _source_names(sources: RightsSources) -> list[str]:
    """Return the policies, groups and roles from which permissions come, each with its kind."""
    names_by_kind = {
        "policy": sources.policies,
        "group": sources.groups,
        "role": sources.roles,
    }
    return [f"the {kind} {name}" for kind, names in names_by_kind.items() for name in names]


ADDED_ON_THE_COPY = "Added in this incident, on the copy of the account"
OF_OTHER_THINGS = "policies elsewhere: a resource's policy, or a role's trust policy"


def day_so_far(
    day: Day, happened: Sequence[Happening], current_time: datetime
) -> tuple[Row, ...]:
    """Return the jobs done so far, and each person's shift with its jobs."""
    return tuple(_so_far(day, happened, current_time))


def _so_far(
    day: Day, happened: Sequence[Happening], current_time: datetime
) -> Iterator[Row]:
    """Yield the rows that `day_so_far` returns."""
    yield trade_row(happened)
    came = Counter(
        (_worker(happening), happening.mark is Mark.OK)
        for happening in happened
        if happening.kind is Kind.TASK
    )
    for person in day.rota.people:
        begins, ends = shift_hours(person, day.rota, day.seed)
        well = came[person, True]
        ill = came[person, False]
        state = _at_work(day, person, begins, ends, current_time)
        away = f", {ill} failed" if ill else ""
        if well or ill:
            outcome_text = f"; {count_noun(well, 'job')} done{away}"
        else:
            outcome_text = ""
        yield Row(
            f"{state}{outcome_text}", Mark.MISS if away else None, capital(person), indent=1
        )


def _at_work(
    day: Day, person: str, begins: datetime, ends: datetime, current_time: datetime
) -> str:
    """Return a sentence about a person's shift and whether they work now. An incident can send its victim home."""
    theft = day.course.theft if day.course else None
    if theft and theft.incident.victim_leaves and theft.victim == person:
        return "went home ill"
    hours = f"{begins:%H} to {ends:%H}"
    if current_time < begins:
        return f"{hours}, comes later"
    if current_time < ends:
        return f"{hours}, at work"
    return f"{hours}, has gone home"


def _worker(happening: Happening) -> str:
    """Return the name of the person who does the job of an event. "": the event is no job."""
    if happening.ticket:
        return happening.ticket.want.who.removeprefix("user/")
    return ""


def trade_row(happened: Sequence[Happening]) -> Row:
    """Return a row that counts the jobs that were done and those that failed."""
    jobs = [happening for happening in happened if happening.kind is Kind.TASK]
    jobs_done = sum(happening.mark is Mark.OK for happening in jobs)
    message = f"{count_noun(jobs_done, 'job')} done, {len(jobs) - jobs_done} failed"
    return Row(message, role="text" if jobs_done == len(jobs) else "error")


# ---------------------------------------------------------------------------- the evening
class EveningLine(NamedTuple):
    """A line of the evening: its row, the decision behind it, and the command that it contains ("": none)."""

    row: Row
    about: Decided | None = None
    types: str = ""


def evening_lines(
    found_evening: Evening, unnamed: Collection[Statement] = ()
) -> tuple[EveningLine, ...]:
    """Return the lines of the evening, with decisions for failed jobs and commands to type.

    `unnamed` are the statements that aren't told, since the learner names them.
    """
    lost = iter(found_evening.failed_jobs)
    return tuple(_evening_line(row, lost) for row in evening(found_evening, unnamed))


def _evening_line(row: Row, lost: Iterator[object]) -> EveningLine:
    """Return a line. A row with a miss takes the next lost customer."""
    if row.mark is Mark.MISS:
        ticket = getattr(next(lost, None), "ticket", None)
        return EveningLine(row, ticket if ticket and ticket.outcomes else None)
    return EveningLine(row, types=row.text if row.role == "code" else "")


# ---------------------------------------------------------------------------- the two radii
BAR_WIDTH = 10  # cells


def radius_comparison(evening: Evening, ascii: bool = False) -> tuple[Row, ...]:
    """Return the blast radius of tonight and of the earlier policies, by access level."""
    return tuple(_sides(evening, ascii))


def _sides(evening: Evening, ascii: bool) -> Iterator[Row]:
    """Yield the rows that `radius_comparison` returns."""
    if evening.course is None:
        return
    yield _radius_row(
        "today", radius_beyond_jobs(evening.course.radius, evening.course), ascii
    )
    if evening.radius_before is not None:
        yield _radius_row(
            "at first" if evening.compared_at is None else "before",
            radius_beyond_jobs(evening.radius_before, evening.course),
            ascii,
        )
        if newer := newer_things_text(evening.course, evening.made_since):
            yield Row(newer.strip(), role="muted")
    if cost := failing_jobs_text(evening):
        yield Row(f"{capital(compared_policies_phrase(evening))}:{cost}", role="muted")


def _radius_row(word: str, radius: BlastRadius, ascii: bool) -> Row:
    """Return a blast radius as a bar of BAR_WIDTH cells, a count of things, and access levels."""
    full, empty = ("#", ".") if ascii else ("█", "░")
    reached_count = len(radius.reached_things)
    full_cells = ceil(reached_count * BAR_WIDTH / max(radius.thing_count, 1))
    return Row(
        f"{full * full_cells}{empty * (BAR_WIDTH - full_cells)} {radius_size(radius)}",
        word=f"{word:<9}",
        role="error" if reached_count else "ok",
    )


def thief_call_rows(
    course: IncidentCourse, until: datetime | None = None
) -> tuple[Row, ...]:
    """Return the thief's calls that AWS allowed, in order, up to `until` (None: all). They lead to what was reached."""
    through = [
        outcome
        for outcome in course.outcomes
        if outcome.has_succeeded and (until is None or outcome.act.at <= until)
    ]
    steps = (
        Row(
            command_on_one_line(command_of(outcome.act.call)),
            word=f"{outcome.act.at:%H:%M}",
            role="code",
            indent=1,
        )
        for outcome in through
    )
    if through:
        return (Row("Calls that AWS allowed", role="title"), *steps)
    return ()
