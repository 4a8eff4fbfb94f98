"""Write the resources element of a CloudTrail record.

Records of S3, of KMS, of a role that was assumed, and of data events have one. Those of IAM, Lambda, EC2, Organizations and
CloudTrail have none (recorded in 2023 and 2024).
https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html
"""

from __future__ import annotations

from collections.abc import Iterator

from coffeeshop.account.events.event_names import is_data_event
from coffeeshop.account.model import Outcome, ServiceError
from coffeeshop.account.values import Json

# By service: the type of the resource of a data event, or of any event of KMS.
RESOURCE_TYPES = {
    "dynamodb": "AWS::DynamoDB::Table",
    "kms": "AWS::KMS::Key",
    "lambda": "AWS::Lambda::Function",
    "sqs": "AWS::SQS::Queue",
}
# Operations of S3 that list objects: the record has the prefix of the objects' ARNs.
OBJECT_LISTINGS = ("ListObjects", "ListObjectsV2", "ListObjectVersions")
# Operations of S3 without a bucket that exists before.
WITHOUT_BUCKET = ("CreateBucket", "ListBuckets")


def event_resources(outcome: Outcome) -> tuple[Json, ...]:
    """Return the resources of a call. Empty: its record has no such element."""
    call = outcome.act.call
    if call.service == "s3":
        return tuple(_bucket_resources(outcome))
    if call.operation in ("AssumeRole", "AssumeRoleWithWebIdentity"):
        return tuple(_role_resources(outcome))
    if (is_data_event(call) or call.service == "kms") and call.service in RESOURCE_TYPES:
        return tuple(_data_resources(outcome, RESOURCE_TYPES[call.service]))
    return ()


def _role_resources(outcome: Outcome) -> Iterator[Json]:
    """Yield the role that was assumed. A refusal names none."""
    arn = outcome.act.call.text("RoleArn")
    if not isinstance(outcome.answer, ServiceError):
        account_id = arn.split(":")[4]
        yield {"accountId": account_id, "type": "AWS::IAM::Role", "ARN": arn}


def _bucket_resources(outcome: Outcome) -> Iterator[Json]:
    """Yield the object and the bucket of a call of S3."""
    call = outcome.act.call
    bucket = call.text("Bucket")
    if not bucket or call.operation in WITHOUT_BUCKET:
        return
    arn = f"arn:aws:s3:::{bucket}"
    if call.operation in OBJECT_LISTINGS:
        yield {"type": "AWS::S3::Object", "ARNPrefix": f"{arn}/{call.text('Prefix')}"}
    elif key := call.text("Key"):
        yield {"type": "AWS::S3::Object", "ARN": f"{arn}/{key}"}
    yield {"accountId": _owner(outcome, arn), "type": "AWS::S3::Bucket", "ARN": arn}


def _owner(outcome: Outcome, bucket_arn: str) -> str:
    """Return the account that owns the bucket of a call."""
    owners = (
        decision.request.account
        for decision in outcome.decisions
        if decision.request.resource.startswith(bucket_arn)
    )
    return next(filter(None, owners), outcome.account.id)


def _data_resources(outcome: Outcome, resource_type: str) -> Iterator[Json]:
    """Yield each resource of a data event once, with its owner."""
    requests = (decision.request for decision in outcome.decisions)
    owners = {
        request.resource: request.account or outcome.account.id for request in requests
    }
    for arn, owner in owners.items():
        if arn != "*" and ":alias/" not in arn:
            yield {"accountId": owner, "type": resource_type, "ARN": arn}
