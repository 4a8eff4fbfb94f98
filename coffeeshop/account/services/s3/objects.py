"""Objects: put, read, copied, deleted, tagged.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/uploading-downloading-objects.html
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from coffeeshop.account.access.authorization_requests import requests_of_act
from coffeeshop.account.access.data_requests import copy_source, tag_query, tag_set
from coffeeshop.account.errors import not_authorized, service_error
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Object
from coffeeshop.account.services import DONE, Change, Operations
from coffeeshop.account.services.s3.lookups import bucket_of, etag, object_of, with_bucket
from coffeeshop.account.services.tagging import tag_list
from coffeeshop.account.values import Json, Tags
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Standing

# every new object is encrypted so since 2023, and every answer says it:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
SEALED: dict[str, Json] = {"ServerSideEncryption": "AES256"}


OPERATIONS = Operations()


def _head(found: Object) -> dict[str, Json]:
    return {
        "AcceptRanges": "bytes",
        "LastModified": format_timestamp(found.modified),
        "ContentLength": len(found.body),
        "ETag": etag(found),
        "ContentType": found.content_type,
        **SEALED,
        **({"TagCount": len(found.tags)} if found.tags else {}),
    }


@OPERATIONS.add_with_standing("GetObject")
def get_object(account: Account, act: Act, standing: Standing) -> Change:
    _, found = object_of(account, act, standing)
    return account, Reply({**_head(found), "Body": found.body})


@OPERATIONS.add_with_standing("HeadObject")
def head_object(account: Account, act: Act, standing: Standing) -> Change:
    """Answers as GetObject, without what a HEAD answer cannot carry: a body, a reason."""
    try:
        _, found = object_of(account, act, standing)
    except ServiceError as refusal:
        texts = {403: "Forbidden", 404: "Not Found"}
        raise ServiceError(
            str(refusal.status), texts[refusal.status], refusal.status
        ) from None
    return account, Reply(_head(found))


@OPERATIONS.add("PutObject")
def put_object(account: Account, act: Act) -> Change:
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
        raise service_error(
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


@OPERATIONS.add_with_standing("CopyObject")
def copy_object(account: Account, act: Act, standing: Standing) -> Change:
    """Copies an object with its type and tags, or with those that the call gives instead.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    call, bucket = act.call, bucket_of(account, act.call)
    _refuse_sealed(call)
    source = copy_source(call)
    reading = replace(act, call=replace(call, parameters=source))
    _, found = object_of(account, reading, standing)
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
        {
            "CopyObjectResult": {
                "ETag": etag(made),
                "LastModified": format_timestamp(act.at),
            },
            **SEALED,
        }
    )


UNTYPED = "binary/octet-stream"
UNCHANGED = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)


@OPERATIONS.add_with_standing("DeleteObjects")
def delete_objects(account: Account, act: Act, standing: Standing) -> Change:
    """Deletes each object that the caller may delete, and tells which; those that are not there count as deleted.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    asked = requests_of_act(account, act)
    if not 0 < len(asked) <= MOST_DELETED:
        raise ServiceError("MalformedXML", MALFORMED)
    bucket = bucket_of(account, act.call)
    objects = bucket.objects
    gone = list[Json]()
    kept = list[Json]()
    for request in asked:
        key = request.resource.partition("/")[2]
        decision = authorize(standing, request)
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


@OPERATIONS.add("DeleteObject")
def delete_object(account: Account, act: Act) -> Change:
    """Deletes an object; that there is none is no fault."""
    bucket = bucket_of(account, act.call)
    key = act.call.text("Key")
    if key not in bucket.objects:
        return account, DONE
    return with_bucket(account, replace(bucket, objects=bucket.objects.drop(key))), DONE


@OPERATIONS.add_with_standing("GetObjectTagging")
def get_tags(account: Account, act: Act, standing: Standing) -> Change:
    _, found = object_of(account, act, standing)
    return account, Reply({"TagSet": tag_list(found.tags)})


@OPERATIONS.add_with_standing("PutObjectTagging")
def put_tags(account: Account, act: Act, standing: Standing) -> Change:
    return _retagged(account, act, standing, tag_set(act.call.map("Tagging"))), DONE


@OPERATIONS.add_with_standing("DeleteObjectTagging")
def delete_tags(account: Account, act: Act, standing: Standing) -> Change:
    return _retagged(account, act, standing, {}), DONE


def _retagged(account: Account, act: Act, standing: Standing, tags: Tags) -> Account:
    bucket, found = object_of(account, act, standing)
    return with_bucket(
        account,
        replace(bucket, objects=bucket.objects.put(found.key, replace(found, tags=tags))),
    )
