"""Bucket policies, and the settings that block public ones.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access import policy_documents, public_access
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.services.s3.lookups import named_bucket, with_bucket
from coffeeshop.account.values import Document
from coffeeshop.policy.model import Standing

OPERATIONS = Operations()


def _bucket_policy(account: Account, call: Call) -> Document:
    if (policy := named_bucket(account, call).policy) is None:
        raise ServiceError("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
    return policy


@OPERATIONS.add("GetBucketPolicy")
def get_bucket_policy(account: Account, act: Act) -> Change:
    body = {"Policy": _bucket_policy(account, act.call).text}
    return account, Reply(body)


@OPERATIONS.add_with_standing("PutBucketPolicy")
def put_bucket_policy(account: Account, act: Act, standing: Standing) -> Change:
    """Set a bucket's policy. BlockPublicPolicy refuses a policy that makes the bucket public.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    bucket = named_bucket(account, act.call)
    arn = ids.arn(account, "bucket", bucket.name)
    policy = policy_documents.parse_bucket_policy(account, act.call.text("Policy"), arn)
    if bucket.public_access.get("BlockPublicPolicy") and public_access.is_public(
        policy.policy
    ):
        user = f"User: {standing.principal.arn} is not authorized to perform: s3:PutBucketPolicy"
        raise errors.access_denied(
            f'{user} on resource: "{arn}" because {PUBLIC_POLICY_PREVENTED}'
        )
    bucket = replace(bucket, policy=policy)
    account = with_bucket(account, bucket)
    return account, EMPTY_REPLY


PUBLIC_POLICY_PREVENTED = "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."  # seen


@OPERATIONS.add("GetBucketPolicyStatus")
def get_bucket_policy_status(account: Account, act: Act) -> Change:
    """Return whether S3 counts the policy as public, whatever the settings block."""
    public = public_access.is_public(_bucket_policy(account, act.call).policy)
    body = {"PolicyStatus": {"IsPublic": public}}
    return account, Reply(body)


@OPERATIONS.add("GetPublicAccessBlock")
def get_public_access_block(account: Account, act: Act) -> Change:
    bucket = named_bucket(account, act.call)
    settings = bucket.public_access
    if not settings:
        text = "The public access block configuration was not found"
        raise ServiceError("NoSuchPublicAccessBlockConfiguration", text, 404)
    body = {"PublicAccessBlockConfiguration": dict(settings)}
    return account, Reply(body)


@OPERATIONS.add("PutPublicAccessBlock")
def put_public_access_block(account: Account, act: Act) -> Change:
    """Set all four settings. Those left out are off."""
    parameters = act.call.map("PublicAccessBlockConfiguration")
    settings = {
        name: parameters.get(name) is True for name in public_access.PUBLIC_ACCESS_SETTINGS
    }
    bucket = named_bucket(account, act.call)
    bucket = replace(bucket, public_access=settings)
    account = with_bucket(account, bucket)
    return account, EMPTY_REPLY


@OPERATIONS.add("DeletePublicAccessBlock")
def delete_public_access_block(account: Account, act: Act) -> Change:
    """Turn all four settings off. It is no error if there are none."""
    bucket = named_bucket(account, act.call)
    bucket = replace(bucket, public_access={})
    account = with_bucket(account, bucket)
    return account, EMPTY_REPLY


@OPERATIONS.add("DeleteBucketPolicy")
def delete_bucket_policy(account: Account, act: Act) -> Change:
    """Delete the bucket policy. It is no error if there is none."""
    bucket = named_bucket(account, act.call)
    bucket = replace(bucket, policy=None)
    account = with_bucket(account, bucket)
    return account, EMPTY_REPLY
