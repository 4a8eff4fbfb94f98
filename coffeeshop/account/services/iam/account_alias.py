"""The account's alias: what may stand for its number where people sign in.

https://docs.aws.amazon.com/IAM/latest/UserGuide/console_account-alias.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.model import Account, Act
from coffeeshop.account.services import DONE, Apply, Change
from coffeeshop.account.services.paging import page
from coffeeshop.policy.model import Standing


def create(account: Account, who: Standing, act: Act) -> Change:
    """Names the account; there is one alias, and a new one takes the place of the old."""
    alias = act.call.text("AccountAlias")
    if alias == account.alias:
        raise errors.exists("alias", alias)
    return replace(account, alias=alias), DONE


def list_all(account: Account, who: Standing, act: Act) -> Change:
    held = (account.alias,) if account.alias else ()
    return account, page(act.call, "AccountAliases", held, lambda alias: alias)


def delete(account: Account, who: Standing, act: Act) -> Change:
    alias = act.call.text("AccountAlias")
    if alias != account.alias:
        raise errors.missing("alias", alias)
    return replace(account, alias=""), DONE


OPERATIONS: Mapping[str, Apply] = {
    "CreateAccountAlias": create,
    "ListAccountAliases": list_all,
    "DeleteAccountAlias": delete,
}
