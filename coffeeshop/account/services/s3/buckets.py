"""Buckets, made in any Region, and the lists of their objects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/creating-buckets-s3.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access import public_access
from coffeeshop.account.api.operations import OPERATIONS as OPERATIONS_OF_AWS
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Bucket
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.s3.lookups import (
    named_bucket,
    object_shape,
    with_bucket,
    wordless_refusal,
)
from coffeeshop.account.values import Json, JsonObject

NAME_PATTERN = re.compile(
    r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|AWSDOC-EXAMPLE-BUCKET"
)
PAGE_SIZE = 1000
OLD_LOCATIONS = {"EU": "eu-west-1"}  # its name before there was another Region there
UNSPECIFIED_LOCATION = "unspecified"

OPERATIONS = Operations()


@OPERATIONS.add("CreateBucket")
def create_bucket(account: Account, act: Act) -> Change:
    """Create a bucket.

    Names follow S3's rules; the article's own name is accepted too (our choice).

    Creating your own bucket again is refused in every Region except us-east-1.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    """
    name = act.call.text("Bucket")
    region = _requested_region(act.call)
    if not NAME_PATTERN.fullmatch(name):
        raise ServiceError("InvalidBucketName", "The specified bucket is not valid.")
    if region == ids.REGION:
        location = f"/{name}"
    else:
        location = f"http://{name}.s3.amazonaws.com/"
    if old := account.buckets.get(name):
        if old.region != ids.REGION or region != ids.REGION:
            text = "Your previous request to create the named bucket succeeded and you already own it."
            raise ServiceError("BucketAlreadyOwnedByYou", text, 409)
        arn = ids.arn(account, "bucket", name)
        return account, Reply({"Location": location, "BucketArn": arn})
    bucket = Bucket(name, act.at, region, public_access=public_access.NEW_BUCKET)
    account_after = with_bucket(account, bucket)
    body = {"Location": location, "BucketArn": ids.arn(account, "bucket", name)}
    return account_after, Reply(body)


def _location_constraints() -> frozenset[str]:
    """Return the constraints that AWS knows. us-east-1 isn't one: it is meant where none is given."""
    configuration = OPERATIONS_OF_AWS["s3", "CreateBucket"].input.member(
        "CreateBucketConfiguration"
    )
    constraint = configuration.shape.member("LocationConstraint") if configuration else None
    return frozenset((*constraint.shape.enum, UNSPECIFIED_LOCATION) if constraint else ())


def _requested_region(call: Call) -> str:
    """Return the Region in which to create a bucket.

    Only the endpoint of us-east-1 creates buckets in other Regions. Raise
    IllegalLocationConstraintException (texts seen).
    """
    requested = call.map("CreateBucketConfiguration").get("LocationConstraint")
    sent_to = call.origin.region
    if requested:
        constraint = str(requested)
    else:
        constraint = UNSPECIFIED_LOCATION
    if requested:
        region = OLD_LOCATIONS.get(constraint, constraint)
    else:
        region = ids.REGION
    if sent_to == ids.REGION and constraint not in _location_constraints():
        text = "The specified location-constraint is not valid"
        raise ServiceError("InvalidLocationConstraint", text)
    if sent_to in {region, ids.REGION}:
        return region
    text = f"The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
    raise ServiceError("IllegalLocationConstraintException", text)


@OPERATIONS.add("DeleteBucket")
def delete_bucket(account: Account, act: Act) -> Change:
    bucket = named_bucket(account, act.call)
    if bucket.objects or bucket.older:
        text = "The bucket you tried to delete is not empty"
        if bucket.versioning:
            text = f"{text}. You must delete all versions in the bucket."
        raise ServiceError("BucketNotEmpty", text, 409)
    account = replace(account, buckets=account.buckets.drop(bucket.name))
    return account, EMPTY_REPLY


@OPERATIONS.add("ListBuckets")
def list_buckets(account: Account, act: Act) -> Change:
    """List buckets by name.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    """
    call = act.call
    prefix = call.text("Prefix")
    region = call.text("BucketRegion")
    after = call.text("ContinuationToken")
    buckets_found = [
        bucket
        for name, bucket in account.buckets.items()
        if name.startswith(prefix) and name > after and region in {"", bucket.region}
    ]
    page_buckets = buckets_found[: call.number("MaxBuckets", len(buckets_found))]
    buckets = tuple(
        _bucket_shape(account, bucket, is_filtered=bool(call.parameters))
        for bucket in page_buckets
    )
    body: JsonObject = {
        "Buckets": buckets,
        "Owner": {"ID": ids.canonical_user_id(account)},
    }
    body |= {"Prefix": prefix} if prefix else {}
    return account, Reply(
        {**body, "ContinuationToken": page_buckets[-1].name}
        if len(page_buckets) < len(buckets_found)
        else body
    )


def _bucket_shape(account: Account, bucket: Bucket, *, is_filtered: bool) -> JsonObject:
    """Return a bucket's row in a list. Only a list with a filter tells Region and ARN (recorded)."""
    row: JsonObject = {
        "Name": bucket.name,
        "CreationDate": format_timestamp(bucket.created),
    }
    if is_filtered:
        arn = ids.arn(account, "bucket", bucket.name)
        return {**row, "BucketRegion": bucket.region, "BucketArn": arn}
    return row


@OPERATIONS.add("HeadBucket")
def head_bucket(account: Account, act: Act) -> Change:
    """Return a bucket's Region.

    Since a HEAD answer has no body, a missing bucket is only a status.
    """
    try:
        bucket = named_bucket(account, act.call)
    except ServiceError as refusal:
        raise wordless_refusal(refusal) from None
    arn = ids.arn(account, "bucket", bucket.name)
    body = {
        "BucketArn": arn,
        "BucketRegion": bucket.region,
        "AccessPointAlias": False,
    }
    return account, Reply(body)


@OPERATIONS.add("GetBucketLocation")
def get_bucket_location(account: Account, act: Act) -> Change:
    """Return a bucket's Region, which is null for us-east-1.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    """
    bucket = named_bucket(account, act.call)
    region = bucket.region
    body = {"LocationConstraint": None if region == ids.REGION else region}
    return account, Reply(body)


# ---------------------------------------------------------------------- lists
@OPERATIONS.add("ListObjectsV2")
def list_objects_v2(account: Account, act: Act) -> Change:
    """List objects by key.

    With a delimiter, keys that share what precedes it are one common prefix.
    """
    call = act.call
    if call.parameters.get("ContinuationToken") == "":
        raise ServiceError(
            "InvalidArgument", "The continuation token provided is incorrect"
        )
    bucket = named_bucket(account, call)
    page_keys, body = _objects_page(
        bucket,
        call,
        call.text("ContinuationToken") or call.text("StartAfter"),
        ids.canonical_user_id(account) if call.parameters.get("FetchOwner") else "",
    )
    begin = "ContinuationToken" if call.text("ContinuationToken") else "StartAfter"
    continuation = {begin: call.text(begin)} if call.text(begin) else {}
    if body["IsTruncated"] and page_keys:
        continuation["NextContinuationToken"] = page_keys[-1]
    return account, Reply(
        encode_keys(call, {**body, **continuation, "KeyCount": len(page_keys)})
    )


@OPERATIONS.add("ListObjects")
def list_objects(account: Account, act: Act) -> Change:
    """List objects as S3 did first.

    Only with a delimiter does the answer say where the next page begins.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
    """
    call = act.call
    marker = call.text("Marker")
    bucket = named_bucket(account, call)
    owner = ids.canonical_user_id(account)
    page_keys, body = _objects_page(bucket, call, marker, owner)
    body["Marker"] = marker
    if body["IsTruncated"] and page_keys and call.text("Delimiter"):
        body["NextMarker"] = page_keys[-1]
    return account, Reply(encode_keys(call, body))


def _objects_page(
    bucket: Bucket, call: Call, after: str, owner: str
) -> tuple[list[str], JsonObject]:
    """Return the keys and common prefixes of one page, and the members that both lists
    share.

    Each object names its owner, if there is one to name.
    """
    prefix = call.text("Prefix")
    delimiter = call.text("Delimiter")
    quota = min(call.number("MaxKeys", PAGE_SIZE), PAGE_SIZE)
    if quota < 0:
        raise ServiceError(
            "InvalidArgument",
            "Argument maxKeys must be an integer between 0 and 2147483647",
        )
    entries = dict.fromkeys(
        common_prefix_or_key(key, prefix, delimiter)
        for key in bucket.objects
        if key.startswith(prefix) and key > after
    )
    remaining = [entry for entry in entries if entry > after]
    page_keys = remaining[:quota]
    contents = tuple(
        object_shape(bucket.objects[key], owner)
        for key in page_keys
        if key in bucket.objects
    )
    body: JsonObject = {}
    if contents:
        body = {"Contents": contents}
    if prefixes := tuple(
        {"Prefix": entry} for entry in page_keys if entry not in bucket.objects
    ):
        body["CommonPrefixes"] = prefixes
    request_echo = {
        "IsTruncated": len(page_keys) < len(remaining),
        "Name": bucket.name,
        "Prefix": prefix,
        "MaxKeys": quota,
    }
    return page_keys, {
        **body,
        **request_echo,
        **({"Delimiter": delimiter} if delimiter else {}),
    }


def common_prefix_or_key(key: str, prefix: str, delimiter: str) -> str:
    """Return the key, or its common prefix up to the first delimiter after the listed prefix."""
    if delimiter:
        cut = key.find(delimiter, len(prefix))
    else:
        cut = -1
    if cut < 0:
        return key
    return key[: cut + len(delimiter)]


# The members whose values EncodingType encodes.
ENCODED_MEMBERS = {
    "Key",
    "Prefix",
    "Delimiter",
    "StartAfter",
    "Marker",
    "NextMarker",
    "KeyMarker",
    "NextKeyMarker",
}


def encode_keys(call: Call, body: JsonObject) -> JsonObject:
    """Return an answer with its keys percent-encoded, if EncodingType asks for that."""
    if call.text("EncodingType"):
        return {**_quote_members(body), "EncodingType": "url"}
    return body


def _quote_members(part: Mapping[str, Json]) -> JsonObject:
    return {name: _quote_value(name, value) for name, value in part.items()}


def _quote_value(name: str, value: Json) -> Json:
    """Return a value of a listing with its keys encoded as in a URL, as EncodingType url requests."""
    match value:
        case str() if name in ENCODED_MEMBERS:
            return quote(value, safe="/")
        case tuple():
            return tuple(
                _quote_members(row) if isinstance(row, Mapping) else row for row in value
            )
        case _:
            return value
