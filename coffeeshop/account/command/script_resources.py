"""Undo what a play changed in resources that were there before it: the policies of buckets by calls, and the rest by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from coffeeshop.account.model import Account, Call
from coffeeshop.account.values import Json

# By collection of an account: what the reader calls its things, and the fields that only record use.
RESOURCE_KINDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "buckets": ("bucket", ("policy", "public_access")),
    "tables": ("table", ()),
    "queues": ("queue", ("messages", "modified", "purged", "sent_messages", "sent_count")),
    "functions": ("function", ("modified",)),
    "trails": ("trail", ()),
}


def deleted_names(account: Account, text: str) -> tuple[str, ...]:
    """Return the users and roles of an account that a policy names and that no longer exist. AWS refuses such a policy."""
    pattern = rf"arn:aws:iam::{account.id}:(user|role)/(?:[^\"*?]*/)?([\w+=,.@-]+)\""
    books = {"user": account.users, "role": account.roles}
    return tuple(
        f"the {kind} {name}"
        for kind, name in dict.fromkeys(re.findall(pattern, text, re.ASCII))
        if name.lower() not in books[kind]
    )


def policy_steps(account: Account, text: str, policy: str) -> Iterator[str]:
    """Yield the step by hand for an old policy that names someone whom the play deleted."""
    if names := deleted_names(account, text):
        yield f"create {' and '.join(names)} again before you put back {policy}"


def bucket_calls(before_play: Account, after_play: Account) -> Iterator[Call]:
    """Yield the calls that restore the policies of buckets, and their Block Public Access.

    A public policy can be put back only while nothing blocks it. So settings that weren't there are deleted first, and
    those that were there are put back last.
    """
    for name, old in before_play.buckets.items():
        new = after_play.buckets.get(name)
        if new is None:
            continue
        bucket: dict[str, Json] = {"Bucket": name}
        settings_changed = new.public_access != old.public_access
        if settings_changed and not old.public_access:
            yield Call("s3", "DeletePublicAccessBlock", bucket)
        old_text = old.policy.text if old.policy else ""
        new_text = new.policy.text if new.policy else ""
        if old_text and old_text != new_text and not deleted_names(after_play, old_text):
            yield Call("s3", "PutBucketPolicy", {**bucket, "Policy": old_text})
        elif new_text and not old_text:
            yield Call("s3", "DeleteBucketPolicy", bucket)
        if settings_changed and old.public_access:
            settings: dict[str, Json] = {
                "PublicAccessBlockConfiguration": {**old.public_access}
            }
            yield Call("s3", "PutPublicAccessBlock", {**bucket, **settings})


def resource_steps(before_play: Account, after_play: Account) -> Iterator[str]:
    """Yield what the reader restores by hand in buckets, tables, queues, functions and trails."""
    for name, bucket in before_play.buckets.items():
        new_bucket = after_play.buckets.get(name)
        if bucket.policy and new_bucket and new_bucket.policy != bucket.policy:
            yield from policy_steps(
                after_play, bucket.policy.text, f"the policy of the bucket {name}"
            )
    for book, (kind, fields) in RESOURCE_KINDS.items():
        things_after: Mapping[str, Any] = getattr(after_play, book)
        things_before: Mapping[str, Any] = getattr(before_play, book)
        for name, old in things_before.items():
            new = things_after.get(name)
            if new is None:
                yield f"the play deleted the {kind} {name}"
            elif replace(new, **{field: getattr(old, field) for field in fields}) != old:
                yield f"the play changed the {kind} {name}"
