"""Leaks through a stolen credential."""

from __future__ import annotations

from collections.abc import Sequence

from coffeeshop.account.credentials import Session
from coffeeshop.account.iam_resources import User
from coffeeshop.account.model import Account
from coffeeshop.shop.mark import Mark, Mode
from coffeeshop.shop.want import Ticket, Want


def stolen_leaks(account: Account, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Return the leaks through credentials that a thief holds. Sessions come last, since no call ends one."""
    leaks = [ticket for ticket in tickets if ticket.mark is Mark.LEAK]
    stolen = [leak for leak in leaks if is_stolen(account, tickets, leak)]
    return sorted(stolen, key=lambda leak: _is_session(account, leak.want))


def is_stolen(account: Account, tickets: Sequence[Ticket], ticket: Ticket) -> bool:
    """Return whether a ticket is tried with a credential that a thief holds."""
    return ticket.want.opening_credential is not None and is_theft(account, tickets)


def is_theft(account: Account, tickets: Sequence[Ticket]) -> bool:
    """Return whether a credential in other hands was stolen from a worker. One whose owner has no job is just outdated."""
    workers = {each.want.who.lower() for each in tickets if each.want.mode is Mode.MUST}
    return any(
        _credential_owner_name(account, ticket.want) in workers
        for ticket in tickets
        if ticket.want.opening_credential
    )


def _credential_owner_name(account: Account, want: Want) -> str:
    """Return the name of the user who owns the credential of a want, or who assumed its role, in lower case.

    Return "" if no user did.
    """
    credential = account.credential_of(want.opening_credential)
    if credential is None:
        return ""
    taker = credential.taker if isinstance(credential, Session) else ""
    owner = account.entity_by_id(taker or credential.owner)
    if isinstance(owner, User):
        return owner.name.lower()
    return ""


def _is_session(account: Account, want: Want) -> bool:
    """Return whether a want is tried with a session that was there at the start."""
    return isinstance(account.credential_of(want.opening_credential), Session)
