"""SQS: queues, with their attributes and tags.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import policy_documents
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Queue
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.paging import page_of_names
from coffeeshop.account.services.sqs.fifo import FIFO_DEFAULTS as FIFO_DEFAULTS
from coffeeshop.account.services.sqs.fifo import (
    FIFO_VALUES,
    check_name,
    is_fifo,
    refuse_attribute,
)
from coffeeshop.account.services.sqs.lookups import (
    QUEUE_DEFAULTS,
    VALUE_LIMITS,
    change_own_queue,
    kept_messages,
    limited_number,
    missing_queue,
    named_queue,
    own_queue,
    queue_url,
    with_queue,
)
from coffeeshop.account.services.tagging import add_tags, remove_tags
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.model import Standing

NAME_QUARANTINE = timedelta(seconds=60)
NAME_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,80}")

FIFO_ATTRIBUTES = FIFO_DEFAULTS.keys()

OPERATIONS = Operations()


@OPERATIONS.add("CreateQueue")
def create_queue(account: Account, act: Act) -> Change:
    """Create a queue. Creating it twice is no error if the attributes are the same."""
    name = act.call.text("QueueName")
    is_fifo_queue = _asks_for_fifo(act.call)
    attributes = _requested_attributes(act.call, fifo=is_fifo_queue)
    if is_fifo_queue:
        check_name(name)
    elif not NAME_PATTERN.fullmatch(name):
        text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise ServiceError("InvalidParameterValue", text)
    if (
        deleted_at := account.deleted_queues.get(name)
    ) and act.at - deleted_at < NAME_QUARANTINE:
        text = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
        raise ServiceError("AWS.SimpleQueueService.QueueDeletedRecently", text)
    old = account.queues.get(name)
    tags = add_tags({}, act.call.tags, "InvalidParameterValue")
    queue = _set_attributes(account, old or Queue(name, act.at, tags=tags), attributes)
    if old is None:
        account = with_queue(account, queue)
    elif differing := _differing_attributes(old, queue):
        text = f"A queue already exists with the same name and a different value for attribute {differing[0]}"
        raise ServiceError("QueueAlreadyExists", text)
    body = {"QueueUrl": queue_url(account, name)}
    return account, Reply(body)


def _differing_attributes(old: Queue, new: Queue) -> list[str]:
    """Return the attributes in which a queue that a call asks for differs from the existing one."""
    defaults = {**QUEUE_DEFAULTS, **FIFO_DEFAULTS}
    differing = [
        name
        for name, default in defaults.items()
        if old.attributes.get(name, default) != new.attributes.get(name, default)
    ]
    if old.policy != new.policy:
        return [*differing, "Policy"]
    return differing


def _asks_for_fifo(call: Call) -> bool:
    """Return whether a call makes a FIFO queue."""
    return str(call.map("Attributes").get("FifoQueue", "")).lower() == "true"


def _requested_attributes(call: Call, *, fifo: bool) -> dict[str, str]:
    """Return the attributes that the call gives. Raise for those that this kind of queue lacks or that aren't simulated."""
    attributes = {key: str(value) for key, value in call.map("Attributes").items()}
    for name in attributes.keys() & FIFO_ATTRIBUTES:
        refuse_attribute(name, attributes[name], fifo=fifo)
    for name in attributes.keys() - QUEUE_DEFAULTS.keys() - FIFO_ATTRIBUTES - {"Policy"}:
        if name in KNOWN_ATTRIBUTES:
            raise errors.service_error(
                "NotSimulated",
                f"The queue attribute {name} is not simulated in this account.",
            )
        raise ServiceError("InvalidAttributeName", f"Unknown Attribute {name}.")
    return attributes


KNOWN_ATTRIBUTES = {
    *("RedrivePolicy", "RedriveAllowPolicy"),
    *("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"),
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
    if name in FIFO_ATTRIBUTES:
        return FIFO_VALUES[name][value.lower()]
    if QUEUE_DEFAULTS[name] == "true":
        if value.lower() in {"true", "false"}:
            return value.lower()
        raise ServiceError(
            "InvalidAttributeValue", f"Invalid value for the parameter {name}."
        )
    least, most = VALUE_LIMITS[name]
    if re.fullmatch("[0-9]{1,9}", value) and least <= int(value) <= most:
        return str(int(value))
    raise ServiceError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


@OPERATIONS.add_with_standing("ListQueueTags")
def list_queue_tags(account: Account, act: Act, standing: Standing) -> Change:
    queue = own_queue(account, act, standing)
    tags = queue.tags
    if tags:
        body = {"Tags": dict(tags)}
    else:
        body = {}
    return account, Reply(body)


@OPERATIONS.add_with_standing("TagQueue")
def tag_queue(account: Account, act: Act, standing: Standing) -> Change:
    return change_own_queue(
        account,
        act,
        standing,
        lambda queue: replace(
            queue, tags=add_tags(queue.tags, act.call.tags, "InvalidParameterValue")
        ),
    )


@OPERATIONS.add_with_standing("UntagQueue")
def untag_queue(account: Account, act: Act, standing: Standing) -> Change:
    return change_own_queue(
        account,
        act,
        standing,
        lambda queue: replace(queue, tags=remove_tags(queue.tags, act.call)),
    )


@OPERATIONS.add("ListQueues")
def list_queues(account: Account, act: Act) -> Change:
    """List queues. Only a call with MaxResults is told that there are more.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
    """
    call = act.call
    prefix = call.text("QueueNamePrefix")
    size = limited_number(call, "MaxResults", VALUE_LIMITS["MaxResults"][1])
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
        raise missing_queue()
    queue = named_queue(account, act.call)
    body = {"QueueUrl": queue_url(account, queue.name)}
    return account, Reply(body)


def _queue_attributes(account: Account, queue: Queue, at: datetime) -> dict[str, str]:
    """Return all attributes of a queue, with messages counted as visible, in flight or
    delayed.
    """
    messages = kept_messages(queue, at)
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
        **QUEUE_DEFAULTS,
        **(FIFO_DEFAULTS if is_fifo(queue) else {}),
        **queue.attributes,
        **policy_attribute,
    }


@OPERATIONS.add("GetQueueAttributes")
def get_queue_attributes(account: Account, act: Act) -> Change:
    names = act.call.words("AttributeNames")
    queue = named_queue(account, act.call)
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
    def change(queue: Queue) -> Queue:
        attributes = _requested_attributes(act.call, fifo=is_fifo(queue))
        changed = _set_attributes(account, queue, attributes)
        return replace(changed, modified=act.at)

    return change_own_queue(account, act, standing, change)


@OPERATIONS.add("PurgeQueue")
def purge_queue(account: Account, act: Act) -> Change:
    """Delete all messages. Another purge is refused for 60 seconds.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
    """
    queue = named_queue(account, act.call)
    if queue.purged and act.at - queue.purged < NAME_QUARANTINE:
        text = f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds."
        raise ServiceError("AWS.SimpleQueueService.PurgeQueueInProgress", text, 403)
    account = with_queue(account, replace(queue, messages=(), purged=act.at))
    return account, EMPTY_REPLY


@OPERATIONS.add_with_standing("DeleteQueue")
def delete_queue(account: Account, act: Act, standing: Standing) -> Change:
    """Delete a queue. Its name can't be used again for 60 seconds, so the time is kept."""
    queue = own_queue(account, act, standing)
    name = queue.name
    deleted = account.deleted_queues.put(name, act.at)
    account = replace(account, queues=account.queues.drop(name), deleted_queues=deleted)
    return account, EMPTY_REPLY
