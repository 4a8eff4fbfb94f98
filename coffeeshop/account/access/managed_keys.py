"""The key that S3 makes for itself in KMS, when objects are encrypted with KMS and nobody names a key.

https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.model import Account
from coffeeshop.account.resources import KmsAlias, KmsKey
from coffeeshop.account.values import Document
from coffeeshop.policy.language.parse import parse
from coffeeshop.policy.model import Kind

S3_ALIAS = "alias/aws/s3"
# Recorded.
MANAGED_KEY_DESCRIPTION = (
    "Default key that protects my S3 objects when no other key is defined"
)
S3_SERVICE = f"s3.{ids.REGION}.amazonaws.com"


@lru_cache(maxsize=64)  # the same object, so that its policy is compiled once
def _make_s3_key(account_id: str, seed: bytes, created: datetime) -> KmsKey:
    """Return S3's key of an account. Its policy is as AWS writes it: everybody who comes through S3 can use it."""
    through_s3 = {"kms:CallerAccount": account_id, "kms:ViaService": S3_SERVICE}
    statements = [
        {
            "Sid": "Allow access through S3 for all principals in the account that are authorized to use S3",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                *("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*"),
                *("kms:GenerateDataKey*", "kms:DescribeKey"),
            ],
            "Resource": "*",
            "Condition": {"StringEquals": through_s3},
        },
        {
            "Sid": "Allow direct access to key metadata to the account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"},
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
            "Resource": "*",
        },
    ]
    whole = {"Version": "2012-10-17", "Id": "auto-s3-2", "Statement": statements}
    text = json.dumps(whole, indent=2, separators=(",", " : "))
    policy = Document(text, parse(text, Kind.RESOURCE, "key policy"))
    id = ids.draw_uuid(seed, "kms managed key", account_id, S3_ALIAS)
    return KmsKey(
        id,
        created,
        policy,
        MANAGED_KEY_DESCRIPTION,
        manager="AWS",
        rotation_days=365,
        rotation_since=created,
    )


def s3_key(account: Account) -> KmsKey:
    """Return S3's own key in an account, whether or not S3 has made it."""
    return _make_s3_key(account.id, account.seed, account.created)


def with_s3_key(account: Account, at: datetime) -> Account:
    """Return the account with S3's own key, which S3 makes when it first needs it."""
    if S3_ALIAS in account.kms_aliases:
        return account
    key = s3_key(account)
    alias = KmsAlias(S3_ALIAS, key.id, at, at)
    return replace(
        account,
        kms_keys=account.kms_keys.put(key.id, key),
        kms_aliases=account.kms_aliases.put(S3_ALIAS, alias),
    )
