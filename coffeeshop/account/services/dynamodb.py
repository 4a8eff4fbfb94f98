"""DynamoDB: tables with one hash key, and items.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import cast

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.attribute_values import (
    Item,
    expression_pairs,
    projected_names,
    read_item,
    validation_exception,
)
from coffeeshop.account.access.data_requests import table_name
from coffeeshop.account.errors import service_error
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Table
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.tagging import add_tags, remove_tags, tag_list
from coffeeshop.account.values import Json, JsonObject

OPERATIONS = Operations()


def _named_table(account: Account, call: Call, name_clause: str = "") -> Table:
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


NO_TABLE = ": Table: {name} not found"
TAG_PAGE = 10  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
UNTAGGED = ": ResourcArn: {name} not found"  # as AWS spells it


def _with_table(account: Account, table: Table) -> Account:
    return replace(account, tables=account.tables.put(table.name, table))


def _table_shape(account: Account, table: Table) -> JsonObject:
    """Return a table as CreateTable answers it. Tables are ready at once here."""
    return {
        "AttributeDefinitions": (
            {"AttributeName": table.key, "AttributeType": table.type},
        ),
        "KeySchema": ({"AttributeName": table.key, "KeyType": "HASH"},),
        "CreationDateTime": format_timestamp(table.created),
        **_deleted_shape(account, table, "ACTIVE"),
    }


def _deleted_shape(account: Account, table: Table, status: str) -> JsonObject:
    """Return a table as DeleteTable answers it: without its keys (recorded)."""
    read, write = table.capacity or (0, 0)
    if table.capacity:
        billing_mode: JsonObject = {}
    else:
        billing_mode = {"BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"}}
    return {
        **billing_mode,
        "ProvisionedThroughput": {
            "NumberOfDecreasesToday": 0,
            "ReadCapacityUnits": read,
            "WriteCapacityUnits": write,
        },
        "TableName": table.name,
        "TableStatus": status,
        "TableSizeBytes": _bytes_stored(table),
        "ItemCount": len(table.items),
        "TableArn": ids.arn(account, "table", table.name),
        "TableId": ids.draw_uuid(
            account.seed, f"table {table.name}", table.created.isoformat()
        ),
        "DeletionProtectionEnabled": False,
    }


def _bytes_stored(table: Table) -> int:
    """Return about how many bytes the items have, which AWS counts every six hours."""
    return sum(len(json.dumps(item, default=repr)) for item in table.items.values())


# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
ON_DEMAND_WARMTH = (12000, 4000)  # reads and writes a second of a new table on demand


@OPERATIONS.add("CreateTable")
def create_table(account: Account, act: Act) -> Change:
    """Create a table with one hash key. Sort keys aren't simulated."""
    call = act.call
    name = call.text("TableName")
    if name in account.tables:
        raise ServiceError("ResourceInUseException", f"Table already exists: {name}")
    keys = call.rows("KeySchema")
    types = {
        str(a["AttributeName"]): str(a["AttributeType"])
        for a in call.rows("AttributeDefinitions")
    }
    if len(keys) != 1 or keys[0].get("KeyType") != "HASH":
        raise service_error(
            "NotSimulated",
            "Tables with a sort key are not simulated: give one attribute of KeyType HASH",
        )
    key = str(keys[0]["AttributeName"])
    if set(types) != {key}:
        raise validation_exception(
            "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions."
        )
    table = Table(
        name,
        act.at,
        key,
        types[key],
        _provisioned_capacity(call),
        add_tags({}, call.tags, "ValidationException"),
    )
    account_after = _with_table(account, table)
    body = {"TableDescription": _table_shape(account, table)}
    return account_after, Reply(body)


def _provisioned_capacity(call: Call) -> tuple[int, int] | None:
    """Return the read and write capacity of a new table. Return None if it is billed on demand.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
    """
    throughput = call.map("ProvisionedThroughput")
    on_demand = call.text("BillingMode") == "PAY_PER_REQUEST"
    if on_demand == bool(throughput):
        if on_demand:
            fault_text = "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        else:
            fault_text = "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        raise validation_exception(
            f"One or more parameter values were invalid: {fault_text}"
        )
    if throughput:
        return (
            cast(int, throughput["ReadCapacityUnits"]),
            cast(int, throughput["WriteCapacityUnits"]),
        )
    return None


@OPERATIONS.add("DescribeTable")
def describe_table(account: Account, act: Act) -> Change:
    table = _named_table(account, act.call, NO_TABLE)
    read, write = table.capacity or ON_DEMAND_WARMTH
    warmth = {"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write, "Status": "ACTIVE"}
    body = {"Table": {**_table_shape(account, table), "WarmThroughput": warmth}}
    return account, Reply(body)


@OPERATIONS.add("ListTables")
def list_tables(account: Account, act: Act) -> Change:
    """List tables by name, after ExclusiveStartTableName and up to the limit."""
    call = act.call
    names = [name for name in account.tables if name > call.text("ExclusiveStartTableName")]
    page_names = names[: call.number("Limit", 100)]
    continuation: JsonObject = {}
    if len(page_names) < len(names):
        continuation = {"LastEvaluatedTableName": page_names[-1]}
    body = {"TableNames": tuple(page_names), **continuation}
    return account, Reply(body)


@OPERATIONS.add("DescribeTimeToLive")
def describe_time_to_live(account: Account, act: Act) -> Change:
    """Report that items don't expire: nothing here can turn that on."""
    _named_table(account, act.call, NO_TABLE)
    body = {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return account, Reply(body)


@OPERATIONS.add("DescribeContinuousBackups")
def describe_continuous_backups(account: Account, act: Act) -> Change:
    """Report the backup settings of a new table: on, without point-in-time recovery."""
    if (name := table_name(act.call)) not in account.tables:
        raise ServiceError("TableNotFoundException", f"Table not found: {name}")
    recovery = {"PointInTimeRecoveryStatus": "DISABLED"}
    description: Json = {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": recovery,
    }
    body = {"ContinuousBackupsDescription": description}
    return account, Reply(body)


@OPERATIONS.add("ListTagsOfResource")
def list_tags_of_resource(account: Account, act: Act) -> Change:
    """List ten tags at a time. The token of the next page is the last key of this one."""
    table = _named_table(account, act.call, UNTAGGED)
    tags = table.tags
    last = act.call.text("NextToken")
    keys = list(tags)
    if last and last not in tags:
        raise validation_exception("Invalid NextToken")  # uncertain
    if last:
        first = keys.index(last) + 1
    else:
        first = 0
    page_keys = keys[first : first + TAG_PAGE]
    continuation: JsonObject = {}
    if first + TAG_PAGE < len(keys):
        continuation = {"NextToken": page_keys[-1]}
    body = {"Tags": tag_list({key: tags[key] for key in page_keys}), **continuation}
    return account, Reply(body)


@OPERATIONS.add("TagResource")
def tag_resource(account: Account, act: Act) -> Change:
    table = _named_table(account, act.call, UNTAGGED)
    table = replace(table, tags=add_tags(table.tags, act.call.tags, "ValidationException"))
    account = _with_table(account, table)
    return account, DONE


@OPERATIONS.add("UntagResource")
def untag_resource(account: Account, act: Act) -> Change:
    table = _named_table(account, act.call, UNTAGGED)
    table = replace(table, tags=remove_tags(table.tags, act.call))
    account = _with_table(account, table)
    return account, DONE


@OPERATIONS.add("DeleteTable")
def delete_table(account: Account, act: Act) -> Change:
    table = _named_table(account, act.call, NO_TABLE)
    body = {"TableDescription": _deleted_shape(account, table, "DELETING")}
    account_after = replace(account, tables=account.tables.drop(table.name))
    return account_after, Reply(body)


# ---------------------------------------------------------------------- items
def _item_key(table: Table, key: Item) -> str:
    """Return the JSON of an item's hash key, under which the table keeps it.

    Raise ValidationException unless it is the only attribute and has the table's type.
    """
    value = key.get(table.key)
    if not isinstance(value, Mapping) or set(value) != {table.type} or len(key) > 1:
        raise validation_exception("The provided key element does not match the schema")
    return json.dumps(value, sort_keys=True, default=repr)


def _key_attributes(table: Table, item: Item) -> Item:
    return {name: value for name, value in item.items() if name == table.key}


@OPERATIONS.add("GetItem")
def get_item(account: Account, act: Act) -> Change:
    """Read an item, or the attributes of it that a ProjectionExpression names."""
    call = act.call
    table = _named_table(account, call)
    project = _projection(call, ())
    key = _item_key(table, read_item(call, "Key"))
    item = project(table.items.get(key) or {})
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
    """Store an item, and overwrite one with the same key. Its key attribute must have the table's type."""
    table = _named_table(account, act.call)
    item = read_item(act.call, "Item")
    if table.key not in item:
        raise validation_exception(
            f"One or more parameter values were invalid: Missing the key {table.key} in the item"
        )
    if (type := "".join(cast(Item, item[table.key]))) != table.type:
        text = f"Type mismatch for key {table.key} expected: {table.type} actual: {type}"
        raise validation_exception(f"One or more parameter values were invalid: {text}")
    key = _item_key(table, _key_attributes(table, item))
    answer = _old_item_reply(act.call, table.items.get(key))
    return _with_table(account, replace(table, items=table.items.put(key, item))), answer


@OPERATIONS.add("DeleteItem")
def delete_item(account: Account, act: Act) -> Change:
    """Delete an item. Deleting an item that doesn't exist succeeds."""
    table = _named_table(account, act.call)
    key = _item_key(table, read_item(act.call, "Key"))
    item = table.items.get(key)
    answer = _old_item_reply(act.call, item)
    return (
        _with_table(account, replace(table, items=table.items.drop(key)))
        if item
        else account
    ), answer


@OPERATIONS.add("UpdateItem")
def update_item(account: Account, act: Act) -> Change:
    """Update an item by `SET a = :x[, b = :y]`; other expressions aren't simulated (our
    choice).
    """
    call = act.call
    table = _named_table(account, call)
    key = read_item(call, "Key")
    sets = _set_assignments(call)
    if table.key in sets:
        text = f"Cannot update attribute {table.key}. This attribute is part of the key"
        raise validation_exception(f"One or more parameter values were invalid: {text}")
    item_key = _item_key(table, key)
    old = table.items.get(item_key) or {}
    new = {**(old or key), **sets}
    scope, _, age = call.text("ReturnValues", "NONE").partition("_")
    item = {"OLD": old, "NEW": new}.get(age, {})
    answer = _attributes_reply(
        {name: value for name, value in item.items() if scope == "ALL" or name in sets}
    )
    return _with_table(
        account, replace(table, items=table.items.put(item_key, new))
    ), answer


def _set_assignments(call: Call) -> Item:
    """Return the attributes that an UpdateExpression sets. Only `SET a = :x[, b = :y]` is simulated."""
    text = call.text("UpdateExpression")
    sets = expression_pairs(call)
    if text and not sets:
        raise service_error(
            "NotSimulated",
            f"UpdateExpression is not simulated beyond `SET a = :x[, b = :y]`: {text}",
        )
    return _resolve_assignments(call, "UpdateExpression", sets)


def _resolve_assignments(
    call: Call, expression: str, sets: Sequence[tuple[str, str]]
) -> Item:
    """Return an expression's attributes and values, with `#a` and `:x` replaced by what the
    call gives for them.
    """
    used = {*(name for name, _ in sets), *projected_names(call)}
    for option, sign, used_names in (
        ("ExpressionAttributeNames", "#", used),
        ("ExpressionAttributeValues", ":", {value for _, value in sets}),
    ):
        _refuse_unused(call, option, sign, used_names, expression)
    names = call.map("ExpressionAttributeNames")
    values = read_item(call, "ExpressionAttributeValues")
    resolved: JsonObject = {}
    for pair in sets:
        name, value = _resolve_assignment(f"Invalid {expression}", pair, names, values)
        if name in resolved:
            raise validation_exception(_overlap_text(expression, name))
        resolved[name] = value
    return resolved


def _overlap_text(expression: str, name: str) -> str:
    text = "Two document paths overlap with each other; must remove or rewrite one of these paths"
    return f"Invalid {expression}: {text}; path one: [{name}], path two: [{name}]"


def _refuse_unused(
    call: Call, option: str, sign: str, used_names: Set[str], expression: str
) -> None:
    """Raise unless names and values begin with their sign, and the expression uses them
    all.
    """
    names = call.map(option)
    if names and not used_names:
        raise validation_exception(
            f"{option} can only be specified when using expressions: {expression} is null"
        )
    if malformed := next((name for name in names if not name.startswith(sign)), ""):
        raise validation_exception(
            f'{option} contains invalid key: Syntax error; key: "{malformed}"'
        )
    if unused := [name for name in names if name not in used_names]:
        raise validation_exception(
            f"Value provided in {option} unused in expressions: keys: {{{', '.join(unused)}}}"
        )


def _resolve_assignment(
    invalid: str, pair: tuple[str, str], names: Item, values: Item
) -> tuple[str, Json]:
    """Return an attribute's name and value with placeholders (#name, :value) filled in.

    `invalid` begins the message of the ValidationException.
    """
    name, value = pair
    if value not in values:
        text = "An expression attribute value used in expression is not defined"
        raise validation_exception(f"{invalid}: {text}; attribute value: {value}")
    return _resolve_name(invalid, name, names), values[value]


def _resolve_name(invalid: str, name: str, names: Item) -> str:
    """Return an attribute's name, with the name that a call gives for a placeholder (#name)."""
    if name.startswith("#") and name not in names:
        text = "An expression attribute name used in the document path is not defined"
        raise validation_exception(f"{invalid}: {text}; attribute name: {name}")
    return str(names.get(name, name))


def _projection(call: Call, other_names: Iterable[str]) -> Callable[[Item], Item]:
    """Return a function that reduces an item to the attributes that the call's ProjectionExpression names.

    Without an expression it returns the whole item. `other_names` are placeholders in the call's other
    expression: every name that the call defines must be used in one of the two.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
    """
    expression = "ProjectionExpression"
    written_names = projected_names(call)
    if not all(map(PROJECTED.fullmatch, written_names)):
        text = call.text(expression)
        raise service_error(
            "NotSimulated",
            f"ProjectionExpression is not simulated beyond names of attributes: {text}",
        )
    used = {*written_names, *other_names}
    _refuse_unused(call, "ExpressionAttributeNames", "#", used, expression)
    if expression not in call.parameters:
        return lambda item: item
    names = call.map("ExpressionAttributeNames")
    invalid = f"Invalid {expression}"
    wanted = [_resolve_name(invalid, name, names) for name in written_names]
    if repeated := next((name for name in wanted if wanted.count(name) > 1), ""):
        raise validation_exception(_overlap_text(expression, repeated))
    return lambda item: {name: item[name] for name in item if name in wanted}


PROJECTED = re.compile(r"#?\w+")


@OPERATIONS.add("Query")
def query_table(account: Account, act: Act) -> Change:
    """Query by `k = :x` on the hash key; other expressions aren't simulated (our choice)."""
    call = act.call
    table = _named_table(account, call)
    if len(conditions := expression_pairs(call)) != 1:
        raise service_error(
            "NotSimulated", "KeyConditionExpression is not simulated beyond `k = :x`"
        )
    ((name, value),) = _resolve_assignments(
        call, "KeyConditionExpression", conditions
    ).items()
    if name != table.key:
        raise validation_exception(
            f"Query condition missed key schema element: {table.key}"
        )
    if set(cast(Item, value)) != {table.type}:
        raise validation_exception(
            "One or more parameter values were invalid: Condition parameter type does not match schema type"
        )
    key = _item_key(table, {name: value})
    project = _projection(call, (name for name, _ in conditions))
    page = _items_page(table, call, [key] if key in table.items else [], project)
    return account, page


@OPERATIONS.add("Scan")
def scan_table(account: Account, act: Act) -> Change:
    table = _named_table(account, act.call)
    page = _items_page(table, act.call, table.items, _projection(act.call, ()))
    return account, page


def _items_page(
    table: Table, call: Call, keys: Iterable[str], project: Callable[[Item], Item]
) -> Reply:
    """Return the items after ExclusiveStartKey, at most Limit.

    A full page says where it ended, even if nothing follows.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
    """
    start = read_item(call, "ExclusiveStartKey")
    if start:
        after = _item_key(table, start)
    else:
        after = ""
    items = [table.items[key] for key in keys if key > after]
    limit = call.number("Limit", len(items) + 1)
    items = items[:limit]
    continuation: JsonObject = {}
    if len(items) == limit:
        continuation = {"LastEvaluatedKey": _key_attributes(table, items[-1])}
    return Reply(
        {
            "Items": tuple(map(project, items)),
            "Count": len(items),
            "ScannedCount": len(items),
            **continuation,
        }
    )
