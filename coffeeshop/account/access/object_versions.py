"""Find the versions of an object, and the action that a call on one version needs.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.model import Call
from coffeeshop.account.resources import Bucket, Object
from coffeeshop.account.values import Json
from coffeeshop.policy.model import Values


def key_versions(bucket: Bucket, key: str) -> tuple[Object, ...]:
    """Return all versions and delete markers of a key, newest first."""
    older = bucket.older.get(key, ())
    current = bucket.objects.get(key)
    return (current, *older) if current else older


def find_version(bucket: Bucket | None, parameters: Mapping[str, Json]) -> Object | None:
    """Return the version that parameters name by Key and VersionId, without an id the current object."""
    if bucket is None:
        return None
    key = str(parameters.get("Key", ""))
    version_id = parameters.get("VersionId")
    if not version_id:
        return bucket.objects.get(key)
    versions = key_versions(bucket, key)
    return next((each for each in versions if each.version == version_id), None)


def versioned_action(action: str, call: Call) -> str:
    """Return the action of a call on an object: GetObject, but GetObjectVersion if it names a version.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    """
    if call.text("VersionId"):
        return action.replace("Object", "ObjectVersion", 1)
    return action


def version_context(call: Call) -> dict[str, Values]:
    """Return the context key for the version that a call names (s3:VersionId)."""
    version_id = call.text("VersionId")
    return {"s3:VersionId": (version_id,)} if version_id else {}
