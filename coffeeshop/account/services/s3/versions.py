"""Store and delete versions of objects.

While versioning is enabled, each write adds a version with an id of its own, and a deletion adds a delete marker. Otherwise the
version "null" is written, in place of an earlier "null".

https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access.object_versions import key_versions
from coffeeshop.account.model import Account
from coffeeshop.account.resources import NULL_VERSION, Bucket, Object
from coffeeshop.account.services.s3.lookups import (
    DRAWN_SIZE,
    version_check,
    with_bucket,
)
from coffeeshop.account.values import JsonObject


def store_object(
    account: Account, bucket: Bucket, stored: Object
) -> tuple[Account, Object]:
    """Return the account with a new current version, and that version with its id."""
    stored = replace(stored, version=_next_version_id(account, bucket, stored.key))
    return with_bucket(account, _with_newest(bucket, stored)), stored


def delete_current(
    account: Account, bucket: Bucket, key: str, at: datetime
) -> tuple[Bucket, Object | None]:
    """Return the bucket without a current object of that key, and the delete marker if there is one.

    In a bucket that never had versions, the object goes, and no marker is left.
    """
    if not bucket.versioning:
        return _with_key_versions(bucket, key, ()), None
    version_id = _next_version_id(account, bucket, key)
    marker = Object(key, b"", at, version=version_id, is_delete_marker=True)
    return _with_newest(bucket, marker), marker


def delete_version(bucket: Bucket, version: Object) -> Bucket:
    """Return the bucket without that version. If it was the newest, the one before it is current."""
    versions = key_versions(bucket, version.key)
    kept = tuple(each for each in versions if each.version != version.version)
    return _with_key_versions(bucket, version.key, kept)


def change_version(bucket: Bucket, version: Object) -> Bucket:
    """Return the bucket with a version in place of the one with its id."""
    versions = key_versions(bucket, version.key)
    changed = tuple(
        version if each.version == version.version else each for each in versions
    )
    return _with_key_versions(bucket, version.key, changed)


def written_members(version: Object) -> JsonObject:
    """Return the member that tells what version was written. "null" isn't told (recorded)."""
    return {} if version.version == NULL_VERSION else {"VersionId": version.version}


def version_members(bucket: Bucket, version: Object) -> JsonObject:
    """Return the member that tells a version's id. A bucket that never had versions tells none."""
    return {"VersionId": version.version} if bucket.versioning else {}


def _next_version_id(account: Account, bucket: Bucket, key: str) -> str:
    """Return the id of the version that a write makes."""
    if bucket.versioning != "Enabled":
        return NULL_VERSION
    number = len(key_versions(bucket, key))
    drawn = ids.draw_letters(
        account.seed, DRAWN_SIZE, "version", bucket.name, key, number, account.calls
    )
    return drawn + version_check(account, drawn)


def _with_newest(bucket: Bucket, version: Object) -> Bucket:
    """Return the bucket with a version as the newest of its key, in place of one with the same id."""
    versions = key_versions(bucket, version.key)
    kept = (each for each in versions if each.version != version.version)
    return _with_key_versions(bucket, version.key, (version, *kept))


def _with_key_versions(bucket: Bucket, key: str, versions: tuple[Object, ...]) -> Bucket:
    """Return the bucket in which a key has these versions, newest first."""
    objects = bucket.objects
    older = bucket.older
    if versions and not versions[0].is_delete_marker:
        objects = objects.put(key, versions[0])
        versions = versions[1:]
    elif key in objects:
        objects = objects.drop(key)
    if versions:
        older = older.put(key, versions)
    elif key in older:
        older = older.drop(key)
    return replace(bucket, objects=objects, older=older)
