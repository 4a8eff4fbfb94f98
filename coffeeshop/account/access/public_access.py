"""S3 Block Public Access: which bucket policies are public, and what a bucket that restricts them makes of one.

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
from coffeeshop.policy.model import Condition, Kind, Policy, Statement

SETTINGS = (
    "BlockPublicAcls",
    "IgnorePublicAcls",
    "BlockPublicPolicy",
    "RestrictPublicBuckets",
)
NEW_BUCKET: Mapping[str, bool] = dict.fromkeys(
    SETTINGS, True
)  # as S3 makes buckets since April 2023
WIDEST = {
    4: 8,
    6: 32,
}  # the shortest prefix of an address range that is not public, by version of IP
NARROWING = {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"}


# --------------------------------------------------------- the meaning of "public"
def is_public(policy: Policy) -> bool:
    """Tells whether S3 takes a bucket policy for public: one of its statements grants to others than fixed ones.

    Who is granted must be fixed, by the principals or by one of a few condition keys, without wildcards and policy
    variables. What statements deny counts for nothing.
    """
    return any(
        statement.effect == "Allow" and not _is_narrow(statement)
        for statement in policy.statements
    )


def _is_narrow(statement: Statement) -> bool:
    return _names_all(statement) or any(map(_narrows, statement.conditions))


def _names_all(statement: Statement) -> bool:
    """Tells whether it names each of its principals; identities of outside providers are anybody's."""
    principals = statement.principals
    if principals is None or principals.negated:
        return False
    return all(
        kind != "Federated" and _is_fixed(value) for kind, value in principals.entries
    )


def _narrows(condition: Condition) -> bool:
    """Tells whether a condition leaves only fixed ones: it must fail where its key is absent, and all its values fit."""
    test = FIXING.get(condition.key.lower())
    if test is None or condition.if_exists or condition.quantifier == "ForAllValues":
        return False
    operators = {"IpAddress"} if test is _is_range else NARROWING
    return condition.operator in operators and all(map(test, condition.values))


def _is_fixed(value: str) -> bool:
    return not {"*", "?"}.intersection(value) and "${" not in value


def _is_range(value: str) -> bool:
    """Tells whether it is a range of addresses, and none of the very broad ones."""
    try:
        found = ip_network(value, strict=False)
    except ValueError:
        return False
    return found.prefixlen >= WIDEST[found.version]


def _is_of_account(value: str) -> bool:
    """Tells whether an access point's ARN names its account; the name of the access point may hold wildcards."""
    parts = value.split(":")
    return len(parts) == 6 and parts[4].isdigit()


FIXING: Mapping[
    str, Callable[[str], bool]
] = {  # condition key -> whether a value of it fixes who is granted
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
    """Returns a bucket's policy; with it, where the policy is public and the bucket restricts public ones, the Deny that
    this amounts to: it stops everybody but the account's own people and AWS's services, even those whom the policy names.
    """
    restricts = bucket is not None and bucket.public_access.get(
        "RestrictPublicBuckets", False
    )
    if restricts and is_public(document.policy):
        return (document.policy, _restriction(account))
    return (document.policy,)


@lru_cache(maxsize=64)
def _restriction(account: str) -> Policy:
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
    return parse(text, Kind.RESOURCE, "block-public-access")
