"""A queue of another account: its URL says whose it is, and both accounts must allow what is asked of it."""

import json
from shlex import quote

import pytest

from coffeeshop.account.access import sessions
from coffeeshop.account.ids import new_account
from coffeeshop.account.persistent_map import SortedMap
from tests.account.shop import AT, ID, Shop, allow

NORTH = "333344445555"
URL = f"https://sqs.us-east-1.amazonaws.com/{NORTH}/orders"
ARN = f"arn:aws:sqs:us-east-1:{NORTH}:orders"
SEND = f"sqs send-message --queue-url {URL} --message-body one"


@pytest.fixture
def shop() -> Shop:
    """The shop, with Casey who may send anywhere; and a shop in the north with a queue."""
    shop = Shop()
    north = new_account(
        NORTH, b"north", AT, "owner@north.example", "Cold-brew-at-5", "north"
    )
    shop.set(others=SortedMap([(NORTH, sessions.new_key(north, NORTH, "north", AT)[0])]))
    shop("sqs create-queue --queue-name orders", "north")
    shop.hire("casey", allow("sqs:*"))
    return shop


def open_queue(shop: Shop, *actions: str) -> None:
    row = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ID}:user/casey"},
        "Action": [*actions],
        "Resource": ARN,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [row]})
    attributes = quote(json.dumps({"Policy": text}))
    shop(f"sqs set-queue-attributes --queue-url {URL} --attributes {attributes}", "north")


def test_a_queue_of_another_account_needs_its_policy(shop: Shop):
    shop("sqs create-queue --queue-name orders")  # one of the shop's own of the same name
    code, text = shop.refused(SEND, "casey")
    assert code == "AccessDenied"
    assert f"sqs:SendMessage on resource: {ARN}" in text


def test_a_message_reaches_the_queue_of_the_url_s_account(shop: Shop):
    shop("sqs create-queue --queue-name orders")
    open_queue(shop, "sqs:SendMessage", "sqs:ReceiveMessage")
    shop(SEND, "casey")
    assert not shop.account.queues["orders"].messages
    (message,) = shop.account.others[NORTH].queues["orders"].messages
    assert message.body == "one"
    received = shop(f"sqs receive-message --queue-url {URL}", "casey")
    assert received["Messages"][0]["Body"] == "one"
    assert shop.account.id == ID


def test_whoever_has_no_policy_of_their_own_account_is_refused(shop: Shop):
    open_queue(shop, "sqs:SendMessage")
    shop.hire("robin")
    assert shop.refused(SEND, "robin")[0] == "AccessDenied"


def test_a_queue_of_another_account_is_asked_for_by_name_and_owner(shop: Shop):
    asks = f"sqs get-queue-url --queue-name orders --queue-owner-aws-account-id {NORTH}"
    assert shop.refused(asks, "casey")[0] == "AccessDenied"
    open_queue(shop, "sqs:GetQueueUrl")
    assert shop(asks, "casey") == {"QueueUrl": URL}


@pytest.mark.parametrize(
    "line",
    [
        f"sqs delete-queue --queue-url {URL}",
        f"sqs tag-queue --queue-url {URL} --tags a=b",
        f"sqs untag-queue --queue-url {URL} --tag-keys a",
        f"sqs list-queue-tags --queue-url {URL}",
        f"sqs set-queue-attributes --queue-url {URL} --attributes DelaySeconds=1",
    ],
)
def test_what_only_the_owner_s_people_may_do_is_refused_whatever_the_policy_allows(
    shop: Shop, line: str
):
    open_queue(shop, "sqs:*")
    code, text = shop.refused(line, "casey")
    assert (code, text) == ("AccessDenied", f"Access to the resource {URL} is denied.")
    assert "orders" in shop.account.others[NORTH].queues


def test_a_queue_of_an_account_that_is_not_there_is_refused(shop: Shop):
    shop("sqs create-queue --queue-name orders")
    elsewhere = URL.replace(NORTH, "999988887777")
    code, _ = shop.refused(f"sqs purge-queue --queue-url {elsewhere}", "casey")
    assert code == "AccessDenied"
