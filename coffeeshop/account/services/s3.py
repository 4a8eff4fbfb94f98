"""S3: buckets, objects and bucket policies, as much as the shop's staff works with.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import md5

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access import policy_documents
from coffeeshop.account.access.data_requests import tag_query, tag_set
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Bucket, Object
from coffeeshop.account.services import DONE, Apply, Change
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json, Tags
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Request, Standing

NAME = re.compile(r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|AWSDOC-EXAMPLE-BUCKET")
PAGE = 1000


def _bucket(account: Account, call: Call) -> Bucket:
    if (found := account.buckets.get(call.text("Bucket"))) is None:
        raise ServiceError("NoSuchBucket", "The specified bucket does not exist", 404)
    return found


def _object(account: Account, who: Standing, call: Call) -> tuple[Bucket, Object]:
    """Answers the object; that it is missing is told only to one who may list the bucket."""
    bucket = _bucket(account, call)
    if found := bucket.objects.get(call.text("Key")):
        return bucket, found
    listing = Request("s3:ListBucket", ids.arn(account, "bucket", bucket.name), account=account.id)
    if not isinstance(authorize(who, listing), Allowed):
        raise ServiceError("AccessDenied", "Access Denied", 403)
    raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)


def _with_bucket(account: Account, bucket: Bucket) -> Account:
    return replace(account, buckets=account.buckets.put(bucket.name, bucket))


# -------------------------------------------------------------------- buckets
def create_bucket(account: Account, who: Standing, act: Act) -> Change:
    """Makes a bucket: names follow S3's rule; the article's own is let through (our choice)."""
    name = act.call.text("Bucket")
    if not NAME.fullmatch(name):
        raise ServiceError("InvalidBucketName", "The specified bucket is not valid.")
    if act.call.origin.region != ids.REGION:  # which CreateBucketConfiguration would have to name
        text = "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
        raise ServiceError("IllegalLocationConstraintException", text)
    if name in account.buckets:
        text = "Your previous request to create the named bucket succeeded and you already own it."
        raise ServiceError("BucketAlreadyOwnedByYou", text, 409)
    return _with_bucket(account, Bucket(name, act.at, ids.REGION)), Reply({"Location": f"/{name}"})


def delete_bucket(account: Account, who: Standing, act: Act) -> Change:
    bucket = _bucket(account, act.call)
    if bucket.objects:
        raise ServiceError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409)
    return replace(account, buckets=account.buckets.drop(bucket.name)), DONE


def list_buckets(account: Account, who: Standing, act: Act) -> Change:
    buckets = tuple(
        {"Name": name, "CreationDate": ids.stamp(bucket.created)} for name, bucket in account.buckets.items()
    )
    return account, Reply({"Buckets": buckets, "Owner": {"ID": account.id}})


def head_bucket(account: Account, who: Standing, act: Act) -> Change:
    return account, Reply({"BucketRegion": _bucket(account, act.call).region})


def list_objects(account: Account, who: Standing, act: Act) -> Change:
    """Lists in order of keys; with a delimiter, what lies below it is one common prefix."""
    call, bucket = act.call, _bucket(account, act.call)
    prefix, delimiter, quota = call.text("Prefix"), call.text("Delimiter"), min(call.number("MaxKeys", PAGE), PAGE)
    if quota < 0:
        raise ServiceError("InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647")
    if call.parameters.get("ContinuationToken") == "":
        raise ServiceError("InvalidArgument", "The continuation token provided is incorrect")
    after = call.text("ContinuationToken") or call.text("StartAfter")
    entries = dict.fromkeys(
        _rolled(key, prefix, delimiter) for key in bucket.objects if key.startswith(prefix) and key > after
    )
    shown = [entry for entry in entries if entry > after][:quota]
    contents = tuple(_entry(bucket.objects[key]) for key in shown if key in bucket.objects)
    more = len(shown) < len(entries)
    body: dict[str, Json] = {"Contents": contents} if contents else {}
    if prefixes := tuple({"Prefix": entry} for entry in shown if entry not in bucket.objects):
        body["CommonPrefixes"] = prefixes
    if more and shown:
        body["NextContinuationToken"] = shown[-1]
    fixed = {"IsTruncated": more, "Name": bucket.name, "Prefix": prefix, "MaxKeys": quota, "KeyCount": len(shown)}
    return account, Reply({**body, **fixed, **({"Delimiter": delimiter} if delimiter else {})})


def _rolled(key: str, prefix: str, delimiter: str) -> str:
    cut = key.find(delimiter, len(prefix)) if delimiter else -1
    return key if cut < 0 else key[: cut + len(delimiter)]


def _etag(found: Object) -> str:
    return f'"{md5(found.body, usedforsecurity=False).hexdigest()}"'


def _entry(found: Object) -> dict[str, Json]:
    return {
        "Key": found.key,
        "LastModified": ids.stamp(found.modified),
        "ETag": _etag(found),
        "Size": len(found.body),
        "StorageClass": "STANDARD",
    }


# -------------------------------------------------------------------- objects
def _head(found: Object) -> dict[str, Json]:
    return {
        "AcceptRanges": "bytes",
        "LastModified": ids.stamp(found.modified),
        "ContentLength": len(found.body),
        "ETag": _etag(found),
        "ContentType": found.content_type,
        **({"TagCount": len(found.tags)} if found.tags else {}),
    }


def get_object(account: Account, who: Standing, act: Act) -> Change:
    _, found = _object(account, who, act.call)
    return account, Reply({**_head(found), "Body": found.body})


def head_object(account: Account, who: Standing, act: Act) -> Change:
    """Answers as GetObject, without what a HEAD answer cannot carry: a body, a reason."""
    try:
        _, found = _object(account, who, act.call)
    except ServiceError as refusal:
        texts = {403: "Forbidden", 404: "Not Found"}
        raise ServiceError(str(refusal.status), texts[refusal.status], refusal.status) from None
    return account, Reply(_head(found))


def put_object(account: Account, who: Standing, act: Act) -> Change:
    call, bucket = act.call, _bucket(account, act.call)
    body = call.parameters.get("Body", b"")
    type, tags = call.text("ContentType", "binary/octet-stream"), _tags_of(call.text("Tagging"))
    made = Object(call.text("Key"), body if isinstance(body, bytes) else b"", act.at, type, tags)
    return _with_bucket(account, replace(bucket, objects=bucket.objects.put(made.key, made))), Reply(
        {"ETag": _etag(made)}
    )


def _tags_of(query: str) -> Tags:
    """Returns the tags of a query, each with a key and no key twice; characters are those that tags may have."""
    pairs = query.split("&") if query else []
    tags = tag_query(query)
    if len(tags) < len(pairs) or not all(TAG.fullmatch(text) for tag in tags.items() for text in tag):
        raise ServiceError("InvalidArgument", BAD_TAGS)
    return tags


TAG = re.compile(r"[\w\s.:/=+\-@]*")  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
BAD_TAGS = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
    "without tag name duplicates."
)


def delete_object(account: Account, who: Standing, act: Act) -> Change:
    """Deletes the bucket policy; that there is none is no fault."""
    bucket, key = _bucket(account, act.call), act.call.text("Key")
    if key not in bucket.objects:
        return account, DONE
    return _with_bucket(account, replace(bucket, objects=bucket.objects.drop(key))), DONE


def get_tags(account: Account, who: Standing, act: Act) -> Change:
    _, found = _object(account, who, act.call)
    return account, Reply({"TagSet": tag_list(found.tags)})


def put_tags(account: Account, who: Standing, act: Act) -> Change:
    return _retagged(account, who, act.call, tag_set(act.call.map("Tagging"))), DONE


def delete_tags(account: Account, who: Standing, act: Act) -> Change:
    return _retagged(account, who, act.call, {}), DONE


def _retagged(account: Account, who: Standing, call: Call, tags: Tags) -> Account:
    bucket, found = _object(account, who, call)
    return _with_bucket(account, replace(bucket, objects=bucket.objects.put(found.key, replace(found, tags=tags))))


# -------------------------------------------------------------------- policies
def get_policy(account: Account, who: Standing, act: Act) -> Change:
    bucket = _bucket(account, act.call)
    if bucket.policy is None:
        raise ServiceError("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
    return account, Reply({"Policy": bucket.policy.text})


def put_policy(account: Account, who: Standing, act: Act) -> Change:
    bucket = _bucket(account, act.call)
    policy = policy_documents.bucket(account, act.call.text("Policy"), ids.arn(account, "bucket", bucket.name))
    return _with_bucket(account, replace(bucket, policy=policy)), DONE


def delete_policy(account: Account, who: Standing, act: Act) -> Change:
    return _with_bucket(account, replace(_bucket(account, act.call), policy=None)), DONE


OPERATIONS: Mapping[str, Apply] = {
    "CreateBucket": create_bucket,
    "DeleteBucket": delete_bucket,
    "ListBuckets": list_buckets,
    "HeadBucket": head_bucket,
    "ListObjectsV2": list_objects,
    "GetObject": get_object,
    "HeadObject": head_object,
    "PutObject": put_object,
    "DeleteObject": delete_object,
    "GetObjectTagging": get_tags,
    "PutObjectTagging": put_tags,
    "DeleteObjectTagging": delete_tags,
    "GetBucketPolicy": get_policy,
    "PutBucketPolicy": put_policy,
    "DeleteBucketPolicy": delete_policy,
}
