"""Objects: put, read, copied, deleted, tagged.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/uploading-downloading-objects.html
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of_act
from coffeeshop.account.access.data_requests import copy_source, tag_query
from coffeeshop.account.api.s3_refusals import malformed_xml
from coffeeshop.account.errors import not_authorized
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Object
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.s3.encryption import (
    encryption_shape,
    refuse_unusable_key,
    settle_encryption,
)
from coffeeshop.account.services.s3.lookups import (
    entity_tag,
    named_bucket,
    named_object,
    with_bucket,
    wordless_refusal,
)
from coffeeshop.account.services.s3.tag_sets import requested_tag_set
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json, JsonObject, Tags
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Standing

OPERATIONS = Operations()


def _head_shape(stored: Object) -> JsonObject:
    """Return an object's metadata as HeadObject answers it."""
    return {
        "AcceptRanges": "bytes",
        "LastModified": format_timestamp(stored.modified),
        "ContentLength": len(stored.body),
        "ETag": entity_tag(stored),
        **stored.details,
        **encryption_shape(stored.encryption),
        **({"TagCount": len(stored.tags)} if stored.tags else {}),
    }


@OPERATIONS.add_with_standing("GetObject")
def get_object(account: Account, act: Act, standing: Standing) -> Change:
    bucket, stored = named_object(account, act, standing)
    refuse_unusable_key(account, bucket, stored, act.at)
    body = {**_head_shape(stored), "Body": stored.body}
    return account, Reply(body)


@OPERATIONS.add_with_standing("HeadObject")
def head_object(account: Account, act: Act, standing: Standing) -> Change:
    """Answer as GetObject does, without the body and without texts of refusals."""
    try:
        _, stored = named_object(account, act, standing)
    except ServiceError as refusal:
        raise wordless_refusal(refusal) from None
    return account, Reply(_head_shape(stored))


@OPERATIONS.add("PutObject")
def put_object(account: Account, act: Act) -> Change:
    """Store an object, and overwrite one with the same key. Check the preconditions IfMatch and IfNoneMatch first."""
    call = act.call
    bucket = named_bucket(account, call)
    refuse_failed_precondition(call, bucket.objects.get(call.text("Key")))
    body = call.parameters.get("Body", b"")
    details = described_details(call)
    tags = parse_tags(call.text("Tagging"))
    content = body if isinstance(body, bytes) else b""
    account, encryption = settle_encryption(account, bucket, call, act.at)
    stored = Object(call.text("Key"), content, act.at, details, tags, encryption)
    bucket = replace(bucket, objects=bucket.objects.put(stored.key, stored))
    account_after = with_bucket(account, bucket)
    return account_after, Reply(
        {"ETag": entity_tag(stored), **encryption_shape(encryption)}
    )


DETAILS = (
    *("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage"),
    *("ContentType", "WebsiteRedirectLocation"),
)
UNTYPED = "binary/octet-stream"
METADATA_SIZE = 2048  # bytes of names and values


def described_details(call: Call) -> JsonObject:
    """Return what a write says about its object. S3 writes the names of metadata in small letters.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    """
    given = {name: call.text(name) for name in DETAILS if call.text(name)}
    metadata = {name.lower(): str(text) for name, text in call.map("Metadata").items()}
    size = sum(len(name.encode()) + len(text.encode()) for name, text in metadata.items())
    if size > METADATA_SIZE:
        text = "Your metadata headers exceed the maximum allowed metadata size"
        raise ServiceError("MetadataTooLarge", text)
    if metadata:
        return {"ContentType": UNTYPED, **given, "Metadata": metadata}
    return {"ContentType": UNTYPED, **given}


def refuse_failed_precondition(call: Call, stored: Object | None) -> None:
    """Raise unless a conditional write's condition holds.

    IfNoneMatch wants no object under the key, and IfMatch wants the one with that entity
    tag.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    if_match = call.text("IfMatch")
    if_none_match = call.text("IfNoneMatch")
    is_unheard_of = if_match == "*" or if_none_match not in ("", "*")
    if is_unheard_of or (if_match and if_none_match):
        text = "A header you provided implies functionality that is not implemented"
        raise ServiceError("NotImplemented", text, 501)
    if if_match and stored is None:
        raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)
    if stored is None:
        return
    is_changed = if_match.strip('"') != entity_tag(stored).strip('"')
    if if_none_match or (if_match and is_changed):
        raise ServiceError(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            412,
        )


def parse_tags(query: str) -> Tags:
    """Return the tags of a query string.

    Raise InvalidArgument for duplicate keys and bad characters.
    """
    if query:
        pairs = query.split("&")
    else:
        pairs = []
    tags = tag_query(query)
    if len(tags) < len(pairs) or not all(
        TAG.fullmatch(text) for tag in tags.items() for text in tag
    ):
        raise ServiceError("InvalidArgument", BAD_TAGS)
    return tags


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
TAG = re.compile(r"[\w\s.:/=+\-@]*")
BAD_TAGS = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."


@OPERATIONS.add_with_standing("CopyObject")
def copy_object(account: Account, act: Act, standing: Standing) -> Change:
    """Copy an object with its details and tags, or with those that the call gives instead.

    Where a website redirects is not copied.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    call = act.call
    bucket = named_bucket(account, call)
    source = copy_source(call)
    source_owner = call.parameters.get("ExpectedSourceBucketOwner")
    reading_parameters = {**source, "ExpectedBucketOwner": source_owner}
    reading = replace(act, call=replace(call, parameters=reading_parameters))
    source_bucket, original = named_object(account, reading, standing)
    refuse_unusable_key(account, source_bucket, original, act.at)
    account, encryption = settle_encryption(account, bucket, call, act.at)
    replaces_details = call.text("MetadataDirective") == "REPLACE"
    redirect = {name: call.text(name) for name in (REDIRECT,) if call.text(name)}
    replaces_tags = call.text("TaggingDirective") == "REPLACE"
    is_in_place = source == {"Bucket": bucket.name, "Key": call.text("Key")}
    is_encrypted_anew = "ServerSideEncryption" in call.parameters
    is_changed = replaces_details or is_encrypted_anew or bool(redirect)
    if is_in_place and not is_changed:
        raise ServiceError("InvalidRequest", UNCHANGED)
    if replaces_details:
        details = described_details(call)
    else:
        details = {
            name: value for name, value in original.details.items() if name != REDIRECT
        }
        details |= redirect
    if replaces_tags:
        tags = parse_tags(call.text("Tagging"))
    else:
        tags = original.tags
    copy = Object(call.text("Key"), original.body, act.at, details, tags, encryption)
    bucket = replace(bucket, objects=bucket.objects.put(copy.key, copy))
    account = with_bucket(account, bucket)
    body = {
        "CopyObjectResult": {
            "ETag": entity_tag(copy),
            "LastModified": format_timestamp(act.at),
        },
        **encryption_shape(encryption),
    }
    return account, Reply(body)


REDIRECT = "WebsiteRedirectLocation"
UNCHANGED = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)


@OPERATIONS.add_with_standing("DeleteObjects")
def delete_objects(account: Account, act: Act, standing: Standing) -> Change:
    """Delete each object that the caller is allowed to delete, and list which were deleted.

    Objects that don't exist count as deleted.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    requests = requests_of_act(account, act)
    if not 0 < len(requests) <= MOST_DELETED:
        raise malformed_xml()
    bucket = named_bucket(account, act.call)
    objects = bucket.objects
    deleted = list[Json]()
    refusals = list[Json]()
    for request in requests:
        key = request.resource.partition("/")[2]
        decision = authorize(standing, request)
        if not isinstance(decision, Allowed):
            refusals.append(
                {
                    "Key": key,
                    "Code": "AccessDenied",
                    "Message": not_authorized(act.call, decision).message,
                }
            )
            continue
        if key in objects:
            objects = objects.drop(key)
        deleted.append({"Key": key})
    quiet = act.call.map("Delete").get("Quiet") is True
    results = {"Deleted": () if quiet else tuple(deleted), "Errors": tuple(refusals)}
    bucket = replace(bucket, objects=objects)
    account = with_bucket(account, bucket)
    body = {name: rows for name, rows in results.items() if rows}
    return account, Reply(body)


MOST_DELETED = 1000


@OPERATIONS.add("DeleteObject")
def delete_object(account: Account, act: Act) -> Change:
    """Delete an object. It is no error if there is none."""
    bucket = named_bucket(account, act.call)
    key = act.call.text("Key")
    if key not in bucket.objects:
        return account, DONE
    bucket = replace(bucket, objects=bucket.objects.drop(key))
    account = with_bucket(account, bucket)
    return account, DONE


@OPERATIONS.add_with_standing("GetObjectTagging")
def get_object_tagging(account: Account, act: Act, standing: Standing) -> Change:
    _, stored = named_object(account, act, standing)
    body = {"TagSet": tag_list(stored.tags)}
    return account, Reply(body)


RESERVED_OBJECT_TAG = "Your TagKey cannot be prefixed with aws:"  # recorded


@OPERATIONS.add_with_standing("PutObjectTagging")
def put_object_tagging(account: Account, act: Act, standing: Standing) -> Change:
    tags = requested_tag_set(act.call, RESERVED_OBJECT_TAG)
    account = _with_object_tags(account, act, standing, tags)
    return account, DONE


@OPERATIONS.add_with_standing("DeleteObjectTagging")
def delete_object_tagging(account: Account, act: Act, standing: Standing) -> Change:
    account = _with_object_tags(account, act, standing, {})
    return account, DONE


def _with_object_tags(
    account: Account, act: Act, standing: Standing, tags: Tags
) -> Account:
    """Return the account in which the object has exactly these tags."""
    bucket, stored = named_object(account, act, standing)
    bucket = replace(
        bucket, objects=bucket.objects.put(stored.key, replace(stored, tags=tags))
    )
    return with_bucket(account, bucket)
