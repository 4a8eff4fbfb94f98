"""The context keys that a request carries about its resource: the tags."""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.access.data_requests import resource_tags
from coffeeshop.account.model import Account
from coffeeshop.policy.model import Values


def resource_context(account: Account, action: str, resource: str) -> dict[str, Values]:
    """Return the context keys about a resource that a request carries: its tags."""
    service = action.partition(":")[0]
    name = resource.split(":", 5)[5] if resource.count(":") >= 5 else ""
    if service == "s3":
        bucket_name, _, key = name.partition("/")
        bucket = account.buckets.get(bucket_name)
        stored = bucket.objects.get(key) if bucket else None
        tags = dict(stored.tags) if stored else dict[str, str]()
        return {f"s3:ExistingObjectTag/{tag}": (value,) for tag, value in tags.items()}
    tags = _tags_of(account, service, name, resource)
    return resource_tags(tags, "aws:", *PREFIXES.get(service, ()))


PREFIXES = {"iam": ("iam:",), "sts": ("iam:",)}


def _tags_of(account: Account, service: str, name: str, resource: str) -> Mapping[str, str]:
    """Return the tags of a table, a queue, a function, an instance, or an IAM resource."""
    kind, _, rest = name.partition("/")
    entity_name = rest.rpartition("/")[2].lower()
    match service:
        case "dynamodb":
            tagged = account.tables.get(rest)
        case "sqs":
            tagged = account.queues.get(name)
        case "lambda":
            tagged = account.functions.get(name.removeprefix("function:"))
        case "iam" | "sts" if kind == "role":
            tagged = account.roles.get(entity_name)
        case "iam" if kind == "user":
            tagged = account.users.get(entity_name)
        case "iam" if kind == "policy":
            tagged = account.policies.get(resource)
        case _:
            tagged = None
    return tagged.tags if tagged else {}
