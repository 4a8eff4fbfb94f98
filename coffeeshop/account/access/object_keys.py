"""What S3 asks KMS for when it serves a request on an object, and whether KMS refuses it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

from datetime import datetime

from coffeeshop.account.access.authorization_requests import requests_of_call
from coffeeshop.account.access.request_context import usual_context
from coffeeshop.account.model import Account, Call
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Request, Standing

S3_ARN_PREFIX = "arn:aws:s3:::"
OBJECT_OPERATIONS = {"s3:getobject": "GetObject", "s3:putobject": "PutObject"}


def key_requests(
    account: Account, action: str, resource: str, at: datetime
) -> tuple[Request, ...]:
    """Return the requests to KMS without which S3 refuses an action on an object."""
    operation = OBJECT_OPERATIONS.get(action.lower(), "")
    bucket_name, slash, key = resource.removeprefix(S3_ARN_PREFIX).partition("/")
    if not operation or not slash or not resource.startswith(S3_ARN_PREFIX):
        return ()
    call = Call("s3", operation, {"Bucket": bucket_name, "Key": key})
    return tuple(
        Request(
            request.action,
            request.resource,
            {**usual_context(at), **request.context},
            request.account,
        )
        for request in requests_of_call(account, call)
        if request.action.startswith("kms:")
    )


def refused_key_request(
    account: Account, standing: Standing, request: Request, at: datetime
) -> Request | None:
    """Return the first request to KMS that is refused although S3's own request may be allowed."""
    for key_request in key_requests(account, request.action, request.resource, at):
        if not isinstance(authorize(standing, key_request), Allowed):
            return key_request
    return None
