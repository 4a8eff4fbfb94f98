"""Look up what an SQS call names, with the limits and the defaults of queues. Raise SQS's refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access.data_requests import queue_name
from coffeeshop.account.model import Account, Act, Call, ServiceError
from coffeeshop.account.resources import Message, Queue
from coffeeshop.account.services import EMPTY_REPLY, Change
from coffeeshop.policy.model import Standing

VALUE_LIMITS = {
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
LIMIT_REASON = "Must be between {} and {}, if provided."
LIMIT_REASONS = {"WaitTimeSeconds": "Must be >= {} and <= {}, if provided."}  # all seen
# The attributes of a queue that can be set, beside Policy, with the values that a new queue has (recorded in 2025).
QUEUE_DEFAULTS = {
    "VisibilityTimeout": "30",
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",  # nobody waits here
    "SqsManagedSseEnabled": "true",  # nothing here shows whether a message is encrypted
}


def named_queue(account: Account, call: Call) -> Queue:
    """Return the queue of a call's URL. Raise NonExistentQueue, also for a URL of another account."""
    address = call.text("QueueUrl")
    name = queue_name(call)
    if address and "/" not in address:
        raise ServiceError(
            "InvalidAddress", f"The address {address} is not valid for this endpoint.", 404
        )
    queue = account.queues.get(name)
    if queue is None or (address and not address.endswith(f"/{account.id}/{name}")):
        raise missing_queue()
    return queue


def missing_queue() -> ServiceError:
    code = "AWS.SimpleQueueService.NonExistentQueue"
    return ServiceError(code, "The specified queue does not exist.")


def own_queue(account: Account, act: Act, standing: Standing) -> Queue:
    """Return the queue of a call that is for people of the queue's own account only.

    Raise AccessDenied for everybody else, whatever the queue's policy allows.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html
    """
    if standing.principal.account != account.id:
        raise errors.access_denied(
            f"Access to the resource {act.call.text('QueueUrl')} is denied."
        )
    return named_queue(account, act.call)


def change_own_queue(
    account: Account, act: Act, standing: Standing, change: Callable[[Queue], Queue]
) -> Change:
    """Change the queue of a call that is for people of the queue's own account only."""
    queue = own_queue(account, act, standing)
    return with_queue(account, change(queue)), EMPTY_REPLY


def with_queue(account: Account, queue: Queue) -> Account:
    return replace(account, queues=account.queues.put(queue.name, queue))


def limited_number(call: Call, name: str, default: int) -> int:
    """Return a parameter's number.

    Raise unless it is within SQS's limits, which AWS's model doesn't state.
    """
    least, most = VALUE_LIMITS[name]
    if not least <= (value := call.number(name, default)) <= most:
        text = f"Value {value} for parameter {name} is invalid. Reason: {LIMIT_REASONS.get(name, LIMIT_REASON)}".format(
            least, most
        )
        raise ServiceError("InvalidParameterValue", text)
    return value


def queue_url(account: Account, name: str) -> str:
    """Return the queue's URL, by which all other calls name it."""
    return f"https://sqs.{ids.REGION}.amazonaws.com/{account.id}/{name}"


def kept_messages(queue: Queue, at: datetime) -> tuple[Message, ...]:
    """Return the messages that are no older than the queue's MessageRetentionPeriod."""
    oldest = at - timedelta(seconds=default_number(queue, "MessageRetentionPeriod"))
    return tuple(message for message in queue.messages if message.sent > oldest)


def default_number(queue: Queue, attribute: str) -> int:
    """Return the queue's attribute, which applies where the call gives none."""
    return int(queue.attributes.get(attribute, QUEUE_DEFAULTS[attribute]))
