"""How the jobs and refusals of a scenario are tried in a play: by whom, with which badge, and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Account, Key
from coffeeshop.lessons.grading.formerly import was_called, with_old_badge
from coffeeshop.lessons.model import Play
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import serve, user_named
from coffeeshop.shop.want import Ticket, Want


def served(play: Play, account: Account, want: Want) -> Ticket:
    """Returns one run in a copy of the play's account; of a job that was done already in play, with the badge as the scenario
    had it, so that it can be done once more. Nobody does the job of whoever they are called after.
    """
    if want.mode is Mode.MUST and (was := posing(play, want.who)):
        return Ticket(want, missing=f"{want.who} is {was} under another name")
    if want.mode is Mode.MUST and (lost := _lost(play, want)):
        return Ticket(want, missing=f"{want.who} has no longer {lost}")
    ticket = serve(account, want, _while_it_lives(play, account, want))
    if want.mode is Mode.MUST and not ticket.allowed and play.outcomes:
        again = serve(with_old_badge(account, play.scenario.opening, want.who), want, play.now)
        return again if again.allowed else ticket
    return ticket


def _lost(play: Play, want: Want) -> str:
    """Returns what somebody had before the play to sign in with, as a job asks for it, and has no more: no badge is minted for
    that. Nothing, if that is not so. Beside a device, a password that nobody used may go, since a key opens with a code, too.
    """
    was, now = user_named(play.scenario.opening, want.who), user_named(play.account, want.who)
    if was is None or now is None:
        return ""
    if want.badge == "password" and was.login and not now.login:
        return "a password to sign in with"
    had_phone = want.badge == "code" and play.scenario.opening.devices_of(was.id)
    return "a device for codes" if had_phone and not play.account.devices_of(now.id) else ""


def _while_it_lives(play: Play, account: Account, want: Want) -> datetime:
    """When a want is tried: now; by a session that somebody else held when the play began, and that has ended since, at its
    last moment: whoever waits for its end has refused it nothing.
    """
    now, began = play.now, play.scenario.now
    found = account.credentials.get(want.held.id) if isinstance(want.held, Key) else None
    if isinstance(found, Session) and began < found.expires <= now:
        return max(began, found.expires - timedelta(seconds=1))
    return now


def posing(play: Play, who: str) -> str:
    """Returns what whoever goes by this name now was called before the play, if that was another name; else nothing."""
    user = user_named(play.account, who)
    was = was_called(play.scenario.opening, user) if user else ""
    return was if user and was.lower() != user.name.lower() else ""
