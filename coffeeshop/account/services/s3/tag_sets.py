"""Sets of tags of buckets and objects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging.html
Texts are as LocalStack's tests recorded them from AWS (tests/aws/services/s3, February 2026).
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from coffeeshop.account.access.data_requests import tag_set
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.s3.lookups import named_bucket, with_bucket
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Tags

ALLOWED_TEXT = re.compile(r"[\w\s.:/=+\-@&]*")
SYSTEM_TAG = "System tags cannot be added/updated by requester"

OPERATIONS = Operations()


def requested_tag_set(call: Call, reserved_text: str) -> Tags:
    """Return the tags that a call sets. Raise InvalidTag for what S3 refuses in a tag.

    `reserved_text` is what S3 says about a key that begins with aws:.
    """
    tagging = call.map("Tagging")
    tags = tag_set(tagging)
    rows = tagging.get("TagSet", ())
    if isinstance(rows, tuple) and len(rows) > len(tags):
        raise _tag_refusal(
            "Cannot provide multiple Tags with the same key", *list(tags)[:1]
        )
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise _tag_refusal(reserved_text, key)
        if not ALLOWED_TEXT.fullmatch(key):
            raise _tag_refusal("The TagKey you have provided is invalid", key)
        if not ALLOWED_TEXT.fullmatch(value):
            text = "The TagValue you have provided is invalid"
            raise _tag_refusal(text, key, value)
    return tags


def _tag_refusal(text: str, key: str, value: str | None = None) -> ServiceError:
    """Return InvalidTag with the tag that it is about."""
    members = [("TagKey", key)]
    if value is not None:
        members.append(("TagValue", value))
    return ServiceError("InvalidTag", text, members=tuple(members))


@OPERATIONS.add("GetBucketTagging")
def get_bucket_tagging(account: Account, act: Act) -> Change:
    tags = named_bucket(account, act.call).tags
    if not tags:
        raise ServiceError("NoSuchTagSet", "The TagSet does not exist", 404)
    return account, Reply({"TagSet": tag_list(tags)})


@OPERATIONS.add("PutBucketTagging")
def put_bucket_tagging(account: Account, act: Act) -> Change:
    """Give a bucket exactly these tags.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
    """
    bucket = named_bucket(account, act.call)
    tags = requested_tag_set(act.call, SYSTEM_TAG)
    return with_bucket(account, replace(bucket, tags=tags)), EMPTY_REPLY


@OPERATIONS.add("DeleteBucketTagging")
def delete_bucket_tagging(account: Account, act: Act) -> Change:
    """Take all tags from a bucket. It is no error if it has none."""
    bucket = replace(named_bucket(account, act.call), tags={})
    return with_bucket(account, bucket), EMPTY_REPLY
