"""The first values of a form: the names in the Next step, or the names that the failing jobs suggest.

A form never begins with a value that allows everything, so that a hasty Enter can't grant it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coffeeshop.account.access.identity_policies import (
    find_managed_policy,
    opens_everything,
)
from coffeeshop.account.iam_resources import Group
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.serve import user_named
from coffeeshop.shop.want import Ticket
from coffeeshop.views.loose_ends import by_groups, meant_groups
from coffeeshop.views.step import Step
from coffeeshop.views.things.dialog import Field, Form

GRANTING_OPERATIONS = (
    "AddUserToGroup",
    "AttachUserPolicy",
    "AttachGroupPolicy",
    "AttachRolePolicy",
)


def likely_values(
    form: Form, play: Play, tickets: Sequence[Ticket], step: Step
) -> dict[str, str]:
    """Return the values that a form's choice fields most likely need, by parameter name, to fill them in.

    They come from the Next box's suggestion, if it leads to this form. Otherwise forms that join a
    group or attach a policy begin with a likely user, role, group or policy.
    """
    if led := _values_of_step(form, step):
        return led
    if form.action.operation not in GRANTING_OPERATIONS:
        return {}
    meant_entries = {
        field.member.name: _likely_choice(form, field, play, tickets)
        for field in form.fields
    }
    return {name: choice for name, choice in meant_entries.items() if choice}


def _values_of_step(form: Form, step: Step) -> dict[str, str]:
    """Return the values of the Next step that the form offers. Empty: the step leads elsewhere."""
    if form.action.operations[0] not in step.deed.operations or any(
        step.values.get(name, value) != value for name, value in form.fixed.items()
    ):
        return {}
    values = {
        field.member.name: step.values.get(field.member.name, "") for field in form.fields
    }
    return {
        field.member.name: name
        for field in form.fields
        if (name := values[field.member.name]) in field.choices
    }


def _likely_choice(form: Form, field: Field, play: Play, tickets: Sequence[Ticket]) -> str:
    """Return the likely value of a field. Return "" if there is none, or there are several groups or policies."""
    failing = [
        ticket.want
        for ticket in tickets
        if ticket.want.mode is Mode.MUST and ticket.mark is Mark.MISS
    ]
    match field.member.name:
        case "UserName" if "GroupName" in form.fixed:
            named = list(_likely_members(form, play, tickets))
        case "UserName":
            named = _user_names(play, (want.who for want in failing))
        case "RoleName":
            jobs_roles = [want.via for want in failing if want.via]
            named = jobs_roles or _single_name(play.scenario.named.roles)
        case "GroupName":
            named = _single_name(group.name for group in _own_groups(play))
        case _:
            named = _single_name(_own_policies(play))
    wide = find_managed_policy(play.account, str(form.fixed.get("PolicyArn", "")))
    if wide and wide.document.policy.allows_everything:
        fit = []
    else:
        fit = [name for name in named if name in field.choices]
    return next(iter(fit), "")


def _likely_members(form: Form, play: Play, tickets: Sequence[Ticket]) -> list[str]:
    """Return the likely users to add to a group: administrators if it allows everything, otherwise the workers.

    []: there are several groups, so it isn't clear which of them is for the workers.
    """
    group = play.account.groups.get(str(form.fixed["GroupName"]).lower())
    if group and opens_everything(play.account, group):
        return _user_names(play, play.scenario.people.admins)
    ours = [each.name for each in _own_groups(play)]
    if group and ours == [group.name]:
        return _user_names(play, _workers(play, tickets))
    return []


def _user_names(play: Play, people: Iterable[str]) -> list[str]:
    """Return the names of these people who are users of the account."""
    return [user.name for person in people if (user := user_named(play.account, person))]


def _single_name(names: Iterable[str]) -> list[str]:
    """Return the names if there is exactly one, otherwise an empty list."""
    found_names = list(names)
    return found_names if len(found_names) == 1 else []


def _own_policies(play: Play) -> Iterator[str]:
    """Yield the ARNs of the policies that the story names or this play made. Skip those that allow everything."""
    for arn, policy in play.account.policies.items():
        ours = (
            arn not in play.scenario.opening.policies
            or policy.name in play.scenario.named.policies
        )
        if ours and not policy.document.policy.allows_everything:
            yield arn


def _own_groups(play: Play) -> list[Group]:
    """Return the groups that the story names or this play made. Skip those that allow everything."""
    return [
        group for group in meant_groups(play) if not opens_everything(play.account, group)
    ]


def _workers(play: Play, tickets: Sequence[Ticket]) -> Iterator[str]:
    """Yield the people with a job: first those whose job fails, then those who work by a policy of their own.

    The latter come only if the brief wants policies on groups.
    """
    jobs = [ticket for ticket in tickets if ticket.want.mode is Mode.MUST]
    yield from (ticket.want.who for ticket in jobs if ticket.mark is Mark.MISS)
    for ticket in jobs if by_groups(play) else ():
        user = user_named(play.account, ticket.want.who)
        if user and (user.inline or user.attached):
            yield user.name
