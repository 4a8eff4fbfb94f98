"""A day at the shop, from 06:00 to 22:00: customers, one incident, and whatever the learner changes meanwhile.

Everything that happens is a call through the one door, in the order of the clock. Pure: the same account, rota, seed and
edits give the same day, and an edit changes nothing that was before it.
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
AGAIN = timedelta(
    hours=1
)  # until it is looked again for a credential that could be taken, where there was none
Edit: TypeAlias = (
    Act | Outcome
)  # a call of the learner's; and what came of it in their own account, where that is known


class Kind(StrEnum):
    """What sort of thing happens."""

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
    """One thing that happens: when, where in the shop, what is told of it, and how it is judged.

    A task and an inspection bring a ticket, a call of an attacker or of the learner an outcome; `ticket` and `outcome`
    hold the decisions.
    """

    at: datetime
    kind: Kind
    say: str
    place: Station | None = None
    mark: Mark = Mark.QUIET
    ticket: Ticket | None = None
    outcome: Outcome | None = None


class Course(Struct, frozen=True):
    """The course of an incident: what was taken, how far it reached at that moment and how much of it the person's own
    jobs ask for, what the attacker called, when somebody noticed, by which alarm, and since when it is contained.

    `stood` is the account just before. `needs` is what the person's jobs ask for, whoever holds the credential. `changed`
    is when a change of the learner's last left it more or less than before, `left` how far it reaches since then, and
    `reopened` when one last undid that it was contained.
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
        """Tells what happened, in a sentence: whose credential it was, and which."""
        incident = self.theft.incident
        if self.taken.caller is None and not self.taken.coded:
            vain = incident.vain
        else:
            vain = ""
        say = vain or (incident.instead if self.theft.lent else incident.say)
        return fill_sentence(say, self.theft.who, self.taken.key, self._with_code)

    @property
    def _with_code(self) -> bool:
        if self.taken.caller:
            held_credential = self.taken.account.credential_of(self.taken.caller)
        else:
            held_credential = None
        return isinstance(held_credential, Session) and held_credential.mfa is not None

    @property
    def takes(self) -> Takes:
        """Tells what sort of credential was taken."""
        if self.theft.lent:
            return "session"
        return self.theft.incident.takes

    def is_open(self, current_time: datetime) -> bool:
        """Tell whether it has happened by an instant, and nothing has ended it by then."""
        return self.theft.at <= current_time and (
            self.contained is None or self.contained > current_time
        )

    @property
    def minutes(self) -> int | None:
        """Tells how many minutes it took until it was contained; None: it never was."""
        if self.contained is None:
            return None
        return int((self.contained - self.theft.at).total_seconds()) // 60


class Day(Struct, frozen=True):
    """A day as it went: what it was drawn from, everything that happened, and the incident, if it had one."""

    opened: Account
    rota: Rota
    seed: int
    happenings: tuple[Happening, ...]
    closed: Account
    course: Course | None = None

    @property
    def date(self) -> date:
        """Tells which day it was."""
        return self.rota.date

    @property
    def tickets(self) -> Iterator[Ticket]:
        """Yields the customers, in the order in which they came."""
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
    """Return the day of a shop as it stands when it opens. `edits` are the learner's calls of that day, with what came of
    them, if that is known; `incident` is the one that befalls it ("": the seed's choice), `same` the very theft of a day
    that is played again.
    """
    plan = plan_theft(account, rota, seed, incident, same_theft)
    run = _Run(account, rota, seed)
    for at, what_happens in _agenda(rota, seed, edits, plan):
        run.take(at, what_happens)
    run.notice(clock(rota.date, CLOSES))
    return Day(account, rota, seed, tuple(run.happened), run.account, run.course)


# ---------------------------------------------------------------------------- what happens when
class _Turn(Struct, frozen=True):
    """The attacker's turn."""


_What: TypeAlias = Act | Outcome | Plan | _Turn | Occasion | Task
_RANKS = (Act, Outcome, Plan, _Turn, Occasion, Task)  # the order within one instant


def _agenda(
    rota: Rota, seed: int, edits: Sequence[Edit], plan: Plan | None
) -> Iterator[tuple[datetime, _What]]:
    """Yield what happens by the clock, in its order."""
    opens = clock(rota.date, OPENS)
    closes = clock(rota.date, CLOSES)
    leaves = plan is not None and plan.fixed and plan.theft.incident.leaves
    gone = rota.jobs_of(plan.theft.who) if plan and leaves else ()
    happens = sorted(occasions(rota, seed), key=lambda occasion: occasion.at)
    rows_found: list[list[tuple[datetime, _What]]] = [
        [(act_of(edit).at, edit) for edit in edits if opens <= act_of(edit).at < closes],
        [(clock(rota.date, occasion.at), occasion) for occasion in happens],
        [(task.at, task) for task in tasks(rota, seed) if task.want not in gone],
    ]
    if plan:
        rows_found.append(
            [(at, plan) for at in _each(AGAIN, plan.theft.at, closes - AGAIN)]
        )
        rows_found.append(
            [(at, _Turn()) for at in _each(PACE, plan.theft.at + PACE, closes)]
        )
    return merge(*rows_found, key=lambda pair: (pair[0], _RANKS.index(type(pair[1]))))


def act_of(edit: Edit) -> Act:
    """Return the call of an edit."""
    return edit.act if isinstance(edit, Outcome) else edit


def _with_credentials(account: Account, own_account: Account, calls: int) -> Account:
    """Return the account of a day with the credentials of the learner's own account that its first calls made, by their ids
    there: a day may have drawn others.
    """
    held_entries = account.credentials
    for id, each in own_account.credentials.items():
        if id not in held_entries and each.made <= calls:
            held_entries = held_entries.put(id, each)
    return replace(account, credentials=held_entries)


def _each(span: timedelta, begins: datetime, ends: datetime) -> Iterator[datetime]:
    while begins < ends:
        yield begins
        begins += span


class _Run:
    """A day while it goes."""

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

    def take(self, at: datetime, what_happens: _What) -> None:
        """Let the next thing happen."""
        self.notice(at)
        match what_happens:
            case Act():
                self._edit(handle(self.account, what_happens))
            case Outcome():
                self._edit(what_happens)
            case Plan():
                self._befall(what_happens, at)
            case Occasion():
                self._have_occasion(what_happens, at)
            case Task():
                self._serve(what_happens)
            case _:
                self._attack(at)

    def _tell(self, happening: Happening) -> None:
        self.happened.append(happening)

    # ------------------------------------------------------------------ the shop's own
    def _serve(self, task: Task) -> None:
        want = task.want
        ticket, self.account = self._staff.serve(self.account, want, task.at)
        place = station(want, self.rota.shop)
        self._tell(Happening(task.at, Kind.TASK, want.say, place, ticket.mark, ticket))
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

    def _have_occasion(self, occasion: Occasion, at: datetime) -> None:
        self._tell(Happening(at, Kind.NEWS, occasion.say, occasion.station))
        for want in self.rota.wants if occasion.inspects else ():
            if want.mode is Mode.NEVER:
                ticket = serve(self.account, want, at)
                place = station(want, self.rota.shop)
                self._tell(
                    Happening(at, Kind.INSPECTION, want.say, place, ticket.mark, ticket)
                )

    def _edit(self, outcome: Outcome) -> None:
        """Let the learner's call do here what it did in their account: what AWS refused there does nothing here."""
        act = outcome.act
        self._tell(Happening(act.at, Kind.EDIT, "", self._place(outcome), outcome=outcome))
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
            self._weigh(self.course, act.at, radius)

    def _weigh(self, course: Course, at: datetime, radius: Radius) -> None:
        """Note how far a thief reaches behind a change: less, more, nothing any more, or something again."""
        own_items = course.own | own_access(self.account, self.rota, course.theft, radius)
        opens = radius.pairs - own_items
        before = (course.left or course.radius).pairs - own_items
        self.course = replace(course, own=own_items)
        if opens != before:
            self.course = replace(self.course, changed=at, left=radius)
        if opens and course.contained:
            self.course = replace(self.course, contained=None, reopened=at)
            self._tell(
                Happening(at, Kind.REOPENED, "What was stolen opens something again.")
            )
        elif not opens and not course.contained:
            self._contain(at, "What was stolen opens nothing any more.")

    # -------------------------------------------------------------------- the incident
    def _befall(self, plan: Plan, at: datetime) -> None:
        """Let somebody come to hold a credential, if there is one; how far it reaches is settled at this moment."""
        if self.course is not None:
            return
        last = at + 2 * AGAIN >= clock(self.rota.date, CLOSES)
        befalls = theft_that_befalls(self.account, self.rota, self.seed, plan, at, last)
        if befalls is None:
            return
        taken_credential = take_credential(self.account, self.rota, befalls)
        self.course = Course(befalls, taken_credential, self.account)
        self.account = taken_credential.account
        self._tell(Happening(befalls.at, Kind.THEFT, self.course.say))
        if taken_credential.caller is None:
            self._contain(befalls.at, f"Nothing comes of it: {taken_credential.nothing}.")
            self._ring_first_alarm(befalls.at)
            return
        beginner = Attacker(befalls.incident, (taken_credential.caller,), left=BUDGET)
        self._attacker, radius = plan_attack(beginner, self.account, befalls.at)
        own_pairs = own_access(self.account, self.rota, befalls, radius)
        needs = needs_of(self.account, self.rota, befalls.who, befalls.at)
        self.course = replace(self.course, radius=radius, own=own_pairs, needs=needs)
        if not radius.pairs - own_pairs:
            self._contain(
                befalls.at,
                "It opens nothing but what is theirs."
                if own_pairs
                else "It opens nothing.",
            )

    def _attack(self, at: datetime) -> None:
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
        verdict = self._verdict(outcome, course)
        self._tell(
            Happening(at, Kind.ATTACK, "", self._place(outcome), verdict, outcome=outcome)
        )
        self._ring_first_alarm(at)

    def _verdict(self, outcome: Outcome, course: Course) -> Mark:
        """What a call of the attacker's is: refused, as it should be; what an insider's jobs need anyway; or more."""
        if not outcome.has_succeeded:
            return Mark.OK
        places = Places(outcome.account)
        asked_items = {pair_of(decision.request, places) for decision in outcome.decisions}
        return Mark.QUIET if asked_items <= course.own else Mark.EXTRA

    def _contain(self, at: datetime, say: str) -> None:
        assert self.course is not None, "there is something to contain"
        self.course = replace(self.course, contained=at)
        self._tell(Happening(at, Kind.CONTAINED, say, mark=Mark.OK))

    def _ring_first_alarm(self, at: datetime) -> None:
        """Let the first alarm go, if one does."""
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
        """Tell of an alarm once its time has come."""
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
            self._tell(Happening(course.noticed, Kind.NOTICED, say, mark=Mark.OK))

    def _place(self, outcome: Outcome) -> Station:
        request = next((decision.request for decision in outcome.decisions[-1:]), None)
        if request:
            return self.rota.shop.station(
                request.action.partition(":")[0], request.resource
            )
        return self.rota.shop.station(outcome.act.call.service, "")


WATCHES = ("aws iam list-", "aws iam get-", "aws iam generate-")
