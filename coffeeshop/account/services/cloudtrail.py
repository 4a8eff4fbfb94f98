"""CloudTrail: the trails of an account, and whether they write. What they would write down, the play's own trail shows:
`account/records/events.py` makes the event of a call.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from datetime import datetime

from msgspec.structs import replace

from coffeeshop.account import errors, ids
from coffeeshop.account.access.organization_requests import trail_name
from coffeeshop.account.access.request_context import ownership_keys, time_keys
from coffeeshop.account.access.standing import build_call_standing
from coffeeshop.account.instants import format_instant, format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, Service
from coffeeshop.account.resources import Trail
from coffeeshop.account.services import EMPTY_REPLY, Change, Operations
from coffeeshop.account.values import JsonObject
from coffeeshop.policy.evaluation.authorize import authorize
from coffeeshop.policy.model import Allowed, Request, Standing

SERVICE_PRINCIPAL = "cloudtrail.amazonaws.com"
MAX_TRAILS = 5  # trails of a Region: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
NAME_PATTERN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?![._-])){1,126}[A-Za-z0-9]")
BAD_NAME = (
    "Trail name must be 3 to 128 letters, digits, periods, underscores and dashes, begin with a letter or digit, end "
    "with one, and have no adjacent periods, underscores or dashes."  # uncertain
)


OPERATIONS = Operations()


def _named_trail(account: Account, call: Call) -> Trail:
    """Return the trail that a call names, by name or ARN. Raise TrailNotFoundException."""
    name = trail_name(call)
    if (trail := account.trails.get(name)) is None:
        arn = ids.arn(account, "trail", name)
        raise errors.service_error(
            "TrailNotFoundException", f"Unknown trail: {arn} for the user: {account.id}"
        )
    return trail


def _with_trail(account: Account, trail: Trail) -> Account:
    return replace(account, trails=account.trails.put(trail.name, trail))


def _trail_settings(account: Account, trail: Trail) -> JsonObject:
    """Return the members that the answers of CreateTrail and DescribeTrails share."""
    prefix: JsonObject = {}
    if trail.prefix:
        prefix = {"S3KeyPrefix": trail.prefix}
    return {
        "Name": trail.name,
        "S3BucketName": trail.bucket,
        **prefix,
        "IncludeGlobalServiceEvents": trail.global_events,
        "IsMultiRegionTrail": trail.every_region,
        "TrailARN": ids.arn(account, "trail", trail.name),
        "LogFileValidationEnabled": trail.validated,
        "IsOrganizationTrail": False,
    }


@OPERATIONS.add("CreateTrail")
def create_trail(account: Account, act: Act) -> Change:
    """Create a trail, which doesn't log until StartLogging."""
    call = act.call
    name = call.text("Name")
    if not NAME_PATTERN.fullmatch(name):
        raise errors.service_error("InvalidTrailNameException", BAD_NAME)
    if name in account.trails:
        raise errors.service_error(
            "TrailAlreadyExistsException",
            f"Trail {name} already exists for customer: {account.id}",
        )
    if len(account.trails) >= MAX_TRAILS:
        raise errors.service_error(
            "MaximumNumberOfTrailsExceededException",
            f"User: {account.id} already has {MAX_TRAILS} trails in {ids.REGION}.",
        )
    trail = wanted_trail(call)
    _refuse_bucket(account, trail, act)
    account_after = _with_trail(account, trail)
    return account_after, Reply(_trail_settings(account, trail))


def wanted_trail(call: Call) -> Trail:
    """Return the trail that a CreateTrail call asks for."""
    return Trail(
        call.text("Name"),
        call.text("S3BucketName"),
        call.text("S3KeyPrefix"),
        call.parameters.get("IncludeGlobalServiceEvents", True) is True,
        call.parameters.get("IsMultiRegionTrail") is True,
        call.parameters.get("EnableLogFileValidation") is True,
    )


def _refuse_bucket(account: Account, trail: Trail, act: Act) -> None:
    """Raise unless the trail's bucket exists, in this account or another one, and its policy admits CloudTrail.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-set-bucket-policy-for-multiple-accounts.html
    """
    owner = account.account_id_owning(ids.arn(account, "bucket", trail.bucket))
    if trail.bucket not in account.seen_from(owner).buckets:
        raise errors.service_error(
            "S3BucketDoesNotExistException", f"S3 bucket {trail.bucket} does not exist!"
        )
    if not admits_cloudtrail(account, trail, act.at):
        raise errors.service_error(
            "InsufficientS3BucketPolicyException",
            f"Incorrect S3 bucket policy is detected for bucket: {trail.bucket}",
        )


def admits_cloudtrail(account: Account, trail: Trail, at: datetime) -> bool:
    """Return whether the bucket policy lets CloudTrail read the bucket's ACL and write logs
    to it.
    """
    cloudtrail, requests = log_delivery(account, trail, at)
    return all(isinstance(authorize(cloudtrail, request), Allowed) for request in requests)


def log_delivery(
    account: Account, trail: Trail, at: datetime
) -> tuple[Standing, tuple[Request, ...]]:
    """Return CloudTrail's standing, and the requests by which it delivers logs to a trail's
    bucket.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    bucket = ids.arn(account, "bucket", trail.bucket)
    if trail.prefix:
        folder = f"{trail.prefix}/AWSLogs"
    else:
        folder = "AWSLogs"
    actions = {
        "s3:GetBucketAcl": bucket,
        "s3:PutObject": f"{bucket}/{folder}/{account.id}/CloudTrail/{ids.REGION}/*",
    }
    owner = account.account_id_owning(bucket)
    source = ownership_keys(account, account.id)
    context = {
        **time_keys(at),
        **ownership_keys(account, owner),
        **{key.replace("Resource", "Source"): values for key, values in source.items()},
        "aws:SecureTransport": ("true",),
        "aws:SourceArn": (ids.arn(account, "trail", trail.name),),
        "s3:x-amz-acl": ("bucket-owner-full-control",),
    }
    cloudtrail = build_call_standing(account, Service(SERVICE_PRINCIPAL), at, (bucket,))
    return cloudtrail, tuple(
        Request(action, arn, context, owner) for action, arn in actions.items()
    )


def _trail_description(account: Account, trail: Trail) -> JsonObject:
    """Return a trail as DescribeTrails and GetTrail do."""
    return {
        **_trail_settings(account, trail),
        "HomeRegion": ids.REGION,
        "HasCustomEventSelectors": False,
        "HasInsightSelectors": False,
    }


@OPERATIONS.add("DescribeTrails")
def describe_trails(account: Account, act: Act) -> Change:
    """Describe the trails that are named, by name or ARN, or all trails.

    A name without a trail is no error.
    """
    wanted_names = {
        name.rsplit(":trail/", 1)[-1] for name in act.call.words("trailNameList")
    }
    trails = [
        trail
        for name, trail in account.trails.items()
        if not wanted_names or name in wanted_names
    ]
    body = {"trailList": tuple(_trail_description(account, trail) for trail in trails)}
    return account, Reply(body)


@OPERATIONS.add("ListTrails")
def list_trails(account: Account, act: Act) -> Change:
    trails = tuple(
        {
            "TrailARN": ids.arn(account, "trail", name),
            "Name": name,
            "HomeRegion": ids.REGION,
        }
        for name in account.trails
    )
    return account, Reply({"Trails": trails})


@OPERATIONS.add("GetTrail")
def get_trail(account: Account, act: Act) -> Change:
    trail = _named_trail(account, act.call)
    return account, Reply({"Trail": _trail_description(account, trail)})


@OPERATIONS.add("GetEventSelectors")
def get_event_selectors(account: Account, act: Act) -> Change:
    """Return a new trail's selectors: all management events. They can't be changed here.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
    """
    trail = _named_trail(account, act.call)
    selector: JsonObject = {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": (),
        "ExcludeManagementEventSources": (),
    }
    arn = ids.arn(account, "trail", trail.name)
    return account, Reply({"TrailARN": arn, "EventSelectors": (selector,)})


@OPERATIONS.add("GetInsightSelectors")
def get_insight_selectors(account: Account, act: Act) -> Change:
    """Refuse, as CloudTrail does for a trail without Insights. No trail has them here.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/insights-events-CLI-enable.html
    """
    trail = _named_trail(account, act.call)
    arn = ids.arn(account, "trail", trail.name)
    raise errors.service_error(
        "InsightNotEnabledException",
        f"Trail {arn} does not have Insights enabled. Edit the trail settings to enable "
        "Insights, and then try the operation again.",
    )


@OPERATIONS.add("ListTags")
def list_trail_tags(account: Account, act: Act) -> Change:
    """List the tags of trails, which have none here."""
    arns = act.call.words("ResourceIdList")
    for arn in arns:
        if ids.arn(account, "trail", arn.rpartition(":trail/")[2]) != arn:
            raise errors.service_error(
                "CloudTrailARNInvalidException",
                f"{arn} is not a valid CloudTrail resource ARN.",  # uncertain
            )
        if arn.rpartition("/")[2] not in account.trails:
            raise errors.service_error(
                "ResourceNotFoundException",
                f"The resource {arn} was not found.",  # uncertain
            )
    resource_tags = tuple({"ResourceId": arn, "TagsList": ()} for arn in arns)
    return account, Reply({"ResourceTagList": resource_tags})


@OPERATIONS.add("GetTrailStatus")
def get_trail_status(account: Account, act: Act) -> Change:
    """Report when a trail began and ended to log, as an instant and as text.

    AWS answers "" for a time that never was. Log files aren't delivered here.
    """
    trail = _named_trail(account, act.call)
    times = {"StartLoggingTime": trail.started, "StopLoggingTime": trail.stopped}
    logging_times: JsonObject = {
        name: format_timestamp(at) for name, at in times.items() if at
    }
    body = {
        "IsLogging": trail.logging,
        **logging_times,
        **dict.fromkeys(UNUSED_TIMES, ""),
        "TimeLoggingStarted": _time_text(trail.started),
        "TimeLoggingStopped": _time_text(trail.stopped),
    }
    return account, Reply(body)


# Text that AWS still answers, and that its documentation calls no longer in use.
UNUSED_TIMES = (
    "LatestDeliveryAttemptTime",
    "LatestNotificationAttemptTime",
    "LatestNotificationAttemptSucceeded",
    "LatestDeliveryAttemptSucceeded",
)


def _time_text(at: datetime | None) -> str:
    if at:
        return format_instant(at)
    return ""


@OPERATIONS.add("StartLogging")
def start_logging(account: Account, act: Act) -> Change:
    trail = _named_trail(account, act.call)
    trail = replace(trail, logging=True, started=act.at)
    account = _with_trail(account, trail)
    return account, EMPTY_REPLY


@OPERATIONS.add("StopLogging")
def stop_logging(account: Account, act: Act) -> Change:
    trail = _named_trail(account, act.call)
    trail = replace(trail, logging=False, stopped=act.at)
    account = _with_trail(account, trail)
    return account, EMPTY_REPLY


@OPERATIONS.add("DeleteTrail")
def delete_trail(account: Account, act: Act) -> Change:
    trail = _named_trail(account, act.call)
    account = replace(account, trails=account.trails.drop(trail.name))
    return account, EMPTY_REPLY
