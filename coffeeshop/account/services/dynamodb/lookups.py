"""Find a table that a call names, and put it back into the account."""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account.access.data_requests import table_name
from coffeeshop.account.model import Account, Call, ServiceError
from coffeeshop.account.resources import Table


def named_table(account: Account, call: Call, name_clause: str = "") -> Table:
    """Return the table that the call names. Raise ResourceNotFoundException.

    `name_clause` adds the name to the refusal, as AWS does for operations on the table
    itself.
    """
    name = table_name(call)
    if (table := account.tables.get(name)) is None:
        raise ServiceError(
            "ResourceNotFoundException",
            f"Requested resource not found{name_clause.format(name=name)}",
        )
    return table


def with_table(account: Account, table: Table) -> Account:
    """Return the account with a table put into it."""
    return replace(account, tables=account.tables.put(table.name, table))
