"""What a form begins with: what Next names, else whom or what the shop's wishes mean; never all power by an enter too many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coffeeshop.account.access.identity_policies import find_managed_policy
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.iam_resources import Group
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket
from coffeeshop.views.loose_ends import by_groups, new
from coffeeshop.views.step import Step
from coffeeshop.views.things.dialog import Field, Form, opens_everything

JOINING = ("AddUserToGroup", "AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy")


def likely(form: Form, play: Play, tickets: Sequence[Ticket], step: Step) -> dict[str, str]:
    """Returns what stands in a form's fields at first, of things to choose from alone: what Next has named, where it leads
    to just this form; else who joins a group and which, on whom a policy is hung and which.
    """
    if led := _values_of_step(form, step):
        return led
    if form.deed.operation not in JOINING:
        return {}
    meant_entries = {
        field.member.name: _likely_choice(form, field, play, tickets)
        for field in form.fields
    }
    return {name: choice for name, choice in meant_entries.items() if choice}


def _values_of_step(form: Form, step: Step) -> dict[str, str]:
    deed = form.deed
    call = f"{deed.service} {OPERATIONS[deed.service, deed.operation].cli}"
    if call not in step.calls or any(
        step.values.get(name, value) != value for name, value in form.fixed.items()
    ):
        return {}
    named = {
        field.member.name: step.values.get(field.member.name, "") for field in form.fields
    }
    return {
        field.member.name: name
        for field in form.fields
        if (name := named[field.member.name]) in field.choices
    }


def _likely_choice(form: Form, field: Field, play: Play, tickets: Sequence[Ticket]) -> str:
    """Returns the choice that is meant; "" where none is, or where several groups or policies may be."""
    failing = [
        ticket.want
        for ticket in tickets
        if ticket.want.mode is Mode.MUST and ticket.mark is Mark.MISS
    ]
    match field.member.name:
        case "UserName" if "GroupName" in form.fixed:
            named = list(_joining(form, play, tickets))
        case "UserName":
            named = _user_names(play, (want.who for want in failing))
        case "RoleName":
            named = [want.via for want in failing if want.via]
        case "GroupName":
            named = _alone(group.name for group in _ours(play))
        case _:
            named = _alone(_own_policies(play))
    wide = find_managed_policy(play.account, str(form.fixed.get("PolicyArn", "")))
    if wide and wide.document.policy.allows_everything:
        fit = []
    else:
        fit = [name for name in named if name in field.choices]
    return next(iter(fit), "")


def _joining(form: Form, play: Play, tickets: Sequence[Ticket]) -> list[str]:
    """Who is to be in a group: an administrator where it opens everything, else whoever works, where only it is meant."""
    group = play.account.groups.get(str(form.fixed["GroupName"]).lower())
    if group and opens_everything(play.account, group):
        return _user_names(play, play.scenario.people.admins)
    ours = [each.name for each in _ours(play)]
    if group and ours == [group.name]:
        return _user_names(play, _workers(play, tickets))
    return []


def _user_names(play: Play, people: Iterable[str]) -> list[str]:
    return [user.name for person in people if (user := user_named(play.account, person))]


def _alone(names: Iterable[str]) -> list[str]:
    """The one there is; none of several."""
    found_names = list(names)
    return found_names if len(found_names) == 1 else []


def _own_policies(play: Play) -> Iterator[str]:
    """The ARNs of policies that the story names or that this play made, but those that open everything."""
    for arn, policy in play.account.policies.items():
        ours = (
            arn not in play.scenario.opening.policies or policy.name in play.scenario.story
        )
        if ours and not policy.document.policy.allows_everything:
            yield arn


def _ours(play: Play) -> list[Group]:
    """The groups that the story names or that this play made, but those that open everything."""
    groups = play.account.groups.values()
    story = play.scenario.story
    made_groups = new(groups, play.scenario.opening)
    full_groups = (group for group in groups if group in made_groups or group.name in story)
    return [group for group in full_groups if not opens_everything(play.account, group)]


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
