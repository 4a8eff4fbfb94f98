"""EC2: instances that can be described, started and stopped, and the Regions.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, cast

from msgspec.structs import replace

from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Instance
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.services.paging import page_of_names
from coffeeshop.account.values import Json, JsonObject
from coffeeshop.policy.language.patterns import glob

INSTANCE_ID_PATTERN = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
STATE_CODES = {"running": 16, "stopped": 80}

# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html (read 2026-12-01)
ENABLED_REGIONS = (
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1"),
    *("ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1"),
    *("eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1"),
    "us-west-2",
)
# Regions that an account has to enable first.
OPT_IN_REGIONS = (
    *("af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3"),
    *("ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7"),
    *("ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1"),
    *("me-central-1", "me-south-1", "mx-central-1"),
)

OPERATIONS = Operations()


def _named_instances(account: Account, call: Call) -> list[Instance]:
    """Return the instances that a call names, or all of them."""
    wanted_ids = call.words("InstanceIds") or tuple(account.instances)
    if malformed := [id for id in wanted_ids if not INSTANCE_ID_PATTERN.fullmatch(id)]:
        raise ServiceError("InvalidInstanceID.Malformed", f'Invalid id: "{malformed[0]}"')
    if missing := [id for id in wanted_ids if id not in account.instances]:
        raise ServiceError(
            "InvalidInstanceID.NotFound", f"The instance ID '{missing[0]}' does not exist"
        )
    return [account.instances[id] for id in wanted_ids]


def _state_shape(state: str) -> JsonObject:
    return {"Code": STATE_CODES[state], "Name": state}


def _refuse_dry_run(call: Call) -> None:
    """Raise DryRunOperation if the call was only a trial."""
    if call.parameters.get("DryRun") is True:
        text = "Request would have succeeded, but DryRun flag is set."
        raise ServiceError("DryRunOperation", text, 412)


def _passes_filters(call: Call, values_of: Callable[[str], Sequence[str] | None]) -> bool:
    """Return whether something passes every filter of a call. `*` and `?` are wildcards.

    `values_of` returns its values for a filter's name, and None for a name that isn't known.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
    """
    for row in call.rows("Filters"):
        name = str(row.get("Name", ""))
        values = values_of(name)
        if values is None:
            text = f"The filter '{name}' is invalid"
            raise ServiceError("InvalidParameterValue", text)
        patterns = [
            glob(str(pattern)) for pattern in cast(Sequence[Json], row.get("Values", ()))
        ]
        if not any(matches(value) for matches in patterns for value in values):
            return False
    return True


def _instance_values(
    account: Account, instance: Instance, name: str
) -> Sequence[str] | None:
    """Return what an instance has under the name of a filter."""
    rows = {
        "instance-id": instance.id,
        "instance-state-name": instance.state,
        "instance-state-code": str(STATE_CODES[instance.state]),
        "launch-time": format_timestamp(instance.launched),
        "owner-id": account.id,
        "tag-key": "Name",
        "tag:Name": instance.name,
    }
    if name in rows:
        return (rows[name],)
    if name.startswith("tag:"):
        return ()
    return None


@OPERATIONS.add("DescribeInstances")
def describe_instances(account: Account, act: Act) -> Change:
    """Describe instances, all at once or as many as MaxResults says.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
    """
    call = act.call
    _refuse_dry_run(call)
    instances = {
        instance.id: instance
        for instance in _named_instances(account, call)
        if _passes_filters(call, partial(_instance_values, account, instance))
    }
    size = call.number("MaxResults", len(instances))
    if "MaxResults" in call.parameters:
        _check_page_size(call, size)
    page_ids, token = page_of_names(call, instances, "NextToken", size, _invalid_token)
    shapes = tuple(_instance_shape(instances[id]) for id in page_ids)
    reservation: JsonObject = {"OwnerId": account.id, "Instances": shapes}
    body: JsonObject = {"Reservations": (reservation,) if shapes else ()}
    if token:
        body["NextToken"] = token
    return account, Reply(body)


def _check_page_size(call: Call, size: int) -> None:
    """Raise unless a page can have this size, and the call asks for a list."""
    if call.words("InstanceIds"):
        text = "The parameter instancesSet cannot be used with the parameter maxResults"
        raise ServiceError("InvalidParameterCombination", text)
    if not 5 <= size <= 1000:
        text = f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000."
        raise ServiceError("InvalidParameterValue", text)


def _invalid_token(_reason: str) -> ServiceError:
    text = "Unable to parse pagination token"  # uncertain, of the text
    return ServiceError("InvalidParameterValue", text)


def _instance_shape(instance: Instance) -> JsonObject:
    return {
        "InstanceId": instance.id,
        "LaunchTime": format_timestamp(instance.launched),
        "State": _state_shape(instance.state),
        "Tags": ({"Key": "Name", "Value": instance.name},),
    }


def _set_state(
    account: Account, act: Act, state: Literal["running", "stopped"], member: str
) -> Change:
    """Start or stop the instances that a call names; `member` is the member of the answer."""
    changes: list[Json] = []
    if not act.call.words("InstanceIds"):
        raise ServiceError("InvalidParameterCombination", "No instances specified")
    instances = _named_instances(account, act.call)
    _refuse_dry_run(act.call)
    for instance in instances:
        account = replace(
            account,
            instances=account.instances.put(instance.id, replace(instance, state=state)),
        )
        changes.append(
            {
                "InstanceId": instance.id,
                "CurrentState": _state_shape(state),
                "PreviousState": _state_shape(instance.state),
            }
        )
    body = {member: tuple(changes)}
    return account, Reply(body)


@OPERATIONS.add("StartInstances")
def start_instances(account: Account, act: Act) -> Change:
    return _set_state(account, act, "running", "StartingInstances")


@OPERATIONS.add("StopInstances")
def stop_instances(account: Account, act: Act) -> Change:
    return _set_state(account, act, "stopped", "StoppingInstances")


@OPERATIONS.add("DescribeRegions")
def describe_regions(account: Account, act: Act) -> Change:
    """Return the Regions that the account can use, or all of them.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
    """
    _refuse_dry_run(act.call)
    names = act.call.words("RegionNames")
    unknown_names = {*names} - {*ENABLED_REGIONS, *OPT_IN_REGIONS}
    if unknown_names:
        text = f"Invalid region names: [{', '.join(sorted(unknown_names))}]"
        raise ServiceError("InvalidParameterValue", text)
    regions = sorted(ENABLED_REGIONS)
    if act.call.parameters.get("AllRegions"):
        regions = sorted((*ENABLED_REGIONS, *OPT_IN_REGIONS))
    if names:
        regions = [region for region in regions if region in names]
    shapes = tuple(
        shape
        for shape in map(_region_shape, regions)
        if _passes_filters(act.call, partial(_region_values, shape))
    )
    return account, Reply({"Regions": shapes})


def _region_values(shape: JsonObject, name: str) -> Sequence[str] | None:
    """Return what a Region has under the name of a filter."""
    members = {
        "endpoint": "Endpoint",
        "opt-in-status": "OptInStatus",
        "region-name": "RegionName",
    }
    if name in members:
        return (str(shape[members[name]]),)
    return None


def _region_shape(name: str) -> JsonObject:
    """Return a Region with its endpoint. Nobody has enabled a Region here that needs it."""
    is_enabled = name in ENABLED_REGIONS
    return {
        "OptInStatus": "opt-in-not-required" if is_enabled else "not-opted-in",
        "RegionName": name,
        "Endpoint": f"ec2.{name}.amazonaws.com",
    }
