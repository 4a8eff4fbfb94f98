"""DynamoDB's tables: their keys, capacity and tags."""

from __future__ import annotations

import json
from typing import cast

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.attribute_values import (
    invalid_values,
    validation_exception,
)
from coffeeshop.account.access.data_requests import table_name
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import KeyAttribute, Table
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.dynamodb.lookups import named_table, with_table
from coffeeshop.account.services.tagging import add_tags, remove_tags, tag_list
from coffeeshop.account.values import Json, JsonObject

OPERATIONS = Operations()


NO_TABLE = ": Table: {name} not found"
TAG_PAGE = 10  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html
UNTAGGED = ": ResourcArn: {name} not found"  # as AWS spells it


def _table_shape(account: Account, table: Table) -> JsonObject:
    """Return a table as CreateTable answers it. Tables are ready at once here."""
    return {
        "AttributeDefinitions": tuple(
            {"AttributeName": key.name, "AttributeType": key.type} for key in table.keys
        ),
        "KeySchema": tuple(
            {"AttributeName": key.name, "KeyType": key_type}
            for key, key_type in zip(table.keys, KEY_TYPES, strict=False)
        ),
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
    """Create a table with a hash key, and perhaps a sort key."""
    call = act.call
    name = call.text("TableName")
    capacity = _provisioned_capacity(call)
    hash_key, *sort_keys = _key_attributes(call)
    if name in account.tables:
        raise ServiceError("ResourceInUseException", f"Table already exists: {name}")
    table = Table(
        name,
        act.at,
        hash_key,
        next(iter(sort_keys), None),
        capacity,
        add_tags({}, call.tags, "ValidationException"),
    )
    account_after = with_table(account, table)
    body = {"TableDescription": _table_shape(account, table)}
    return account_after, Reply(body)


KEY_TYPES = ("HASH", "RANGE")


def _key_attributes(call: Call) -> list[KeyAttribute]:
    """Return a new table's hash key, and its sort key if it has one. Raise ValidationException."""
    schema = [
        (str(element["AttributeName"]), str(element["KeyType"]))
        for element in call.rows("KeySchema")
    ]
    types = {
        str(definition["AttributeName"]): str(definition["AttributeType"])
        for definition in call.rows("AttributeDefinitions")
    }
    names = [name for name, _ in schema]
    _check_schema(schema, types)
    if len(set(names)) < len(types):
        text = "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
        raise invalid_values(text)
    return [KeyAttribute(name, types[name]) for name in names]


def _check_schema(schema: list[tuple[str, str]], types: dict[str, str]) -> None:
    """Raise ValidationException unless a hash key, and perhaps a sort key after it, are defined."""
    names = [name for name, _ in schema]
    if not schema:
        raise _invalid_schema("null", "not be null")
    if len(schema) > len(KEY_TYPES):
        elements = ", ".join(
            f"KeySchemaElement(attributeName={name}, keyType={key_type})"
            for name, key_type in schema
        )
        raise _invalid_schema(f"'[{elements}]'", "have length less than or equal to 2")
    if not types.keys() >= set(names):
        if types and len(names) == 1:
            defined = ", ".join(types)
            raise invalid_values(
                "Some index key attributes are not defined in AttributeDefinitions."
                f" Keys: [{names[0]}], AttributeDefinitions: [{defined}]"
            )
        raise validation_exception(
            "Invalid KeySchema: Some index key attribute have no definition"
        )
    if len(set(names)) < len(names):
        raise validation_exception(
            "Both the Hash Key and the Range Key element in the KeySchema have the same name"
        )
    for (_, key_type), place, wanted in zip(
        schema, ("first", "second"), KEY_TYPES, strict=False
    ):
        if key_type != wanted:
            raise validation_exception(
                f"Invalid KeySchema: The {place} KeySchemaElement is not a {wanted} key type"
            )


def _invalid_schema(value: str, constraint: str) -> ServiceError:
    text = f"Value {value} at 'keySchema' failed to satisfy constraint: Member must {constraint}"
    return validation_exception(f"1 validation error detected: {text}")  # uncertain


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
        raise invalid_values(fault_text)
    if throughput:
        return (
            cast(int, throughput["ReadCapacityUnits"]),
            cast(int, throughput["WriteCapacityUnits"]),
        )
    return None


@OPERATIONS.add("DescribeTable")
def describe_table(account: Account, act: Act) -> Change:
    table = named_table(account, act.call, NO_TABLE)
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
    named_table(account, act.call, NO_TABLE)
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
    table = named_table(account, act.call, UNTAGGED)
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
    table = named_table(account, act.call, UNTAGGED)
    table = replace(table, tags=add_tags(table.tags, act.call.tags, "ValidationException"))
    account = with_table(account, table)
    return account, EMPTY_REPLY


@OPERATIONS.add("UntagResource")
def untag_resource(account: Account, act: Act) -> Change:
    table = named_table(account, act.call, UNTAGGED)
    table = replace(table, tags=remove_tags(table.tags, act.call))
    account = with_table(account, table)
    return account, EMPTY_REPLY


@OPERATIONS.add("DeleteTable")
def delete_table(account: Account, act: Act) -> Change:
    table = named_table(account, act.call, NO_TABLE)
    body = {"TableDescription": _deleted_shape(account, table, "DELETING")}
    account_after = replace(account, tables=account.tables.drop(table.name))
    return account_after, Reply(body)
