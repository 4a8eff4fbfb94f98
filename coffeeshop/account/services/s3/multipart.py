"""Multipart uploads: an object that comes in parts, each of which can be sent again.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
Codes and texts are as LocalStack's tests recorded them from AWS (tests/aws/services/s3, February 2026).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import md5
from itertools import pairwise
from urllib.parse import quote

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.data_requests import copy_source
from coffeeshop.account.api.s3_refusals import ARGUMENT_TEXTS, malformed_xml
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Bucket, Object, Part, Upload
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.s3.encryption import (
    encryption_shape,
    refuse_unusable_key,
    settle_encryption,
)
from coffeeshop.account.services.s3.lookups import (
    entity_tag,
    named_bucket,
    refuse_foreign_writer,
    with_bucket,
)
from coffeeshop.account.services.s3.object_parts import part_number
from coffeeshop.account.services.s3.objects import (
    described_details,
    named_source,
    parse_tags,
    refuse_failed_precondition,
    source_version_members,
)
from coffeeshop.account.services.s3.versions import store_object, written_members
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Standing

SMALLEST_PART = 5 * 1024 * 1024  # bytes of every part but the last
MISSING_UPLOAD = (
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
    "aborted or completed."
)
MISSING_PART = (
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
    "specified entity tag may not match the part's entity tag."
)
CONDITIONAL_CONFLICT = "The conditional request cannot succeed due to a conflicting operation against this resource."
RANGE_PATTERN = re.compile(r"bytes=(\d{1,18})-(\d{1,18})")

OPERATIONS = Operations()


def named_upload(account: Account, call: Call) -> tuple[Bucket, Upload]:
    """Return the bucket and the upload that a call names. Raise NoSuchUpload, also for another key."""
    bucket = named_bucket(account, call)
    upload = bucket.uploads.get(call.text("UploadId"))
    if upload is None or upload.key != call.text("Key"):
        raise ServiceError("NoSuchUpload", MISSING_UPLOAD, 404)
    return bucket, upload


def part_tag(part: Part) -> str:
    """Return the entity tag of a part."""
    return f'"{md5(part.body, usedforsecurity=False).hexdigest()}"'


@OPERATIONS.add_with_standing("CreateMultipartUpload")
def create_multipart_upload(account: Account, act: Act, standing: Standing) -> Change:
    """Begin an upload. What its object gets, such as metadata, tags and encryption, is settled now.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
    """
    call = act.call
    bucket = named_bucket(account, call)
    refuse_foreign_writer(account, bucket, act)
    key = call.text("Key")
    details = described_details(call)
    tags = parse_tags(call.text("Tagging"))
    account, encryption = settle_encryption(account, bucket, call, act.at)
    upload = Upload(
        ids.draw_letters(account.seed, 51, "upload", bucket.name, key, account.calls),
        key,
        act.at,
        standing.principal.arn,
        details,
        tags,
        encryption,
        earlier=bucket.objects.get(key),
    )
    body = {
        "Bucket": bucket.name,
        "Key": key,
        "UploadId": upload.id,
        **encryption_shape(encryption),
    }
    return _with_upload(account, bucket, upload), Reply(body)


def _with_upload(account: Account, bucket: Bucket, upload: Upload) -> Account:
    """Return the account with that upload, new or changed."""
    uploads = bucket.uploads.put(upload.id, upload)
    return with_bucket(account, replace(bucket, uploads=uploads))


def _without_upload(bucket: Bucket, upload: Upload) -> Bucket:
    """Return the bucket without an upload."""
    return replace(bucket, uploads=bucket.uploads.drop(upload.id))


def _with_part(
    account: Account, bucket: Bucket, upload: Upload, number: int, part: Part
) -> Account:
    """Return the account in which a part was uploaded. A part of the same number goes."""
    parts = {**upload.parts, number: part}
    return _with_upload(account, bucket, replace(upload, parts=parts))


@OPERATIONS.add("UploadPart")
def upload_part(account: Account, act: Act) -> Change:
    """Store a part.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
    """
    number = part_number(act.call)
    bucket, upload = named_upload(account, act.call)
    body = act.call.parameters.get("Body", b"")
    part = Part(body if isinstance(body, bytes) else b"", act.at)
    account = _with_part(account, bucket, upload, number, part)
    return account, Reply({"ETag": part_tag(part), **encryption_shape(upload.encryption)})


@OPERATIONS.add_with_standing("UploadPartCopy")
def upload_part_copy(account: Account, act: Act, standing: Standing) -> Change:
    """Store a part that is an object, or a range of its bytes.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
    """
    call = act.call
    number = part_number(call)
    bucket, upload = named_upload(account, call)
    source_owner = call.parameters.get("ExpectedSourceBucketOwner")
    reading = {**copy_source(call), "ExpectedBucketOwner": source_owner}
    source_bucket, source = named_source(
        account, replace(act, call=replace(call, parameters=reading)), standing
    )
    refuse_unusable_key(account, source_bucket, source, act.at)
    part = Part(_copied_bytes(call.text("CopySourceRange"), source), act.at)
    account = _with_part(account, bucket, upload, number, part)
    result = {"ETag": part_tag(part), "LastModified": format_timestamp(act.at)}
    body = {
        "CopyPartResult": result,
        **encryption_shape(upload.encryption),
        **source_version_members(source),
    }
    return account, Reply(body)


def _copied_bytes(text: str, source: Object) -> bytes:
    """Return the bytes of an object within a range, "bytes=0-9", or all. Raise for a range that isn't in it."""
    if not text:
        return source.body
    found = RANGE_PATTERN.fullmatch(text)
    if found is None or int(found[1]) > int(found[2]):
        raise ServiceError("InvalidArgument", ARGUMENT_TEXTS["CopySourceRange"])
    first = int(found[1])
    last = int(found[2])
    size = len(source.body)
    if first >= size:
        refusal = "The specified copy range is invalid for the source object size"
        raise ServiceError("InvalidRequest", refusal)
    if last >= size:
        refusal = f"Range specified is not valid for source object of size: {size}"
        members = (("ArgumentName", "x-amz-copy-source-range"), ("ArgumentValue", text))
        raise ServiceError("InvalidArgument", refusal, members=members)
    return source.body[first : last + 1]


@OPERATIONS.add("CompleteMultipartUpload")
def complete_multipart_upload(account: Account, act: Act) -> Change:
    """Make the object of the parts that the call lists. Parts that it doesn't list are dropped.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
    """
    call = act.call
    bucket, upload = named_upload(account, call)
    refuse_failed_precondition(call, bucket.objects.get(upload.key))
    _refuse_conflict(call, bucket, upload)
    parts = _listed_parts(call, upload)
    content = b"".join(part.body for part in parts)
    stated_size = call.parameters.get("MpuObjectSize")
    if stated_size is not None and stated_size != len(content):
        text = f"The provided 'x-amz-mp-object-size' header value {stated_size} does not match what was computed: {len(content)}"
        raise ServiceError("InvalidRequest", text)
    stored = Object(
        upload.key,
        content,
        act.at,
        upload.details,
        upload.tags,
        upload.encryption,
        tuple(len(part.body) for part in parts),
    )
    account, stored = store_object(account, _without_upload(bucket, upload), stored)
    address = f"https://{bucket.name}.s3.{bucket.region}.amazonaws.com"
    body = {
        "Location": f"{address}/{quote(upload.key, safe='')}",
        "Bucket": bucket.name,
        "Key": upload.key,
        "ETag": entity_tag(stored),
        **encryption_shape(stored.encryption),
        **written_members(stored),
    }
    return account, Reply(body)


def _refuse_conflict(call: Call, bucket: Bucket, upload: Upload) -> None:
    """Raise ConditionalRequestConflict if a condition holds of an object that changed during the upload.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    is_conditional = call.text("IfMatch") or call.text("IfNoneMatch")
    if is_conditional and bucket.objects.get(upload.key) is not upload.earlier:
        name = "If-Match" if call.text("IfMatch") else "If-None-Match"
        members = (("Condition", name), ("Key", upload.key))
        raise ServiceError(
            "ConditionalRequestConflict", CONDITIONAL_CONFLICT, 409, members=members
        )


def _listed_parts(call: Call, upload: Upload) -> list[Part]:
    """Return the parts that the call lists. Raise S3's refusal unless they make an object."""
    rows = call.map("MultipartUpload").get("Parts", ())
    if not isinstance(rows, tuple) or not rows:
        raise ServiceError("InvalidRequest", "You must specify at least one part")
    listed = [row for row in rows if isinstance(row, Mapping)]
    numbers = [_listed_number(row) for row in listed]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        text = "The list of parts was not in ascending order. Parts must be ordered by part number."
        raise ServiceError("InvalidPartOrder", text)
    parts = [
        _listed_part(row, number, upload)
        for row, number in zip(listed, numbers, strict=True)
    ]
    _refuse_small_parts(numbers, parts)
    return parts


def _listed_number(row: Mapping[str, Json]) -> int:
    """Return the number of a part in the list. Raise MalformedXML if it has none."""
    number = row.get("PartNumber")
    if not isinstance(number, int):
        raise malformed_xml()
    return number


def _listed_part(row: Mapping[str, Json], number: int, upload: Upload) -> Part:
    """Return the part that a row of the list names. Raise InvalidPart."""
    part = upload.parts.get(number)
    tag = str(row.get("ETag") or "").strip('"')
    if part is None or tag != part_tag(part).strip('"'):
        members = (("UploadId", upload.id), ("PartNumber", str(number)), ("ETag", tag))
        raise ServiceError("InvalidPart", MISSING_PART, members=members)
    return part


def _refuse_small_parts(numbers: Sequence[int], parts: Sequence[Part]) -> None:
    """Raise EntityTooSmall if a part other than the last has less than 5 MiB.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    """
    for number, part in zip(numbers[:-1], parts[:-1], strict=True):
        if len(part.body) < SMALLEST_PART:
            members = (
                ("ProposedSize", str(len(part.body))),
                ("MinSizeAllowed", str(SMALLEST_PART)),
                ("PartNumber", str(number)),
                ("ETag", part_tag(part).strip('"')),
            )
            text = "Your proposed upload is smaller than the minimum allowed size"
            raise ServiceError("EntityTooSmall", text, members=members)


@OPERATIONS.add("AbortMultipartUpload")
def abort_multipart_upload(account: Account, act: Act) -> Change:
    """End an upload without an object, and drop its parts.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
    """
    bucket, upload = named_upload(account, act.call)
    return with_bucket(account, _without_upload(bucket, upload)), EMPTY_REPLY
