"""Predict what a call answers, where policies alone don't decide it.

Each function returns whether somebody who holds the misconception expects the call to succeed.
None: they expect what AWS answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

from coffeeshop.account.model import Account, Act

CallRule: TypeAlias = Callable[[Act, Account], "bool | None"]


def group_acts_like_user(act: Act, account: Account) -> bool | None:
    """Expect that a group can be a principal, be in a group and have a password."""
    user_name = act.call.text("UserName").lower()
    names_group = user_name in account.groups and user_name not in account.users
    return True if names_group or ":group/" in json.dumps(_texts(act)) else None


def _texts(act: Act) -> list[str]:
    """Return the parameters of a call that are texts, such as policies."""
    return [value for value in act.call.parameters.values() if isinstance(value, str)]


def inactive_key_is_gone(act: Act, account: Account) -> bool | None:
    """Expect that nobody can activate a key again."""
    is_activating = act.call.operation == "UpdateAccessKey"
    return False if is_activating and act.call.text("Status") == "Active" else None


def deleting_user_removes_rest(act: Act, account: Account) -> bool | None:
    """Expect that a user goes with their keys, groups, devices and policies."""
    return True if act.call.operation == "DeleteUser" else None
