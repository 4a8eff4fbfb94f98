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
from coffeeshop.shop.attacker import (
    BUDGET,
    Attacker,
    make_next_call,
    plan_attack,
    working_credentials,
)
from coffeeshop.shop.happenings import Alarm, Occasion, Takes
from coffeeshop.shop.incident import (
    Plan,
    StolenCredential,
    Theft,
    fill_sentence,
    needs_of,
    own_access,
    plan_theft,
    take_credential,
    theft_at_moment,
)
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Station
from coffeeshop.shop.radius import Pairs, Radius, pair_of
from coffeeshop.shop.rota import CLOSES, OPENS, Rota, Task, occasions, shop_time, tasks
from coffeeshop.shop.serve import serve, user_named
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
    """The course of an incident: the stolen credential, its reach, the attacker's calls, the alarm and the end.

    `account_before` is the account just before the theft. `radius` is the reach at the theft,
    `radius_after_change` the reach after the learner's last change of it, made at `changed_at`.
    `insider_access` is the part of the reach that an insider has anyway. `access_of_jobs` is the
    access that the person's jobs need. `noticed_at` and `alarm` say when and how the shop noticed.
    `contained_at` is when the reach ended, and `reopened_at` when a change of the learner last gave
    it back. None: it didn't happen.
    """

    theft: Theft
    stolen: StolenCredential
    account_before: Account
    radius: Radius = Radius()
    insider_access: Pairs = frozenset()
    access_of_jobs: Pairs = frozenset()
    outcomes: tuple[Outcome, ...] = ()
    noticed_at: datetime | None = None
    alarm: Alarm | None = None
    contained_at: datetime | None = None
    changed_at: datetime | None = None
    radius_after_change: Radius | None = None
    reopened_at: datetime | None = None

    @property
    def theft_sentence(self) -> str:
        """Return a sentence that says whose credential was taken, and which."""
        incident = self.theft.incident
        if self.stolen.caller is None and not self.stolen.needs_mfa_code:
            useless_sentence = incident.say_if_useless
        else:
            useless_sentence = ""
        sentence = useless_sentence or (
            incident.say_if_lent if self.theft.is_lent else incident.say
        )
        return fill_sentence(sentence, self.victim, self.stolen.key_id, self._with_code)

    @property
    def victim(self) -> str:
        """Return the victim's name, a user's in the letters in which the account has it."""
        user = user_named(self.account_before, self.theft.victim)
        return user.name if user else self.theft.victim

    @property
    def _with_code(self) -> bool:
        """Return whether the credential is a session that began with an MFA code."""
        if self.stolen.caller:
            held_credential = self.stolen.account.credential_of(self.stolen.caller)
        else:
            held_credential = None
        return isinstance(held_credential, Session) and held_credential.mfa is not None

    @property
    def credential_kind(self) -> Takes:
        """Return the kind of credential that was taken."""
        if self.theft.is_lent:
            return "session"
        return self.theft.incident.credential_kind

    def is_open(self, current_time: datetime) -> bool:
        """Return whether the incident has begun by an instant and is not contained by then."""
        return self.theft.at <= current_time and (
            self.contained_at is None or self.contained_at > current_time
        )

    @property
    def minutes_to_contain(self) -> int | None:
        """Return how many minutes passed until the incident was contained. None: it never was."""
        if self.contained_at is None:
            return None
        return int((self.contained_at - self.theft.at).total_seconds()) // 60


class Day(Struct, frozen=True):
    """A day that was run: its inputs, every happening, the account at closing time, and the incident's course.

    `course` is None if the day had no incident.
    """

    account_at_opening: Account
    rota: Rota
    seed: int
    happenings: tuple[Happening, ...]
    account_at_closing: Account
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
    run = _DayRun(account, rota, seed)
    for at, event in _timed_events(rota, seed, edits, plan):
        run.run_event(at, event)
    run.notice(shop_time(rota.date, CLOSES))
    return Day(account, rota, seed, tuple(run.happenings), run.account, run.course)


# ---------------------------------------------------------------------------- what happens when
class _Turn(Struct, frozen=True):
    """The attacker's turn to make a call."""


_What: TypeAlias = Act | Outcome | Plan | _Turn | Occasion | Task
_RANKS = (Act, Outcome, Plan, _Turn, Occasion, Task)  # the order within one instant


def _timed_events(
    rota: Rota, seed: int, edits: Sequence[Edit], plan: Plan | None
) -> Iterator[tuple[datetime, _What]]:
    """Yield the events of the day with their times, in the order of the clock.

    A person who is fired has no tasks that day. A theft is tried hourly. Then the attacker has a turn
    every minute.
    """
    opens = shop_time(rota.date, OPENS)
    closes = shop_time(rota.date, CLOSES)
    victim_leaves = plan is not None and plan.fixed and plan.theft.incident.victim_leaves
    skipped_jobs = rota.jobs_of(plan.theft.victim) if plan and victim_leaves else ()
    occasions_of_day = sorted(occasions(rota, seed), key=lambda occasion: occasion.at)
    event_lists: list[list[tuple[datetime, _What]]] = [
        [(act_of(edit).at, edit) for edit in edits if opens <= act_of(edit).at < closes],
        [(shop_time(rota.date, occasion.at), occasion) for occasion in occasions_of_day],
        [(task.at, task) for task in tasks(rota, seed) if task.want not in skipped_jobs],
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
    """Return an edit's act. An edit is an act, or the outcome of one."""
    return edit.act if isinstance(edit, Outcome) else edit


def _with_credentials(account: Account, own_account: Account, calls: int) -> Account:
    """Return the day's account with the credentials that the first `calls` calls made in the learner's own account.

    They keep the ids that they have there. Otherwise the day would draw other ids.
    """
    credentials = account.credentials
    for id, each in own_account.credentials.items():
        if id not in credentials and each.made <= calls:
            credentials = credentials.put(id, each)
    return replace(account, credentials=credentials)


def _instants(span: timedelta, begins: datetime, ends: datetime) -> Iterator[datetime]:
    """Yield the instants from `begins` up to and without `ends`, one `span` apart."""
    while begins < ends:
        yield begins
        begins += span


class _DayRun:
    """The state of a day while it runs."""

    def __init__(self, account: Account, rota: Rota, seed: int) -> None:
        """Begin the day with the account at opening time."""
        self.account = account
        self.rota = rota
        self.seed = seed
        self.happenings: list[Happening] = []
        self.course: Course | None = None
        self._staff = Staff(rota.account_before_play)
        self._attacker: Attacker | None = None
        self._jobs_that_worked = set[str]()
        self._job_broke = self._alarm_noticed = self._attacker_done = False

    def run_event(self, at: datetime, event: _What) -> None:
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
        self.happenings.append(happening)

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
            self._jobs_that_worked.add(want.id)
        elif (
            want.id in self._jobs_that_worked
            and ticket.stopping_call
            and not ticket.was_refused
            and self.course
        ):
            self._job_broke = True
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

        The call was made in the learner's own account already. If AWS refused it there, it has no
        effect here. The credentials of that account keep their ids.
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
            self._attacker_done = False
            self._note_reach(self.course, act.at, radius)

    def _note_reach(self, course: Course, at: datetime, radius: Radius) -> None:
        """Note how a change altered the thief's reach: contained, open again, or only larger or smaller."""
        insider_access = course.insider_access | own_access(
            self.account, self.rota, course.theft, radius
        )
        open_pairs = radius.pairs - insider_access
        open_before = (course.radius_after_change or course.radius).pairs - insider_access
        self.course = replace(course, insider_access=insider_access)
        if open_pairs != open_before:
            self.course = replace(self.course, changed_at=at, radius_after_change=radius)
        if open_pairs and course.contained_at:
            self.course = replace(self.course, contained_at=None, reopened_at=at)
            self._add_happening(
                Happening(at, Kind.REOPENED, "Something is within reach again.")
            )
        elif not open_pairs and not course.contained_at:
            beyond = " beyond the jobs" if insider_access else ""
            self._contain(at, f"Nothing{beyond} is within reach any more.")

    # -------------------------------------------------------------------- the incident
    def _begin_incident(self, plan: Plan, at: datetime) -> None:
        """Take a credential for the attacker, if one exists, and compute its reach at this moment.

        The incident is contained at once if there is no credential, or if it opens only access that the person has
        anyway.
        """
        if self.course is not None:
            return
        is_last_try = at + 2 * AGAIN >= shop_time(self.rota.date, CLOSES)
        theft = theft_at_moment(self.account, self.rota, self.seed, plan, at, is_last_try)
        if theft is None:
            return
        stolen = take_credential(self.account, self.rota, theft)
        self.course = Course(theft, stolen, self.account)
        self.account = stolen.account
        self._add_happening(Happening(theft.at, Kind.THEFT, self.course.theft_sentence))
        if stolen.caller is None:
            self._contain(theft.at, f"Nothing comes of it: {stolen.why_none}.")
            self._ring_first_alarm(theft.at)
            return
        new_attacker = Attacker(theft.incident, (stolen.caller,), calls_left=BUDGET)
        self._attacker, radius = plan_attack(new_attacker, self.account, theft.at)
        insider_access = own_access(self.account, self.rota, theft, radius)
        needs = needs_of(self.account, self.rota, theft.victim, theft.at)
        self.course = replace(
            self.course, radius=radius, insider_access=insider_access, access_of_jobs=needs
        )
        if not radius.pairs - insider_access:
            self._contain(
                theft.at,
                "It opens nothing but what is theirs."
                if insider_access
                else "It opens nothing.",
            )

    def _attack(self, at: datetime) -> None:
        """Make the attacker's next call, if the incident is open and a credential still works."""
        course = self.course
        attacker = self._attacker
        if course is None or attacker is None or course.contained_at:
            return
        if not working_credentials(attacker, self.account, at):
            self._contain(at, "The session has ended.")
            return
        self._attacker, outcome = (
            (attacker, None)
            if self._attacker_done
            else make_next_call(attacker, self.account, at)
        )
        if outcome is None:
            self._attacker_done = True
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
        requested_access = {
            pair_of(decision.request, places) for decision in outcome.decisions
        }
        return Mark.QUIET if requested_access <= course.insider_access else Mark.EXTRA

    def _contain(self, at: datetime, say: str) -> None:
        """Note that the incident is contained at an instant."""
        assert self.course is not None, "there is something to contain"
        self.course = replace(self.course, contained_at=at)
        self._add_happening(Happening(at, Kind.CONTAINED, say, mark=Mark.OK))

    def _ring_first_alarm(self, at: datetime) -> None:
        """Choose the incident's alarm from the signs so far, unless it has one. It is noticed some minutes later."""
        course = self.course
        if course is None or course.alarm is not None:
            return
        watched = any(
            line.operation[0] == "iam" and line.operation[1].startswith(WATCHES)
            for want in self.rota.jobs
            for line in want.do
        )
        row = alarm.first_alarm(
            Signs(course.stolen.needs_mfa_code, course.outcomes, self._job_broke, watched)
        )
        if row:
            self.course = replace(
                course, alarm=row, noticed_at=at + timedelta(minutes=row.minutes)
            )

    def notice(self, current_time: datetime) -> None:
        """Note that the shop notices the incident, once the alarm's time has come."""
        course = self.course
        if (
            course
            and course.alarm
            and course.noticed_at
            and course.noticed_at <= current_time
            and not self._alarm_noticed
        ):
            self._alarm_noticed = True
            say = fill_sentence(course.alarm.say, course.victim)
            self._add_happening(
                Happening(course.noticed_at, Kind.NOTICED, say, mark=Mark.OK)
            )

    def _place(self, outcome: Outcome) -> Station:
        """Return the station of a call: of its last request, or of its service if nothing was decided."""
        request = next((decision.request for decision in outcome.decisions[-1:]), None)
        if request:
            return self.rota.shop.station(
                request.action.partition(":")[0], request.resource
            )
        return self.rota.shop.station(outcome.act.call.service, "")


# A job with such a command watches IAM, so the person who does it notices changes of access.
WATCHES = ("List", "Get", "Generate")  # begin the operations of IAM that look at it
