"""What is counted in the evening: trade done and lost, how far the theft reached tonight and would have reached under
other policies, how long it lasted, and which single change would have stopped it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.command.script_undo import restoring_calls
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.shop.changes import Change, Keeps, changes
from coffeeshop.shop.day import Course, Day, Kind
from coffeeshop.shop.incident import reaches
from coffeeshop.shop.radius import Radius
from coffeeshop.shop.rota import CLOSES, clock
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket, Want


class Lost(Struct, frozen=True):
    """A job that was not done: how often, and the first ticket, which holds the decision. `refused` tells whether it
    was for want of permission, or of a credential; else what was asked for is gone.
    """

    ticket: Ticket
    times: int

    @property
    def was_refused(self) -> bool:
        """Tells whether AWS refused it, or nobody could ask."""
        return bool(self.ticket.missing) or self.ticket.was_refused


class Ended(Struct, frozen=True):
    """An act of the learner's after which jobs work no more that worked when the shop opened, not even in a session that
    begins as it closes; `mend` is a call that gives them all back, None where no single one does.
    """

    act: Act
    jobs: tuple[Want, ...]
    mend: Call | None


class Evening(Struct, frozen=True):
    """The evening of a day. `before` is how far the same theft reaches under other policies, if they are known, and
    `stuck` how many jobs nobody could do under them; `changes` are single changes that stop the theft or shorten its
    reach, and break nothing that is right, the best first; `advised` tells that they were looked for; `ended` is what the
    learner did at the cost of jobs; `untouched` tells that those other policies stood before the learner did anything.
    """

    day: Day
    done: int
    lost: tuple[Lost, ...]
    before: Radius | None = None
    stuck: int = 0
    changes: tuple[Change, ...] = ()
    advised: bool = False
    ended: tuple[Ended, ...] = ()
    untouched: bool = False

    @property
    def course(self) -> Course | None:
        """Returns the incident."""
        return self.day.course

    @property
    def turned_away(self) -> int:
        """Tells how many customers left without what they came for."""
        return sum(lost.times for lost in self.lost)


def evening(
    day: Day,
    before: Account | None = None,
    advice: bool = True,
    keeps: Keeps = lambda _: True,
) -> Evening:
    """Returns what is counted of a day; `before` is the account as it stood under yesterday's policies. `advice`: look
    for changes too, which takes longer than the day; `keeps` tells of a call whether it breaks nothing else that is right.
    """
    done_count = 0
    lost = dict[str, Lost]()
    for ticket in day.tickets:
        if ticket.has_succeeded:
            done_count += 1
        else:
            first = lost.get(ticket.want.id, Lost(ticket, 0))
            lost[ticket.want.id] = Lost(first.ticket, first.times + 1)
    course = day.course
    if before and course:
        old = reaches(before, day.rota, course.theft)
    else:
        old = None
    if advice and course:
        found_changes = changes(course.stood, day.rota, course.theft, keeps)
    else:
        found_changes = ()
    if before and course:
        stuck = sum(
            not serve(before, job, course.theft.at).has_succeeded for job in day.rota.jobs
        )
    else:
        stuck = 0
    return Evening(
        day,
        done_count,
        tuple(lost.values()),
        old,
        stuck,
        found_changes,
        advice,
        tuple(_ended_jobs(day, found_changes)),
    )


def _ended_jobs(day: Day, helped: Sequence[Change]) -> Iterator[Ended]:
    """What the learner's acts alone leave behind: what the staff and a thief did is gone by the next day. A change that
    would have helped is the better mend, where it is one.
    """
    acts = [
        happening.outcome.act
        for happening in day.happenings
        if happening.kind is Kind.EDIT and happening.outcome
    ]
    stood = [day.opened]
    for act in acts:
        stood.append(handle(stood[-1], act).account)
    by = dict[int, list[Want]]()
    if not acts:
        return
    moments = acts[-1].at, clock(day.date, CLOSES)
    for job in day.rota.jobs:
        ended = not _works(stood[-1], job, moments) and _works(stood[0], job, moments)
        if ended:
            last = max(nth for nth, each in enumerate(stood) if _works(each, job, moments))
            by.setdefault(last, []).append(job)
    for nth, jobs in sorted(by.items()):
        calls = (
            *(change.call for change in helped),
            *restoring_calls(stood[nth], stood[nth + 1]),
        )
        mend = next(
            (call for call in calls if _mends(call, stood[-1], jobs, moments)), None
        )
        yield Ended(acts[nth], tuple(jobs), mend)


def _works(account: Account, job: Want, moments: Sequence[datetime]) -> bool:
    """Whether a job works at one of these moments, in a session that begins then: a deny for sessions that were issued
    before some instant refuses none that is issued later.
    """
    return any(serve(account, job, at).has_succeeded for at in moments)


def _mends(
    call: Call, account: Account, jobs: Sequence[Want], moments: Sequence[datetime]
) -> bool:
    at = moments[0]
    owned, root = mint_credential(account, account.root_arn, "key", at)
    mended = handle(owned, Act(at, root, call)).account
    return all(_works(mended, job, moments) for job in jobs)
