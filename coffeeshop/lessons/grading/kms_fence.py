"""Keep requests out of a comparison that name a KMS key together with what the key is not."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from coffeeshop.account import ids
from coffeeshop.account.access.kms_requests import alias_names
from coffeeshop.account.model import Account, KmsKey
from coffeeshop.policy.model import Condition, Element, Statement

ALIASES_KEY = "kms:ResourceAliases"
KMS_ACTIONS = Element(("kms:*",))


def kms_fence(account: Account, read: Collection[str]) -> Iterator[Statement]:
    """Yield Denies of requests that say a wrong alias or property of an existing KMS key.

    No one can send such requests, so a comparison leaves them out. Only the context keys in `read` (lower case) are
    looked at. An alias belongs to one key: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    if not any(name.startswith("kms:") for name in read):
        return
    for home in (account, *account.others.values()):
        for key in home.kms_keys.values():
            arn = ids.arn(home, "kms-key", key.id)
            yield from _deny_other_properties(arn, key, read)
            if ALIASES_KEY.lower() in read:
                yield from _deny_other_aliases(arn, alias_names(home, key))


def _deny_other_aliases(arn: str, names: tuple[str, ...]) -> Iterator[Statement]:
    """Yield Denies of the key with any other alias, and of any other key with these."""
    if not names:
        yield _deny(Element((arn,)), Condition("Null", ALIASES_KEY, ("false",)))
        return
    yield _deny(Element((arn,)), Condition("Null", ALIASES_KEY, ("true",)))
    other_alias = Condition("StringNotEquals", ALIASES_KEY, names, "ForAnyValue")
    yield _deny(Element((arn,)), other_alias)
    own_alias = Condition("StringEquals", ALIASES_KEY, names, "ForAnyValue")
    yield _deny(Element((arn,), negated=True), own_alias)


def _deny_other_properties(
    arn: str, key: KmsKey, read: Collection[str]
) -> Iterator[Statement]:
    """Yield Denies of requests that state another spec, usage, origin or number of Regions than the key has.

    Only the condition keys in `read` get one.
    """
    values = {
        "kms:KeySpec": key.spec,
        "kms:KeyUsage": key.usage,
        "kms:KeyOrigin": "AWS_KMS",
    }
    conditions = {
        **{
            name: Condition("StringNotEquals", name, (value,))
            for name, value in values.items()
        },
        "kms:MultiRegion": Condition("Bool", "kms:MultiRegion", ("true",)),
    }
    for name, condition in conditions.items():
        if name.lower() in read:
            yield _deny(Element((arn,)), Condition("Null", name, ("true",)))
            yield _deny(Element((arn,)), condition)


def _deny(resource: Element, condition: Condition) -> Statement:
    """Return a Deny of every KMS action on a resource under a condition."""
    return Statement("Deny", KMS_ACTIONS, resource, conditions=(condition,))
