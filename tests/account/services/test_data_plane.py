"""S3, SQS, Lambda and EC2: what the staff works with."""

import json
from base64 import b64decode
from datetime import timedelta
from shlex import quote

import pytest
from msgspec.structs import replace

from coffeeshop.account.ids import request_id
from coffeeshop.account.model import Nobody, Service, ServiceError
from coffeeshop.account.resources import Instance, Object
from tests.account.shop import (
    AT,
    ID,
    QUEUE,
    Shop,
    allow,
    answered,
    deny,
    policy,
    role,
    statement,
    trust,
    user,
)
from tests.tables import each_row

RECEIPTS = "arn:aws:s3:::coffeeshop-receipts"


# ------------------------------------------------------------------------- S3
def drawer() -> Shop:
    shop = Shop()
    shop("s3api create-bucket --bucket coffeeshop-receipts")
    for key in ("2026/03/0411.json", "2026/03/0412.json", "voided/0398.json"):
        shop(
            f"s3api put-object --bucket coffeeshop-receipts --key {key} --body receipt.json"
        )
    return shop


def test_buckets_are_made_listed_and_deleted_when_empty():
    shop = drawer()
    assert (
        shop("s3api create-bucket --bucket AWSDOC-EXAMPLE-BUCKET")["Location"]
        == "/AWSDOC-EXAMPLE-BUCKET"
    )
    assert [b["Name"] for b in shop("s3api list-buckets")["Buckets"]] == [
        "AWSDOC-EXAMPLE-BUCKET",
        "coffeeshop-receipts",
    ]
    found = shop("s3api head-bucket --bucket coffeeshop-receipts")
    arn = "arn:aws:s3:::coffeeshop-receipts"
    assert found == {
        "BucketArn": arn,
        "BucketRegion": "us-east-1",
        "AccessPointAlias": False,
    }
    shop("s3api delete-bucket --bucket AWSDOC-EXAMPLE-BUCKET")
    assert shop.refused("s3api delete-bucket --bucket coffeeshop-receipts") == (
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty",
    )


@each_row([
        ("s3api head-bucket --bucket nowhere", "404", "Not Found"),
        ("s3api create-bucket --bucket Coffeeshop", "InvalidBucketName", "The specified bucket is not valid."),
        ("s3api create-bucket --bucket a..b", "InvalidBucketName", "The specified bucket is not valid."),
        ("s3api create-bucket --bucket 192.168.0.1", "InvalidBucketName", "The specified bucket is not valid."),
        ("s3api list-objects-v2 --bucket nowhere", "NoSuchBucket", "The specified bucket does not exist"),
        ("s3api get-object --bucket coffeeshop-receipts --key none out.json", "NoSuchKey", "The specified key does not exist."),
        ("s3api head-object --bucket coffeeshop-receipts --key none", "404", "Not Found"),
        ("s3api get-bucket-policy --bucket coffeeshop-receipts", "NoSuchBucketPolicy", "The bucket policy does not exist"),
    ])  # fmt: skip
def test_s3_refuses_in_its_own_words(line: str, code: str, text: str):
    assert drawer().refused(line) == (code, text)


def test_objects_are_listed_by_prefix_delimiter_and_page():
    shop = drawer()

    def keys(options: str = "") -> tuple[list[str], list[str]]:
        body = shop(f"s3api list-objects-v2 --bucket coffeeshop-receipts {options}")
        return [o["Key"] for o in body.get("Contents", ())], [
            p["Prefix"] for p in body.get("CommonPrefixes", ())
        ]

    assert keys() == (["2026/03/0411.json", "2026/03/0412.json", "voided/0398.json"], [])
    assert keys("--prefix voided/") == (["voided/0398.json"], [])
    assert keys("--delimiter /") == ([], ["2026/", "voided/"])
    assert keys("--prefix 2026/03/ --delimiter /") == (
        ["2026/03/0411.json", "2026/03/0412.json"],
        [],
    )
    page = shop.call(
        "s3", "ListObjectsV2", Bucket="coffeeshop-receipts", MaxKeys=2
    ).answer.body  # type: ignore[union-attr]
    assert (page["IsTruncated"], page["KeyCount"]) == (True, 2)
    rest = shop.call(
        "s3",
        "ListObjectsV2",
        Bucket="coffeeshop-receipts",
        ContinuationToken=page["NextContinuationToken"],
    ).answer
    assert [o["Key"] for o in rest.body["Contents"]] == ["voided/0398.json"]  # type: ignore[union-attr]
    nothing = shop.call(
        "s3", "ListObjectsV2", Bucket="coffeeshop-receipts", MaxKeys=0
    ).answer
    assert nothing.body["KeyCount"] == 0  # type: ignore[union-attr]


def test_an_object_comes_back_as_it_was_put():
    shop = drawer()
    found = shop(
        "s3api get-object --bucket coffeeshop-receipts --key voided/0398.json out.json"
    )
    assert (found["Body"], found["ContentLength"]) == (b'{"total": 4}', 12)
    assert shop(
        "s3api head-object --bucket coffeeshop-receipts --key voided/0398.json"
    ) == {k: v for k, v in found.items() if k != "Body"}
    assert shop.call(
        "s3", "PutObject", Bucket="coffeeshop-receipts", Key="text", Body=b"tea"
    ).has_succeeded
    assert shop.call(
        "s3", "PutObject", Bucket="coffeeshop-receipts", Key="empty"
    ).has_succeeded
    objects = shop.account.buckets["coffeeshop-receipts"].objects
    assert (objects["text"].body, objects["empty"].body) == (b"tea", b"")
    for _ in range(2):
        shop("s3api delete-object --bucket coffeeshop-receipts --key text")
    assert "text" not in shop.account.buckets["coffeeshop-receipts"].objects


def test_that_a_key_is_missing_is_told_only_to_one_who_may_list():
    shop = drawer()
    shop.hire("casey", allow("s3:GetObject", f"{RECEIPTS}/*"))
    shop.hire(
        "robin", allow("s3:GetObject", f"{RECEIPTS}/*"), allow("s3:ListBucket", RECEIPTS)
    )
    line = "s3api get-object --bucket coffeeshop-receipts --key none out.json"
    assert shop.refused(line, "casey") == ("AccessDenied", "Access Denied")
    assert shop.refused(line, "robin")[0] == "NoSuchKey"
    assert shop.refused(
        "s3api head-object --bucket coffeeshop-receipts --key none", "casey"
    ) == (
        "403",
        "Forbidden",
    )
    assert shop.refused("s3api head-bucket --bucket coffeeshop-receipts", "casey") == (
        "403",
        "Forbidden",
    )


def test_tags_of_objects_are_read_by_policies():
    shop = drawer()
    north = {"StringEquals": {"s3:ExistingObjectTag/branch": "north"}}
    shop.hire(
        "casey",
        allow(["s3:GetObject", "s3:PutObject"], f"{RECEIPTS}/*", Condition=north),
        allow("s3:PutObjectTagging", "*"),
    )
    get = "s3api get-object --bucket coffeeshop-receipts --key voided/0398.json out.json"
    assert shop.refused(get, "casey")[0] == "AccessDenied"
    shop(
        "s3api put-object-tagging --bucket coffeeshop-receipts --key voided/0398.json --tagging 'TagSet=[{Key=branch,Value=north}]'"
    )
    shop(get, "casey")
    assert shop(
        "s3api get-object-tagging --bucket coffeeshop-receipts --key voided/0398.json"
    )["TagSet"] == ({"Key": "branch", "Value": "north"},)
    assert (
        shop("s3api head-object --bucket coffeeshop-receipts --key voided/0398.json")[
            "TagCount"
        ]
        == 1
    )
    shop("s3api delete-object-tagging --bucket coffeeshop-receipts --key voided/0398.json")
    assert shop.refused(get, "casey")[0] == "AccessDenied"
    shop(
        "s3api put-object --bucket coffeeshop-receipts --key new --tagging 'branch=north&shift='"
    )
    assert shop.account.buckets["coffeeshop-receipts"].objects["new"].tags == {
        "branch": "north",
        "shift": "",
    }
    shop.hire(
        "robin",
        allow(
            "s3:PutObject",
            f"{RECEIPTS}/*",
            Condition={"StringEquals": {"s3:RequestObjectTag/branch": "north"}},
        ),
    )
    put = "s3api put-object --bucket coffeeshop-receipts --key r --tagging branch="
    assert "s3:PutObjectTagging" in shop.refused(put + "north", "robin")[1]
    assert "s3:PutObject on" in shop.refused(put + "south", "robin")[1]


def test_a_bucket_policy_lets_in_whom_it_names_and_anyone_if_it_says_so():
    shop = drawer()
    shop.hire("casey")
    get = "s3api get-object --bucket coffeeshop-receipts --key voided/0398.json out.json"
    named = allow("s3:GetObject", f"{RECEIPTS}/*", Principal={"AWS": user("casey")})
    shop(f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(named)}")
    shop(get, "casey")
    told = shop.refused(get, Nobody())
    # Which is all that S3 tells those outside of the account.
    assert told == ("AccessDenied", "Access Denied")
    shop("s3api delete-public-access-block --bucket coffeeshop-receipts")
    shop(
        f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(allow('s3:GetObject', f'{RECEIPTS}/*', Principal='*'))}"
    )
    shop(get, Nobody())
    shop("s3api delete-bucket-policy --bucket coffeeshop-receipts")
    assert shop.refused(get, "casey")[0] == "AccessDenied"


def test_root_can_always_take_a_locked_bucket_policy_away():
    shop = drawer()
    shop.hire("ada", allow("*"))
    locked = policy(statement("s3:*", [RECEIPTS, f"{RECEIPTS}/*"], "Deny", Principal="*"))
    shop(f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(locked)}")
    for by in ("ada", "root"):
        assert shop.refused("s3api list-objects-v2 --bucket coffeeshop-receipts", by)[
            1
        ].endswith("with an explicit deny in a resource-based policy")
    assert (
        shop.refused("s3api delete-bucket-policy --bucket coffeeshop-receipts", "ada")[0]
        == "AccessDenied"
    )
    shop("s3api delete-bucket-policy --bucket coffeeshop-receipts")


def test_an_objects_key_may_hold_colons():
    shop = drawer()
    bucket = shop.account.buckets["coffeeshop-receipts"]
    bucket = replace(bucket, objects=bucket.objects.put("a:b:c", Object("a:b:c", b"", AT)))
    shop.set(buckets=shop.account.buckets.put("coffeeshop-receipts", bucket))
    named = allow("s3:GetObject", f"{RECEIPTS}/*", Principal="*")
    shop("s3api delete-public-access-block --bucket coffeeshop-receipts")
    shop(f"s3api put-bucket-policy --bucket coffeeshop-receipts --policy {quote(named)}")
    shop("s3api get-object --bucket coffeeshop-receipts --key a:b:c out.json", Nobody())


# ------------------------------------------------------------------------ SQS
def orders() -> Shop:
    shop = Shop()
    assert (
        shop(
            "sqs create-queue --queue-name online-orders --attributes VisibilityTimeout=60"
        )["QueueUrl"]
        == QUEUE
    )
    return shop


def test_messages_are_sent_received_hidden_and_deleted():
    shop = orders()
    sent = shop(f"sqs send-message --queue-url {QUEUE} --message-body latte")
    shop(f"sqs send-message --queue-url {QUEUE} --message-body later --delay-seconds 300")
    (message,) = shop(
        f"sqs receive-message --queue-url {QUEUE} --max-number-of-messages 10"
    )["Messages"]
    assert (message["Body"], message["MessageId"], message["MD5OfBody"]) == (
        "latte",
        sent["MessageId"],
        sent["MD5OfMessageBody"],
    )
    assert shop(f"sqs receive-message --queue-url {QUEUE}") == {}
    (again,) = shop.later(seconds=60)(f"sqs receive-message --queue-url {QUEUE}")[
        "Messages"
    ]
    assert again["ReceiptHandle"] != message["ReceiptHandle"]
    shop(
        f"sqs delete-message --queue-url {QUEUE} --receipt-handle {message['ReceiptHandle']}"
    )
    shop(
        f"sqs delete-message --queue-url {QUEUE} --receipt-handle {again['ReceiptHandle']}"
    )
    assert [m.body for m in shop.account.queues["online-orders"].messages] == ["later"]
    shop(f"sqs purge-queue --queue-url {QUEUE}")
    assert shop.account.queues["online-orders"].messages == ()


def test_a_message_tells_who_sent_it_and_how_often_it_was_received():
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"""
    shop = orders()
    shop.hire("casey", allow("sqs:SendMessage"))
    shop(f"sqs send-message --queue-url {QUEUE} --message-body latte", "casey")
    sent, line = shop.at, f"sqs receive-message --queue-url {QUEUE} --visibility-timeout 0"
    (first,) = shop.later(seconds=5)(f"{line} --message-system-attribute-names All")[
        "Messages"
    ]
    (again,) = shop.later(seconds=10)(
        f"{line} --attribute-names All --message-attribute-names All"
    )["Messages"]
    since = lambda seconds: str(int((sent + timedelta(seconds=seconds)).timestamp()) * 1000)  # noqa: E731
    told = {"SenderId": shop.account.users["casey"].id, "SentTimestamp": since(0)}
    assert first["Attributes"] == {
        **told,
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": since(5),
    }
    assert again["Attributes"] == {**first["Attributes"], "ApproximateReceiveCount": "2"}
    (one,) = shop(f"{line} --attribute-names SenderId Policy")["Messages"]
    assert one["Attributes"] == {"SenderId": told["SenderId"]}
    (none,) = shop(f"{line} --message-system-attribute-names AWSTraceHeader")["Messages"]
    assert "Attributes" not in none


def test_queues_are_found_described_and_deleted():
    shop = orders()
    assert shop("sqs get-queue-url --queue-name online-orders") == {"QueueUrl": QUEUE}
    assert shop("sqs list-queues") == {"QueueUrls": (QUEUE,)}
    assert shop("sqs list-queues --queue-name-prefix x") == {}
    shown = shop(f"sqs get-queue-attributes --queue-url {QUEUE} --attribute-names All")[
        "Attributes"
    ]
    assert (shown["QueueArn"], shown["VisibilityTimeout"]) == (
        f"arn:aws:sqs:us-east-1:{ID}:online-orders",
        "60",
    )
    assert shop(f"sqs get-queue-attributes --queue-url {QUEUE}") == {}
    shop("sqs create-queue --queue-name online-orders --attributes VisibilityTimeout=60")
    assert (
        shop.refused(
            "sqs create-queue --queue-name online-orders --attributes VisibilityTimeout=61"
        )[0]
        == "QueueAlreadyExists"
    )
    shop(f"sqs delete-queue --queue-url {QUEUE}")
    told = (
        "AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist.",
    )
    assert shop.refused(f"sqs receive-message --queue-url {QUEUE}") == told


@pytest.mark.parametrize(
    ("operation", "name", "value"),
    [
        ("SendMessage", "DelaySeconds", 901),
        ("ReceiveMessage", "MaxNumberOfMessages", 11),
        ("ReceiveMessage", "VisibilityTimeout", 10**30),
    ],
)
def test_numbers_past_sqss_limits_are_refused(operation: str, name: str, value: int):
    body = {"MessageBody": "x"} if operation == "SendMessage" else {}
    answer = orders().call("sqs", operation, QueueUrl=QUEUE, **body, **{name: value}).answer
    assert isinstance(answer, ServiceError)
    assert answer.message.startswith(
        f"Value {value} for parameter {name} is invalid. Reason: Must be between "
    )
    for bad in ("43201", "soon", "٣"):
        told = orders().refused(
            f"sqs set-queue-attributes --queue-url {QUEUE} --attributes VisibilityTimeout={bad}"
        )
        assert told == (
            "InvalidAttributeValue",
            "Invalid value for the parameter VisibilityTimeout.",
        )


def test_a_queue_keeps_a_number_and_not_how_it_was_written():
    shop, line = orders(), f"sqs set-queue-attributes --queue-url {QUEUE} --attributes"
    assert (
        shop.refused(f"{line} VisibilityTimeout=000000000999999999999999")[0]
        == "InvalidAttributeValue"
    )
    shop(f"{line} VisibilityTimeout=060,DelaySeconds=00")
    shown = shop(f"sqs get-queue-attributes --queue-url {QUEUE} --attribute-names All")[
        "Attributes"
    ]
    assert (shown["VisibilityTimeout"], shown["DelaySeconds"]) == ("60", "0")
    shop(
        "sqs create-queue --queue-name online-orders --attributes VisibilityTimeout=0060,DelaySeconds=0,Policy="
    )


def test_a_page_of_fewer_than_no_keys():
    answer = (
        drawer()
        .call("s3", "ListObjectsV2", Bucket="coffeeshop-receipts", MaxKeys=-1)
        .answer
    )
    assert answer == ServiceError(
        "InvalidArgument",
        "Argument maxKeys must be an integer between 0 and 2147483647",
        400,
    )


def test_a_queues_policy_speaks_for_it():
    shop = orders()
    shop.hire("casey")
    arn = f"arn:aws:sqs:us-east-1:{ID}:online-orders"
    named = allow("sqs:SendMessage", arn, Principal={"AWS": user("casey")})

    def set_policy(text: str) -> str:
        return f"sqs set-queue-attributes --queue-url {QUEUE} --attributes {quote(json.dumps({'Policy': text}))}"

    shop(set_policy(named))
    shop(f"sqs send-message --queue-url {QUEUE} --message-body latte", "casey")
    assert shop(f"sqs get-queue-attributes --queue-url {QUEUE} --attribute-names Policy")[
        "Attributes"
    ] == {"Policy": named}
    for bad in ("{", allow("sqs:*", arn, Principal={"AWS": user("nobody")})):
        assert shop.refused(set_policy(bad)) == (
            "InvalidAttributeValue",
            "Invalid value for the parameter Policy.",
        )
    shop(set_policy(deny("sqs:*", arn, Principal="*")))
    assert shop.refused(f"sqs purge-queue --queue-url {QUEUE}")[0] == "AccessDenied"
    shop(set_policy(""))
    shop(f"sqs purge-queue --queue-url {QUEUE}")


def test_the_resource_of_a_queues_policy_may_be_any_text_and_then_speaks_of_nothing():
    """Recorded of AWS: `"Resource": "$sqs_queue_arn"` is taken."""
    shop = orders()
    shop.hire("casey")
    text = allow("sqs:SendMessage", "$sqs_queue_arn", Principal={"AWS": user("casey")})
    shop(
        f"sqs set-queue-attributes --queue-url {QUEUE} --attributes {quote(json.dumps({'Policy': text}))}"
    )
    assert (
        shop.refused(f"sqs send-message --queue-url {QUEUE} --message-body latte", "casey")[
            0
        ]
        == "AccessDenied"
    )


def test_a_queue_says_how_long_its_messages_wait_and_counts_them_by_where_they_are():
    shop = orders()
    shop(f"sqs set-queue-attributes --queue-url {QUEUE} --attributes DelaySeconds=60")
    shop(f"sqs send-message --queue-url {QUEUE} --message-body latte")
    shop(f"sqs send-message --queue-url {QUEUE} --message-body now --delay-seconds 0")

    def counted() -> list[object]:
        shown = shop(f"sqs get-queue-attributes --queue-url {QUEUE} --attribute-names All")[
            "Attributes"
        ]
        return [
            shown[f"ApproximateNumberOfMessages{kind}"]
            for kind in ("", "NotVisible", "Delayed")
        ]

    assert counted() == ["1", "0", "1"]
    (message,) = shop(f"sqs receive-message --queue-url {QUEUE}")["Messages"]
    assert (message["Body"], counted()) == ("now", ["0", "1", "1"])
    shop.later(seconds=60)
    assert counted() == ["2", "0", "0"]


def test_a_queue_is_named_by_the_address_that_it_was_given():
    shop = orders()
    receive = "sqs receive-message --queue-url"
    assert shop.refused(f"{receive} online-orders") == (
        "InvalidAddress",
        "The address online-orders is not valid for this endpoint.",
    )
    assert (
        shop.refused(f"{receive} {QUEUE.replace(ID, '444455556666')}")[0] == "AccessDenied"
    )
    assert shop.refused("sqs create-queue --queue-name 'online orders'") == (
        "InvalidParameterValue",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    )


def test_an_attribute_of_a_queue_that_is_not_heeded_is_refused_by_name():
    line = f"sqs set-queue-attributes --queue-url {QUEUE} --attributes"
    assert orders().refused(f"{line} KmsMasterKeyId=alias/aws/sqs") == (
        "NotSimulated",
        "The queue attribute KmsMasterKeyId is not simulated in this account.",
    )
    assert orders().refused(f"{line} QueueArn=x") == (
        "InvalidAttributeName",
        "Unknown Attribute QueueArn.",
    )


def test_a_queue_keeps_what_it_is_told_about_messages_and_forgets_old_ones():
    shop = orders()
    new = shop(f"sqs get-queue-attributes --queue-url {QUEUE} --attribute-names All")
    told = {"MaximumMessageSize": "1048576", "MessageRetentionPeriod": "345600"}
    assert told.items() <= new["Attributes"].items()
    shop(
        f"sqs set-queue-attributes --queue-url {QUEUE} --attributes MaximumMessageSize=1024,MessageRetentionPeriod=60,SqsManagedSseEnabled=false"
    )
    send = f"sqs send-message --queue-url {QUEUE} --message-body"
    text = "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    assert shop.refused(f"{send} {'a' * 1025}") == ("InvalidParameterValue", text)
    shop(f"{send} {'a' * 1024}")
    shop.later(seconds=60)
    receive = f"sqs receive-message --queue-url {QUEUE} --max-number-of-messages 10"
    assert "Messages" not in shop(receive)
    for attribute in ("MaximumMessageSize=1023", "SqsManagedSseEnabled=maybe"):
        line = f"sqs set-queue-attributes --queue-url {QUEUE} --attributes {attribute}"
        assert shop.refused(line)[0] == "InvalidAttributeValue"


def test_a_queue_is_purged_once_a_minute():
    shop = orders()
    line = f"sqs purge-queue --queue-url {QUEUE}"
    shop(line)
    text = "Only one PurgeQueue operation on online-orders is allowed every 60 seconds."
    assert shop.refused(line) == ("AWS.SimpleQueueService.PurgeQueueInProgress", text)
    shop.later(seconds=60)(line)


# --------------------------------------------------------------------- Lambda
FUNCTION = "lambda create-function --function-name espresso-api --runtime python3.13 --handler menu.handler --zip-file fileb://receipt.json --role"


def kitchen() -> Shop:
    shop = Shop()
    shop.role("espresso", trust(service="lambda.amazonaws.com"))
    shop.role("stranger", trust(f"arn:aws:iam::{ID}:root"))
    shop(f"{FUNCTION} {role('espresso')}")
    return shop


def test_functions_are_made_changed_run_and_deleted():
    shop = kitchen()
    arn = f"arn:aws:lambda:us-east-1:{ID}:function:espresso-api"
    made = shop("lambda get-function --function-name espresso-api")["Configuration"]
    assert (made["FunctionArn"], made["Role"], made["Handler"], "Environment" in made) == (
        arn,
        role("espresso"),
        "menu.handler",
        False,
    )
    changed = shop(
        "lambda update-function-configuration --function-name espresso-api --description d --environment 'Variables={KEY=x}'"
    )
    assert (changed["Description"], changed["Environment"], changed["Handler"]) == (
        "d",
        {"Variables": {"KEY": "x"}},
        "menu.handler",
    )
    assert (
        shop(
            f"lambda update-function-code --function-name {arn} --zip-file fileb://receipt.json"
        )["CodeSize"]
        == 12
    )
    assert shop("lambda invoke --function-name espresso-api out.json")["StatusCode"] == 200
    assert [f["FunctionName"] for f in shop("lambda list-functions")["Functions"]] == [
        "espresso-api"
    ]
    shop("lambda delete-function --function-name espresso-api")
    assert shop.refused("lambda invoke --function-name espresso-api out.json") == (
        "ResourceNotFoundException",
        f"Function not found: {arn}",
    )


def test_a_function_tells_its_time_and_memory():
    shop = kitchen()
    made = shop("lambda get-function --function-name espresso-api")["Configuration"]
    assert (made["Timeout"], made["MemorySize"]) == (3, 128)
    line = "lambda update-function-configuration --function-name espresso-api --timeout 9"
    assert [shop(line)[name] for name in ("Timeout", "MemorySize")] == [9, 128]


@pytest.mark.parametrize(
    ("lacking", "text"),
    [
        ("--runtime python3.13", "Runtime and Handler are mandatory parameters for functions created with deployment packages."),
        ("--handler menu.handler", "Runtime and Handler are mandatory parameters for functions created with deployment packages."),
        ("--zip-file fileb://receipt.json", "Please provide a source for function code."),
    ],
)  # fmt: skip
def test_a_function_needs_code_and_what_runs_it(lacking: str, text: str):
    line = (
        f"{FUNCTION.replace(lacking, '').replace('espresso-api', 'x')} {role('espresso')}"
    )
    if "--zip-file" not in line:
        line += " --code '{}'"
    assert kitchen().refused(line) == ("InvalidParameterValueException", text)


@pytest.mark.parametrize(
    ("kind", "status"), [("RequestResponse", 200), ("Event", 202), ("DryRun", 204)]
)
def test_an_invocation_is_answered_as_its_kind_is(kind: str, status: int):
    found = kitchen()(
        f"lambda invoke --function-name espresso-api --invocation-type {kind} out.json"
    )
    assert (found["StatusCode"], "ExecutedVersion" in found) == (status, status == 200)


def test_an_invocation_tells_its_log_if_asked_for():
    """The lines of Lambda's own were recorded by localstack, tests/aws/services/lambda_, on 24 November 2025."""
    shop = kitchen()
    outcome = shop.call("lambda", "Invoke", FunctionName="espresso-api", LogType="Tail")
    start, end, report = b64decode(answered(outcome)["LogResult"]).decode().splitlines()
    id = request_id(outcome.account)
    assert start == f"START RequestId: {id} Version: $LATEST"
    assert end == f"END RequestId: {id}"
    assert report.startswith(f"REPORT RequestId: {id}\tDuration: ")
    assert "\tMemory Size: 128 MB\t" in report
    for others in (
        {"LogType": "None"},
        {"LogType": "Tail", "InvocationType": "Event"},
        {"LogType": "Tail", "InvocationType": "DryRun"},
    ):
        outcome = shop.call("lambda", "Invoke", FunctionName="espresso-api", **others)
        assert "LogResult" not in answered(outcome)


def test_a_function_wears_only_a_role_that_trusts_lambda():
    shop = kitchen()
    told = (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    )
    for name in ("stranger", "none"):
        assert shop.refused(f"{FUNCTION.replace('espresso-api', 'x')} {role(name)}") == told
        assert (
            shop.refused(
                f"lambda update-function-configuration --function-name espresso-api --role {role(name)}"
            )
            == told
        )
    assert shop.refused(f"{FUNCTION} {role('espresso')}") == (
        "ResourceConflictException",
        "Function already exist: espresso-api",
    )


def test_handing_a_role_to_a_function_asks_for_pass_role():
    shop = kitchen()
    passing = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    shop.hire("indra", allow("lambda:*"))
    line = f"{FUNCTION.replace('espresso-api', 'report')} {role('espresso')}"
    code, text = shop.refused(line, "indra")
    assert (code, text) == (
        "AccessDeniedException",
        f"User: {user('indra')} is not authorized to perform: iam:PassRole on resource: {role('espresso')} because no identity-based policy allows the iam:PassRole action",
    )
    shop(
        f"iam put-user-policy --user-name indra --policy-name pass --policy-document {quote(allow('iam:PassRole', role('espresso'), Condition=passing))}"
    )
    shop(line, "indra")


def test_a_function_may_be_run_by_whom_its_policy_names():
    shop = kitchen()
    shop.hire("casey")
    name = "--function-name espresso-api"
    assert shop.refused(f"lambda get-policy {name}")[0] == "ResourceNotFoundException"
    added = shop(
        f"lambda add-permission {name} --statement-id casey --action lambda:InvokeFunction --principal {user('casey')}"
    )
    assert json.loads(str(added["Statement"]))["Principal"] == {"AWS": user("casey")}
    shop(f"lambda invoke {name} out.json", "casey")
    shop(
        f"lambda add-permission {name} --statement-id s3 --action lambda:InvokeFunction --principal s3.amazonaws.com --source-arn {RECEIPTS} --source-account {ID}"
    )
    conditions = json.loads(str(shop(f"lambda get-policy {name}")["Policy"]))["Statement"][
        1
    ]["Condition"]
    assert conditions == {
        "ArnLike": {"AWS:SourceArn": RECEIPTS},
        "StringEquals": {"AWS:SourceAccount": ID},
    }
    shop(
        f"lambda add-permission {name} --statement-id all --action lambda:InvokeFunction --principal '*'"
    )
    shop(
        f"lambda add-permission {name} --statement-id them --action lambda:InvokeFunction --principal 444455556666"
    )
    assert (
        shop.refused(
            f"lambda add-permission {name} --statement-id s3 --action lambda:InvokeFunction --principal '*'"
        )[0]
        == "ResourceConflictException"
    )
    for bad in (user("nobody"), "arn:nonsense", "alexa", "1234", "'*.amazonaws.com'"):
        told = shop.refused(
            f"lambda add-permission {name} --statement-id x --action lambda:InvokeFunction --principal {bad}"
        )
        assert told == (
            "InvalidParameterValueException",
            "The provided principal was invalid. Please check the principal and try again.",
        )
    shop("iam create-user --user-name robin")
    shop(
        f"lambda add-permission {name} --statement-id robin --action lambda:InvokeFunction --principal {user('robin')}"
    )
    gone = shop.account.users["robin"].id
    shop("iam delete-user --user-name robin")
    assert gone in str(shop(f"lambda get-policy {name}")["Policy"])
    for sid in ("casey", "s3", "all", "them", "robin"):
        shop(f"lambda remove-permission {name} --statement-id {sid}")
    assert (
        shop.refused(f"lambda remove-permission {name} --statement-id casey")[0]
        == "ResourceNotFoundException"
    )
    assert shop.account.functions["espresso-api"].policy is None


@pytest.mark.parametrize(
    ("principal", "named"),
    [
        ("alexa-appkit.amazon.com", {"Service": "alexa-appkit.amazon.com"}),
        ("444455556666", {"AWS": "arn:aws:iam::444455556666:root"}),
    ],
)
def test_a_permission_names_a_service_or_an_account(principal: str, named: object):
    line = "lambda add-permission --function-name espresso-api --statement-id s --action lambda:InvokeFunction"
    assert (
        json.loads(str(kitchen()(f"{line} --principal {principal}")["Statement"]))[
            "Principal"
        ]
        == named
    )


def test_what_a_function_does_it_does_in_its_role():
    shop = kitchen()
    shop(
        f"iam put-role-policy --role-name espresso --policy-name p --policy-document {quote(allow('s3:ListAllMyBuckets'))}"
    )
    session = shop.wear("espresso", Service("lambda.amazonaws.com"), "espresso-api")
    shop("s3api list-buckets", session)
    assert (
        shop.refused("s3api list-buckets", Service("lambda.amazonaws.com"))[0]
        == "AccessDenied"
    )


# ------------------------------------------------------------------------ EC2
def test_the_menu_board_is_stopped_and_started():
    shop = Shop()
    shop.set(
        instances=shop.account.instances.put(
            "i-0123456789abcdef0", Instance("i-0123456789abcdef0", "menu-board", AT)
        )
    )
    shop.hire(
        "casey",
        allow(
            "ec2:StopInstances",
            "*",
            Condition={"StringEquals": {"aws:ResourceTag/Name": "menu-board"}},
        ),
    )
    stopped = shop("ec2 stop-instances --instance-ids i-0123456789abcdef0", "casey")[
        "StoppingInstances"
    ]
    assert stopped == (
        {
            "InstanceId": "i-0123456789abcdef0",
            "CurrentState": {"Code": 80, "Name": "stopped"},
            "PreviousState": {"Code": 16, "Name": "running"},
        },
    )
    (reservation,) = shop("ec2 describe-instances")["Reservations"]
    assert [i["State"]["Name"] for i in reservation["Instances"]] == ["stopped"]
    shop("ec2 start-instances --instance-ids i-0123456789abcdef0")
    assert shop.account.instances["i-0123456789abcdef0"].state == "running"
    assert shop.refused("ec2 start-instances --instance-ids i-0000000000000000f") == (
        "InvalidInstanceID.NotFound",
        "The instance ID 'i-0000000000000000f' does not exist",
    )
    assert Shop()("ec2 describe-instances") == {"Reservations": ()}
