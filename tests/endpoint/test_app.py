"""The endpoint on a connection: limits, clients that are slow or gone, and requests that nobody should have sent."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping
from errno import EMFILE
from xml.etree.ElementTree import Element, fromstring

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from coffeeshop.endpoint import http as module
from coffeeshop.endpoint.app import MAX_BODY_BYTES, App, largest_body
from coffeeshop.endpoint.message import Request, Response
from tests.endpoint.shop import HOST, Shop, opened, received
from tests.endpoint.wire import connected

pytestmark = pytest.mark.slow
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.fixture(scope="module")
def shop() -> Shop:
    return opened()


async def ask(
    shop: Shop,
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    *parts: bytes,
    signed: bool = True,
) -> tuple[int, dict[str, str], bytes]:
    """What is answered to a request, signed by whoever holds the badge, that comes in parts."""
    request = AWSRequest(method, f"{HOST}{path}", {**(headers or {})}, b"".join(parts))
    if signed:
        keys = shop.keys("ada@console")
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(Credentials(*keys.values()), service, "us-east-1").add_auth(request)
    whole = received(request.prepare())
    return await run(shop, method, whole.path, whole.query, whole.headers, parts or (b"",))


def head(method: str, path: str, query: str, headers: Mapping[str, str]) -> bytes:
    """The head of a request as it goes over a connection."""
    lines = [f"{method} {path}{'?' if query else ''}{query} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def run(
    shop: Shop,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    parts: tuple[bytes, ...],
) -> tuple[int, dict[str, str], bytes]:
    """What is answered to a request whose body comes in parts."""
    size = sum(map(len, parts))
    length = {"content-length": str(size)} if size else {}
    http, wire = connected(App(shop.endpoint), asyncio.get_running_loop())
    http.data_received(head(method, path, query, {**length, **headers}))
    for part in parts:
        if not wire.closed:
            http.data_received(part)
    http.connection_lost(None)
    return read(wire.wrote)


def read(wrote: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a response; 0 where there is none."""
    if not wrote:
        return 0, {}, b""
    first, _, body = wrote.partition(b"\r\n\r\n")
    status, *lines = first.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return int(status.split()[1]), {name: value for name, _, value in pairs}, body


async def test_a_body_that_comes_in_parts_is_whole(shop: Shop):
    body = b"Action=GetUser&Version=2010-05-08&UserName=casey"
    request = AWSRequest("POST", HOST, FORM, body)
    SigV4Auth(Credentials(*shop.keys("ada@console").values()), "iam", "us-east-1").add_auth(
        request
    )
    whole = received(request.prepare())
    status, headers, said = await run(
        shop, "POST", "/", "", whole.headers, (body[:5], body[5:9], b"", body[9:])
    )
    assert (status, headers["content-type"]) == (200, "text/xml")
    assert b"<UserName>casey</UserName>" in said
    assert int(headers["content-length"]) == len(said)


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("s3", b"<Code>EntityTooLarge</Code>"),
        ("iam", b"<Code>RequestEntityTooLarge</Code>"),
        ("dynamodb", b"RequestEntityTooLarge"),
    ],
)
async def test_a_body_that_is_too_large_is_413_in_the_form_of_its_service(
    shop: Shop, service: str, code: bytes
):
    half = bytes(MAX_BODY_BYTES // 2 + 1)
    status, _, said = await ask(shop, service, "POST", "/b/k", {}, half, half)
    assert status == 413
    assert code in said


async def test_a_body_that_says_it_is_far_too_large_is_not_even_read(shop: Shop):
    headers = {"content-length": str(10**12), "host": "127.0.0.1"}
    assert (await run(shop, "PUT", "/b/k", "", headers, ()))[0] == 413
    headers |= {"content-length": str(MAX_BODY_BYTES + 1), "expect": "100-continue"}
    assert (await run(shop, "POST", "/b/k", "", headers, ()))[0] == 413


def test_an_object_can_be_as_large_as_the_parts_that_clients_send():
    def largest(method: str, path: str) -> int:
        return largest_body(Request(method, path, "", {}, b""))

    assert largest("PUT", "/b/k") >= 15 * 1024 * 1024
    assert largest("PUT", "/b") == largest("POST", "/b/k") == MAX_BODY_BYTES


async def test_a_client_that_goes_away_is_answered_nothing_and_does_nothing(shop: Shop):
    before = shop.player.playing.play
    http, wire = connected(App(shop.endpoint), asyncio.get_running_loop())
    http.data_received(head("POST", "/", "", {"host": "127.0.0.1", "content-length": "99"}))
    http.data_received(b"Action=")
    http.connection_lost(None)
    assert wire.wrote == b""
    assert shop.player.playing.play is before


async def test_a_client_that_never_comes_to_an_end_is_told_so_in_the_form_of_its_service(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "REQUEST_TIMEOUT", 0)
    http, wire = connected(App(shop.endpoint), asyncio.get_running_loop())
    asked = {"host": "127.0.0.1", "content-length": "9"}
    http.data_received(head("PUT", "/b/k", "", asked))
    while not wire.closed:
        await asyncio.sleep(0)
    status, _, said = read(wire.wrote)
    assert (status, b"<Code>RequestTimeout</Code>" in said) == (400, True)


async def test_a_header_that_would_end_before_its_end_is_a_fault_of_our_own(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    split = Response(200, {"x-amz-meta-a": "b\r\nset-cookie: c"})
    monkeypatch.setattr(shop.endpoint, "respond", lambda _: split)
    status, headers, said = await ask(shop, "s3", "GET", "/b/k")
    assert (status, "set-cookie" in headers) == (500, False)
    assert b"<Code>InternalFailure</Code>" in said
    assert "control character" in capsys.readouterr().err


async def test_a_fault_of_our_own_is_told_as_one_and_the_next_request_is_answered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(shop.endpoint.player, "perform", lambda *_: 1 / 0)
    status, _, said = await ask(
        shop, "iam", "POST", "/", FORM, b"Action=ListUsers&Version=2010-05-08"
    )
    assert (status, b"<Code>InternalFailure</Code>" in said, b"division" in said) == (
        500,
        True,
        False,
    )
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.undo()
    assert (
        await ask(shop, "iam", "POST", "/", FORM, b"Action=ListUsers&Version=2010-05-08")
    )[0] == 200


@pytest.mark.parametrize(
    "asked", [b"ListUsers", b"GetUser&UserName=nobody", b"GetUser&UserName=%20"]
)
async def test_calls_leave_no_circles_for_the_collector_to_find(shop: Shop, asked: bytes):
    request = AWSRequest("POST", HOST, FORM, b"Version=2010-05-08&Action=" + asked)
    SigV4Auth(Credentials(*shop.keys("ada@console").values()), "iam", "us-east-1").add_auth(
        request
    )
    whole = received(request.prepare())
    sent = head("POST", "/", "", whole.headers) + whole.body
    http, _ = connected(App(shop.endpoint), asyncio.get_running_loop())
    http.data_received(sent)  # which reads what all others know

    def collected_after(calls: int) -> int:
        gc.collect()
        for _ in range(calls):
            http.data_received(sent)
        return gc.collect()

    gc.disable()
    try:
        # What other tests left behind is not the calls', and is gone after a round.
        assert min(collected_after(99) for _ in range(3)) < 99
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("service", "path", "headers", "body", "told"),
    [
        (
            "iam",
            "/",
            FORM,
            b"Action=ListUsers&Version=2010-05-08",
            b"<Type>Receiver</Type><Code>ServiceUnavailable<",
        ),
        ("s3", "/", {}, b"", b"<Error><Code>ServiceUnavailable</Code>"),
        (
            "dynamodb",
            "/",
            {"x-amz-target": "DynamoDB_20120810.ListTables"},
            b"{}",
            b"#ServiceUnavailable",
        ),
        ("lambda", "/2015-03-31/functions", {}, b"", b"temporary failure"),
    ],
)
async def test_where_no_file_can_be_opened_clients_are_told_to_ask_again(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    told: bytes,
):
    def perform(*_: object) -> None:
        raise OSError(EMFILE, "Too many open files")

    monkeypatch.setattr(shop.endpoint.player, "perform", perform)
    status, said, text = await ask(
        shop, service, "POST" if body else "GET", path, headers, body
    )
    assert (status, said["connection"], told in text) == (503, "close", True)


TARGET = {
    "x-amz-target": "DynamoDB_20120810.GetItem",
    "content-type": "application/x-amz-json-1.0",
}
DEEP = b'{"TableName":"Inventory","Key":{"k":' + b'{"L":[' * 90 + b"]}" * 90 + b"}}"
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Tagging>&a;</Tagging>'


@pytest.mark.parametrize(
    ("service", "method", "path", "headers", "body", "code"),
    [
        (
            "iam",
            "POST",
            "/",
            FORM,
            b"Action=CreateUser&Version=2010-05-08&UserName=%ff",
            b"MalformedInput",
        ),
        (
            "iam",
            "POST",
            "/",
            FORM,
            b"Action=ListUsers&Version=2010-05-08&MaxItems=ten",
            b"MalformedInput",
        ),
        (
            "iam",
            "POST",
            "/",
            FORM,
            b"Action=ListUsers&Version=2010-05-08&MaxItems=" + b"9" * 40,
            b"MalformedInput",
        ),
        (
            "iam",
            "POST",
            "/",
            FORM,
            b"Action=TagUser&UserName=casey&Tags.member.x.Key=a",
            b"MalformedInput",
        ),
        (
            "iam",
            "POST",
            "/",
            FORM,
            b"Action=TagUser&UserName=casey&Tags.member..Key=a",
            b"MalformedInput",
        ),
        (
            "iam",
            "POST",
            "/",
            FORM,
            b"Action=TagUser&UserName=casey&Tags=a",
            b"MalformedInput",
        ),
        (
            "iam",
            "POST",
            "/",
            FORM,
            b"Action=TagUser&UserName=casey&Tags.member.1=a&Tags.member.1.Key=b",
            b"MalformedInput",
        ),
        (
            "iam",
            "POST",
            "/",
            FORM,
            b"Action=TagUser&UserName=casey&Tags" + b".a" * 9999 + b"=1",
            b"MalformedInput",
        ),
        (
            "iam",
            "POST",
            "/",
            FORM,
            b"Action=NoSuchThing&Version=2010-05-08",
            b"InvalidAction",
        ),
        ("iam", "POST", "/", FORM, b"", b"InvalidAction"),
        ("dynamodb", "POST", "/", TARGET, b"{", b"SerializationException"),
        ("dynamodb", "POST", "/", TARGET, b"[]", b"SerializationException"),
        ("dynamodb", "POST", "/", TARGET, b'{"TableName": 7}', b"SerializationException"),
        ("dynamodb", "POST", "/", TARGET, b"\xff", b"SerializationException"),
        ("dynamodb", "POST", "/", TARGET, DEEP, b"SerializationException"),
        ("dynamodb", "POST", "/", TARGET, b"[" * 100_000, b"SerializationException"),
        (
            "dynamodb",
            "POST",
            "/",
            TARGET,
            b'{"TableName":"Inventory","Key":{"k":{"B":"?"}}}',
            b"SerializationException",
        ),
        (
            "dynamodb",
            "POST",
            "/",
            {**TARGET, "x-amz-target": "DynamoDB_20120810.Nothing"},
            b"{}",
            b"UnknownOperationException",
        ),
        (
            "dynamodb",
            "POST",
            "/",
            {"x-amz-target": ""},
            b"{}",
            b"UnknownOperationException",
        ),
        ("lambda", "POST", "/2015-03-31/functions", {}, b"{", b"InvalidRequestContent"),
        ("lambda", "GET", "/2015-03-31/nothing", {}, b"", b"UnknownOperationException"),
        ("s3", "PUT", "/coffeeshop-receipts/k?tagging", {}, b"<Tagging>", b"MalformedXML"),
        ("s3", "PUT", "/coffeeshop-receipts/k?tagging", {}, BOMB, b"MalformedXML"),
        ("s3", "PUT", "/coffeeshop-receipts/k?tagging", {}, b"<a>" * 5000, b"MalformedXML"),
        ("s3", "PATCH", "/coffeeshop-receipts/k", {}, b"", b"MethodNotAllowed"),
        (
            "s3",
            "OPTIONS",
            "/coffeeshop-receipts/k",
            {},
            b"",
            b"MethodNotAllowed",
        ),
        ("s3", "GET", "/%FF%FE?list-type=2", {}, b"", b"MalformedXML"),
        (
            "s3",
            "PUT",
            "/coffeeshop-receipts/k",
            {"content-md5": "AAAA"},
            b"hello",
            b"BadDigest",
        ),
        (
            "ec2",
            "POST",
            "/",
            FORM,
            b"Action=DescribeInstances&InstanceId.x=1",
            b"InvalidParameterValue",
        ),
    ],
)
async def test_what_cannot_be_read_is_refused_in_the_form_of_its_service(
    shop: Shop,
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    code: bytes,
):
    before = shop.player.playing.play
    status, told, said = await ask(shop, service, method, path, headers, body)
    assert (
        400 <= status < 500,
        code in said or code.decode() in told.get("x-amzn-errortype", ""),
    ) == (
        True,
        True,
    )
    assert b"<html" not in said.lower()
    assert not [name for name in told if name.startswith("access-control")]
    assert shop.player.playing.play is before


async def test_who_shows_nothing_is_told_by_target_by_action_and_by_path(shop: Shop):
    before = shop.player.playing.play.acts
    for headers, path, body, code in (
        (
            TARGET,
            "/",
            b'{"TableName":"Inventory","Key":{"item":{"S":"x"}}}',
            b"MissingAuthenticationToken",
        ),
        (
            FORM,
            "/",
            b"Action=GetCallerIdentity&Version=2011-06-15",
            b"MissingAuthenticationToken",
        ),
        ({}, "/2015-03-31/functions", b"", b"MissingAuthenticationToken"),
        ({}, "/coffeeshop-receipts?list-type=2", b"", b"AccessDenied"),
    ):
        method = "POST" if body else "GET"
        status, _, said = await ask(shop, "", method, path, headers, body, signed=False)
        assert (status, code in said or status == 403) == (403, True)
    assert shop.player.playing.play.acts == before


async def test_a_refused_head_has_no_body(shop: Shop):
    status, headers, said = await ask(shop, "s3", "HEAD", "/coffeeshop-receipts/none")
    assert (status, headers["content-length"], said) == (404, "0", b"")
    status, headers, said = await ask(shop, "s3", "HEAD", "/coffeeshop-receipts?x=%FF")
    assert (status, said) == (400, b"")


async def test_what_a_form_says_may_stand_in_the_address(shop: Shop):
    status, _, said = await ask(shop, "iam", "GET", "/?Action=ListUsers&Version=2010-05-08")
    assert (status, b"<UserName>casey</UserName>" in said) == (200, True)


# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
OLD = "Version=2012-11-05&Action="
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/old"


async def queried(shop: Shop, action: str, path: str = "/", code: int = 200) -> Element:
    """The answer of SQS to one of its old queries."""
    status, headers, said = await ask(
        shop, "sqs", "POST", path, FORM, f"{OLD}{action}".encode()
    )
    assert (status, headers["content-type"]) == (code, "text/xml")
    return fromstring(said)


def texts(answer: Element, path: str) -> list[str | None]:
    return [found.text for found in answer.iterfind(path)]


async def test_sqs_still_answers_the_queries_of_older_sdks(shop: Shop):
    made = "&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Tag.2.Key=b&Tag.2.Value=%3C&Tag.1.Key=a&Tag.1.Value=1"
    assert texts(
        await queried(shop, f"CreateQueue&QueueName=old{made}"),
        "CreateQueueResult/QueueUrl",
    ) == [QUEUE]
    url = f"&QueueUrl={QUEUE}"
    assert QUEUE in texts(await queried(shop, "ListQueues"), "ListQueuesResult/QueueUrl")
    told = await queried(
        shop,
        f"GetQueueAttributes{url}&AttributeName.1=DelaySeconds&AttributeName.2=QueueArn",
    )
    names, values = (
        texts(told, f"GetQueueAttributesResult/Attribute/{part}")
        for part in ("Name", "Value")
    )
    arn = "arn:aws:sqs:us-east-1:111122223333:old"
    assert dict(zip(names, values, strict=True)) == {"DelaySeconds": "5", "QueueArn": arn}
    await queried(
        shop, f"SetQueueAttributes{url}&Attribute.1.Name=DelaySeconds&Attribute.1.Value=0"
    )
    tags = await queried(shop, f"ListQueueTags{url}")
    assert texts(tags, "ListQueueTagsResult/Tag/Key") + texts(
        tags, "ListQueueTagsResult/Tag/Value"
    ) == [
        "a",
        "b",
        "1",
        "<",
    ]
    await queried(shop, f"UntagQueue{url}&TagKey.1=a&TagKey.2=b")
    assert texts(await queried(shop, f"ListQueueTags{url}"), ".//Tag") == []
    await queried(shop, "SendMessage&MessageBody=%3C%26%3E%C3%A9", "/111122223333/old/")
    (message,) = (
        await queried(shop, "ReceiveMessage&MaxNumberOfMessages=2", "/111122223333/old")
    ).iterfind(".//Message")
    assert message.findtext("Body") == "<&>é"
    await queried(
        shop, f"DeleteMessage{url}&ReceiptHandle={message.findtext('ReceiptHandle')}"
    )


async def test_sqs_takes_batches_and_attributes_of_messages_in_old_queries(shop: Shop):
    await queried(shop, "CreateQueue&QueueName=old")
    entry = "SendMessageBatchRequestEntry.1"
    attribute = f"{entry}.MessageAttribute.1"
    sent = await queried(
        shop,
        f"SendMessageBatch&{entry}.Id=a&{entry}.MessageBody=latte&{attribute}.Name=size"
        f"&{attribute}.Value.DataType=Binary&{attribute}.Value.BinaryValue=eA%3D%3D",
        "/111122223333/old",
    )
    result = "SendMessageBatchResult/SendMessageBatchResultEntry"
    assert texts(sent, f"{result}/Id") == ["a"]
    received = await queried(
        shop, "ReceiveMessage&MessageAttributeName.1=All", "/111122223333/old"
    )
    message = "ReceiveMessageResult/Message"
    assert texts(received, f"{message}/MessageAttribute/Name") == ["size"]
    assert texts(received, f"{message}/MessageAttribute/Value/BinaryValue") == ["eA=="]
    digests = texts(received, f"{message}/MD5OfMessageAttributes")
    assert digests == texts(sent, f"{result}/MD5OfMessageAttributes")
    bad = "DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle=x"
    failed = await queried(shop, f"DeleteMessageBatch&{bad}", "/111122223333/old")
    assert texts(failed, ".//BatchResultErrorEntry/Code") == ["ReceiptHandleIsInvalid"]


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("GetQueueUrl&QueueName=none", "AWS.SimpleQueueService.NonExistentQueue"),
        ("Nothing", "InvalidAction"),
        ("AddPermission", "NotSimulated"),
        (
            "SendMessage&MessageAttribute.1.Name=a&MessageBody=b",
            "SerializationException",
        ),
        ("SendMessageBatch&SendMessageBatchRequestEntry.1=a", "SerializationException"),
        ("SetQueueAttributes&Attribute.1=a", "SerializationException"),
        (
            "SetQueueAttributes&Attribute.x.Name=a&Attribute.x.Value=b",
            "SerializationException",
        ),
        ("SetQueueAttributes&Attribute=a", "SerializationException"),
        ("GetQueueAttributes&AttributeName.1.x=All", "SerializationException"),
        ("GetQueueUrl&QueueName.1=a", "SerializationException"),
        ("ReceiveMessage&MaxNumberOfMessages=many", "SerializationException"),
    ],
)
async def test_an_old_query_is_refused_in_the_form_of_one(
    shop: Shop, action: str, code: str
):
    assert texts(await queried(shop, action, code=400), "Error/Code") == [code]
