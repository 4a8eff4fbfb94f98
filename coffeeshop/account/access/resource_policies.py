"""The resource-based policies of an account, of roles, buckets, queues and functions: which there are, and as layers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter

from coffeeshop.account import ids
from coffeeshop.account.access import public_access
from coffeeshop.account.model import Account
from coffeeshop.account.same import Part
from coffeeshop.account.values import Document
from coffeeshop.policy.model import Kind, Layer


def resource_layers(account: Account) -> tuple[Layer, ...]:
    """Returns the resource-based policies of the whole account, trust policies first."""
    return _on_things(Part(account, HOLDING))


# What of an account has policies of its own: of roles the trust, which stands in the book that theirs was mapped from.
HOLDING = attrgetter("id", "roles.origin", "buckets", "queues", "functions")


@lru_cache(maxsize=16)  # all that call in an account have them in common
def _on_things(of: Part[Account]) -> tuple[Layer, ...]:
    account = of.value
    roles = account.roles.values()
    trusts = (Layer(Kind.TRUST, (role.trust.policy,), account.arn(role)) for role in roles)
    others = (
        _layer_on(account, arn, document) for arn, document in resource_policies(account)
    )
    return (*trusts, *others)


def resource_policies(account: Account) -> Iterator[tuple[str, Document]]:
    """Yields the ARN and document of every bucket, queue and function that has a policy."""
    for kind, book in (
        ("bucket", account.buckets),
        ("queue", account.queues),
        ("function", account.functions),
    ):
        yield from (
            (ids.arn(account, kind, name), held.policy)
            for name, held in book.items()
            if held.policy
        )


def _layer_on(account: Account, arn: str, document: Document) -> Layer:
    """Returns the layer of a resource's policy, with what S3 makes of it where the resource is a bucket."""
    bucket = account.buckets.get(arn.removeprefix("arn:aws:s3:::"))
    return Layer(
        Kind.RESOURCE,
        public_access.effective_bucket_policies(account.id, bucket, document),
        arn,
    )


def resource_layer(account: Account, arn: str) -> Layer | None:
    """Returns the resource-based policy that bears on one resource: its own, or that of the bucket it lies in."""
    parts = arn.split(":", 5)
    service, name = (parts[2], parts[5]) if len(parts) == 6 else ("", "")
    match service:
        case "iam":
            role = account.roles.get(name.rsplit("/", 1)[-1].lower())
            fits = role is not None and account.arn(role) == arn
            if role and fits:
                return Layer(Kind.TRUST, (role.trust.policy,), arn)
            return None
        case "s3":
            bucket = name.split("/", 1)[0]
            holder = account.buckets.get(bucket)
            on = ids.arn(account, "bucket", bucket)
        case "sqs":
            holder = account.queues.get(name)
            on = arn
        case "lambda":
            holder = account.functions.get(name.removeprefix("function:"))
            on = arn
        case _:
            return None
    if holder and holder.policy:
        return _layer_on(account, on, holder.policy)
    return None
