"""S3's use of KMS keys: which key encrypts an object, and what S3 asks KMS for on behalf of its caller.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.data_requests import (
    RequestsOf,
    copy_requests,
    copy_source,
    requests_on_object,
)
from coffeeshop.account.access.kms_requests import (
    NamedKey,
    cryptographic_request,
    find_named_key,
)
from coffeeshop.account.access.managed_keys import S3_ALIAS, s3_key
from coffeeshop.account.access.object_versions import find_version
from coffeeshop.account.model import Account, Call
from coffeeshop.account.resources import Bucket, Encryption
from coffeeshop.policy.model import Request

KMS_ALGORITHMS = frozenset({"aws:kms", "aws:kms:dsse"})


def bucket_home(account: Account, name: str) -> Account:
    """Return the account that has a bucket: this one, if none has it."""
    if name in account.buckets:
        return account
    owners = (other for other in account.others.values() if name in other.buckets)
    return next(owners, account)


def write_encryption(bucket: Bucket | None, call: Call) -> Encryption:
    """Return the encryption of the object that a call writes: as the call says, or else as its bucket has it.

    The key is as written, "" for S3's own key.
    """
    default = bucket.encryption if bucket else Encryption()
    algorithm = call.text("ServerSideEncryption")
    key = call.text("SSEKMSKeyId")
    if not algorithm:
        return default
    has_bucket_key = call.parameters.get("BucketKeyEnabled")
    if has_bucket_key is None:
        has_bucket_key = default.bucket_key
    if algorithm not in KMS_ALGORITHMS:
        return Encryption(algorithm)
    return Encryption(algorithm, key, has_bucket_key is True)


def encryption_key(home: Account, encryption: Encryption, region: str) -> NamedKey:
    """Return the key of an encryption with KMS. `home` is the account that has the bucket, in this Region."""
    if encryption.key and encryption.key != S3_ALIAS:
        return find_named_key(home, encryption.key, region)
    key = s3_key(home)
    return NamedKey(ids.arn(home, "kms-key", key.id, region), home, key)


def kms_request(
    home: Account, bucket: str, key: str, encryption: Encryption, action: str
) -> Iterator[Request]:
    """Yield the request that S3 sends to KMS for an object, with its encryption context.

    With a bucket key, the encryption context is the bucket's ARN instead of the object's.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    """
    if encryption.algorithm not in KMS_ALGORITHMS:
        return
    place = bucket if encryption.bucket_key else f"{bucket}/{key}"
    context = {"aws:s3:arn": ids.arn(home, "bucket", place)}
    found_bucket = home.buckets.get(bucket)
    region = found_bucket.region if found_bucket else ids.REGION
    named = encryption_key(home, encryption, region)
    request = cryptographic_request(named, action, context)
    through_s3 = {
        "kms:ViaService": (f"s3.{region}.amazonaws.com",),
        "aws:ViaAWSService": ("true",),
    }
    yield Request(request.action, request.resource, {**request.context, **through_s3})


def decryption_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield kms:Decrypt if the object that a call reads is encrypted with KMS."""
    name = call.text("Bucket")
    home = bucket_home(account, name)
    bucket = home.buckets.get(name)
    stored = find_version(bucket, call.parameters)
    if stored:
        yield from kms_request(home, name, stored.key, stored.encryption, "Decrypt")


def _encryption_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield kms:GenerateDataKey if the object that a call writes gets encrypted with KMS."""
    name = call.text("Bucket")
    home = bucket_home(account, name)
    encryption = write_encryption(home.buckets.get(name), call)
    yield from kms_request(home, name, call.text("Key"), encryption, "GenerateDataKey")


def read_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests of GetObject: to read the object, and to decrypt it."""
    yield from requests_on_object()(account, call)
    yield from decryption_requests(account, call)


def write_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests of PutObject: to write the object, and for a key to encrypt it with."""
    yield from requests_on_object(existing=False)(account, call)
    yield from _encryption_requests(account, call)


def encrypted_copy_requests(account: Account, call: Call) -> Iterator[Request]:
    """Yield the requests of CopyObject, with those to decrypt the source and to encrypt the copy."""
    yield from copy_requests(account, call)
    yield from decryption_requests(account, replace(call, parameters=copy_source(call)))
    yield from _encryption_requests(account, call)


ENCRYPTION_ROWS: Mapping[str, RequestsOf] = {
    "GetObject": read_requests,
    "PutObject": write_requests,
    "CopyObject": encrypted_copy_requests,
}
