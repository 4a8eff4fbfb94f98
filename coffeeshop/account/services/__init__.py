"""What each operation does once it is allowed, a module for each service."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.policy.model import Standing

Change: TypeAlias = tuple[Account, Reply]  # the account after the call, and the answer
Apply: TypeAlias = Callable[[Account, Standing, Act], Change]
DONE = Reply({})
