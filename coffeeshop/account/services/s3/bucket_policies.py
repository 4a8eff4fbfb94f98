"""Bucket policies.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from coffeeshop.account import ids
from coffeeshop.account.access import policy_documents
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.services import DONE, Apply, Change
from coffeeshop.account.services.s3.lookups import bucket_of, with_bucket
from coffeeshop.account.values import Document
from coffeeshop.policy.model import Standing


def _policy(account: Account, call: Call) -> Document:
    if (found := bucket_of(account, call).policy) is None:
        raise ServiceError("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
    return found


def get_policy(account: Account, who: Standing, act: Act) -> Change:
    return account, Reply({"Policy": _policy(account, act.call).text})


def put_policy(account: Account, who: Standing, act: Act) -> Change:
    bucket = bucket_of(account, act.call)
    policy = policy_documents.bucket(account, act.call.text("Policy"), ids.arn(account, "bucket", bucket.name))
    return with_bucket(account, replace(bucket, policy=policy)), DONE


def delete_policy(account: Account, who: Standing, act: Act) -> Change:
    """Deletes the bucket policy; that there is none is no fault."""
    return with_bucket(account, replace(bucket_of(account, act.call), policy=None)), DONE


OPERATIONS: Mapping[str, Apply] = {
    "GetBucketPolicy": get_policy,
    "PutBucketPolicy": put_policy,
    "DeleteBucketPolicy": delete_policy,
}
