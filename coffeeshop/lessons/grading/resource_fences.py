"""Keep requests out of a comparison that name another Region or owner than those of their resource."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from coffeeshop.account.model import Account
from coffeeshop.lessons.grading.fences import all_conditions
from coffeeshop.policy.model import Condition, Element, Standing, Statement

REGION_KEY = "aws:RequestedRegion"
HOME_REGION = "us-east-1"  # where the shop's own resources are
# Services whose resources are reached only in their own Region.
# https://docs.aws.amazon.com/general/latest/gr/rande.html
REGIONAL_SERVICES = ("dynamodb", "sqs", "lambda", "kms")
REGIONAL_ACTIONS = Element(tuple(f"{service}:*" for service in REGIONAL_SERVICES))
# Their requests always say whose resource it is.
OWNED = Element((*REGIONAL_ACTIONS.values, "s3:*", "sts:AssumeRole*"))


def owner_fence(account: Account, read: Collection[str]) -> Iterator[Statement]:
    """Yield Denies of requests for a resource of this account that don't say so.

    No one can send such requests. Only the context keys in `read` (lower case) are looked at.
    """
    buckets = (
        f"arn:aws:s3:::{name}{end}" for name in account.buckets for end in ("", "/*")
    )
    ours = Element((f"arn:aws:*:*:{account.id}:*", *buckets))
    # A bucket's owner has two keys, and the first is everybody's.
    for key, actions in (
        ("aws:ResourceAccount", OWNED),
        ("s3:ResourceAccount", Element(("s3:*",))),
    ):
        if key.lower() in read:
            other_owner = Condition("StringNotEquals", key, (account.id,))
            yield Statement("Deny", actions, ours, conditions=(other_owner,))


def region_fence(allowed: Standing, read: Collection[str]) -> Iterator[Statement]:
    """Yield Denies of requests for a resource in one Region that are sent to another.

    No one can send such requests. Only Regions that policies name are looked at, and only if the
    Region of a request is among the context keys in `read` (lower case).
    """
    if REGION_KEY.lower() not in read:
        return
    named = (
        value
        for condition in all_conditions(allowed)
        if condition.key.lower() == REGION_KEY.lower() and condition.operator != "Null"
        for value in condition.values
    )
    for region in sorted({HOME_REGION, *filter(_is_code, named)}):
        there = tuple(f"arn:aws:{service}:{region}:*:*" for service in REGIONAL_SERVICES)
        sent_there = Condition("StringEquals", REGION_KEY, (region,))
        sent_elsewhere = Condition("StringNotEquals", REGION_KEY, (region,))
        # An action without a resource is on "*", which is one character.
        elsewhere = Element((*there, "?"), negated=True)
        yield Statement("Deny", REGIONAL_ACTIONS, elsewhere, conditions=(sent_there,))
        yield Statement(
            "Deny", REGIONAL_ACTIONS, Element(there), conditions=(sent_elsewhere,)
        )


def _is_code(value: str) -> bool:
    """Tell whether a value is the code of one Region, without wildcards and variables."""
    return value.replace("-", "").isalnum()
