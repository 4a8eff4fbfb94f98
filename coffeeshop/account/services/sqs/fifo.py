"""FIFO queues: their names and attributes, the order of their messages, and duplicates within five minutes.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fifo-queues.html
Codes and texts are as LocalStack's tests recorded them from AWS (tests/aws/services/sqs, 2024 and 2025).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec.structs import replace

from coffeeshop.account.model import Call, ServiceError
from coffeeshop.account.resources import Message, Queue, SentMessage

FIFO_SUFFIX = ".fifo"
FIFO_NAME_PATTERN = re.compile(r"(?=.{1,80}$)[A-Za-z0-9_-]+\.fifo")
# The attributes that only a FIFO queue has, with the values that a new one has.
FIFO_DEFAULTS = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}
FIFO_VALUES = {  # by attribute: its values in small letters, as the queue keeps them
    "FifoQueue": {"true": "true"},
    "ContentBasedDeduplication": {"true": "true", "false": "false"},
    "DeduplicationScope": {"queue": "queue", "messagegroup": "messageGroup"},
    "FifoThroughputLimit": {
        "perqueue": "perQueue",
        "permessagegroupid": "perMessageGroupId",
    },
}
FIFO_MODES = {"DeduplicationScope", "FifoThroughputLimit"}
DEDUPLICATION_ID_PATTERN = re.compile("[!-~]{1,128}")
DEDUPLICATION_INTERVAL = timedelta(minutes=5)
FIRST_SEQUENCE = 18_870_000_000_000_000_000
SEQUENCE_STEP = 256


def is_fifo(queue: Queue) -> bool:
    """Return whether a queue is a FIFO queue, which its name tells."""
    return queue.name.endswith(FIFO_SUFFIX)


def refuse_attribute(name: str, value: str, *, fifo: bool) -> None:
    """Raise unless a queue of this kind can have an attribute of FIFO queues with this value."""
    if not fifo and name in FIFO_MODES:
        text = f"You can specify the {name} only when FifoQueue is set to true."
        raise ServiceError("InvalidAttributeName", text)
    if not fifo:
        raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")
    if value.lower() in FIFO_VALUES[name]:
        return
    text = f"Invalid value for the parameter {name}."
    if name == "FifoQueue":
        text = f"{text} Reason: Modifying queue type is not supported."
    raise ServiceError("InvalidAttributeValue", text)


def check_name(name: str) -> None:
    """Raise InvalidParameterValue unless the name fits a FIFO queue."""
    if not FIFO_NAME_PATTERN.fullmatch(name):
        text = (
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length."
        )
        raise ServiceError("InvalidParameterValue", text)


def check_message_ids(queue: Queue, call: Call) -> None:
    """Raise unless a message has the group and the deduplication id that its queue wants, and no delay of its own.

    A standard queue takes a group: it then shares out its messages more fairly.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        value = call.parameters.get(name)
        if value is not None and not DEDUPLICATION_ID_PATTERN.fullmatch(str(value)):
            text = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            raise _unfit_value(call, name, text)
    if not is_fifo(queue):
        if call.text("MessageDeduplicationId"):
            text = "The request include parameter that is not valid for this queue type."
            raise _unfit_value(call, "MessageDeduplicationId", text)
        return
    if call.number("DelaySeconds"):
        text = "The request include parameter that is not valid for this queue type."
        raise _unfit_value(call, "DelaySeconds", text)
    if not call.text("MessageGroupId"):
        text = "The request must contain the parameter MessageGroupId."
        raise ServiceError("MissingParameter", text)
    if not deduplication_id(queue, call):
        text = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
        raise ServiceError("InvalidParameterValue", text)


def _unfit_value(call: Call, name: str, reason: str) -> ServiceError:
    value = call.parameters.get(name)
    text = f"Value {value} for parameter {name} is invalid. Reason: {reason}"
    return ServiceError("InvalidParameterValue", text)


def check_batch(queue: Queue, entries: Sequence[Call]) -> None:
    """Raise the refusal of a whole batch if one of its messages lacks an id. It never is MissingParameter (recorded)."""
    for entry in entries:
        try:
            check_message_ids(queue, entry)
        except ServiceError as refusal:
            raise ServiceError("InvalidParameterValue", refusal.message) from None


def deduplication_id(queue: Queue, call: Call) -> str:
    """Return the id by which duplicates of a message are known: the call's, else the hash of its body. "": none."""
    given = call.text("MessageDeduplicationId")
    if given or attribute(queue, "ContentBasedDeduplication") == "false":
        return given
    return sha256(call.text("MessageBody").encode()).hexdigest()


def attribute(queue: Queue, name: str) -> str:
    """Return an attribute of a FIFO queue."""
    return queue.attributes.get(name, FIFO_DEFAULTS[name])


def find_duplicate(queue: Queue, call: Call, at: datetime) -> SentMessage | None:
    """Return the message of the last five minutes of which this one is a duplicate."""
    sent = queue.sent_messages.get(_scoped_id(queue, call))
    return sent if sent and at - sent.at < DEDUPLICATION_INTERVAL else None


def _scoped_id(queue: Queue, call: Call) -> str:
    """Return the id of a message within the queue, or within its group if duplicates are known by group."""
    id = deduplication_id(queue, call)
    if attribute(queue, "DeduplicationScope") == "messageGroup":
        return f"{call.text('MessageGroupId')} {id}"
    return id


def number_message(queue: Queue, message: Message, call: Call) -> tuple[Queue, Message]:
    """Return a FIFO queue that remembers a message that is sent, and the message with its ids."""
    sequence = str(FIRST_SEQUENCE + queue.sent_count * SEQUENCE_STEP)
    sent = SentMessage(message.sent, message.id, sequence)
    remembered = {
        id: earlier
        for id, earlier in queue.sent_messages.items()
        if message.sent - earlier.at < DEDUPLICATION_INTERVAL
    }
    queue = replace(
        queue,
        sent_messages={**remembered, _scoped_id(queue, call): sent},
        sent_count=queue.sent_count + 1,
    )
    message = replace(
        message, deduplication=deduplication_id(queue, call), sequence=sequence
    )
    return queue, message


def available_messages(
    queue: Queue, messages: Sequence[Message], at: datetime
) -> list[Message]:
    """Return the messages that can be received. In a FIFO queue, a hidden message holds back the later ones of its group."""
    visible = [message for message in messages if message.visible <= at]
    if not is_fifo(queue):
        return visible
    available = list[Message]()
    held_groups = set[str]()
    for message in messages:
        if message.visible > at:
            held_groups.add(message.group)
        elif message.group not in held_groups:
            available.append(message)
    return available


def refuse_expired_handle(
    queue: Queue, messages: Sequence[Message], handle: str, at: datetime
) -> None:
    """Raise if a message of a FIFO queue is visible again, so that its handle no longer deletes it."""
    is_expired = any(
        message.receipt == handle and message.visible <= at for message in messages
    )
    if is_fifo(queue) and is_expired:
        text = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
        raise ServiceError("InvalidParameterValue", text)


def message_attributes(message: Message) -> Mapping[str, str]:
    """Return the system attributes of a message that has a group or a sequence number."""
    named = {
        "MessageGroupId": message.group,
        "MessageDeduplicationId": message.deduplication,
        "SequenceNumber": message.sequence,
    }
    return {name: value for name, value in named.items() if value}
