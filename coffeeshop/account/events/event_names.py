"""Tell how CloudTrail names calls, which it counts as reads, and which are data events.

Recorded in aws_dataset of Invictus (July 2023) and in Stratus Red Team's detonation logs (July to November 2024).
"""

from __future__ import annotations

from collections.abc import Mapping

from coffeeshop.account.model import Call

READ_PREFIXES = (
    *("Get", "List", "Describe", "Head", "Query", "Scan", "Lookup"),
    *("Validate", "Check"),
    *("Simulate", "Generate", "AssumeRole", "Decode"),
    *("Encrypt", "Decrypt", "ReEncrypt"),
)
# Writes, in spite of their names (recorded).
WRITE_EXCEPTIONS = {"GetSessionToken", "GetFederationToken"}
# By service: the data events, which a trail records only if it is configured to.
DATA_EVENTS = {
    "s3": {
        *("GetObject", "HeadObject", "PutObject", "CopyObject", "DeleteObject"),
        *("DeleteObjects", "ListObjects", "ListObjectsV2", "HeadBucket"),
        "ListObjectVersions",
        *("GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging", "GetObjectAcl"),
        "PutObjectAcl",
        *("CreateMultipartUpload", "UploadPart", "UploadPartCopy", "ListParts"),
        *("CompleteMultipartUpload", "AbortMultipartUpload"),
    },
    "dynamodb": {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"},
    "sqs": {
        *("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"),
        *("SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"),
    },
    "lambda": {"Invoke"},
}
# By service and operation: the eventName, where it differs from the operation's name.
EVENT_NAMES: Mapping[str, Mapping[str, str]] = {
    "s3": {
        "ListObjectsV2": "ListObjects",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    },
    # https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
    "lambda": {
        "AddPermission": "AddPermission20150331v2",
        "CreateFunction": "CreateFunction20150331",
        "DeleteFunction": "DeleteFunction20150331",
        "GetFunction": "GetFunction20150331v2",
        "GetFunctionConfiguration": "GetFunctionConfiguration20150331v2",
        "GetPolicy": "GetPolicy20150331v2",
        "ListFunctions": "ListFunctions20150331",
        "ListTags": "ListTags20170331",
        "ListVersionsByFunction": "ListVersionsByFunction20150331",
        "RemovePermission": "RemovePermission20150331v2",
        "TagResource": "TagResource20170331v2",
        "UntagResource": "UntagResource20170331v2",
        "UpdateFunctionCode": "UpdateFunctionCode20150331v2",
        "UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
    },
    "console": {
        "SignIn": "ConsoleLogin",
        "ChangeEmail": "EmailUpdated",
        "ChangeRootPassword": "PasswordUpdated",
        "EnrollSecurityKey": "EnableMFADevice",
        "EnrollRootMfa": "EnableMFADevice",
        "RemoveRootMfa": "DeactivateMFADevice",
        "EnableIdentityCenter": "StartSSO",
        "PortalSignIn": "Federate",
    },
}
# Acts of the console that CloudTrail records as calls of IAM, or of IAM Identity Center.
IAM_ACTS_OF_THE_CONSOLE = {"EnrollSecurityKey", "EnrollRootMfa", "RemoveRootMfa"}
CENTER_ACTS_OF_THE_CONSOLE = {"EnableIdentityCenter", "PortalSignIn"}
# Events that no client's call made: https://docs.aws.amazon.com/singlesignon/latest/userguide/understanding-sign-in-events.html
SERVICE_EVENTS = {"PortalSignIn"}


def event_name(call: Call) -> str:
    """Return the eventName of a call."""
    return EVENT_NAMES.get(call.service, {}).get(call.operation, call.operation)


def is_console_event(call: Call) -> bool:
    """Tell whether a call is recorded as an act of the sign-in pages, not as an API call."""
    api_acts = IAM_ACTS_OF_THE_CONSOLE | CENTER_ACTS_OF_THE_CONSOLE
    return call.service == "console" and call.operation not in api_acts


def event_source(call: Call) -> str:
    """Return the service that records a call, by the first part of its name."""
    if call.operation in CENTER_ACTS_OF_THE_CONSOLE or call.service == "sso-admin":
        return "sso"
    if call.service != "console":
        return call.service
    return "signin" if is_console_event(call) else "iam"


def is_read(call: Call) -> bool:
    """Tell whether CloudTrail marks a call as read-only."""
    return (
        call.operation.startswith(READ_PREFIXES) and call.operation not in WRITE_EXCEPTIONS
    )


def is_data_event(call: Call) -> bool:
    """Tell whether a call is a data event, not a management event."""
    return call.operation in DATA_EVENTS.get(call.service, ())
