"""DynamoDB's items: put, read, changed and deleted one by one."""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account.access.attribute_values import (
    Item,
    invalid_values,
    read_item,
    validation_exception,
)
from coffeeshop.account.model import Account, Act, Call, Reply
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.dynamodb.expressions import (
    read_projection,
    set_assignments,
)
from coffeeshop.account.services.dynamodb.keys import check_item, check_key, key_text
from coffeeshop.account.services.dynamodb.lookups import named_table, with_table

OPERATIONS = Operations()


@OPERATIONS.add("GetItem")
def get_item(account: Account, act: Act) -> Change:
    """Read an item, or the attributes of it that a ProjectionExpression names."""
    call = act.call
    table = named_table(account, call)
    project = read_projection(call, ())
    key = read_item(call, "Key")
    check_key(table, key)
    item = project(table.items.get(key_text(table, key)) or {})
    if item:
        body = {"Item": item}
    else:
        body = {}
    return account, Reply(body)


def _attributes_reply(attributes: Item) -> Reply:
    return Reply({"Attributes": attributes} if attributes else {})


def _old_item_reply(call: Call, old_item: Item | None) -> Reply:
    """Return the old item, as PutItem and DeleteItem show it, if ReturnValues asks for it."""
    match call.text("ReturnValues", "NONE"):
        case "NONE":
            return Reply({})
        case "ALL_OLD":
            return _attributes_reply(old_item or {})
        case _:
            raise validation_exception("Return values set to invalid value")


@OPERATIONS.add("PutItem")
def put_item(account: Account, act: Act) -> Change:
    """Store an item, and overwrite one with the same key."""
    table = named_table(account, act.call)
    item = read_item(act.call, "Item")
    check_item(table, item)
    key = key_text(table, item)
    answer = _old_item_reply(act.call, table.items.get(key))
    return with_table(account, replace(table, items=table.items.put(key, item))), answer


@OPERATIONS.add("DeleteItem")
def delete_item(account: Account, act: Act) -> Change:
    """Delete an item. Deleting an item that doesn't exist succeeds."""
    table = named_table(account, act.call)
    key = read_item(act.call, "Key")
    check_key(table, key)
    item = table.items.get(key_text(table, key))
    answer = _old_item_reply(act.call, item)
    if item:
        table = replace(table, items=table.items.drop(key_text(table, key)))
    return with_table(account, table), answer


@OPERATIONS.add("UpdateItem")
def update_item(account: Account, act: Act) -> Change:
    """Update an item by `SET a = :x[, b = :y]`; other expressions aren't simulated (our
    choice).
    """
    call = act.call
    table = named_table(account, call)
    key = read_item(call, "Key")
    sets = set_assignments(call)
    for key_attribute in table.keys:
        if key_attribute.name in sets:
            text = f"Cannot update attribute {key_attribute.name}. This attribute is part of the key"
            raise invalid_values(text)
    check_key(table, key)
    item_key = key_text(table, key)
    old = table.items.get(item_key) or {}
    new = {**(old or key), **sets}
    scope, _, age = call.text("ReturnValues", "NONE").partition("_")
    item = {"OLD": old, "NEW": new}.get(age, {})
    answer = _attributes_reply(
        {name: value for name, value in item.items() if scope == "ALL" or name in sets}
    )
    return with_table(account, replace(table, items=table.items.put(item_key, new))), answer
