"""Attribute values of DynamoDB's calls, and the few expressions that are simulated.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from decimal import Context, Decimal
from typing import cast

from coffeeshop.account.model import Call, ServiceError
from coffeeshop.account.values import Json

Item = Mapping[str, Json]
NUMBER_PATTERN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
MOST_DIGITS = 38  # significant digits
LEAST_EXPONENT = -130
MOST_EXPONENT = 125
PAIR_PATTERN = re.compile(r"\s*(#?\w+)\s*=\s*(:\w+)\s*")


def validation_exception(text: str) -> ServiceError:
    """Return DynamoDB's refusal of a value in a call."""
    return ServiceError("ValidationException", text)


def invalid_values(text: str) -> ServiceError:
    """Return DynamoDB's refusal of values that don't fit each other or the table."""
    return validation_exception(f"One or more parameter values were invalid: {text}")


# --------------------------------------------------------------------- values
def read_item(call: Call, parameter: str) -> Item:
    """Return a map of attribute values in a call, as the table keeps them. Raise ValidationException."""
    return {
        name: normalize_value(cast(Item, value))
        for name, value in call.map(parameter).items()
    }


def normalize_value(attribute_value: Item) -> Item:
    """Return one attribute value, with its numbers as the table keeps them. Raise ValidationException."""
    if len(attribute_value) != 1:
        if attribute_value:
            fault = "has more than one datatypes set"
        else:
            fault = "is empty"
        raise validation_exception(
            f"Supplied AttributeValue {fault}, must contain exactly one of the supported datatypes"
        )
    ((type, value),) = attribute_value.items()
    match type, value:
        case "N", str():
            return {type: normalize_number(value)}
        case "NS", tuple():
            return {type: tuple(normalize_number(str(part)) for part in value)}
        case "L", tuple():
            return {type: tuple(normalize_value(cast(Item, part)) for part in value)}
        case "M", Mapping():
            members = {
                name: normalize_value(cast(Item, part)) for name, part in value.items()
            }
            return {type: members}
        case _:
            return attribute_value


def leading_key_values(attribute_value: Item) -> tuple[str, ...]:
    """Return the values of dynamodb:LeadingKeys for a key's value.

    An invalid value stays unchanged here. It is refused after authorization.
    """
    with suppress(ServiceError):
        attribute_value = normalize_value(attribute_value)
    return tuple(map(str, attribute_value.values()))


def normalize_number(text: str) -> str:
    """Return a number without exponent and needless zeros, so that 1.0 is 1. Raise ValidationException."""
    if not NUMBER_PATTERN.fullmatch(text):
        raise validation_exception(
            f"The parameter cannot be converted to a numeric value: {text}"
        )
    number = Decimal(text).normalize(Context(prec=len(text)))
    if number and number.adjusted() > MOST_EXPONENT:
        raise validation_exception(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if number and number.adjusted() < LEAST_EXPONENT:
        raise validation_exception(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    if len(number.as_tuple().digits) > MOST_DIGITS:
        raise validation_exception(
            f"Attempting to store more than {MOST_DIGITS} significant digits in a Number"
        )
    return f"{number:f}" if number else "0"


# ---------------------------------------------------------------- expressions
def projected_names(call: Call) -> list[str]:
    """Return the attributes in a ProjectionExpression, as written. Paths into an attribute aren't simulated."""
    text = call.text("ProjectionExpression")
    if text:
        return [part.strip() for part in text.split(",")]
    return []


def assigned_pairs(call: Call) -> list[tuple[str, str]]:
    """Return the pairs of name and placeholder, `a = :x`, in a call's SET expression.

    The list is empty if the expression says anything else (our choice).
    """
    word, _, assignments = call.text("UpdateExpression").strip().partition(" ")
    if word.upper() != "SET":
        return []
    matches = [PAIR_PATTERN.fullmatch(part) for part in assignments.split(",")]
    if all(matches):
        return [(match[1], match[2]) for match in matches if match]
    return []


def resolve_name(invalid: str, name: str, names: Item) -> str:
    """Return an attribute's name, with the name that a call gives for a placeholder (#name).

    `invalid` begins the message of the ValidationException.
    """
    if name.startswith("#") and name not in names:
        text = "An expression attribute name used in the document path is not defined"
        raise validation_exception(f"{invalid}: {text}; attribute name: {name}")
    return str(names.get(name, name))


def resolve_value(invalid: str, placeholder: str, values: Item) -> Item:
    """Return the value that a call gives for a placeholder (:value). Raise ValidationException."""
    if placeholder not in values:
        text = "An expression attribute value used in expression is not defined"
        raise validation_exception(f"{invalid}: {text}; attribute value: {placeholder}")
    return cast(Item, values[placeholder])
