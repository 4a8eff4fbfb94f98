"""EC2: instances that can be described, started and stopped, and the Regions.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html
"""

from __future__ import annotations

import re
from typing import Literal

from msgspec.structs import replace

from coffeeshop.account.instants import format_timestamp
from coffeeshop.account.model import Account, Act, Call, Reply, ServiceError
from coffeeshop.account.resources import Instance
from coffeeshop.account.services import Change, Operations
from coffeeshop.account.values import Json, JsonObject

ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
CODES = {"running": 16, "stopped": 80}

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
    if malformed := [id for id in wanted_ids if not ID.fullmatch(id)]:
        raise ServiceError("InvalidInstanceID.Malformed", f'Invalid id: "{malformed[0]}"')
    if missing := [id for id in wanted_ids if id not in account.instances]:
        raise ServiceError(
            "InvalidInstanceID.NotFound", f"The instance ID '{missing[0]}' does not exist"
        )
    return [account.instances[id] for id in wanted_ids]


def _state_shape(state: str) -> JsonObject:
    return {"Code": CODES[state], "Name": state}


@OPERATIONS.add("DescribeInstances")
def describe_instances(account: Account, act: Act) -> Change:
    shapes = tuple(
        {
            "InstanceId": instance.id,
            "LaunchTime": format_timestamp(instance.launched),
            "State": _state_shape(instance.state),
            "Tags": ({"Key": "Name", "Value": instance.name},),
        }
        for instance in _named_instances(account, act.call)
    )
    reservation: JsonObject = {"OwnerId": account.id, "Instances": shapes}
    body = {"Reservations": (reservation,) if shapes else ()}
    return account, Reply(body)


def _set_state(
    account: Account, act: Act, state: Literal["running", "stopped"], member: str
) -> Change:
    """Start or stop the instances that a call names; `member` is the member of the answer."""
    changes: list[Json] = []
    if not act.call.words("InstanceIds"):
        raise ServiceError("InvalidParameterCombination", "No instances specified")
    for instance in _named_instances(account, act.call):
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
    return account, Reply({"Regions": tuple(map(_region_shape, regions))})


def _region_shape(name: str) -> JsonObject:
    """Return a Region with its endpoint. Nobody has enabled a Region here that needs it."""
    is_enabled = name in ENABLED_REGIONS
    return {
        "OptInStatus": "opt-in-not-required" if is_enabled else "not-opted-in",
        "RegionName": name,
        "Endpoint": f"ec2.{name}.amazonaws.com",
    }
