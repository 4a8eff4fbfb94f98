"""The resource-based policies of an account's roles, buckets, queues, functions and KMS keys, as documents and as layers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter

from coffeeshop.account import ids
from coffeeshop.account.access import public_access
from coffeeshop.account.access.grant_policies import grant_policy
from coffeeshop.account.access.managed_keys import s3_key
from coffeeshop.account.model import Account
from coffeeshop.account.resources import KmsGrant, KmsKey
from coffeeshop.account.same import Part
from coffeeshop.account.values import Document
from coffeeshop.policy.model import Kind, Layer


def resource_layers(account: Account) -> tuple[Layer, ...]:
    """Return the resource-based policies of the whole account, trust policies first."""
    return _layers_of_account(Part(account, RESOURCE_FIELDS))


# The parts of an account that have resource-based policies. A lazily mapped book of roles has the same trust policies as
# its origin.
RESOURCE_FIELDS = attrgetter(
    "id", "roles.origin", "buckets", "queues", "functions", "kms_keys"
)


@lru_cache(maxsize=16)  # all callers in an account have them in common
def _layers_of_account(part: Part[Account]) -> tuple[Layer, ...]:
    """Return the layers of all trust policies and resource-based policies of an account."""
    account = part.value
    layers = [
        Layer(Kind.TRUST, (role.trust.policy,), account.arn(role))
        for role in account.roles.values()
    ]
    for arn, _ in resource_policies(account):
        layer = resource_layer(account, arn)
        assert layer is not None, "it has a policy"
        layers.append(layer)
    return tuple(layers)


def resource_policies(account: Account) -> Iterator[tuple[str, Document]]:
    """Yield the ARN and document of every bucket, queue and function that has a policy, and of every KMS key."""
    for kind, book in (
        ("bucket", account.buckets),
        ("queue", account.queues),
        ("function", account.functions),
        ("kms-key", account.kms_keys),
    ):
        for name, resource in book.items():
            if resource.policy:
                yield ids.arn(account, kind, name), resource.policy


def _layer_of_resource(account: Account, arn: str, document: Document) -> Layer:
    """Return the layer of a resource's policy, with the effect of Block Public Access if it is a bucket."""
    bucket = account.buckets.get(arn.removeprefix("arn:aws:s3:::"))
    policies = public_access.effective_bucket_policies(account.id, bucket, document)
    return Layer(Kind.RESOURCE, policies, arn)


def key_layer(
    account: Account, key: KmsKey, grants: tuple[KmsGrant, ...] | None = None
) -> Layer:
    """Return the layer of a KMS key: its key policy, and its grants as policies.

    With `grants`, only those count.
    """
    arn = ids.arn(account, "kms-key", key.id)
    counted_grants = key.grants if grants is None else grants
    policies = (key.policy.policy, *(grant_policy(grant) for grant in counted_grants))
    return Layer(Kind.RESOURCE, policies, arn)


def resource_layer(account: Account, arn: str) -> Layer | None:
    """Return the layer of the resource-based policy for a resource: its own policy, or its bucket's."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    service = parts[2]
    name = parts[5]
    if service == "iam":
        return _trust_layer(account, arn)
    policy_arn = arn
    match service:
        case "s3":
            bucket = name.split("/", 1)[0]
            resource = account.buckets.get(bucket)
            policy_arn = ids.arn(account, "bucket", bucket)
        case "sqs":
            resource = account.queues.get(name)
        case "lambda":
            resource = account.functions.get(name.removeprefix("function:"))
        case "kms":
            key = _key_by_id(account, name.removeprefix("key/"))
            return key_layer(account, key) if key else None
        case _:
            return None
    if resource and resource.policy:
        return _layer_of_resource(account, policy_arn, resource.policy)
    return None


def _key_by_id(account: Account, id: str) -> KmsKey | None:
    """Return the KMS key with this id, also S3's own key before S3 has made it."""
    own_key = s3_key(account)
    if id == own_key.id:
        return account.kms_keys.get(id, own_key)
    return account.kms_keys.get(id)


def _trust_layer(account: Account, arn: str) -> Layer | None:
    """Return the layer with the trust policy of the role that has this ARN, or None if it isn't a role's."""
    role = account.role_named_by(arn)
    if role and account.arn(role) == arn:
        return Layer(Kind.TRUST, (role.trust.policy,), arn)
    return None
