"""Return whether calls would end or fix a job. Root makes them on a copy, and the jobs are run again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from coffeeshop.account.access.sessions import mint_credential
from coffeeshop.account.door import handle
from coffeeshop.account.model import Account, Act, Call
from coffeeshop.shop.mark import Mode
from coffeeshop.shop.serve import serve
from coffeeshop.shop.want import Ticket


def ends_a_job(
    account: Account, tickets: Iterable[Ticket], calls: Iterable[Call], at: datetime
) -> bool:
    """Return whether root's calls would break a job that works at `at`.

    The jobs are those of the tickets that succeeded. One that works only in another copy of the
    account, for people who don't exist in this one, doesn't count.
    """
    account_after = _account_after_calls(account, calls, at)
    jobs = (
        ticket.want
        for ticket in tickets
        if ticket.want.mode is Mode.MUST and ticket.has_succeeded
    )
    return any(
        not serve(account_after, job, at).has_succeeded
        and serve(account, job, at).has_succeeded
        for job in jobs
    )


def fixes_a_job(
    account: Account, failing: Ticket, calls: Iterable[Call], at: datetime
) -> bool:
    """Return whether the failed job of a ticket would work at `at` after root has made these calls."""
    return serve(_account_after_calls(account, calls, at), failing.want, at).has_succeeded


def _account_after_calls(account: Account, calls: Iterable[Call], at: datetime) -> Account:
    """Return a copy of the account after root made these calls."""
    account_after, root = mint_credential(account, account.root_arn, "key", at)
    for call in calls:
        account_after = handle(account_after, Act(at, root, call)).account
    return account_after
