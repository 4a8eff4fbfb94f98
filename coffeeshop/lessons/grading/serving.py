"""How the jobs and refusals of a scenario are tried in a play: by whom, with which
credential, and when.
"""

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
from coffeeshop.policy.model import Values
from coffeeshop.shop.lost_credential import lost_credential, ticket_after_loss
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import serve, serve_again, user_named
from coffeeshop.shop.want import Lack, Ticket, Want, with_names


def serve_want(play: Play, account: Account, want: Want) -> Ticket:
    """Return one run of a want (a job or refusal) in a copy of the play's account.

    A job such as changing one's password fails if the learner has done it already, so it is
    then tried with the sign-in of before the play. A user who took over another's name
    doesn't do their job.
    """
    if want.mode is Mode.MUST and (real_name := former_name(play, want.who)):
        return Ticket(want, missing=f"{want.who} is {real_name} under another name")
    if want.mode is Mode.MUST and (lost_credential := _lost_credential(play, want)):
        return ticket_after_loss(want, *lost_credential)
    ticket = serve(account, want, _time_to_try(play, account, want))
    if want.mode is Mode.MUST and not ticket.has_succeeded and play.outcomes:
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
NAME_PATTERN = re.compile(r"[\w.-]+")


def tickets_under_other_names(
    play: Play, account: Account, ticket: Ticket, names: Mapping[str, str]
) -> Iterator[Ticket]:
    """Yield runs of a job on a drawn name, with other names in its place.

    A job for any new thing must work for each name. So it is run with the names that a tag
    condition of a policy matches, and with a very short one.
    """
    want_key = ticket.want.mode, ticket.want.id
    want_as_written = next(
        want for want in play.scenario.wants if (want.mode, want.id) == want_key
    )
    drawn = any("{newname}" in line.text for line in want_as_written.do)
    if want_as_written.mode is Mode.MUST and ticket.has_succeeded and drawn:
        for name in dict.fromkeys(_names_told_apart(ticket)):
            yield serve_want(
                play, account, with_names(want_as_written, {**names, "newname": name})
            )


def _names_told_apart(ticket: Ticket) -> Iterator[str]:
    """Yield names that the tag conditions of the policies behind a job match: they may treat such a
    name differently.
    """
    decisions = (decision for outcome in ticket.outcomes for decision in outcome.decisions)
    policies = (
        policy
        for decision in decisions
        for layer in decision.standing.layers
        for policy in layer.policies
    )
    for policy in policies:
        for statement in policy.statements:
            for condition in statement.conditions:
                is_of_tag = condition.key.lower().startswith(TOLD_APART)
                if is_of_tag and condition.operator != "Null":
                    yield from filter(
                        NAME_PATTERN.fullmatch, _matching_names(condition.values)
                    )


def _matching_names(patterns: Values) -> Iterator[str]:
    """Yield a name that each pattern matches, and the shortest name."""
    for pattern in patterns:
        yield pattern.replace("*", "x").replace("?", "x")
    yield "x"


# ------------------------------------------------------------------ lost credentials
def _lost_credential(play: Play, want: Want) -> tuple[Lack, str] | None:
    """Return the kind of credential that a job needs and its user lost in the play, with
    its name, or None.

    The trial mints no credential in place of one that the learner took away.
    """
    former_user = user_named(play.scenario.opening, want.who)
    user = user_named(play.account, want.who)
    if former_user is None or user is None:
        return None
    old_password = password_to_change(want)
    if old_password and _lost_password(play, former_user, user):
        return Lack.OLD_PASSWORD, f"the password {old_password}, which this job changes"
    return lost_credential(play.scenario.opening, play.account, want, play.scenario.wants)


def password_to_change(want: Want) -> str:
    """Return the password that a job replaces with a new one. "": the job changes none."""
    typed = (
        line.command.word("--old-password")
        for line in want.do
        if line.operation[1] == "ChangePassword"
    )
    return next(filter(None, typed), "")


def _lost_password(play: Play, former_user: User, user: User) -> bool:
    """Tell whether another principal set a new password for the user, so the old one fails."""
    if (
        former_user.login is None
        or user.login is None
        or former_user.login.history[0] == user.login.history[0]
    ):
        return False
    changes = play.outcomes_of(lambda act: act.call.operation == "ChangePassword")
    callers = (
        calling_user(outcome.account, outcome.act.caller)
        for outcome in changes
        if outcome.has_succeeded
    )
    return all(caller is None or caller.id != user.id for caller in callers)


def _time_to_try(play: Play, account: Account, want: Want) -> datetime:
    """Return when a want (a job or refusal) is tried: now.

    A refusal to a stolen session that has expired since the play began is tried at the
    session's last moment. Otherwise it would be enough to wait until the session ends.
    """
    at = play.now
    began = play.scenario.now
    credential = account.credential_of(want.opening_credential)
    if isinstance(credential, Session) and began < credential.expires <= at:
        return max(began, credential.expires - timedelta(seconds=1))
    return at


def former_name(play: Play, name: str) -> str:
    """Return the name that a user had before the play, if it was another; else "".

    So a renamed principal neither gains nor loses a job.
    """
    user = user_named(play.account, name)
    if user:
        name_then = name_before(play.scenario.opening, user)
    else:
        name_then = ""
    if user and name_then.lower() != user.name.lower():
        return name_then
    return ""
