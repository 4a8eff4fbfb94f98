"""The account's alias, which people can sign in with instead of its id.

https://docs.aws.amazon.com/IAM/latest/UserGuide/console_account-alias.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors
from coffeeshop.account.model import Account, Act
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.paging import list_page

OPERATIONS = Operations()


@OPERATIONS.add("CreateAccountAlias")
def create_account_alias(account: Account, act: Act) -> Change:
    """Set the account's alias, which replaces an earlier one."""
    alias = act.call.text("AccountAlias")
    if alias == account.alias:
        raise errors.entity_already_exists("alias", alias)
    account = replace(account, alias=alias)
    return account, EMPTY_REPLY


@OPERATIONS.add("ListAccountAliases")
def list_account_aliases(account: Account, act: Act) -> Change:
    if account.alias:
        aliases = (account.alias,)
    else:
        aliases = ()
    page = list_page(act.call, "AccountAliases", aliases, lambda alias: alias)
    return account, page


@OPERATIONS.add("DeleteAccountAlias")
def delete_account_alias(account: Account, act: Act) -> Change:
    alias = act.call.text("AccountAlias")
    if alias != account.alias:
        raise errors.no_such_entity("alias", alias)
    account = replace(account, alias="")
    return account, EMPTY_REPLY
