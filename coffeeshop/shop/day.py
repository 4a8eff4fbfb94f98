"""Run a day at the shop, from 06:00 to 22:00: customers, one incident and the learner's calls.

Each event is a call through `handle`, in the order of the clock. The functions are pure: the same account, rota, seed
and edits give the same day. An edit changes nothing that happened before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from heapq import merge
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from coffeeshop.account.credentials import Session
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Outcome, Reply
from coffeeshop.shop import alarm
from coffeeshop.shop.alarm import Signs
from coffeeshop.shop.attacker import BUDGET, Attacker, alive, plan_attack, turn
from coffeeshop.shop.happenings import Alarm, Occasion, Takes
from coffeeshop.shop.incident import (
    Plan,
    Taken,
    Theft,
    fill_sentence,
    needs_of,
    own_access,
    plan_theft,
    take_credential,
    theft_that_befalls,
)
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Station
from coffeeshop.shop.radius import Pairs, Radius, pair_of
from coffeeshop.shop.rota import CLOSES, OPENS, Rota, Task, clock, occasions, tasks
from coffeeshop.shop.serve import serve
from coffeeshop.shop.staff import Staff
from coffeeshop.shop.things import Places
from coffeeshop.shop.want import Ticket, station

PACE = timedelta(minutes=1)  # between two calls of an attacker
# If no credential could be stolen, the theft is tried again after this time.
AGAIN = timedelta(hours=1)
# A call of the learner. An Outcome if the call's outcome in the learner's own account is known.
Edit: TypeAlias = Act | Outcome


class Kind(StrEnum):
    """The kind of a happening."""

    NEWS = "news"
    TASK = "task"
    INSPECTION = "inspection"
    THEFT = "theft"
    ATTACK = "attack"
    NOTICED = "noticed"
    EDIT = "edit"
    CONTAINED = "contained"
    REOPENED = "reopened"


class Happening(Struct, frozen=True):
    """One event of a day: its time, its station, its sentence and its mark.

    A task and an inspection have a `ticket`. A call of the attacker or of the learner has an `outcome`. Both hold
    decisions.
    """

    at: datetime
    kind: Kind
    say: str
    place: Station | None = None
    mark: Mark = Mark.QUIET
    ticket: Ticket | None = None
    outcome: Outcome | None = None


class Course(Struct, frozen=True):
    """The course of an incident: the credential that was taken, its reach, the attacker's calls, the alarm and the end.

    `stood` is the account just before the theft. `radius` is the reach at the theft, `left` the reach after the
    learner's last change of it, made at `changed`. `own` is the part of the reach that an insider has anyway. `needs`
    is the access that the person's jobs need. `noticed` and `alarm` say when and how the shop noticed. `contained` is
    when the reach ended, and `reopened` when a change of the learner last gave it back. None: it didn't happen.
    """

    theft: Theft
    taken: Taken
    stood: Account
    radius: Radius = Radius()
    own: Pairs = frozenset()
    needs: Pairs = frozenset()
    outcomes: tuple[Outcome, ...] = ()
    noticed: datetime | None = None
    alarm: Alarm | None = None
    contained: datetime | None = None
    changed: datetime | None = None
    left: Radius | None = None
    reopened: datetime | None = None

    @property
    def say(self) -> str:
        """Return a sentence that says whose credential was taken, and which."""
        incident = self.theft.incident
        if self.taken.caller is None and not self.taken.coded:
            vain = incident.vain
        else:
            vain = ""
        say = vain or (incident.instead if self.theft.lent else incident.say)
        return fill_sentence(say, self.theft.who, self.taken.key, self._with_code)

    @property
    def _with_code(self) -> bool:
        """Return whether the credential is a session that began with an MFA code."""
        if self.taken.caller:
            held_credential = self.taken.account.credential_of(self.taken.caller)
        else:
            held_credential = None
        return isinstance(held_credential, Session) and held_credential.mfa is not None

    @property
    def takes(self) -> Takes:
        """Return the kind of credential that was taken."""
        if self.theft.lent:
            return "session"
        return self.theft.incident.takes

    def is_open(self, current_time: datetime) -> bool:
        """Return whether the incident has begun by an instant and is not contained by then."""
        return self.theft.at <= current_time and (
            self.contained is None or self.contained > current_time
        )

    @property
    def minutes(self) -> int | None:
        """Return how many minutes passed until the incident was contained. None: it never was."""
        if self.contained is None:
            return None
        return int((self.contained - self.theft.at).total_seconds()) // 60


class Day(Struct, frozen=True):
    """A day that was run: its inputs, every happening, the account at closing time, and the incident's course.

    `course` is None if the day had no incident.
    """

    opened: Account
    rota: Rota
    seed: int
    happenings: tuple[Happening, ...]
    closed: Account
    course: Course | None = None

    @property
    def date(self) -> date:
        """Return the date of the day."""
        return self.rota.date

    @property
    def tickets(self) -> Iterator[Ticket]:
        """Yield the tickets of the customers, in the order in which they come."""
        return (
            happening.ticket
            for happening in self.happenings
            if happening.kind is Kind.TASK and happening.ticket
        )


def run_day(
    account: Account,
    rota: Rota,
    seed: int,
    edits: Sequence[Edit] = (),
    incident: str = "",
    same_theft: Theft | None = None,
) -> Day:
    """Return the day of a shop, run from the account at opening time.

    `edits` are the learner's calls of that day, as outcomes where those are known. `incident` is the id of the
    incident to run ("": the seed draws one). `same_theft` is the theft of a day that is played again.
    """
    plan = plan_theft(account, rota, seed, incident, same_theft)
    run = _Run(account, rota, seed)
    for at, event in _agenda(rota, seed, edits, plan):
        run.take(at, event)
    run.notice(clock(rota.date, CLOSES))
    return Day(account, rota, seed, tuple(run.happened), run.account, run.course)


# ---------------------------------------------------------------------------- what happens when
class _Turn(Struct, frozen=True):
    """The attacker's turn to make a call."""


_What: TypeAlias = Act | Outcome | Plan | _Turn | Occasion | Task
_RANKS = (Act, Outcome, Plan, _Turn, Occasion, Task)  # the order within one instant


def _agenda(
    rota: Rota, seed: int, edits: Sequence[Edit], plan: Plan | None
) -> Iterator[tuple[datetime, _What]]:
    """Yield the events of the day with their times, in the order of the clock.

    A person who is fired has no tasks that day. A theft is tried hourly. Then the attacker has a turn
    every minute.
    """
    opens = clock(rota.date, OPENS)
    closes = clock(rota.date, CLOSES)
    leaves = plan is not None and plan.fixed and plan.theft.incident.leaves
    jobs_left_out = rota.jobs_of(plan.theft.who) if plan and leaves else ()
    happens = sorted(occasions(rota, seed), key=lambda occasion: occasion.at)
    event_lists: list[list[tuple[datetime, _What]]] = [
        [(act_of(edit).at, edit) for edit in edits if opens <= act_of(edit).at < closes],
        [(clock(rota.date, occasion.at), occasion) for occasion in happens],
        [(task.at, task) for task in tasks(rota, seed) if task.want not in jobs_left_out],
    ]
    if plan:
        event_lists.append(
            [(at, plan) for at in _instants(AGAIN, plan.theft.at, closes - AGAIN)]
        )
        event_lists.append(
            [(at, _Turn()) for at in _instants(PACE, plan.theft.at + PACE, closes)]
        )
    return merge(*event_lists, key=lambda pair: (pair[0], _RANKS.index(type(pair[1]))))


def act_of(edit: Edit) -> Act:
    return edit.act if isinstance(edit, Outcome) else edit


def _with_credentials(account: Account, own_account: Account, calls: int) -> Account:
    """Return the day's account with the credentials that the first `calls` calls made in the learner's own account.

    They keep the ids that they have there. Otherwise the day would draw other ids.
    """
    held_entries = account.credentials
    for id, each in own_account.credentials.items():
        if id not in held_entries and each.made <= calls:
            held_entries = held_entries.put(id, each)
    return replace(account, credentials=held_entries)


def _instants(span: timedelta, begins: datetime, ends: datetime) -> Iterator[datetime]:
    """Yield the instants from `begins` up to and without `ends`, one `span` apart."""
    while begins < ends:
        yield begins
        begins += span


class _Run:
    """The state of a day while it runs."""

    def __init__(self, account: Account, rota: Rota, seed: int) -> None:
        self.account = account
        self.rota = rota
        self.seed = seed
        self.happened: list[Happening] = []
        self.course: Course | None = None
        self._staff = Staff(rota.began)
        self._attacker: Attacker | None = None
        self._worked = set[str]()
        self._broken = self._heard = self._idle = False

    def take(self, at: datetime, event: _What) -> None:
        """Run the next event, after the alarms that are due by then."""
        self.notice(at)
        match event:
            case Act():
                self._apply_edit(handle(self.account, event))
            case Outcome():
                self._apply_edit(event)
            case Plan():
                self._begin_incident(event, at)
            case Occasion():
                self._run_occasion(event, at)
            case Task():
                self._serve(event)
            case _:
                self._attack(at)

    def _add_happening(self, happening: Happening) -> None:
        self.happened.append(happening)

    # ------------------------------------------------------------------ the shop's own
    def _serve(self, task: Task) -> None:
        """Run a customer's task, and note a job that the attacker broke.

        A job is broken if it worked earlier today and now fails for another reason than a refusal.
        """
        want = task.want
        ticket, self.account = self._staff.serve(self.account, want, task.at)
        place = station(want, self.rota.shop)
        self._add_happening(
            Happening(task.at, Kind.TASK, want.say, place, ticket.mark, ticket)
        )
        if ticket.has_succeeded:
            self._worked.add(want.id)
        elif (
            want.id in self._worked
            and ticket.stopping_call
            and not ticket.was_refused
            and self.course
        ):
            self._broken = True
            self._ring_first_alarm(task.at)

    def _run_occasion(self, occasion: Occasion, at: datetime) -> None:
        """Note an occasion, and try every refusal if the occasion inspects the shop."""
        self._add_happening(Happening(at, Kind.NEWS, occasion.say, occasion.station))
        for want in self.rota.wants if occasion.inspects else ():
            if want.mode is Mode.NEVER:
                ticket = serve(self.account, want, at)
                place = station(want, self.rota.shop)
                self._add_happening(
                    Happening(at, Kind.INSPECTION, want.say, place, ticket.mark, ticket)
                )

    def _apply_edit(self, outcome: Outcome) -> None:
        """Apply the learner's call to the day's account, and update the reach of a theft.

        A call that AWS refused in the learner's account does nothing here.
        """
        act = outcome.act
        self._add_happening(
            Happening(act.at, Kind.EDIT, "", self._place(outcome), outcome=outcome)
        )
        if not isinstance(outcome.answer, Reply):
            return
        before = outcome.account.calls - 1
        known_account = _with_credentials(self.account, outcome.account, before)
        self.account = _with_credentials(
            handle(known_account, act).account, outcome.account, before + 1
        )
        if self.course and self._attacker:
            self._attacker, radius = plan_attack(self._attacker, self.account, act.at)
            self._idle = False
            self._note_reach(self.course, act.at, radius)

    def _note_reach(self, course: Course, at: datetime, radius: Radius) -> None:
        """Note how a change altered the thief's reach: contained, open again, or only larger or smaller."""
        own_pairs = course.own | own_access(self.account, self.rota, course.theft, radius)
        open_pairs = radius.pairs - own_pairs
        open_before = (course.left or course.radius).pairs - own_pairs
        self.course = replace(course, own=own_pairs)
        if open_pairs != open_before:
            self.course = replace(self.course, changed=at, left=radius)
        if open_pairs and course.contained:
            self.course = replace(self.course, contained=None, reopened=at)
            self._add_happening(
                Happening(at, Kind.REOPENED, "What was stolen opens something again.")
            )
        elif not open_pairs and not course.contained:
            self._contain(at, "What was stolen opens nothing any more.")

    # -------------------------------------------------------------------- the incident
    def _begin_incident(self, plan: Plan, at: datetime) -> None:
        """Take a credential for the attacker, if one exists, and compute its reach at this moment.

        The incident is contained at once if there is no credential, or if it opens only access that the person has
        anyway.
        """
        if self.course is not None:
            return
        last = at + 2 * AGAIN >= clock(self.rota.date, CLOSES)
        theft = theft_that_befalls(self.account, self.rota, self.seed, plan, at, last)
        if theft is None:
            return
        taken_credential = take_credential(self.account, self.rota, theft)
        self.course = Course(theft, taken_credential, self.account)
        self.account = taken_credential.account
        self._add_happening(Happening(theft.at, Kind.THEFT, self.course.say))
        if taken_credential.caller is None:
            self._contain(theft.at, f"Nothing comes of it: {taken_credential.nothing}.")
            self._ring_first_alarm(theft.at)
            return
        new_attacker = Attacker(theft.incident, (taken_credential.caller,), left=BUDGET)
        self._attacker, radius = plan_attack(new_attacker, self.account, theft.at)
        own_pairs = own_access(self.account, self.rota, theft, radius)
        needs = needs_of(self.account, self.rota, theft.who, theft.at)
        self.course = replace(self.course, radius=radius, own=own_pairs, needs=needs)
        if not radius.pairs - own_pairs:
            self._contain(
                theft.at,
                "It opens nothing but what is theirs."
                if own_pairs
                else "It opens nothing.",
            )

    def _attack(self, at: datetime) -> None:
        """Make the attacker's next call, if the incident is open and a credential still works."""
        course = self.course
        attacker = self._attacker
        if course is None or attacker is None or course.contained:
            return
        if not alive(attacker, self.account, at):
            self._contain(at, "The session has ended.")
            return
        self._attacker, outcome = (
            (attacker, None) if self._idle else turn(attacker, self.account, at)
        )
        if outcome is None:
            self._idle = True
            return
        self.account = outcome.account
        self.course = replace(course, outcomes=(*course.outcomes, outcome))
        verdict = self._mark_attack(outcome, course)
        self._add_happening(
            Happening(at, Kind.ATTACK, "", self._place(outcome), verdict, outcome=outcome)
        )
        self._ring_first_alarm(at)

    def _mark_attack(self, outcome: Outcome, course: Course) -> Mark:
        """Return the mark of an attacker's call.

        OK: AWS refused it. QUIET: it stays within the access that an insider has anyway. EXTRA: it goes beyond.
        """
        if not outcome.has_succeeded:
            return Mark.OK
        places = Places(outcome.account)
        asked_items = {pair_of(decision.request, places) for decision in outcome.decisions}
        return Mark.QUIET if asked_items <= course.own else Mark.EXTRA

    def _contain(self, at: datetime, say: str) -> None:
        """Note that the incident is contained at an instant."""
        assert self.course is not None, "there is something to contain"
        self.course = replace(self.course, contained=at)
        self._add_happening(Happening(at, Kind.CONTAINED, say, mark=Mark.OK))

    def _ring_first_alarm(self, at: datetime) -> None:
        """Choose the incident's alarm from the signs so far, unless it has one. It is noticed some minutes later."""
        course = self.course
        if course is None or course.alarm is not None:
            return
        watched = any(
            line.startswith(WATCHES) for want in self.rota.jobs for line in want.do
        )
        row = alarm.alarm(Signs(course.taken.coded, course.outcomes, self._broken, watched))
        if row:
            self.course = replace(
                course, alarm=row, noticed=at + timedelta(minutes=row.after)
            )

    def notice(self, current_time: datetime) -> None:
        """Note the alarm once its time has come."""
        course = self.course
        if (
            course
            and course.alarm
            and course.noticed
            and course.noticed <= current_time
            and not self._heard
        ):
            self._heard = True
            say = fill_sentence(course.alarm.say, course.theft.who)
            self._add_happening(Happening(course.noticed, Kind.NOTICED, say, mark=Mark.OK))

    def _place(self, outcome: Outcome) -> Station:
        """Return the station of a call: of its last request, or of its service if nothing was decided."""
        request = next((decision.request for decision in outcome.decisions[-1:]), None)
        if request:
            return self.rota.shop.station(
                request.action.partition(":")[0], request.resource
            )
        return self.rota.shop.station(outcome.act.call.service, "")


# A job with such a command watches IAM, so the person who does it notices changes of access.
WATCHES = ("aws iam list-", "aws iam get-", "aws iam generate-")
