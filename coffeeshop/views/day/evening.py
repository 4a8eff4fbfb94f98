"""The evening of a day at the shop, in words: the trade, the incident, and the changes that would have helped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from coffeeshop.account.command.write import write_line
from coffeeshop.lessons.grading.diagnosis import is_concealed
from coffeeshop.policy.model import Statement
from coffeeshop.shop.changes import Change
from coffeeshop.shop.day import Day, IncidentCourse, Kind
from coffeeshop.shop.evening import EndedJobs, Evening, FailedJob
from coffeeshop.shop.happenings import StolenKind, happenings
from coffeeshop.shop.mark import Mark
from coffeeshop.shop.measures import best_practice_distance
from coffeeshop.shop.rota import CLOSING_TIME, shop_time
from coffeeshop.views.day.hours import turned_away_reason
from coffeeshop.views.day.radius import (
    as_needed_phrase,
    blast_rows,
    compare_radii,
    radius_beyond_jobs,
    radius_size,
)
from coffeeshop.views.requests import result_words
from coffeeshop.views.rows import MARK_ROLES, Row
from coffeeshop.views.text import command_of, command_on_one_line, count_noun

ON_A_COPY = "A day runs on a copy of the account. Nothing was deleted in yours."
STOPGAP_NOTE = " That is a stopgap: a policy that allows only the jobs needs no such Deny."

# Only some calls are tried, so that no claim is made about all.
HELPED_HEADING = "What would have helped"
NAME_FIRST = "First name the causes of the cases. After that, a day says which call would have helped."
NO_CALL_FOUND = (
    "Coffeeshop tried single calls at a time before the incident. "
    "None of them would have left less within reach without breaking a job."
)
# Of an incident that someone asked for and that has no victim, by kind of credential. Other kinds need a user.
NO_VICTIM: Mapping[StolenKind, str] = {
    "partner": "no partner account has a job",
    "machine": "no function has a job",
    "workload": "no workflow has a job",
    "workforce": "no user of IAM Identity Center has a job",
}

# The measure that ends a theft and keeps the jobs, by kind of credential.
CONTAINMENT_TEXTS: Mapping[StolenKind, str] = {
    "key": "an access key made inactive",
    "password": "a new password, and a Deny for earlier sign-ins",
    "badge": "policies that allow only the jobs",
    "session": "a Deny for earlier sign-ins, so that the user signs in again",
    "partner": "a role that requires an external ID from the partner",
    "machine": "a Deny for earlier sessions, after which the machine gets a new one",
    "workload": "a trust policy that names the repository with its owner",
    "workforce": "a permission set that allows only what the jobs need",
}


def evening(evening: Evening, unnamed: Collection[Statement] = ()) -> tuple[Row, ...]:
    """Return the rows of the evening.

    `unnamed` are the statements that aren't told, since the learner names them. A call that would
    have helped is not told if it would tell them.
    """
    return tuple(_evening(evening, unnamed))


def _evening(evening: Evening, unnamed: Collection[Statement]) -> Iterator[Row]:
    """Yield the rows of `evening`."""
    yield Row(f"{evening.day.date:%A} evening", role="title")
    yield Row(
        f"{count_noun(evening.jobs_done, 'job')} done, {evening.failed_count} failed.",
        word="Trade",
    )
    yield from (row for lost in evening.failed_jobs for row in _lost_rows(lost, unnamed))
    yield from _theft_rows(evening, evening.course, unnamed)
    yield from (
        row
        for ended in evening.ended_jobs
        for row in _ended_rows(ended, evening.day.rota.same_people_tomorrow)
    )


def _theft_rows(
    evening: Evening, course: IncidentCourse | None, unnamed: Collection[Statement]
) -> Iterator[Row]:
    """Yield the theft, its blast radius, and the changes that would have helped."""
    if course is None:
        yield Row(
            f"Nothing went wrong: {no_incident_reason(evening.day)}.", word="Incident"
        )
        return
    yield Row(course.theft_sentence, word="Incident")
    yield Row(course_text(evening, course), indent=1)
    yield from _deletion_rows(course)
    yield from blast_rows(course, unnamed, evening.tolerated)
    if evening.radius_before is not None and not evening.is_untouched:
        comparison = compare_radii(evening.radius_before, course, evening.made_since)
        message = f"{comparison}{failing_jobs_text(evening)}"
        yield Row(message, word=f"The same incident {compared_policies_phrase(evening)}")
    yield from _own_containment_rows(evening)
    if hides_advice(course, unnamed):
        yield Row(NAME_FIRST, word=HELPED_HEADING)
    else:
        yield from _change_rows(evening)


def no_incident_reason(day: Day) -> str:
    """Return why a day has no incident, as a clause."""
    incidents = happenings().incidents
    row = next((row for row in incidents if row.id == day.incident_id), None)
    if row is None:
        return "no IAM user or function with a job had a credential to steal"
    if row.kinds:
        return "the account has no KMS key, or no IAM user has a job"
    return NO_VICTIM.get(row.credential_kind, "no IAM user has a job")


def _deletion_rows(course: IncidentCourse) -> Iterator[Row]:
    """Yield the calls by which the thief deleted things, so that a failed job's cause is known."""
    for outcome in course.deletions:
        command = command_on_one_line(command_of(outcome.act.call))
        yield Row(command, word=f"{outcome.act.at:%H:%M} deleted", role="error", indent=1)
    if course.deletions:
        yield Row(ON_A_COPY, indent=1)


def _lost_rows(lost: FailedJob, unnamed: Collection[Statement]) -> Iterator[Row]:
    """Yield a job that failed during the day, with its count and its reason."""
    stopped = lost.ticket.stopping_call
    if lost.ticket.missing or stopped is None:
        reason = "not possible"
    else:
        reason = result_words(stopped)
    yield Row(
        lost.ticket.want.say,
        Mark.MISS,
        f"{reason} {count_noun(lost.times, 'time')}",
        "error",
        1,
    )
    yield Row(turned_away_reason(lost.ticket, unnamed), indent=2)


def course_text(evening: Evening, course: IncidentCourse) -> str:
    """Return sentences about how an incident went: the thief's calls, when it was noticed, how long it took."""
    if course.stolen.caller is None:
        return f"Nothing came of it: {course.stolen.why_none}."
    done_count = sum(outcome.has_succeeded for outcome in course.outcomes)
    calls = f"AWS allowed {done_count} of its {count_noun(len(course.outcomes), 'call')}."
    messages = [calls if course.outcomes else "AWS received no call from it."]
    if course.noticed_at:
        messages.append(f"It was noticed at {course.noticed_at:%H:%M}.")
    elif course.outcomes:
        messages.append("No one noticed it before the shop closed.")
    return " ".join((*messages, _containment_text(evening, course)))


def _containment_text(evening: Evening, course: IncidentCourse) -> str:
    """Return how long it took to contain the theft, and what the learner's last change left open."""
    left_text = _left_open_text(course)
    undone = _reopened_text(course)
    if course.minutes_to_contain == 0 and not undone:
        return "It was contained from the start."
    if course.minutes_to_contain is not None:
        good = " for good" if undone else ""
        took = count_noun(course.minutes_to_contain, "minute")
        return f"{undone}{left_text}It was contained{good} {took} after it began."
    least = as_needed_phrase(course.radius_after_change or course.radius, course)
    if undone:
        return f"{undone}{left_text}It stayed open until the shop closed."
    if left_text:
        if least and not _has_stopped_jobs(course, evening.ended_jobs):
            reason = ", since the jobs need what is left"
        else:
            reason = ""
        helps = CONTAINMENT_TEXTS[_kind_still_usable(evening.day, course)]
        return f"{left_text}That stayed open until the shop closed, so it was not contained. The first thing that helps is {helps}{reason}."
    if least:
        kept = " Your policies kept it that small." if _has_shrunk(evening, course) else ""
        return f"It stayed open until the shop closed, but little was within reach{least}.{kept}"
    return "No one contained it, so it stayed open until the shop closed."


def _has_shrunk(evening: Evening, course: IncidentCourse) -> bool:
    """Return whether less was within reach than under the policies before, of what existed then."""
    if evening.radius_before is None or evening.is_untouched:
        return False
    pairs_before = radius_beyond_jobs(evening.radius_before, course).pairs
    radius = radius_beyond_jobs(course.radius, course).without(evening.made_since)
    return len(radius.pairs) < len(pairs_before)


def _kind_still_usable(day: Day, course: IncidentCourse) -> StolenKind:
    """Return the kind of credential that the thief could still use at closing time."""
    # Imported late, since a shop opens without it.
    from coffeeshop.shop.stopping import remaining_access

    stolen = remaining_access(
        day.account_at_closing, course, shop_time(day.date, CLOSING_TIME)
    )
    return stolen.kind


def _has_stopped_jobs(course: IncidentCourse, ended: Sequence[EndedJobs]) -> bool:
    """Return whether the learner ended jobs of the person whose credential was stolen."""
    return any(
        course.theft.concerns(job) for each_ended in ended for job in each_ended.jobs
    )


def _left_open_text(course: IncidentCourse) -> str:
    """Return what the learner's last change left open. "": nothing, or no less than at first."""
    if (
        course.changed_at is None
        or course.radius_after_change is None
        or course.changed_at == course.contained_at
    ):
        return ""
    radius = radius_beyond_jobs(course.radius_after_change, course)
    if len(radius.pairs) >= len(radius_beyond_jobs(course.radius, course).pairs):
        return ""
    left = f"{radius_size(radius)}{as_needed_phrase(radius, course)}"
    return f"From {course.changed_at:%H:%M} on, your changes left {left}. "


def _reopened_text(course: IncidentCourse) -> str:
    """Return a sentence about a change that opened a contained theft again. Return "" if there was none."""
    if course.reopened_at:
        return f"It was contained until your change at {course.reopened_at:%H:%M}. "
    return ""


def compared_policies_phrase(evening: Evening) -> str:
    """Return a phrase for the policies with which the day's policies are compared."""
    if evening.compared_at is None:
        return "before you changed anything"
    return f"under the policies of {evening.compared_at:%A, %H:%M}"


def failing_jobs_text(evening: Evening) -> str:
    """Return how many kinds of today's jobs would have failed under the policies compared with, or "".

    Those policies may reach less only because jobs fail under them. Elsewhere a job counts each time it is done.
    """
    job_count = len(evening.day.rota.jobs)
    if not evening.jobs_failing_before:
        return ""
    if job_count == 1:
        return " Today's only kind of job would have failed."
    return f" {evening.jobs_failing_before} of today's {job_count} kinds of job would have failed."


def _own_calls(evening: Evening) -> dict[str, datetime]:
    """Return the times of the learner's own calls of the day, by their commands."""
    return {
        command_on_one_line(command_of(happening.outcome.act.call)): happening.at
        for happening in evening.day.happenings
        if happening.kind is Kind.EDIT and happening.outcome
    }


def _own_containment_rows(evening: Evening) -> Iterator[Row]:
    """Yield that the learner contained the theft, if one of their calls did."""
    contained_at = evening.course and evening.course.contained_at
    if contained_at in _own_calls(evening).values() and not evening.ended_jobs:
        message = f"You contained it at {contained_at:%H:%M}, and your calls broke no job."
        yield Row(message, word="What you did", role="ok")


def hides_advice(course: IncidentCourse | None, unnamed: Collection[Statement]) -> bool:
    """Return whether a call that would have helped would tell a statement that the learner has yet to name."""
    reached_things = course.radius.reached if course else ()
    return any(is_concealed(reached.decision, unnamed) for reached in reached_things)


def _change_rows(evening: Evening) -> Iterator[Row]:
    """Yield the single calls that would have helped."""
    own_calls = _own_calls(evening)
    if evening.changes:
        calls = "This call" if len(evening.changes) == 1 else "One of these calls"
        yield Row(
            f"{calls}, made before the incident. No job would have stopped working.",
            word=HELPED_HEADING,
        )
    elif (
        evening.has_advice
        and evening.course
        and radius_beyond_jobs(evening.course.radius, evening.course).pairs
    ):
        yield Row(NO_CALL_FOUND, word=HELPED_HEADING)
    for change in evening.changes:
        at = own_calls.get(command_on_one_line(command_of(change.call)))
        own_text = f" You made it at {at:%H:%M}." if at else ""
        yield Row(
            f"{_helped_text(change)}{STOPGAP_NOTE * (best_practice_distance(change.call) > 1)}{own_text}",
            indent=1,
            role="ok",
        )
        yield Row(write_line(change.call), role="code", indent=2)


def _helped_text(change: Change) -> str:
    """Return a sentence about the blast radius after a change."""
    if change.only_needed_left:
        return "Only things that the jobs need would have been within reach."
    if not change.things_left:
        return "Nothing would have been within reach."
    before = f"{change.things_left} of {change.things_before} would have been within reach"
    return f"{before}, counting each thing once for each access level."


def _ended_rows(ended: EndedJobs, is_own: bool) -> Iterator[Row]:
    """Yield the jobs that the learner's call ended, and the call that fixes them.

    `is_own` means a learner's own shop, where nothing is graded.
    """
    jobs = "; ".join(job.say for job in ended.jobs)
    call = f"{ended.act.at:%H:%M}: {command_on_one_line(command_of(ended.act.call))}"
    message = f"{jobs}. This worked until your call at {call}"
    yield Row(message, word="No longer works", role="error")
    graded = "" if is_own else "The grade counts this. "
    if ended.fix is None:
        yield Row(f"{graded}Undo takes your calls back, the last one first.", indent=1)
        return
    fixes = (
        "Undo takes your calls back, the last one first. Or this call makes it work again:"
    )
    yield Row(f"{graded}{fixes}", indent=1)
    yield Row(command_on_one_line(write_line(ended.fix)), role="code", indent=2)


def day_row(evening: Evening) -> Row:
    """Return a whole day as one row."""
    course = evening.course
    done = count_noun(evening.jobs_done, "job")
    message = f"{done} done, {evening.failed_count} failed{_lost_text(evening)}"
    if course is None:
        return Row(message, word=f"{evening.day.date:%a %d %b}")
    beyond = radius_beyond_jobs(course.radius, course)
    reach = f"{course.theft.name} of {course.victim_title} at {course.theft.at:%H:%M}, within reach: {radius_size(beyond)}"
    if beyond.pairs:
        mark = Mark.LEAK
    else:
        mark = Mark.OK
    return Row(
        f"{message}; {reach}", mark, f"{evening.day.date:%a %d %b}", MARK_ROLES[mark]
    )


def _lost_text(evening: Evening) -> str:
    """Return which jobs failed and how often, in parentheses. Return "" if none did."""
    jobs = "; ".join(
        f"{lost.ticket.want.say}: {count_noun(lost.times, 'time')}"
        for lost in evening.failed_jobs
    )
    return f" ({jobs})" if jobs else ""
