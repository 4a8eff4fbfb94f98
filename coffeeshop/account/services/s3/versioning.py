"""Versioning of a bucket, and the list of all versions of its objects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
Texts are as LocalStack's tests recorded them from AWS (tests/aws/services/s3, February 2026).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, cast

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.object_versions import key_versions
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Bucket, Object
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.s3.buckets import (
    PAGE_SIZE,
    common_prefix_or_key,
    encode_keys,
)
from coffeeshop.account.services.s3.lookups import (
    named_bucket,
    object_shape,
    with_bucket,
)
from coffeeshop.account.values import Json, JsonObject

Status = Literal["Enabled", "Suspended"]

OPERATIONS = Operations()


@OPERATIONS.add("GetBucketVersioning")
def get_bucket_versioning(account: Account, act: Act) -> Change:
    """Return whether versioning is enabled or suspended. A bucket that never had it tells nothing."""
    bucket = named_bucket(account, act.call)
    body = {"Status": bucket.versioning} if bucket.versioning else {}
    return account, Reply(body)


@OPERATIONS.add("PutBucketVersioning")
def put_bucket_versioning(account: Account, act: Act) -> Change:
    """Enable or suspend versioning. It can't be turned off once it was on.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
    """
    bucket = named_bucket(account, act.call)
    status = act.call.map("VersioningConfiguration").get("Status")
    if not status:
        text = "The Versioning element must be specified"
        raise ServiceError("IllegalVersioningConfigurationException", text)
    bucket = replace(bucket, versioning=cast("Status", status))
    return with_bucket(account, bucket), EMPTY_REPLY


class Entry(NamedTuple):
    """A row of a list of versions: a version of a key, or a common prefix."""

    key: str
    version: Object | None = None
    is_latest: bool = False


@OPERATIONS.add("ListObjectVersions")
def list_object_versions(account: Account, act: Act) -> Change:
    """List versions and delete markers by key, those of one key from the newest.

    With a delimiter, keys that share what precedes it are one common prefix.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    """
    call = act.call
    bucket = named_bucket(account, call)
    if call.text("VersionIdMarker") and not call.text("KeyMarker"):
        raise _lonely_marker(call)
    size = min(call.number("MaxKeys", PAGE_SIZE), PAGE_SIZE)
    entries = _entries_after(bucket, call)
    page = entries[:size]
    is_truncated = len(page) < len(entries)
    body: JsonObject = {
        "IsTruncated": is_truncated,
        "Name": bucket.name,
        "Prefix": call.text("Prefix"),
        "KeyMarker": call.text("KeyMarker"),
        "VersionIdMarker": call.text("VersionIdMarker"),
        "MaxKeys": size,
        **_listed_rows(page, ids.canonical_user_id(account)),
    }
    if delimiter := call.text("Delimiter"):
        body["Delimiter"] = delimiter
    if is_truncated and page:
        body |= _next_markers(page[-1])
    return account, Reply(encode_keys(call, body))


def _lonely_marker(call: Call) -> ServiceError:
    """Return the refusal of a marker of versions without one of keys."""
    members = (
        ("ArgumentName", "version-id-marker"),
        ("ArgumentValue", call.text("VersionIdMarker")),
    )
    text = "A version-id marker cannot be specified without a key marker."
    return ServiceError("InvalidArgument", text, members=members)


def _next_markers(last: Entry) -> JsonObject:
    """Return the markers of the next page. A common prefix has none of versions."""
    markers: JsonObject = {"NextKeyMarker": last.key}
    if last.version:
        markers["NextVersionIdMarker"] = last.version.version
    return markers


def _listed_rows(page: list[Entry], owner: str) -> JsonObject:
    """Return the lists of versions, delete markers and common prefixes, those that aren't empty."""
    versions = list[Json]()
    markers = list[Json]()
    prefixes = list[Json]()
    for entry in page:
        if entry.version is None:
            prefixes.append({"Prefix": entry.key})
        elif entry.version.is_delete_marker:
            markers.append(_marker_row(entry.version, entry.is_latest, owner))
        else:
            versions.append(_version_row(entry.version, entry.is_latest, owner))
    lists = {"Versions": versions, "DeleteMarkers": markers, "CommonPrefixes": prefixes}
    return {name: tuple(rows) for name, rows in lists.items() if rows}


def _version_row(version: Object, is_latest: bool, owner: str) -> JsonObject:
    """Return a version as a list shows it."""
    row = object_shape(version, owner)
    return {**row, "VersionId": version.version, "IsLatest": is_latest}


def _marker_row(marker: Object, is_latest: bool, owner: str) -> JsonObject:
    """Return a delete marker as a list shows it."""
    return {
        "Owner": {"ID": owner},
        "Key": marker.key,
        "VersionId": marker.version,
        "IsLatest": is_latest,
        "LastModified": format_timestamp(marker.modified),
    }


def _entries_after(bucket: Bucket, call: Call) -> list[Entry]:
    """Return what a list has after the call's markers.

    A marker of versions counts within its key. Without one, the whole key is past.
    """
    prefix = call.text("Prefix")
    delimiter = call.text("Delimiter")
    after = call.text("KeyMarker")
    version_marker = call.text("VersionIdMarker")
    rows = list[Entry]()
    for key in sorted({*bucket.objects, *bucket.older}):
        if not key.startswith(prefix) or key < after:
            continue
        entry_name = common_prefix_or_key(key, prefix, delimiter)
        if entry_name != key:
            is_new = not rows or rows[-1].key != entry_name
            if is_new and entry_name > after:
                rows.append(Entry(entry_name))
        elif key > after:
            rows += _key_entries(bucket, key)
        elif version_marker:
            rows += _entries_after_version(_key_entries(bucket, key), version_marker)
    return rows


def _key_entries(bucket: Bucket, key: str) -> list[Entry]:
    """Return the entries of a key, the newest version first."""
    versions = key_versions(bucket, key)
    return [
        Entry(key, version, is_latest=index == 0) for index, version in enumerate(versions)
    ]


def _entries_after_version(entries: list[Entry], marker: str) -> list[Entry]:
    """Return a key's entries that are older than the version with that id. An unknown id leaves none."""
    version_ids = [entry.version.version for entry in entries if entry.version]
    if marker not in version_ids:
        return []
    return entries[version_ids.index(marker) + 1 :]
