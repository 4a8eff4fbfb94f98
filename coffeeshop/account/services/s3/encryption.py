"""The encryption of objects and buckets, with KMS keys or with S3's own.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
Texts are as LocalStack's tests recorded them from AWS (tests/aws/services/s3, February 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.managed_keys import S3_ALIAS, with_s3_key
from coffeeshop.account.access.s3_encryption import (
    KMS_ALGORITHMS,
    encryption_key,
    write_encryption,
)
from coffeeshop.account.api.s3_refusals import malformed_xml
from coffeeshop.account.errors import service_error
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Bucket, Encryption, Object
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.kms.lookups import key_named, refuse_unusable
from coffeeshop.account.services.s3.lookups import named_bucket, with_bucket
from coffeeshop.account.values import Json, JsonObject

ENCRYPTION_ALGORITHMS = KMS_ALGORITHMS | {"AES256"}
NEEDLESS_KEY = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
WITHOUT_KMS = "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms"

OPERATIONS = Operations()


def encryption_shape(encryption: Encryption) -> JsonObject:
    """Return the members about an object's encryption in S3's answers."""
    shape: JsonObject = {"ServerSideEncryption": encryption.algorithm}
    if encryption.algorithm in KMS_ALGORITHMS:
        shape["SSEKMSKeyId"] = encryption.key
        if encryption.bucket_key:
            shape["BucketKeyEnabled"] = True
    return shape


def settle_encryption(
    account: Account, bucket: Bucket, call: Call, at: datetime
) -> tuple[Account, Encryption]:
    """Return the account and the encryption of an object that is written, with the ARN of its key.

    S3 makes its own key when it first needs it. Raise KMS's errors for a key that can't be used.
    """
    if call.text("SSEKMSKeyId") and call.text("ServerSideEncryption") not in KMS_ALGORITHMS:
        raise ServiceError("InvalidArgument", WITHOUT_KMS)
    encryption = write_encryption(bucket, call)
    if encryption.algorithm not in ENCRYPTION_ALGORITHMS:
        text = f"The encryption {encryption.algorithm} is not simulated in this account."
        raise service_error("NotSimulated", text)
    if encryption.algorithm not in KMS_ALGORITHMS:
        return account, encryption
    key = encryption_key(account, encryption, bucket.region)
    text = encryption.key
    if text in ("", S3_ALIAS):
        _refuse_key_elsewhere(bucket)
        account = with_s3_key(account, at)
        text = key.arn
    _check_key(account, bucket, text, at)
    return account, replace(encryption, key=key.arn)


def _refuse_key_elsewhere(bucket: Bucket) -> None:
    """Raise NotSimulated for S3's own key in another Region than the one that has all keys."""
    if bucket.region != ids.REGION:
        text = f"The key of S3 in {bucket.region} is not simulated in this account: all keys are in {ids.REGION}."
        raise service_error("NotSimulated", text)


def _check_key(account: Account, bucket: Bucket, key: str, at: datetime) -> None:
    """Raise KMS's error, under S3's name for it, for a key that is missing, elsewhere, disabled or about to go."""
    try:
        home = account.others.get(account.account_id_owning(key), account)
        found_key = key_named(home, key, at, region=bucket.region)
        refuse_unusable(home, found_key)
    except ServiceError as refusal:
        raise ServiceError(f"KMS.{refusal.code}", refusal.message) from None


def _default_encryption(rule: Mapping[str, Json]) -> Encryption:
    """Return the encryption that a rule of PutBucketEncryption says. Raise InvalidArgument."""
    default = rule.get("ApplyServerSideEncryptionByDefault")
    parts: Mapping[str, Json] = default if isinstance(default, Mapping) else {}
    algorithm = str(parts.get("SSEAlgorithm", "AES256"))
    key = str(parts.get("KMSMasterKeyID") or "")
    if algorithm not in ENCRYPTION_ALGORITHMS:
        text = f"The encryption {algorithm} is not simulated in this account."
        raise service_error("NotSimulated", text)
    if key and algorithm not in KMS_ALGORITHMS:
        raise ServiceError("InvalidArgument", NEEDLESS_KEY)
    return Encryption(algorithm, key, rule.get("BucketKeyEnabled") is True)


@OPERATIONS.add("PutBucketEncryption")
def put_bucket_encryption(account: Account, act: Act) -> Change:
    """Set how S3 encrypts the new objects of a bucket. Existing objects stay as they are.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
    """
    bucket = named_bucket(account, act.call)
    rules = act.call.map("ServerSideEncryptionConfiguration").get("Rules", ())
    if not isinstance(rules, tuple) or len(rules) != 1 or not isinstance(rules[0], Mapping):
        raise malformed_xml()
    bucket = replace(bucket, encryption=_default_encryption(rules[0]))
    return with_bucket(account, bucket), EMPTY_REPLY


@OPERATIONS.add("GetBucketEncryption")
def get_bucket_encryption(account: Account, act: Act) -> Change:
    encryption = named_bucket(account, act.call).encryption
    default: JsonObject = {"SSEAlgorithm": encryption.algorithm}
    if encryption.key:
        default["KMSMasterKeyID"] = encryption.key
    rule: Json = {
        "ApplyServerSideEncryptionByDefault": default,
        "BucketKeyEnabled": encryption.bucket_key,
    }
    body = {"ServerSideEncryptionConfiguration": {"Rules": (rule,)}}
    return account, Reply(body)


@OPERATIONS.add("DeleteBucketEncryption")
def delete_bucket_encryption(account: Account, act: Act) -> Change:
    """Go back to S3's default encryption. It is no error if the bucket has no other."""
    bucket = replace(named_bucket(account, act.call), encryption=Encryption())
    return with_bucket(account, bucket), EMPTY_REPLY


def refuse_unusable_key(
    account: Account, bucket: Bucket, stored: Object, at: datetime
) -> None:
    """Raise KMS's error if the key of an object that is read can't be used."""
    if stored.encryption.algorithm in KMS_ALGORITHMS:
        _check_key(account, bucket, stored.encryption.key, at)
