"""Multipart uploads: who may do what, and what becomes of the parts."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.model import ServiceError
from coffeeshop.account.values import Json
from tests.account.shop import Shop, allow, answered

BUCKET = "coffeeshop-receipts"
OBJECT_ARN = f"arn:aws:s3:::{BUCKET}/roll"


def begin(shop: Shop, **more: Json) -> dict[str, Json]:
    """Make a bucket and begin an upload in it. Return the parameters that name it."""
    shop(f"s3api create-bucket --bucket {BUCKET}")
    target: dict[str, Json] = {"Bucket": BUCKET, "Key": "roll"}
    begun = answered(shop.call("s3", "CreateMultipartUpload", **target, **more))
    return {**target, "UploadId": begun["UploadId"]}


def put_part(
    shop: Shop, upload: Mapping[str, Json], number: int, body: bytes
) -> dict[str, Json]:
    """Upload a part. Return the row by which the list of parts names it."""
    parameters = {**upload, "PartNumber": number, "Body": body}
    reply = answered(shop.call("s3", "UploadPart", **parameters))
    return {"PartNumber": number, "ETag": reply["ETag"]}


PERMISSIONS = [  # a call, and the only action that it needs
    ("UploadPart", {"PartNumber": 1, "Body": b"x"}, "s3:PutObject", OBJECT_ARN),
    ("AbortMultipartUpload", {}, "s3:AbortMultipartUpload", OBJECT_ARN),
    ("ListParts", {}, "s3:ListMultipartUploadParts", OBJECT_ARN),
]


@pytest.mark.parametrize(("operation", "more", "action", "resource"), PERMISSIONS)
def test_each_step_of_an_upload_needs_its_permission_only(
    operation: str, more: Mapping[str, Any], action: str, resource: str
):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions"""
    shop = Shop()
    upload = begin(shop)
    allowed = shop.hire("casey", allow(action, resource))
    outcome = shop.call("s3", operation, allowed, **upload, **more)
    assert outcome.has_succeeded
    assert [decision.request.action for decision in outcome.decisions] == [action]


def test_an_object_of_parts_has_what_its_upload_began_with():
    shop = Shop()
    upload = begin(shop, Metadata={"bean": "arabica"}, Tagging="branch=north")
    size = 5 * 1024 * 1024
    put_part(shop, upload, 1, b"dropped")
    parts = (
        put_part(shop, upload, 2, b"a" * size),
        put_part(shop, upload, 9, b"end"),
    )
    complete = {**upload, "MultipartUpload": {"Parts": parts}}
    made = answered(shop.call("s3", "CompleteMultipartUpload", **complete))
    assert made["Location"] == f"https://{BUCKET}.s3.us-east-1.amazonaws.com/roll"
    head = shop(f"s3api head-object --bucket {BUCKET} --key roll")
    assert head["ETag"] == made["ETag"]
    assert made["ETag"].endswith('-2"')
    assert (head["ContentLength"], head["TagCount"]) == (size + 3, 1)
    assert head["Metadata"] == {"bean": "arabica"}


def test_one_part_of_an_object_can_be_read():
    """As recorded: LocalStack's test_get_object_part, February 2026."""
    shop = Shop()
    upload = begin(shop)
    size = 5 * 1024 * 1024
    parts = (put_part(shop, upload, 1, b"a" * size), put_part(shop, upload, 2, b"end"))
    complete = {**upload, "MultipartUpload": {"Parts": parts}}
    whole_tag = answered(shop.call("s3", "CompleteMultipartUpload", **complete))["ETag"]
    target: dict[str, Json] = {"Bucket": BUCKET, "Key": "roll"}
    for operation in ("GetObject", "HeadObject"):
        read = answered(shop.call("s3", operation, **target, PartNumber=2))
        assert read["ContentRange"] == f"bytes {size}-{size + 2}/{size + 3}"
        assert (read["ContentLength"], read["PartsCount"]) == (3, 2)
        assert read["ETag"] == whole_tag
        assert read.get("Body", b"end") == b"end"
    missing = shop.call("s3", "GetObject", **target, PartNumber=3).answer
    assert isinstance(missing, ServiceError)
    assert (missing.code, missing.status) == ("InvalidPartNumber", 416)
    assert dict(missing.members) == {"ActualPartCount": "2", "PartNumberRequested": "3"}
    line = f"s3api get-object --bucket {BUCKET} --key roll --part-number 0 out"
    assert shop.refused(line)[0] == "InvalidArgument"


def test_a_part_sent_again_replaces_the_first():
    shop = Shop()
    upload = begin(shop)
    put_part(shop, upload, 1, b"first")
    again = put_part(shop, upload, 1, b"second!")
    listed = answered(shop.call("s3", "ListParts", **upload))
    assert [(part["Size"], part["ETag"]) for part in listed["Parts"]] == [
        (7, again["ETag"])
    ]


def test_an_upload_with_kms_needs_the_key_for_its_parts():
    shop = Shop()
    metadata: Any = answered(shop.call("kms", "CreateKey"))["KeyMetadata"]
    key = metadata["Arn"]
    upload = begin(shop, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    asked = [decision.request.action for decision in shop.outcomes[-1].decisions]
    assert asked == ["s3:PutObject", "kms:GenerateDataKey"]
    put_part(shop, upload, 1, b"x")
    asked = [decision.request.action for decision in shop.outcomes[-1].decisions]
    assert asked == ["s3:PutObject", "kms:Decrypt"]


def test_no_record_holds_a_part_or_the_list_of_parts():
    shop = Shop()
    upload = begin(shop)
    part = put_part(shop, upload, 1, b"secret beans")
    records = [cloudtrail_event(shop.outcomes[-1])]
    shop.call("s3", "CompleteMultipartUpload", **upload, MultipartUpload={"Parts": (part,)})
    records.append(cloudtrail_event(shop.outcomes[-1]))
    parameters: list[Any] = [record["requestParameters"] for record in records]
    begun, ended = parameters
    assert (begun["partNumber"], begun["uploadId"]) == (1, upload["UploadId"])
    assert "MultipartUpload" not in ended
    assert "secret" not in json.dumps(records)
    assert [record["managementEvent"] for record in records] == [False, False]
