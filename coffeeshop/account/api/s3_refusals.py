"""Word S3's refusals of parameters, and name what a refusal is about.

S3 has no ValidationError. A body that fits no schema is MalformedXML, and each header or query parameter has its own text.
Most texts and members are those of LocalStack's recordings of S3 (read in December 2026; see tests/recorded). The others
are guesses.
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from coffeeshop.account.api.operations import OPERATIONS, Operation
from coffeeshop.account.api.violations import Violation
from coffeeshop.account.errors import service_error
from coffeeshop.account.model import Call, ServiceError
from coffeeshop.account.values import Json

MALFORMED_XML = "The XML you provided was not well-formed or did not validate against our published schema"
ARGUMENT_TEXTS: Mapping[str, str] = {  # parameter -> the text of InvalidArgument
    "ACL": "",
    "CopySource": "Invalid copy source object key",
    "CopySourceRange": "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are "
    "the zero-based offsets of the first and last bytes to copy",
    "EncodingType": "Invalid Encoding Method specified in Request",
    "MaxBuckets": "Argument max-buckets must be an integer between 1 and 10000",
    "MetadataDirective": "Unknown metadata directive.",
    "PartNumber": "Part number must be an integer between 1 and 10000, inclusive",
    "ServerSideEncryption": "The encryption method specified is not supported",
    "TaggingDirective": "Unknown tagging directive.",
    "UploadIdMarker": "Invalid uploadId marker",
}
# Code -> the member that names what the refusal is about, and the parameter with its value.
SUBJECT_MEMBERS: Mapping[str, tuple[str, str]] = {
    "NoSuchKey": ("Key", "Key"),
    "InvalidPartOrder": ("UploadId", "UploadId"),
    "NoSuchUpload": ("UploadId", "UploadId"),
    **dict.fromkeys(
        (
            *("BucketAlreadyOwnedByYou", "BucketNotEmpty", "NoSuchBucket"),
            *("NoSuchBucketPolicy", "NoSuchCORSConfiguration", "NoSuchTagSet"),
            *("NoSuchLifecycleConfiguration", "NoSuchWebsiteConfiguration"),
            *("NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError"),
            *("ObjectLockConfigurationNotFoundError", "InvalidBucketName"),
            *("ReplicationConfigurationNotFoundError"),
            "ServerSideEncryptionConfigurationNotFoundError",
        ),
        ("BucketName", "Bucket"),
    ),
}


# An access point in place of a bucket: its ARN, or an alias, as no bucket may be named.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
ACCESS_POINT = re.compile(
    r"arn:.*:(accesspoint|outpost)[/:].*|.*(-s3alias|--ol-s3|--op-s3|--x-s3|\.mrap)"
)


def refuse_access_point(operation: str, parameters: Mapping[str, Json]) -> None:
    """Raise NotSimulated for an access point or a directory bucket. CreateBucket has its own refusal of such a name."""
    name = str(parameters.get("Bucket", ""))
    if operation != "CreateBucket" and ACCESS_POINT.fullmatch(name):
        text = f"Access points and directory buckets are not simulated in this account: {name}."
        raise service_error("NotSimulated", text)


def malformed_xml() -> ServiceError:
    """Return the refusal of a body that fits no schema."""
    return ServiceError("MalformedXML", MALFORMED_XML)


def parameter_refusal(operation: Operation, violation: Violation) -> ServiceError:
    """Return S3's refusal of a parameter that breaks a limit."""
    name = violation.path[0].name
    member = operation.input.member(name)
    if member and not member.location and name == "AccessControlPolicy":
        return ServiceError("MalformedACLError", MALFORMED_XML)
    if member and not member.location:
        return malformed_xml()
    text = ARGUMENT_TEXTS.get(name, "Invalid Argument")  # uncertain, of the others
    return ServiceError("InvalidArgument", text)


def refusal_members(refusal: ServiceError, call: Call) -> dict[str, str]:
    """Return the members of a refusal beside code and message: the bucket, the key or the condition that it is about."""
    if refusal.members:
        return dict(refusal.members)
    if refusal.code in SUBJECT_MEMBERS:
        member, parameter = SUBJECT_MEMBERS[refusal.code]
        return {member: call.text(parameter)}
    if refusal.code == "PreconditionFailed":
        return {"Condition": "If-Match" if call.text("IfMatch") else "If-None-Match"}
    for parameter, text in ARGUMENT_TEXTS.items():
        if refusal.message == text:
            return _argument_members(parameter, call)
    return {}


def _argument_members(parameter: str, call: Call) -> dict[str, str]:
    """Return an argument by its name on the wire, with its value."""
    member = OPERATIONS[call.service, call.operation].input.member(parameter)
    name = member.wire if member else parameter
    return {"ArgumentName": name, "ArgumentValue": str(call.parameters.get(parameter, ""))}
