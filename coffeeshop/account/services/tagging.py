"""The parameter Tags: laid over what is there, and shown in an answer."""

from __future__ import annotations

from coffeeshop.account import errors
from coffeeshop.account.model import Call
from coffeeshop.account.values import Json, Tags

MOST_TAGS = 50  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
RESERVED = "Tag keys beginning with aws: are reserved for system use."


def tag_list(tags: Tags) -> Json:
    """Returns tags as answers show them."""
    return tuple({"Key": key, "Value": value} for key, value in tags.items())


def laid(old: Tags, new: Tags, code: str, reason: str = "") -> Tags:
    """Returns the tags of a table, queue or function with new ones laid over them; keys that differ in case are two.

    Those that begin with aws: are AWS's own, in all of its services (the text is IAM's).
    """
    if any(key.lower().startswith("aws:") for key in new):
        raise errors.service_error(code, RESERVED, reason)
    return {**old, **new}


def bare(old: Tags, call: Call) -> Tags:
    """Returns the tags without those that TagKeys names."""
    return {key: value for key, value in old.items() if key not in call.words("TagKeys")}


def tagged(
    old: Tags, call: Call, *, cased: bool = False, code: str = "InvalidInput"
) -> Tags:
    """Returns the tags with the call's laid over them; keys match without case on users, roles and sessions, with case
    elsewhere.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
    """
    new = call.tags
    keys = list(new) if cased else [key.lower() for key in new]
    if len(set(keys)) < len(call.rows("Tags")):
        if cased:
            note = ""
        else:
            note = " Please note that Tag keys are case insensitive."
        raise errors.service_error(code, f"Duplicate tag keys found.{note}")
    if any(key.lower().startswith("aws:") for key in new):
        raise errors.service_error(code, RESERVED)
    kept = {
        key: value
        for key, value in old.items()
        if (key if cased else key.lower()) not in keys
    }
    if len(kept) + len(new) > MOST_TAGS:
        # Uncertain.
        raise errors.service_error(
            "LimitExceeded", f"Cannot exceed quota for TagsPerResource: {MOST_TAGS}"
        )
    return {**kept, **new}
