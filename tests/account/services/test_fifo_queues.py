"""FIFO queues: names, attributes, groups, duplicates and the order in which messages come.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fifo-queues.html
"""

from collections.abc import Mapping
from typing import Any

import pytest

from coffeeshop.account.model import Reply, ServiceError
from coffeeshop.account.values import Json
from tests.account.shop import ID, Shop

NAME = "orders.fifo"
URL = f"https://sqs.us-east-1.amazonaws.com/{ID}/{NAME}"
FIFO = {"FifoQueue": "true"}


def fifo_shop(**attributes: str) -> Shop:
    shop = Shop()
    created(shop, NAME, **attributes)
    return shop


def created(shop: Shop, name: str, **attributes: str) -> Any:
    """The answer to CreateQueue for a FIFO queue with these attributes."""
    given = {**FIFO, **attributes}
    return shop.call("sqs", "CreateQueue", QueueName=name, Attributes=given).answer


def sent(shop: Shop, body: str, group: str = "till", id: str = "") -> Mapping[str, Any]:
    parameters: dict[str, Json] = {"MessageBody": body, "MessageGroupId": group}
    if id:
        parameters["MessageDeduplicationId"] = id
    answer = shop.call("sqs", "SendMessage", QueueUrl=URL, **parameters).answer
    assert isinstance(answer, Reply), answer
    return answer.body


def received(shop: Shop, **parameters: Json) -> list[Mapping[str, Any]]:
    limits: dict[str, Json] = {"MaxNumberOfMessages": 10, **parameters}
    answer = shop.call("sqs", "ReceiveMessage", QueueUrl=URL, **limits).answer
    assert isinstance(answer, Reply), answer
    messages: Any = answer.body.get("Messages", ())
    return list(messages)


def bodies(shop: Shop, **parameters: Json) -> list[str]:
    return [message["Body"] for message in received(shop, **parameters)]


def refusal(shop: Shop, operation: str, **parameters: Json) -> tuple[str, str]:
    answer = shop.call("sqs", operation, **parameters).answer
    assert isinstance(answer, ServiceError), answer
    return answer.code, answer.message


def test_a_fifo_queue_is_named_so_and_no_other_is():
    shop = fifo_shop()
    assert created(shop, "orders").code == "InvalidParameterValue"
    assert created(shop, f"{'x' * 76}.fifo").code == "InvalidParameterValue"
    assert refusal(shop, "CreateQueue", QueueName="x.fifo")[0] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("attribute", "text"),
    [
        ("FifoQueue", "Unknown Attribute FifoQueue."),
        ("ContentBasedDeduplication", "Unknown Attribute ContentBasedDeduplication."),
        (
            "DeduplicationScope",
            "You can specify the DeduplicationScope only when FifoQueue is set to true.",
        ),
        (
            "FifoThroughputLimit",
            "You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
        ),
    ],
)
def test_a_standard_queue_has_no_attribute_of_fifo_queues(attribute: str, text: str):
    """Recorded by LocalStack's tests (test_sqs.py, May 2024)."""
    given = {attribute: "false"}
    answer = refusal(Shop(), "CreateQueue", QueueName="plain", Attributes=given)
    assert answer == ("InvalidAttributeName", text)


def test_a_queue_keeps_its_kind_and_tells_its_attributes():
    shop = fifo_shop(ContentBasedDeduplication="True")
    answer = refusal(
        shop, "SetQueueAttributes", QueueUrl=URL, Attributes={"FifoQueue": "false"}
    )
    assert answer[0] == "InvalidAttributeValue"
    line = f"sqs get-queue-attributes --queue-url {URL} --attribute-names All"
    attributes = shop(line)["Attributes"]
    assert {name: attributes[name] for name in attributes if "ontent" in name} == {
        "ContentBasedDeduplication": "true"
    }
    assert attributes["DeduplicationScope"] == "queue"
    differing = created(shop, NAME, ContentBasedDeduplication="false")
    assert (differing.code, "ContentBasedDeduplication" in differing.message) == (
        "QueueAlreadyExists",
        True,
    )


def test_a_message_needs_a_group_and_an_id():
    """Recorded by LocalStack's tests (test_sqs.py, April 2024)."""
    shop = fifo_shop()
    message = {"QueueUrl": URL, "MessageBody": "latte"}
    assert refusal(shop, "SendMessage", **message, MessageDeduplicationId="1") == (
        "MissingParameter",
        "The request must contain the parameter MessageGroupId.",
    )
    assert refusal(shop, "SendMessage", **message, MessageGroupId="till") == (
        "InvalidParameterValue",
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    )
    ids = {"MessageGroupId": "till", "MessageDeduplicationId": "1"}
    for strange in ({"DelaySeconds": 2}, {"MessageGroupId": "a b"}):
        answer = refusal(shop, "SendMessage", **message, **{**ids, **strange})
        assert answer[0] == "InvalidParameterValue"
    entries = ({"Id": "a", "MessageBody": "x", **ids}, {"Id": "b", "MessageBody": "y"})
    batch = refusal(shop, "SendMessageBatch", QueueUrl=URL, Entries=entries)
    assert batch[0] == "InvalidParameterValue"
    assert received(shop) == []


def test_a_duplicate_is_accepted_and_comes_once_within_five_minutes():
    shop = fifo_shop()
    first = sent(shop, "latte", id="1")
    (message,) = received(shop)
    shop.call("sqs", "DeleteMessage", QueueUrl=URL, ReceiptHandle=message["ReceiptHandle"])
    again = sent(shop, "mocha", group="bar", id="1")
    assert (again["MessageId"], again["SequenceNumber"]) == (
        first["MessageId"],
        first["SequenceNumber"],
    )
    assert received(shop) == []
    shop.later(minutes=5)
    later = sent(shop, "mocha", group="bar", id="1")
    assert later["SequenceNumber"] > first["SequenceNumber"]
    assert bodies(shop) == ["mocha"]


def test_the_body_can_tell_duplicates_and_the_group_can_bound_them():
    shop = fifo_shop(ContentBasedDeduplication="true", DeduplicationScope="messageGroup")
    for group in ("till", "bar", "till"):
        sent(shop, "latte", group=group)
    assert bodies(shop) == ["latte", "latte"]


def test_a_received_message_holds_back_its_group_and_no_other():
    shop = fifo_shop(VisibilityTimeout="30")
    sent(shop, "a1", "a", "1")
    sent(shop, "a2", "a", "2")
    sent(shop, "b1", "b", "3")
    assert bodies(shop, MaxNumberOfMessages=1) == ["a1"]
    assert bodies(shop) == ["b1"]
    shop.later(seconds=30)
    assert bodies(shop) == ["a1", "a2", "b1"]


def test_an_expired_handle_deletes_nothing():
    shop = fifo_shop(VisibilityTimeout="1")
    sent(shop, "latte", id="1")
    (message,) = received(shop)
    shop.later(seconds=2)
    handle = message["ReceiptHandle"]
    code, text = refusal(shop, "DeleteMessage", QueueUrl=URL, ReceiptHandle=handle)
    assert (code, "The receipt handle has expired." in text) == (
        "InvalidParameterValue",
        True,
    )
    assert bodies(shop) == ["latte"]


def test_a_message_tells_its_group_its_id_and_its_number():
    shop = fifo_shop()
    number = sent(shop, "latte", id="1")["SequenceNumber"]
    (message,) = received(shop, AttributeNames=("All",))
    attributes = message["Attributes"]
    assert (attributes["MessageGroupId"], attributes["MessageDeduplicationId"]) == (
        "till",
        "1",
    )
    assert attributes["SequenceNumber"] == number


def test_a_standard_queue_takes_a_group_but_no_deduplication_id():
    shop = Shop()
    shop("sqs create-queue --queue-name plain")
    url = URL.replace(NAME, "plain")
    line = (
        f"sqs send-message --queue-url {url} --message-body latte --message-group-id till"
    )
    assert "SequenceNumber" not in shop(line)
    code, _ = shop.refused(f"{line} --message-deduplication-id 1")
    assert code == "InvalidParameterValue"
