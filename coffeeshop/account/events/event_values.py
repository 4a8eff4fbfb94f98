"""Write what CloudTrail records of a call's parameters and of its answer.

Each service has its own form. Passwords, secrets, seeds, codes and bodies never enter a record. Forms are as recorded
in aws_dataset of Invictus (July 2023) and in Stratus Red Team's detonation logs (July to November 2024).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote

from coffeeshop.account.api.operations import OPERATIONS, Shape
from coffeeshop.account.events.event_names import (
    SERVICE_EVENTS,
    event_name,
    is_console_event,
    is_read,
)
from coffeeshop.account.model import Call, Reply, ServiceError
from coffeeshop.account.values import Json

SECRET_MEMBERS = {
    *("Password", "OldPassword", "NewPassword", "SecretAccessKey", "Base32StringSeed"),
    *("QRCodePNG", "MfaCode", "TokenCode", "AuthenticationCode1", "AuthenticationCode2"),
    *("Body", "ZipFile", "Payload", "Content", "Item", "ExpressionAttributeValues"),
    *("Messages", "Items", "Attributes"),
    *("Plaintext", "CiphertextBlob", "GrantToken", "GrantTokens"),
    *("WebIdentityToken", "ServicePassword"),
}
HIDDEN_VALUE = "HIDDEN_DUE_TO_SECURITY_REASONS"
S3_XML = "http://s3.amazonaws.com/doc/2006-03-01/"
# By the end of an S3 operation's name: the subresource, which the record has as an empty parameter.
S3_SUBRESOURCES = {
    "BucketAccelerateConfiguration": "accelerate",
    "BucketAcl": "acl",
    "BucketCors": "cors",
    "BucketEncryption": "encryption",
    "BucketLifecycleConfiguration": "lifecycle",
    "BucketLocation": "location",
    "BucketLogging": "logging",
    "BucketNotificationConfiguration": "notification",
    "BucketOwnershipControls": "ownershipControls",
    "BucketPolicy": "policy",
    "BucketPolicyStatus": "policyStatus",
    "BucketReplication": "replication",
    "BucketRequestPayment": "requestPayment",
    "BucketTagging": "tagging",
    "BucketVersioning": "versioning",
    "BucketWebsite": "website",
    "CreateMultipartUpload": "uploads",
    "DeleteObjects": "delete",
    "ListMultipartUploads": "uploads",
    "ObjectAcl": "acl",
    "ObjectLockConfiguration": "object-lock",
    "ListObjectVersions": "versions",
    "ObjectTagging": "tagging",
    "PublicAccessBlock": "publicAccessBlock",
}
# The parameters of S3 that the record calls by their name on the wire, or by one of CloudTrail's own.
S3_NAMES = {
    "ACL": "x-amz-acl",
    "Bucket": "bucketName",
    "ContinuationToken": "continuation-token",
    "CopySource": "x-amz-copy-source",
    "CopySourceRange": "x-amz-copy-source-range",
    "EncodingType": "encoding-type",
    "KeyMarker": "key-marker",
    "MaxKeys": "max-keys",
    "MetadataDirective": "x-amz-metadata-directive",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "BucketKeyEnabled": "x-amz-server-side-encryption-bucket-key-enabled",
    "StartAfter": "start-after",
    "TaggingDirective": "x-amz-tagging-directive",
    "VersionIdMarker": "version-id-marker",
}
# The bodies of S3 that the record has under the name of their XML element.
S3_BODIES = {
    "MultipartUpload",
    "CreateBucketConfiguration",
    "Delete",
    "PublicAccessBlockConfiguration",
    "ServerSideEncryptionConfiguration",
    "Tagging",
    "AccessControlPolicy",
    "OwnershipControls",
    "VersioningConfiguration",
}


# Lists of objects or of parts, which no record has.
UNTOLD_BODIES = {"Delete", "MultipartUpload"}


def bucket_host(call: Call) -> str:
    """Return the host name to which a call of S3 goes."""
    host = f"s3.{call.origin.region}.amazonaws.com"
    bucket = call.text("Bucket")
    return f"{bucket}.{host}" if bucket else host


def request_parameters(call: Call) -> Json:
    """Return the requestParameters element. None: the call has none that is recorded."""
    if is_console_event(call) or call.operation in SERVICE_EVENTS:
        return None
    write = PARAMETER_WRITERS.get(call.service, _lower_camel_case)
    if call.service in ("s3", "ec2", "lambda"):
        return write(call)
    return write(call) or None


def _lower_camel_case(call: Call) -> dict[str, Json]:
    """Return the parameters under their names in lower camel case."""
    return convert_names(call.parameters)


def _s3_parameters(call: Call) -> dict[str, Json]:
    """Return the parameters of S3: the bucket, the host, the subresource, and the rest as on the wire."""
    parameters: dict[str, Json] = {}
    for name, value in call.parameters.items():
        if name in SECRET_MEMBERS or name in S3_BODIES or name == "Policy":
            continue
        wire_name = S3_NAMES.get(name, f"{name[:1].lower()}{name[1:]}")
        parameters[wire_name] = convert_value(value)
    for name in S3_BODIES & {*call.parameters}:
        body = call.parameters[name]
        if isinstance(body, Mapping) and name not in UNTOLD_BODIES:
            parameters[name] = {"xmlns": S3_XML, **body}
    if "Policy" in call.parameters:
        parameters["bucketPolicy"] = _parse_document(call.text("Policy"))
    parameters["Host"] = bucket_host(call)
    if call.operation == "ListObjectsV2":
        parameters["list-type"] = "2"
    subresource = _subresource(call.operation)
    if subresource:
        parameters[subresource] = ""
    return parameters


def _subresource(operation: str) -> str:
    """Return the subresource that an operation of S3 asks for. "": none."""
    for ending, subresource in S3_SUBRESOURCES.items():
        if operation.endswith(ending):
            return subresource
    return ""


def _parse_document(text: str) -> Json:
    """Return a policy as JSON, or as its text if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _ec2_parameters(call: Call) -> dict[str, Json]:
    """Return the parameters of EC2, whose lists are sets of items."""
    if call.operation == "DescribeRegions":
        names = call.words("RegionNames")
        items = tuple({"regionName": name} for name in names)
        parameters: dict[str, Json] = {"regionSet": {"items": items} if items else {}}
        if call.parameters.get("AllRegions"):
            parameters["allRegions"] = True
        return parameters
    items = tuple({"instanceId": id} for id in call.words("InstanceIds"))
    parameters = {"instancesSet": {"items": items} if items else {}}
    if call.operation == "DescribeInstances":
        parameters["filterSet"] = {}
    return parameters


def _lambda_parameters(call: Call) -> dict[str, Json]:
    """Return the parameters of Lambda. The values of environment variables are left out."""
    parameters = convert_names(call.parameters)
    if "environment" in parameters:
        parameters["environment"] = {}
    return parameters


def _sqs_parameters(call: Call) -> dict[str, Json]:
    """Return the parameters of SQS, with messages and their attributes hidden."""
    parameters = _hide_message(convert_names(call.parameters))
    entries = parameters.get("entries")
    if isinstance(entries, tuple):
        parameters["entries"] = tuple(
            _hide_message(entry) for entry in entries if isinstance(entry, Mapping)
        )
    return parameters


def _hide_message(parameters: Mapping[str, Json]) -> dict[str, Json]:
    """Return the parameters of one message without what it says."""
    return {
        name: HIDDEN_VALUE if name in ("messageBody", "messageAttributes") else value
        for name, value in parameters.items()
    }


def _store_parameters(call: Call) -> dict[str, Json]:
    """Return the parameters of the identity store, with personal data hidden.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/logging-using-cloudtrail.html
    """
    shape = OPERATIONS[call.service, call.operation].input
    return convert_names(
        {
            member.name: _hide_sensitive(member.shape, call.parameters[member.name])
            for member in shape.members
            if member.name in call.parameters
        }
    )


def _hide_sensitive(shape: Shape, value: Json) -> Json:
    """Return a value with HIDDEN_VALUE in place of what its shape marks as sensitive, and of any document."""
    if shape.sensitive or shape.type == "document":
        return HIDDEN_VALUE
    match value:
        case Mapping():
            shapes = {member.name: member.shape for member in shape.members}
            return {
                name: _hide_sensitive(shapes[name], part)
                if name in shapes
                else HIDDEN_VALUE
                for name, part in value.items()
            }
        case tuple() if shape.element:
            return tuple(_hide_sensitive(shape.element.shape, part) for part in value)
        case _:
            return value


PARAMETER_WRITERS: Mapping[str, Callable[[Call], dict[str, Json]]] = {
    "ec2": _ec2_parameters,
    "identitystore": _store_parameters,
    "lambda": _lambda_parameters,
    "s3": _s3_parameters,
    "sqs": _sqs_parameters,
}


def response_elements(call: Call, answer: Reply | ServiceError, request_id: str) -> Json:
    """Return the responseElements element: the answer of a write, or of AssumeRole. None: nothing is recorded."""
    if call.operation in SERVICE_EVENTS:
        return None
    if is_console_event(call):
        return {event_name(call): "Success" if isinstance(answer, Reply) else "Failure"}
    if isinstance(answer, ServiceError):
        return None
    if is_read(call) and "Credentials" not in answer.body:
        return None
    if call.service == "s3":
        return _s3_elements(call, answer)
    if call.service == "ec2":
        return {"requestId": request_id, **_instance_changes(answer)}
    elements = convert_names(answer.body, _date_writer(call.service))
    if "functionArn" in elements:
        elements["environment"] = {}  # names and values of variables stay out
    role = elements.get("role")
    if isinstance(role, Mapping) and call.operation in TRUST_TELLING:
        document = quote(_trust_text(call, answer), safe="")
        elements["role"] = {**role, "assumeRolePolicyDocument": document}
    return elements or None


# Operations whose answer has the trust policy of a new role. The record has it URL-encoded.
TRUST_TELLING = {"CreateRole", "CreateServiceLinkedRole"}


def _trust_text(call: Call, answer: Reply) -> str:
    """Return the trust policy of a new role: as the call gives it, or as IAM wrote it."""
    if given := call.text("AssumeRolePolicyDocument"):
        return given
    role = answer.body["Role"]
    assert isinstance(role, Mapping)
    return json.dumps(role["AssumeRolePolicyDocument"], separators=(",", ":"))


def _s3_elements(call: Call, answer: Reply) -> Json:
    """Return what S3 records of an answer: the encryption of a new object, else nothing."""
    if call.operation not in ("PutObject", "CopyObject"):
        return None
    return {
        S3_NAMES[name]: answer.body[name]
        for name in ("ServerSideEncryption", "SSEKMSKeyId")
        if name in answer.body
    }


def _instance_changes(answer: Reply) -> dict[str, Json]:
    """Return the instances that were started or stopped, each with both states."""
    changes = next(iter(answer.body.values()), ())
    return {"instancesSet": {"items": convert_value(changes)}}


def _date_writer(service: str) -> Callable[[str], str]:
    """Return the function that writes a service's dates. STS has a comma where IAM has none (recorded)."""
    comma = "," if service == "sts" else ""

    def write(text: str) -> str:
        try:
            date = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
        except ValueError:
            return text
        hour = date.hour % 12 or 12
        return f"{date:%b} {date.day}, {date.year}{comma} {hour}:{date:%M:%S %p}"

    return write


def convert_names(
    value: Mapping[str, Json], write: Callable[[str], str] | None = None
) -> dict[str, Json]:
    """Return parameters or an answer with keys in lower camel case, and without secrets.

    `write` changes dates. None: they stay. A secret isn't even looked up: some are computed when read.
    """
    return {
        _record_name(key): _convert_member(key, value[key], write)
        for key in value
        if key not in SECRET_MEMBERS
    }


def _record_name(member: str) -> str:
    """Return the name of a member in a record. That of an account's id stays (AWS's examples of KMS)."""
    if member == "AWSAccountId":
        return member
    return f"{member[:1].lower()}{member[1:]}"


def _convert_member(key: str, item: Json, write: Callable[[str], str] | None) -> Json:
    """Return a member's value. Only members whose names say so are dates."""
    is_date = key.endswith(("Date", "Expiration", "Timestamp"))
    if is_date and write and isinstance(item, str):
        return write(item)
    return convert_value(item, write)


def convert_value(item: Json, write: Callable[[str], str] | None = None) -> Json:
    """Return a value with all member names in lower camel case, as CloudTrail writes them."""
    if isinstance(item, Mapping):
        return convert_names(item, write)
    if isinstance(item, tuple):
        return tuple(convert_value(each, write) for each in item)
    return item
