"""The context keys that a request carries about its resource: the tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from coffeeshop.account.access.data_requests import resource_tags
from coffeeshop.account.model import Account
from coffeeshop.policy.model import Request, Values


def resource_context(account: Account, action: str, resource: str) -> dict[str, Values]:
    """Return the context keys about a resource that a request carries: its tags."""
    service = action.partition(":")[0]
    tags = _tags_of(account, service, resource) or {}
    if service == "s3":
        return {f"s3:ExistingObjectTag/{tag}": (value,) for tag, value in tags.items()}
    return resource_tags(tags, "aws:", *PREFIXES.get(service, ()))


def with_real_tags(account: Account, request: Request) -> Request:
    """Return the request with the tags that its resource has in the account, in place of others in its context.

    A request on something that isn't there, or that has no tags here, stays as it is.
    """
    service = request.action.partition(":")[0]
    if _tags_of(account, service, request.resource) is None:
        return request
    context = {
        key: values
        for key, values in request.context.items()
        if not any(part in key.lower() for part in TAG_KEYS)
    }
    tags = resource_context(account, request.action, request.resource)
    return replace(request, context={**context, **tags})


TAG_KEYS = (":resourcetag/", ":existingobjecttag/")
PREFIXES = {"iam": ("iam:",), "sts": ("iam:",)}


def _tags_of(account: Account, service: str, resource: str) -> Mapping[str, str] | None:
    """Return the tags of an object, a table, a queue, a function, an instance, or an IAM resource. None: it isn't there."""
    name = resource.split(":", 5)[5] if resource.count(":") >= 5 else ""
    kind, _, rest = name.partition("/")
    entity_name = rest.rpartition("/")[2].lower()
    match service:
        case "s3":
            bucket = account.buckets.get(kind)
            stored = bucket.objects.get(rest) if bucket else None
            return dict(stored.tags) if stored else None
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
    return tagged.tags if tagged else None
