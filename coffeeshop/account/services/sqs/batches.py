"""Batches: up to ten messages that are sent, deleted or hidden by one call. Each entry succeeds or fails by itself.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html
Codes and texts are as LocalStack's tests recorded them from AWS (tests/aws/services/sqs, 2024 and 2025).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.services import Apply, Change, Operations
from coffeeshop.account.services.sqs.fifo import check_batch, is_fifo
from coffeeshop.account.services.sqs.lookups import named_queue
from coffeeshop.account.services.sqs.message_attributes import (
    attributes_size,
    requested_attributes,
)
from coffeeshop.account.services.sqs.messages import OPERATIONS as SINGLE_OPERATIONS
from coffeeshop.account.values import Json, JsonObject
from coffeeshop.policy.model import Standing

MOST_ENTRIES = 10
LARGEST_BATCH = 1048576  # bytes of all messages with their attributes
ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
BAD_ID = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long."

OPERATIONS = Operations()


@OPERATIONS.add_with_standing(
    "SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"
)
def run_batch(account: Account, act: Act, standing: Standing) -> Change:
    """Carry out each entry as a separate call. Reply with the entries that succeeded and those that failed."""
    queue = named_queue(account, act.call)
    entries = _checked_entries(act.call)
    operation = act.call.operation.removesuffix("Batch")
    if operation == "SendMessage" and is_fifo(queue):
        check_batch(queue, [replace(act.call, parameters=entry) for entry in entries])
    apply = SINGLE_OPERATIONS[operation]
    successful = list[Json]()
    failed = list[Json]()
    for entry in entries:
        parameters = {**entry, "QueueUrl": act.call.text("QueueUrl")}
        call = replace(act.call, operation=operation, parameters=parameters)
        entry_id = call.text("Id")
        try:
            account, reply = _apply_entry(apply, account, replace(act, call=call), standing)
        except ServiceError as refusal:
            failed.append(
                {
                    "Id": entry_id,
                    "SenderFault": True,
                    "Code": refusal.code,
                    "Message": refusal.message,
                }
            )
        else:
            successful.append({"Id": entry_id, **reply.body})
    body: JsonObject = {"Successful": tuple(successful), "Failed": tuple(failed)}
    return account, Reply({name: rows for name, rows in body.items() if rows})


def _apply_entry(apply: Apply, account: Account, act: Act, standing: Standing) -> Change:
    """Carry out one entry. A message that is too large is refused in words of batches' own (recorded)."""
    try:
        return apply(account, act, standing)
    except ServiceError as refusal:
        text = refusal.message.replace("are invalid. Reason: Message", UNVALIDATED_BATCH)
        raise ServiceError(refusal.code, text) from None


UNVALIDATED_BATCH = "cannot be validated. Reason: Message"


def _checked_entries(call: Call) -> Sequence[Mapping[str, Json]]:
    """Return the entries of a batch. Raise SQS's refusal of the whole batch."""
    entries = call.rows("Entries")
    entry_ids = [str(entry["Id"]) for entry in entries]
    if not entries:
        text = f"There should be at least one {call.operation}RequestEntry in the request."
        raise _batch_refusal("EmptyBatchRequest", text)
    if len(entries) > MOST_ENTRIES:
        text = f"Maximum number of entries per request are {MOST_ENTRIES}. You have sent {len(entries)}."
        raise _batch_refusal("TooManyEntriesInBatchRequest", text)
    if not all(map(ENTRY_ID.fullmatch, entry_ids)):
        raise _batch_refusal("InvalidBatchEntryId", BAD_ID)
    for index, entry_id in enumerate(entry_ids):
        if entry_id in entry_ids[:index]:
            raise _batch_refusal("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")
    size = sum(_message_size(replace(call, parameters=entry)) for entry in entries)
    if size > LARGEST_BATCH:
        text = f"Batch requests cannot be longer than {LARGEST_BATCH} bytes. You have sent {size} bytes."
        raise _batch_refusal("BatchRequestTooLong", text)
    return entries


def _message_size(entry: Call) -> int:
    """Return the size of an entry's message in bytes, with its attributes if they are valid."""
    body_size = len(entry.text("MessageBody").encode())
    try:
        return body_size + attributes_size(requested_attributes(entry))
    except ServiceError:
        return body_size


def _batch_refusal(code: str, text: str) -> ServiceError:
    return ServiceError(f"AWS.SimpleQueueService.{code}", text)
