"""Messages of a queue: their attributes, batches, and how long they are hidden."""

from collections.abc import Mapping

import pytest

from coffeeshop.account.model import ServiceError
from coffeeshop.account.services.sqs.message_attributes import attributes_digest
from coffeeshop.account.values import Json
from tests.account.shop import QUEUE, Shop, allow, answered


# ---------------------------------------------------------------- message attributes
def _attribute(value: str, data_type: str = "String") -> Mapping[str, Json]:
    return {"DataType": data_type, "StringValue": value}


FILTERS = [  # what a receiver asks for, the attributes that it gets, their MD5 (LocalStack's test_sqs.py, April 2024)
    ((), "", ""),
    (("All",), "General Hello Help.Me", "4c360f3fdafd970e05fae2f149d997f5"),
    ((".*",), "General Hello Help.Me", "4c360f3fdafd970e05fae2f149d997f5"),
    (("Foo", "Help"), "", ""),
    (("Hello", "General"), "General Hello", "fca026605781cb4126a1e9044df24232"),
    (("Foo", "Hello"), "Hello", "a311262e065454b75da111d535b8dacd"),
    (("Hel.*",), "Hello Help.Me", "83fee93c1bcd8b9a5a923ffacdc636c7"),
]


@pytest.mark.parametrize(("asked", "names", "digest"), FILTERS)
def test_a_receiver_gets_the_attributes_that_it_asks_for_with_their_digest(
    asked: tuple[str, ...], names: str, digest: str
):
    shop = Shop()
    shop("sqs create-queue --queue-name online-orders")
    attributes = {
        "Help.Me": _attribute("Me"),
        "Hello": _attribute("There"),
        "General": _attribute("Kenobi"),
    }
    to_queue: Mapping[str, Json] = {"QueueUrl": QUEUE, "MessageBody": "msg"}
    sent = answered(
        shop.call("sqs", "SendMessage", MessageAttributes=attributes, **to_queue)
    )
    assert sent["MD5OfMessageAttributes"] == "4c360f3fdafd970e05fae2f149d997f5"
    received = shop.call(
        "sqs", "ReceiveMessage", QueueUrl=QUEUE, MessageAttributeNames=asked
    )
    message = answered(received)["Messages"][0]
    assert " ".join(sorted(message.get("MessageAttributes", {}))) == names
    assert message.get("MD5OfMessageAttributes", "") == digest


def test_the_digest_of_a_binary_attribute_is_the_one_that_aws_tells():
    """LocalStack's test_sqs.py, recorded in April 2024."""
    value = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"
    attribute: Mapping[str, Json] = {"DataType": "Binary", "BinaryValue": value}
    assert attributes_digest({"attr1": attribute}) == "8cbe4db156db8a94db8b801b7addb984"


WRONG = [  # an attribute, and what SQS says of it
    (_attribute(""), "must contain a non-empty value of type 'String'"),
    (_attribute("few", "Number"), "Can't cast the value of message (user) attribute"),
    (_attribute("x", "Text"), "has an invalid message attribute type"),
]


@pytest.mark.parametrize(("attribute", "text"), WRONG)
def test_an_attribute_without_a_value_of_its_type_is_refused(
    attribute: Mapping[str, Json], text: str
):
    shop = Shop()
    shop("sqs create-queue --queue-name online-orders")
    to_queue: Mapping[str, Json] = {"QueueUrl": QUEUE, "MessageBody": "msg"}
    refused = shop.call(
        "sqs", "SendMessage", MessageAttributes={"a": attribute}, **to_queue
    ).answer
    assert isinstance(refused, ServiceError)
    assert refused.code == "InvalidParameterValue"
    assert text in refused.message


# ------------------------------------------------------------------------- batches
def test_a_batch_tells_of_each_entry_whether_it_succeeded():
    shop = Shop()
    shop("sqs create-queue --queue-name online-orders --attributes MaximumMessageSize=1024")
    entries = ({"Id": "a", "MessageBody": "x" * 1025}, {"Id": "b", "MessageBody": "latte"})
    sent = answered(shop.call("sqs", "SendMessageBatch", QueueUrl=QUEUE, Entries=entries))
    assert [row["Id"] for row in sent["Successful"]] == ["b"]
    assert sent["Failed"] == (
        {
            "Id": "a",
            "SenderFault": True,
            "Code": "InvalidParameterValue",
            "Message": "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
        },
    )


def test_a_batch_needs_the_permission_for_one_message():
    shop = Shop()
    shop("sqs create-queue --queue-name online-orders")
    entries = "Id=a,MessageBody=latte Id=b,MessageBody=mocha"
    send = f"sqs send-message-batch --queue-url {QUEUE} --entries {entries}"
    by = shop.hire("casey", allow("sqs:SendMessage"))
    sent = shop(send, by)["Successful"]
    assert len({row["MessageId"] for row in sent}) == 2
    _, text = shop.refused(send, shop.hire("dana", allow("sqs:ReceiveMessage")))
    assert "sqs:SendMessage on resource" in text


def test_a_message_whose_visibility_ends_can_be_received_at_once():
    shop = Shop()
    shop("sqs create-queue --queue-name online-orders")
    shop(f"sqs send-message --queue-url {QUEUE} --message-body latte")
    first = shop(f"sqs receive-message --queue-url {QUEUE}")["Messages"][0]
    change = f"sqs change-message-visibility --queue-url {QUEUE} --receipt-handle"
    shop(f"{change} {first['ReceiptHandle']} --visibility-timeout 0")
    assert shop(f"sqs receive-message --queue-url {QUEUE}")["Messages"]
