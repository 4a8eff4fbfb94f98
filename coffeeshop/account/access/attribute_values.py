"""What DynamoDB's calls hold: attribute values, and the few expressions that are simulated.

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
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
DIGITS, LEAST, MOST = 38, -130, 125  # significant digits; the exponents of ten
PAIR = re.compile(r"\s*(#?\w+)\s*=\s*(:\w+)\s*")


def validation_exception(text: str) -> ServiceError:
    """Returns DynamoDB's refusal of what a call says."""
    return ServiceError("ValidationException", text)


# --------------------------------------------------------------------- values
def read_item(call: Call, parameter: str) -> Item:
    """Returns a map of attribute values that the call gives, as the table keeps them. Raises ValidationException."""
    return {
        name: normalize_value(cast(Item, part))
        for name, part in call.map(parameter).items()
    }


def normalize_value(written: Item) -> Item:
    """Returns one attribute value, its numbers as the table keeps them. Raises ValidationException."""
    if len(written) != 1:
        wrong = "has more than one datatypes set" if written else "is empty"
        raise validation_exception(
            f"Supplied AttributeValue {wrong}, must contain exactly one of the supported datatypes"
        )
    ((type, held),) = written.items()
    match type, held:
        case "N", str():
            return {type: normalize_number(held)}
        case "NS", tuple():
            return {type: tuple(normalize_number(str(part)) for part in held)}
        case "L", tuple():
            return {type: tuple(normalize_value(cast(Item, part)) for part in held)}
        case "M", Mapping():
            return {
                type: {
                    name: normalize_value(cast(Item, part)) for name, part in held.items()
                }
            }
        case _:
            return written


def leading_key_values(written: Item) -> tuple[str, ...]:
    """Returns what dynamodb:LeadingKeys says of a key's value, as the table keeps it; one that is none is refused
    later.
    """
    with suppress(ServiceError):
        written = normalize_value(written)
    return tuple(map(str, written.values()))


def normalize_number(text: str) -> str:
    """Returns a number in full, without zeros that say nothing, so that 1.0 is 1. Raises ValidationException."""
    if not NUMBER.fullmatch(text):
        raise validation_exception(
            f"The parameter cannot be converted to a numeric value: {text}"
        )
    found = Decimal(text).normalize(Context(prec=len(text)))
    if found and found.adjusted() > MOST:
        raise validation_exception(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if found and found.adjusted() < LEAST:
        raise validation_exception(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    if len(found.as_tuple().digits) > DIGITS:
        raise validation_exception(
            f"Attempting to store more than {DIGITS} significant digits in a Number"
        )
    return f"{found:f}" if found else "0"


# ---------------------------------------------------------------- expressions
def expression_pairs(call: Call) -> list[tuple[str, str]]:
    """Returns each `a = :x` of a call's expression, SET's or a key's; none where it says anything else (our choice)."""
    word, _, rest = call.text("UpdateExpression").strip().partition(" ")
    if word.upper() == "SET":
        text = rest
    else:
        text = call.text("KeyConditionExpression")
    parts = [PAIR.fullmatch(part) for part in text.split(",")]
    if all(parts):
        return [(part[1], part[2]) for part in parts if part]
    return []
