"""The Next box: one act and its key. It names the place to go, never the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.access.callers import find_caller
from coffeeshop.account.iam_resources import Group, User
from coffeeshop.account.model import Call
from coffeeshop.lessons.grading.changed_settings import changed_setting
from coffeeshop.lessons.grading.fixtures import check_fixtures
from coffeeshop.lessons.grading.sentences import join_words
from coffeeshop.lessons.model import Finding, Play, Report
from coffeeshop.policy.model import Allowed, ExplicitlyDenied, Problems, Standing
from coffeeshop.shop.losses import ends_a_job, mends
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket
from coffeeshop.views.badge_in_hand import hand_over, owner, too_late, with_code
from coffeeshop.views.containment import contains
from coffeeshop.views.failing_job import absent, failing_job, in_part, lost, what_it_lacks
from coffeeshop.views.identity import identity, signs_in_again
from coffeeshop.views.leaks import (
    access_key,
    carried_policy_step,
    holds_not,
    joins_first,
    let_in,
    stolen_leak,
)
from coffeeshop.views.loose_ends import (
    by_groups,
    kept_versions,
    loose_ends,
    meant_groups,
    new,
)
from coffeeshop.views.near_denies import missing_deny
from coffeeshop.views.safe_step import safe_step, takes_back_lockout
from coffeeshop.views.step import TO_DO, Step, go, is_joining, joins, short
from coffeeshop.views.text import capital
from coffeeshop.views.who_can import RETAKES, for_who_acts

if TYPE_CHECKING:
    from coffeeshop.lessons.sitting.opening import Opening
    from coffeeshop.lessons.sitting.sitting import Sitting


def next_step(
    play: Play, tickets: Sequence[Ticket], report: Report | None, profile: str = ""
) -> Step:
    """Return the step of the first rule that applies. `profile` is the credential in hand."""
    first = (
        _tampering_step(play)
        or too_late(play)
        or takes_back_lockout(play, profile)
        or _refused_badge_step(play, profile)
        or hand_over(play, report, profile)
    )
    if first is None and not _all_fine(tickets):
        first = with_code(play, profile)
    if first is None:
        ruled = (rule(play, tickets, report) for rule in RULES)
        first = next((step for step in ruled if step is not None), Step(""))
    if owner(play, profile):
        step = _root_key_step(first, play, tickets)
    else:
        step = first
    return safe_step(for_who_acts(step, play, profile), play, tickets, profile)


def next_in(sitting: Sitting, report: Report | None) -> Step:
    """Return the next step of a sitting, on any screen but the day's.

    The first that applies wins: sign in again, end a theft, return to a waiting day, or follow the
    rules.
    """
    if (sign_in_step := signed_out(sitting, report)) is not None:
        return sign_in_step
    if (theft_step := _incident_step(sitting)) is not None:
        return theft_step
    if sitting.day is None:
        tickets = sitting.tickets
    else:
        tickets = _tickets_of_day(sitting, sitting.day)
    if sitting.day and all(ticket.mark is Mark.OK for ticket in tickets):
        message = f"A day is open, and the clock stands at {sitting.now:%H:%M}: what you change happens now."
        return Step(message if day_waits(sitting) else f"{ALL_WORKS} {message}", *TO_DAY)
    step = next_step(sitting.play_with_wants, tickets, report, sitting.profile)
    if report and is_used_up(sitting, report):
        step = replace(step, does=step.does.removesuffix(HINTS))
    return replace(step, text=f"{day_lead(sitting)}{step.text}")


def is_used_up(sitting: Sitting, report: Report) -> bool:
    """Return whether the learner has read every hint for the first finding."""
    first = next(iter(report.findings), None)
    return first is not None and sitting.hints_read.get(first.ladder, 0) >= len(first.hints)


def _tickets_of_day(sitting: Sitting, day: Opening) -> Sequence[Ticket]:
    """Return the tickets that count while a day is open.

    In a scenario they are the tickets that already failed at the day's opening. In a learner's shop
    they are all.
    """
    from coffeeshop.lessons.sitting.days import (
        of_before,
    )  # imported late, since most plays open no day

    if day_waits(sitting):
        return of_before(sitting.play, day, sitting.tickets)
    return sitting.tickets


def signed_out(sitting: Sitting, report: Report | None) -> Step | None:
    """Return the step that signs in again after the credential expired. None: it works, or nothing is left to do.

    Every screen and shell asks this.
    """
    won = report is not None and report.stars == 3
    me = identity(sitting.play.account, sitting.profile, sitting.now)
    if not me.run_out or not me.until or (won and sitting.day is None):
        return None
    message = f"{me.run_out}: whatever you do now is refused."
    own_name = sitting.scenario.desk[0]
    if sitting.profile == own_name or signs_in_again(sitting.play, me):
        return Step(message, "s", "signs in again")
    return Step(message, "s", f"{RETAKES} {short(own_name)}", badge=own_name)


def _incident_step(sitting: Sitting) -> Step | None:
    """Return the step that ends a theft which the day has shown and which lasts. None: there is none."""
    moment = sitting.day.told if sitting.day else None
    if sitting.day is None or moment is None:
        return None
    from coffeeshop.lessons.sitting.days import day_of  # imported late for the same reason

    try:
        course = day_of(sitting.play, sitting.day).course
    except Problems:
        return None  # the day's screen shows these problems
    if course is None or course.theft.at > moment or not course.is_open(sitting.now):
        return None
    step = for_who_acts(
        contains(course, moment, sitting.play.account), sitting.play, sitting.profile
    )
    return replace(step, text=f"{day_lead(sitting)}{step.text}")


def day_lead(sitting: Sitting) -> str:
    """Return the sentence about a waiting day that begins each Next text. "": no day waits."""
    if day_waits(sitting):
        return f"A day is open, at {sitting.now:%H:%M}. "
    return ""


TO_DAY = ("5", "goes back to it")
ALL_WORKS = "Everything that today asks for works."


def day_waits(sitting: Sitting) -> bool:
    """Return whether an open day waits without work for the learner. In a learner's shop, days bring work."""
    if sitting.day is None:
        return False
    from coffeeshop.lessons.sitting.days import grows  # imported late for the same reason

    return not grows(sitting.scenario)


def _root_key_step(step: Step, play: Play, tickets: Sequence[Ticket]) -> Step:
    """Return the step that deletes root's leaking access key, otherwise the step as it is.

    No policy limits root, so that only deleting the key helps.
    """
    leaks = (ticket for ticket in tickets if ticket.mark is Mark.LEAK)
    leak = next((ticket for ticket in leaks if ticket.want.id == step.want), None)
    if leak is None or leak.decision is None or not _is_root(leak.decision.standing):
        return step
    if leak.want.held is None and leak.want.badge != "key":
        return step
    owned = leak.decision.standing.principal.account
    own_access_key = next(iter(play.account.keys_of(owned)), None)
    if own_access_key is None:
        return step
    message = (
        f"{holds_not(leak)}: no policy holds root back, but its key can be taken away."
    )
    return replace(access_key(own_access_key.id, "root", message), want=step.want)


def _is_root(asker: Standing) -> bool:
    return asker.principal.arn.endswith(":root")


def _tampering_step(play: Play) -> Step | None:
    """Return the step that undoes a change to a thing which must stay. None: nothing was changed."""
    gone = [
        short(check.subject.partition("/")[2])
        for check in check_fixtures(play)
        if not check.passed
    ]
    if not gone:
        return None
    message = f"{', '.join(gone)}: gone, or not what it was. Taking the act back mends it:"
    return Step(message, "u", "undoes the last act")


def _refused_badge_step(play: Play, profile: str) -> Step | None:
    """Return the step that goes back to the scenario's credential after AWS refused another one. None: no refusal."""
    last = next(reversed(play.outcomes), None)
    own_name = play.scenario.desk[0]
    if (
        last is None
        or last.act.caller != find_caller(play.account, profile)
        or profile in play.scenario.desk
    ):
        return None
    if not last.decisions or isinstance(last.decisions[-1], Allowed):
        return None
    message = f"You act as {short(profile)}, whom AWS refuses {last.act.call.operation}:"
    return Step(message, "s", f"{RETAKES} {short(own_name)}", badge=own_name)


def _lost_access_step(_: Play, __: Sequence[Ticket], report: Report | None) -> Step | None:
    """Return the first finding as a step, if it says that someone lost access. None: it says something else."""
    first = next(iter(report.findings), None) if report else None
    if first is None or first.kind not in ("lost", "locked-out"):
        return None
    return Step(first.what, "g", "says why, u undoes the last act")


def _missing_user_step(
    play: Play, tickets: Sequence[Ticket], _: Report | None
) -> Step | None:
    """Return the step that creates the user of the failing job. None: the user exists."""
    failing = failing_job(tickets)
    step = failing and (absent(play, failing) if failing.missing else lost(failing))
    if step and step.calls == ("iam create-user",):
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
    """Return the step to a thing that has no effect yet. None: there is none, or all tickets are fine."""
    failing = failing_job(tickets)
    if failing:
        user = play.account.users.get(failing.want.who.lower())
    else:
        user = None
    if _all_fine(tickets):
        return None
    return next(loose_ends(play, user.name if user else ""), None)


def _all_fine(tickets: Sequence[Ticket]) -> bool:
    return bool(tickets) and all(ticket.mark is Mark.OK for ticket in tickets)


def _group_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step that makes the lesson's group or adds the failing user to it. None: no group is needed."""
    failing = failing_job(tickets)
    if failing is None or failing.missing or "iam create-group" not in play.scenario.calls:
        return None
    if not by_groups(play):
        return None
    made_groups = new(play.account.groups.values(), play.scenario.opening)
    person = failing.want.who
    if not made_groups:
        name_parameter = _named_group(play)
        name = "".join(f", {short(each)}," for each in name_parameter.values())
        message = f"{TO_DO}a group{name} to hang the permission on, as the brief asks."
        return go(message, "groups", "", "n", "makes one", values=name_parameter)
    user = play.account.users.get(person.lower())
    if user is not None and not {group.id for group in made_groups} & set(user.groups):
        name = made_groups[0].name
        message = f"{short(user.name).capitalize()} is not in the group {short(name)} yet:"
        return joins(message, name, user.name)
    return None


def _named_group(play: Play) -> dict[str, str]:
    """Return the group name that the brief gives ("a group, Cashiers, that"), as a parameter. Empty: none."""
    named = re.search(r"\bgroup,? (?:called |named )?([A-Z]\w+)", play.scenario.story)
    if named and named[1].lower() not in play.account.groups:
        return {"GroupName": named[1]}
    return {}


def _join_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step that adds a refused user to a group that allows the job. None: it doesn't apply.

    It applies to lessons with groups that already allow and with no policy to write.
    """
    failing = failing_job(tickets)
    calls = play.scenario.calls
    if failing is None or "iam add-user-to-group" not in calls or any(map(_grants, calls)):
        return None
    user = play.account.users.get(failing.want.who.lower())
    denied = isinstance(failing.decision, ExplicitlyDenied)  # no group overrides a Deny
    if user is None or denied or not failing.was_refused or in_part(failing):
        return None
    fit = _opened_by_joining(play, failing, user)
    if user.groups and not fit:
        return None
    if user.groups:
        groups_text = "no group that allows it"
    else:
        groups_text = "no group"
    groups = fit or [
        group for group in play.account.groups.values() if group.name in play.scenario.story
    ]
    message = f"{TO_DO}{failing.want.say}. Refused so far: {short(user.name).capitalize()} is in {groups_text}."
    return joins(message, groups[0].name if len(groups) == 1 else "", user.name)


def _opened_by_joining(play: Play, failing: Ticket, user: User) -> list[Group]:
    """Return the meant groups that would make a failing job work for this user."""

    def opens(group: Group) -> bool:
        join = Call(
            "iam", "AddUserToGroup", {"GroupName": group.name, "UserName": user.name}
        )
        return mends(play.account, failing, [join], play.now)

    return [
        group
        for group in meant_groups(play)
        if group.id not in user.groups and opens(group)
    ]


def _grants(call: str) -> bool:
    """Return whether a call is about writing or attaching policies."""
    return call.startswith(
        ("iam put-", "iam attach-", "iam create-policy", "iam create-group")
    )


def _theft_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step to a stolen credential that still works. None: there is none."""
    return (leak := stolen_leak(play.account, tickets)) and let_in(play, tickets, leak)


def _changed_setting_step(
    play: Play, tickets: Sequence[Ticket], _: Report | None
) -> Step | None:
    """Return the step to a changed boundary or tag that explains the first failing want. None: there is none."""
    bad = (ticket for ticket in tickets if ticket.mark in (Mark.MISS, Mark.LEAK))
    ticket = failing_job(tickets) or next(bad, None)
    change = changed_setting(play, ticket) if ticket else None
    if ticket is None or change is None:
        return None
    if ticket.mark is Mark.LEAK:
        message = f"{holds_not(ticket)}: {change.says}"
    else:
        message = f"{TO_DO}{ticket.want.say}. {change.says}"
    if not change.call:
        return Step(message, "y", "says why", ticket.want.id)
    does = f"the console, aws {change.call}"
    return Step(
        message, ":", does, ticket.want.id, calls=(change.call,), values=change.values
    )


def _leak_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step for the first leak. None: there is no leak.

    First comes a Deny that misses the leak, then a worker who must join a group, then the policy
    that allows it.
    """
    leak = next((ticket for ticket in tickets if ticket.mark is Mark.LEAK), None)
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
    """Return the step to a refusal whose call failed for another reason than permission. None: there is none."""
    refusals = (
        ticket for ticket in tickets if ticket.want.mode is Mode.NEVER and ticket.in_session
    )
    broken = next(
        (ticket for ticket in refusals if ticket.stopping_call and not ticket.was_refused),
        None,
    )
    return broken and Step(
        f"{broken.want.say}: the call fails for another reason.",
        "y",
        "says which",
        broken.want.id,
    )


def _free_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step for a scenario without wants. None: it has wants."""
    if play.scenario.wants or tickets:
        return None
    message = "Nothing is asked here: look around, and try what you like."
    if play.scenario.imported:
        return Step(message)
    return Step(message, "5", "opens the shop for a day")


def _graded_step(
    play: Play, tickets: Sequence[Ticket], report: Report | None
) -> Step | None:
    """Return the step after all jobs and refusals are fine: grade, read the first finding, or open the shop."""
    if play.scenario.is_growing_shop and (
        report is None
        or not any(each_finding.costs_star for each_finding in report.findings)
    ):
        return Step(
            "Everything that your shop asks for so far works.",
            "5",
            "opens the shop for a day",
        )
    if report is None:
        return Step("Every job works and every refusal holds.", "g", "grades it")
    if report.stars == 3:
        message = "Three stars! It works, it is safe, and it will last."
        return Step(
            message, "g", "prints your receipt, n then goes on, 5 opens the shop for a day"
        )
    finding = report.findings[0]
    if play.scenario.is_growing_shop:
        return Step(_finding_text(play, finding), "g", f"{MORE} it{HINTS}")
    if finding.key == "practice:no-direct-user-policies" and (
        step := carried_policy_step(play, tickets, finding.people)
    ):
        return replace(step, text=f"{_finding_text(play, finding)} {step.text}".rstrip())
    return Step(_finding_text(play, finding), "g", f"{MORE} star {report.stars + 1}{HINTS}")


MORE = "says more about"
HINTS = ", c gives a hint"


def _finding_text(play: Play, finding: Finding) -> str:
    """Return a finding's sentence. A practice rule names no people, so they are added."""
    if finding.kind != "practice" or not finding.people:
        return finding.what
    named = [_title_of(play, name) for name in finding.people[:WHOM]]
    extra = len(finding.people) - WHOM
    person = join_words([*named, f"{extra} more"] if extra > 0 else named)
    return f"{finding.what.rstrip('.')} for {person}."


def _title_of(play: Play, name: str) -> str:
    """Return the name of a principal for a sentence. A user's begins with a capital letter."""
    if name.lower() in play.account.users:
        return capital(short(name))
    return short(name)


WHOM = 3  # people named; the rest is counted


Rule = Callable[[Play, Sequence[Ticket], "Report | None"], "Step | None"]
RULES: tuple[Rule, ...] = (
    _free_step,
    _lost_access_step,
    _theft_step,
    _missing_user_step,
    _kept_version_step,
    _loose_end_step,
    _group_step,
    _join_step,
    _changed_setting_step,
    what_it_lacks,
    _leak_step,
    _broken_refusal_step,
    _graded_step,
)
