"""SQS: standard queues and their messages.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from hashlib import md5

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import policy_documents
from coffeeshop.account.access.data_requests import queue_name
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Message, Queue
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.paging import page_of_names
from coffeeshop.account.services.tagging import add_tags, remove_tags
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.model import Standing

LIMITS = {
    "DelaySeconds": (0, 900),
    "VisibilityTimeout": (0, 43200),
    "MaxNumberOfMessages": (1, 10),
    "WaitTimeSeconds": (
        0,
        20,
    ),  # nothing else happens during a call, so there is nothing to wait for
    "MaxResults": (1, 1000),
    "MaximumMessageSize": (1024, 1048576),
    "MessageRetentionPeriod": (60, 1209600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
}
REASON = "Must be between {} and {}, if provided."
REASONS = {"WaitTimeSeconds": "Must be >= {} and <= {}, if provided."}  # all seen
# The attributes of a queue that can be set, beside Policy, with the values that a new queue has (recorded in 2025).
DEFAULTS = {
    "VisibilityTimeout": "30",
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",  # nobody waits here
    "SqsManagedSseEnabled": "true",  # nothing here shows whether a message is encrypted
}
QUARANTINE = timedelta(seconds=60)
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")

OPERATIONS = Operations()


def _named_queue(account: Account, call: Call) -> Queue:
    """Return the queue of a call's URL. Raise NonExistentQueue, also for a URL of another account."""
    address = call.text("QueueUrl")
    name = queue_name(call)
    if address and "/" not in address:
        raise ServiceError(
            "InvalidAddress", f"The address {address} is not valid for this endpoint.", 404
        )
    queue = account.queues.get(name)
    if queue is None or (address and not address.endswith(f"/{account.id}/{name}")):
        raise _missing_queue()
    return queue


def _missing_queue() -> ServiceError:
    code = "AWS.SimpleQueueService.NonExistentQueue"
    return ServiceError(code, "The specified queue does not exist.")


def _own_queue(account: Account, act: Act, standing: Standing) -> Queue:
    """Return the queue of a call that is for people of the queue's own account only.

    Raise AccessDenied for everybody else, whatever the queue's policy allows.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html
    """
    if standing.principal.account != account.id:
        raise errors.access_denied(
            f"Access to the resource {act.call.text('QueueUrl')} is denied."
        )
    return _named_queue(account, act.call)


def _with_queue(account: Account, queue: Queue) -> Account:
    return replace(account, queues=account.queues.put(queue.name, queue))


def _limited_number(call: Call, name: str, default: int) -> int:
    """Return a parameter's number.

    Raise unless it is within SQS's limits, which AWS's model doesn't state.
    """
    least, most = LIMITS[name]
    if not least <= (value := call.number(name, default)) <= most:
        text = f"Value {value} for parameter {name} is invalid. Reason: {REASONS.get(name, REASON)}".format(
            least, most
        )
        raise ServiceError("InvalidParameterValue", text)
    return value


def queue_url(account: Account, name: str) -> str:
    """Return the queue's URL, by which all other calls name it."""
    return f"https://sqs.{ids.REGION}.amazonaws.com/{account.id}/{name}"


@OPERATIONS.add("CreateQueue")
def create_queue(account: Account, act: Act) -> Change:
    """Create a queue. Creating it twice is no error if the attributes are the same."""
    name = act.call.text("QueueName")
    attributes = _requested_attributes(act.call)
    if not NAME.fullmatch(name):
        text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise ServiceError("InvalidParameterValue", text)
    if (
        deleted_at := account.deleted_queues.get(name)
    ) and act.at - deleted_at < QUARANTINE:
        text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
        raise ServiceError("AWS.SimpleQueueService.QueueDeletedRecently", text)
    old = account.queues.get(name)
    tags = add_tags({}, act.call.tags, "InvalidParameterValue")
    queue = _set_attributes(account, old or Queue(name, act.at, tags=tags), attributes)
    if old is None:
        account = _with_queue(account, queue)
    elif differing := _differing_attributes(old, queue):
        text = f"A queue already exists with the same name and a different value for attribute {differing[0]}"
        raise ServiceError("QueueAlreadyExists", text)
    body = {"QueueUrl": queue_url(account, name)}
    return account, Reply(body)


def _differing_attributes(old: Queue, new: Queue) -> list[str]:
    """Return the attributes in which a queue that a call asks for differs from the existing one."""
    differing = [
        name
        for name, default in DEFAULTS.items()
        if old.attributes.get(name, default) != new.attributes.get(name, default)
    ]
    if old.policy != new.policy:
        return [*differing, "Policy"]
    return differing


def _requested_attributes(call: Call) -> dict[str, str]:
    """Return the attributes that the call gives. Raise for those that aren't simulated."""
    attributes = {key: str(value) for key, value in call.map("Attributes").items()}
    for name in attributes.keys() - DEFAULTS.keys() - {"Policy"}:
        if name in KNOWN:
            raise errors.service_error(
                "NotSimulated",
                f"The queue attribute {name} is not simulated in this account.",
            )
        raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")
    return attributes


KNOWN = {
    *("RedrivePolicy", "RedriveAllowPolicy", "FifoQueue"),
    *("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"),
    *("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"),
}


def _set_attributes(account: Account, queue: Queue, attributes: Mapping[str, str]) -> Queue:
    """Return the queue with new attributes. An empty Policy removes its policy."""
    policy = queue.policy
    text = attributes.get("Policy")
    if text is not None:
        if text:
            policy = policy_documents.parse_queue_policy(account, text)
        else:
            policy = None
    values = {
        name: _checked_value(name, value)
        for name, value in attributes.items()
        if name != "Policy"
    }
    return replace(queue, attributes={**queue.attributes, **values}, policy=policy)


def _checked_value(name: str, value: str) -> str:
    """Return the value of an attribute as the queue keeps it: a truth, or a number within its limits.

    Raise InvalidAttributeValue. Texts with more digits than any limit has are not parsed.
    """
    if DEFAULTS[name] == "true":
        if value.lower() in {"true", "false"}:
            return value.lower()
        raise ServiceError(
            "InvalidAttributeValue", f"Invalid value for the parameter {name}."
        )
    least, most = LIMITS[name]
    if re.fullmatch("[0-9]{1,9}", value) and least <= int(value) <= most:
        return str(int(value))
    raise ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


@OPERATIONS.add_with_standing("ListQueueTags")
def list_queue_tags(account: Account, act: Act, standing: Standing) -> Change:
    queue = _own_queue(account, act, standing)
    tags = queue.tags
    if tags:
        body = {"Tags": dict(tags)}
    else:
        body = {}
    return account, Reply(body)


@OPERATIONS.add_with_standing("TagQueue")
def tag_queue(account: Account, act: Act, standing: Standing) -> Change:
    queue = _own_queue(account, act, standing)
    queue = replace(
        queue, tags=add_tags(queue.tags, act.call.tags, "InvalidParameterValue")
    )
    account = _with_queue(account, queue)
    return account, DONE


@OPERATIONS.add_with_standing("UntagQueue")
def untag_queue(account: Account, act: Act, standing: Standing) -> Change:
    queue = _own_queue(account, act, standing)
    queue = replace(queue, tags=remove_tags(queue.tags, act.call))
    account = _with_queue(account, queue)
    return account, DONE


@OPERATIONS.add("ListQueues")
def list_queues(account: Account, act: Act) -> Change:
    """List queues. Only a call with MaxResults is told that there are more.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
    """
    call = act.call
    prefix = call.text("QueueNamePrefix")
    size = _limited_number(call, "MaxResults", LIMITS["MaxResults"][1])
    queue_names = [name for name in account.queues if name.startswith(prefix)]
    page_names, token = page_of_names(call, queue_names, "NextToken", size, _invalid_token)
    body: JsonObject = {}
    if page_names:
        body["QueueUrls"] = tuple(queue_url(account, name) for name in page_names)
    if token and "MaxResults" in call.parameters:
        body["NextToken"] = token
    return account, Reply(body)


def _invalid_token(_reason: str) -> ServiceError:
    text = "Invalid or expired next token."  # uncertain
    return ServiceError("InvalidParameterValue", text)


@OPERATIONS.add("GetQueueUrl")
def get_queue_url(account: Account, act: Act) -> Change:
    owner = act.call.text("QueueOwnerAWSAccountId", account.id)
    if owner != account.id:
        raise _missing_queue()
    queue = _named_queue(account, act.call)
    body = {"QueueUrl": queue_url(account, queue.name)}
    return account, Reply(body)


def _queue_attributes(account: Account, queue: Queue, at: datetime) -> dict[str, str]:
    """Return all attributes of a queue, with messages counted as visible, in flight or
    delayed.
    """
    messages = _kept_messages(queue, at)
    out_of_sight = [message for message in messages if message.visible > at]
    received = sum(1 for message in out_of_sight if message.receipt)
    if queue.policy:
        policy_attribute = {"Policy": queue.policy.text}
    else:
        policy_attribute = {}
    return {
        "QueueArn": ids.arn(account, "queue", queue.name),
        "ApproximateNumberOfMessages": str(len(messages) - len(out_of_sight)),
        "ApproximateNumberOfMessagesNotVisible": str(received),
        "ApproximateNumberOfMessagesDelayed": str(len(out_of_sight) - received),
        "CreatedTimestamp": str(int(queue.created.timestamp())),
        "LastModifiedTimestamp": str(int((queue.modified or queue.created).timestamp())),
        **DEFAULTS,
        **queue.attributes,
        **policy_attribute,
    }


@OPERATIONS.add("GetQueueAttributes")
def get_queue_attributes(account: Account, act: Act) -> Change:
    names = act.call.words("AttributeNames")
    queue = _named_queue(account, act.call)
    all_attributes = _queue_attributes(account, queue, act.at)
    if "All" in names:
        attributes = all_attributes
    else:
        attributes = {
            name: value for name, value in all_attributes.items() if name in names
        }
    if attributes:
        body = {"Attributes": attributes}
    else:
        body = {}
    return account, Reply(body)


@OPERATIONS.add_with_standing("SetQueueAttributes")
def set_queue_attributes(account: Account, act: Act, standing: Standing) -> Change:
    queue = _own_queue(account, act, standing)
    queue = _set_attributes(account, queue, _requested_attributes(act.call))
    account = _with_queue(account, replace(queue, modified=act.at))
    return account, DONE


@OPERATIONS.add_with_standing("SendMessage")
def send_message(account: Account, act: Act, standing: Standing) -> Change:
    """Append a message to a queue. It becomes visible after its delay, or the queue's default delay."""
    queue = _named_queue(account, act.call)
    body = act.call.text("MessageBody")
    if not body:
        raise ServiceError(
            "MissingParameter", "The request must contain the parameter MessageBody."
        )
    largest = _default_number(queue, "MaximumMessageSize")
    if len(body.encode()) > largest:
        text = f"One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes."
        raise ServiceError("InvalidParameterValue", text)
    id = ids.draw_uuid(account.seed, "message", queue.name, account.calls)
    visible = act.at + timedelta(
        seconds=_limited_number(
            act.call, "DelaySeconds", _default_number(queue, "DelaySeconds")
        )
    )
    messages = (*queue.messages, Message(id, body, act.at, visible, standing.principal.id))
    queue = replace(queue, messages=messages)
    account_after = _with_queue(account, queue)
    return account_after, Reply({"MD5OfMessageBody": _md5_digest(body), "MessageId": id})


def _kept_messages(queue: Queue, at: datetime) -> tuple[Message, ...]:
    """Return the messages that are no older than the queue's MessageRetentionPeriod."""
    oldest = at - timedelta(seconds=_default_number(queue, "MessageRetentionPeriod"))
    return tuple(message for message in queue.messages if message.sent > oldest)


def _default_number(queue: Queue, attribute: str) -> int:
    """Return the queue's attribute, which applies where the call gives none."""
    return int(queue.attributes.get(attribute, DEFAULTS[attribute]))


def _md5_digest(body: str) -> str:
    return md5(body.encode(), usedforsecurity=False).hexdigest()


@OPERATIONS.add("ReceiveMessage")
def receive_message(account: Account, act: Act) -> Change:
    """Receive the oldest visible messages.

    Each is hidden for a while and gets a new receipt handle.
    """
    call = act.call
    queue = _named_queue(account, call)
    default_timeout = _default_number(queue, "VisibilityTimeout")
    timeout = _limited_number(call, "VisibilityTimeout", default_timeout)
    _limited_number(call, "WaitTimeSeconds", 0)
    most_messages = _limited_number(call, "MaxNumberOfMessages", 1)
    kept_messages = _kept_messages(queue, act.at)
    visible = [message for message in kept_messages if message.visible <= act.at]
    received = {
        message.id: _receive(account, message, act.at, timeout)
        for message in visible[:most_messages]
    }
    messages = tuple(received.get(message.id, message) for message in kept_messages)
    names = {*call.words("AttributeNames"), *call.words("MessageSystemAttributeNames")}
    shapes = tuple(_message_shape(message, names) for message in received.values())
    body: JsonObject = {}
    if shapes:
        body = {"Messages": shapes}
    queue = replace(queue, messages=messages)
    account_after = _with_queue(account, queue)
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
HANDLE = re.compile(f"[A-Z2-7]{{{HANDLE_SIZE}}}")  # what a handle looks like here


def _message_shape(message: Message, names: Set[str]) -> JsonObject:
    """Return a received message with the system attributes that are named (`All`: all).

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    all: JsonObject = {
        "SenderId": message.sender,
        "SentTimestamp": _milliseconds(message.sent),
        "ApproximateReceiveCount": str(message.received),
        "ApproximateFirstReceiveTimestamp": _milliseconds(message.first or message.sent),
    }
    attributes = {
        name: value for name, value in all.items() if "All" in names or name in names
    }
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": _md5_digest(message.body),
        "Body": message.body,
        **({"Attributes": attributes} if attributes else {}),
    }


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


@OPERATIONS.add("DeleteMessage")
def delete_message(account: Account, act: Act) -> Change:
    """Delete a message. A handle of no message is no error; a text that is no handle is."""
    queue = _named_queue(account, act.call)
    handle = act.call.text("ReceiptHandle")
    if not HANDLE.fullmatch(handle):
        raise ServiceError(
            "ReceiptHandleIsInvalid",
            f'The input receipt handle "{handle}" is not a valid receipt handle.',
        )
    remaining = tuple(message for message in queue.messages if message.receipt != handle)
    queue = replace(queue, messages=remaining)
    account = _with_queue(account, queue)
    return account, DONE


@OPERATIONS.add("PurgeQueue")
def purge_queue(account: Account, act: Act) -> Change:
    """Delete all messages. Another purge is refused for 60 seconds.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
    """
    queue = _named_queue(account, act.call)
    if queue.purged and act.at - queue.purged < QUARANTINE:
        text = f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds."
        raise ServiceError("AWS.SimpleQueueService.PurgeQueueInProgress", text, 403)
    account = _with_queue(account, replace(queue, messages=(), purged=act.at))
    return account, DONE


@OPERATIONS.add_with_standing("DeleteQueue")
def delete_queue(account: Account, act: Act, standing: Standing) -> Change:
    """Delete a queue. Its name can't be used again for 60 seconds, so the time is kept."""
    queue = _own_queue(account, act, standing)
    name = queue.name
    deleted = account.deleted_queues.put(name, act.at)
    account = replace(account, queues=account.queues.drop(name), deleted_queues=deleted)
    return account, DONE
