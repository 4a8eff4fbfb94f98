"""S3 Block Public Access: which bucket policies are public, and the effect of RestrictPublicBuckets.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_network

from coffeeshop.account.resources import Bucket
from coffeeshop.account.values import Document
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import BLOCK_PUBLIC_ACCESS, Condition, Kind, Policy, Statement

PUBLIC_ACCESS_SETTINGS = (
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
)
# The settings of a new bucket, since April 2023.
NEW_BUCKET: Mapping[str, bool] = dict.fromkeys(PUBLIC_ACCESS_SETTINGS, True)
# IP version -> the shortest prefix of an address range that is not public.
SHORTEST_PREFIX = {4: 8, 6: 32}
NARROWING_OPERATORS = {
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "ArnEquals",
    "ArnLike",
}


# --------------------------------------------------------- the meaning of "public"
def is_public(policy: Policy) -> bool:
    """Return whether S3 considers a bucket policy public: one of its statements allows principals that aren't fixed.

    The principals, or one of a few condition keys, must fix them, without wildcards and policy variables. Deny statements
    don't count.
    """
    return any(
        statement.effect == "Allow" and not _has_fixed_principals(statement)
        for statement in policy.statements
    )


def _has_fixed_principals(statement: Statement) -> bool:
    """Return whether a statement can only apply to principals that it names, or that one of its conditions fixes."""
    return _names_principals(statement) or any(map(_fixes_principals, statement.conditions))


def _names_principals(statement: Statement) -> bool:
    """Return whether each principal is named. Users of an outside identity provider don't count as named."""
    principals = statement.principals
    if principals is None or principals.negated:
        return False
    return all(
        kind != "Federated" and _is_fixed(value) for kind, value in principals.entries
    )


def _fixes_principals(condition: Condition) -> bool:
    """Return whether only fixed principals meet a condition. It must fail if its key is absent."""
    is_fixed_value = FIXES_PRINCIPALS.get(condition.key.lower())
    if (
        is_fixed_value is None
        or condition.if_exists
        or condition.quantifier == "ForAllValues"
    ):
        return False
    if is_fixed_value is _is_range:
        operators = {"IpAddress"}
    else:
        operators = NARROWING_OPERATORS
    return condition.operator in operators and all(map(is_fixed_value, condition.values))


def _is_fixed(value: str) -> bool:
    """Return whether a value has no wildcard and no policy variable."""
    return not {"*", "?"}.intersection(value) and "${" not in value


def _is_range(value: str) -> bool:
    """Return whether it is a range of addresses that isn't too wide."""
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= SHORTEST_PREFIX[network.version]


def _is_of_account(value: str) -> bool:
    """Return whether the ARN of an access point names its account. The access point's name can have wildcards."""
    parts = value.split(":")
    return len(parts) == 6 and parts[4].isdigit()


# Condition key -> whether one of its values fixes the principals.
FIXES_PRINCIPALS: Mapping[str, Callable[[str], bool]] = {
    **dict.fromkeys(
        (
            "aws:principalaccount",
            "aws:principalarn",
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:principalservicename",
            "aws:sourceaccount",
            "aws:sourcearn",
            "aws:sourceorgid",
            "aws:sourceowner",
            "aws:sourcevpc",
            "aws:sourcevpce",
            "aws:userid",
            "s3:dataaccesspointaccount",
            "s3:x-amz-server-side-encryption-aws-kms-key-id",
        ),
        _is_fixed,
    ),
    "aws:sourceip": _is_range,
    "s3:dataaccesspointarn": _is_of_account,
}


# ------------------------------------------------------------ RestrictPublicBuckets
def effective_bucket_policies(
    account: str, bucket: Bucket | None, document: Document
) -> tuple[Policy, ...]:
    """Return a bucket's policy and, if RestrictPublicBuckets applies to it, a Deny with the same effect.

    It applies to a public policy. It denies everybody but the account's own principals and AWS's services, even
    principals that the policy names.
    """
    if bucket is None or not bucket.public_access.get("RestrictPublicBuckets", False):
        return (document.policy,)
    if is_public(document.policy):
        return (document.policy, _restriction(account))
    return (document.policy,)


@lru_cache(maxsize=64)
def _restriction(account: str) -> Policy:
    """Return a bucket policy that denies other accounts everything, as RestrictPublicBuckets does.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    statement = {
        "Sid": "RestrictPublicBuckets",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {
            "StringNotEquals": {"aws:PrincipalAccount": account},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
    return parse(text, Kind.RESOURCE, BLOCK_PUBLIC_ACCESS)
