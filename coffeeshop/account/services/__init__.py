"""What each operation does once it is allowed, a module for each service."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeAlias

from coffeeshop.account.model import Account, Act, Reply
from coffeeshop.policy.model import Standing

Change: TypeAlias = tuple[Account, Reply]  # the account after the call, and the answer
Apply: TypeAlias = Callable[[Account, Act, Standing], Change]
Handler: TypeAlias = Callable[[Account, Act], Change]
EMPTY_REPLY = Reply({})


class Operations(dict[str, Apply]):
    """The operations of a module by AWS's names, with the functions that carry them out."""

    def add(self, *names: str) -> Callable[[Handler], Handler]:
        """Return a decorator that registers a function for the operations of these names."""

        def register(handler: Handler) -> Handler:
            @wraps(handler)
            def apply(account: Account, act: Act, standing: Standing) -> Change:
                return handler(account, act)

            self.update(dict.fromkeys(names, apply))
            return handler

        return register

    def add_with_standing(self, *names: str) -> Callable[[Apply], Apply]:
        """Return a decorator like `add`, for a function that also needs the caller's standing."""

        def register(handler: Apply) -> Apply:
            self.update(dict.fromkeys(names, handler))
            return handler

        return register
