"""Everybody at work: each task is a real call, by the badge that whoever does it has in hand.

A badge is shown once and used until AWS refuses it: then it is shown anew, as people sign in again, and asked once more.
What a task does to things of the shop lasts for the day. What it would change of who may do what is only tried: policies
are the learner's.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account.model import Account, Caller
from coffeeshop.shop.serve import absence, present, serve, worn_key
from coffeeshop.shop.want import Ticket, Want

IDENTITIES = ("aws iam ", "aws organizations ", "aws sts ", "console ")


class Staff:
    """The badges in hand, by who shows them and in which role."""

    def __init__(self) -> None:
        self._in_hand: dict[Hashable, Caller] = {}

    def serve(self, account: Account, want: Want, at: datetime) -> tuple[Ticket, Account]:
        """Returns what came of a task, and the account after it."""
        if is_rehearsed(want):
            return serve(account, want, at), account
        whole = replace(want, at=None, used=timedelta())
        key = (want.who, want.badge, want.via, want.minted)
        if caller := self._in_hand.get(key):
            ticket = serve(account, replace(whole, via=""), at, caller)
            if not ticket.refused:
                return _told(want, ticket, account)
        shown = next(present(account, want, at), None)
        if shown is None:
            return Ticket(want, missing=absence(account, want)), account
        account, caller = shown
        ticket = serve(account, whole, at, caller)
        if want.via:
            caller = worn_key(ticket.outcomes[0])
        if caller:
            self._in_hand[key] = caller
        return _told(want, ticket, account)


def is_rehearsed(want: Want) -> bool:
    """Tells whether a job would change who may do what, so that it is only tried, on a copy."""
    return any(line.startswith(IDENTITIES) for line in want.do)


def _told(want: Want, ticket: Ticket, account: Account) -> tuple[Ticket, Account]:
    after = ticket.outcomes[-1].account if ticket.outcomes else account
    return replace(ticket, want=want), after
