"""Keep requests out of a comparison that are sent to another Region than the one of their resource."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from coffeeshop.lessons.grading.fences import all_conditions
from coffeeshop.policy.model import Condition, Element, Standing, Statement

REQUESTED = "aws:RequestedRegion"
HOME = "us-east-1"  # where the shop's own resources are
# Services whose resources are reached only in their own Region.
# https://docs.aws.amazon.com/general/latest/gr/rande.html
REGIONAL = ("dynamodb", "sqs", "lambda", "kms")
ACTIONS = Element(tuple(f"{service}:*" for service in REGIONAL))


def region_fence(allowed: Standing, read: Collection[str]) -> Iterator[Statement]:
    """Yield Denies of requests for a resource in one Region that are sent to another.

    No one can send such requests. Only Regions that policies name are looked at, and only if the
    Region of a request is among the context keys in `read` (lower case).
    """
    if REQUESTED.lower() not in read:
        return
    named = (
        value
        for condition in all_conditions(allowed)
        if condition.key.lower() == REQUESTED.lower() and condition.operator != "Null"
        for value in condition.values
    )
    for region in sorted({HOME, *filter(_is_code, named)}):
        there = tuple(f"arn:aws:{service}:{region}:*:*" for service in REGIONAL)
        sent_there = Condition("StringEquals", REQUESTED, (region,))
        sent_elsewhere = Condition("StringNotEquals", REQUESTED, (region,))
        # An action without a resource is on "*", which is one character.
        elsewhere = Element((*there, "?"), negated=True)
        yield Statement("Deny", ACTIONS, elsewhere, conditions=(sent_there,))
        yield Statement("Deny", ACTIONS, Element(there), conditions=(sent_elsewhere,))


def _is_code(value: str) -> bool:
    """Tell whether a value is the code of one Region, without wildcards and variables."""
    return value.replace("-", "").isalnum()
