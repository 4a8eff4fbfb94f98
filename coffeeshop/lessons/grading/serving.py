"""How the jobs and refusals of a scenario are tried in a play: by whom, with which badge, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from coffeeshop.account.access.callers import calling_user
from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.formerly import name_before
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import active_keys, serve, serve_again, user_named
from coffeeshop.shop.want import Ticket, Want, named


def serve_want(play: Play, account: Account, want: Want) -> Ticket:
    """Returns one run in a copy of the play's account; of a job that was done already in play, with the badge as the scenario
    had it, so that it can be done once more. Nobody does the job of whoever they are called after.
    """
    if want.mode is Mode.MUST and (was := former_name(play, want.who)):
        return Ticket(want, missing=f"{want.who} is {was} under another name")
    if want.mode is Mode.MUST and (lost := _lost_credential(play, want)):
        return Ticket(want, missing=f"{want.who} has no longer {lost}")
    ticket = serve(account, want, _time_to_try(play, account, want))
    if want.mode is Mode.MUST and not ticket.allowed and play.outcomes:
        return serve_again(account, play.scenario.opening, ticket, play.now)
    return ticket


# ------------------------------------------------------------------ names that are drawn
TOLD_APART = (
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
    "s3:existingobjecttag/",
    "s3:requestobjecttag/",
)
NAME = re.compile(r"[\w.-]+")


def tickets_under_other_names(
    play: Play, account: Account, ticket: Ticket, names: Mapping[str, str]
) -> Iterator[Ticket]:
    """Yields a job that works on a name that was drawn, tried under each name that a policy tells apart by a tag: it is for any."""
    which = ticket.want.mode, ticket.want.id
    asked = next(want for want in play.scenario.wants if (want.mode, want.id) == which)
    drawn = any("{newname}" in line for line in asked.do)
    if asked.mode is Mode.MUST and ticket.allowed and drawn:
        for name in dict.fromkeys(_names_told_apart(ticket)):
            yield serve_want(play, account, named(asked, {**names, "newname": name}))


def _names_told_apart(ticket: Ticket) -> Iterator[str]:
    """Names that fit what conditions say of tags, in all that bears on who does a job; and one that is as short as can be."""
    decisions = (decision for outcome in ticket.outcomes for decision in outcome.decisions)
    policies = (
        policy
        for one in decisions
        for layer in one.standing.layers
        for policy in layer.policies
    )
    for condition in (
        c
        for policy in policies
        for statement in policy.statements
        for c in statement.conditions
    ):
        if condition.key.lower().startswith(TOLD_APART) and condition.operator != "Null":
            fitting = (
                value.replace("*", "x").replace("?", "x") for value in condition.values
            )
            yield from filter(NAME.fullmatch, (*fitting, "x"))


# ------------------------------------------------------------------ what is shown
# What a badge is shown by, each by any of its kinds, and how that is called
SHOWN_BY: Mapping[str, tuple[tuple[frozenset[str], str], ...]] = {
    "key": ((frozenset({"key"}), "a working key"),),
    "password": ((frozenset({"password"}), "a password to sign in with"),),
    "code": (
        (frozenset({"device"}), "a device for codes"),
        (frozenset({"password", "key"}), "a password, or a key, to show with a code"),
    ),
}


def _lost_credential(play: Play, want: Want) -> str:
    """Returns what somebody had before the play to show, as a job asks for it, and has no more: no badge is minted for that.
    Nothing, if that is not so, nor of a code for whoever had no device to show one.
    """
    was = user_named(play.scenario.opening, want.who)
    now = user_named(play.account, want.who)
    if was is None or now is None:
        return ""
    had = _credential_kinds(play.scenario.opening, was)
    has = _credential_kinds(play.account, now)
    if want.badge == "code" and "device" not in had:
        return ""
    if "change-password" in " ".join(want.do) and _lost_password(play, was, now):
        return "the password that the job begins with"
    asked = SHOWN_BY.get(want.badge, ())
    return next((called for kinds, called in asked if had & kinds and not has & kinds), "")


def _lost_password(play: Play, was: User, now: User) -> bool:
    """Whether somebody was given another password, and did not choose it: whoever changed it themselves did that job."""
    if (
        was.login is None
        or now.login is None
        or was.login.history[0] == now.login.history[0]
    ):
        return False
    changes = play.outcomes_of(lambda act: act.call.operation == "ChangePassword")
    callers = (
        calling_user(one.account, one.act.caller) for one in changes if one.has_succeeded
    )
    return all(caller is None or caller.id != now.id for caller in callers)


def _credential_kinds(account: Account, user: User) -> frozenset[str]:
    """What somebody has to show."""
    there = {
        "password": user.login,
        "key": active_keys(account, user.id),
        "device": account.devices_of(user.id),
    }
    return frozenset(kind for kind, held in there.items() if held)


def _time_to_try(play: Play, account: Account, want: Want) -> datetime:
    """When a want is tried: now; by a session that somebody else held when the play began, and that has ended since, at its
    last moment: whoever waits for its end has refused it nothing.
    """
    now, began = play.now, play.scenario.now
    found = account.credential_of(want.held)
    if isinstance(found, Session) and began < found.expires <= now:
        return max(began, found.expires - timedelta(seconds=1))
    return now


def former_name(play: Play, who: str) -> str:
    """Returns what whoever goes by this name now was called before the play, if that was another name; else nothing."""
    user = user_named(play.account, who)
    was = name_before(play.scenario.opening, user) if user else ""
    if user and was.lower() != user.name.lower():
        return was
    return ""
