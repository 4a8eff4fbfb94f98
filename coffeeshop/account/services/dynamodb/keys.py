"""The keys of a table's items: how they are checked, kept and ordered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias, cast

from coffeeshop.account.access.attribute_values import (
    Item,
    invalid_values,
    validation_exception,
)
from coffeeshop.account.model import ServiceError
from coffeeshop.account.resources import KeyAttribute, Table

Order: TypeAlias = Any  # Decimal, str or bytes: values of one key have one of these types
KEY_TYPES = {"S", "N", "B"}
MISMATCH = "The provided key element does not match the schema"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MOST_HASH_BYTES = 2048
MOST_SORT_BYTES = 1024


def has_type(value: object, type: str) -> bool:
    """Return whether an attribute value has a type."""
    return isinstance(value, Mapping) and set(cast(Item, value)) == {type}


def key_part(table: Table, item: Item) -> Item:
    """Return the key attributes of an item."""
    key_names = {key.name for key in table.keys}
    return {name: value for name, value in item.items() if name in key_names}


def check_key(table: Table, key: Item) -> None:
    """Raise ValidationException unless a call gives the table's key attributes, and nothing else."""
    if set(key) != {attribute.name for attribute in table.keys} or not all(
        has_type(key[attribute.name], attribute.type) for attribute in table.keys
    ):
        raise validation_exception(MISMATCH)
    if empty_value := _empty_value(table, key):
        raise invalid_values(empty_value)
    _check_sizes(table, key)


def check_item(table: Table, item: Item) -> None:
    """Raise ValidationException unless a new item has the table's key attributes."""
    for key in table.keys:
        if key.name not in item:
            raise invalid_values(f"Missing the key {key.name} in the item")
        value = cast(Item, item[key.name])
        if not has_type(value, key.type):
            type = "".join(value)
            raise invalid_values(
                f"Type mismatch for key {key.name} expected: {key.type} actual: {type}"
            )
    if empty_value := _empty_value(table, item):
        raise validation_exception(
            f"One or more parameter values are not valid. {empty_value}"
        )
    _check_sizes(table, item)


def _empty_value(table: Table, item: Item) -> str:
    """Return what AWS says of a key attribute without content, or ""."""
    for key in table.keys:
        if order_of(item, key) in {"", b""}:
            kind = {"S": "string", "B": "binary"}[key.type]
            text = f"The AttributeValue for a key attribute cannot contain an empty {kind} value."
            return f"{text} Key: {key.name}"
    return ""


def _check_sizes(table: Table, item: Item) -> None:
    if _byte_count(order_of(item, table.hash_key)) > MOST_HASH_BYTES:
        raise invalid_values(
            f"Size of hashkey has exceeded the maximum size limit of{MOST_HASH_BYTES} bytes"
        )
    if table.sort_key and _byte_count(order_of(item, table.sort_key)) > MOST_SORT_BYTES:
        raise invalid_values(
            f"Aggregated size of all range keys has exceeded the size limit of {MOST_SORT_BYTES} bytes"
        )


def _byte_count(value: Order) -> int:
    """Return how many bytes text or bytes have. A number always fits."""
    if isinstance(value, Decimal):
        return 0
    return len(value.encode() if isinstance(value, str) else value)


def key_text(table: Table, item: Item) -> str:
    """Return the JSON of an item's key, under which the table keeps it."""
    return "".join(_value_text(item, key) for key in table.keys)


def hash_text(table: Table, item: Item) -> str:
    """Return the JSON of an item's hash key. Items with the same one are together."""
    return _value_text(item, table.hash_key)


def _value_text(item: Item, key: KeyAttribute) -> str:
    return json.dumps(item[key.name], sort_keys=True, default=repr)


def order_of(item: Item, key: KeyAttribute) -> Order:
    """Return the value of an item's key attribute, to compare it with others of its type."""
    return order_of_value(cast(Item, item[key.name]))


def order_of_value(attribute_value: Item) -> Order:
    """Return an attribute value to compare: numbers as numbers, text and bytes byte by byte.

    Text in UTF-8 has the order of its code points.
    """
    ((type, value),) = attribute_value.items()
    match type, value:
        case "N", str():
            return Decimal(value)
        case _, bytes() | str():
            return value
        case _:
            raise AssertionError(f"no key has the type {type}")


def starting_key_error(text: str = "") -> ServiceError:
    """Return the refusal of an ExclusiveStartKey."""
    reason = f": {text}" if text else ""
    return validation_exception(f"The provided starting key is invalid{reason}")
