"""Run the tasks of the staff as real calls, with the credential that each person has in use.

A credential is used until AWS refuses it. Then the person signs in again and tries once more. A task's changes to the
shop's things last for the day. A task that changes IAM is only tried on a copy: policies and credentials are the
learner's. So is a task that makes something with a new name, because its next name would be another one. The
credentials that staff are lent for their work aren't in the account between tasks.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account.credentials import Credential
from coffeeshop.account.model import Account, Caller
from coffeeshop.shop.lost_credential import lost_credential, ticket_after_loss
from coffeeshop.shop.serve import (
    assumed_session_key,
    serve,
    serve_again,
    ticket_without_credential,
    usable_credentials,
)
from coffeeshop.shop.want import Ticket, Want

IAM_SERVICES = ("iam", "organizations", "sts", "console")  # services


class Staff:
    """The shop's staff: the credential that each person uses now, and the credentials that the shop lent them.

    `account_before_play` is the scenario's account before the learner changed it. None: unknown.
    `wants` are the shop's.
    """

    def __init__(
        self, account_before_play: Account | None = None, wants: tuple[Want, ...] = ()
    ) -> None:
        """Begin a day, on which nobody has used a credential yet."""
        self._account_before_play = account_before_play
        self._wants = wants
        self._credentials_in_use: dict[Hashable, Caller] = {}
        self._lent_credentials: dict[str, Credential] = {}

    def serve(self, account: Account, want: Want, at: datetime) -> tuple[Ticket, Account]:
        """Do a customer's task, and return its ticket and the account after it.

        Two kinds of tasks are only tried on a copy: one that changes identities, because users and policies are
        the learner's work, and one with a new name, which would be new only once. If such a task fails, it is
        tried with the sign-in from before the play as well: it may fail only because the learner has already done
        it by hand. New credentials are kept here as lent, and the account is returned without them.
        """
        if calls_identity_service(want) or want.has_new_name:
            return self._try_on_copy(account, want, at), account
        ticket = self._run_task(self._with_lent_credentials(account), want, at)
        if ticket.outcomes:
            after = ticket.outcomes[-1].account
        else:
            after = account
        new = (
            each for id, each in after.credentials.items() if id not in account.credentials
        )
        self._lent_credentials |= {each.id: each for each in new}
        return replace(ticket, want=want), replace(after, credentials=account.credentials)

    def _try_on_copy(self, account: Account, want: Want, at: datetime) -> Ticket:
        """Run a task, with the sign-in from before the play if it fails. The account is unchanged."""
        if ticket := self._ticket_after_loss(account, want):
            return ticket
        ticket = serve(account, want, at)
        if self._account_before_play is not None and not ticket.has_succeeded:
            return serve_again(account, self._account_before_play, ticket, at)
        return ticket

    def _ticket_after_loss(self, account: Account, want: Want) -> Ticket | None:
        """Return the ticket of a task whose person lost the credential for it in the play, or None.

        They are lent no other, as in the grade.
        """
        if self._account_before_play is None:
            return None
        lost = lost_credential(self._account_before_play, account, want, self._wants)
        return ticket_after_loss(want, *lost) if lost else None

    def _with_lent_credentials(self, account: Account) -> Account:
        """Return the account with the credentials that the shop lent, so that their sessions still work."""
        credentials = account.credentials
        for id, each in self._lent_credentials.items():
            credentials = credentials.put(id, each)
        return replace(account, credentials=credentials)

    def _run_task(self, account: Account, want: Want, at: datetime) -> Ticket:
        """Run a task with the credential that the person used last. If AWS refuses it, run it again with a new sign-in.

        The credential is remembered by person, kind of credential and role. For a job with a role it is
        the role's session, so the second run doesn't assume the role again.
        """
        timeless_want = replace(want, at=None, used=timedelta())
        key = (want.who, want.badge, want.via, want.minted)
        if caller := self._credentials_in_use.get(key):
            ticket = serve(account, replace(timeless_want, via=""), at, caller)
            if not ticket.was_refused:
                return ticket
        if ticket := self._ticket_after_loss(account, want):
            return ticket
        account_and_caller = next(usable_credentials(account, want, at), None)
        if account_and_caller is None:
            return ticket_without_credential(account, want)
        account, caller = account_and_caller
        ticket = serve(account, timeless_want, at, caller)
        if want.via:
            caller = assumed_session_key(ticket.outcomes[0])
        if caller:
            self._credentials_in_use[key] = caller
        return ticket


def calls_identity_service(want: Want) -> bool:
    """Return whether a job calls IAM, Organizations, STS or the console. Such a job is only tried on a copy."""
    return any(line.operation[0] in IAM_SERVICES for line in want.do)
