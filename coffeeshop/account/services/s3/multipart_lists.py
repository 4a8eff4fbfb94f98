"""Lists of multipart uploads and of their parts.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

from coffeeshop.account import ids
from coffeeshop.account.api.s3_refusals import ARGUMENT_TEXTS
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Bucket, Part, Upload
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.s3.buckets import (
    PAGE_SIZE,
    common_prefix_or_key,
    encode_keys,
)
from coffeeshop.account.services.s3.lookups import named_bucket
from coffeeshop.account.services.s3.multipart import named_upload, part_tag
from coffeeshop.account.values import JsonObject

OPERATIONS = Operations()


def _people(account: Account, upload: Upload) -> JsonObject:
    """Return who began an upload, and who owns the bucket. S3 knows root by its canonical id."""
    owner: JsonObject = {"ID": ids.canonical_user_id(account)}
    arn = upload.initiator
    if not arn or arn == account.root_arn:
        return {"Initiator": owner, "Owner": owner}
    initiator = {"ID": arn, "DisplayName": arn.partition("/")[2]}
    return {"Initiator": initiator, "Owner": owner}


@OPERATIONS.add("ListParts")
def list_parts(account: Account, act: Act) -> Change:
    """List the parts of an upload by number.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
    """
    call = act.call
    bucket, upload = named_upload(account, call)
    after = call.number("PartNumberMarker")
    size = min(call.number("MaxParts", PAGE_SIZE), PAGE_SIZE)
    remaining = [number for number in sorted(upload.parts) if number > after]
    page = remaining[:size]
    body: JsonObject = {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": page[-1] if page else 0,
        "MaxParts": size,
        "IsTruncated": len(page) < len(remaining),
        **_people(account, upload),
        "StorageClass": "STANDARD",
    }
    if page:
        body["Parts"] = tuple(_part_shape(number, upload.parts[number]) for number in page)
    return account, Reply(body)


def _part_shape(number: int, part: Part) -> JsonObject:
    return {
        "PartNumber": number,
        "LastModified": format_timestamp(part.uploaded),
        "ETag": part_tag(part),
        "Size": len(part.body),
    }


@OPERATIONS.add("ListMultipartUploads")
def list_multipart_uploads(account: Account, act: Act) -> Change:
    """List the uploads of a bucket by key, and those of one key by when they began.

    With a delimiter, keys that share what precedes it are one common prefix.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
    """
    call = act.call
    bucket = named_bucket(account, call)
    prefix = call.text("Prefix")
    delimiter = call.text("Delimiter")
    size = min(call.number("MaxUploads", PAGE_SIZE), PAGE_SIZE)
    after = call.text("KeyMarker")
    uploads_left = _uploads_after(bucket, call)
    entries: dict[str, Upload | None] = {}  # upload id or common prefix -> the upload
    for upload in uploads_left:
        entry = common_prefix_or_key(upload.key, prefix, delimiter)
        if entry == upload.key:
            entries[upload.id] = upload
        elif entry > after:
            entries[entry] = None
    page = list(entries.items())[:size]
    uploads = [upload for _, upload in page if upload]
    last = uploads[-1] if uploads else None
    body: JsonObject = {
        "Bucket": bucket.name,
        "KeyMarker": after,
        "UploadIdMarker": call.text("UploadIdMarker") if after else "",
        "NextKeyMarker": last.key if last else "",
        "NextUploadIdMarker": last.id if last else "",
        "MaxUploads": size,
        "IsTruncated": len(page) < len(entries),
    }
    body |= {
        name: value
        for name, value in (("Prefix", prefix), ("Delimiter", delimiter))
        if value
    }
    if uploads:
        body["Uploads"] = tuple(_upload_shape(account, upload) for upload in uploads)
    prefixes = tuple({"Prefix": entry} for entry, upload in page if upload is None)
    if prefixes:
        body["CommonPrefixes"] = prefixes
    return account, Reply(encode_keys(call, body))


def _uploads_after(bucket: Bucket, call: Call) -> list[Upload]:
    """Return the uploads under a prefix that come after the call's markers.

    A marker of uploads counts only beside one of keys. Raise InvalidArgument for one of another key.
    """
    prefix = call.text("Prefix")
    after = call.text("KeyMarker")
    upload_marker = call.text("UploadIdMarker") if after else ""
    uploads = sorted(
        (
            upload
            for upload in bucket.uploads.values()
            if upload.key.startswith(prefix) and upload.key >= after
        ),
        key=lambda upload: (upload.key, upload.started),
    )
    same_key = [upload for upload in uploads if upload.key == after]
    later_keys = [upload for upload in uploads if upload.key > after]
    if not upload_marker:
        return later_keys
    upload_ids = [upload.id for upload in same_key]
    if upload_marker not in upload_ids:
        raise ServiceError("InvalidArgument", ARGUMENT_TEXTS["UploadIdMarker"])
    return [*same_key[upload_ids.index(upload_marker) + 1 :], *later_keys]


def _upload_shape(account: Account, upload: Upload) -> JsonObject:
    return {
        "UploadId": upload.id,
        "Key": upload.key,
        "Initiated": format_timestamp(upload.started),
        "StorageClass": "STANDARD",
        **_people(account, upload),
    }
