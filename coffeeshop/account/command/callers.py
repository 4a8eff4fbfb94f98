"""Whom a call means that names nobody: whoever makes it, which in a script of root's acts would be the reader."""

from __future__ import annotations

from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.credentials import Session
from coffeeshop.account.model import Account, Call, Key, Outcome


def is_root(account: Account, id: str) -> bool:
    """Tells whether a credential is the root user's."""
    found = account.credentials.get(id)
    federated = isinstance(found, Session) and found.kind == "Federation"
    return found is not None and found.owner == account.id and not federated


def roots_own(outcome: Outcome) -> bool:
    """Tells whether IAM takes root to mean itself: CreateAccessKey without a user's name.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
    """
    act = outcome.act
    root = isinstance(act.caller, Key) and is_root(outcome.account.home_of(act.caller), act.caller.id)
    return root and act.call.service == "iam" and personal(act.call)


def personal(call: Call) -> bool:
    """Tells whether a call means whoever makes it."""
    row = OPERATIONS.get((call.service, call.operation))
    user = row.input.member("UserName") if row else None
    own = user is not None and not user.required and "UserName" not in call.parameters
    return own or call.service == "sts" or call.operation == "ChangePassword"
