"""Sum up a day: trade done and lost, the reach of the theft, and the single change that would have stopped it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command.script_undo import restoring_calls
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.policy.model import Standing
from coffeeshop.shop.changes import Change, IsHarmless, helpful_changes
from coffeeshop.shop.day import Day, IncidentCourse, Kind
from coffeeshop.shop.incident import theft_radius
from coffeeshop.shop.lost_credential import lost_credential
from coffeeshop.shop.radius import NO_WAYS, BlastRadius, Pairs, find_blast_radius
from coffeeshop.shop.rota import CLOSING_TIME, Rota, shop_time
from coffeeshop.shop.serve import serve, user_named
from coffeeshop.shop.things import Places, Thing
from coffeeshop.shop.want import Ticket, Want


class FailedJob(Struct, frozen=True):
    """A job that failed: its first ticket, with AWS's decision, and how often it failed."""

    ticket: Ticket
    times: int

    @property
    def was_refused(self) -> bool:
        """Return whether permission or a credential was missing. Otherwise the thing that the job needs is gone."""
        return bool(self.ticket.missing) or self.ticket.was_refused


class EndedJobs(Struct, frozen=True):
    """An act of the learner that ended jobs which worked before it.

    The jobs fail even in a session that begins at closing time. `fix` is a call that makes all of
    them work again, or None.
    """

    act: Act
    jobs: tuple[Want, ...]
    fix: Call | None


class Evening(Struct, frozen=True):
    """The results of a day.

    `radius_before` is the reach of the same theft under earlier policies, None if they aren't
    known. `jobs_failing_before` counts today's jobs that fail under them. `compared_at` is the time
    of those policies, None if the learner had changed nothing by then. `changes` are single changes
    that stop the theft or shorten its reach without breaking anything, best first. `has_advice`:
    they were searched for. `ended_jobs` are acts that cost jobs. `made_since` are things that were made after
    those earlier policies, by anyone. `tolerated` is the access within reach that the victim may have,
    although their jobs don't need all of it. `is_untouched`: the learner called AWS at no time before the
    theft, so that there is nothing to compare it with.
    """

    day: Day
    jobs_done: int
    failed_jobs: tuple[FailedJob, ...]
    radius_before: BlastRadius | None = None
    jobs_failing_before: int = 0
    changes: tuple[Change, ...] = ()
    has_advice: bool = False
    ended_jobs: tuple[EndedJobs, ...] = ()
    compared_at: datetime | None = None
    made_since: frozenset[Thing] = frozenset()
    tolerated: Pairs = frozenset()
    is_untouched: bool = False

    @property
    def course(self) -> IncidentCourse | None:
        """Return the course of the incident. Return None if there was none."""
        return self.day.course

    @property
    def failed_count(self) -> int:
        """Return how often a job failed."""
        return sum(lost.times for lost in self.failed_jobs)


def day_results(
    day: Day,
    earlier_account: Account | None = None,
    advice: bool = True,
    is_harmless: IsHarmless = lambda _: True,
) -> Evening:
    """Return the results of a day.

    `earlier_account` has earlier policies: the same theft is tried there, for comparison. With
    `advice`, single changes that would have helped are searched as well, which takes longer than
    the day. `is_harmless` returns whether a call leaves everything else right.
    """
    done_count = 0
    failed_jobs = dict[str, FailedJob]()
    for ticket in day.tickets:
        if ticket.has_succeeded:
            done_count += 1
        else:
            first = failed_jobs.get(ticket.want.id, FailedJob(ticket, 0))
            failed_jobs[ticket.want.id] = FailedJob(first.ticket, first.times + 1)
    course = day.course
    reach_before = None
    failing_before = 0
    made_since = frozenset[Thing]()
    if earlier_account and course:
        reach_before = theft_radius(
            earlier_account, day.rota, course.theft, permitted=course.permitted
        )
        made_since = frozenset(Places(course.account_before).things) - frozenset(
            Places(earlier_account).things
        )
        failing_before = sum(
            not serve(earlier_account, job, course.theft.at).has_succeeded
            for job in day.rota.jobs
        )
    best_changes = ()
    if advice and course:
        best_changes = helpful_changes(
            course.account_before, day.rota, course.theft, is_harmless
        )
    return Evening(
        day,
        done_count,
        tuple(failed_jobs.values()),
        reach_before,
        failing_before,
        best_changes,
        advice,
        tuple(_ended_jobs(day, best_changes)),
        made_since=made_since,
        tolerated=_tolerated_pairs(course, day.rota) if course else frozenset(),
    )


def _tolerated_pairs(course: IncidentCourse, rota: Rota) -> Pairs:
    """Return the access within reach that the victim may have: what their jobs need, and the slack of the scenario."""
    slack = rota.slack if course.is_with_code else rota.slack_without_code
    policy = slack.get(course.theft.victim)
    caller = course.stolen.caller
    if policy is None or caller is None or course.permitted is None:
        return frozenset()
    needs = (each for layer in course.permitted.layers for each in layer.policies)
    radius = find_blast_radius(
        course.stolen.account,
        (caller,),
        course.theft.at,
        None if course.theft.incident.seeks_more_access else NO_WAYS,
        permitted=Standing.of(*needs, policy),
    )
    return frozenset(reached.pair for reached in radius.reached if reached.is_needed)


def _ended_jobs(day: Day, helpful: Sequence[Change]) -> Iterator[EndedJobs]:
    """Yield the learner's acts after which jobs stopped working for good, each with a call that fixes them.

    The learner's acts are replayed without those of staff and thieves, whose changes are gone by the
    next day. The act blamed is the one after the last account in which the job worked. The fix is a
    call from `helpful` if one works, else a new access key, else a call that undoes the act, else None.
    """
    acts = [
        happening.outcome.act
        for happening in day.happenings
        if happening.kind is Kind.EDIT and happening.outcome
    ]
    accounts = [day.account_at_opening]
    for act in acts:
        accounts.append(handle(accounts[-1], act).account)
    jobs_by_act = dict[int, list[Want]]()
    if not acts:
        return
    moments = acts[-1].at, shop_time(day.date, CLOSING_TIME)
    for job in day.rota.jobs:
        working_indexes = (
            act_index
            for act_index in reversed(range(len(accounts)))
            if _job_works(accounts[act_index], job, moments, accounts[0], day.rota)
        )
        last_working = next(working_indexes, None)
        if last_working is not None and last_working < len(acts):
            jobs_by_act.setdefault(last_working, []).append(job)
    for nth, jobs in sorted(jobs_by_act.items()):
        calls = (
            *(change.call for change in helpful),
            *_new_key_calls(accounts[-1], jobs),
            *restoring_calls(accounts[nth], accounts[nth + 1]),
        )
        fix = next(
            (
                call
                for call in calls
                if _call_fixes_jobs(
                    call, accounts[-1], jobs, moments, accounts[0], day.rota
                )
            ),
            None,
        )
        yield EndedJobs(acts[nth], tuple(jobs), fix)


def _new_key_calls(account: Account, jobs: Sequence[Want]) -> Iterator[Call]:
    """Yield alternative calls, each of which creates an access key for a user with one of these jobs.

    A new key is better than an old one made active again, which may be the stolen one.
    """
    for person in dict.fromkeys(job.who for job in jobs):
        if user := user_named(account, person):
            yield Call("iam", "CreateAccessKey", {"UserName": user.name})


def _job_works(
    account: Account,
    job: Want,
    moments: Sequence[datetime],
    opening: Account,
    rota: Rota,
) -> bool:
    """Return whether a job works at any of these moments, in a session that begins then.

    Two moments are tried, because a policy that revokes older sessions refuses only those that began
    before it. A user who lost the credential of the job since `opening` is lent no other, as in the grade.
    """
    if lost_credential(opening, account, job, rota.wants):
        return False
    return any(serve(account, job, at).has_succeeded for at in moments)


def _call_fixes_jobs(
    call: Call,
    account: Account,
    jobs: Sequence[Want],
    moments: Sequence[datetime],
    opening: Account,
    rota: Rota,
) -> bool:
    """Return whether all these jobs work after root has made this call, on a copy."""
    at = moments[0]
    account_with_root, root = mint_credential(account, account.root_arn, "key", at)
    account_after = handle(account_with_root, Act(at, root, call)).account
    return all(_job_works(account_after, job, moments, opening, rota) for job in jobs)
