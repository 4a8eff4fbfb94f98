"""The attributes that a sender gives to a message: checked, chosen, digested.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from hashlib import md5

from coffeeshop.account.model import Call, ServiceError
from coffeeshop.account.values import Json

MOST_ATTRIBUTES = 10
NUMBER_PATTERN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
BASE_TYPES = ("Binary", "Number", "String")
UNKNOWN_ATTRIBUTE_TYPE = "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."

MessageAttribute = Mapping[str, Json]  # DataType, with StringValue or BinaryValue


def requested_attributes(call: Call) -> dict[str, MessageAttribute]:
    """Return the attributes that a call gives its message. Raise InvalidParameterValue."""
    attributes = {
        name: attribute
        for name, attribute in call.map("MessageAttributes").items()
        if isinstance(attribute, Mapping)
    }
    if len(attributes) > MOST_ATTRIBUTES:
        text = f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MOST_ATTRIBUTES}]."
        raise _refusal(text)
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)
    return attributes


def _check_attribute(name: str, attribute: MessageAttribute) -> None:
    """Raise InvalidParameterValue unless an attribute has a type of SQS's and a value of that type.

    The text about a value that is missing is recorded (LocalStack, April 2024). The others are SQS's as its
    imitations have them.
    """
    base_type = str(attribute.get("DataType", "")).partition(".")[0]
    if base_type not in BASE_TYPES:
        raise _refusal(f"The message attribute '{name}' {UNKNOWN_ATTRIBUTE_TYPE}")
    value = _attribute_value(attribute)
    if not value:
        text = f"Message (user) attribute '{name}' must contain a non-empty value of type '{base_type}'."
        raise _refusal(text)
    if base_type == "Number" and not NUMBER_PATTERN.fullmatch(
        value.decode(errors="replace")
    ):
        text = f"Can't cast the value of message (user) attribute '{name}' to a number."
        raise _refusal(text)


def _refusal(text: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", text)


def _attribute_value(attribute: MessageAttribute) -> bytes:
    """Return the value of an attribute of its type as bytes."""
    if str(attribute["DataType"]).startswith("Binary"):
        value = attribute.get("BinaryValue", b"")
        return value if isinstance(value, bytes) else b""
    return str(attribute.get("StringValue") or "").encode()


def attributes_size(attributes: Mapping[str, MessageAttribute]) -> int:
    """Return how many bytes attributes add to the size of their message: names, types and values."""
    return sum(
        len(name.encode())
        + len(str(attribute["DataType"]).encode())
        + len(_attribute_value(attribute))
        for name, attribute in attributes.items()
    )


def select_attributes(
    attributes: Mapping[str, MessageAttribute], names: Collection[str]
) -> dict[str, MessageAttribute]:
    """Return the attributes that ReceiveMessage asks for: by name, by the beginning of names ("Hel.*"), or all.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    if not {"All", "*", ".*"}.isdisjoint(names):
        return dict(attributes)
    beginnings = tuple(name.removesuffix(".*") for name in names if name.endswith(".*"))
    return {
        name: attribute
        for name, attribute in attributes.items()
        if name in names or (beginnings and name.startswith(beginnings))
    }


def attributes_digest(attributes: Mapping[str, MessageAttribute]) -> str:
    """Return the MD5 by which clients check attributes: names in order, each with its type and its value.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
    """
    digest = md5(usedforsecurity=False)
    for name, attribute in sorted(attributes.items()):
        data_type = str(attribute["DataType"])
        digest.update(_with_length(name.encode()) + _with_length(data_type.encode()))
        transport = b"\2" if data_type.startswith("Binary") else b"\1"
        digest.update(transport + _with_length(_attribute_value(attribute)))
    return digest.hexdigest()


def _with_length(part: bytes) -> bytes:
    """Return bytes after their number in four bytes."""
    return len(part).to_bytes(4) + part
