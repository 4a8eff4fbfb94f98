"""Objects: put, read, copied, deleted, tagged.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/uploading-downloading-objects.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of
from coffeeshop.account.access.data_requests import copy_source, tag_query, tag_set
from coffeeshop.account.errors import not_authorized, refused
from coffeeshop.account.instants import stamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Object
from coffeeshop.account.services import DONE, Apply, Change
from coffeeshop.account.services.s3.lookups import bucket_of, etag, object_of, with_bucket
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json, Tags
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Standing

# every new object is encrypted so since 2023, and every answer says it:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
SEALED: dict[str, Json] = {"ServerSideEncryption": "AES256"}


def _head(found: Object) -> dict[str, Json]:
    return {
        "AcceptRanges": "bytes",
        "LastModified": stamp(found.modified),
        "ContentLength": len(found.body),
        "ETag": etag(found),
        "ContentType": found.content_type,
        **SEALED,
        **({"TagCount": len(found.tags)} if found.tags else {}),
    }


def get_object(account: Account, who: Standing, act: Act) -> Change:
    _, found = object_of(account, who, act)
    return account, Reply({**_head(found), "Body": found.body})


def head_object(account: Account, who: Standing, act: Act) -> Change:
    """Answers as GetObject, without what a HEAD answer cannot carry: a body, a reason."""
    try:
        _, found = object_of(account, who, act)
    except ServiceError as refusal:
        texts = {403: "Forbidden", 404: "Not Found"}
        raise ServiceError(
            str(refusal.status), texts[refusal.status], refusal.status
        ) from None
    return account, Reply(_head(found))


def put_object(account: Account, who: Standing, act: Act) -> Change:
    call, bucket = act.call, bucket_of(account, act.call)
    _refuse_sealed(call)
    _refuse_unmet(call, bucket.objects.get(call.text("Key")))
    body = call.parameters.get("Body", b"")
    type = call.text("ContentType", UNTYPED)
    tags = _tags_of(call.text("Tagging"))
    made = Object(
        call.text("Key"), body if isinstance(body, bytes) else b"", act.at, type, tags
    )
    return with_bucket(
        account, replace(bucket, objects=bucket.objects.put(made.key, made))
    ), Reply({"ETag": etag(made), **SEALED})


def _refuse_sealed(call: Call) -> None:
    """Raises NotSimulated where an object is to be encrypted by a key of one's own: there are no such keys here."""
    if call.text("ServerSideEncryption") not in ("", SEALED["ServerSideEncryption"]):
        raise refused(
            "NotSimulated",
            "Keys of KMS are not simulated in this account: every object is encrypted with AES256.",
        )


def _refuse_unmet(call: Call, found: Object | None) -> None:
    """Raises ServiceError where an object is to be put on a condition that does not hold: that there is none yet, or that it
    is still the one that is known.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
    """
    known = call.text("IfMatch")
    new = call.text("IfNoneMatch")
    if new not in ("", "*") or (known and new):
        text = "A header you provided implies functionality that is not implemented"
        raise ServiceError("NotImplemented", text, 501)
    if known and found is None:
        raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)
    if found is not None and (
        new or (known and known.strip('"') != etag(found).strip('"'))
    ):
        raise ServiceError(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            412,
        )


def _tags_of(query: str) -> Tags:
    """Returns the tags of a query, each with a key and no key twice; characters are those that tags may have."""
    pairs = query.split("&") if query else []
    tags = tag_query(query)
    if len(tags) < len(pairs) or not all(
        TAG.fullmatch(text) for tag in tags.items() for text in tag
    ):
        raise ServiceError("InvalidArgument", BAD_TAGS)
    return tags


# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
TAG = re.compile(r"[\w\s.:/=+\-@]*")
BAD_TAGS = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
    "without tag name duplicates."
)


def copy_object(account: Account, who: Standing, act: Act) -> Change:
    """Copies an object with its type and tags, or with those that the call gives instead.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    call, bucket = act.call, bucket_of(account, act.call)
    _refuse_sealed(call)
    source = copy_source(call)
    _, found = object_of(account, who, replace(act, call=replace(call, parameters=source)))
    retyped = call.text("MetadataDirective") == "REPLACE"
    retagged = call.text("TaggingDirective") == "REPLACE"
    if source == {"Bucket": bucket.name, "Key": call.text("Key")} and not retyped:
        raise ServiceError("InvalidRequest", UNCHANGED)
    if retyped:
        type = call.text("ContentType", UNTYPED)
    else:
        type = found.content_type
    tags = _tags_of(call.text("Tagging")) if retagged else found.tags
    made = Object(call.text("Key"), found.body, act.at, type, tags)
    account = with_bucket(
        account, replace(bucket, objects=bucket.objects.put(made.key, made))
    )
    return account, Reply(
        {"CopyObjectResult": {"ETag": etag(made), "LastModified": stamp(act.at)}, **SEALED}
    )


UNTYPED = "binary/octet-stream"
UNCHANGED = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)


def delete_objects(account: Account, who: Standing, act: Act) -> Change:
    """Deletes each object that the caller may delete, and tells which; those that are not there count as deleted.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    asked = requests_of(account, act)
    if not 0 < len(asked) <= MOST_DELETED:
        raise ServiceError("MalformedXML", MALFORMED)
    bucket = bucket_of(account, act.call)
    objects = bucket.objects
    gone = list[Json]()
    kept = list[Json]()
    for request in asked:
        key = request.resource.partition("/")[2]
        decision = authorize(who, request)
        if not isinstance(decision, Allowed):
            kept.append(
                {
                    "Key": key,
                    "Code": "AccessDenied",
                    "Message": not_authorized(act.call, decision).message,
                }
            )
            continue
        objects = objects.drop(key) if key in objects else objects
        gone.append({"Key": key})
    quiet = act.call.map("Delete").get("Quiet") is True
    told = {"Deleted": () if quiet else tuple(gone), "Errors": tuple(kept)}
    account = with_bucket(account, replace(bucket, objects=objects))
    return account, Reply({name: rows for name, rows in told.items() if rows})


MOST_DELETED = 1000
MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


def delete_object(account: Account, who: Standing, act: Act) -> Change:
    """Deletes an object; that there is none is no fault."""
    bucket = bucket_of(account, act.call)
    key = act.call.text("Key")
    if key not in bucket.objects:
        return account, DONE
    return with_bucket(account, replace(bucket, objects=bucket.objects.drop(key))), DONE


def get_tags(account: Account, who: Standing, act: Act) -> Change:
    _, found = object_of(account, who, act)
    return account, Reply({"TagSet": tag_list(found.tags)})


def put_tags(account: Account, who: Standing, act: Act) -> Change:
    return _retagged(account, who, act, tag_set(act.call.map("Tagging"))), DONE


def delete_tags(account: Account, who: Standing, act: Act) -> Change:
    return _retagged(account, who, act, {}), DONE


def _retagged(account: Account, who: Standing, act: Act, tags: Tags) -> Account:
    bucket, found = object_of(account, who, act)
    return with_bucket(
        account,
        replace(bucket, objects=bucket.objects.put(found.key, replace(found, tags=tags))),
    )


OPERATIONS: Mapping[str, Apply] = {
    "GetObject": get_object,
    "HeadObject": head_object,
    "PutObject": put_object,
    "CopyObject": copy_object,
    "DeleteObject": delete_object,
    "DeleteObjects": delete_objects,
    "GetObjectTagging": get_tags,
    "PutObjectTagging": put_tags,
    "DeleteObjectTagging": delete_tags,
}
