"""The expressions of DynamoDB's calls: what they set, and which attributes they show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Set

from coffeeshop.account.access.attribute_values import (
    Item,
    assigned_pairs,
    projected_names,
    read_item,
    resolve_name,
    resolve_value,
    validation_exception,
)
from coffeeshop.account.errors import service_error
from coffeeshop.account.model import Call
from coffeeshop.account.values import JsonObject


def set_assignments(call: Call) -> Item:
    """Return the attributes that an UpdateExpression sets. Only `SET a = :x[, b = :y]` is simulated."""
    expression = "UpdateExpression"
    text = call.text(expression)
    pairs = assigned_pairs(call)
    if text and not pairs:
        raise service_error(
            "NotSimulated",
            f"UpdateExpression is not simulated beyond `SET a = :x[, b = :y]`: {text}",
        )
    refuse_unused_names(call, {name for name, _ in pairs})
    missing = "UpdateExpression and ConditionExpression are null"
    refuse_unused_values(call, {value for _, value in pairs}, missing)
    names = call.map("ExpressionAttributeNames")
    values = read_item(call, "ExpressionAttributeValues")
    invalid = f"Invalid {expression}"
    sets: JsonObject = {}
    for written_name, placeholder in pairs:
        value = resolve_value(invalid, placeholder, values)
        name = resolve_name(invalid, written_name, names)
        if name in sets:
            raise validation_exception(_overlap_text(expression, name))
        sets[name] = value
    return sets


def _overlap_text(expression: str, name: str) -> str:
    text = "Two document paths overlap with each other; must remove or rewrite one of these paths"
    return f"Invalid {expression}: {text}; path one: [{name}], path two: [{name}]"


def refuse_unused_names(call: Call, used_names: Set[str]) -> None:
    """Raise unless the names that a call gives are `#a`, and its expressions use them all."""
    names = call.map("ExpressionAttributeNames")
    if names and not used_names:
        raise validation_exception(
            "ExpressionAttributeNames can only be specified when using expressions"
        )
    _refuse_unused("ExpressionAttributeNames", "#", names, used_names)


def refuse_unused_values(call: Call, used_values: Set[str], missing: str) -> None:
    """Raise unless the values that a call gives are `:a`, and its expressions use them all.

    `missing` says which expressions the call could have.
    """
    values = call.map("ExpressionAttributeValues")
    if values and not used_values:
        raise validation_exception(
            f"ExpressionAttributeValues can only be specified when using expressions: {missing}"
        )
    _refuse_unused("ExpressionAttributeValues", ":", values, used_values)


def _refuse_unused(option: str, sign: str, given: Iterable[str], used: Set[str]) -> None:
    malformed_keys = [key for key in given if not key.startswith(sign)]
    if malformed_keys:
        raise validation_exception(
            f'{option} contains invalid key: Syntax error; key: "{malformed_keys[0]}"'
        )
    if unused_keys := [key for key in given if key not in used]:
        raise validation_exception(
            f"Value provided in {option} unused in expressions: keys: {{{', '.join(unused_keys)}}}"
        )


def read_projection(call: Call, other_names: Iterable[str]) -> Callable[[Item], Item]:
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
    refuse_unused_names(call, {*written_names, *other_names})
    if expression not in call.parameters:
        return lambda item: item
    names = call.map("ExpressionAttributeNames")
    invalid = f"Invalid {expression}"
    wanted = [resolve_name(invalid, name, names) for name in written_names]
    if repeated := next((name for name in wanted if wanted.count(name) > 1), ""):
        raise validation_exception(_overlap_text(expression, repeated))
    return lambda item: {name: item[name] for name in item if name in wanted}


PROJECTED = re.compile(r"#?\w+")
