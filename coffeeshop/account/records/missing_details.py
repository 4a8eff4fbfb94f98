"""Fill in names and ids that a details file lacks. Emulators (moto, LocalStack) leave them out. AWS never does.

What can't be made up (an ARN, a document) stays missing, and the reader of the file reports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def complete_row(
    row: Mapping[str, Any], kind: str, at: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the row of a "User", "Group", "Role" or "Policy" with its missing fields filled in, and a source by field.

    `at` is the date for a row without one, in ISO 8601.
    """
    whole = dict(row)
    sources = dict[str, str]()
    path, name = _path_and_name(row.get("Arn"), kind)
    defaults: dict[str, tuple[object, str]] = {
        f"{kind}Name": (name, "the name in its ARN"),
        "Path": (path, "the path in its ARN"),
        f"{kind}Id": ("", "a made one"),
        "CreateDate": (at, "the date of the import"),
    }
    if kind == "Policy":
        version = _default_version(row)
        defaults["DefaultVersionId"] = (
            version,
            "the version that is marked, else the last",
        )
    for field, (value, source) in defaults.items():
        if field not in row and value is not None:
            whole[field] = value
            sources[field] = source
    return whole, sources


def _path_and_name(arn: object, kind: str) -> tuple[str | None, str | None]:
    """Return the path and name at the end of an ARN of that kind, /shop/ and casey, or None for both."""
    if not isinstance(arn, str):
        return (None, None)
    _, separator, end = arn.partition(f":{kind.lower()}/")
    path, _, name = f"/{end}".rpartition("/")
    if separator and name:
        return (f"{path}/", name)
    return (None, None)


def _default_version(row: Mapping[str, Any]) -> str | None:
    """Return the id of the version that is marked as the default, or else of the last one."""
    rows = row.get("PolicyVersionList")
    if not isinstance(rows, list):
        return None
    versions = [
        cast("dict[str, Any]", version)
        for version in cast("list[Any]", rows)
        if isinstance(version, dict)
    ]
    marked = [version for version in versions if version.get("IsDefaultVersion") is True]
    for version in (*marked[:1], *versions[-1:]):
        id = version.get("VersionId")
        return id if isinstance(id, str) else None
    return None
