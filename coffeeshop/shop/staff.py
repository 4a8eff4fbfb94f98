"""Run the tasks of the staff as real calls, with the credential that each person has in use.

A credential is used until AWS refuses it. Then the person signs in again and tries once more. A task's changes to the
shop's things last for the day. A task that changes IAM is only tried on a copy: policies and credentials are the
learner's. The credentials that staff are lent for their work aren't in the account between tasks.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account.credentials import Credential
from coffeeshop.account.model import Account, Caller
from coffeeshop.shop.serve import (
    absent_ticket,
    assumed_session_key,
    serve,
    serve_again,
    usable_credentials,
)
from coffeeshop.shop.want import Ticket, Want

IDENTITIES = ("iam", "organizations", "sts", "console")  # services


class Staff:
    """The credentials in use by person and role, and the lent credentials."""

    def __init__(self, began: Account | None = None) -> None:
        self._began = began
        self._known_callers: dict[Hashable, Caller] = {}
        self._lent: dict[str, Credential] = {}

    def serve(self, account: Account, want: Want, at: datetime) -> tuple[Ticket, Account]:
        """Return the ticket of a task, and the account after it."""
        if is_rehearsed(want):
            ticket = serve(account, want, at)
            if self._began is not None and not ticket.has_succeeded:
                ticket = serve_again(account, self._began, ticket, at)
            return ticket, account
        ticket = self._serve(self._with_lent(account), want, at)
        if ticket.outcomes:
            after = ticket.outcomes[-1].account
        else:
            after = account
        new = (
            each for id, each in after.credentials.items() if id not in account.credentials
        )
        self._lent |= {each.id: each for each in new}
        return replace(ticket, want=want), replace(after, credentials=account.credentials)

    def _with_lent(self, account: Account) -> Account:
        """Return the account with the lent credentials."""
        credentials = account.credentials
        for id, each in self._lent.items():
            credentials = credentials.put(id, each)
        return replace(account, credentials=credentials)

    def _serve(self, account: Account, want: Want, at: datetime) -> Ticket:
        """Return the ticket of a task with the credential in use. If AWS refuses it, use a new one."""
        timeless_want = replace(want, at=None, used=timedelta())
        key = (want.who, want.badge, want.via, want.minted)
        if caller := self._known_callers.get(key):
            ticket = serve(account, replace(timeless_want, via=""), at, caller)
            if not ticket.was_refused:
                return ticket
        account_and_caller = next(usable_credentials(account, want, at), None)
        if account_and_caller is None:
            return absent_ticket(account, want)
        account, caller = account_and_caller
        ticket = serve(account, timeless_want, at, caller)
        if want.via:
            caller = assumed_session_key(ticket.outcomes[0])
        if caller:
            self._known_callers[key] = caller
        return ticket


def is_rehearsed(want: Want) -> bool:
    """Return whether a job would change IAM, so that it is only tried on a copy."""
    return any(line.operation[0] in IDENTITIES for line in want.do)
