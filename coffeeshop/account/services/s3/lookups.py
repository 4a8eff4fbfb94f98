"""Look up what an S3 call names, or raise S3's refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import md5

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.authorization_requests import requests_of_act
from coffeeshop.account.access.object_versions import find_version
from coffeeshop.account.api.operations import OPERATIONS
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, ServiceError
from coffeeshop.account.resources import BUCKET_OWNER, NULL_VERSION, Bucket, Object
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Standing

ACCOUNT_ID = re.compile(r"[0-9]{12}")


def named_bucket(account: Account, call: Call) -> Bucket:
    """Return the bucket of the parameter Bucket.

    Raise AccessDenied if the call expects it to belong to another account.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    owner = call.text("ExpectedBucketOwner", account.id)
    if not ACCOUNT_ID.fullmatch(owner):
        text = f"The value of the expected bucket owner parameter must be an AWS Account ID... [{owner}]"
        raise ServiceError("InvalidBucketOwnerAWSAccountID", text)
    if (bucket := account.buckets.get(call.text("Bucket"))) is None:
        raise ServiceError("NoSuchBucket", "The specified bucket does not exist", 404)
    if owner != account.id:
        raise ServiceError("AccessDenied", "Access Denied", 403)
    return bucket


def refuse_foreign_writer(account: Account, bucket: Bucket, act: Act) -> None:
    """Raise NotSimulated if another account would own what it writes here, as it does where ACLs are on.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    is_foreign = account.home_of(act.caller).id != account.id
    if is_foreign and bucket.ownership != BUCKET_OWNER:
        text = (
            f"An object that another account owns is not simulated: {act.call.operation}."
        )
        raise ServiceError("NotSimulated", text, 501)


def wordless_refusal(refusal: ServiceError) -> ServiceError:
    """Return a refusal as a HEAD request gets it, whose answer has a status and no body."""
    texts = {
        400: "Bad Request",
        403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed",
        416: "Requested Range Not Satisfiable",
    }
    return ServiceError(str(refusal.status), texts[refusal.status], refusal.status)


def named_object(account: Account, act: Act, standing: Standing) -> tuple[Bucket, Object]:
    """Return the bucket and the object that a call names, or the version of it.

    Only callers who can list the bucket learn that an object is missing.
    """
    call = act.call
    bucket = named_bucket(account, call)
    version_id = call.text("VersionId")
    if version_id:
        refuse_strange_version_id(account, version_id)
    stored = find_version(bucket, call.parameters)
    if stored is None:
        _refuse_subresource(bucket, call)
        raise _missing_object(account, act, standing)
    if stored.is_delete_marker:
        raise _marker_refusal(call)
    return bucket, stored


def refuse_strange_version_id(account: Account, version_id: str) -> None:
    """Raise InvalidArgument for an id of a version that S3 can't have given out (recorded)."""
    drawn = version_id[:DRAWN_SIZE]
    if version_id not in (NULL_VERSION, drawn + version_check(account, drawn)):
        members = (("ArgumentName", "versionId"), ("ArgumentValue", version_id))
        raise ServiceError(
            "InvalidArgument", "Invalid version id specified", members=members
        )


DRAWN_SIZE = 24  # letters of a version's id that are drawn
CHECK_SIZE = 8  # letters after them by which S3 knows its own ids


def version_check(account: Account, drawn: str) -> str:
    """Return the end of a version's id, which follows from its beginning."""
    return ids.draw_letters(account.seed, CHECK_SIZE, "version check", drawn)


def _refuse_subresource(bucket: Bucket, call: Call) -> None:
    """Raise MethodNotAllowed for tags or a new ACL of a key whose newest version is a delete marker (recorded)."""
    is_deleted = not call.text("VersionId") and call.text("Key") in bucket.older
    if is_deleted and call.operation.endswith(("ObjectTagging", "PutObjectAcl")):
        raise _marker_refusal(call)


def _marker_refusal(call: Call) -> ServiceError:
    """Return the refusal of a delete marker, which has nothing to read or to change."""
    method = OPERATIONS[call.service, call.operation].method
    members = (("Method", method), ("ResourceType", "DeleteMarker"))
    text = "The specified method is not allowed against this resource."
    return ServiceError("MethodNotAllowed", text, 405, members=members)


def _missing_object(account: Account, act: Act, standing: Standing) -> ServiceError:
    """Return the refusal of an object or a version that doesn't exist."""
    act_of_listing = replace(act, call=replace(act.call, operation="HeadBucket"))
    (listing,) = requests_of_act(account, act_of_listing)
    if not isinstance(authorize(standing, listing), Allowed):
        return ServiceError("AccessDenied", "Access Denied", 403)
    if act.call.text("VersionId"):
        return missing_version(act.call.text("Key"), act.call.text("VersionId"))
    return ServiceError("NoSuchKey", "The specified key does not exist.", 404)


def missing_version(key: str, version_id: str) -> ServiceError:
    """Return the refusal of a version that doesn't exist."""
    members = (("Key", key), ("VersionId", version_id))
    text = "The specified version does not exist."
    return ServiceError("NoSuchVersion", text, 404, members=members)


def with_bucket(account: Account, bucket: Bucket) -> Account:
    """Return the account with that bucket, new or changed."""
    return replace(account, buckets=account.buckets.put(bucket.name, bucket))


def entity_tag(stored: Object) -> str:
    """Return the entity tag of an object: the MD5 of its bytes, or with KMS, one that says nothing about them.

    That of an object that came in parts is made of the parts' MD5s, and says how many they were.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    seal = b""
    if stored.encryption.key:
        seal = f"{stored.encryption.key} {stored.modified}".encode()
    if not stored.parts:
        return f'"{_md5(stored.body + seal).hex()}"'
    digests = b"".join(map(_md5, _split_parts(stored)))
    return f'"{_md5(digests + seal).hex()}-{len(stored.parts)}"'


def _md5(content: bytes) -> bytes:
    return md5(content, usedforsecurity=False).digest()


def _split_parts(stored: Object) -> Iterator[bytes]:
    """Yield the parts in which an object was uploaded."""
    start = 0
    for size in stored.parts:
        yield stored.body[start : start + size]
        start += size


# What S3 adds by itself, and CLI 2 sends.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
DEFAULT_CHECKSUM = "CRC64NVME"


def object_shape(stored: Object, owner: str = "") -> JsonObject:
    """Return an object as lists show it. It has its owner's id if there is an `owner`."""
    shape: JsonObject = {
        "Key": stored.key,
        "LastModified": format_timestamp(stored.modified),
        "ETag": entity_tag(stored),
        "ChecksumAlgorithm": (DEFAULT_CHECKSUM,),
        "ChecksumType": "FULL_OBJECT",
        "Size": len(stored.body),
        "StorageClass": "STANDARD",
    }
    if owner:
        return {**shape, "Owner": {"ID": owner}}
    return shape
