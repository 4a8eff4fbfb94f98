"""The Next box: one act and its key, the place to go and never the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from coffeeshop.account.model import Account, Group, Role
from coffeeshop.lessons.model import Play, Report
from coffeeshop.policy.model import ImplicitlyDenied, Kind
from coffeeshop.shop.want import Mark, Mode, Ticket
from coffeeshop.views.items import members
from coffeeshop.views.words import capital


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence, and the key that goes there, with what that key does."""

    text: str
    key: str = ""
    does: str = ""


def next_step(play: Play, tickets: Sequence[Ticket], report: Report | None) -> Step:
    """What to do next: the first rule that has something to say."""
    return next((step for rule in RULES if (step := rule(play, tickets, report)) is not None), Step(""))


def _tampered(_: Play, __: Sequence[Ticket], report: Report | None) -> Step | None:
    if report is None or not report.tampered:
        return None
    return Step(f"{report.findings[0].what} Taking the act back mends it:", "u", "undoes the last act")


def _loose_end(play: Play, _: Sequence[Ticket], __: Report | None) -> Step | None:
    return next(_loose_ends(play.account, play.scenario.opening), None)


def _loose_ends(account: Account, before: Account) -> Iterator[Step]:
    """Things of this play that have no effect yet: a policy on nobody, a role that may nothing, an empty group."""
    holders = (*account.users.values(), *account.groups.values(), *account.roles.values())
    for arn in sorted(set(account.policies) - set(before.policies)):
        if not any(arn in holder.attached for holder in holders):
            name = account.policies[arn].name
            yield Step(
                f"The policy {name} is attached to nobody, so it opens nothing yet:",
                "3",
                f"Policies, choose {name}, a attaches it",
            )
    for role in _new(account.roles.values(), before):
        if not role.inline and not role.attached:
            yield Step(
                f"The role {role.name} allows nothing yet, whoever takes it:",
                "2",
                f"People, Roles, choose {role.name}, w writes what it may do",
            )
    for group in _new(account.groups.values(), before):
        if not group.inline and not group.attached:
            yield Step(
                f"The group {group.name} grants nothing yet:",
                "2",
                f"People, Groups, choose {group.name}, w writes its policy",
            )
        if not members(account, group):
            yield Step(
                f"Nobody is in the group {group.name} yet:",
                "2",
                f"People, Groups, choose {group.name}, a adds somebody",
            )


N = TypeVar("N", Role, Group)


def _new(entities: Iterable[N], before: Account) -> list[N]:
    return sorted((e for e in entities if before.of_id(e.id) is None), key=lambda e: e.name.lower())


def _group(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Where the lesson is to make a group: make it, then put in whoever cannot work yet."""
    failing = _failing(tickets)
    if failing is None or failing.missing or "iam create-group" not in play.scenario.calls or not _by_groups(play):
        return None
    made, who = _new(play.account.groups.values(), play.scenario.opening), failing.want.who
    if not made:
        return Step(
            "To do: the group of which the brief speaks is not there yet.", "2", "People, → to Groups, n makes one"
        )
    user = play.account.users.get(who.lower())
    if user is not None and not {group.id for group in made} & set(user.groups):
        name = made[0].name
        return Step(
            f"{user.name.capitalize()} is not in the group {name} yet:",
            "2",
            f"People, Groups, choose {name}, a adds somebody",
        )
    return None


def _failing(tickets: Sequence[Ticket]) -> Ticket | None:
    return next((t for t in tickets if t.mark is Mark.MISS and t.want.mode is Mode.MUST), None)


def _job(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    failing = _failing(tickets)
    if failing is None:
        return None
    who = failing.want.who.partition("/")[0]
    if failing.missing:
        return Step(f"{failing.want.say}: {failing.missing}.", "2", "People, n hires")
    if failing.want.via and failing.want.via.lower() not in play.account.roles:
        return Step(
            f"{failing.want.say}: there is no role {failing.want.via} to wear yet.",
            "2",
            "People, → to Roles, n makes one",
        )
    if not failing.in_session:
        return _handshake(play, failing, who)
    if failing.want.via:
        who = f"the role {failing.want.via}"
    if _nothing_said(failing):
        where = _carrier(play, who)
        choose = f"{where}, ⏎ shows what can be done"
        return Step(
            f"To do: {failing.want.say}. {capital(who)} has no policy yet.",
            "2",
            f"People: choose {choose}" if where == who else f"People, Groups: choose {choose}",
        )
    return Step(f"To do: {failing.want.say}. It is refused so far.", "y", "on that job says why")


def _handshake(play: Play, failing: Ticket, who: str) -> Step:
    """A role that cannot be taken has two sides, each with its place; where the trust is silent, that one comes first."""
    decision, role, where = failing.decision, failing.want.via, _carrier(play, who)
    delegated = isinstance(decision, ImplicitlyDenied) and decision.silent is Kind.IDENTITY
    text = (
        f"{role} only delegates, to the account. Its trust policy could name {who}; or {where} could allow sts:AssumeRole."
        if delegated
        else f"{role}'s trust policy is to name {who}; or the account, and then {where} is to allow sts:AssumeRole."
    )
    return Step(f"{failing.want.say}: not yet. {text}", "2", "People, → to Roles or Groups")


def _by_groups(play: Play) -> bool:
    """Whether the brief wants no policies on people."""
    return any(practice.rule == "no-direct-user-policies" for practice in play.scenario.practice)


def _carrier(play: Play, who: str) -> str:
    """Who is to carry a policy: the person, or where the brief wants none on people, the group."""
    user = play.account.users.get(who.lower())
    if user is None or not _by_groups(play):
        return who
    groups = sorted(group.name for group in play.account.groups.values() if group.id in user.groups)
    return f"{who}'s group {groups[0]}" if groups else f"a group of {who}'s"


def _nothing_said(ticket: Ticket) -> bool:
    """Whether the person carries no policy at all."""
    decision = ticket.decision
    return isinstance(decision, ImplicitlyDenied) and not any(
        layer.policies for layer in decision.standing.layers if layer.on == "*"
    )


def _leak(_: Play, tickets: Sequence[Ticket], __: Report | None) -> Step | None:
    leak = next((t for t in tickets if t.mark is Mark.LEAK), None)
    if leak is None:
        return None
    action = f"{leak.decision.request.action} is possible" if leak.decision else "this is possible"
    said = f"Still open: {action}, and the shop says “{leak.want.say}”."
    return Step(said, "y", "on that line says who let it in")


def _broken(_: Play, tickets: Sequence[Ticket], __: Report | None) -> Step | None:
    """A refusal that failed for another reason than permission does not count."""
    odd = next((t for t in tickets if t.want.mode is Mode.NEVER and t.in_session and t.stopped and not t.refused), None)
    return None if odd is None else Step(f"{odd.want.say}: the call fails for another reason.", "y", "says which")


def _graded(_: Play, __: Sequence[Ticket], report: Report | None) -> Step | None:
    if report is None:
        return Step("Every job works and every refusal holds.", "g", "grades it")
    if report.stars == 3:
        return Step("Three stars! It works, it is safe, and it will last.", "g", "prints your receipt")
    finding = report.findings[0]
    return Step(finding.what, "g", f"says more about star {report.stars + 1}, c gives a hint")


Rule = Callable[[Play, Sequence[Ticket], "Report | None"], "Step | None"]
RULES: tuple[Rule, ...] = (_tampered, _loose_end, _group, _job, _leak, _broken, _graded)
