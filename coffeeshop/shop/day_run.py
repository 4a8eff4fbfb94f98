"""Run a day at the shop, from 06:00 to 22:00: customers, one incident and the learner's calls.

Each event is a call through `handle`, in the order of the clock. The functions are pure: the same account, rota, seed
and calls of the learner give the same day. Such a call changes nothing that happened before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Caller, Outcome, Reply
from coffeeshop.policy.model import Allowed, Standing
from coffeeshop.shop import alarm
from coffeeshop.shop.alarm import Signs
from coffeeshop.shop.attacker import (
    MAX_CALLS,
    Attacker,
    make_next_call,
    plan_attack,
    working_credentials,
)
from coffeeshop.shop.day import Day, Happening, IncidentCourse, Kind
from coffeeshop.shop.day_events import (
    ATTACK_INTERVAL,
    RETRY_INTERVAL,
    Event,
    LearnerCall,
    timed_events,
)
from coffeeshop.shop.happenings import Occasion
from coffeeshop.shop.incident import (
    PlannedTheft,
    fill_sentence,
    permitted_access,
    plan_theft,
    theft_at_moment,
)
from coffeeshop.shop.lasting_reach import find_lasting_reach, new_sign_in
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.model import Station
from coffeeshop.shop.radius import (
    NO_WAYS,
    BlastRadius,
    find_blast_radius,
    is_permitted,
)
from coffeeshop.shop.rota import (
    CLOSING_TIME,
    Rota,
    Task,
    shop_time,
)
from coffeeshop.shop.serve import serve
from coffeeshop.shop.staff import Staff
from coffeeshop.shop.taking import take_credential
from coffeeshop.shop.theft import StolenCredential, Theft
from coffeeshop.shop.things import Places
from coffeeshop.shop.want import station


def run_day(
    account: Account,
    rota: Rota,
    seed: int,
    learner_calls: Sequence[LearnerCall] = (),
    incident_id: str = "",
    same_theft: Theft | None = None,
) -> Day:
    """Run a day at the shop from the account at opening time, and return everything that happened.

    `learner_calls` are the learner's calls of that day, with their outcomes where those are known.
    `incident_id` is the id of the incident to run ("": the seed draws one). `same_theft` is the
    theft of a day that is played again.
    """
    planned_theft = plan_theft(account, rota, seed, incident_id, same_theft)
    run = _DayRun(account, rota, seed)
    for at, event in timed_events(rota, seed, learner_calls, planned_theft):
        run.run_event(at, event)
    run.notice_incident(shop_time(rota.date, CLOSING_TIME))
    happenings = tuple(run.happenings)
    return Day(account, rota, seed, happenings, run.account, run.course, incident_id)


def _with_learners_credentials(
    account: Account, learners_account: Account, call_count: int
) -> Account:
    """Return the day's account with the credentials that the learner's first `call_count`
    calls created.

    The same call in the day's account would draw other ids than the learner has seen. So
    the credentials are copied from the learner's account.
    """
    credentials = account.credentials
    for id, credential in learners_account.credentials.items():
        if id not in credentials and credential.made <= call_count:
            credentials = credentials.put(id, credential)
    return replace(account, credentials=credentials)


def _without_made_functions(account: Account, course: IncidentCourse) -> Account:
    """Return the account without the functions that the attacker created.

    They can create the same ones again by another name. The search tries one name only.
    """
    functions = account.functions
    for outcome in course.outcomes:
        name = outcome.act.call.text("FunctionName")
        if outcome.act.call.operation == "CreateFunction" and name in functions:
            functions = functions.drop(name)
    return replace(account, functions=functions)


def _repeats_creation(account: Account, made: Sequence[Outcome], act: Act) -> bool:
    """Return whether the attacker already made a function with this role that still exists, so another one gains nothing."""
    return act.call.operation == "CreateFunction" and any(
        outcome.act.call.operation == "CreateFunction"
        and outcome.act.call.text("Role") == act.call.text("Role")
        and outcome.act.call.text("FunctionName") in account.functions
        for outcome in made
    )


def _has_deleted_something(before: Account, outcome: Outcome) -> bool:
    """Return whether a call deleted something. AWS also answers some calls that delete what never existed."""
    if not outcome.has_succeeded or not outcome.act.call.operation.startswith("Delete"):
        return False
    account = before.without_history()
    after = outcome.account.without_history()
    return replace(account, calls=after.calls, usage=after.usage) != after


class _DayRun:
    """The state of a day while it runs: the account now, what happened so far, and the incident.

    `course` is the course of the incident, or None before one begins.
    """

    def __init__(self, account: Account, rota: Rota, seed: int) -> None:
        """Begin the day with the account at opening time."""
        self.account = account
        self._account_at_opening = account
        self.rota = rota
        self.seed = seed
        self.happenings: list[Happening] = []
        self.course: IncidentCourse | None = None
        self._staff = Staff(rota.account_before_play, rota.wants)
        self._attacker: Attacker | None = None
        self._jobs_that_worked = set[str]()
        self._job_broke = self._alarm_noticed = self._is_attacker_done = False
        self._key_locked = False
        self._working_count = 0
        self._next_sign_in: datetime | None = None
        self._sign_in_interval = ATTACK_INTERVAL

    def run_event(self, at: datetime, event: Event) -> None:
        """Run one event of the day. If the shop should have noticed the incident by then, note that first."""
        self.notice_incident(at)
        match event:
            case Act():
                self._apply_learner_call(handle(self.account, event))
            case Outcome():
                self._apply_learner_call(event)
            case PlannedTheft():
                self._begin_incident(event, at)
            case Occasion():
                self._run_occasion(event, at)
            case Task():
                self._serve_customer(event)
            case _:
                self._attack(at)

    def _add_happening(self, happening: Happening) -> None:
        """Add an event to the record of the day."""
        self.happenings.append(happening)

    # ------------------------------------------------------------------ the shop's own
    def _serve_customer(self, task: Task) -> None:
        """Serve a customer, and raise an alarm if the attacker broke this job.

        The attacker broke it if it worked before the theft and now fails although no policy refuses it:
        the thing that it needs is gone. S3 answers AccessDenied about it if the user can't list the bucket.
        """
        want = task.want
        ticket, self.account = self._staff.serve(self.account, want, task.at)
        place = station(want, self.rota.shop)
        self._add_happening(
            Happening(task.at, Kind.TASK, want.say, place, ticket.mark, ticket)
        )
        is_denied = ticket.was_refused and not isinstance(ticket.decision, Allowed)
        if ticket.has_succeeded:
            self._jobs_that_worked.add(want.id)
        elif (
            ticket.stopping_call
            and not is_denied
            and self.course
            and self._worked_before_theft(self.course, task)
        ):
            self._job_broke = True
            self._schedule_first_alarm(task.at)
        elif want.id in self._jobs_that_worked and self._has_put_key_policy():
            self._key_locked = True
            self._schedule_first_alarm(task.at)

    def _worked_before_theft(self, course: IncidentCourse, task: Task) -> bool:
        """Return whether a job worked earlier today, or would have worked just before the theft."""
        want = task.want
        if want.id in self._jobs_that_worked:
            return True
        return serve(course.account_before, want, task.at).has_succeeded

    def _has_put_key_policy(self) -> bool:
        """Return whether the attacker replaced a key policy today."""
        return self.course is not None and any(
            outcome.has_succeeded and outcome.act.call.operation == "PutKeyPolicy"
            for outcome in self.course.outcomes
        )

    def _run_occasion(self, occasion: Occasion, at: datetime) -> None:
        """Record a random event. If it is an inspection, also try every request that must be refused."""
        self._add_happening(Happening(at, Kind.NEWS, occasion.say, occasion.station))
        for want in self.rota.wants if occasion.inspects else ():
            if want.mode is Mode.NEVER:
                ticket = serve(self.account, want, at)
                place = station(want, self.rota.shop)
                self._add_happening(
                    Happening(at, Kind.INSPECTION, want.say, place, ticket.mark, ticket)
                )

    def _apply_learner_call(self, outcome: Outcome) -> None:
        """Repeat the learner's call in the day's account, and compute anew what the thief can reach.

        The call was already made in the learner's own account, which lacks what staff and thief did
        today. A call that AWS refused there has no effect here. Credentials that existed before the call
        are added before it is repeated, because it may name them. Those that it created are added
        afterwards, with the ids that the learner has seen.
        """
        act = outcome.act
        self._add_happening(
            Happening(
                act.at, Kind.EDIT, "", self._station_of_call(outcome), outcome=outcome
            )
        )
        if not isinstance(outcome.answer, Reply):
            return
        calls_before = outcome.account.calls - 1
        account = _with_learners_credentials(self.account, outcome.account, calls_before)
        self.account = _with_learners_credentials(
            handle(account, act).account, outcome.account, calls_before + 1
        )
        if self.course and self._attacker:
            known_credentials = self._attacker.credentials
            theft = self.course.theft
            permitted = permitted_access(
                self.course.account_before, self.rota, theft, self.account
            )
            course = replace(self.course, permitted=permitted)
            blast_radius = find_lasting_reach(
                _without_made_functions(self.account, course),
                theft.incident,
                course.stolen,
                known_credentials,
                act.at,
                permitted,
            )
            self._attacker = self._plan_attack(course, self._attacker, blast_radius)
            self._is_attacker_done = False
            needs_sign_in = any(
                reached.path.held[0] not in known_credentials
                for reached in blast_radius.reached
            )
            self._next_sign_in = act.at if needs_sign_in else None
            self._sign_in_interval = ATTACK_INTERVAL
            self._record_reach_change(course, act.at, blast_radius)

    def _record_reach_change(
        self, course: IncidentCourse, at: datetime, blast_radius: BlastRadius
    ) -> None:
        """Record how a call of the learner changed what the thief can reach.

        It is cut off, given back, or just larger or smaller. `blast_radius` is the reach after the
        call. Access that an insider has anyway doesn't count.
        """
        reach = course.counted_part(blast_radius).pairs
        radius_before = course.radius_after_change or course.radius
        reach_before = course.counted_part(radius_before).pairs
        self.course = course
        if reach != reach_before:
            self.course = replace(
                self.course, changed_at=at, radius_after_change=blast_radius
            )
        if reach and course.contained_at:
            self.course = replace(self.course, contained_at=None, reopened_at=at)
            self._add_happening(
                Happening(at, Kind.REOPENED, "Something is within reach again.")
            )
        elif not reach and not course.contained_at:
            # An insider still reaches what their own jobs need.
            beyond_text = " beyond the jobs" if blast_radius.reached else ""
            self._record_containment(at, f"Nothing{beyond_text} is within reach now.")

    # -------------------------------------------------------------------- the incident
    def _begin_incident(self, planned_theft: PlannedTheft, at: datetime) -> None:
        """Steal the credential of the planned incident, and begin the attack if it can be used.

        On the last try before closing time, an incident that the caller asked for happens in any case.
        """
        if self.course is not None:
            return
        is_last_try = at + 2 * RETRY_INTERVAL >= shop_time(self.rota.date, CLOSING_TIME)
        theft = theft_at_moment(
            self.account, self.rota, self.seed, planned_theft, at, is_last_try
        )
        if theft is None:
            return
        stolen = take_credential(self.account, self.rota, theft)
        course = IncidentCourse(theft, stolen, self.account)
        self.course = course
        self.account = stolen.account
        self._add_happening(Happening(theft.at, Kind.THEFT, course.theft_sentence))
        if stolen.caller is None:
            self._record_containment(theft.at, f"Nothing comes of it: {stolen.why_none}.")
            self._schedule_first_alarm(theft.at)
        else:
            self._begin_attack(course, stolen.caller)

    def _begin_attack(self, course: IncidentCourse, stolen_caller: Caller) -> None:
        """Plan the attack with a stolen credential, and record what it can reach at this moment.

        The losses are later compared with the access and the jobs of the credential's owner. If the credential
        gives no access beyond what an insider has anyway, the incident counts as contained at once.
        """
        theft = course.theft
        new_attacker = Attacker(theft.incident, (stolen_caller,), calls_left=MAX_CALLS)
        permitted = permitted_access(self.account, self.rota, theft)
        blast_radius = self._blast_radius_of(new_attacker, theft.at, permitted)
        self._attacker = plan_attack(new_attacker, blast_radius)
        made_today = {*Places(self.account).things} - {
            *Places(self._account_at_opening).things
        }
        self.course = replace(
            course,
            radius=blast_radius,
            permitted=permitted,
            made_today=frozenset(made_today),
        )
        if not course.counted_part(blast_radius).pairs:
            self._record_containment(
                theft.at,
                f"Everything within reach is part of {course.victim_title}'s own jobs."
                if blast_radius.reached
                else "It gives no access to the shop's resources.",
            )

    def _attack(self, at: datetime) -> None:
        """Make the attacker's next call, unless the incident is contained.

        If sessions have expired and nothing is left within reach, the incident is contained now.
        """
        if self.course is None or self._attacker is None or self.course.contained_at:
            return
        if self._end_expired_sessions(self.course, self._attacker, at):
            self._record_containment(at, "The session has ended.")
            return
        if self._next_sign_in and self._next_sign_in <= at:
            self._sign_in_again(self.course, self._attacker, at)
        if self._is_attacker_done:
            return
        self._attacker, outcome = make_next_call(self._attacker, self.account, at)
        if outcome is None:
            self._is_attacker_done = True
            return
        course = self.course
        if _has_deleted_something(self.account, outcome):
            course = replace(course, deletions=(*course.deletions, outcome))
        self.account = outcome.account
        self.course = replace(course, outcomes=(*course.outcomes, outcome))
        verdict = self._mark_attack(outcome, course)
        self._add_happening(
            Happening(
                at,
                Kind.ATTACK,
                "",
                self._station_of_call(outcome),
                verdict,
                outcome=outcome,
            )
        )
        self._schedule_first_alarm(at)

    def _end_expired_sessions(
        self, course: IncidentCourse, attacker: Attacker, at: datetime
    ) -> bool:
        """Note the attacker's sessions that have expired. Return whether that leaves nothing within reach.

        After a session has expired, the attacker tries to sign in again on this turn.
        """
        working_count = len(working_credentials(attacker, self.account, at))
        has_lost_session = working_count < self._working_count
        self._working_count = working_count
        if working_count and not has_lost_session:
            return False
        self._next_sign_in = at  # `_attack` lets them try
        lasting_reach = find_lasting_reach(
            _without_made_functions(self.account, course),
            attacker.incident,
            course.stolen,
            attacker.credentials,
            at,
            course.permitted,
        )
        return not course.counted_part(lasting_reach).pairs

    def _sign_in_again(
        self, course: IncidentCourse, attacker: Attacker, at: datetime
    ) -> None:
        """Let the attacker sign in again, if they can, and try everything once more with the new session.

        If the new session gives no access either, they try later, after ever longer intervals.
        """
        self._next_sign_in = None
        sign_in = new_sign_in(self.account, course.stolen, at)
        if sign_in is None or sign_in[1] in attacker.credentials:
            return
        account_with_session, caller = sign_in
        ways = None if attacker.incident.seeks_more_access else NO_WAYS
        if not find_blast_radius(account_with_session, (caller,), at, ways).pairs:
            self._next_sign_in = at + self._sign_in_interval
            self._sign_in_interval *= 2
            return
        self.account = account_with_session
        self.course = replace(
            course, sign_ins=(*course.sign_ins, StolenCredential(self.account, caller))
        )
        attacker = replace(
            attacker,
            credentials=(*attacker.credentials, caller),
            lines_tried=frozenset[str](),
        )
        blast_radius = self._blast_radius_of(attacker, at, course.permitted)
        self._attacker = self._plan_attack(course, attacker, blast_radius)
        self._is_attacker_done = False

    def _plan_attack(
        self, course: IncidentCourse, attacker: Attacker, blast_radius: BlastRadius
    ) -> Attacker:
        """Plan the attack anew, without creating again what the attacker has created already."""
        new_plan = plan_attack(attacker, blast_radius)
        new_paths = tuple(
            acts
            for acts in new_plan.planned_paths
            if not any(
                _repeats_creation(self.account, course.outcomes, act) for act in acts
            )
        )
        return replace(new_plan, planned_paths=new_paths)

    def _blast_radius_of(
        self, attacker: Attacker, at: datetime, permitted: Standing | None
    ) -> BlastRadius:
        """Return what the attacker's credentials can reach at an instant."""
        ways = None if attacker.incident.seeks_more_access else NO_WAYS
        return find_blast_radius(
            self.account, attacker.credentials, at, ways, permitted=permitted
        )

    def _mark_attack(self, outcome: Outcome, course: IncidentCourse) -> Mark:
        """Return the mark of an attacker's call.

        OK: AWS refused it. QUIET: the insider may do this anyway. EXTRA: it succeeded and goes beyond
        that.
        """
        if not outcome.has_succeeded:
            return Mark.OK
        is_own_work = course.theft.incident.insider and all(
            is_permitted(course.permitted, decision) for decision in outcome.decisions
        )
        return Mark.QUIET if is_own_work else Mark.EXTRA

    def _record_containment(self, at: datetime, sentence: str) -> None:
        """Record that the thief can reach nothing any more from `at` on, with the sentence to show."""
        assert self.course is not None, "there is something to contain"
        self.course = replace(self.course, contained_at=at)
        self._add_happening(Happening(at, Kind.CONTAINED, sentence, mark=Mark.OK))

    def _schedule_first_alarm(self, at: datetime) -> None:
        """Choose the alarm that the incident has raised by `at`, and set when the shop notices it.

        Only the first alarm counts. It is noticed some minutes later, as its row in the table says.
        """
        course = self.course
        if course is None or course.alarm is not None:
            return
        job_watches_iam = any(
            line.operation[0] == "iam" and line.operation[1].startswith(READING_PREFIXES)
            for want in self.rota.jobs
            for line in want.do
        )
        alarm_row = alarm.first_alarm(
            Signs(
                course.stolen.needs_mfa_code,
                course.outcomes,
                self._job_broke,
                self._key_locked,
                job_watches_iam,
            )
        )
        if alarm_row:
            self.course = replace(
                course,
                alarm=alarm_row,
                noticed_at=at + timedelta(minutes=alarm_row.minutes),
            )

    def notice_incident(self, current_time: datetime) -> None:
        """Record that the shop notices the incident, if its alarm is due by `current_time`. This happens once."""
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

    def _station_of_call(self, outcome: Outcome) -> Station:
        """Return the shop's station where a call is shown.

        It follows from the call's last authorized request, or from its service if no policy was evaluated.
        """
        request = next((decision.request for decision in outcome.main_decisions), None)
        if request:
            return self.rota.shop.station(
                request.action.partition(":")[0], request.resource
            )
        return self.rota.shop.station(outcome.act.call.service, "")


# The first words of IAM's operations that only read. A person whose job uses one notices changes of access.
READING_PREFIXES = ("List", "Get", "Generate")
