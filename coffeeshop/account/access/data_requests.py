"""The requests of S3's, DynamoDB's and SQS's operations, with the context keys about objects, items and tags."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.attribute_values import (
    assigned_pairs,
    leading_key_values,
    projected_names,
)
from coffeeshop.account.access.key_conditions import readable_key_conditions
from coffeeshop.account.access.object_versions import (
    find_version,
    version_context,
    versioned_action,
)
from coffeeshop.account.model import Account, Call
from coffeeshop.account.values import Json, Tags
from coffeeshop.policy.model import Request, Values

Context: TypeAlias = dict[str, Values]
ACCOUNT_ID = re.compile("[0-9]{12}")
RequestsOf: TypeAlias = Callable[[Account, Call], Iterable[Request]]


def resource_tags(tags: Tags, *prefixes: str) -> Context:
    """Return the context keys for the tags of a resource: `aws:ResourceTag/branch`."""
    return {
        f"{prefix}ResourceTag/{key}": (value,)
        for prefix in prefixes
        for key, value in tags.items()
    }


def request_tags(call: Call) -> Context:
    """Return the context keys for the tags that a call sets, or for the tag keys that it removes.

    IAM Access Analyzer writes the parameter `tagKeys`, the other services `TagKeys`.
    """
    tags = call.tags
    context: Context = {f"aws:RequestTag/{key}": (value,) for key, value in tags.items()}
    removed_keys = call.words("TagKeys") or call.words("tagKeys")
    tag_keys = tuple(tags) or removed_keys
    if tag_keys:
        context["aws:TagKeys"] = tag_keys
    return context


def requests_on_bucket(action: str = "") -> RequestsOf:
    """Return a function that yields the request of a call on its bucket.

    The action is the operation's name if none is given.
    """

    def bucket_request(account: Account, call: Call) -> Iterator[Request]:
        arn = ids.arn(account, "bucket", call.text("Bucket"))
        yield Request(f"s3:{action or call.operation}", arn, _bucket_context(call))

    return bucket_request


def _bucket_context(call: Call) -> Context:
    """Return the context keys of a bucket call: the parameters of a listing, and the Region of a new bucket."""
    parameters = {
        "s3:prefix": "Prefix",
        "s3:delimiter": "Delimiter",
        "s3:max-keys": "MaxKeys",
    }
    context: Context = {
        key: (str(call.parameters[name]),)
        for key, name in parameters.items()
        if name in call.parameters
    }
    context |= _acl_headers(call)
    if region := call.map("CreateBucketConfiguration").get("LocationConstraint"):
        context["s3:locationconstraint"] = (str(region),)
    return context


def requests_on_object(action: str = "", *, existing: bool = True) -> RequestsOf:
    """Return a function that yields the requests of a call on its object.

    If `existing`, the context includes the tags that the object has.
    """

    def object_requests(account: Account, call: Call) -> Iterator[Request]:
        arn = _object_arn(account, call)
        context = _existing_tags(account, call) if existing else {}
        context |= _new_object_tags(call) | _write_headers(call) | version_context(call)
        action_here = versioned_action(action or call.operation, call)
        yield Request(f"s3:{action_here}", arn, context)
        if call.operation == "PutObject" and call.text("Tagging"):
            yield Request("s3:PutObjectTagging", arn, context)
        # IfMatch reveals whether the object has this content, so the call also needs permission to read.
        if call.text("IfMatch"):
            yield Request("s3:GetObject", arn, _existing_tags(account, call))

    return object_requests


def _object_arn(account: Account, call: Call) -> str:
    """Return the ARN of the object that a call names."""
    return ids.arn(account, "bucket", f"{call.text('Bucket')}/{call.text('Key')}")


def copy_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests of CopyObject: to read the source and to write the copy, with the tags if there are any.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    """
    source = replace(call, parameters=copy_source(call))
    source_arn = _object_arn(account, source)
    target_arn = _object_arn(account, call)
    source_context = _existing_tags(account, source) | version_context(source)
    replaces_tags = call.text("TaggingDirective") == "REPLACE"
    if replaces_tags:
        tags = tag_query(call.text("Tagging"))
    else:
        tags = _tags_of_object(account, source)
    tag_context = _request_object_tags(tags)
    reading = versioned_action("GetObject", source)
    yield Request(f"s3:{reading}", source_arn, source_context)
    if tags and not replaces_tags:
        yield Request(f"s3:{reading}Tagging", source_arn, source_context)
    yield Request("s3:PutObject", target_arn, tag_context | _write_headers(call))
    if tags:
        yield Request("s3:PutObjectTagging", target_arn, tag_context)


def copy_source(call: Call) -> dict[str, Json]:
    """Return the bucket, the key and the version of CopySource: `bucket/key?versionId=id`, URL-encoded."""
    source, _, version_id = call.text("CopySource").partition("?versionId=")
    bucket, _, key = unquote(source.removeprefix("/")).partition("/")
    if version_id:
        return {"Bucket": bucket, "Key": key, "VersionId": version_id}
    return {"Bucket": bucket, "Key": key}


def deletion_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the request of each object of DeleteObjects, as DeleteObject has it."""
    bucket = call.text("Bucket")
    for row in listed_objects(call):
        deletion = replace(call, parameters={"Bucket": bucket, **row})
        yield from requests_on_object("DeleteObject")(account, deletion)


def listed_objects(call: Call) -> list[Mapping[str, Json]]:
    """Return the objects that DeleteObjects lists: their keys, and their versions if they have any."""
    rows = call.map("Delete").get("Objects", ())
    if not isinstance(rows, tuple):
        return []
    return [
        {name: value for name, value in row.items() if value}
        for row in rows
        if isinstance(row, Mapping)
    ]


def _tags_of_object(account: Account, call: Call) -> Tags:
    """Return the tags of the object that a call names, or none if it doesn't exist."""
    bucket = account.buckets.get(call.text("Bucket"))
    stored = find_version(bucket, call.parameters)
    return stored.tags if stored else {}


def _existing_tags(account: Account, call: Call) -> Context:
    """Return the context keys for the tags that the call's object has (s3:ExistingObjectTag)."""
    tags = _tags_of_object(account, call)
    return {f"s3:ExistingObjectTag/{key}": (value,) for key, value in tags.items()}


def _new_object_tags(call: Call) -> Context:
    """Return the context keys for the tags that the call gives its object (s3:RequestObjectTag)."""
    tags = tag_query(call.text("Tagging")) or tag_set(call.map("Tagging"))
    return _request_object_tags(tags)


WRITE_HEADERS = {  # a parameter of a write -> its context key
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
}


def _write_headers(call: Call) -> Context:
    """Return the context keys for the headers that a write to S3 sends, such as its encryption."""
    return _header_keys(call, WRITE_HEADERS) | _acl_headers(call)


ACL_HEADERS = {  # a parameter that writes an ACL -> its context key
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-specific-condition-keys
    "ACL": "s3:x-amz-acl",
    "GrantFullControl": "s3:x-amz-grant-full-control",
    "GrantRead": "s3:x-amz-grant-read",
    "GrantReadACP": "s3:x-amz-grant-read-acp",
    "GrantWrite": "s3:x-amz-grant-write",
    "GrantWriteACP": "s3:x-amz-grant-write-acp",
}


def _acl_headers(call: Call) -> Context:
    """Return the context keys for the headers that write an ACL."""
    return _header_keys(call, ACL_HEADERS)


def _header_keys(call: Call, keys: Mapping[str, str]) -> Context:
    """Return the context keys for the headers that a call sends."""
    return {key: (call.text(name),) for name, key in keys.items() if call.text(name)}


def _request_object_tags(tags: Tags) -> Context:
    """Return the context keys for tags that a call gives an object."""
    context: Context = {
        f"s3:RequestObjectTag/{key}": (value,) for key, value in tags.items()
    }
    if tags:
        context["s3:RequestObjectTagKeys"] = tuple(tags)
    return context


def tag_query(text: str) -> Tags:
    """Return the tags of PutObject, `branch=north&shift=late`."""
    return dict(parse_qsl(text, keep_blank_values=True))


def tag_set(tagging: Mapping[str, Json]) -> Tags:
    """Return the tags of PutObjectTagging, {"TagSet": [{"Key", "Value"}]}."""
    rows = tagging.get("TagSet", ())
    if not isinstance(rows, tuple | list):
        return {}
    return {str(tag["Key"]): str(tag["Value"]) for tag in rows if isinstance(tag, Mapping)}


BUCKET_ACTIONS = {  # operation on a bucket -> its action, where the names differ
    **dict.fromkeys(("HeadBucket", "ListObjects", "ListObjectsV2"), "ListBucket"),
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    **dict.fromkeys(
        ("PutBucketEncryption", "DeleteBucketEncryption"), "PutEncryptionConfiguration"
    ),
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    **dict.fromkeys(
        ("PutPublicAccessBlock", "DeletePublicAccessBlock"), "PutBucketPublicAccessBlock"
    ),
    "DeleteBucketTagging": "PutBucketTagging",
    "ListObjectVersions": "ListBucketVersions",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
}
# The operations whose request is not the action of the same name on the bucket, but for those in
# s3_encryption.
S3_ROWS: Mapping[str, RequestsOf] = {
    **{
        operation: requests_on_bucket(action)
        for operation, action in BUCKET_ACTIONS.items()
    },
    "ListBuckets": lambda account, call: (Request("s3:ListAllMyBuckets", "*"),),
    "HeadObject": requests_on_object("GetObject"),
    "DeleteObject": requests_on_object(),
    "DeleteObjects": deletion_requests,
    "GetObjectTagging": requests_on_object(),
    "PutObjectTagging": requests_on_object(),
    "DeleteObjectTagging": requests_on_object(),
    "GetObjectAcl": requests_on_object(),
    "PutObjectAcl": requests_on_object(),
}


# ------------------------------------------------------------------- DynamoDB
def table_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a call's action on its table. Creating one with tags also needs to tag.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/attribute-based-access-control.html
    """
    name = table_name(call)
    table = account.tables.get(name)
    arn = ids.arn(account, "table", name)
    tags = resource_tags(table.tags if table else {}, "aws:")
    tag_context = {**tags, **request_tags(call)}
    context = {**tag_context, **_item_context(account, call, name)}
    yield Request(f"dynamodb:{call.operation}", arn, context)
    if call.operation == "CreateTable" and call.tags:
        yield Request("dynamodb:TagResource", arn, tag_context)


def table_name(call: Call) -> str:
    """Return a table's name, given as a name or an ARN."""
    name_or_arn = call.text("TableName") or call.text("ResourceArn")
    return name_or_arn.rsplit("/", 1)[-1]


def _item_context(account: Account, call: Call, name: str) -> Context:
    """Return the context keys about the item that a call reads or writes.

    dynamodb:LeadingKeys is the value of the hash key, dynamodb:Attributes the attributes that the call names. Which
    attributes are returned always has a value.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    item = call.map("Item") or call.map("Key")
    context: Context = {
        f"dynamodb:{parameter}": (call.text(parameter, default),)
        for parameter, default in RETURNED_ATTRIBUTES.get(call.operation, ())
    }
    placeholders = call.map("ExpressionAttributeNames")
    conditions = readable_key_conditions(call)
    written_names = [
        *(name for name, _ in assigned_pairs(call)),
        *(condition.written for condition in conditions),
        *projected_names(call),
    ]
    attributes = (str(placeholders.get(name, name)) for name in written_names)
    if call.text("ProjectionExpression"):
        context["dynamodb:Select"] = ("SPECIFIC_ATTRIBUTES",)
    if attribute_names := (*item, *attributes):
        context["dynamodb:Attributes"] = attribute_names
    if table := account.tables.get(name):
        key_value = item.get(table.hash_key.name)
        for condition in conditions:
            if (condition.name, condition.operator) == (table.hash_key.name, "="):
                key_value = call.map("ExpressionAttributeValues").get(condition.values[0])
        if isinstance(key_value, Mapping):
            context["dynamodb:LeadingKeys"] = leading_key_values(key_value)
    return context


# Operation -> the parameters that say which attributes are returned, with their defaults.
RETURNED_ATTRIBUTES: dict[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(("GetItem", "Query", "Scan"), (("Select", "ALL_ATTRIBUTES"),)),
    **dict.fromkeys(("PutItem", "UpdateItem", "DeleteItem"), (("ReturnValues", "NONE"),)),
}


# ------------------------------------------------------------------------ SQS
def queue_name(call: Call) -> str:
    """Return the queue's name, given as such or as the end of its URL."""
    url = call.text("QueueUrl")
    return call.text("QueueName") or url.rsplit("/", 1)[-1]


def _queue_owner(account: Account, call: Call) -> str:
    """Return the id of the account that owns a call's queue. Unless the call or its URL names one, it is this account.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
    """
    *_, in_url, _ = ("", "", *call.text("QueueUrl").split("/"))
    owner = call.text("QueueOwnerAWSAccountId", in_url)
    return owner if ACCOUNT_ID.fullmatch(owner) else account.id


def queue_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield a call's action on its queue. Creating one with tags also needs to tag.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-abac.html
    """
    name = queue_name(call)
    owner = _queue_owner(account, call)
    home = account.others.get(owner, account)
    queue = home.queues.get(name) if home.id == owner else None
    arn = f"arn:aws:sqs:{ids.REGION}:{owner}:{name}"
    tags = resource_tags(queue.tags if queue else {}, "aws:")
    context = {**tags, **request_tags(call)}
    # A batch needs the permission for one message.
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    yield Request(f"sqs:{call.operation.removesuffix('Batch')}", arn, context)
    if call.operation == "CreateQueue" and call.tags:
        yield Request("sqs:TagQueue", arn, context)
