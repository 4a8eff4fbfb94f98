"""DynamoDB: tables with one hash key, and items.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from coffeeshop.account import ids
from coffeeshop.account.existing import Apply, Change
from coffeeshop.account.model import Account, Act, Call, Json, Reply, ServiceError, Table
from coffeeshop.policy.model import Standing

Item = Mapping[str, Json]
SETS = re.compile(r"\s*(#?\w+)\s*=\s*(:\w+)\s*")


def _fault(text: str) -> ServiceError:
    return ServiceError("ValidationException", text)


def _table(account: Account, call: Call) -> Table:
    name = call.text("TableName").rsplit("/", 1)[-1]
    if (found := account.tables.get(name)) is None:
        raise ServiceError("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")
    return found


def _kept(account: Account, table: Table) -> Account:
    return replace(account, tables=account.tables.put(table.name, table))


def _described(account: Account, table: Table, status: str = "ACTIVE") -> dict[str, Json]:
    return {
        "AttributeDefinitions": ({"AttributeName": table.key, "AttributeType": table.type},),
        "TableName": table.name,
        "KeySchema": ({"AttributeName": table.key, "KeyType": "HASH"},),
        "TableStatus": status,
        "CreationDateTime": ids.stamp(table.created),
        "ItemCount": len(table.items),
        "TableArn": ids.arn(account, "table", table.name),
    }


def create_table(account: Account, who: Standing, act: Act) -> Change:
    call, name = act.call, act.call.text("TableName")
    if name in account.tables:
        raise ServiceError("ResourceInUseException", f"Table already exists: {name}")
    keys, types = (
        call.rows("KeySchema"),
        {str(a["AttributeName"]): str(a["AttributeType"]) for a in call.rows("AttributeDefinitions")},
    )
    if len(keys) != 1 or keys[0].get("KeyType") != "HASH":
        raise _fault("Tables with a sort key are not simulated: give one attribute of KeyType HASH")
    key = str(keys[0]["AttributeName"])
    if set(types) != {key}:
        raise _fault(
            "One or more parameter values were invalid: "
            "Some index key attributes are not defined in AttributeDefinitions."
        )
    made = Table(name, act.at, key, types[key])
    return _kept(account, made), Reply({"TableDescription": _described(account, made)})


def describe_table(account: Account, who: Standing, act: Act) -> Change:
    return account, Reply({"Table": _described(account, _table(account, act.call))})


def list_tables(account: Account, who: Standing, act: Act) -> Change:
    call = act.call
    rest = [name for name in account.tables if name > call.text("ExclusiveStartTableName")]
    shown = rest[: call.number("Limit", 100)]
    last: dict[str, Json] = {"LastEvaluatedTableName": shown[-1]} if len(shown) < len(rest) else {}
    return account, Reply({"TableNames": tuple(shown), **last})


def delete_table(account: Account, who: Standing, act: Act) -> Change:
    gone = _table(account, act.call)
    body = {"TableDescription": _described(account, gone, "DELETING")}
    return replace(account, tables=account.tables.drop(gone.name)), Reply(body)


# ---------------------------------------------------------------------- items
def _key(table: Table, item: Item) -> str:
    """What an item is held under: its hash key, which must have the table's type."""
    value = item.get(table.key)
    if not isinstance(value, Mapping) or set(value) != {table.type}:
        raise _fault("The provided key element does not match the schema")
    return json.dumps(value, sort_keys=True, default=repr)


def _plain(call: Call, *expressions: str) -> None:
    if given := [name for name in expressions if name in call.parameters]:
        raise _fault(f"{given[0]} is not simulated")


def get_item(account: Account, who: Standing, act: Act) -> Change:
    table = _table(account, act.call)
    _plain(act.call, "ProjectionExpression", "AttributesToGet")
    found = table.items.get(_key(table, act.call.map("Key")))
    return account, Reply({"Item": found} if found else {})


def put_item(account: Account, who: Standing, act: Act) -> Change:
    table, item = _table(account, act.call), act.call.map("Item")
    _plain(act.call, "ConditionExpression", "Expected")
    return _kept(account, replace(table, items=table.items.put(_key(table, item), item))), Reply({})


def delete_item(account: Account, who: Standing, act: Act) -> Change:
    table = _table(account, act.call)
    _plain(act.call, "ConditionExpression", "Expected")
    key = _key(table, act.call.map("Key"))
    return (_kept(account, replace(table, items=table.items.drop(key))) if key in table.items else account), Reply({})


def update_item(account: Account, who: Standing, act: Act) -> Change:
    """`SET a = :x[, b = :y]`; other expressions are not simulated (our choice)."""
    call, table = act.call, _table(account, act.call)
    _plain(call, "ConditionExpression", "Expected", "AttributeUpdates")
    key = call.map("Key")
    held = _key(table, key)
    new = {**(table.items.get(held) or key), **_sets(call)}
    answer = Reply({"Attributes": new} if call.text("ReturnValues") in {"ALL_NEW", "UPDATED_NEW"} else {})
    return _kept(account, replace(table, items=table.items.put(held, new))), answer


def _sets(call: Call) -> Item:
    text = call.text("UpdateExpression")
    if not text:
        return {}
    word, _, rest = text.strip().partition(" ")
    parts = [SETS.fullmatch(part) for part in rest.split(",")]
    if word.upper() != "SET" or not all(parts):
        raise _fault(f"UpdateExpression is not simulated beyond `SET a = :x[, b = :y]`: {text}")
    return dict(_assigned(call, *part.groups()) for part in parts if part)


def _assigned(call: Call, name: str, value: str) -> tuple[str, Json]:
    """`a = :x` or `#a = :x` with the names and values that the call gives."""
    names, values = call.map("ExpressionAttributeNames"), call.map("ExpressionAttributeValues")
    if value not in values:
        raise _fault(
            "Invalid expression: "
            f"An expression attribute value used in expression is not defined; attribute value: {value}"
        )
    if name.startswith("#") and name not in names:
        raise _fault(
            "Invalid expression: "
            f"An expression attribute name used in the document path is not defined; attribute name: {name}"
        )
    return str(names[name]) if name.startswith("#") else name, values[value]


def query(account: Account, who: Standing, act: Act) -> Change:
    """`k = :x` on the hash key; other expressions are not simulated (our choice)."""
    call, table = act.call, _table(account, act.call)
    _plain(call, "FilterExpression", "ProjectionExpression", "IndexName", "KeyConditions", "QueryFilter")
    matched = SETS.fullmatch(call.text("KeyConditionExpression"))
    if matched is None:
        raise _fault("KeyConditionExpression is not simulated beyond `k = :x`")
    name, value = _assigned(call, *matched.groups())
    if name != table.key:
        raise _fault(f"Query condition missed key schema element: {table.key}")
    found = table.items.get(_key(table, {name: value}))
    return account, _items((found,) if found else ())


def scan(account: Account, who: Standing, act: Act) -> Change:
    table = _table(account, act.call)
    _plain(
        act.call, "FilterExpression", "ProjectionExpression", "IndexName", "ScanFilter", "Limit", "ExclusiveStartKey"
    )
    return account, _items(tuple(table.items.values()))


def _items(found: tuple[Item, ...]) -> Reply:
    return Reply({"Items": found, "Count": len(found), "ScannedCount": len(found)})


OPERATIONS: Mapping[str, Apply] = {
    "CreateTable": create_table,
    "DescribeTable": describe_table,
    "ListTables": list_tables,
    "DeleteTable": delete_table,
    "GetItem": get_item,
    "PutItem": put_item,
    "UpdateItem": update_item,
    "DeleteItem": delete_item,
    "Query": query,
    "Scan": scan,
}
