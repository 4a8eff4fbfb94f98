"""Add and remove tags, and show them in answers."""

from __future__ import annotations

from coffeeshop.account import errors
from coffeeshop.account.model import Call
from coffeeshop.account.values import Json, Tags

MOST_TAGS = 50  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
RESERVED_TAG_KEY = "Tag keys beginning with aws: are reserved for system use."


def tag_list(tags: Tags) -> Json:
    """Return tags as answers show them."""
    return tuple({"Key": key, "Value": value} for key, value in tags.items())


def add_tags(tags: Tags, new_tags: Tags, code: str, reason: str = "") -> Tags:
    """Return the tags of a table, queue or function with new ones added.

    Keys are case-sensitive.

    Keys that begin with aws: are refused, as in all services (the text is IAM's).
    """
    if any(key.lower().startswith("aws:") for key in new_tags):
        raise errors.service_error(code, RESERVED_TAG_KEY, reason)
    return {**tags, **new_tags}


def remove_tags(tags: Tags, call: Call) -> Tags:
    """Return the tags without the keys in TagKeys."""
    return {key: value for key, value in tags.items() if key not in call.words("TagKeys")}


def add_iam_tags(
    tags: Tags, call: Call, *, case_sensitive: bool = False, code: str = "InvalidInput"
) -> Tags:
    """Return the tags with the call's added.

    Keys of users, roles and sessions are not case-sensitive; those of other things are.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
    """
    new_tags = call.tags
    if case_sensitive:
        keys = list(new_tags)
    else:
        keys = [key.lower() for key in new_tags]
    if len(set(keys)) < len(call.rows("Tags")):
        if case_sensitive:
            note = ""
        else:
            note = " Please note that Tag keys are case insensitive."
        raise errors.service_error(code, f"Duplicate tag keys found.{note}")
    if any(key.lower().startswith("aws:") for key in new_tags):
        raise errors.service_error(code, RESERVED_TAG_KEY)
    other_tags = {
        key: value
        for key, value in tags.items()
        if (key if case_sensitive else key.lower()) not in keys
    }
    if len(other_tags) + len(new_tags) > MOST_TAGS:
        # Uncertain.
        raise errors.service_error(
            "LimitExceeded", f"Cannot exceed quota for TagsPerResource: {MOST_TAGS}"
        )
    return {**other_tags, **new_tags}
