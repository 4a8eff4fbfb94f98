"""Tell which account owns what a call is about."""

from __future__ import annotations

from collections.abc import Iterable

from coffeeshop.account.model import Account, Call, Outcome
from coffeeshop.policy.model import Request

# Services whose calls can act on resources of another account.
CROSS_ACCOUNT = {"sts", "s3", "kms", "sqs"}


def target_account_id(account: Account, call: Call, requests: Iterable[Request]) -> str:
    """Return the id of the account that owns the role, the bucket, the key or the queue of a call."""
    if call.service in CROSS_ACCOUNT:
        for request in requests:
            is_own_action = request.action.startswith(f"{call.service}:")
            if is_own_action and request.account in account.others:
                return request.account
    return account.id


def target_of_outcome(outcome: Outcome) -> str:
    """Return the id of the account that owns what a call was about."""
    requests = (decision.request for decision in outcome.decisions)
    return target_account_id(outcome.account, outcome.act.call, requests)
