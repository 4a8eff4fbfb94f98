"""Query and Scan: which items of a table are read, and in which order."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import NamedTuple

from coffeeshop.account.access.attribute_values import (
    Item,
    invalid_values,
    read_item,
    resolve_value,
    validation_exception,
)
from coffeeshop.account.access.key_conditions import (
    INVALID,
    key_conditions,
)
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Table
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.dynamodb.expressions import (
    read_projection,
    refuse_unused_values,
)
from coffeeshop.account.services.dynamodb.keys import (
    KEY_TYPES,
    MISMATCH,
    Order,
    check_key,
    has_type,
    hash_text,
    key_part,
    order_of,
    order_of_value,
    starting_key_error,
)
from coffeeshop.account.services.dynamodb.lookups import named_table
from coffeeshop.account.values import JsonObject

OPERATIONS = Operations()


COMPARISONS: dict[str, Callable[[Order, Order], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Bounds(NamedTuple):
    """What a Query asks of one key attribute: an operator, and the values after it."""

    operator: str
    values: tuple[Item, ...]

    def include(self, value: Order) -> bool:
        """Return whether a key attribute's value meets the condition."""
        first, *others = map(order_of_value, self.values)
        if self.operator == "BETWEEN":
            return first <= value <= others[0]
        if self.operator == "begins_with":
            return value.startswith(first)
        return COMPARISONS[self.operator](value, first)


@OPERATIONS.add("Query")
def query_table(account: Account, act: Act) -> Change:
    """Read the items with one hash key, in the order of their sort keys."""
    call = act.call
    bounds_by_name = _read_bounds(call)
    project = read_projection(call, _written_names(call))
    table = named_table(account, call)
    start = _read_start(table, call)
    _check_bounds(table, bounds_by_name)
    if start:
        _check_start(table, start, bounds_by_name)
    items = [
        item
        for item in table.items.values()
        if all(
            bounds_by_name[key.name].include(order_of(item, key))
            for key in table.keys
            if key.name in bounds_by_name
        )
    ]
    return account, _items_page(table, call, items, project)


@OPERATIONS.add("Scan")
def scan_table(account: Account, act: Act) -> Change:
    """Read all items. Those with one hash key come together, in the order of their sort keys."""
    call = act.call
    table = named_table(account, call)
    project = read_projection(call, ())
    if "ExclusiveStartKey" in call.parameters:
        try:
            check_key(table, read_item(call, "ExclusiveStartKey"))
        except ServiceError as error:
            raise starting_key_error(error.message) from None
    return account, _items_page(table, call, table.items.values(), project)


# ----------------------------------------------------------------- conditions
def _written_names(call: Call) -> list[str]:
    return [condition.written for condition in key_conditions(call)]


def _read_bounds(call: Call) -> dict[str, Bounds]:
    """Return what a Query asks, by the names of attributes. Raise ValidationException."""
    if "KeyConditionExpression" not in call.parameters:
        raise validation_exception(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."  # uncertain
        )
    conditions = key_conditions(call)
    placeholders = {value for condition in conditions for value in condition.values}
    missing = "FilterExpression and KeyConditionExpression are null"
    refuse_unused_values(call, placeholders, missing)
    values = read_item(call, "ExpressionAttributeValues")
    return {
        condition.name: _checked_bounds(
            Bounds(
                condition.operator,
                tuple(resolve_value(INVALID, value, values) for value in condition.values),
            )
        )
        for condition in conditions
    }


def _checked_bounds(bounds: Bounds) -> Bounds:
    """Return a condition whose operator fits its values. Raise ValidationException."""
    types = ["".join(value) for value in bounds.values]
    if bounds.operator == "begins_with" and types[0] not in {"S", "B"}:
        text = "Incorrect operand type for operator or function; operator or function: begins_with"
        raise validation_exception(f"{INVALID}: {text}, operand type: {types[0]}")
    if bounds.operator == "BETWEEN":
        _check_between(bounds, types)
    return bounds


def _check_between(bounds: Bounds, types: list[str]) -> None:
    lower, upper = (
        f"AttributeValue: {{{type}:{value[type]}}}"
        for type, value in zip(types, bounds.values, strict=True)
    )
    operands = f"lower bound operand: {lower}, upper bound operand: {upper}"
    if types[0] != types[1]:
        text = "The BETWEEN operator requires same data type for lower and upper bounds"
        raise validation_exception(f"{INVALID}: {text}; {operands}")
    if types[0] in KEY_TYPES and not bounds.include(order_of_value(bounds.values[0])):
        text = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"
        raise validation_exception(f"{INVALID}: {text}; {operands}")


def _check_bounds(table: Table, bounds_by_name: dict[str, Bounds]) -> None:
    """Raise ValidationException unless a Query asks for one hash key, and perhaps for sort keys."""
    asked, existing = len(bounds_by_name), len(table.keys)
    if asked > existing:
        raise validation_exception(
            f"The number of query conditions ({asked}) exceeds the number of key attributes defined in the schema ({existing})"
        )
    for key in table.keys[:asked]:
        if key.name not in bounds_by_name:
            raise validation_exception(
                f"Query condition missed key schema element: {key.name}"
            )
        if not all(has_type(value, key.type) for value in bounds_by_name[key.name].values):
            raise invalid_values("Condition parameter type does not match schema type")
    if bounds_by_name[table.hash_key.name].operator != "=":
        raise validation_exception("Query key condition not supported")


# ---------------------------------------------------------------------- pages
def _read_start(table: Table, call: Call) -> Item:
    """Return where a Query begins, or nothing. Raise ValidationException if its hash key can't be one."""
    if "ExclusiveStartKey" not in call.parameters:
        return {}
    start = read_item(call, "ExclusiveStartKey")
    if len(start) != len(table.keys) or table.hash_key.name not in start:
        raise starting_key_error()
    if not has_type(start[table.hash_key.name], table.hash_key.type):
        raise validation_exception(MISMATCH)
    return start


def _check_start(table: Table, start: Item, bounds_by_name: dict[str, Bounds]) -> None:
    """Raise ValidationException unless a Query can begin after a key."""
    if any(key.name not in start for key in table.keys):
        raise starting_key_error()
    try:
        check_key(table, start)
    except ServiceError as error:
        raise starting_key_error(error.message) from None
    has_same_hash = bounds_by_name[table.hash_key.name].include(
        order_of(start, table.hash_key)
    )
    if table.sort_key and table.sort_key.name in bounds_by_name:
        sort_bounds = bounds_by_name[table.sort_key.name]
        if not sort_bounds.include(order_of(start, table.sort_key)):
            raise validation_exception(
                "The provided starting key does not match the range key predicate"
            )
        if sort_bounds.operator == "=" or not has_same_hash:
            raise validation_exception(
                "The query can return at most one row and cannot be restarted"
            )
    if not has_same_hash:
        raise validation_exception(
            "The provided starting key is outside query boundaries based on provided conditions"
        )


def _items_page(
    table: Table, call: Call, items: Iterable[Item], project: Callable[[Item], Item]
) -> Reply:
    """Return the items after ExclusiveStartKey, at most Limit.

    A full page says where it ended, even if nothing follows.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
    """

    def place(item: Item) -> tuple[str, Order]:
        sort_order = order_of(item, table.sort_key) if table.sort_key else ""
        return hash_text(table, item), sort_order

    is_backward = call.parameters.get("ScanIndexForward") is False
    ordered_items = sorted(items, key=place, reverse=is_backward)
    if start := read_item(call, "ExclusiveStartKey"):
        is_after = operator.lt if is_backward else operator.gt
        ordered_items = [
            item for item in ordered_items if is_after(place(item), place(start))
        ]
    limit = call.number("Limit", len(ordered_items) + 1)
    page_items = ordered_items[:limit]
    continuation: JsonObject = {}
    if len(page_items) == limit:
        continuation = {"LastEvaluatedKey": key_part(table, page_items[-1])}
    body = {
        "Items": tuple(map(project, page_items)),
        "Count": len(page_items),
        "ScannedCount": len(page_items),
        **continuation,
    }
    return Reply(body)
