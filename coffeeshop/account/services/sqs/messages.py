"""SQS: the messages of a queue, sent, received, hidden and deleted.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from hashlib import md5

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Message
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.sqs.fifo import (
    available_messages,
    check_message_ids,
    find_duplicate,
    is_fifo,
    message_attributes,
    number_message,
    refuse_expired_handle,
)
from coffeeshop.account.services.sqs.lookups import (
    default_number,
    kept_messages,
    limited_number,
    named_queue,
    with_queue,
)
from coffeeshop.account.services.sqs.message_attributes import (
    attributes_digest,
    attributes_size,
    requested_attributes,
    select_attributes,
)
from coffeeshop.account.values import Json, JsonObject
from coffeeshop.policy.model import Standing

OPERATIONS = Operations()


@OPERATIONS.add_with_standing("SendMessage")
def send_message(account: Account, act: Act, standing: Standing) -> Change:
    """Append a message to a queue. It becomes visible after its delay, or the queue's default delay."""
    queue = named_queue(account, act.call)
    body = act.call.text("MessageBody")
    if not body:
        raise ServiceError(
            "MissingParameter", "The request must contain the parameter MessageBody."
        )
    check_message_ids(queue, act.call)
    attributes = requested_attributes(act.call)
    largest = default_number(queue, "MaximumMessageSize")
    if len(body.encode()) + attributes_size(attributes) > largest:
        text = f"One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes."
        raise ServiceError("InvalidParameterValue", text)
    duplicate = find_duplicate(queue, act.call, act.at) if is_fifo(queue) else None
    if duplicate:
        return account, Reply(
            _sent_shape(body, attributes, duplicate.id, duplicate.sequence)
        )
    # Several messages of one batch differ by the ids of their entries.
    entry_id = [act.call.text("Id")] if "Id" in act.call.parameters else []
    id = ids.draw_uuid(account.seed, "message", queue.name, account.calls, *entry_id)
    delay = limited_number(act.call, "DelaySeconds", default_number(queue, "DelaySeconds"))
    if is_fifo(queue):
        delay = default_number(queue, "DelaySeconds")
    message = Message(
        id,
        body,
        act.at,
        act.at + timedelta(seconds=delay),
        standing.principal.id,
        attributes=attributes,
        group=act.call.text("MessageGroupId"),
    )
    if is_fifo(queue):
        queue, message = number_message(queue, message, act.call)
    queue = replace(queue, messages=(*queue.messages, message))
    reply = _sent_shape(body, attributes, id, message.sequence)
    return with_queue(account, queue), Reply(reply)


def _sent_shape(
    body: str, attributes: Mapping[str, Mapping[str, Json]], id: str, sequence: str
) -> JsonObject:
    """Return the answer about a message that was sent. A duplicate gets that of the first one."""
    shape: JsonObject = {"MD5OfMessageBody": _md5_digest(body), "MessageId": id}
    if attributes:
        shape["MD5OfMessageAttributes"] = attributes_digest(attributes)
    if sequence:
        shape["SequenceNumber"] = sequence
    return shape


def _md5_digest(body: str) -> str:
    return md5(body.encode(), usedforsecurity=False).hexdigest()


@OPERATIONS.add("ReceiveMessage")
def receive_message(account: Account, act: Act) -> Change:
    """Receive the oldest visible messages.

    Each is hidden for a while and gets a new receipt handle.
    """
    call = act.call
    queue = named_queue(account, call)
    default_timeout = default_number(queue, "VisibilityTimeout")
    timeout = limited_number(call, "VisibilityTimeout", default_timeout)
    limited_number(call, "WaitTimeSeconds", 0)
    most_messages = limited_number(call, "MaxNumberOfMessages", 1)
    messages = kept_messages(queue, act.at)
    available = available_messages(queue, messages, act.at)
    received = {
        message.id: _receive(account, message, act.at, timeout)
        for message in available[:most_messages]
    }
    messages = tuple(received.get(message.id, message) for message in messages)
    names = {*call.words("AttributeNames"), *call.words("MessageSystemAttributeNames")}
    attribute_names = frozenset(call.words("MessageAttributeNames"))
    shapes = tuple(
        _message_shape(message, names, attribute_names) for message in received.values()
    )
    body: JsonObject = {}
    if shapes:
        body = {"Messages": shapes}
    queue = replace(queue, messages=messages)
    account_after = with_queue(account, queue)
    return account_after, Reply(body)


def _receive(account: Account, message: Message, at: datetime, timeout: int) -> Message:
    """Return a message after it was received: hidden for `timeout` seconds, with a new receipt handle."""
    receipt = ids.draw_letters(
        account.seed, HANDLE_SIZE, "receipt", message.id, account.calls
    )
    visible = at + timedelta(seconds=timeout)
    first = message.first or at
    return replace(
        message,
        visible=visible,
        receipt=receipt,
        received=message.received + 1,
        first=first,
    )


HANDLE_SIZE = 40
HANDLE_PATTERN = re.compile(f"[A-Z2-7]{{{HANDLE_SIZE}}}")  # what a handle looks like here


def _message_shape(
    message: Message, names: Set[str], attribute_names: Set[str]
) -> JsonObject:
    """Return a received message with the system attributes that are named (`All`: all), and its sender's.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    all: JsonObject = {
        "SenderId": message.sender,
        "SentTimestamp": _milliseconds(message.sent),
        "ApproximateReceiveCount": str(message.received),
        "ApproximateFirstReceiveTimestamp": _milliseconds(message.first or message.sent),
        **message_attributes(message),
    }
    attributes = {
        name: value for name, value in all.items() if "All" in names or name in names
    }
    sent_attributes = select_attributes(message.attributes, attribute_names)
    shape: JsonObject = {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": _md5_digest(message.body),
        "Body": message.body,
        **({"Attributes": attributes} if attributes else {}),
    }
    if sent_attributes:
        shape["MD5OfMessageAttributes"] = attributes_digest(sent_attributes)
        shape["MessageAttributes"] = sent_attributes
    return shape


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


@OPERATIONS.add("DeleteMessage")
def delete_message(account: Account, act: Act) -> Change:
    """Delete a message. A handle of no message is no error; a text that is no handle is."""
    queue = named_queue(account, act.call)
    handle = _receipt_handle(act.call)
    refuse_expired_handle(queue, queue.messages, handle, act.at)
    remaining = tuple(message for message in queue.messages if message.receipt != handle)
    queue = replace(queue, messages=remaining)
    account = with_queue(account, queue)
    return account, EMPTY_REPLY


def _receipt_handle(call: Call) -> str:
    """Return the receipt handle of a call. Raise ReceiptHandleIsInvalid for a text that is none."""
    handle = call.text("ReceiptHandle")
    if not HANDLE_PATTERN.fullmatch(handle):
        raise ServiceError(
            "ReceiptHandleIsInvalid",
            f'The input receipt handle "{handle}" is not a valid receipt handle.',
        )
    return handle


MESSAGE_UNAVAILABLE = (
    "Message does not exist or is not available for visibility timeout change."
)


@OPERATIONS.add("ChangeMessageVisibility")
def change_message_visibility(account: Account, act: Act) -> Change:
    """Hide a received message for so many seconds from now on. With 0 it is visible at once.

    The last receipt handle counts, even if the message is visible again (recorded).
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    """
    queue = named_queue(account, act.call)
    handle = _receipt_handle(act.call)
    timeout = limited_number(act.call, "VisibilityTimeout", 0)
    messages = kept_messages(queue, act.at)
    if all(message.receipt != handle for message in messages):
        text = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: {MESSAGE_UNAVAILABLE}"
        raise ServiceError("InvalidParameterValue", text)
    visible = act.at + timedelta(seconds=timeout)
    changed = tuple(
        replace(message, visible=visible) if message.receipt == handle else message
        for message in messages
    )
    return with_queue(account, replace(queue, messages=changed)), EMPTY_REPLY
