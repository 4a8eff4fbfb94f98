"""Bucket policies, and the settings that block public ones.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import policy_documents, public_access
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
    arn = ids.arn(account, "bucket", bucket.name)
    policy = policy_documents.bucket(account, act.call.text("Policy"), arn)
    if bucket.public_access.get("BlockPublicPolicy") and public_access.is_public(
        policy.policy
    ):
        user = f"User: {who.principal.arn} is not authorized to perform: s3:PutBucketPolicy"
        raise errors.denied(f'{user} on resource: "{arn}" because {PREVENTED}')
    return with_bucket(account, replace(bucket, policy=policy)), DONE


PREVENTED = "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."  # seen


def policy_status(account: Account, who: Standing, act: Act) -> Change:
    """Tells whether S3 takes the policy for public, whatever the settings make of that."""
    public = public_access.is_public(_policy(account, act.call).policy)
    return account, Reply({"PolicyStatus": {"IsPublic": public}})


def get_block(account: Account, who: Standing, act: Act) -> Change:
    settings = bucket_of(account, act.call).public_access
    if not settings:
        text = "The public access block configuration was not found"
        raise ServiceError("NoSuchPublicAccessBlockConfiguration", text, 404)
    return account, Reply({"PublicAccessBlockConfiguration": dict(settings)})


def put_block(account: Account, who: Standing, act: Act) -> Change:
    """Sets all four settings: what is left out is off."""
    given = act.call.map("PublicAccessBlockConfiguration")
    settings = {name: given.get(name) is True for name in public_access.SETTINGS}
    return with_bucket(
        account, replace(bucket_of(account, act.call), public_access=settings)
    ), DONE


def delete_block(account: Account, who: Standing, act: Act) -> Change:
    """Takes the settings away, which turns all four off; that there are none is no fault."""
    return with_bucket(
        account, replace(bucket_of(account, act.call), public_access={})
    ), DONE


def delete_policy(account: Account, who: Standing, act: Act) -> Change:
    """Deletes the bucket policy; that there is none is no fault."""
    return with_bucket(account, replace(bucket_of(account, act.call), policy=None)), DONE


OPERATIONS: Mapping[str, Apply] = {
    "GetBucketPolicy": get_policy,
    "PutBucketPolicy": put_policy,
    "DeleteBucketPolicy": delete_policy,
    "GetBucketPolicyStatus": policy_status,
    "GetPublicAccessBlock": get_block,
    "PutPublicAccessBlock": put_block,
    "DeletePublicAccessBlock": delete_block,
}
