"""Keep an account's event history: the calls that CloudTrail's LookupEvents finds.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.access.callers import WEB_IDENTITY
from coffeeshop.account.access.targets import target_of_outcome
from coffeeshop.account.events.event_names import is_data_event
from coffeeshop.account.history import History
from coffeeshop.account.model import (
    Account,
    Nobody,
    Outcome,
    Outsider,
    ServiceError,
)
from coffeeshop.account.persistent_map import SortedMap

# The codes of calls that AWS doesn't have, or that can't be made in this program.
UNKNOWN_CALLS = {"InvalidAction", "NotSimulated"}


def record_event(outcome: Outcome) -> Account:
    """Return the account after a call, with the call in its event history.

    A call on another simulated account that succeeded is in both histories.
    """
    account = outcome.account
    if not is_recorded(outcome):
        return account
    event = replace(outcome, account=_without_histories(account))
    account = replace(account, event_history=account.event_history.add(event))
    if not account.others or isinstance(outcome.answer, ServiceError):
        return account
    target_id = target_of_outcome(outcome)
    if target_id == account.id:
        return account
    target = account.others[target_id]
    target = replace(target, event_history=target.event_history.add(event))
    return replace(account, others=account.others.put(target_id, target))


def is_recorded(outcome: Outcome) -> bool:
    """Return whether the account's event history has a call.

    Data events aren't in it. A call whose credential no account knows belongs to nobody. A
    refused call of another account is only in that account's history.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    """
    call = outcome.act.call
    answer = outcome.answer
    if is_data_event(call):
        return False
    if not isinstance(answer, ServiceError):
        return True
    if answer.code in UNKNOWN_CALLS or isinstance(outcome.act.caller, Outsider):
        return False
    if call.operation in ("SignIn", WEB_IDENTITY):
        return True
    is_anonymous = isinstance(outcome.act.caller, Nobody)
    return not is_anonymous and answer.code not in errors.BAD_CREDENTIAL


def _without_histories(account: Account) -> Account:
    """Return the accounts without their event histories.

    An event keeps its account. With the history in it, every event would keep all events
    before it in one chain, and a long chain can't be freed: Python would nest too deeply.
    """
    if account.others:
        others = SortedMap(
            (id, replace(each, event_history=History()))
            for id, each in account.others.items()
        )
    else:
        others = account.others
    return replace(account, event_history=History(), others=others)
