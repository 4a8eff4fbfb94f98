"""Write an event as LookupEvents answers it: its main members, the resources it names, and its record as JSON text.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from coffeeshop.account.events.cloudtrail_event import cloudtrail_event
from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Outcome
from coffeeshop.account.values import Json, JsonObject

# By the name of a member of a request or an answer: the type of the resource that it names.
# The texts of AssumeRole are recorded; a resource of IAM is listed by its name, id and ARN.
RESOURCE_TYPES: Mapping[str, Mapping[str, str]] = {
    "iam": {
        "userName": "AWS::IAM::User",
        "newUserName": "AWS::IAM::User",
        "groupName": "AWS::IAM::Group",
        "newGroupName": "AWS::IAM::Group",
        "roleName": "AWS::IAM::Role",
        "policyArn": "AWS::IAM::Policy",
        "permissionsBoundary": "AWS::IAM::Policy",
        "accessKeyId": "AWS::IAM::AccessKey",
        "instanceProfileName": "AWS::IAM::InstanceProfile",
        "serialNumber": "AWS::IAM::MfaDevice",
        "openIDConnectProviderArn": "AWS::IAM::OidcProvider",
        "sAMLProviderArn": "AWS::IAM::SamlProvider",
    },
    "sts": {
        "accessKeyId": "AWS::IAM::AccessKey",
        "roleSessionName": "AWS::STS::AssumedRole",
        "assumedRoleId": "AWS::STS::AssumedRole",
        "roleArn": "AWS::IAM::Role",
    },
    "s3": {"bucketName": "AWS::S3::Bucket"},
    "dynamodb": {"tableName": "AWS::DynamoDB::Table"},
    "sqs": {"queueName": "AWS::SQS::Queue", "queueUrl": "AWS::SQS::Queue"},
    "lambda": {"functionName": "AWS::Lambda::Function"},
    "ec2": {"instanceId": "AWS::EC2::Instance"},
    "cloudtrail": {"name": "AWS::CloudTrail::Trail", "trailARN": "AWS::CloudTrail::Trail"},
    "organizations": {
        "policyId": "AWS::Organizations::Policy",
        "accountId": "AWS::Organizations::Account",
    },
}
# By the name of a structure of IAM's and STS's answers: the type that its `arn` has.
ANSWERED_TYPES = {
    "user": "AWS::IAM::User",
    "group": "AWS::IAM::Group",
    "role": "AWS::IAM::Role",
    "policy": "AWS::IAM::Policy",
    "instanceProfile": "AWS::IAM::InstanceProfile",
    "assumedRoleUser": "AWS::STS::AssumedRole",
}
KEY_TYPE = "AWS::KMS::Key"


def summarize_event(outcome: Outcome, recipient: str) -> JsonObject:
    """Return an event of an account as LookupEvents answers it."""
    record = cloudtrail_event(outcome, recipient)
    identity = record["userIdentity"]
    assert isinstance(identity, Mapping)
    optional = {
        "AccessKeyId": identity.get("accessKeyId"),
        "Username": _user_name(identity),
    }
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": json.dumps(record["readOnly"]),
        **{name: value for name, value in optional.items() if value},
        "EventTime": format_timestamp(outcome.act.at),
        "EventSource": record["eventSource"],
        "Resources": tuple(
            {"ResourceType": resource_type, "ResourceName": name}
            for resource_type, name in sorted(
                dict.fromkeys(_named_resources(record)), key=_resource_order
            )
        ),
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }


# The order in which AssumeRole's event lists what it made (recorded). Others keep theirs.
STS_ORDER = ("AWS::IAM::AccessKey", "AWS::STS::AssumedRole", "AWS::IAM::Role")


def _resource_order(resource: tuple[str, str]) -> int:
    """Return the place of a resource in the list: a session's key comes before the session and its role."""
    resource_type = resource[0]
    return STS_ORDER.index(resource_type) if resource_type in STS_ORDER else len(STS_ORDER)


def _user_name(identity: Mapping[str, Json]) -> Json:
    """Return the name of who made a call: of a user, of a session, "root", or None."""
    if identity["type"] == "Root":
        return "root"
    if "userName" in identity:
        return identity["userName"]
    if identity["type"] in ("AssumedRole", "FederatedUser"):
        return str(identity["principalId"]).partition(":")[2]
    return None


def _named_resources(record: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield type and name of each resource that a record names."""
    service = str(record["eventSource"]).partition(".")[0]
    types = RESOURCE_TYPES.get(service, {})
    for part in ("requestParameters", "responseElements"):
        element = record[part]
        if isinstance(element, Mapping):
            yield from _resources_within(element, types)
    resources = record.get("resources", ())
    assert isinstance(resources, tuple)
    for resource in resources:
        assert isinstance(resource, Mapping)
        if resource["type"] == KEY_TYPE:
            yield KEY_TYPE, str(resource["ARN"])


def _resources_within(
    element: Mapping[str, Json], types: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the resources that a structure of a record names, with those of structures inside it."""
    for name, value in element.items():
        if isinstance(value, str) and name in types:
            yield types[name], value
        if isinstance(value, Mapping):
            if name in ANSWERED_TYPES and isinstance(value.get("arn"), str):
                yield ANSWERED_TYPES[name], str(value["arn"])
            yield from _resources_within(value, types)
        if isinstance(value, tuple):
            for part in value:
                if isinstance(part, Mapping):
                    yield from _resources_within(part, types)
