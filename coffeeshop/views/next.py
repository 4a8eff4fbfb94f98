"""The Next box: one act and its key, the place to go and never the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from coffeeshop.account.access.callers import lookup
from coffeeshop.account.iam_resources import Group
from coffeeshop.account.model import Account, ServiceError
from coffeeshop.lessons.grading.fixtures import fixtures
from coffeeshop.lessons.grading.practice.credentials import keys
from coffeeshop.lessons.grading.sentences import listed
from coffeeshop.lessons.model import Finding, Play, Report
from coffeeshop.policy.model import Allowed, ExplicitlyDenied, ImplicitlyDenied, Kind, Standing
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket
from coffeeshop.views.badge_in_hand import hand_over, owner, too_late, with_code
from coffeeshop.views.leaks import (
    DEVICE,
    access_key,
    carried,
    closest,
    device,
    holds_not,
    joins_first,
    let_in,
    stolen,
)
from coffeeshop.views.loose_ends import by_groups, kept_versions, loose_ends, new
from coffeeshop.views.step import Step, go, is_joining, joins, short
from coffeeshop.views.text import capital
from coffeeshop.views.things.items import members

if TYPE_CHECKING:
    from coffeeshop.lessons.sitting.sitting import Sitting


def next_step(play: Play, tickets: Sequence[Ticket], report: Report | None, profile: str = "") -> Step:
    """Tells what to do next: the first rule that has something to say. `profile` is the badge in hand."""
    first = _tampered(play) or too_late(play) or _refused(play, profile) or hand_over(play, report, profile)
    if first is None and not _works(tickets):
        first = with_code(play, profile)
    if first is None:
        ruled = (rule(play, tickets, report) for rule in RULES)
        first = next((step for step in ruled if step is not None), Step(""))
    return _owners_key(first, play, tickets) if owner(play, profile) else first


def meanwhile(sitting: Sitting) -> Step | None:
    """Tells, away from the day, that one is open: what a job lacks may be what stops a thief. None where days bring work."""
    if sitting.day is None:
        return None
    from coffeeshop.lessons.sitting.days import grows  # with the day, which most play without

    said = f"A day is open, and the clock stands at {sitting.now:%H:%M}: what you change happens now."
    return None if grows(sitting.scenario) else Step(said, "5", "goes back to it")


def _owners_key(step: Step, play: Play, tickets: Sequence[Ticket]) -> Step:
    """Tells the owner, whom no policy holds back, where a key of theirs that opens too much is taken away."""
    leak = next(
        (ticket for ticket in tickets if ticket.want.id == step.want and ticket.mark is Mark.LEAK), None
    )
    if leak is None or leak.decision is None or not _root(leak.decision.standing):
        return step
    if leak.want.held is None and leak.want.badge != "key":
        return step
    owned = leak.decision.standing.principal.account
    own = next(iter(keys(play.account, owned)), None)
    if own is None:
        return step
    said = f"{holds_not(leak)}: no policy holds root back, but its key can be taken away."
    return replace(access_key(own.id, "root", said), want=step.want)


def _root(asker: Standing) -> bool:
    return asker.principal.arn.endswith(":root")


def _tampered(play: Play) -> Step | None:
    """Tells that a thing is gone, or changed, without which no job and no refusal counts."""
    gone = [short(check.subject.partition("/")[2]) for check in fixtures(play) if not check.passed]
    if not gone:
        return None
    return Step(
        f"{', '.join(gone)}: gone, or not what it was. Taking the act back mends it:",
        "u",
        "undoes the last act",
    )


def _refused(play: Play, profile: str) -> Step | None:
    """Tells whoever took up a badge that AWS just refused: as long as they hold it, nothing that Next says would be let
    through.
    """
    last, own = next(reversed(play.outcomes), None), play.scenario.desk[0]
    if last is None or last.act.caller != lookup(play.account, profile) or profile in play.scenario.desk:
        return None
    if not last.decisions or isinstance(last.decisions[-1], Allowed):
        return None
    said = f"You act as {short(profile)}, whom AWS refuses {last.act.call.operation}:"
    return Step(said, "s", f"{RETAKES} {short(own)}")


RETAKES = "goes back to"


def _nobody(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Tells that a person is not there of whom a job speaks, before anything is said of what they may do."""
    failing = _failing(tickets)
    step = failing and (_absent(play, failing) if failing.missing else _lost(failing))
    return step if step and step.calls == ("iam create-user",) else None


def _kept_version(play: Play, tickets: Sequence[Ticket], report: Report | None) -> Step | None:
    """Tells which version of a policy was never put in force, as long as anything is lacking, a star as well."""
    works = _works(tickets) and (report is None or report.stars == 3)
    return None if works else next(kept_versions(play), None)


def _loose_end(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Tells what has no effect yet, as long as anything is lacking: what nothing needs is no next step."""
    failing = _failing(tickets)
    user = play.account.users.get(failing.want.who.lower()) if failing else None
    return None if _works(tickets) else next(loose_ends(play, user.name if user else ""), None)


def _works(tickets: Sequence[Ticket]) -> bool:
    return bool(tickets) and all(ticket.mark is Mark.OK for ticket in tickets)


def _group(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Tells where the lesson is to make a group: make it, then put in whoever cannot work yet."""
    failing = _failing(tickets)
    if (
        failing is None
        or failing.missing
        or "iam create-group" not in play.scenario.calls
        or not by_groups(play)
    ):
        return None
    made, who = new(play.account.groups.values(), play.scenario.opening), failing.want.who
    if not made:
        called = _named_group(play)
        name = "".join(f", {short(each)}," for each in called.values())
        said = f"To do: a group{name} to hang the permission on, as the brief asks."
        return go(said, "groups", "", "n", "makes one", values=called)
    user = play.account.users.get(who.lower())
    if user is not None and not {group.id for group in made} & set(user.groups):
        name = made[0].name
        return joins(
            f"{short(user.name).capitalize()} is not in the group {short(name)} yet:", name, user.name
        )
    return None


def _named_group(play: Play) -> dict[str, str]:
    """Returns how the brief calls the group that is to be made, where it does: "a group, Cashiers, that"."""
    named = re.search(r"\bgroup,? (?:called |named )?([A-Z]\w+)", play.scenario.story)
    return {"GroupName": named[1]} if named and named[1].lower() not in play.account.groups else {}


def _join(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Tells, where groups grant already and no policy is to be written, that somebody who is refused is in none."""
    failing, calls = _failing(tickets), play.scenario.calls
    if (
        failing is None
        or "iam add-user-to-group" not in calls
        or any(call.startswith(GRANTS) for call in calls)
    ):
        return None
    user = play.account.users.get(failing.want.who.lower())
    denied = isinstance(failing.decision, ExplicitlyDenied)  # which no group can mend
    if user is None or user.groups or denied or not failing.refused or _in_part(failing):
        return None
    told = [group.name for group in play.account.groups.values() if group.name in play.scenario.story]
    said = f"To do: {failing.want.say}. Refused so far: {short(user.name).capitalize()} is in no group."
    return joins(said, told[0] if len(told) == 1 else "", user.name)


# Calls of a lesson about writing policies.
GRANTS = (
    "iam put-",
    "iam attach-",
    "iam create-policy",
    "iam create-group",
)


def _failing(tickets: Sequence[Ticket]) -> Ticket | None:
    return next((t for t in tickets if t.mark is Mark.MISS and t.want.mode is Mode.MUST), None)


def _job(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    failing = _failing(tickets)
    if failing is None:
        return None
    who = failing.want.who.partition("/")[0]
    if failing.missing:
        return _absent(play, failing)
    if (lost := _lost(failing)) is not None:
        return lost
    if role := _unmade(play, failing):
        return go(f"{failing.want.say}: there is no role {role} to wear yet.", "roles", "", "n", "makes one")
    if not failing.in_session:
        return _handshake(play, failing, who)
    if _nothing_said(failing) and (failing.want.via or who.lower() in play.account.users):
        return _no_policy(play, failing, who)  # else of one who comes when it is judged, or of a machine
    said = "Not all of it works so far" if _in_part(failing) else "It is refused so far"
    there = closest(play, failing)
    fit = there if there and not (there.tab == "users" and by_groups(play)) else None
    return Step(f"To do: {failing.want.say}. {said}.", "y", "says why", failing.want.id, other=fit)


def _no_policy(play: Play, failing: Ticket, who: str) -> Step:
    """Tells that nobody has said anything of a role, or of a person, and where that is written."""
    role = failing.want.via
    text = f"To do: {failing.want.say}. {f'The role {role}' if role else capital(who)} has no policy yet."
    if role or not by_groups(play):
        noun = "role" if role else "user"
        return go(text, f"{noun}s", role or who, *_writes(play, noun))
    group = next(_joined(play, who), "")
    return go(text, "groups", group, *(_writes(play, "group") if group else MENU))


MENU = ("⏎", "shows what can be done")


def _writes(play: Play, noun: str) -> tuple[str, str]:
    """The key by which somebody comes to a policy: where the lesson is to write one, that."""
    return ("w", "writes one") if f"iam put-{noun}-policy" in play.scenario.calls else MENU


def _in_part(failing: Ticket) -> bool:
    """Tells whether its own calls are let through, and what else the job covers is refused."""
    own = bool(failing.want.via) + max(1, len(failing.want.do))
    return len(failing.outcomes) > own


def _absent(play: Play, failing: Ticket) -> Step:
    """Tells what somebody who is to work lacks: a badge at all, a device for codes, a password."""
    user, said = user_named(play.account, failing.want.who), f"{failing.want.say}: {failing.missing}."
    if user is None and failing.want.who != "root":
        return go(said, "users", "", "n", "hires", values={"UserName": failing.want.who.rpartition("/")[2]})
    key = next((key for word, key in LACKS.items() if word in failing.missing), "")
    if key == DEVICE:
        return device(play.account, user, said)
    return go(
        said, "users", user.name if user else "root", "⏎", f"and {key}" if key else "shows what can be done"
    )


LACKS = {"device": DEVICE, "password": "g gives one", "key": "k makes one"}


def _unmade(play: Play, failing: Ticket) -> str:
    """Returns the role of ours that is to be taken first, by `via` or by a line of the job, and that is not there."""
    call = failing.stopped.act.call if failing.stopped else None
    named = call.text("RoleArn") if call and call.operation == "AssumeRole" else ""
    role = failing.want.via or named.partition(f"::{play.account.id}:role/")[2].rpartition("/")[2]
    return role if role.lower() not in play.account.roles else ""


def _lost(failing: Ticket) -> Step | None:
    """Tells that a call was let through and failed for another reason than permission: nothing was refused. Somebody or
    something that it names is mostly to be made first.
    """
    stopped = failing.stopped
    if stopped is None or failing.refused or not isinstance(stopped.answer, ServiceError):
        return None
    told, named = f"To do: {failing.want.say}.", stopped.act.call.parameters
    if stopped.answer.code == "NoSuchEntity":
        for parameter, (tab, noun, does) in MISSING.items():
            name = str(named.get(parameter, ""))
            if name and name.lower() not in getattr(stopped.account, tab):
                said = f"{told} There is no {noun} {short(name)} yet."
                return go(said, tab, "", "n", does, values={parameter: name})
    said = f"Nothing refuses it, but AWS answers {stopped.answer.code}."
    return Step(f"{told} {said}", "y", "says what it lacks", failing.want.id)


MISSING = {  # a parameter that names somebody: in which list they are made, what they are, what its key does
    "UserName": ("users", "user", "hires"),
    "GroupName": ("groups", "group", "makes one"),
    "RoleName": ("roles", "role", "makes one"),
}


def _handshake(play: Play, failing: Ticket, who: str) -> Step:
    """Tells that a role which cannot be taken has two sides, each with its place; a silent trust comes first."""
    decision, role, where = failing.decision, failing.want.via, _carrier(play, who, failing.want.via)
    delegated = isinstance(decision, ImplicitlyDenied) and decision.silent is Kind.IDENTITY
    text = (
        f"{role} only delegates, to the account. Its trust policy could name {who}; or {where} could allow sts:AssumeRole."
        if delegated
        else f"{role}'s trust policy is to name {who}; or the account, and then {where} is to allow sts:AssumeRole."
    )
    return go(f"{failing.want.say}: not yet. {text}", "", "", "←→", "to Roles or Groups")


def _carrier(play: Play, who: str, role: str) -> str:
    """Tells who is to carry the policy that lets somebody take a role: the person, or where the brief wants none on
    people, a group of theirs in which nobody is who has no job in that role.
    """
    account = play.account
    if who.lower() not in account.users or not by_groups(play):
        return who
    mine = account.users[who.lower()].groups
    wearers = {
        want.who.lower() for want in play.scenario.wants if want.mode is Mode.MUST and want.via == role
    }
    fit = (g.name for g in account.groups.values() if g.id in mine and _names(account, g) <= wearers)
    group = min(fit, default="")
    return f"{who}'s group {group}" if group else f"a group of {who}'s own"


def _names(account: Account, group: Group) -> set[str]:
    return {user.name.lower() for user in members(account, group)}


def _joined(play: Play, who: str) -> Iterator[str]:
    """Yields the groups of a user, by name."""
    mine = play.account.users[who.lower()].groups
    yield from sorted(group.name for group in play.account.groups.values() if group.id in mine)


def _nothing_said(ticket: Ticket) -> bool:
    """Tells whether the person carries no policy at all."""
    decision = ticket.decision
    return isinstance(decision, ImplicitlyDenied) and not any(
        layer.policies for layer in decision.standing.layers if layer.on == "*"
    )


def _stolen(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Tells, before anything is planned, what still opens to somebody who stole it."""
    return (leak := stolen(play.account, tickets)) and let_in(play, tickets, leak)


def _leak(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Tells what lets a leak in; where policies are to hang on groups, who is to join one before any is taken away."""
    leak = next((ticket for ticket in tickets if ticket.mark is Mark.LEAK), None)
    if leak is None:
        return None
    step = let_in(play, tickets, leak)
    first = None if is_joining(step) or not by_groups(play) else joins_first(play, tickets)
    return first or step


def _broken(_: Play, tickets: Sequence[Ticket], __: Report | None) -> Step | None:
    """Tells that a refusal which failed for another reason than permission does not count."""
    odd = next(
        (t for t in tickets if t.want.mode is Mode.NEVER and t.in_session and t.stopped and not t.refused),
        None,
    )
    return odd and Step(f"{odd.want.say}: the call fails for another reason.", "y", "says which", odd.want.id)


def _free(play: Play, _: Sequence[Ticket], __: Report | None) -> Step | None:
    if play.scenario.wants:
        return None
    said = "Nothing is asked here: look around, and try what you like."
    return Step(said) if play.scenario.imported else Step(said, "5", "opens the shop for a day")


def _graded(play: Play, tickets: Sequence[Ticket], report: Report | None) -> Step | None:
    if report is None:
        return Step("Every job works and every refusal holds.", "g", "grades it")
    if report.stars == 3:
        said = "Three stars! It works, it is safe, and it will last."
        return Step(said, "g", "prints your receipt, n then goes on, 5 opens the shop for a day")
    finding = report.findings[0]
    if finding.key == "practice:no-direct-user-policies" and (step := carried(play, tickets, finding.people)):
        return replace(step, text=f"{_whose(play, finding)} {step.text}".rstrip())
    return Step(_whose(play, finding), "g", f"{MORE} star {report.stars + 1}, c gives a hint")


MORE = "says more about"


def _whose(play: Play, finding: Finding) -> str:
    """Returns what a finding says, and of a practice rule, which names nobody, whom it is about."""
    if finding.kind != "practice" or not finding.people:
        return finding.what
    named, more = [_called(play, name) for name in finding.people[:WHOM]], len(finding.people) - WHOM
    return f"{finding.what.rstrip('.')} for {listed([*named, *([f'{more} more'] if more > 0 else [])])}."


def _called(play: Play, name: str) -> str:
    return capital(short(name)) if name.lower() in play.account.users else short(name)


WHOM = 3  # who break a rule, by name


Rule = Callable[[Play, Sequence[Ticket], "Report | None"], "Step | None"]
RULES: tuple[Rule, ...] = (
    _free, _stolen, _nobody, _kept_version, _loose_end, _group, _join, _job, _leak, _broken, _graded
)  # fmt: skip
