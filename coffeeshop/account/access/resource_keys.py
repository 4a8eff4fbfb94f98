"""The context keys that a request carries about its resource: the tags, and the permissions boundary of a user or role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from coffeeshop.account.access.data_requests import resource_tags
from coffeeshop.account.iam_resources import Role, User
from coffeeshop.account.model import Account
from coffeeshop.policy.model import Request, Values

BOUNDARY = "iam:PermissionsBoundary"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
CHOSEN_BOUNDARY_ACTIONS = frozenset(
    f"iam:{verb}{kind}{noun}"
    for kind in ("User", "Role")
    for verb, noun in (("Create", ""), ("Put", "PermissionsBoundary"))
)
BOUNDARY_ACTIONS = CHOSEN_BOUNDARY_ACTIONS.union(
    f"iam:{verb}{kind}{noun}"
    for kind in ("User", "Role")
    for verb, noun in (
        ("Put", "Policy"),
        ("Delete", "Policy"),
        ("Attach", "Policy"),
        ("Detach", "Policy"),
        ("Delete", "PermissionsBoundary"),
    )
)


def resource_context(account: Account, action: str, resource: str) -> dict[str, Values]:
    """Return the context keys about a resource that a request carries: its tags, and its permissions boundary."""
    service = action.partition(":")[0]
    tags = _tags_of(account, service, resource) or {}
    if service == "s3":
        return {f"s3:ExistingObjectTag/{tag}": (value,) for tag, value in tags.items()}
    context = resource_tags(tags, "aws:", *KEY_PREFIXES.get(service, ()))
    entity = _bounded_entity(account, action, resource)
    if entity and entity.boundary:
        return {**context, BOUNDARY: (entity.boundary,)}
    return context


def with_resource_keys(
    account: Account, action: str, resource: str, chosen: Mapping[str, Values]
) -> dict[str, Values]:
    """Return what a caller sends with a request: the chosen values, and the keys of the resource, which no one chooses.

    The boundary of a new user is chosen. That of a user who exists is what it is.
    """
    if _bounded_entity(account, action, resource):
        chosen = {
            key: values for key, values in chosen.items() if key.lower() != BOUNDARY.lower()
        }
    return {**chosen, **resource_context(account, action, resource)}


def _bounded_entity(account: Account, action: str, resource: str) -> User | Role | None:
    """Return the user or role whose permissions boundary a request carries. None: it carries another, or none."""
    if action not in BOUNDARY_ACTIONS - CHOSEN_BOUNDARY_ACTIONS:
        return None
    kind, _, rest = resource.rpartition(":")[2].partition("/")
    name = rest.rpartition("/")[2].lower()
    entity = account.users.get(name) if kind == "user" else account.roles.get(name)
    return entity if entity and account.arn(entity) == resource else None


def with_real_keys(account: Account, request: Request) -> Request:
    """Return the request with the tags and boundary that its resource has in the account, in place of others in its context.

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
    context = with_resource_keys(account, request.action, request.resource, context)
    return replace(request, context=context)


TAG_KEYS = (":resourcetag/", ":existingobjecttag/")
KEY_PREFIXES = {"iam": ("iam:",), "sts": ("iam:",)}


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
