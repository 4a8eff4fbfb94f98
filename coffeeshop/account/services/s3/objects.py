"""Objects: put, read, copied, deleted, tagged.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/uploading-downloading-objects.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of_act
from coffeeshop.account.access.data_requests import copy_source, listed_objects, tag_query
from coffeeshop.account.access.object_versions import find_version
from coffeeshop.account.api.s3_refusals import malformed_xml
from coffeeshop.account.errors import not_authorized
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Bucket, Object
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.s3.encryption import (
    encryption_shape,
    refuse_unusable_key,
    settle_encryption,
)
from coffeeshop.account.services.s3.lookups import (
    entity_tag,
    missing_version,
    named_bucket,
    named_object,
    refuse_foreign_writer,
    refuse_strange_version_id,
    with_bucket,
    wordless_refusal,
)
from coffeeshop.account.services.s3.object_parts import part_members, requested_part
from coffeeshop.account.services.s3.tag_sets import requested_tag_set
from coffeeshop.account.services.s3.versions import (
    change_version,
    delete_current,
    delete_version,
    store_object,
    version_members,
    written_members,
)
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json, JsonObject, Tags
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Standing

OPERATIONS = Operations()


def _head_shape(bucket: Bucket, stored: Object) -> JsonObject:
    """Return an object's metadata as HeadObject answers it."""
    return {
        **version_members(bucket, stored),
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
    part = requested_part(act.call, stored)
    content = stored.body[part.start : part.end] if part else stored.body
    body = {**_head_shape(bucket, stored), **part_members(part, stored), "Body": content}
    return account, Reply(body)


@OPERATIONS.add_with_standing("HeadObject")
def head_object(account: Account, act: Act, standing: Standing) -> Change:
    """Answer as GetObject does, without the body and without texts of refusals."""
    try:
        bucket, stored = named_object(account, act, standing)
        part = requested_part(act.call, stored)
    except ServiceError as refusal:
        raise wordless_refusal(refusal) from None
    return account, Reply({**_head_shape(bucket, stored), **part_members(part, stored)})


@OPERATIONS.add("PutObject")
def put_object(account: Account, act: Act) -> Change:
    """Store an object, and overwrite one with the same key. Check the preconditions IfMatch and IfNoneMatch first."""
    call = act.call
    bucket = named_bucket(account, call)
    refuse_foreign_writer(account, bucket, act)
    refuse_failed_precondition(call, bucket.objects.get(call.text("Key")))
    given_body = call.parameters.get("Body", b"")
    details = described_details(call)
    tags = parse_tags(call.text("Tagging"))
    content = given_body if isinstance(given_body, bytes) else b""
    account, encryption = settle_encryption(account, bucket, call, act.at)
    stored = Object(call.text("Key"), content, act.at, details, tags, encryption)
    account, stored = store_object(account, bucket, stored)
    body = {
        "ETag": entity_tag(stored),
        **encryption_shape(encryption),
        **written_members(stored),
    }
    return account, Reply(body)


OBJECT_DETAILS = (
    *("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage"),
    *("ContentType", "WebsiteRedirectLocation"),
)
DEFAULT_CONTENT_TYPE = "binary/octet-stream"
METADATA_SIZE = 2048  # bytes of names and values


def described_details(call: Call) -> JsonObject:
    """Return what a write says about its object. S3 writes the names of metadata in small letters.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    """
    given = {name: call.text(name) for name in OBJECT_DETAILS if call.text(name)}
    metadata = {name.lower(): str(text) for name, text in call.map("Metadata").items()}
    size = sum(len(name.encode()) + len(text.encode()) for name, text in metadata.items())
    if size > METADATA_SIZE:
        text = "Your metadata headers exceed the maximum allowed metadata size"
        raise ServiceError("MetadataTooLarge", text)
    if metadata:
        return {"ContentType": DEFAULT_CONTENT_TYPE, **given, "Metadata": metadata}
    return {"ContentType": DEFAULT_CONTENT_TYPE, **given}


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
        TAG_PATTERN.fullmatch(text) for tag in tags.items() for text in tag
    ):
        raise ServiceError("InvalidArgument", BAD_TAGS)
    return tags


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
TAG_PATTERN = re.compile(r"[\w\s.:/=+\-@]*")
BAD_TAGS = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."


@OPERATIONS.add_with_standing("CopyObject")
def copy_object(account: Account, act: Act, standing: Standing) -> Change:
    """Copy an object with its details and tags, or with those that the call gives instead.

    Where a website redirects is not copied.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    call = act.call
    bucket = named_bucket(account, call)
    refuse_foreign_writer(account, bucket, act)
    source = copy_source(call)
    source_owner = call.parameters.get("ExpectedSourceBucketOwner")
    reading_parameters = {**source, "ExpectedBucketOwner": source_owner}
    reading = replace(act, call=replace(call, parameters=reading_parameters))
    source_bucket, original = named_source(account, reading, standing)
    refuse_unusable_key(account, source_bucket, original, act.at)
    account, encryption = settle_encryption(account, bucket, call, act.at)
    replaces_details = call.text("MetadataDirective") == "REPLACE"
    redirect = {name: call.text(name) for name in (REDIRECT_MEMBER,) if call.text(name)}
    replaces_tags = call.text("TaggingDirective") == "REPLACE"
    is_in_place = source == {"Bucket": bucket.name, "Key": call.text("Key")}
    is_encrypted_anew = "ServerSideEncryption" in call.parameters
    is_changed = replaces_details or is_encrypted_anew or bool(redirect)
    if is_in_place and not is_changed:
        raise ServiceError("InvalidRequest", COPY_TO_ITSELF)
    if replaces_details:
        details = described_details(call)
    else:
        details = {
            name: value
            for name, value in original.details.items()
            if name != REDIRECT_MEMBER
        }
        details |= redirect
    if replaces_tags:
        tags = parse_tags(call.text("Tagging"))
    else:
        tags = original.tags
    copy = Object(call.text("Key"), original.body, act.at, details, tags, encryption)
    account, copy = store_object(account, bucket, copy)
    body = {
        "CopyObjectResult": {
            "ETag": entity_tag(copy),
            "LastModified": format_timestamp(act.at),
        },
        **encryption_shape(encryption),
        **version_members(bucket, copy),
        **source_version_members(original),
    }
    return account, Reply(body)


def named_source(
    account: Account, reading: Act, standing: Standing
) -> tuple[Bucket, Object]:
    """Return the bucket and the object, or the version, that a copy reads."""
    try:
        return named_object(account, reading, standing)
    except ServiceError as refusal:
        if refusal.code != "MethodNotAllowed":
            raise
        text = "The source of a copy request may not specifically refer to a delete marker by version id."
        raise ServiceError("InvalidRequest", text) from None


def source_version_members(source: Object) -> JsonObject:
    """Return the member that tells which version was copied. "null" isn't told (recorded)."""
    return {f"CopySource{name}": value for name, value in written_members(source).items()}


REDIRECT_MEMBER = "WebsiteRedirectLocation"
COPY_TO_ITSELF = (
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
    deleted = list[Json]()
    refusals = list[Json]()
    for row, request in zip(listed_objects(act.call), requests, strict=True):
        decision = authorize(standing, request)
        try:
            if not isinstance(decision, Allowed):
                raise ServiceError(
                    "AccessDenied", not_authorized(act.call, decision).message, 403
                )
            bucket, result = _without_listed_object(account, bucket, row, act.at)
        except ServiceError as refusal:
            refusals.append({**row, "Code": refusal.code, "Message": refusal.message})
        else:
            deleted.append({**row, **result})
        account = with_bucket(account, bucket)
    quiet = act.call.map("Delete").get("Quiet") is True
    results = {"Deleted": () if quiet else tuple(deleted), "Errors": tuple(refusals)}
    body = {name: rows for name, rows in results.items() if rows}
    return account, Reply(body)


def _without_listed_object(
    account: Account, bucket: Bucket, row: Mapping[str, Json], at: datetime
) -> tuple[Bucket, JsonObject]:
    """Return the bucket without an object of DeleteObjects, or without one version, and what the answer tells of it.

    Raise NoSuchVersion, which a single deletion doesn't (recorded).
    """
    key = str(row["Key"])
    if "VersionId" not in row:
        bucket, marker = delete_current(account, bucket, key, at)
        return bucket, _marker_members(marker)
    version = find_version(bucket, row)
    if version is None:
        raise missing_version(key, str(row["VersionId"]))
    return delete_version(bucket, version), _marker_members(version)


def _marker_members(version: Object | None) -> JsonObject:
    """Return what DeleteObjects tells of a delete marker that was made or deleted."""
    if version is None or not version.is_delete_marker:
        return {}
    return {"DeleteMarker": True, "DeleteMarkerVersionId": version.version}


MOST_DELETED = 1000


@OPERATIONS.add("DeleteObject")
def delete_object(account: Account, act: Act) -> Change:
    """Delete an object, or one version for good. It is no error if there is none.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
    """
    call = act.call
    bucket = named_bucket(account, call)
    version_id = call.text("VersionId")
    if not version_id:
        bucket, marker = delete_current(account, bucket, call.text("Key"), act.at)
        body = {"DeleteMarker": True, "VersionId": marker.version} if marker else {}
        return with_bucket(account, bucket), Reply(body)
    refuse_strange_version_id(account, version_id)
    version = find_version(bucket, call.parameters)
    body: JsonObject = {"VersionId": version_id}
    if version is None:
        return account, Reply(body)
    if version.is_delete_marker:
        body["DeleteMarker"] = True
    return with_bucket(account, delete_version(bucket, version)), Reply(body)


@OPERATIONS.add_with_standing("GetObjectTagging")
def get_object_tagging(account: Account, act: Act, standing: Standing) -> Change:
    bucket, stored = named_object(account, act, standing)
    body = {"TagSet": tag_list(stored.tags), **version_members(bucket, stored)}
    return account, Reply(body)


RESERVED_OBJECT_TAG = "Your TagKey cannot be prefixed with aws:"  # recorded


@OPERATIONS.add_with_standing("PutObjectTagging")
def put_object_tagging(account: Account, act: Act, standing: Standing) -> Change:
    tags = requested_tag_set(act.call, RESERVED_OBJECT_TAG)
    return _change_object_tags(account, act, standing, tags)


@OPERATIONS.add_with_standing("DeleteObjectTagging")
def delete_object_tagging(account: Account, act: Act, standing: Standing) -> Change:
    return _change_object_tags(account, act, standing, {})


def _change_object_tags(
    account: Account, act: Act, standing: Standing, tags: Tags
) -> Change:
    """Give the object, or one version of it, exactly these tags."""
    bucket, stored = named_object(account, act, standing)
    changed = change_version(bucket, replace(stored, tags=tags))
    return with_bucket(account, changed), Reply(version_members(bucket, stored))
