"""SQS: standard queues and their messages.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.services import Apply
from coffeeshop.account.services.sqs import batches, messages, queues
from coffeeshop.account.services.sqs.lookups import DEFAULTS, queue_url

__all__ = ["DEFAULTS", "OPERATIONS", "queue_url"]

OPERATIONS: Mapping[str, Apply] = {
    **queues.OPERATIONS,
    **messages.OPERATIONS,
    **batches.OPERATIONS,
}
