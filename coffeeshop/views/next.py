"""The Next box: one act and its key. It names the place to go, never the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.door import handle
from coffeeshop.account.errors import is_refusal
from coffeeshop.account.model import Act
from coffeeshop.lessons.check_kinds import FindingKind
from coffeeshop.lessons.grading.changed_settings import changed_setting
from coffeeshop.lessons.grading.fixtures import check_fixtures, tampering_sentence
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.model import Finding, Play, Report
from coffeeshop.policy.model import Allowed
from coffeeshop.shop.losses import ends_a_job
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.badge_in_hand import hand_over, too_late, with_code
from coffeeshop.views.containment import containing_calls, contains, lasting_theft
from coffeeshop.views.deed import CASE_KEY, Deed, Goal
from coffeeshop.views.evidence_steps import evidence_first
from coffeeshop.views.failing_job import creation_step, failing_job, lost, what_it_lacks
from coffeeshop.views.group_steps import group_step, join_step
from coffeeshop.views.identity import Identity, identity, signs_in_again
from coffeeshop.views.leaks import (
    carried_policy_step,
    joins_first,
    leak_to_close,
    let_in,
    refusal_failure,
    theft_step,
)
from coffeeshop.views.loose_ends import (
    by_groups,
    kept_versions,
    loose_ends,
)
from coffeeshop.views.near_denies import missing_deny
from coffeeshop.views.root_key import root_key_step
from coffeeshop.views.safe_step import safe_step, takes_back_lockout
from coffeeshop.views.step import (
    EXPLAIN_DEED,
    GRADE_DEED,
    HIRE_DEED,
    OPEN_DAY,
    RETURN_TO_DAY,
    UNDO_DEED,
    Fails,
    Failure,
    Step,
    console,
    is_joining,
    short,
    take_credential,
    ticket_failure,
)
from coffeeshop.views.text import capital
from coffeeshop.views.thefts import stolen_leaks
from coffeeshop.views.who_can import for_who_acts

if TYPE_CHECKING:
    from coffeeshop.lessons.sitting.opening import Opening
    from coffeeshop.lessons.sitting.sitting import Sitting
    from coffeeshop.shop.day import IncidentCourse


Fade = Callable[[Step], Step]


def keep_full(step: Step) -> Step:
    """Return a step as it is."""
    return step


def next_step(
    play: Play,
    tickets: Sequence[Ticket],
    report: Report | None,
    profile: str = "",
    fade: Fade = keep_full,
    rules: Sequence[Rule] | None = None,
) -> Step:
    """Return the next step. `profile` is the credential in hand.

    Urgent steps come first, such as to undo a lock-out. They aren't faded. Otherwise the first of
    the `rules` that applies decides (None: NEXT_RULES), and `fade` leaves out what the learner knows.
    If `profile` can't make the step's call, or it would do harm, return what comes before it.
    """
    first = (
        _tampering_step(play)
        or too_late(play)
        or takes_back_lockout(play, profile)
        or _refused_badge_step(play, profile)
        or hand_over(play, report, profile)
    )
    if first is None and not _all_fine(tickets):
        first = with_code(play, profile)
    ruled = (rule(play, tickets, report) for rule in rules or NEXT_RULES)
    step = first or next((step for step in ruled if step is not None), Step(""))
    step = evidence_first(step, play, tickets)
    step = root_key_step(step, play, tickets, profile)
    if first is None:
        about = None if step.fails else _failure_behind(tickets, report)
        step = fade(replace(step, about=about))
    return safe_step(for_who_acts(step, play, profile), play, tickets, profile)


def _failure_behind(tickets: Sequence[Ticket], report: Report | None) -> Failure | None:
    """Return the first job, refusal or finding that fails. Return None if nothing fails."""
    if (job := failing_job(tickets)) is not None:
        return ticket_failure(job)
    for ticket in tickets:
        if ticket.mark is Mark.LEAK:
            return refusal_failure(ticket)
    if report and report.findings:
        return Failure(Fails.FINDING, report.findings[0].what, report.findings[0].key)
    return None


def next_in(
    sitting: Sitting,
    report: Report | None,
    fade: Fade = keep_full,
    is_complete: bool = False,
) -> Step:
    """Return the next step of a sitting, on any screen but the day's.

    The first that applies wins: sign in again, end a theft, return to a waiting day, or follow the
    rules. Only a rule's step is faded. With `is_complete`, a rule's step leaves no choice to the learner, and a
    diagnosis asks for its causes last.
    """
    if (sign_in_step := signed_out(sitting, report)) is not None:
        return sign_in_step
    if sitting.in_exam:
        return EXAM_STEP
    if (theft_step := _incident_step(sitting)) is not None:
        return theft_step
    if sitting.day is None:
        tickets = sitting.tickets
    else:
        tickets = _tickets_of_day(sitting, sitting.day)
    if sitting.day and all(ticket.mark is Mark.OK for ticket in tickets):
        message = f"A day is open, and its clock shows {sitting.now:%H:%M}. Your changes happen at that time."
        if day_waits(sitting):
            return Step(message, RETURN_TO_DAY)
        return Step(ALL_WORKS, RETURN_TO_DAY, advice=message)
    play = sitting.play_with_wants
    rules = _rules_of(sitting, not is_complete)
    step = next_step(play, tickets, report, sitting.profile, fade, rules)
    if is_complete:
        # Imported late: few learners choose to see the whole solution.
        from coffeeshop.views.solved_step import line_to_enter, solved_step

        step = solved_step(step, sitting, sitting.report)
        in_list = step.target is not None and step.deed.goal is Goal.ACT
        step = replace(step, opens=in_list and line_to_enter(step, sitting) != "")
    then = step.deed.then
    if then and then.goal is Goal.HINT and report and is_used_up(sitting, report):
        step = replace(step, deed=replace(step.deed, then=then.then))
    step = replace(step, deed=_with_day(step.deed, day_deed(sitting)))
    return replace(step, lead=day_lead(sitting))


def _rules_of(sitting: Sitting, asks_cause_first: bool) -> tuple[Rule, ...]:
    """Return NEXT_RULES. In a diagnosis, they also ask for each case's cause.

    With `asks_cause_first`, the cause is asked before any fix, except for a theft that shows.
    Otherwise it is asked once everything works.
    """
    results = enumerate(sitting.case_results, 1)
    unnamed = next((pair for pair in results if not pair[1].is_right), None)
    if unnamed is None:
        return NEXT_RULES
    number, result = unnamed
    deed = replace(NAME_CAUSE, given={CASE_KEY: str(number)})
    text = f"Case {number}. {result.case.say} Name the cause:"

    def name_cause(_: Play, __: Sequence[Ticket], report: Report | None) -> Step:
        """Return the step to the cause. Stars judge only the fix, so it says if they are won."""
        is_fixed = report is not None and report.stars == 3
        return Step(f"{CAUSES_HINT} {text}" if is_fixed else text, deed)

    if asks_cause_first:
        stolen = stolen_leaks(sitting.play.account, sitting.tickets)
        is_named_theft = bool(stolen) and not stolen[0].want.quiet
        place = NEXT_RULES.index(_theft_step) + is_named_theft
    else:
        place = NEXT_RULES.index(_graded_step)
    return (*NEXT_RULES[:place], name_cause, *NEXT_RULES[place:])


NAME_CAUSE = Deed("N", "names the cause", goal=Goal.NAME_CAUSE)
CAUSES_HINT = "Three stars! The causes that you name also earn points."


EXAM_STEP = Step(
    "In an exam, the brief says what must work, and you see results after you hand in.",
    Deed("x", "hands in", goal=Goal.HAND_IN),
)


def day_deed(sitting: Sitting) -> Deed | None:
    """Return the deed that opens a day, or goes back to the open one. Return None if no day is proposed."""
    if sitting.day is not None:
        return RETURN_TO_DAY.at("5", "goes back to the open day")
    return OPEN_DAY if sitting.offers_day else None


def _with_day(deed: Deed, day: Deed | None) -> Deed:
    """Return a deed whose further keys open this day, or none."""
    if deed.then is None:
        return deed
    is_day = deed.then.goal is Goal.OPEN_DAY
    return replace(deed, then=day if is_day else _with_day(deed.then, day))


def is_used_up(sitting: Sitting, report: Report) -> bool:
    """Return whether the learner has read every hint for the first finding."""
    first = next(iter(report.findings), None)
    return first is not None and sitting.hints_read.get(first.ladder, 0) >= len(first.hints)


def _tickets_of_day(sitting: Sitting, day: Opening) -> Sequence[Ticket]:
    """Return the tickets that count while a day is open.

    In a scenario they are the tickets that already failed at the day's opening. In a learner's shop
    they are all.
    """
    # Imported late, since most plays open no day.
    from coffeeshop.lessons.sitting.days import failing_before_opening

    if day_waits(sitting):
        return failing_before_opening(sitting.play, day, sitting.tickets)
    return sitting.tickets


def signed_out(sitting: Sitting, report: Report | None) -> Step | None:
    """Return the step that signs in again after the credential expired.

    Return None if it works, or nothing is left to do. Every screen and shell asks this.
    """
    won = report is not None and report.stars == 3
    me = identity(sitting.play.account, sitting.profile, sitting.now)
    if not me.run_out or not me.until or (won and sitting.day is None):
        return None
    message = f"{me.run_out}: AWS refuses calls with it."
    return Step(message, _way_back_in(sitting, me))


def _way_back_in(sitting: Sitting, me: Identity) -> Deed:
    """Return the deed after a credential expired: back to the scenario's own one, or sign in again."""
    own_name = sitting.scenario.desk[0]
    can_return = sitting.profile != own_name and not has_run_out(sitting, own_name)
    if can_return or not (sitting.profile == own_name or signs_in_again(sitting.play, me)):
        return take_credential(own_name)
    return Deed("s", "signs in again")


def has_run_out(sitting: Sitting, profile: str) -> bool:
    """Return whether the credential of a profile works no longer."""
    return bool(identity(sitting.play.account, profile, sitting.now).run_out)


def _incident_step(sitting: Sitting) -> Step | None:
    """Return the step that ends a theft which the day has shown and which lasts, or None."""
    course = lasting_theft(sitting)
    if course is None or sitting.day is None:
        return None
    step = contains(course, sitting.day.seen_until, sitting.play.account, sitting.now)
    return replace(for_who_contains(step, sitting, course), lead=day_lead(sitting))


def for_who_contains(step: Step, sitting: Sitting, course: IncidentCourse) -> Step:
    """Return a step that ends a theft, or one that leads to a credential that AWS allows to end it."""
    calls = containing_calls(course, sitting.play.account, sitting.now)
    return for_who_acts(step, sitting.play, sitting.profile, calls)


def day_lead(sitting: Sitting) -> str:
    """Return the sentence about a waiting day that begins each Next text. Return "" if no day waits."""
    if day_waits(sitting):
        return f"A day is open, at {sitting.now:%H:%M}. "
    return ""


ALL_WORKS = "Everything that today asks for works."


def day_waits(sitting: Sitting) -> bool:
    """Return whether a day is open that brings the learner no work. In a learner's own shop, days bring work."""
    if sitting.day is None:
        return False
    # Imported late for the same reason.
    from coffeeshop.lessons.sitting.days import is_own_shop

    return not is_own_shop(sitting.scenario)


def _tampering_step(play: Play) -> Step | None:
    """Return the step that undoes a change to a thing which must stay. Return None if nothing was changed."""
    changed = [check.subject for check in check_fixtures(play) if not check.passed]
    if not changed:
        return None
    return Step(tampering_sentence(changed), UNDO_DEED, advice="Undo brings it back:")


def _refused_badge_step(play: Play, profile: str) -> Step | None:
    """Return the step that goes back to the scenario's credential after AWS refused another one. Return None if it refused none."""
    last = next(reversed(play.outcomes), None)
    own_name = play.scenario.desk[0]
    if (
        last is None
        or last.act.caller != find_caller(play.account, profile)
        or profile in play.scenario.desk
    ):
        return None
    if not last.decisions or isinstance(last.main_decisions[0], Allowed):
        return None
    in_own_hands = Act(play.now, find_caller(play.account, own_name), last.act.call)
    if is_refusal(handle(play.account, in_own_hands).answer):
        return None
    message = f"Your badge {short(profile)} can't call {last.act.call.operation}, but {short(own_name)} can:"
    return Step(message, take_credential(own_name))


def _lost_access_step(_: Play, __: Sequence[Ticket], report: Report | None) -> Step | None:
    """Return a step to read why somebody lost access, and then undo. None: the first finding isn't about that."""
    first = next(iter(report.findings), None) if report else None
    if first is None or first.kind not in (
        FindingKind.LOST,
        FindingKind.LOCKED_OUT,
    ):
        return None
    return Step(
        "",
        Deed("g", "says why", goal=Goal.GRADE, then=UNDO_DEED),
        Failure(Fails.FINDING, first.what, first.key),
    )


def _missing_user_step(
    play: Play, tickets: Sequence[Ticket], _: Report | None
) -> Step | None:
    """Return the step that creates the user of the failing job. Return None if no job fails for lack of a user."""
    failing = failing_job(tickets)
    step = failing and (creation_step(play, failing) if failing.missing else lost(failing))
    if step and step.deed.operations == HIRE_DEED.operations:
        return step
    return None


def _kept_version_step(
    play: Play, tickets: Sequence[Ticket], report: Report | None
) -> Step | None:
    """Return the step to a policy version that is not in force. None: there is none, or nothing is lacking."""
    works = _all_fine(tickets) and (report is None or report.stars == 3)
    ends = partial(ends_a_job, play.account, tickets, at=play.now)
    if works:
        return None
    return next(kept_versions(play, ends), None)


def _loose_end_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step to a thing that has no effect yet. Return None if there is none, or all tickets are fine."""
    failing = failing_job(tickets)
    if failing:
        user = play.account.users.get(failing.want.who.lower())
    else:
        user = None
    if _all_fine(tickets):
        return None
    return next(loose_ends(play, user.name if user else "", tickets), None)


def _all_fine(tickets: Sequence[Ticket]) -> bool:
    return bool(tickets) and all(ticket.mark is Mark.OK for ticket in tickets)


def _theft_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step to a stolen credential that still works, or None."""
    return theft_step(play, tickets)


def _changed_setting_step(
    play: Play, tickets: Sequence[Ticket], _: Report | None
) -> Step | None:
    """Return a step to restore a changed boundary or tag, by which the first want (a job or refusal) fails.

    The step has the command that restores a boundary. It only tells of a tag. None: no such change.
    """
    bad = (ticket for ticket in tickets if ticket.mark in (Mark.MISS, Mark.LEAK))
    ticket = failing_job(tickets) or next(bad, None)
    change = changed_setting(play, ticket) if ticket else None
    if ticket is None or change is None:
        return None
    if ticket.mark is Mark.LEAK:
        fails = refusal_failure(ticket)
    else:
        fails = ticket_failure(ticket)
    deed = console(change.operation, change.values) if change.operation else EXPLAIN_DEED
    return Step(change.says, deed, fails, want=ticket.want.id)


def _leak_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return a step to close a leak: a request that must be refused and is allowed, or None.

    If a Deny was meant for it and misses it, that comes first. Then comes a worker who must join a group.
    Otherwise the policy that allows it has to change.
    """
    leak = leak_to_close(play, tickets)
    if leak is None:
        return None
    if (missed := missing_deny(play, tickets, leak)) is not None:
        return missed
    step = let_in(play, tickets, leak)
    if is_joining(step) or not by_groups(play):
        first = None
    else:
        first = joins_first(play, tickets)
    return first or step


def _broken_refusal_step(
    _: Play, tickets: Sequence[Ticket], __: Report | None
) -> Step | None:
    """Return the step to a refusal whose call failed for another reason than permission, or None."""
    refusals = (
        ticket for ticket in tickets if ticket.want.mode is Mode.NEVER and ticket.in_session
    )
    broken = next(
        (ticket for ticket in refusals if ticket.stopping_call and not ticket.was_refused),
        None,
    )
    return broken and Step(
        "the call fails for another reason.",
        EXPLAIN_DEED.at("y", "says which"),
        ticket_failure(broken, Fails.UNTRIED),
        want=broken.want.id,
    )


def _free_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step for a scenario without wants. Return None if it has wants."""
    if play.scenario.wants or tickets:
        return None
    # Imported late: only a shop without tasks asks, and this brings the days.
    from coffeeshop.lessons.sitting.days import is_own_shop

    if is_own_shop(play.scenario):
        begin = OPEN_DAY.at("5", "begins the first day, with its news")
        return Step("No day has begun yet.", begin)
    message = "There are no tasks here. Look around, and try anything."
    if play.scenario.imported:
        return Step(message)
    return Step(message, OPEN_DAY)


def _graded_step(
    play: Play, tickets: Sequence[Ticket], report: Report | None
) -> Step | None:
    """Return the step after all jobs and refusals are fine: grade, read the first finding, or open the shop."""
    if play.scenario.is_growing_shop and (
        report is None
        or not any(each_finding.costs_star for each_finding in report.findings)
    ):
        return Step("Everything that your shop asks for so far works.", OPEN_DAY)
    if report is None:
        return Step("Every job works and every refusal holds.", GRADE_DEED)
    if report.stars == 3:
        message = "Three stars! It works, it is safe, and it will last."
        say = "shows your grade and what comes next"
        return Step(message, replace(GRADE_DEED, say=say, then=OPEN_DAY))
    finding = report.findings[0]
    fails = Failure(Fails.FINDING, _finding_text(play, finding), finding.key)
    if play.scenario.is_growing_shop:
        return Step("", replace(READ_FINDING, say="says more about it"), fails)
    if finding.key in ATTACHED_TO_USERS and (
        step := carried_policy_step(play, tickets, finding.people)
    ):
        return replace(step, fails=fails)
    says_more = f"says more about star {report.stars + 1}"
    return Step("", replace(READ_FINDING, say=says_more), fails)


# Rules that a policy on a user breaks.
ATTACHED_TO_USERS = ("practice:no-direct-user-policies", "practice:admin-in-group")
READ_FINDING = Deed(
    "g", goal=Goal.READ_FINDING, then=Deed("c", "gives a hint", goal=Goal.HINT)
)


def _finding_text(play: Play, finding: Finding) -> str:
    """Return a finding's sentence. A practice rule names no people, so they are added."""
    if finding.kind is not FindingKind.PRACTICE or not finding.people:
        return finding.what
    named = [_title_of(play, name) for name in finding.people[:MAX_PEOPLE_NAMED]]
    extra = len(finding.people) - MAX_PEOPLE_NAMED
    person = join_words([*named, f"{extra} more"] if extra > 0 else named)
    return f"{finding.what} It's about {person}."


def _title_of(play: Play, name: str) -> str:
    """Return the name of a principal for a sentence. A user's begins with a capital letter."""
    if name.lower() in play.account.users:
        return capital(short(name))
    if name.startswith(("group ", "role ")):
        return f"the {short(name)}"
    return short(name)


MAX_PEOPLE_NAMED = 3  # people named; the rest is counted


Rule = Callable[[Play, Sequence[Ticket], "Report | None"], "Step | None"]
NEXT_RULES: tuple[Rule, ...] = (
    _free_step,
    _lost_access_step,
    _theft_step,
    _missing_user_step,
    _kept_version_step,
    _loose_end_step,
    group_step,
    join_step,
    _changed_setting_step,
    what_it_lacks,
    _leak_step,
    _broken_refusal_step,
    _graded_step,
)
