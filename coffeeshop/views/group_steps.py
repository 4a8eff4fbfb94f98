"""The Next box's steps to the group that a failing job needs: make it, or add the user to it."""

from __future__ import annotations

from collections.abc import Sequence

from coffeeshop.account.iam_resources import Group, User
from coffeeshop.account.model import Call
from coffeeshop.lessons.model import Play, Report
from coffeeshop.policy.model import ExplicitlyDenied
from coffeeshop.shop.losses import fixes_a_job
from coffeeshop.shop.want import Ticket
from coffeeshop.views.failing_job import failing_job, in_part
from coffeeshop.views.loose_ends import (
    by_groups,
    meant_groups,
    required_groups,
    useful_groups,
)
from coffeeshop.views.step import (
    MAKES_GROUP,
    Fails,
    Failure,
    Step,
    joins,
    list_step,
    short,
    ticket_failure,
)
from coffeeshop.views.text import capital


def group_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step that makes the lesson's group or adds the failing user to it.

    Return None if no group is needed.
    """
    failing = failing_job(tickets)
    if failing is None or failing.missing or "iam create-group" not in play.scenario.calls:
        return None
    if not by_groups(play):
        return None
    made_groups = useful_groups(play)
    user = play.account.users.get(failing.want.who.lower())
    if user is not None and _has_named_group(play, user):
        return None
    if not made_groups:
        named = sorted(required_groups(play)) or play.scenario.named.groups
        missing = (name for name in named if name.lower() not in play.account.groups)
        group = next(missing, "")
        name = f" {short(group)}" if group else ""
        name_parameter = {"GroupName": group} if group else {}
        task = f"Create the group{name}, as the brief asks, to give it the permission"
        fails = Failure(Fails.TASK, task, failing.want.id)
        return list_step("", "groups", "", MAKES_GROUP, name_parameter, fails=fails)
    if user is not None and not {group.id for group in made_groups} & set(user.groups):
        name = made_groups[0].name
        message = f"{capital(short(user.name))} is not in the group {short(name)} yet:"
        return joins(message, name, user.name)
    return None


def _has_named_group(play: Play, user: User) -> bool:
    """Return whether a user is in a group that the story names and that isn't new. That group is for their jobs."""
    named_groups = {name.lower() for name in play.scenario.named.groups}
    first_groups = play.scenario.opening.groups
    return any(
        group.id in user.groups
        for name, group in first_groups.items()
        if name in named_groups
    )


def join_step(play: Play, tickets: Sequence[Ticket], _: Report | None) -> Step | None:
    """Return the step that adds a refused user to a group that allows the job. Return None if it doesn't apply.

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
        group
        for group in play.account.groups.values()
        if group.name in play.scenario.named.groups
    ]
    message = f"{capital(short(user.name))} is in {groups_text}."
    group_name = groups[0].name if len(groups) == 1 else ""
    return joins(message, group_name, user.name, ticket_failure(failing))


def _opened_by_joining(play: Play, failing: Ticket, user: User) -> list[Group]:
    """Return the meant groups that would make a failing job work for this user."""

    def opens(group: Group) -> bool:
        join = Call(
            "iam", "AddUserToGroup", {"GroupName": group.name, "UserName": user.name}
        )
        return fixes_a_job(play.account, failing, [join], play.now)

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
