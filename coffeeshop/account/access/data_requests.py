"""What the operations of S3, DynamoDB and SQS ask of IAM, with the context keys that tell of objects, items and tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.attribute_values import expression_pairs, leading_key_values
from coffeeshop.account.model import Account, Call
from coffeeshop.account.values import Json, Tags
from coffeeshop.policy.model import Request, Values

Context: TypeAlias = dict[str, Values]
RequestsOf: TypeAlias = Callable[[Account, Call], Iterable[Request]]


def resource_tags(tags: Tags, *prefixes: str) -> Context:
    """Returns the keys that tell of what a resource is tagged with: `aws:ResourceTag/branch`."""
    return {
        f"{prefix}ResourceTag/{key}": (value,)
        for prefix in prefixes
        for key, value in tags.items()
    }


def request_tags(call: Call) -> Context:
    """Returns the keys that tell of the tags that a call gives, or takes away by their keys."""
    tags = call.tags
    keys = tuple(tags) or call.words("TagKeys")
    found: Context = {f"aws:RequestTag/{key}": (value,) for key, value in tags.items()}
    return {**found, "aws:TagKeys": keys} if keys else found


def requests_on_bucket(action: str = "") -> RequestsOf:
    """Returns what asks for an action, that of the operation's name unless given, on the bucket that a call names."""

    def row(account: Account, call: Call) -> Iterator[Request]:
        arn = ids.arn(account, "bucket", call.text("Bucket"))
        yield Request(f"s3:{action or call.operation}", arn, _listing(call))

    return row


def _listing(call: Call) -> Context:
    given = (
        ("s3:prefix", "Prefix"),
        ("s3:delimiter", "Delimiter"),
        ("s3:max-keys", "MaxKeys"),
    )
    context: Context = {
        key: (str(call.parameters[name]),) for key, name in given if name in call.parameters
    }
    if region := call.map("CreateBucketConfiguration").get("LocationConstraint"):
        context["s3:locationconstraint"] = (str(region),)
    return context


def requests_on_object(action: str = "", *, existing: bool = True) -> RequestsOf:
    """Returns what asks for an action on the object that a call names; `existing` tells of the tags that it has."""

    def row(account: Account, call: Call) -> Iterator[Request]:
        arn = ids.arn(account, "bucket", f"{call.text('Bucket')}/{call.text('Key')}")
        context = _existing_tags(account, call) if existing else {}
        context |= _object_tags(call) | _told(call)
        yield Request(f"s3:{action or call.operation}", arn, context)
        if call.operation == "PutObject" and call.text("Tagging"):
            yield Request("s3:PutObjectTagging", arn, context)
        if call.text("IfMatch"):  # who writes over what is known must be allowed to know it
            yield Request("s3:GetObject", arn, _existing_tags(account, call))

    return row


def copy_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yields what CopyObject asks: to read the source and to write the copy, with their tags where there are any.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    """
    source = replace(call, parameters=copy_source(call))
    existing = _existing_tags(account, source)
    if call.text("TaggingDirective") == "REPLACE":
        tags = tag_query(call.text("Tagging"))
    else:
        tags = _tags_of(account, source)
    read, written = (
        ids.arn(account, "bucket", f"{c.text('Bucket')}/{c.text('Key')}")
        for c in (source, call)
    )
    yield Request("s3:GetObject", read, existing)
    if tags and call.text("TaggingDirective") != "REPLACE":
        yield Request("s3:GetObjectTagging", read, existing)
    yield Request("s3:PutObject", written, _requested(tags) | _told(call))
    if tags:
        yield Request("s3:PutObjectTagging", written, _requested(tags))


def copy_source(call: Call) -> dict[str, Json]:
    """Returns the bucket and the key of CopySource, `bucket/key` as it stands in an address."""
    bucket, _, key = unquote(call.text("CopySource").removeprefix("/")).partition("/")
    return {"Bucket": bucket, "Key": key}


def deletion_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yields what DeleteObjects asks: each object by itself."""
    rows = call.map("Delete").get("Objects", ())
    for row in rows if isinstance(rows, tuple) else ():
        if isinstance(row, Mapping):
            arn = ids.arn(account, "bucket", f"{call.text('Bucket')}/{row.get('Key')}")
            one = replace(
                call, parameters={"Bucket": call.text("Bucket"), "Key": row.get("Key")}
            )
            yield Request("s3:DeleteObject", arn, _existing_tags(account, one))


def _tags_of(account: Account, call: Call) -> Tags:
    bucket = account.buckets.get(call.text("Bucket"))
    found = bucket.objects.get(call.text("Key")) if bucket else None
    return found.tags if found else {}


def _existing_tags(account: Account, call: Call) -> Context:
    return {
        f"s3:ExistingObjectTag/{key}": (value,)
        for key, value in _tags_of(account, call).items()
    }


def _object_tags(call: Call) -> Context:
    return _requested(tag_query(call.text("Tagging")) or tag_set(call.map("Tagging")))


TOLD = {  # what a write may tell: a parameter, and the key that it brings
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
}


def _told(call: Call) -> Context:
    return {key: (call.text(name),) for name, key in TOLD.items() if call.text(name)}


def _requested(tags: Tags) -> Context:
    found: Context = {f"s3:RequestObjectTag/{key}": (value,) for key, value in tags.items()}
    if tags:
        return {**found, "s3:RequestObjectTagKeys": tuple(tags)}
    return {}


def tag_query(text: str) -> Tags:
    """Returns the tags of PutObject, `branch=north&shift=late`."""
    return dict(parse_qsl(text, keep_blank_values=True))


def tag_set(tagging: Mapping[str, Json]) -> Tags:
    """Returns the tags of PutObjectTagging, {"TagSet": [{"Key", "Value"}]}."""
    rows = tagging.get("TagSet", ())
    if isinstance(rows, tuple | list):
        pairs = (tag for tag in rows if isinstance(tag, Mapping))
    else:
        pairs = ()
    return {str(tag["Key"]): str(tag["Value"]) for tag in pairs}


BUCKET_ACTIONS = {  # operations on buckets whose action has another name
    **dict.fromkeys(("HeadBucket", "ListObjects", "ListObjectsV2"), "ListBucket"),
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    **dict.fromkeys(
        ("PutPublicAccessBlock", "DeletePublicAccessBlock"), "PutBucketPublicAccessBlock"
    ),
}
S3_ROWS: Mapping[
    str, RequestsOf
] = {  # by operation, where it does not ask for its own action on the bucket
    **{
        operation: requests_on_bucket(action)
        for operation, action in BUCKET_ACTIONS.items()
    },
    "ListBuckets": lambda account, call: (Request("s3:ListAllMyBuckets", "*"),),
    "GetObject": requests_on_object(),
    "HeadObject": requests_on_object("GetObject"),
    "PutObject": requests_on_object(existing=False),
    "CopyObject": copy_requests,
    "DeleteObject": requests_on_object(),
    "DeleteObjects": deletion_requests,
    "GetObjectTagging": requests_on_object(),
    "PutObjectTagging": requests_on_object(),
    "DeleteObjectTagging": requests_on_object(),
}


# ------------------------------------------------------------------- DynamoDB
def table_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yields what a call asks on the table that it names; to make one with tags is also to tag it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/attribute-based-access-control.html
    """
    name = table_name(call)
    found = account.tables.get(name)
    arn = ids.arn(account, "table", name)
    tags = {**resource_tags(found.tags if found else {}, "aws:"), **request_tags(call)}
    yield Request(
        f"dynamodb:{call.operation}", arn, {**tags, **_item_keys(account, call, name)}
    )
    if call.operation == "CreateTable" and call.tags:
        yield Request("dynamodb:TagResource", arn, tags)


def table_name(call: Call) -> str:
    """Returns a table's name, given as name or ARN."""
    return (call.text("TableName") or call.text("ResourceArn")).rsplit("/", 1)[-1]


def _item_keys(account: Account, call: Call, name: str) -> Context:
    """Returns dynamodb:LeadingKeys, the hash key's value; dynamodb:Attributes, the names that the call gives; and what
    it asks to be shown, which always has a value.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    table = account.tables.get(name)
    named = call.map("ExpressionAttributeNames")
    item = call.map("Item") or call.map("Key")
    context: Context = {
        f"dynamodb:{key}": (call.text(key, usual),)
        for key, usual in SHOWN.get(call.operation, ())
    }
    if names := (
        *item,
        *(str(named.get(name, name)) for name, _ in expression_pairs(call)),
    ):
        context["dynamodb:Attributes"] = names
    values = item.get(table.key) if table else None
    if values is None and table and call.operation == "Query":
        values = next(iter(call.map("ExpressionAttributeValues").values()), None)
    if isinstance(values, Mapping):
        context["dynamodb:LeadingKeys"] = leading_key_values(values)
    return context


SHOWN: dict[
    str, tuple[tuple[str, str], ...]
] = {  # the parameter, and its value where the call gives none
    **dict.fromkeys(("GetItem", "Query", "Scan"), (("Select", "ALL_ATTRIBUTES"),)),
    **dict.fromkeys(("PutItem", "UpdateItem", "DeleteItem"), (("ReturnValues", "NONE"),)),
}


# ------------------------------------------------------------------------ SQS
def queue_name(call: Call) -> str:
    """Returns the queue's name, given or as the end of its URL."""
    return call.text("QueueName") or call.text("QueueUrl").rsplit("/", 1)[-1]


def queue_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yields what a call asks on its queue; to make one with tags is also to tag it.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-abac.html
    """
    name = queue_name(call)
    found = account.queues.get(name)
    arn = ids.arn(account, "queue", name)
    context = {**resource_tags(found.tags if found else {}, "aws:"), **request_tags(call)}
    yield Request(f"sqs:{call.operation}", arn, context)
    if call.operation == "CreateQueue" and call.tags:
        yield Request("sqs:TagQueue", arn, context)
