"""What a form begins with: what Next names, else whom or what the shop's wishes mean; never all power by an enter too many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.model import Group
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket
from coffeeshop.views.loose_ends import by_groups, new
from coffeeshop.views.step import Step
from coffeeshop.views.things.dialog import Field, Form, opens_everything


def likely(form: Form, play: Play, tickets: Sequence[Ticket], step: Step) -> dict[str, str]:
    """Returns what stands in a form's fields at first, of things to choose from alone: what Next has named, where it leads
    to just this form; else who joins a group, and which group somebody joins.
    """
    if led := _led(form, step):
        return led
    if form.deed.operation != "AddUserToGroup":
        return {}
    meant = {field.member.name: _meant(form, field, play, tickets) for field in form.fields}
    return {name: choice for name, choice in meant.items() if choice}


def _led(form: Form, step: Step) -> dict[str, str]:
    deed = form.deed
    call = f"{deed.service} {OPERATIONS[deed.service, deed.operation].cli}"
    if call not in step.calls or any(step.values.get(name, value) != value for name, value in form.fixed.items()):
        return {}
    named = {field.member.name: step.values.get(field.member.name, "") for field in form.fields}
    return {field.member.name: name for field in form.fields if (name := named[field.member.name]) in field.choices}


def _meant(form: Form, field: Field, play: Play, tickets: Sequence[Ticket]) -> str:
    """Returns the choice that is meant; "" where none is, or where several groups may be."""
    ours = [group.name for group in _ours(play)]
    if field.member.name == "GroupName":
        return ours[0] if len(ours) == 1 and ours[0] in field.choices else ""
    group = play.account.groups.get(str(form.fixed.get("GroupName", "")).lower())
    if group is None:
        return ""
    if opens_everything(play.account, group):
        who: Iterable[str] = play.scenario.people.admins
    else:
        who = _workers(play, tickets) if ours == [group.name] else ()
    named = (user.name for each in who if (user := user_named(play.account, each)))
    return next((name for name in named if name in field.choices), "")


def _ours(play: Play) -> list[Group]:
    """The groups that the story names or that this play made, but those that open everything."""
    made, account = new(play.account.groups.values(), play.scenario.opening), play.account
    told = (group for group in account.groups.values() if group in made or group.name in play.scenario.story)
    return [group for group in told if not opens_everything(account, group)]


def _workers(play: Play, tickets: Sequence[Ticket]) -> Iterator[str]:
    """Who has a job, as the brief orders them: first those who cannot do it yet, then, where the brief wants policies on
    groups, those who do it by a policy of their own.
    """
    jobs = [ticket for ticket in tickets if ticket.want.mode is Mode.MUST]
    yield from (ticket.want.who for ticket in jobs if ticket.mark is Mark.MISS)
    for ticket in jobs if by_groups(play) else ():
        user = user_named(play.account, ticket.want.who)
        if user and (user.inline or user.attached):
            yield user.name
