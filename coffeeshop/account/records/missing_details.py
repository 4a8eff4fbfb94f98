"""Makes up what a details file lacks and AWS's never does: emulators (moto, LocalStack) leave names and ids out.

What a file is nothing without (an ARN, a document) is not made up: its reader tells that it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def completed(
    row: Mapping[str, Any], kind: str, at: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns the row of a "User", "Group", "Role" or "Policy" with what it lacks, and by name what was made up of what.

    `at` is the date for what has none, in ISO 8601.
    """
    whole = dict(row)
    told = dict[str, str]()
    path, name = _path_and_name(row.get("Arn"), kind)
    made: Mapping[str, tuple[object, str]] = {
        f"{kind}Name": (name, "the name in its ARN"),
        "Path": (path, "the path in its ARN"),
        f"{kind}Id": ("", "a made one"),
        "CreateDate": (at, "the date of the import"),
        **(
            {
                "DefaultVersionId": (
                    _default(row),
                    "the version that is marked, else the last",
                )
            }
            if kind == "Policy"
            else {}
        ),
    }
    for field, (value, what) in made.items():
        if field not in row and value is not None:
            whole[field], told[field] = value, what
    return whole, told


def _path_and_name(arn: object, kind: str) -> tuple[str | None, str | None]:
    """Returns what an ARN of that kind ends in: /shop/ and casey; None for what it does not say."""
    _, found, end = (
        arn.partition(f":{kind.lower()}/") if isinstance(arn, str) else ("", "", "")
    )
    path, _, name = f"/{end}".rpartition("/")
    if found and name:
        return (f"{path}/", name)
    return (None, None)


def _default(row: Mapping[str, Any]) -> str | None:
    """Returns the id of the version that is marked as the default, else of the last."""
    if isinstance(row.get("PolicyVersionList"), list):
        listed = cast("list[Any]", row["PolicyVersionList"])
    else:
        listed = []
    versions = [
        cast("dict[str, Any]", version) for version in listed if isinstance(version, dict)
    ]
    marked = [
        version.get("VersionId")
        for version in versions
        if version.get("IsDefaultVersion") is True
    ]
    found = next(iter(marked), versions[-1].get("VersionId") if versions else None)
    return found if isinstance(found, str) else None
